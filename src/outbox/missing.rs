//! Fields the org does not have (removed by an admin, or hidden from the integration user). They
//! are left out for the rest of the process, so that one missing field does not stop an object;
//! Health turns Degraded and a dead letter names the field.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Object and field, without namespace.
pub type Field = (String, String);

/// The set, shared between the sender and the heartbeat.
#[derive(Debug, Default)]
pub struct MissingFields(Mutex<BTreeSet<Field>>);

impl MissingFields {
    /// Adds a field; true if it was not known to be missing.
    pub fn add(&self, object: &str, field: &str) -> bool {
        self.lock().insert((object.to_string(), field.to_string()))
    }

    /// True if the field is to be left out.
    pub fn contains(&self, object: &str, field: &str) -> bool {
        let set = self.lock();
        !set.is_empty() && set.contains(&(object.to_string(), field.to_string()))
    }

    /// All of them.
    pub fn list(&self) -> Vec<Field> {
        self.lock().iter().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeSet<Field>> {
        // A set of names is whole at every moment, so a panic elsewhere does not spoil it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
