//! From Avro bytes to named values: schemas by id, payloads, the bit maps of change events, and
//! the two kinds of event we know. All of it but the cache is pure, and safe on any bytes.

pub mod bitmap;
mod cache;
pub mod change;
pub mod decode;
pub mod event;
mod namespace;
mod shape;

pub use cache::SchemaCache;
pub use namespace::Namespace;
pub use shape::{EventSchema, Record, Shape};
