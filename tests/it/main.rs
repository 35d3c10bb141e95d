//! One binary for all integration tests, one module a promise. The emulator runs in the test's
//! process, the bridge is the real binary.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod bad_input;
mod books;
mod changes;
mod codes;
mod command_line;
mod commands;
mod core_file;
mod crash;
mod demo;
mod effects_twice;
mod every_step;
mod fault_table;
mod faults;
mod foreign;
mod inside;
mod kills;
mod ledger;
mod log;
mod names;
mod outage;
mod proxy;
mod real_recorder;
mod recording;
mod script;
mod seat;
mod secrets;
mod seed;
mod signals;
mod story_log;
mod story_start;
mod streams;
mod strike;
mod tree;
mod truth;
mod unheard;
mod verdict;
mod walls;
mod weather;
mod world;
mod written;
