//! Sound: the server the browser plays into, and the reader that owns the recording's clock.

pub mod clock;
pub mod level;
pub mod reader;
pub mod server;
