//! Meetings in the hall alone, by frames and packets: what is shown to whom, and what is told of
//! shared screens.

#![allow(missing_docs, clippy::unwrap_used, reason = "all of this is test code")]

mod client;
mod loudness;
mod pictures;
mod screens;
#[allow(dead_code, reason = "tests/meetings.rs needs more of it")]
#[path = "../service/mod.rs"]
mod service;
