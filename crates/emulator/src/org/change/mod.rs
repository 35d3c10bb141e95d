//! Change Data Capture: what a committed transaction looks like on the bus.

mod bitmap;
mod event;
mod merge;
mod transaction;

pub use event::{Change, Header, Kind};
pub use transaction::{Settings, Transaction, changes_of, overflow};
