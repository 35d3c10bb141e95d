//! What a piece consists of, and where each fragment's bytes are at the moment. The capture pushes,
//! the pump takes; neither waits for the other.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use chime_contract::recording::EndReason;
use tokio::sync::Notify;

use crate::mp4::{Index, Init, moof_of};
use crate::storage::backlog::Backlog;
use crate::storage::error::{Result, StorageError};
use crate::storage::held::Held;
use crate::storage::journal::FragmentHead;
use crate::storage::parts::{Cutter, LEAST};
use crate::storage::{Facts, PieceStart};

/// Stored fragments kept in memory until their part is sent; the part is put together from the
/// journal where there are more (after S3 was away).
const KEPT: u64 = 3 * LEAST;

/// A piece, shared by the capture and the pump.
pub struct Piece {
    /// What it began with.
    pub start: PieceStart,
    /// The account of what waits.
    pub backlog: Arc<Backlog>,
    /// Rung when there is something to do.
    pub wake: Notify,
    media_key: String,
    content: Mutex<Content>,
}

/// The fragments so far.
pub struct Content {
    /// By number, from 0.
    pub entries: Vec<Entry>,
    /// The same for the header.
    pub index: Index,
    /// The same as parts.
    pub cutter: Cutter,
    /// This many from the beginning are stored.
    pub mark: usize,
    /// Why it ends, once it does.
    pub end: Option<EndReason>,
    /// Fragments nothing could take.
    pub refused: u32,
    /// These since the last that was taken.
    refused_since: u32,
    /// Bytes in memory of stored fragments after part 1.
    kept: u64,
    broken: Option<StorageError>,
}

/// A fragment.
pub struct Entry {
    /// Bytes.
    pub len: u64,
    /// What the capture knew of it.
    pub facts: Facts,
    refused: u32,
    stored: bool,
    whereabouts: Whereabouts,
}

/// Where a fragment's bytes are.
#[derive(Clone)]
pub enum Whereabouts {
    /// At hand.
    Memory(Bytes),
    /// In this file.
    Disk(PathBuf),
    /// Only in its journal object.
    Journal,
    /// Only in its part.
    Part,
}

impl Piece {
    /// A piece without fragments.
    pub fn new(start: PieceStart, backlog: Arc<Backlog>) -> Result<Self> {
        let media_key = start.media_key();
        let init = Init::parse(&start.init)
            .map_err(|source| StorageError::Media { key: media_key.clone(), source })?;
        let content = Content {
            entries: Vec::new(),
            index: Index::new(init),
            cutter: Cutter::default(),
            mark: 0,
            end: None,
            refused: 0,
            refused_since: 0,
            kept: 0,
            broken: None,
        };
        Ok(Self { start, backlog, wake: Notify::new(), media_key, content: Mutex::new(content) })
    }

    /// Key of the file to be.
    pub fn media_key(&self) -> &str {
        &self.media_key
    }

    /// Never held across an await.
    pub fn content(&self) -> MutexGuard<'_, Content> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the next fragment.
    pub fn push(&self, fragment: Bytes, facts: Facts) -> Result<()> {
        let key = || self.media_key.clone();
        let mut content = self.content();
        if let Some(broken) = &content.broken {
            return Err(broken.clone());
        }
        if content.cutter.full() {
            return Err(StorageError::TooLong { key: key() });
        }
        let media = |source| StorageError::Media { key: key(), source };
        let (moof, mdat_len) = moof_of(&fragment).map_err(media)?;
        let len = fragment.len() as u64;
        if !self.backlog.admit(len) {
            content.refused += 1;
            content.refused_since += 1;
            let error = StorageError::Full { key: key(), bytes: len };
            tracing::error!(alarm = "dropped", %error, in_all = content.refused);
            return Err(error);
        }
        if let Err(source) = content.index.add(moof, mdat_len) {
            self.backlog.withdraw(len);
            return Err(media(source));
        }
        content.cutter.add(len);
        let refused = std::mem::take(&mut content.refused_since);
        let whereabouts = Whereabouts::Memory(fragment);
        content.entries.push(Entry { len, facts, refused, stored: false, whereabouts });
        drop(content);
        self.wake.notify_one();
        Ok(())
    }

    /// No more fragments come.
    pub fn end(&self, end: EndReason) {
        self.content().end = Some(end);
        self.wake.notify_one();
    }

    /// The work on it ended with this.
    pub fn fail(&self, error: StorageError) {
        self.content().broken = Some(error);
    }

    /// What to put next into the journal, if there is this one.
    pub fn to_store(&self, at: usize) -> Option<(FragmentHead, Whereabouts)> {
        let content = self.content();
        let entry = content.entries.get(at)?;
        Some((content.head(at, entry), entry.whereabouts.clone()))
    }

    /// The newest fragment in memory that is not on its way yet, and the file it should go to.
    pub fn to_spill(&self, from: usize) -> Option<(usize, Bytes, PathBuf)> {
        let content = self.content();
        let mut waiting = content.entries.iter().enumerate().skip(from).rev();
        let (at, bytes) = waiting.find_map(|(at, entry)| match &entry.whereabouts {
            Whereabouts::Memory(bytes) if !entry.stored => Some((at, bytes.clone())),
            _ => None,
        })?;
        let PieceStart { attempt, piece, .. } = self.start;
        let name = format!("{attempt}-{piece:03}-{:06}", at + 1);
        self.backlog
            .should_spill(bytes.len() as u64)
            .then(|| (at, bytes, self.backlog.scratch().join(name)))
    }

    /// A fragment was written to a file; false if it is not needed there any more.
    pub fn spilled(&self, at: usize, file: PathBuf) -> bool {
        let mut content = self.content();
        let Some(entry) = content.entries.get_mut(at) else { return false };
        if entry.stored || !matches!(entry.whereabouts, Whereabouts::Memory(_)) {
            return false;
        }
        entry.whereabouts = Whereabouts::Disk(file);
        self.backlog.spilled(entry.len);
        true
    }

    /// S3 has a fragment; the file that is not needed any more.
    pub fn stored(&self, at: usize) -> Option<PathBuf> {
        let mut content = self.content();
        let in_first = content.cutter.cut().first().is_none_or(|first| first.contains(&at));
        let kept = content.kept;
        let entry = content.entries.get_mut(at)?;
        entry.stored = true;
        let len = entry.len;
        let (mut file, mut more) = (None, 0);
        match &entry.whereabouts {
            Whereabouts::Memory(_) if in_first => {}
            Whereabouts::Memory(_) if kept + len <= KEPT => more = len,
            Whereabouts::Memory(_) => entry.whereabouts = Whereabouts::Journal,
            Whereabouts::Disk(path) => {
                file = Some(path.clone());
                entry.whereabouts = Whereabouts::Journal;
            }
            Whereabouts::Journal | Whereabouts::Part => {}
        }
        content.kept += more;
        let before = content.mark;
        while content.entries.get(content.mark).is_some_and(|e| e.stored) {
            content.mark += 1;
        }
        self.backlog.gone(len, file.is_some());
        self.backlog.stored((content.mark - before) as u64);
        file
    }

    /// The fragments of a part have become it.
    pub fn parted(&self, fragments: Range<usize>) {
        let mut content = self.content();
        let mut less = 0;
        for entry in content.entries.get_mut(fragments).into_iter().flatten() {
            if let Whereabouts::Memory(_) = entry.whereabouts {
                less += entry.len;
            }
            entry.whereabouts = Whereabouts::Part;
        }
        content.kept = content.kept.saturating_sub(less);
    }
}

impl Content {
    /// The first line of a fragment's object.
    pub fn head(&self, at: usize, entry: &Entry) -> FragmentHead {
        FragmentHead { v: 1, n: number(at), refused: entry.refused, facts: entry.facts }
    }

    /// Fragments of a part.
    pub fn held(&self, fragments: Range<usize>) -> Vec<Held> {
        let from = fragments.start;
        let entries = self.entries.get(fragments).into_iter().flatten();
        let held = entries.zip(from..).map(|(entry, at)| {
            let bytes = match &entry.whereabouts {
                Whereabouts::Memory(bytes) => Some(bytes.clone()),
                _ => None,
            };
            Held { n: number(at), len: entry.len, bytes }
        });
        held.collect()
    }
}

/// A fragment's number in keys.
fn number(at: usize) -> u32 {
    u32::try_from(at + 1).unwrap_or(u32::MAX)
}

impl Drop for Piece {
    fn drop(&mut self) {
        let content = self.content.get_mut().unwrap_or_else(PoisonError::into_inner);
        for entry in content.entries.iter().filter(|e| !e.stored) {
            let file = match &entry.whereabouts {
                Whereabouts::Disk(file) => Some(file),
                _ => None,
            };
            self.backlog.gone(entry.len, file.is_some());
            if let Some(file) = file {
                // Nobody reads it any more; what cannot be deleted goes at the next start.
                let _ = std::fs::remove_file(file);
            }
        }
    }
}
