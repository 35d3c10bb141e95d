//! One who listens: encodes what they hear.

use ropus::{Application, Bitrate, Channels, EncodeError, Encoder, EncoderBuildError};

use super::{Pcm, RATE};

/// Bits a second of one mix.
const BITS: u32 = 64_000;
/// Effort of the encoder, 0 to 10: a laptop mixes for many.
const COMPLEXITY: u8 = 3;

/// The encoder of one mix.
pub struct Ear {
    encoder: Encoder,
}

impl Ear {
    /// A new encoder.
    ///
    /// # Errors
    /// The encoder cannot be made.
    pub fn new() -> Result<Self, EncoderBuildError> {
        // `Audio`: a mix may carry more than speech, and its cost is even.
        let encoder = Encoder::builder(RATE, Channels::Mono, Application::Audio)
            .bitrate(Bitrate::Bits(BITS))
            .complexity(COMPLEXITY)
            .build()?;
        Ok(Self { encoder })
    }

    /// A packet of 20 ms.
    ///
    /// # Errors
    /// The encoder fails.
    pub fn encode(&mut self, frame: &Pcm) -> Result<Vec<u8>, EncodeError> {
        let mut packet = vec![0; 1_275];
        let length = self.encoder.encode(frame, &mut packet)?;
        packet.truncate(length);
        Ok(packet)
    }
}
