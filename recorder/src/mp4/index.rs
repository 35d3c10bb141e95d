//! Collects fragments and makes the header of the finished file.
//!
//! The recorder adds each fragment as it stores it; recovery adds them again from storage. Only the
//! `moof` and the length of the `mdat` are needed, so the media may be long gone to S3. The same
//! init segment and fragments give the same bytes, whoever computes them.

use super::init::{Init, Kind, Track};
use super::moov::{header, placement};
use super::table::Table;
use super::times::{MAX_TIME, rescale};
use super::{Fragment, Mp4Error};

/// The samples of a recording so far.
#[derive(Debug, Clone)]
pub struct Index {
    init: Init,
    /// One for each track of `init`, in its order.
    tables: Vec<Table>,
    media: u64,
    fragments: u64,
}

impl Index {
    /// An index without samples.
    pub fn new(init: Init) -> Self {
        let tables = init.tracks().iter().map(|_| Table::default()).collect();
        Self { init, tables, media: 0, fragments: 0 }
    }

    /// The init segment this index was made for.
    pub fn init(&self) -> &Init {
        &self.init
    }

    /// Takes the next fragment of the file: its whole `moof` box and the length of its `mdat` box.
    ///
    /// # Errors
    /// What [`Fragment::parse`] refuses, a decode time that goes backwards, a hole of 2^31 ticks
    /// or more (12 hours at 48 kHz). The index is then as it was, and the fragment must not become part of the file.
    pub fn add(&mut self, moof: &[u8], mdat_len: u64) -> Result<(), Mp4Error> {
        let fragment = Fragment::parse(&self.init, moof, mdat_len)?;
        self.add_parsed(&fragment)
    }

    /// The same for a fragment that was already read against the same init segment.
    ///
    /// # Errors
    /// As [`Index::add`].
    pub fn add_parsed(&mut self, fragment: &Fragment) -> Result<(), Mp4Error> {
        let len = u64::from(fragment.moof_len).saturating_add(fragment.mdat_len);
        let media = self.media.saturating_add(len);
        if media >= MAX_TIME {
            return Err(Mp4Error::Overflow { what: "the file's length" });
        }
        // First judge all runs, then append them: an error must leave no half of a fragment.
        let mut tails: Vec<_> = self.tables.iter().map(Table::tail).collect();
        let mut judged = Vec::with_capacity(fragment.runs.len());
        for run in &fragment.runs {
            let unknown = Mp4Error::UnknownTrack { track: run.track };
            let at = self.init.tracks().iter().position(|track| track.id == run.track);
            let at = at.ok_or_else(|| unknown.clone())?;
            let tail = tails.get_mut(at).ok_or(unknown)?;
            *tail = tail.follow(run)?;
            judged.push((at, run, *tail));
        }
        for (at, run, tail) in judged {
            if let Some(table) = self.tables.get_mut(at) {
                table.append(run, tail, self.media);
            }
        }
        self.media = media;
        self.fragments += 1;
        Ok(())
    }

    /// The finished file's first bytes: `ftyp`, `moov` with all sample tables, and the header of
    /// one `mdat` that covers the [`media_len`](Self::media_len) bytes of all fragments.
    ///
    /// # Errors
    /// `Empty` without a sample; `Overflow` when tables or times do not fit the format.
    pub fn header(&self) -> Result<Vec<u8>, Mp4Error> {
        header(&self.init, &self.tables, self.media)
    }

    /// Bytes after the header: the fragments added so far.
    pub fn media_len(&self) -> u64 {
        self.media
    }

    /// Fragments added so far.
    pub fn fragments(&self) -> u64 {
        self.fragments
    }

    /// Milliseconds from time 0 of the presentation to the latest end over all tracks, rounded; 0
    /// without samples.
    pub fn duration_ms(&self) -> i64 {
        self.used()
            .map(|(track, table)| to(1_000, placement(track, table).end, track))
            .max()
            .unwrap_or(0)
    }

    /// Samples of all tracks of this kind.
    pub fn samples(&self, kind: Kind) -> u64 {
        self.of(kind).map(|(_, table)| u64::from(table.count())).sum()
    }

    /// Milliseconds from time 0 to where the first track of this kind starts to be shown or heard,
    /// rounded; `None` without samples of it.
    pub fn track_start_ms(&self, kind: Kind) -> Option<i64> {
        self.of(kind).map(|(track, table)| to(1_000, placement(track, table).empty, track)).min()
    }

    /// Microseconds from time 0 of each picture of the first video track, in the order they are
    /// shown, rounded.
    pub fn frame_times(&self) -> Vec<i64> {
        let Some((track, table)) = self.of(Kind::Video).next() else {
            return Vec::new();
        };
        let times = table.compositions().map(|t| to(1_000_000, t + track.shift, track));
        let mut times: Vec<_> = times.collect();
        times.sort_unstable();
        times
    }

    fn used(&self) -> impl Iterator<Item = (&Track, &Table)> {
        self.init.tracks().iter().zip(&self.tables).filter(|(_, table)| table.count() > 0)
    }

    fn of(&self, kind: Kind) -> impl Iterator<Item = (&Track, &Table)> {
        self.used().filter(move |(track, _)| track.kind == kind)
    }
}

/// Ticks of the track as units of `scale` a second.
fn to(scale: u32, ticks: i64, track: &Track) -> i64 {
    i64::try_from(rescale(ticks.into(), track.timescale, scale)).unwrap_or(i64::MAX)
}
