//! One WebRTC peer: offers in, answers out, packets both ways.

pub mod line;
mod rtc;
pub mod sdp;

pub use rtc::{Happened, Peer, PeerError};
