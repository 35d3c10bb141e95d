//! One piece: an encoder from start to end, and everything that may end it.

use std::time::Duration;

use chime_contract::page::PageState;
use chime_contract::recording::EndReason;
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::life::{RecordError, Recorder};
use crate::capture::encoder::{Encoder, Setup};
use crate::capture::progress::Pace;
use crate::capture::quality::Quality;
use crate::health::Doing;
use crate::pump::{Faring, NoPage, Place, Pump};
use crate::storage::Level;

/// A page brought back may say *waiting* before it has read its ticket.
const READS_TICKET: Duration = Duration::from_secs(3);
/// Later than this after it woke, storage has asked for itself whether the upload is still there.
const RECENT: Duration = Duration::from_secs(30);
/// Time for S3 to say whether a piece is still ours.
const ASKED: Duration = Duration::from_secs(10);
/// A page that answers each second and has not done so for so long may hang.
const SILENT: Duration = Duration::from_secs(2);
/// Times a page is brought back in one go before the piece ends.
const TRIES: u32 = 3;
/// Pieces in a row that an encoder may end without a fragment.
const BARREN: u32 = 4;

impl Recorder {
    /// Records one piece; its rest is stored in the background.
    pub(super) async fn piece(&mut self) -> Result<EndReason, RecordError> {
        self.pieces += 1;
        self.began.get_or_insert_with(Instant::now);
        let place = Place {
            meeting: self.launch.meeting.clone(),
            recording: self.launch.recording.clone(),
            attempt: self.launch.attempt,
            piece: self.pieces,
            calibration: self.calibration,
            quality: self.asked(),
        };
        let setup = Setup {
            scratch: &self.scratch,
            display: &self.stack.display.name,
            quality: self.asked(),
            calibration: self.calibration,
            number: self.pieces,
        };
        let encoder = Encoder::start(&setup, self.stack.reader.tap())
            .map_err(crate::stack::StackError::from)?;
        let no_page = NoPage::default();
        let meter = self.stack.reader.meter();
        let pump = Pump::start(self.store.clone(), place, encoder, meter, no_page.clone());
        let mut faring = pump.faring.clone();
        let watched = self.watch(&mut faring, &no_page).await;
        let reason = *watched.as_ref().unwrap_or(&EndReason::Page);
        self.stack.reader.untap();
        match pump.finish().await {
            Some(writer) => {
                self.barren = 0;
                let storing = self.finishing.spawn(writer.finish(reason));
                if self.beat.woke_within(RECENT) {
                    self.until_known_ours(&storing).await;
                }
            }
            None => {
                self.barren += 1;
                if self.barren >= BARREN {
                    return Err(RecordError::Broken("encoder"));
                }
            }
        }
        match reason {
            EndReason::Display | EndReason::Sound => self.rebuild(reason).await?,
            EndReason::Overload => {
                self.quality = self.quality.lower().unwrap_or(self.quality);
                tracing::error!(
                    alarm = "overload",
                    quality = ?self.quality,
                    "the machine is too slow; the next piece is recorded in lower quality"
                );
            }
            EndReason::Storage => self.sound_only = !self.sound_only,
            _ => {}
        }
        watched
    }

    /// Watches until something ends the piece.
    async fn watch(
        &mut self,
        faring: &mut watch::Receiver<Faring>,
        no_page: &NoPage,
    ) -> Result<EndReason, RecordError> {
        let mut alone_since: Option<Instant> = None;
        let mut away_since: Option<Instant> = None;
        let mut reads_until = Instant::now();
        let mut brought = 0;
        loop {
            self.tell(Doing::Recording);
            if let Some(reason) = self.ends(faring) {
                return Ok(reason);
            }
            let mut bring = self.trouble().map(|t| t.to_string());
            match self.state() {
                _ if bring.is_some() => {}
                Some(PageState::Live) => {
                    no_page.set(self.page_is_silent());
                    (away_since, brought) = (None, 0);
                    let people = self.message().map_or(0, |m| m.people);
                    if people > 0 {
                        alone_since = None;
                    } else if alone_since.get_or_insert_with(Instant::now).elapsed() >= self.alone()
                    {
                        return Ok(EndReason::Alone);
                    }
                }
                Some(PageState::Ended) => return Ok(EndReason::MeetingOver),
                Some(PageState::Removed) => return Ok(EndReason::Removed),
                Some(PageState::Waiting) if Instant::now() >= reads_until => {
                    return Ok(EndReason::Stopped);
                }
                Some(PageState::Failed) => bring = Some("the page gave up".into()),
                Some(PageState::Waiting | PageState::Joining | PageState::Reconnecting) | None => {
                    no_page.set(true);
                    let away = *away_since.get_or_insert_with(Instant::now);
                    if away.elapsed() >= self.timing.reconnect {
                        bring = Some("the page did not come back to the meeting".into());
                    }
                }
            }
            if let Some(wrong) = bring {
                no_page.set(true);
                brought += 1;
                if brought > TRIES {
                    return Ok(EndReason::Page);
                }
                tracing::warn!(wrong, "the page is brought back; the encoder goes on");
                self.open_room().await?;
                (away_since, reads_until) = (None, Instant::now() + READS_TICKET);
                continue;
            }
            // What has been looked at above is no news: a clone knows nothing of that.
            let mut news = self.news.clone();
            news.mark_unchanged();
            let broken = tokio::select! {
                _ = news.changed() => None,
                _ = faring.changed() => None,
                () = tokio::time::sleep(Duration::from_millis(250)) => None,
                () = self.stop.cancelled() => None,
                broken = self.stack.broken() => Some(broken),
            };
            if let Some(broken) = broken {
                return Ok(broken);
            }
        }
    }

    /// Others may have taken a recorder that stood still for dead, and have completed its piece. S3
    /// says so as soon as it is asked to complete it; a file that is ours is then read back, which
    /// nobody needs to wait for.
    async fn until_known_ours(&mut self, storing: &AbortHandle) {
        tracing::warn!("the recorder stood still; is the piece still its own?");
        let until = Instant::now() + ASKED;
        while !storing.is_finished() && Instant::now() < until {
            self.tell(Doing::Finishing);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// What ends the piece whatever the page says.
    fn ends(&mut self, faring: &watch::Receiver<Faring>) -> Option<EndReason> {
        if self.stop.is_cancelled() {
            return Some(EndReason::Terminated);
        }
        if self.store.backlog().borrow().lost.is_some() {
            return Some(EndReason::Killed);
        }
        let longest = Duration::from_secs(self.launch.max_seconds.into());
        if self.began.is_some_and(|at| at.elapsed() >= longest) {
            return Some(EndReason::Limit);
        }
        let faring = faring.borrow().clone();
        // A display that died takes the encoder with it: that is told apart here.
        if faring.ended || faring.last_at.elapsed() >= self.timing.stall {
            return Some(match self.stack.display.child.alive() {
                true => EndReason::Encoder,
                false => EndReason::Display,
            });
        }
        let slow = faring.pace.is_some_and(|share| share < Pace::TOO_SLOW);
        if slow && !self.sound_only && self.quality.lower().is_some() {
            return Some(EndReason::Overload);
        }
        let level = self.store.backlog().borrow().level;
        let turned = match level {
            Level::SoundOnly => !self.sound_only,
            Level::Normal => self.sound_only,
            Level::Spilling => false,
        };
        turned.then_some(EndReason::Storage)
    }

    /// What the encoder is asked for now.
    fn asked(&self) -> Quality {
        if self.sound_only { Quality::SoundOnly } else { self.quality }
    }

    /// A page that does not answer may hang: what it shows is nothing to rely on.
    fn page_is_silent(&self) -> bool {
        self.news.borrow().heard_at.is_none_or(|at| at.elapsed() >= SILENT)
    }

    fn alone(&self) -> Duration {
        Duration::from_secs(self.launch.alone_seconds.into()).max(self.timing.debounce)
    }
}
