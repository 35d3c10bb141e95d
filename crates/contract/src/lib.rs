//! The words the parts of Chime Bridge share. Whatever two parts must compute or read alike stands
//! here once: commands, keys, tickets, signals, notices, and the files of a recording.
//! `vectors/*.json` holds a row for each of them; Rust, the room and Apex test against those rows.

pub mod command;
pub mod keys;
pub mod notice;
pub mod page;
pub mod recording;
pub mod secret;
pub mod signal;
pub mod ticket;

pub use secret::Secret;
