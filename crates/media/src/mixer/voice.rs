//! One who speaks: decodes their packets and keeps a little of it, because packets come unevenly.

use std::collections::VecDeque;

use ropus::{Channels, DecodeMode, Decoder, DecoderInitError};

use super::{FRAME, Pcm, RATE, loudness};

/// Longest packet of the codec: 120 ms.
const LONGEST: usize = 5_760;

/// Samples over which a break is smoothed, 5 ms: a hard edge is a click of all pitches.
const EDGE: usize = 240;

/// Nothing louder than this is a pause, in which time can be made up for unheard.
const PAUSE: u16 = 100;

/// The decoder and the queue behind it.
pub struct Voice {
    decoder: Decoder,
    queue: VecDeque<i16>,
    /// Enough was there once; until the queue is empty again, frames are taken as they are needed.
    plays: bool,
    /// The last sample that was taken, and whether what comes next follows it.
    last: i16,
    broken: bool,
    /// Loudest since it was asked last, decibels below full scale.
    loudest: u8,
}

impl Voice {
    /// Most samples that wait, 300 ms: who speaks never lags more than that behind.
    pub const MOST: usize = 15 * FRAME;
    /// Samples that must wait before the first is played: evens out 60 ms.
    const START: usize = 3 * FRAME;

    /// Says nothing yet.
    ///
    /// # Errors
    /// The decoder cannot be made.
    pub fn new() -> Result<Self, DecoderInitError> {
        let decoder = Decoder::new(RATE, Channels::Mono)?;
        Ok(Self {
            decoder,
            queue: VecDeque::new(),
            plays: false,
            last: 0,
            broken: true,
            loudest: 127,
        })
    }

    /// A packet that is to be heard. Gives its loudness, decibels below full scale.
    pub fn push(&mut self, packet: &[u8]) -> u8 {
        let mut samples = [0; LONGEST];
        let samples = self.decode(packet, &mut samples);
        let level = loudness(samples);
        self.loudest = self.loudest.min(level);
        self.queue.extend(samples);
        if self.queue.len() > Self::MOST {
            self.queue.drain(..self.queue.len() - Self::START);
            self.broken = true;
        }
        level
    }

    /// The loudness of a packet that nobody is to hear, decibels below full scale.
    pub fn measure(&mut self, packet: &[u8]) -> u8 {
        loudness(self.decode(packet, &mut [0; LONGEST]))
    }

    /// What the decoder does not understand is silence.
    fn decode<'a>(&mut self, packet: &[u8], samples: &'a mut [i16; LONGEST]) -> &'a [i16] {
        if packet.is_empty() {
            return &[];
        }
        let decoded = self.decoder.decode(packet, samples, DecodeMode::Normal);
        &samples[..decoded.map_or(0, |count| count.min(LONGEST))]
    }

    /// The next 20 ms; nothing while too little is there.
    pub fn take(&mut self) -> Option<Pcm> {
        self.catch_up();
        let enough = if self.plays { FRAME } else { Self::START };
        self.plays = self.queue.len() >= enough;
        if !self.plays && self.last == 0 {
            return None;
        }
        let count = if self.plays { FRAME } else { 0 };
        let mut frame = [0; FRAME];
        frame.iter_mut().zip(self.queue.drain(..count)).for_each(|(to, from)| *to = from);
        if self.broken || !self.plays {
            for (i, sample) in frame.iter_mut().enumerate().take(EDGE) {
                let before = i32::from(self.last) * (EDGE - i) as i32;
                *sample = ((before + i32::from(*sample) * i as i32) / EDGE as i32) as i16;
            }
        }
        self.broken = !self.plays;
        self.last = frame[FRAME - 1];
        Some(frame)
    }

    /// Leaves out pauses while more waits than is needed.
    fn catch_up(&mut self) {
        while self.plays
            && self.queue.len() > Self::START + 2 * FRAME
            && self.queue.iter().take(FRAME).all(|sample| sample.unsigned_abs() < PAUSE)
        {
            self.queue.drain(..FRAME);
        }
    }

    /// Forgets what waits: a muted voice must not be heard later.
    pub fn hush(&mut self) {
        self.queue.clear();
        (self.plays, self.broken) = (false, true);
        self.loudest = 127;
    }

    /// Loudest since the last call, decibels below full scale.
    pub fn loudest(&mut self) -> u8 {
        std::mem::replace(&mut self.loudest, 127)
    }

    /// Samples that wait.
    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        self.queue.len()
    }
}
