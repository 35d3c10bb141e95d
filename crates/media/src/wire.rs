//! One signaling frame to and from bytes: the frame type, then the message of `proto/signal.proto`.
//! Reads bytes of anybody: bounded, never panics, and skips what it does not know.

use prost::Message;

/// The messages.
#[allow(missing_docs, clippy::all, reason = "generated; described in proto/signal.proto")]
pub mod signal {
    include!(concat!(env!("OUT_DIR"), "/chime.signal.rs"));
}

pub use signal::Frame;
pub use signal::frame::Kind;

/// Largest frame that is read. A session description with 25 pictures has about 60 kB.
pub const LARGEST: usize = 256 * 1024;

/// The frame type of both directions.
const RTC: u8 = 0x05;

/// Why bytes are not a frame.
#[derive(Debug, thiserror::Error)]
pub enum NotAFrame {
    /// Nothing.
    #[error("the frame is empty")]
    Empty,
    /// Too many bytes.
    #[error("the frame has {0} bytes, more than {LARGEST}")]
    TooLarge(usize),
    /// Another frame type.
    #[error("frame type {0} is not 5")]
    Type(u8),
    /// Not the message.
    #[error("the message cannot be read: {0}")]
    Message(#[from] prost::DecodeError),
}

/// Reads a frame.
///
/// # Errors
/// The bytes are not one.
pub fn read(bytes: &[u8]) -> Result<Frame, NotAFrame> {
    if bytes.len() > LARGEST {
        return Err(NotAFrame::TooLarge(bytes.len()));
    }
    match bytes.split_first() {
        None => Err(NotAFrame::Empty),
        Some((&RTC, message)) => Ok(Frame::decode(message)?),
        Some((&other, _)) => Err(NotAFrame::Type(other)),
    }
}

/// Writes a frame.
pub fn write(frame: &Frame) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(1 + frame.encoded_len());
    bytes.push(RTC);
    // Writing into a vector cannot run out of room.
    let _ = frame.encode(&mut bytes);
    bytes
}

/// A frame of a kind with nothing in it yet.
pub fn frame(kind: Kind) -> Frame {
    Frame { r#type: kind.into(), ..Frame::default() }
}

/// A failure of an HTTP-like status.
pub fn failure(kind: Kind, status: u32, description: &str) -> Frame {
    let error = signal::Failure { status: Some(status), description: Some(description.into()) };
    Frame { error: Some(error), ..frame(kind) }
}

/// How the audio connection stands.
pub fn audio_status(status: u32) -> Frame {
    let audio_status = Some(signal::AudioStatus { audio_status: Some(status) });
    Frame { audio_status, ..frame(Kind::AudioStatus) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_frame_is_read_as_it_was_written() {
        let mut sent = audio_status(411);
        sent.timestamp_ms = 7;
        assert_eq!(read(&write(&sent)).unwrap(), sent);
    }

    #[test]
    fn what_is_too_large_empty_or_of_another_type_is_refused() {
        assert!(matches!(read(&[]), Err(NotAFrame::Empty)));
        assert!(matches!(read(&[2, 8, 1]), Err(NotAFrame::Type(2))));
        let large = vec![RTC; LARGEST + 1];
        assert!(matches!(read(&large), Err(NotAFrame::TooLarge(_))));
    }

    #[test]
    fn a_message_cut_short_or_of_wrong_types_is_refused() {
        let whole = write(&failure(Kind::Index, 206, "only to look"));
        for end in 2..whole.len() {
            // A cut between two fields leaves a message without its later fields; never a panic.
            let _ = read(&whole[..end]);
        }
        assert!(matches!(read(&[RTC, 0xff, 0xff, 0xff]), Err(NotAFrame::Message(_))));
        assert!(matches!(read(&[RTC, 0x22, 0x7f, 1]), Err(NotAFrame::Message(_))));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused_and_nothing_else(bytes: Vec<u8>) {
            let _ = read(&bytes);
            let mut typed = vec![RTC];
            typed.extend(&bytes);
            if let Ok(frame) = read(&typed) {
                prop_assert_eq!(read(&write(&frame)).unwrap(), frame);
            }
        }
    }
}
