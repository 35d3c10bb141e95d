//! The recorder for real: Chromium, Xvfb, Pulse, FFmpeg, and the emulator's S3.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    reason = "all of this is test code"
)]

mod breaks;
mod card;
mod ends;
mod kills;
mod packets;
mod processes;
mod sync;
mod whole;
mod world;
