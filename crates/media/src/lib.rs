//! The media half of an emulated Amazon Chime: WebSocket signaling as unmodified clients speak it,
//! pictures forwarded, sound mixed, and bots that join as people do.
//!
//! No I/O in the core: [`hall::Hall`] takes frames, packets and time and gives frames and packets;
//! [`server`] owns the sockets. Who may come in is somebody else's business: [`presence::Presence`].

// The tests of `tests/` and of the hall share their clients.
#[cfg(test)]
extern crate self as chime_media;

pub mod bot;
pub mod hall;
pub mod meeting;
pub mod mixer;
pub mod peer;
pub mod presence;
pub mod server;
mod tasks;
pub mod wire;
