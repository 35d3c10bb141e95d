//! The recorder: looks at a meeting's page in a browser of its own, encodes what it sees and hears,
//! and stores it in S3 as it is made. What was stored is never lost: whoever finds the pieces of a
//! killed recorder completes them (`finisher`, which the bridge uses too).
//!
//! From top to bottom, the way of a recording:

pub mod orders;
pub mod record;

pub mod browser;
pub mod child;
pub mod display;
pub mod scratch;
pub mod sound;
pub mod stack;

pub mod selftest;
pub mod testcard;

pub mod capture;
pub mod finisher;
pub mod mp4;
pub mod probe;
pub mod pump;
pub mod storage;

pub mod clock;
pub mod hardening;
pub mod health;
