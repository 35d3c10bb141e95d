//! Health means durability: the last fragment is stored and the page answers. The recorder writes
//! it to a file every second; `chime-recorder healthz` reads it, since nothing here listens.
//!
//! ECS stops no task for being unhealthy, so there is also a watchdog: a thread of its own that
//! ends the process when the recorder's own loop has stood still. It does not end one that waits
//! for S3: what is in its memory would be lost.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::now_ms;

/// A file older than this is of a recorder that stands still, milliseconds.
const STALE_MS: i64 = 15_000;
/// Longest time since a fragment was stored while recording, milliseconds.
const DURABLE_MS: i64 = 10_000;
/// Longest time since the page answered, milliseconds.
const HEARD_MS: i64 = 15_000;
/// The loop stood still for so long: the process ends, milliseconds.
const STUCK_MS: i64 = 60_000;
/// The watchdog itself was held up for so long: the process was stopped, milliseconds.
const STOPPED_MS: i64 = 4_000;
/// Exit code of the watchdog.
pub const STUCK: i32 = 70;

/// What the recorder does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Doing {
    /// Starting, testing itself.
    Preparing,
    /// Ready, waiting for the meeting.
    Waiting,
    /// Recording.
    Recording,
    /// Storing the rest.
    Finishing,
}

/// The file's content. Times are epoch milliseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Health {
    /// Written at.
    pub at: i64,
    /// What the recorder does.
    pub doing: Doing,
    /// The last fragment was stored at.
    pub stored_at: Option<i64>,
    /// The page answered last at.
    pub heard_at: Option<i64>,
}

impl Health {
    /// What is wrong at `now`; nothing if all is well.
    pub fn trouble(&self, now: i64) -> Option<String> {
        let since = |at: Option<i64>| at.map_or(i64::MAX, |at| now - at);
        if now - self.at > STALE_MS {
            return Some(format!("the recorder has not reported for {} s", (now - self.at) / 1000));
        }
        if self.doing == Doing::Recording && since(self.stored_at) > DURABLE_MS {
            return Some("no fragment was stored in the last 10 s".into());
        }
        let page = matches!(self.doing, Doing::Recording | Doing::Waiting);
        if page && since(self.heard_at) > HEARD_MS {
            return Some("the page has not answered for 15 s".into());
        }
        None
    }
}

/// Where the file is.
pub fn file(scratch_parent: &Path) -> PathBuf {
    scratch_parent.join("chime-recorder-health.json")
}

/// Reads the file and judges it.
///
/// # Errors
/// What is wrong, in words.
pub fn check(file: &Path) -> Result<Health, String> {
    let text = std::fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))?;
    let health: Health =
        serde_json::from_str(&text).map_err(|e| format!("{}: {e}", file.display()))?;
    match health.trouble(now_ms()) {
        None => Ok(health),
        Some(trouble) => Err(trouble),
    }
}

/// Writes the file, whole or not at all. A full disk must not end a recording.
pub fn write(file: &Path, health: &Health) {
    let Ok(text) = serde_json::to_vec(health) else { return };
    let new = file.with_extension("new");
    let written = std::fs::write(&new, text).and_then(|()| std::fs::rename(&new, file));
    if let Err(error) = written {
        tracing::debug!(%error, "the health file could not be written");
    }
}

/// The heartbeat of the recorder's loop.
#[derive(Debug, Clone, Default)]
pub struct Beat(Arc<Pulse>);

/// Epoch milliseconds.
#[derive(Debug, Default)]
struct Pulse {
    last: AtomicI64,
    woke: AtomicI64,
}

impl Beat {
    /// The loop goes on.
    pub fn beat(&self) {
        self.0.last.store(now_ms(), Ordering::Relaxed);
    }

    /// Beats while `work` is done that has a limit of its own, or waits for S3.
    pub async fn during<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
        let mut beats = tokio::time::interval(Duration::from_secs(1));
        loop {
            tokio::select! {
                done = &mut work => return done,
                _ = beats.tick() => self.beat(),
            }
        }
    }

    /// True if the whole process, or its machine, was stopped for some seconds and woke within this
    /// time.
    pub fn woke_within(&self, time: Duration) -> bool {
        let ago = now_ms() - self.0.woke.load(Ordering::Relaxed);
        u128::try_from(ago).is_ok_and(|ago| ago <= time.as_millis())
    }

    /// Starts the watchdog; it goes when the last clone of this heartbeat is dropped.
    pub fn watch(&self) {
        self.beat();
        let pulse = Arc::downgrade(&self.0);
        std::thread::spawn(move || {
            loop {
                let asleep = now_ms();
                std::thread::sleep(Duration::from_secs(1));
                let Some(pulse) = pulse.upgrade() else { return };
                let now = now_ms();
                if now - asleep > STOPPED_MS {
                    // The loop could not beat: it gets its time anew.
                    pulse.woke.store(now, Ordering::Relaxed);
                    pulse.last.store(now, Ordering::Relaxed);
                }
                let still = now - pulse.last.load(Ordering::Relaxed);
                if still > STUCK_MS {
                    eprintln!("the recorder stood still for {still} ms and ends itself");
                    std::process::exit(STUCK);
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn health_is_about_what_is_stored_and_whether_the_page_answers() {
        let at = 1_000_000;
        let good = Health {
            at,
            doing: Doing::Recording,
            stored_at: Some(at - 9_000),
            heard_at: Some(at - 14_000),
        };
        assert_eq!(good.trouble(at), None);
        assert!(good.trouble(at + 2_000).unwrap().contains("stored"));
        let waiting = Health { doing: Doing::Waiting, stored_at: None, ..good.clone() };
        assert_eq!(waiting.trouble(at), None, "nothing is to be stored yet");
        assert!(waiting.trouble(at + 2_000).unwrap().contains("page"));
        let finishing = Health { doing: Doing::Finishing, heard_at: None, ..good.clone() };
        assert_eq!(finishing.trouble(at + 14_000), None);
        assert!(finishing.trouble(at + 16_000).unwrap().contains("reported"));
        assert!(Health { stored_at: None, ..good }.trouble(at).is_some());
    }
}
