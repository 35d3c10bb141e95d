//! From Avro bytes to named values: schemas, payloads, the bit maps of change events, and the two
//! kinds of event we know.

pub mod bitmap;
pub mod change;
pub mod decode;
mod error;
pub mod event;
mod namespace;
mod shape;

pub use error::{Error, Result};
pub use namespace::Namespace;
pub use shape::{EventSchema, Record, Shape};
