//! FFmpeg: grabs the display, takes our sound, writes a fragmented MP4 to us.
//!
//! Both tracks stand on one epoch. The sound's timestamps are its sample count from `began_at`; the
//! grabber stamps frames with the wall clock, and `-copyts -itsoffset` puts them on the same scale,
//! less the delay of the picture that the self-test measured. A frame keeps the time it was grabbed
//! at: pressed into a grid of 30 a second, picture and sound would be up to half a frame apart,
//! differently at each start.
//!
//! A fragment is a second long, whatever the distance of keyframes: what a kill loses is a second
//! and the way to S3.

use std::time::Duration;

use bytes::Bytes;
use rustix::process::Signal;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::picture::{COLUMNS, PICTURES, PictureWatch, ROWS, Seen};
use super::progress::{Progress, is_report};
use super::quality::Quality;
use crate::child::{Child, ChildError, Recipe, environment};
use crate::clock::spawn;
use crate::display::{HEIGHT, WIDTH};
use crate::mp4::{Item, Splitter};
use crate::scratch::Scratch;
use crate::sound::reader::Tap;
use crate::sound::server::{CHANNELS, RATE};

/// Length of a fragment, microseconds (FFmpeg's own unit for it).
const FRAGMENT_US: u32 = 1_000_000;
/// What the times of frames are counted in: far finer than their distance.
const FINE: &str = "1:90000";
/// Seconds between two keyframes.
const KEYFRAMES: u32 = 2;
/// Time an encoder gets to write its last fragment, after it was told to end.
const LAST_WORDS: Duration = Duration::from_secs(3);
/// Time without a sign of life after which it is no longer waited for.
const PATIENCE: Duration = Duration::from_millis(1_500);
/// Time in which the sound it was given must be in, however alive it is.
const CATCH_UP: Duration = Duration::from_secs(5);
/// Time for what is written to be read by FFmpeg: the pipe and its queue hold half a second.
const IN_THE_PIPE: Duration = Duration::from_millis(250);

/// Something the encoder made.
#[derive(Debug, Clone)]
pub enum Made {
    /// The init segment; first, once.
    Init(Bytes),
    /// A fragment.
    Fragment(Bytes),
}

/// How an encoder is set up.
pub struct Setup<'a> {
    /// Folder for its socket.
    pub scratch: &'a Scratch,
    /// Display to grab.
    pub display: &'a str,
    /// What is asked of it.
    pub quality: Quality,
    /// Seconds by which the picture comes later than the sound, and is set back.
    pub calibration: f64,
    /// Tells its socket from others'.
    pub number: u32,
}

/// A running encoder.
pub struct Encoder {
    child: Child,
    picture: PictureWatch,
    feeding: tokio::task::JoinHandle<()>,
    progress: watch::Receiver<Progress>,
    /// What it makes; ends when it has ended.
    pub made: mpsc::Receiver<Made>,
    /// When media time 0 was, seconds since 1970.
    pub began_at: f64,
}

impl Encoder {
    /// Starts encoding what is shown and heard from now on.
    pub fn start(setup: &Setup<'_>, tap: Tap) -> Result<Self, ChildError> {
        let failed = |reason: std::io::Error| ChildError::Start {
            program: "ffmpeg".into(),
            reason: reason.to_string(),
        };
        let picture = PictureWatch::open(setup.scratch.path(), setup.number).map_err(failed)?;
        let recipe = Recipe {
            name: "FFmpeg",
            program: "ffmpeg".into(),
            args: arguments(setup, tap.began_at, &picture.address()),
            environment: environment(setup.scratch.path()),
            fed: true,
            read: true,
        };
        let mut child = Child::start_silent(&recipe)?;
        let (Some(input), Some(output), Some(errors)) =
            (child.input(), child.output(), child.errors())
        else {
            return Err(child.not_ready("it has no pipes"));
        };
        let began_at = tap.began_at;
        let feeding = spawn(feed(input, tap.pcm));
        let (send, made) = mpsc::channel(8);
        spawn(split(output, send));
        let (tell, progress) = watch::channel(Progress::default());
        let tail = child.tail();
        spawn(async move {
            let mut now = Progress::default();
            let mut lines = BufReader::new(errors).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                if !is_report(&line) {
                    tail.push(&line);
                } else if now.line(&line) {
                    tell.send_replace(now);
                }
            }
        });
        Ok(Self { child, picture, feeding, progress, made, began_at })
    }

    /// Its own counts, as they change.
    pub fn progress(&self) -> watch::Receiver<Progress> {
        self.progress.clone()
    }

    /// What the picture looked like last.
    pub fn seen(&self) -> Option<Seen> {
        self.picture.seen()
    }

    /// Its last words, for the log.
    pub fn complaint(&self) -> String {
        self.child.tail().lines().join("; ")
    }

    /// Its process.
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Ends it properly, and hands on what it still writes, as it comes. With `heard`, its tap was
    /// closed before, and the sound it was given shall be in the file to the end: what waits in a
    /// pipe when FFmpeg is told to end is lost. On a machine that is too slow seconds may wait; as
    /// long as it moves, it may catch up.
    pub async fn finish(mut self, heard: bool, mut take: impl FnMut(Made)) {
        if heard {
            self.catch_up(&mut take).await;
        }
        self.child.ask_to_end(Signal::INT);
        let last = async {
            while let Some(one) = self.made.recv().await {
                take(one);
            }
        };
        if tokio::time::timeout(LAST_WORDS, last).await.is_err() {
            tracing::warn!("the encoder did not end when asked; its last second may be missing");
        }
        self.child.kill().await;
    }

    /// Returns when all sound that was heard is in, or when that is not to be hoped for.
    async fn catch_up(&mut self, take: &mut impl FnMut(Made)) {
        let feeding = &mut self.feeding;
        let mut fed = std::pin::pin!(async {
            let _ = feeding.await;
            tokio::time::sleep(IN_THE_PIPE).await;
        });
        let begun = Instant::now();
        let mut patience = begun + PATIENCE;
        let mut written = self.progress.borrow().media_us;
        loop {
            tokio::select! {
                () = &mut fed => return,
                () = tokio::time::sleep_until(patience.min(begun + CATCH_UP)) => {
                    tracing::warn!("the encoder is behind; its last sound may be missing");
                    return;
                }
                changed = self.progress.changed() => match changed {
                    Ok(()) => {
                        let now = self.progress.borrow_and_update().media_us;
                        if now > written {
                            written = now;
                            patience = Instant::now() + PATIENCE;
                        }
                    }
                    Err(_) => return, // it has ended
                },
                one = self.made.recv() => match one {
                    Some(one) => take(one),
                    None => return,
                },
            }
        }
    }
}

async fn feed(mut input: tokio::process::ChildStdin, mut pcm: mpsc::Receiver<Bytes>) {
    while let Some(chunk) = pcm.recv().await {
        if input.write_all(&chunk).await.is_err() {
            return;
        }
    }
}

async fn split(mut output: tokio::process::ChildStdout, send: mpsc::Sender<Made>) {
    let mut splitter = Splitter::new();
    let mut buffer = vec![0u8; 64 << 10];
    while let Ok(count) = output.read(&mut buffer).await {
        if count == 0 {
            return;
        }
        let items = match splitter.push(buffer.get(..count).unwrap_or_default()) {
            Ok(items) => items,
            Err(error) => {
                tracing::error!(%error, "the encoder wrote what is no MP4");
                return;
            }
        };
        for item in items {
            let made = match item {
                Item::Init(bytes) => Made::Init(bytes),
                Item::Fragment(bytes) => Made::Fragment(bytes),
            };
            if send.send(made).await.is_err() {
                return;
            }
        }
    }
}

fn arguments(setup: &Setup<'_>, began_at: f64, picture: &str) -> Vec<String> {
    let quality = setup.quality;
    let mut line: Vec<String> = Vec::new();
    let mut add = |words: &[&str]| line.extend(words.iter().map(|word| (*word).to_string()));
    add(&["-hide_banner", "-loglevel", "error", "-nostdin", "-nostats"]);
    add(&["-progress", "pipe:2", "-stats_period", "0.5", "-copyts"]);
    // Else FFmpeg reads a second of sound to learn what we tell it here, and grabs no picture meanwhile.
    let known = ["-max_ts_probe", "0"];
    let format = ["-f", "s16le", "-ar", &RATE.to_string(), "-ac", &CHANNELS.to_string()];
    let sound = [&known[..], &format].concat();
    if quality == Quality::SoundOnly {
        add(&sound);
        add(&["-i", "pipe:0"]);
    } else {
        let fps = quality.fps();
        // A small queue: 8 raw frames are 30 MB. A slow encoder drops frames, it does not eat memory.
        add(&["-thread_queue_size", "8", "-itsoffset"]);
        add(&[&format!("{:.6}", -began_at - setup.calibration)]);
        add(&["-f", "x11grab", "-draw_mouse", "0", "-framerate", &fps.to_string()]);
        add(&[
            "-video_size",
            &format!("{WIDTH}x{HEIGHT}"),
            "-i",
            &format!("{}+0,0", setup.display),
        ]);
        add(&["-thread_queue_size", "8"]);
        add(&sound);
        add(&["-i", "pipe:0", "-map", "0:v", "-c:v", "libx264", "-preset", quality.preset()]);
        add(&["-tune", "zerolatency", "-profile:v", "main", "-pix_fmt", "yuv420p"]);
        add(&["-fps_mode:v", "passthrough", "-enc_time_base", FINE]);
        // With a buffer size, or the rate control is not in force.
        add(&["-crf", "23", "-maxrate", "2500k", "-bufsize", "5000k"]);
        let keyframes = (fps * KEYFRAMES).to_string();
        add(&["-g", &keyframes, "-keyint_min", &keyframes, "-sc_threshold", "0"]);
        add(&["-map", "1:a"]);
    }
    add(&["-c:a", "aac", "-b:a", "128k"]);
    add(&["-movflags", "empty_moov+default_base_moof"]);
    add(&[
        "-frag_duration",
        &FRAGMENT_US.to_string(),
        "-flush_packets",
        "1",
        "-f",
        "mp4",
        "pipe:1",
    ]);
    if quality != Quality::SoundOnly {
        // FFmpeg serves the output that is furthest behind: one picture a second would keep it
        // from the sound for a second.
        let every = (quality.fps() / PICTURES).max(1);
        let small =
            format!("select=not(mod(n\\,{every})),scale={COLUMNS}:{ROWS}:flags=area,format=gray");
        add(&["-map", "0:v", "-vf", &small, "-fps_mode:v", "passthrough"]);
        add(&["-f", "rawvideo", "-flush_packets", "1", picture]);
    }
    line
}
