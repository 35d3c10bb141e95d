//! All schemas the org has given out: the current one by name, every one by id.

use std::collections::HashMap;
use std::sync::Arc;

use super::EventSchema;
use crate::org::metadata::Metadata;

/// The org's schemas.
#[derive(Debug, Default)]
pub struct Schemas {
    current: HashMap<String, Arc<EventSchema>>,
    by_id: HashMap<String, Arc<EventSchema>>,
}

impl Schemas {
    /// Builds the schemas of this metadata. Older ones stay known by id. What the metadata cannot
    /// express in Avro (a name with odd characters) is left out and logged.
    pub fn rebuild(&mut self, metadata: &Metadata, compound_names: bool) {
        self.current.clear();
        let events = metadata.events.values().map(EventSchema::of_event);
        let changes = metadata.objects.values().map(|o| EventSchema::of_changes(o, compound_names));
        for built in events.chain(changes) {
            match built {
                Ok(schema) => self.add(Arc::new(schema)),
                Err(error) => {
                    tracing::error!(%error, "an event has no schema: check its field names")
                }
            }
        }
    }

    fn add(&mut self, schema: Arc<EventSchema>) {
        self.by_id.insert(schema.id.clone(), schema.clone());
        self.current.insert(schema.name.clone(), schema);
    }

    /// The current schema of a platform event or change event.
    pub fn current(&self, name: &str) -> Option<Arc<EventSchema>> {
        self.current.get(name).cloned()
    }

    /// Any schema that was ever current.
    pub fn by_id(&self, id: &str) -> Option<Arc<EventSchema>> {
        self.by_id.get(id).cloned()
    }
}
