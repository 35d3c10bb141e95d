//! One binary for all integration tests, one module a promise. The emulator runs in the test's
//! process, the bridge is the real binary.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod bad_input;
mod changes;
mod codes;
mod command_line;
mod commands;
mod crash;
mod effects_twice;
mod foreign;
mod ledger;
mod log;
mod names;
mod outage;
mod recording;
mod seat;
mod secrets;
mod signals;
mod story_start;
mod tree;
mod walls;
mod world;
mod written;
