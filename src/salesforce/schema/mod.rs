//! Schemas by id. How bytes become named values (payloads, the bit maps of change events, the two
//! kinds of event) stands in `crates/wire`; its words are used here under this path.

mod cache;

pub use cache::SchemaCache;
pub use chime_wire::schema::{
    Error, EventSchema, Namespace, Record, Shape, bitmap, change, decode, event,
};
