//! What can be wrong with a fragmented MP4.
//!
//! Every part of this folder answers with this one enum. All of these are about the bytes, so the
//! same bytes give the same error again: none is worth a retry.

use thiserror::Error;

/// Why bytes were refused. `what` names the box or field.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Mp4Error {
    /// Bytes end inside a box or field.
    #[error("{what} ends too early; the bytes are cut or damaged")]
    Truncated {
        /// The box or field.
        what: &'static str,
    },
    /// A value contradicts the format or another value.
    #[error("{what}; the bytes are damaged or not from FFmpeg's fragmented MP4 muxer")]
    Malformed {
        /// What is wrong, as a sentence without its full stop.
        what: &'static str,
    },
    /// The format allows it and this recorder does not.
    #[error("{what} is not supported; use empty_moov+default_base_moof")]
    Unsupported {
        /// The feature.
        what: &'static str,
    },
    /// A box that must be there is not.
    #[error("{what} is missing")]
    Missing {
        /// The box.
        what: &'static str,
    },
    /// A top-level box is larger than the splitter may hold.
    #[error("a {kind} box of {size} bytes is over the limit of {limit}; shorten frag_duration")]
    TooBig {
        /// The box's four letters; letters that cannot be printed are shown as `?`.
        kind: String,
        /// Its length in bytes, header included.
        size: u64,
        /// The most the splitter takes, in bytes.
        limit: u64,
    },
    /// A fragment belongs to a track that the init segment does not have.
    #[error("track {track} is not in the init segment")]
    UnknownTrack {
        /// The track's id.
        track: u32,
    },
    /// A run starts before a sample that is already there; often a fragment added twice.
    #[error("track {track} goes back from tick {last} to {next}; was a fragment added twice?")]
    Backwards {
        /// The track's id.
        track: u32,
        /// Decode time of the newest sample so far, in ticks of the track.
        last: u64,
        /// Decode time of the refused run, in ticks of the track.
        next: u64,
    },
    /// A number does not fit the field the finished file has for it.
    #[error("{what} does not fit into an MP4 file")]
    Overflow {
        /// The number.
        what: &'static str,
    },
    /// A header was asked for before any sample was added.
    #[error("there is no sample yet, so there is nothing to index")]
    Empty,
}
