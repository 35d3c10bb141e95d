//! What Salesforce must be told: coalesce, batch, send, confirm.
//!
//! [`row`] merges · [`batch`] packs lanes into one composite call · [`send`] waits, sends and
//! confirms · [`verdict`] reads Salesforce's answer for each record · [`pace`] says when and how
//! much · [`letters`] and [`health`] make the rows about the bridge itself.

pub mod batch;
pub mod confirm;
pub mod health;
pub mod letters;
pub mod missing;
pub mod pace;
pub mod row;
pub mod send;
pub mod vault;
pub mod verdict;
mod wire;

#[cfg(test)]
mod send_tests;
#[cfg(test)]
pub(crate) mod testing;
