//! The org: records, OAuth, REST, SOQL, the event bus and the Pub/Sub API.

pub mod allocation;
pub mod avro;
pub mod bus;
pub mod change;
pub mod filter;
pub mod formula;
mod grants;
pub mod ledger;
pub mod metadata;
pub mod oauth;
pub mod pubsub;
pub mod records;
pub mod rest;
pub mod session;
pub mod sink;
pub mod soql;
mod tenant;
pub mod tls;
pub mod topic;
mod usage;
pub mod values;

pub use ledger::LedgerEntry;
pub use tenant::{Org, OrgConfig};
