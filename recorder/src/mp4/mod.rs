//! From FFmpeg's fragmented MP4 to one ordinary, fast-start MP4 without touching the media.
//!
//! [`Splitter`] cuts the byte stream into an init segment and fragments, [`Init`] and [`Fragment`]
//! read them, and [`Index`] makes the first bytes of the finished file. The finished file is those
//! bytes followed by the fragments as they came. Nothing here does I/O, and bytes from outside are
//! never trusted: bad input is an [`Mp4Error`], not a panic and not a large allocation.

mod boxes;
mod error;
mod fragment;
mod index;
mod init;
mod moov;
mod splitter;
mod table;
mod times;

#[cfg(test)]
mod tests;

pub use error::Mp4Error;
pub use fragment::{Fragment, Run, Sample, moof_of};
pub use index::Index;
pub use init::{Init, Kind, Track};
pub use splitter::{Item, Splitter};
