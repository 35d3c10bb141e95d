//! The embedded store: one SQLite file. One writer at a time, in the order they asked; readers
//! beside it see the last commit. Promises what the trait promises, across power loss
//! (`synchronous=FULL`) but not across the loss of the disk.
//!
//! WAL does not work on network file systems: the file belongs on a local disk.

mod lanes; // which outbox rows may travel
mod lock;
mod migrate;
mod open;
mod read;
mod rows; // rows ↔ values
#[cfg(test)]
mod tests;
mod together; // rows that are written in one statement
mod write;

pub use open::SqliteStore;
