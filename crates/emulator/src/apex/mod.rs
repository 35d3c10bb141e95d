//! A stand-in for the package's Apex, which does not run here: the gateway class and the after
//! triggers, publishing what they would publish (the rows of `vectors/commands.json`). It writes
//! records in the org as a user and commands as Apex does, in system mode.

pub mod gateway;
pub mod triggers;
