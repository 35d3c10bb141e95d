//! The sample tables of one track while a recording grows.
//!
//! Filled by the index, written into `stbl`. Durations and composition offsets are held as runs of
//! equal values, sync samples only when not all are, so a day of 30 pictures and 47 packets of sound
//! a second takes about 30 MB, nearly all of it the sizes.

use super::boxes::Writer;
use super::fragment::{Run, Sample};
use super::{Mp4Error, times::MAX_TIME};

/// Equal values in a row, as (count, value).
#[derive(Debug, Clone)]
struct Series<T>(Vec<(u32, T)>);

impl<T: Copy + PartialEq> Series<T> {
    fn push(&mut self, value: T) {
        match self.0.last_mut() {
            // The track's sample count is 32-bit, so a run of it is too.
            Some((count, last)) if *last == value => *count = count.saturating_add(1),
            _ => self.0.push((1, value)),
        }
    }

    fn replace_last(&mut self, value: T) {
        match self.0.last_mut() {
            Some((count, last)) if *count > 1 && *last != value => *count -= 1,
            Some((_, last)) if *last == value => return,
            _ => {
                self.0.pop();
            }
        }
        self.push(value);
    }

    fn iter(&self) -> impl Iterator<Item = T> + '_ {
        self.0.iter().flat_map(|(count, value)| std::iter::repeat_n(*value, *count as usize))
    }
}

/// Where a track stands: enough to judge the next run.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tail {
    /// Samples so far.
    count: u32,
    /// Decode time of the newest sample, in ticks.
    last: u64,
    /// Where that sample ends by its own duration, in ticks.
    end: u64,
}

impl Tail {
    /// Where the track stands after `run`.
    ///
    /// # Errors
    /// A run that starts before the newest sample (or at it, unless that lasts 0 ticks), a hole
    /// too long for one duration, more samples than a table can count.
    pub(super) fn follow(&self, run: &Run) -> Result<Self, Mp4Error> {
        let back = run.time < self.last || run.time == self.last && self.end > self.last;
        if self.count > 0 && back {
            return Err(Mp4Error::Backwards { track: run.track, last: self.last, next: run.time });
        }
        // FFmpeg takes a duration over 31 bits for a negative one.
        if self.count > 0 && run.time - self.last > i32::MAX as u64 {
            return Err(Mp4Error::Overflow { what: "a hole between two fragments" });
        }
        let what = "the number of samples";
        let more = u32::try_from(run.samples.len()).map_err(|_| Mp4Error::Overflow { what })?;
        let count = self.count.checked_add(more).ok_or(Mp4Error::Overflow { what })?;
        let end = run.time.saturating_add(run.ticks());
        if end >= MAX_TIME {
            return Err(Mp4Error::Overflow { what: "a decode time" });
        }
        let last = run.samples.last().map_or(self.last, |s| end - u64::from(s.duration));
        Ok(Self { count, last, end })
    }
}

/// A run as the finished file counts it.
#[derive(Debug, Clone, Copy)]
struct Chunk {
    /// First byte, counted from the first byte after the header.
    offset: u64,
    samples: u32,
    description: u32,
}

/// All samples of a track.
#[derive(Debug, Clone)]
pub(super) struct Table {
    tail: Tail,
    /// First decode time.
    first: u64,
    durations: Series<u32>,
    offsets: Series<i32>,
    sizes: Vec<u32>,
    /// Numbers (from 1) of the sync samples; `None` while all are.
    sync: Option<Vec<u32>>,
    chunks: Vec<Chunk>,
    /// Earliest composition time, and latest end over all samples but the newest.
    begin: i64,
    end: i64,
}

impl Default for Table {
    fn default() -> Self {
        Self {
            tail: Tail::default(),
            first: 0,
            durations: Series(Vec::new()),
            offsets: Series(Vec::new()),
            sizes: Vec::new(),
            sync: None,
            chunks: Vec::new(),
            begin: i64::MAX,
            end: i64::MIN,
        }
    }
}

impl Table {
    pub(super) fn tail(&self) -> Tail {
        self.tail
    }

    pub(super) fn count(&self) -> u32 {
        self.tail.count
    }

    /// First decode time in ticks.
    pub(super) fn first(&self) -> i64 {
        self.first as i64
    }

    /// Earliest composition time and latest end of a sample, in ticks.
    pub(super) fn bounds(&self) -> (i64, i64) {
        (self.begin, self.end.max(self.newest_end(self.tail.end)))
    }

    /// The media's length in decode time, in ticks.
    pub(super) fn ticks(&self) -> u64 {
        self.tail.end.saturating_sub(self.first)
    }

    /// Composition time of each sample in decode order, in ticks.
    pub(super) fn compositions(&self) -> impl Iterator<Item = i64> + '_ {
        let mut time = self.first();
        self.durations.iter().zip(self.offsets.iter()).map(move |(duration, offset)| {
            let here = time + i64::from(offset);
            time += i64::from(duration);
            here
        })
    }

    /// Appends a run that `tail` was computed for; `media` is where its `moof` lies.
    pub(super) fn append(&mut self, run: &Run, tail: Tail, media: u64) {
        if self.tail.count == 0 {
            self.first = run.time;
        } else if run.time != self.tail.end {
            // A hole lengthens the sample before it, an overlap shortens it. What counts for the
            // end of the track is how long it lasts by itself.
            self.end = self.end.max(self.newest_end(self.tail.end.min(run.time)));
            self.durations.replace_last((run.time - self.tail.last) as u32);
        } else {
            self.end = self.end.max(self.newest_end(self.tail.end));
        }
        let mut time = run.time as i64;
        for (number, sample) in (self.tail.count + 1..).zip(&run.samples) {
            self.push(number, *sample);
            let shown = time + i64::from(sample.offset);
            time += i64::from(sample.duration);
            self.begin = self.begin.min(shown);
            if number < tail.count {
                self.end = self.end.max(shown + i64::from(sample.duration));
            }
        }
        self.chunks.push(Chunk {
            offset: media + run.offset,
            samples: tail.count - self.tail.count,
            description: run.description,
        });
        self.tail = tail;
    }

    fn push(&mut self, number: u32, sample: Sample) {
        self.durations.push(sample.duration);
        self.offsets.push(sample.offset);
        self.sizes.push(sample.size);
        match &mut self.sync {
            Some(sync) if sample.sync => sync.push(number),
            None if !sample.sync => self.sync = Some((1..number).collect()),
            _ => {}
        }
    }

    /// The end on the composition timeline of the newest sample if it is decoded until `until`.
    fn newest_end(&self, until: u64) -> i64 {
        match self.offsets.0.last() {
            Some((_, offset)) => until as i64 + i64::from(*offset),
            None => i64::MIN,
        }
    }

    /// Writes all tables that follow `stsd`. `co64` counts from the first byte after the header;
    /// its place is noted in `fixes` as (position of the first entry, entries).
    pub(super) fn write(
        &self,
        out: &mut Writer,
        fixes: &mut Vec<(usize, usize)>,
    ) -> Result<(), Mp4Error> {
        out.atom(b"stts", |out| {
            out.version(0, 0);
            pairs(out, self.durations.0.iter().copied())
        })?;
        if self.offsets.0.iter().any(|(_, offset)| *offset != 0) {
            out.atom(b"ctts", |out| {
                out.version(u8::from(self.offsets.0.iter().any(|(_, offset)| *offset < 0)), 0);
                pairs(out, self.offsets.0.iter().map(|(count, offset)| (*count, *offset as u32)))
            })?;
        }
        if let Some(sync) = &self.sync {
            out.atom(b"stss", |out| {
                out.version(0, 0);
                out.count(sync.len())?;
                sync.iter().for_each(|number| out.u32(*number));
                Ok(())
            })?;
        }
        out.atom(b"stsc", |out| self.stsc(out))?;
        out.atom(b"stsz", |out| {
            out.version(0, 0);
            let same = self
                .sizes
                .first()
                .filter(|size| **size != 0 && self.sizes.iter().all(|other| other == *size));
            out.u32(same.copied().unwrap_or(0));
            out.count(self.sizes.len())?;
            if same.is_none() {
                self.sizes.iter().for_each(|size| out.u32(*size));
            }
            Ok(())
        })?;
        out.atom(b"co64", |out| {
            out.version(0, 0);
            out.count(self.chunks.len())?;
            fixes.push((out.out.len(), self.chunks.len()));
            self.chunks.iter().for_each(|chunk| out.u64(chunk.offset));
            Ok(())
        })
    }

    /// An entry only where the number of samples or the description changes.
    fn stsc(&self, out: &mut Writer) -> Result<(), Mp4Error> {
        let mut entries: Vec<(u32, u32, u32)> = Vec::new();
        for (number, chunk) in (1..).zip(&self.chunks) {
            let same = |e: &&(u32, u32, u32)| e.1 == chunk.samples && e.2 == chunk.description;
            if entries.last().filter(same).is_none() {
                entries.push((number, chunk.samples, chunk.description));
            }
        }
        out.version(0, 0);
        out.count(entries.len())?;
        for (number, samples, description) in entries {
            out.u32(number);
            out.u32(samples);
            out.u32(description);
        }
        Ok(())
    }
}

fn pairs(
    out: &mut Writer,
    pairs: impl ExactSizeIterator<Item = (u32, u32)>,
) -> Result<(), Mp4Error> {
    out.count(pairs.len())?;
    for (count, value) in pairs {
        out.u32(count);
        out.u32(value);
    }
    Ok(())
}
