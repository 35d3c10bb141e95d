//! The inbox owns the transaction: dedupe, load, `meeting::step`, write all, commit.

pub mod batch;
pub mod delivery;
pub mod engine;
pub mod hearing;
pub mod story;
