//! Salesforce's REST API: composite writes, queries, limits. Names leave with the namespace of a
//! packaged install and come back without it; nobody else needs to know of it.

pub mod client;
pub mod composite;
pub mod error;
pub mod limits;
pub mod names;
pub mod query;
pub mod record;

#[cfg(test)]
mod client_tests;

pub use client::{Rest, RestSettings};
pub use error::{Class, RestError};
