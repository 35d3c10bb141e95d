//! Reads a `moof`: which samples a fragment holds and where they lie.
//!
//! Between splitter and index, and also what recovery uses on journal objects. The media bytes are
//! not needed: the `moof` and the length of the `mdat` box say everything. Promises that every
//! sample lies inside the `mdat` and that counts are bounded before anything is allocated.

use super::boxes::{Reader, atoms, child, first, optional};
use super::init::{Defaults, Init};
use super::times::MAX_TIME;
use super::{Kind, Mp4Error};

/// The most samples one fragment may have; a second of 48 kHz PCM has 48,000.
const MAX_SAMPLES: usize = 1 << 20;

/// "Not a sync sample" among the sample flags.
const NON_SYNC: u32 = 0x0001_0000;

/// One sample: a coded picture or a packet of sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// Ticks until the next sample is decoded.
    pub duration: u32,
    /// Bytes.
    pub size: u32,
    /// Presentation minus decode time, in ticks; not 0 with B-frames.
    pub offset: i32,
    /// Decoding can start here.
    pub sync: bool,
}

/// Samples of one track that lie side by side in the file (a `trun`); never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The track's id, always one of the init segment.
    pub track: u32,
    /// Decode time of the first sample in ticks of the track.
    pub time: u64,
    /// First byte of the first sample, counted from the first byte of the `moof`.
    pub offset: u64,
    /// Which sample description of the track applies, from 1.
    pub description: u32,
    /// The samples in decode order.
    pub samples: Vec<Sample>,
}

impl Run {
    /// Sum of the durations in ticks.
    pub fn ticks(&self) -> u64 {
        self.samples.iter().map(|s| u64::from(s.duration)).sum()
    }

    /// Sum of the sizes in bytes.
    pub fn bytes(&self) -> u64 {
        self.samples.iter().map(|s| u64::from(s.size)).sum()
    }
}

/// What a fragment holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fragment {
    /// Length of the `moof` box in bytes.
    pub moof_len: u32,
    /// Length of the `mdat` box in bytes, header included.
    pub mdat_len: u64,
    /// The runs in file order; a track without samples here has none.
    pub runs: Vec<Run>,
}

/// Splits the bytes of [`Item::Fragment`](super::Item::Fragment) into the `moof` box and the
/// length of the `mdat` box (header included).
///
/// # Errors
/// Anything but one whole `moof` and one whole `mdat`.
pub fn moof_of(fragment: &[u8]) -> Result<(&[u8], u64), Mp4Error> {
    let moof = first(fragment, "moof")?;
    let rest = fragment.get(moof.whole.len()..).unwrap_or_default();
    let mdat = first(rest, "mdat")?;
    if &moof.kind != b"moof" || &mdat.kind != b"mdat" || mdat.whole.len() != rest.len() {
        return Err(Mp4Error::Malformed { what: "a fragment is not one moof and one mdat" });
    }
    Ok((moof.whole, rest.len() as u64))
}

impl Fragment {
    /// Reads a whole `moof` box whose `mdat` box is `mdat_len` bytes long.
    ///
    /// # Errors
    /// Cut or contradicting boxes, samples outside the `mdat`, more than 1,048,576 samples, a
    /// track the init segment lacks, a `traf` without `tfdt`, or a `base-data-offset` (a position
    /// in FFmpeg's output, which means nothing once the stream is cut).
    pub fn parse(init: &Init, moof: &[u8], mdat_len: u64) -> Result<Self, Mp4Error> {
        let atom = first(moof, "moof")?;
        if &atom.kind != b"moof" || atom.whole.len() != moof.len() {
            return Err(Mp4Error::Malformed { what: "the bytes are not one moof" });
        }
        let what = "a fragment's length";
        let moof_len = u32::try_from(moof.len()).map_err(|_| Mp4Error::Overflow { what })?;
        let end = mdat_len.checked_add(u64::from(moof_len));
        let end = end.filter(|end| *end < MAX_TIME).ok_or(Mp4Error::Overflow { what })?;
        if mdat_len < 8 {
            return Err(Mp4Error::Malformed { what: "an mdat is shorter than its own header" });
        }
        let mut walk = Walk { runs: Vec::new(), left: MAX_SAMPLES, next: 0 };
        for atom in atoms(atom.body, "moof") {
            let atom = atom?;
            if &atom.kind == b"traf" {
                walk.traf(init, atom.body)?;
            }
        }
        let data = u64::from(moof_len) + 8..=end;
        if walk.runs.iter().any(|r| !data.contains(&r.offset) || r.offset + r.bytes() > end) {
            return Err(Mp4Error::Malformed { what: "a sample lies outside its mdat" });
        }
        Ok(Self { moof_len, mdat_len, runs: walk.runs })
    }

    /// Decode time of the track's first sample and end of its last, in ticks of the track; `None`
    /// when the fragment has no sample of it.
    pub fn span(&self, track: u32) -> Option<(u64, u64)> {
        let mut runs = self.runs.iter().filter(|run| run.track == track);
        let head = runs.next()?;
        let head = (head.time, head.time + head.ticks());
        Some(
            runs.fold(head, |(start, end), run| {
                (start.min(run.time), end.max(run.time + run.ticks()))
            }),
        )
    }

    /// Number of samples of all tracks of this kind.
    pub fn samples(&self, init: &Init, kind: Kind) -> usize {
        let of = |run: &&Run| init.track(run.track).is_some_and(|t| t.kind == kind);
        self.runs.iter().filter(of).map(|run| run.samples.len()).sum()
    }

    /// Frames that a picture of `fps` frames a second lacks here: each carries the time it was
    /// grabbed at, so one that lasts for three stands for two that were not. The very first is left
    /// out: it reaches back to the beginning of the sound.
    pub fn missing(&self, init: &Init, fps: u32) -> u64 {
        let mut missing = 0;
        for run in &self.runs {
            let Some(track) = init.track(run.track).filter(|t| t.kind == Kind::Video) else {
                continue;
            };
            let frame = f64::from(track.timescale) / f64::from(fps.max(1));
            let first = usize::from(run.time == 0);
            for sample in run.samples.iter().skip(first) {
                let lasts = (f64::from(sample.duration) / frame).round() as u64;
                missing += lasts.saturating_sub(1);
            }
        }
        missing
    }
}

/// The state carried from box to box of a `moof`.
struct Walk {
    runs: Vec<Run>,
    /// Samples that may still come.
    left: usize,
    /// End of the data of the run before, counted from the `moof`.
    next: u64,
}

impl Walk {
    fn traf(&mut self, init: &Init, traf: &[u8]) -> Result<(), Mp4Error> {
        let mut tfhd = Reader::new(child(traf, b"tfhd", "tfhd")?, "tfhd");
        let (_, flags) = tfhd.version()?;
        let id = tfhd.u32()?;
        let track = init.track(id).ok_or(Mp4Error::UnknownTrack { track: id })?;
        if flags & 0x1 != 0 {
            return Err(Mp4Error::Unsupported { what: "a fragment with a base-data-offset" });
        }
        let mut field = |bit: u32, default: u32| {
            if flags & bit != 0 { tfhd.u32() } else { Ok(default) }
        };
        let defaults = Defaults {
            description: field(0x2, track.defaults.description)?,
            duration: field(0x8, track.defaults.duration)?,
            size: field(0x10, track.defaults.size)?,
            flags: field(0x20, track.defaults.flags)?,
        };
        // Without default-base-is-moof only the first track counts from the moof; a later one
        // counts from the end of the data before it.
        let base = if flags & 0x2_0000 != 0 || self.runs.is_empty() { 0 } else { self.next };
        let mut time = match optional(traf, b"tfdt", "tfdt")? {
            Some(body) => {
                let mut tfdt = Reader::new(body, "tfdt");
                let (version, _) = tfdt.version()?;
                Some(tfdt.wide(version)?)
            }
            None => None,
        };
        self.next = base;
        for atom in atoms(traf, "traf") {
            let atom = atom?;
            if &atom.kind != b"trun" {
                continue;
            }
            let start = time.ok_or(Mp4Error::Missing { what: "tfdt" })?;
            let run = self.trun(atom.body, id, base, start, &defaults)?;
            let end = start.checked_add(run.ticks()).filter(|end| *end < MAX_TIME);
            time = Some(end.ok_or(Mp4Error::Malformed { what: "a decode time is out of range" })?);
            // Both are below 2^52 + 2^33: a run has at most 2^20 samples of 32-bit sizes.
            self.next = run.offset.saturating_add(run.bytes());
            if !run.samples.is_empty() {
                self.runs.push(run);
            }
        }
        Ok(())
    }

    fn trun(
        &mut self,
        body: &[u8],
        track: u32,
        base: u64,
        time: u64,
        defaults: &Defaults,
    ) -> Result<Run, Mp4Error> {
        let mut trun = Reader::new(body, "trun");
        let (_, flags) = trun.version()?;
        let count = trun.u32()? as usize;
        let offset = if flags & 0x1 != 0 {
            base.checked_add_signed(i64::from(trun.u32()? as i32))
                .ok_or(Mp4Error::Malformed { what: "a data offset is out of range" })?
        } else {
            self.next
        };
        let first_flags = if flags & 0x4 != 0 { Some(trun.u32()?) } else { None };
        let fields = (flags & 0xf00).count_ones() as usize;
        if count > self.left || fields * 4 * count > trun.rest().len() {
            return Err(Mp4Error::Malformed { what: "a run has more samples than room" });
        }
        self.left -= count;
        let mut samples = Vec::with_capacity(count);
        for n in 0..count {
            let mut field = |bit: u32, default: u32| {
                if flags & bit != 0 { trun.u32() } else { Ok(default) }
            };
            let duration = field(0x100, defaults.duration)?;
            let size = field(0x200, defaults.size)?;
            let own = field(0x400, defaults.flags)?;
            // Unsigned in version 0 by the letter; FFmpeg reads it as signed in both, and an
            // offset over 2^31 ticks is no use to anyone.
            let offset = field(0x800, 0)? as i32;
            let flags = first_flags.filter(|_| n == 0).unwrap_or(own);
            samples.push(Sample { duration, size, offset, sync: flags & NON_SYNC == 0 });
        }
        Ok(Run { track, time, offset, description: defaults.description, samples })
    }
}
