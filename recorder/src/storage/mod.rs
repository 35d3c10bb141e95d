//! The recording on its way into S3, as it is made. [`Store`] takes fragments and never lets the
//! capture wait; what S3 has taken survives the machine, because state, index objects and fragment
//! objects together describe the whole piece at every moment (`journal`).
//!
//! From top to bottom, the way of a fragment:

mod store;

mod piece;

mod backlog;
pub(crate) mod journal;

pub(crate) mod complete;
pub(crate) mod held;
pub(crate) mod parts;

pub(crate) mod note;

mod facts;
mod failed;
mod lost;

pub(crate) mod calls;
mod connect;
pub(crate) mod error;
pub(crate) mod patience;

pub use backlog::{Durable, Level, Limits};
pub use calls::Buckets;
pub use connect::{S3Settings, client};
pub use error::{Class, StorageError};
pub use facts::{BLACK_LUMA, Facts, SILENT_DB, spans};
pub use failed::Failure;
pub use journal::State;
pub use lost::Lost;
pub use note::{Checker, Readable};
pub use store::{PieceStart, PieceWriter, Store, StoreConfig};
