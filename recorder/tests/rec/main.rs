//! The recorder for real: Chromium, Xvfb, Pulse, FFmpeg, and the emulator's S3.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    reason = "all of this is test code"
)]

mod breaks;
mod bucket;
mod card;
mod ends;
mod feed;
mod finisher;
mod kills;
mod packets;
mod probe;
mod processes;
mod storage;
mod successor;
mod whole;
mod world;
