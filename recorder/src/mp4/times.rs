//! Headers with times (`mvhd`, `tkhd`, `mdhd`) and the edit list.
//!
//! Used when the init segment is read and when the finished `moov` is written. The durations are
//! the only fields that change; version 1 is chosen only when a number needs it.

use super::Mp4Error;
use super::boxes::{Reader, Writer};

/// `mvhd`, `mdhd` (the same shape at the front) or `tkhd` without its duration.
#[derive(Debug, Clone)]
pub(super) struct TimeHeader {
    flags: u32,
    created: u64,
    modified: u64,
    /// Ticks a second; the track's id in `tkhd`.
    pub(super) word: u32,
    /// `tkhd` has a reserved word before the duration.
    reserved: bool,
    rest: Vec<u8>,
}

impl TimeHeader {
    /// Reads an `mvhd` or `mdhd` body. A timescale of 0 is an error.
    pub(super) fn media(body: &[u8], what: &'static str) -> Result<Self, Mp4Error> {
        let header = Self::read(body, false, what)?;
        if header.word == 0 {
            return Err(Mp4Error::Malformed { what: "a timescale is 0" });
        }
        Ok(header)
    }

    /// Reads a `tkhd` body. A track id of 0 is an error.
    pub(super) fn track(body: &[u8]) -> Result<Self, Mp4Error> {
        let header = Self::read(body, true, "tkhd")?;
        if header.word == 0 {
            return Err(Mp4Error::Malformed { what: "a track id is 0" });
        }
        Ok(header)
    }

    fn read(body: &[u8], reserved: bool, what: &'static str) -> Result<Self, Mp4Error> {
        let mut reader = Reader::new(body, what);
        let (version, flags) = reader.version()?;
        let created = reader.wide(version)?;
        let modified = reader.wide(version)?;
        let word = reader.u32()?;
        if reserved {
            reader.u32()?;
        }
        reader.wide(version)?;
        Ok(Self { flags, created, modified, word, reserved, rest: reader.rest().to_vec() })
    }

    /// Writes the body with this word (timescale or track id) and duration.
    pub(super) fn write(&self, out: &mut Writer, word: u32, duration: u64) {
        let largest = self.created.max(self.modified).max(duration);
        // All ones means "unknown" in version 0, so it is not a duration.
        let version = u8::from(largest >= u64::from(u32::MAX));
        out.version(version, self.flags);
        out.wide(version, self.created);
        out.wide(version, self.modified);
        out.u32(word);
        if self.reserved {
            out.u32(0);
        }
        out.wide(version, duration);
        out.bytes(&self.rest);
    }
}

/// How far presentation is ahead of media time according to an `elst` body, in track ticks:
/// the empty edit at the front minus the media time the first real edit starts at.
///
/// # Errors
/// More than one real edit, a rate other than 1, an empty edit after a real one: these cannot be
/// said as one shift.
pub(super) fn shift(elst: &[u8], movie_scale: u32, track_scale: u32) -> Result<i64, Mp4Error> {
    let mut reader = Reader::new(elst, "elst");
    let (version, _) = reader.version()?;
    let (mut empty, mut media) = (0_u64, None);
    for _ in 0..reader.u32()? {
        let duration = reader.wide(version)?;
        let start =
            if version == 1 { reader.u64()? as i64 } else { i64::from(reader.u32()? as i32) };
        let rate = reader.u32()?;
        match (start, media) {
            (-1, None) => empty = empty.saturating_add(duration),
            (0.., None) if rate == 0x0001_0000 => media = Some(start),
            _ => return Err(Mp4Error::Unsupported { what: "an edit list with several edits" }),
        }
    }
    let empty = rescale(empty.into(), movie_scale, track_scale);
    let shift = empty - i128::from(media.unwrap_or(0));
    match i64::try_from(shift) {
        Ok(shift) if shift.unsigned_abs() < MAX_TIME => Ok(shift),
        _ => Err(Mp4Error::Malformed { what: "an edit list's times are out of range" }),
    }
}

/// Times at or over this many ticks are refused, so that sums of a few of them fit 64 bits.
pub(super) const MAX_TIME: u64 = 1 << 60;

/// `ticks` of `from` a second as ticks of `to` a second, rounded to the nearest.
pub(super) fn rescale(ticks: i128, from: u32, to: u32) -> i128 {
    let (from, to) = (i128::from(from.max(1)), i128::from(to));
    (2 * ticks * to + from).div_euclid(2 * from)
}

/// The part of a track that is shown, in ticks of the track.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Placement {
    /// Nothing is shown for this long at the front.
    pub(super) empty: i64,
    /// Where in the media (counted from the first sample's decode time) showing starts.
    pub(super) media: i64,
    /// The end on the movie's timeline.
    pub(super) end: i64,
}

impl Placement {
    /// `first`: first decode time; `begin`, `end`: the earliest and latest composition time;
    /// `shift`: see [`shift`]. All in ticks of the track.
    pub(super) fn new(first: i64, begin: i64, end: i64, shift: i64) -> Self {
        let mut media = begin.saturating_sub(first).max(0);
        let mut empty = first.saturating_add(media).saturating_add(shift);
        if empty < 0 {
            // The init segment's edit list hides the front: an encoder's priming.
            media = media.saturating_sub(empty);
            empty = 0;
        }
        Self { empty, media, end: end.saturating_add(shift).max(empty) }
    }

    /// Writes `edts`, unless the media is shown from its start at time 0.
    pub(super) fn write(&self, out: &mut Writer, track: u32, movie: u32) -> Result<(), Mp4Error> {
        if self.empty == 0 && self.media == 0 {
            return Ok(());
        }
        let empty = movie_ticks(self.empty, track, movie)?;
        let shown = movie_ticks(self.end, track, movie)?.saturating_sub(empty);
        let limit = i32::MAX as u64;
        let version = u8::from([empty, shown, self.media as u64].iter().any(|v| *v > limit));
        out.atom(b"edts", |out| {
            out.atom(b"elst", |out| {
                out.version(version, 0);
                out.u32(if self.empty > 0 { 2 } else { 1 });
                if self.empty > 0 {
                    out.wide(version, empty);
                    out.wide(version, u64::MAX);
                    out.u32(0x0001_0000);
                }
                out.wide(version, shown);
                out.wide(version, self.media as u64);
                out.u32(0x0001_0000);
                Ok(())
            })
        })
    }
}

/// Track ticks (0 or more) as movie ticks.
pub(super) fn movie_ticks(ticks: i64, track: u32, movie: u32) -> Result<u64, Mp4Error> {
    u64::try_from(rescale(ticks.into(), track, movie))
        .map_err(|_| Mp4Error::Overflow { what: "a duration" })
}

/// Ticks a second in which the times of all tracks are whole numbers, so that no edit is rounded;
/// the largest of `scales` where that number would not fit 31 bits.
pub(super) fn common_scale(scales: impl Iterator<Item = u32> + Clone) -> u32 {
    let exact = scales.clone().try_fold(1_u32, |all, scale| {
        let (mut a, mut b) = (all, scale);
        while b != 0 {
            (a, b) = (b, a % b);
        }
        (all / a.max(1)).checked_mul(scale).filter(|all| *all <= i32::MAX as u32)
    });
    exact.or(scales.max()).unwrap_or(1)
}
