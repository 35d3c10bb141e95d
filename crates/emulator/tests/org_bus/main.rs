//! The org's event half over real TLS sockets, with the client generated from the wire
//! description: what a subscriber of the Pub/Sub API may rely on, and what it must bear.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail loudly")]

mod changes;
mod decode;
mod faults;
mod filters;
mod metadata;
mod publish;
mod refusals;
mod seeds;
mod subscribe;
mod world;
