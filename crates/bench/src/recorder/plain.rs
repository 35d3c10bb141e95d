//! The peer: the pipeline of the AWS sample for recording Chime meetings, an `x11grab` and a
//! `pulse` input in one FFmpeg, the sound late by a fixed 350 ms, its output on a pipe to an upload
//! in parts of 5 MiB. Its FFmpeg options are facts of that sample; display, sound server and
//! browser are ours, so that only the pipelines differ. Its upload costs nothing here: that favours it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;
use chime_recorder::browser::chromium::Browser;
use chime_recorder::browser::page::Page;
use chime_recorder::child::{Child, Recipe, environment};
use chime_recorder::clock::spawn;
use chime_recorder::display::{Display, HEIGHT, WIDTH};
use chime_recorder::scratch::Scratch;
use chime_recorder::sound::server::SoundServer;
use rustix::process::Signal;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// Smallest part that S3 takes, and the sample's upload makes: bytes.
const PART: u64 = 5 << 20;
/// Time for the last words of FFmpeg: on a busy machine it has raw frames to encode yet.
const LAST_WORDS: Duration = Duration::from_secs(30);

/// Display, sound and browser, without anything of the recorder that reads them.
pub struct Plain {
    display: Display,
    sound: SoundServer,
    browser: Browser,
    _page: Page,
    scratch: Scratch,
}

impl Plain {
    /// Starts them, and opens a page.
    pub async fn start(folder: &Path, address: &str) -> anyhow::Result<Self> {
        let scratch = Scratch::make(folder)?;
        let display = Display::start(&scratch).await?;
        let sound = SoundServer::start(&scratch).await?;
        let browser = Browser::start(&scratch, &display, &sound).await?;
        let page = Page::open(&browser, address).await?;
        Ok(Self { display, sound, browser, _page: page, scratch })
    }

    /// Encodes what is shown and heard from now on.
    pub fn encode(&self) -> anyhow::Result<Encoding> {
        Encoding::start(&self.scratch, &self.display.name, &self.sound.address)
    }

    /// The processes it consists of.
    pub fn roots(&self, encoding: &Encoding) -> Vec<u32> {
        let Self { display, sound, browser, .. } = self;
        let all = [&display.child, &sound.child, &browser.child, &encoding.child];
        all.into_iter().filter_map(Child::id).collect()
    }

    /// Ends all of it.
    pub async fn stop(self) {
        self.browser.stop().await;
        self.sound.child.kill().await;
        self.display.child.kill().await;
    }
}

/// A running FFmpeg of the peer.
pub struct Encoding {
    child: Child,
    file: PathBuf,
    begun: Instant,
    taken: Arc<Mutex<Vec<(f64, u64)>>>,
    taking: JoinHandle<std::io::Result<()>>,
}

/// What it made.
pub struct Made {
    /// Its file.
    pub file: PathBuf,
    /// Seconds since its start, and bytes that had come by then.
    pub taken: Vec<(f64, u64)>,
    /// How long it ran, seconds.
    pub seconds: f64,
}

impl Encoding {
    /// Starts it on a display and a sound server.
    pub fn start(scratch: &Scratch, display: &str, sound: &str) -> anyhow::Result<Self> {
        let mut environment = environment(scratch.path());
        environment.push(("PULSE_SERVER", sound.into()));
        let recipe = Recipe {
            name: "the peer's FFmpeg",
            program: "ffmpeg".into(),
            args: arguments(display),
            environment,
            fed: false,
            read: true,
        };
        let mut child = Child::start(&recipe)?;
        let output = child.output().context("the peer's FFmpeg has no output")?;
        let file = scratch.join("tmp/plain.mp4");
        let taken = Arc::new(Mutex::new(Vec::new()));
        let begun = Instant::now();
        let taking = spawn(take(output, file.clone(), begun, taken.clone()));
        Ok(Self { child, file, begun, taken, taking })
    }

    /// Ends it as the sample does: a signal to FFmpeg, then the rest of the pipe.
    pub async fn finish(mut self) -> anyhow::Result<Made> {
        let seconds = self.begun.elapsed().as_secs_f64();
        self.child.ask_to_end(Signal::TERM);
        let taken = tokio::time::timeout(LAST_WORDS, &mut self.taking).await;
        taken.context("the peer's FFmpeg did not end within 30 s")???;
        let said = self.child.tail().lines().join("; ");
        self.child.kill().await;
        let taken = std::mem::take(&mut *self.taken.lock().unwrap_or_else(PoisonError::into_inner));
        anyhow::ensure!(!taken.is_empty(), "the peer's FFmpeg wrote nothing: {said}");
        Ok(Made { file: self.file, taken, seconds })
    }
}

async fn take(
    mut output: tokio::process::ChildStdout,
    file: PathBuf,
    begun: Instant,
    taken: Arc<Mutex<Vec<(f64, u64)>>>,
) -> std::io::Result<()> {
    let mut file = tokio::fs::File::create(file).await?;
    let mut buffer = vec![0u8; 64 << 10];
    let mut bytes = 0;
    loop {
        let count = output.read(&mut buffer).await?;
        if count == 0 {
            return file.flush().await;
        }
        file.write_all(buffer.get(..count).unwrap_or_default()).await?;
        bytes += count as u64;
        let at = begun.elapsed().as_secs_f64();
        taken.lock().unwrap_or_else(PoisonError::into_inner).push((at, bytes));
    }
}

impl Made {
    /// What a kill would have lost, at each tenth of a second of its run: the time since its last
    /// whole part (of an upload that takes no time), or all of it before the first.
    pub fn losses(&self) -> Vec<f64> {
        let mut parts = Vec::new();
        for &(at, bytes) in &self.taken {
            while bytes / PART > parts.len() as u64 {
                parts.push(at);
            }
        }
        let kills = (1..=(self.seconds * 10.0) as u32).map(|tenths| f64::from(tenths) / 10.0);
        kills.map(|at| at - parts.iter().rev().find(|part| **part <= at).unwrap_or(&0.0)).collect()
    }

    /// Whole parts it came to.
    pub fn parts(&self) -> u64 {
        self.taken.last().map_or(0, |(_, bytes)| bytes / PART)
    }

    /// Bits a second, in millions.
    pub fn rate(&self) -> f64 {
        self.taken.last().map_or(0.0, |(_, bytes)| *bytes as f64 * 8e-6 / self.seconds)
    }
}

fn arguments(display: &str) -> Vec<String> {
    let size = format!("{WIDTH}x{HEIGHT}");
    let picture = ["-s", &size, "-r", "30", "-draw_mouse", "0", "-f", "x11grab", "-i", display];
    let sound = ["-f", "pulse", "-ac", "2", "-i", "default"];
    // Three kilobits, as it stands there; without a buffer size FFmpeg ignores it anyway.
    let encode = ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-profile:v", "main"];
    let rate = ["-preset", "veryfast", "-x264opts", "nal-hrd=cbr:no-scenecut", "-g", "60"];
    let limits = ["-minrate", "3000", "-maxrate", "3000"];
    let late = ["-filter_complex", "adelay=delays=350|350", "-c:a", "aac", "-b:a", "160k"];
    let file = ["-ac", "2", "-ar", "44100", "-frag_duration", "1000", "-f", "mp4", "pipe:1"];
    let fragments = ["-movflags", "frag_keyframe+empty_moov+default_base_moof"];
    let quiet = ["-hide_banner", "-loglevel", "error", "-nostdin"];
    let all: [&[&str]; 9] =
        [&quiet, &picture, &sound, &encode, &rate, &limits, &late, &fragments, &file];
    all.concat().into_iter().map(String::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kill_of_the_peer_loses_the_time_since_its_last_part() {
        let made = Made {
            file: PathBuf::new(),
            taken: vec![(1.0, PART / 2), (2.0, PART + 1), (3.0, PART * 2)],
            seconds: 4.0,
        };
        let losses = made.losses();
        assert_eq!(losses.len(), 40);
        assert_eq!((losses[18], losses[19], losses[39]), (1.9, 0.0, 1.0));
        assert_eq!(made.parts(), 2);
    }
}
