//! A voice of one pitch: 300 ms of tone and 200 ms of silence, over and over, so that a listener
//! knows it from noise. Encoded once; a bot costs no encoding.

use std::sync::Arc;

use crate::mixer::{Ear, FRAME, Pcm, RATE};

/// Frames of one round: half a second.
const ROUND: usize = 25;
/// Rounds before those that are kept: the encoder has settled by then.
const SETTLED: usize = 2;
/// Loudness of the tone, of full scale.
const LOUD: f64 = 0.35;

/// Why there is no tone.
#[derive(Debug, thiserror::Error)]
pub enum ToneError {
    /// Not a pitch a bot can sing.
    #[error("a tone must have 50 to 8000 Hz")]
    Pitch,
    /// The encoder failed.
    #[error("the tone could not be encoded: {0}")]
    Codec(String),
}

/// The packets of one round.
pub struct Tone {
    packets: Vec<Arc<[u8]>>,
}

impl Tone {
    /// A tone of so many Hz.
    ///
    /// # Errors
    /// Not a pitch, or the encoder fails.
    pub fn new(hz: f64) -> Result<Self, ToneError> {
        if !(50.0..=8_000.0).contains(&hz) {
            return Err(ToneError::Pitch);
        }
        let mut ear = Ear::new().map_err(|e| ToneError::Codec(e.to_string()))?;
        let mut packets = Vec::with_capacity(ROUND);
        for k in 0..ROUND * (SETTLED + 1) {
            let packet =
                ear.encode(&frame(hz, k % ROUND)).map_err(|e| ToneError::Codec(e.to_string()))?;
            if k >= ROUND * SETTLED {
                packets.push(packet.into());
            }
        }
        Ok(Self { packets })
    }

    /// A packet; after the last comes the first.
    pub fn packet(&self, number: u64) -> Arc<[u8]> {
        self.packets[(number % self.packets.len() as u64) as usize].clone()
    }
}

/// 20 ms of the round, with soft edges: a hard one is a click of all pitches.
fn frame(hz: f64, number: usize) -> Pcm {
    std::array::from_fn(|i| {
        let at = (number * FRAME + i) as f64 / f64::from(RATE);
        let edge = (at / 0.01).min((0.3 - at) / 0.01).clamp(0.0, 1.0);
        ((hz * at * std::f64::consts::TAU).sin() * edge * LOUD * 32_767.0) as i16
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mixer::{Voice, loudness};

    #[test]
    fn a_tone_is_loud_for_three_fifths_and_silent_for_the_rest() {
        let tone = Tone::new(700.0).unwrap();
        let mut voice = Voice::new().unwrap();
        let mut loud = 0;
        for number in 0..100 {
            voice.push(&tone.packet(number));
            loud += usize::from(voice.take().is_some_and(|pcm| loudness(&pcm) < 30));
        }
        assert!((50..=70).contains(&loud), "{loud} of 100 frames");
        assert!(Tone::new(5.0).is_err() && Tone::new(f64::NAN).is_err());
    }
}
