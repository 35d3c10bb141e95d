//! Between encoder and storage: puts each fragment together with what is known of it, and hands
//! both on. It runs by itself, so that nothing that happens to the page can make the encoder wait.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::capture::encoder::{Encoder, Made};
use crate::capture::progress::{Pace, Progress};
use crate::capture::quality::Quality;
use crate::clock::{now_ms, spawn};
use crate::mp4::{Fragment, Init, Kind, moof_of};
use crate::sound::reader::Meter;
use crate::storage::{Facts, PieceStart, PieceWriter, StorageError, Store};

/// How an encoder fares.
#[derive(Debug, Clone)]
pub struct Faring {
    /// Fragments it made.
    pub fragments: u64,
    /// When it made the last one, or began.
    pub last_at: Instant,
    /// Share of real time over the last ten seconds, once known.
    pub pace: Option<f64>,
    /// It ended by itself.
    pub ended: bool,
}

/// Which piece, before its init segment is known.
#[derive(Debug, Clone)]
pub struct Place {
    /// Meeting record id.
    pub meeting: String,
    /// Recording key.
    pub recording: String,
    /// Attempt.
    pub attempt: u32,
    /// Piece.
    pub piece: u32,
    /// Seconds the picture was set back by.
    pub calibration: f64,
    /// What the encoder was asked for.
    pub quality: Quality,
}

/// Whether what is seen is not the meeting. Also a moment between two fragments is not forgotten.
#[derive(Debug, Clone, Default)]
pub struct NoPage(Arc<Seconds>);

#[derive(Debug, Default)]
struct Seconds {
    now: AtomicBool,
    since_taken: AtomicBool,
}

impl NoPage {
    /// What is so from now on.
    pub fn set(&self, missing: bool) {
        self.0.now.store(missing, Ordering::Relaxed);
        if missing {
            self.0.since_taken.store(true, Ordering::Relaxed);
        }
    }

    /// True if it is so, or was at any moment since the last call.
    pub fn take(&self) -> bool {
        let now = self.0.now.load(Ordering::Relaxed);
        self.0.since_taken.swap(now, Ordering::Relaxed) || now
    }
}

/// A running pump.
pub struct Pump {
    /// How its encoder fares.
    pub faring: watch::Receiver<Faring>,
    stop: CancellationToken,
    task: JoinHandle<Option<PieceWriter>>,
}

impl Pump {
    /// Pumps until the encoder ends or is to stop. `no_page` says whether what is seen is not the
    /// meeting.
    pub fn start(
        store: Store,
        place: Place,
        encoder: Encoder,
        meter: Meter,
        no_page: NoPage,
    ) -> Self {
        let (tell, faring) = watch::channel(Faring {
            fragments: 0,
            last_at: Instant::now(),
            pace: None,
            ended: false,
        });
        let stop = CancellationToken::new();
        let pump = Running {
            store,
            place,
            meter,
            no_page,
            tell,
            init: None,
            writer: None,
            counted: Progress::default(),
            refused: false,
        };
        let task = spawn(pump.run(encoder, stop.clone()));
        Self { faring, stop, task }
    }

    /// Ends the encoder and gives the writer of all it made; `None` if it made nothing.
    pub async fn finish(self) -> Option<PieceWriter> {
        self.stop.cancel();
        match self.task.await {
            Ok(writer) => writer,
            Err(error) => {
                tracing::error!(%error, "the pump failed; a finisher will complete the piece");
                None
            }
        }
    }
}

struct Running {
    store: Store,
    place: Place,
    meter: Meter,
    no_page: NoPage,
    tell: watch::Sender<Faring>,
    init: Option<Init>,
    writer: Option<PieceWriter>,
    counted: Progress,
    /// Storage takes no more of this piece: another must begin.
    refused: bool,
}

impl Running {
    async fn run(mut self, mut encoder: Encoder, stop: CancellationToken) -> Option<PieceWriter> {
        let mut progress = encoder.progress();
        let mut pace = Pace::default();
        let fps = self.place.quality.fps();
        let begun = Instant::now();
        // What was metered before belongs to nobody.
        self.meter.take();
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                changed = progress.changed() => {
                    if changed.is_err() {
                        break; // its error output is closed: it has ended
                    }
                    let now = *progress.borrow_and_update();
                    let share = pace.report(begun.elapsed().as_secs_f64(), now, fps);
                    self.tell.send_modify(|faring| faring.pace = share);
                }
                made = encoder.made.recv() => match made {
                    Some(made) => self.take(made, &encoder),
                    None => break,
                },
            }
            if self.refused {
                break;
            }
        }
        let by_itself = !stop.is_cancelled();
        if by_itself && !self.refused {
            tracing::error!(complaint = encoder.complaint(), "the encoder ended by itself");
        }
        let (began_at, seen, progress) = (encoder.began_at, encoder.seen(), encoder.progress());
        // A piece that storage refuses, or whose encoder died, has nothing to wait for.
        let heard = !by_itself && !self.refused;
        let mut held = Held::default();
        let take = |made: Made| {
            let sounds = match &made {
                Made::Init(_) => true,
                Made::Fragment(bytes) => self.sounds(bytes),
            };
            for made in held.until_silence(made, sounds) {
                self.made(made, began_at, seen, *progress.borrow());
            }
        };
        encoder.finish(heard, take).await;
        self.tell.send_modify(|faring| faring.ended = by_itself);
        if by_itself {
            // Whoever watches takes the writer by `finish`.
            stop.cancelled().await;
        }
        self.writer
    }

    fn take(&mut self, made: Made, encoder: &Encoder) {
        let progress = *encoder.progress().borrow();
        self.made(made, encoder.began_at, encoder.seen(), progress);
    }

    fn made(
        &mut self,
        made: Made,
        began_at: f64,
        seen: Option<crate::capture::picture::Seen>,
        progress: Progress,
    ) {
        match made {
            Made::Init(bytes) => self.begin(bytes, began_at),
            Made::Fragment(bytes) => {
                let metered = self.meter.take();
                let counted = progress.since(self.counted);
                self.counted = progress;
                let (at, frames, dropped) = self.read(&bytes, began_at);
                let number = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
                let facts = Facts {
                    at,
                    peak_db: metered.peak_db,
                    luma: seen.map(|s| s.luma),
                    change: seen.and_then(|s| s.change),
                    frames,
                    dropped,
                    duplicated: number(counted.duplicated),
                    no_page: self.no_page.take(),
                    filled_ms: number(metered.filled_ms),
                    end: None,
                };
                if let Some(writer) = &self.writer
                    && let Err(error) = writer.push(bytes, facts)
                {
                    tracing::error!(%error, "a fragment was refused");
                    // Without room this one is lost, and the next may be taken; for all else only
                    // another piece helps.
                    self.refused = !matches!(error, StorageError::Full { .. });
                }
                self.tell.send_modify(|faring| {
                    faring.fragments += 1;
                    faring.last_at = Instant::now();
                });
            }
        }
    }

    fn begin(&mut self, init: Bytes, began_at: f64) {
        match Init::parse(&init) {
            Ok(parsed) => self.init = Some(parsed),
            Err(error) => return tracing::error!(%error, "the encoder's init segment is broken"),
        }
        let place = &self.place;
        let begun = self.store.begin(PieceStart {
            meeting: place.meeting.clone(),
            recording: place.recording.clone(),
            attempt: place.attempt,
            piece: place.piece,
            init,
            started_at: (began_at * 1_000.0) as i64,
            calibration_ms: place.calibration * 1_000.0,
            audio_only: place.quality == Quality::SoundOnly,
        });
        match begun {
            Ok(writer) => self.writer = Some(writer),
            Err(error) => tracing::error!(%error, "the piece cannot begin"),
        }
    }

    /// Whether a fragment has sound. One that cannot be read is kept.
    fn sounds(&self, bytes: &Bytes) -> bool {
        let read = self.init.as_ref().and_then(|init| {
            let (moof, mdat_len) = moof_of(bytes).ok()?;
            let fragment = Fragment::parse(init, moof, mdat_len).ok()?;
            Some(fragment.samples(init, Kind::Audio) > 0)
        });
        read.unwrap_or(true)
    }

    /// When the last sample of a fragment was captured (epoch milliseconds), its frames, and how
    /// many it lacks.
    fn read(&self, bytes: &Bytes, began_at: f64) -> (i64, u32, u32) {
        let read = self.init.as_ref().and_then(|init| {
            let (moof, mdat_len) = moof_of(bytes).ok()?;
            let fragment = Fragment::parse(init, moof, mdat_len).ok()?;
            let ends = init.tracks().iter().filter_map(|track| {
                let (_, end) = fragment.span(track.id)?;
                Some(end as f64 * 1_000.0 / f64::from(track.timescale))
            });
            let end = ends.fold(0.0, f64::max) as i64;
            let missing = fragment.missing(init, self.place.quality.fps());
            let frames = fragment.samples(init, Kind::Video) as u64;
            Some(((began_at * 1_000.0) as i64 + end, frames, missing))
        });
        let (at, frames, missing) = read.unwrap_or((now_ms(), 0, 0));
        let number = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
        (at, number(frames), number(missing))
    }
}

/// The sound ends when the piece ends; FFmpeg grabs pictures until it has caught up with that sound
/// and is told to end, on a slow machine for seconds. A film goes no further than its sound: what
/// has none is held back until sound follows.
#[derive(Default)]
struct Held(Vec<Made>);

impl Held {
    /// What goes on now that this was made.
    fn until_silence(&mut self, made: Made, sounds: bool) -> Vec<Made> {
        self.0.push(made);
        if sounds { std::mem::take(&mut self.0) } else { Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_grabbed_after_the_end_of_the_sound_are_held_back_for_good() {
        let mut held = Held::default();
        let fragment = || Made::Fragment(Bytes::from_static(b"some"));
        assert_eq!(held.until_silence(Made::Init(Bytes::new()), true).len(), 1);
        assert_eq!(held.until_silence(fragment(), true).len(), 1, "at once, not at the end");
        assert!(held.until_silence(fragment(), false).is_empty());
        assert_eq!(held.until_silence(fragment(), true).len(), 2, "sound followed after all");
        assert!(held.until_silence(fragment(), false).is_empty());
    }

    #[test]
    fn a_page_that_was_away_between_two_fragments_is_missing_in_the_next() {
        let no_page = NoPage::default();
        assert!(!no_page.take());
        no_page.set(true);
        no_page.set(false);
        assert!(no_page.take());
        assert!(!no_page.take(), "told once");
        no_page.set(true);
        assert!(no_page.take() && no_page.take(), "as long as it is away");
    }
}
