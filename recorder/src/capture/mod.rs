//! Capture: the encoder's command line, what it writes, and how it fares.

pub mod encoder;
pub mod picture;
pub mod progress;
pub mod quality;
