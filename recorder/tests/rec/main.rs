//! The recorder for real: Chromium, Xvfb, Pulse, FFmpeg, and the emulator's S3.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail loudly")]

mod bucket;
mod feed;
mod finisher;
mod storage;
