//! The recorder: looks at a meeting's page in a browser of its own, encodes what it sees and hears,
//! and stores it in S3 as it is made. What was stored is never lost: whoever finds the pieces of a
//! killed recorder completes them (`finisher`, which the bridge uses too).
//!
//! From top to bottom, the way of a recording:

pub mod orders;
pub mod record;

pub mod stack;
pub mod scratch;
pub mod child;
pub mod display;
pub mod sound;
pub mod browser;

pub mod testcard;
pub mod selftest;

pub mod capture;
pub mod pump;
pub mod mp4;
pub mod storage;
pub mod finisher;
pub mod probe;

pub mod health;
pub mod hardening;
pub mod clock;
