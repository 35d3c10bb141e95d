//! What S3 has not taken yet, over all pieces: where it waits (memory, then disk), what that means
//! for the capture, and the figures health is judged by. Each change of level is an alarm, once.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use super::Lost;
use crate::clock;

/// How much may wait, and how long.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes in memory that S3 has not taken yet; what is more goes to disk. Beside this each piece
    /// holds its first part and up to three more for good reasons.
    pub memory: u64,
    /// Bytes on disk; then only sound is worth recording.
    pub spill: u64,
    /// A refusal that lasts this long is an alarm, and tried slowly from then on.
    pub denied_after: Duration,
    /// After this long without a stored fragment another one may have completed the piece: look.
    pub quiet: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory: 128 << 20,
            spill: 8 << 30,
            denied_after: Duration::from_secs(60),
            quiet: Duration::from_secs(10),
        }
    }
}

/// What the backlog means for the capture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Level {
    /// Memory is enough.
    #[default]
    Normal,
    /// Some of it waits on disk.
    Spilling,
    /// The disk is full or fails: record only sound until this is over.
    SoundOnly,
}

/// How durable the recording is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Durable {
    /// Fragments taken from the capture, over all pieces.
    pub fragments_pushed: u64,
    /// Fragments S3 has, without a hole before them.
    pub fragments_stored: u64,
    /// When S3 last took one, epoch milliseconds.
    pub last_stored_at: Option<i64>,
    /// Bytes S3 has not taken yet, in memory and on disk.
    pub backlog_bytes: u64,
    /// Bytes of these on disk.
    pub spilled_bytes: u64,
    /// Fragments nothing could take.
    pub refused: u64,
    /// What it means for the capture.
    pub level: Level,
    /// A piece is not ours any more: stop for good.
    pub lost: Option<Lost>,
    /// What S3 refuses for a minute and longer, in words.
    pub denied: Option<String>,
}

#[derive(Debug, Default)]
struct Waiting {
    memory: u64,
    disk: u64,
    disk_full: bool,
    disk_failed: bool,
}

/// The account of what waits.
#[derive(Debug)]
pub(crate) struct Backlog {
    limits: Limits,
    scratch: PathBuf,
    waiting: Mutex<Waiting>,
    durable: watch::Sender<Durable>,
}

impl Backlog {
    /// Nothing waits.
    pub fn new(limits: Limits, scratch: PathBuf) -> Self {
        let durable = watch::Sender::new(Durable::default());
        Self { limits, scratch, waiting: Mutex::default(), durable }
    }

    /// The limits.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The folder for what memory does not hold.
    pub fn scratch(&self) -> &Path {
        &self.scratch
    }

    /// To look on.
    pub fn watch(&self) -> watch::Receiver<Durable> {
        self.durable.subscribe()
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a fragment into memory; false if nothing can take it: the disk does not, and memory
    /// has twice its limit.
    pub fn admit(&self, bytes: u64) -> bool {
        let mut waiting = self.waiting();
        let no_disk = waiting.disk_failed || waiting.disk_full;
        if no_disk && waiting.memory + bytes > self.limits.memory.saturating_mul(2) {
            self.durable.send_modify(|d| d.refused += 1);
            return false;
        }
        waiting.memory += bytes;
        self.durable.send_modify(|d| d.fragments_pushed += 1);
        self.tell(&mut waiting);
        true
    }

    /// Takes an admitted fragment back: it cannot become part of the piece.
    pub fn withdraw(&self, bytes: u64) {
        self.durable.send_modify(|d| d.fragments_pushed -= 1);
        self.gone(bytes, false);
    }

    /// True if memory holds more than it should and the disk may help.
    pub fn should_spill(&self, bytes: u64) -> bool {
        let mut waiting = self.waiting();
        if waiting.memory <= self.limits.memory || waiting.disk_failed {
            return false;
        }
        if waiting.disk + bytes > self.limits.spill {
            waiting.disk_full = true;
            self.tell(&mut waiting);
            return false;
        }
        !waiting.disk_full
    }

    /// A fragment went from memory to disk.
    pub fn spilled(&self, bytes: u64) {
        let mut waiting = self.waiting();
        waiting.memory = waiting.memory.saturating_sub(bytes);
        waiting.disk += bytes;
        self.tell(&mut waiting);
    }

    /// The disk did not take one.
    pub fn disk_failed(&self) {
        let mut waiting = self.waiting();
        waiting.disk_failed = true;
        self.tell(&mut waiting);
    }

    /// A fragment waits no longer, from memory or disk.
    pub fn gone(&self, bytes: u64, disk: bool) {
        let mut waiting = self.waiting();
        let from = if disk { &mut waiting.disk } else { &mut waiting.memory };
        *from = from.saturating_sub(bytes);
        self.tell(&mut waiting);
    }

    /// S3 took a fragment; `further` fragments are now without a hole before them.
    pub fn stored(&self, further: u64) {
        self.durable.send_modify(|d| {
            d.last_stored_at = Some(clock::now_ms());
            d.fragments_stored += further;
        });
    }

    /// A piece was lost.
    pub fn lost(&self, lost: Lost) {
        tracing::error!(alarm = "lost", %lost, "the recorder must stop for good");
        self.durable.send_modify(|d| d.lost = Some(lost));
    }

    /// What S3 refuses, or nothing any more.
    pub fn denied(&self, what: Option<String>) {
        self.durable.send_modify(|d| d.denied = what);
    }

    fn tell(&self, waiting: &mut Waiting) {
        // With hysteresis: the capture begins a new piece at each change.
        waiting.disk_full &= waiting.disk > self.limits.spill / 2;
        waiting.disk_failed &= waiting.memory > self.limits.memory / 2;
        let level = if waiting.disk_full || waiting.disk_failed {
            Level::SoundOnly
        } else if waiting.disk > 0 {
            Level::Spilling
        } else {
            Level::Normal
        };
        let (memory, disk) = (waiting.memory, waiting.disk);
        let mut before = level;
        self.durable.send_modify(|d| {
            before = std::mem::replace(&mut d.level, level);
            d.backlog_bytes = memory + disk;
            d.spilled_bytes = disk;
        });
        if before == level {
            return;
        }
        match level {
            Level::Normal => tracing::info!("S3 has all that waited"),
            Level::Spilling => {
                tracing::error!(alarm = "spill", memory, disk, "S3 is slow: fragments go to disk");
            }
            Level::SoundOnly => {
                tracing::error!(alarm = "sound-only", memory, disk, "S3 is away and the disk full");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn backlog() -> Backlog {
        let limits = Limits { memory: 100, spill: 200, ..Limits::default() };
        Backlog::new(limits, PathBuf::new())
    }

    #[test]
    fn memory_then_disk_then_sound_only_then_refused() {
        let backlog = backlog();
        let level = || backlog.watch().borrow().level;
        assert!(backlog.admit(100) && !backlog.should_spill(100));
        assert!(backlog.admit(100) && backlog.should_spill(100));
        backlog.spilled(100);
        assert_eq!(level(), Level::Spilling);
        assert!(backlog.admit(100) && backlog.should_spill(100));
        backlog.spilled(100);
        assert!(backlog.admit(100) && !backlog.should_spill(100));
        assert_eq!(level(), Level::SoundOnly);
        assert!(!backlog.admit(100), "memory has twice its limit");
        assert_eq!(backlog.watch().borrow().refused, 1);
        assert_eq!(backlog.watch().borrow().backlog_bytes, 400);

        backlog.gone(100, false);
        assert_eq!(level(), Level::SoundOnly);
        backlog.gone(100, true);
        assert_eq!(level(), Level::Spilling);
        backlog.gone(100, true);
        assert_eq!(level(), Level::Normal);
    }

    #[test]
    fn a_failed_disk_is_tried_again_once_memory_has_room() {
        let backlog = backlog();
        assert!(backlog.admit(150) && backlog.should_spill(50));
        backlog.disk_failed();
        assert_eq!(backlog.watch().borrow().level, Level::SoundOnly);
        assert!(!backlog.should_spill(50));
        backlog.gone(100, false);
        assert_eq!(backlog.watch().borrow().level, Level::Normal);
        assert!(backlog.admit(100) && backlog.should_spill(50));
    }
}
