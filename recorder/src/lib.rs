//! The recorder: looks at a meeting's page in a browser of its own, encodes what it sees and hears,
//! and stores it in S3 as it is made. What was stored is never lost: whoever finds the pieces of a
//! killed recorder completes them (`finisher`).
//!
//! From top to bottom, the way of a recording:

pub mod mp4;
pub mod storage;

pub mod finisher;

pub mod clock;
