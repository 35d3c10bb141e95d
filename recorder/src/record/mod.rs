//! A task's life: prepared, let in, recording piece by piece, ended.

mod bring;
mod life;
mod piece;
mod wait;

pub use life::{Outcome, RecordError, Timing, prepare, run};
