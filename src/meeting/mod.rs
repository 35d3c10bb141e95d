//! The domain, without I/O: what a meeting is and what happens to it.
//!
//! `step` is the one way in. The rest of the modules are its chapters: the meeting's life, its
//! people, its recordings, and the four functions of the state (records, tickets, deadline, story).

pub mod effect;
pub mod event;
pub mod model;
pub mod participants;
pub mod records;
pub mod settings;
pub mod step;
pub mod story;

mod amend;
mod attempts;
mod deadline;
mod keeping;
mod lifecycle;
mod pieces;
mod recorder;
mod recording;
mod results;
mod seats;
mod sessions;
mod tickets;

#[cfg(test)]
mod tests;

pub use step::{Context, Step, step};
