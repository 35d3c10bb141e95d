//! The bridge put together: which part is handed what, and in which order they stop.

mod connect;
mod heartbeat;
mod letters;
mod start;
mod streams;

pub use start::{run, with_signals};
