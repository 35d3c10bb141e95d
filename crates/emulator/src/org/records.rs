//! The org's records: in memory, one table an object, with the rules a save is judged by. All
//! writes go through a [`Transaction`]; one API call is one transaction.

mod checks;
mod delete;
pub mod error;
pub mod ids;
mod insert;
mod locks;
pub mod permissions;
mod references;
pub mod schema;
pub mod table;
pub mod transaction;
mod update;
mod upsert;

pub use error::RecordError;
pub use permissions::Actor;
pub use schema::Schema;
pub use table::{Row, State, Table};
pub use transaction::Transaction;
pub use upsert::Upserted;
