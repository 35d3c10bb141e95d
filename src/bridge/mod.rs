//! The bridge put together: which part is handed what, and in which order they stop.

mod around;
mod clock_watch;
mod connect;
mod core_files;
mod heartbeat;
mod letters;
mod start;
mod streams;
mod waiting;

pub use around::{Around, Surroundings};
pub use start::{run, with_signals};
