//! Avro: the schema of each platform event and change event, built from the metadata, and the
//! bytes of events in it. A schema's id is a hash of its text, so a field that comes or goes
//! makes a new id; old schemas stay readable, because kept events still name them.

mod layout;
mod registry;
mod value;

pub use layout::{EventSchema, Shape, Slot};
pub use registry::Schemas;
pub use value::{Misfit, millis, nullable, person_name, scalar};
