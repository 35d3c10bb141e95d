//! Upserts by external id: update what has the key, insert where nothing has it, touch nothing
//! where several have it.

use serde_json::Value;

use super::{RecordError, Transaction};
use crate::org::bus::Record;
use crate::org::metadata::{FieldDef, ObjectDef};

/// How an upsert ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Upserted {
    /// A new record.
    Created(String),
    /// The record that had the key.
    Updated(String),
    /// Several records have the key; nothing was written.
    Many(Vec<String>),
}

impl Transaction<'_> {
    /// The external-id field of this name, or Salesforce's error for one that cannot be used so.
    pub fn external_id<'o>(
        &self,
        object: &'o ObjectDef,
        name: &str,
    ) -> Result<&'o FieldDef, RecordError> {
        self.schema
            .field(object, name)
            .filter(|f| f.external_id && self.actor.reads(&object.name, f))
            .ok_or_else(|| {
                let message = format!(
                    "Provided external ID field does not exist or is not accessible: {name}"
                );
                RecordError::new("NOT_FOUND", message)
            })
    }

    /// Live records with this key.
    pub fn with_key(&self, object: &ObjectDef, key: &FieldDef, value: &Value) -> Vec<String> {
        self.state.tables.get(&object.name).map(|t| t.find(key, value)).unwrap_or_default()
    }

    /// Upserts; `input` does not contain the key field.
    pub fn upsert(
        &mut self,
        object: &ObjectDef,
        key: &FieldDef,
        value: &Value,
        input: &Record,
        update_only: bool,
    ) -> Result<Upserted, RecordError> {
        if value.is_null() || value.as_str() == Some("") {
            return Err(RecordError::new(
                "MISSING_ARGUMENT",
                format!("{} not specified", key.name),
            ));
        }
        let hits = self.with_key(object, key, value);
        match hits.as_slice() {
            [id] => Ok(Upserted::Updated(self.update(object, &id.clone(), input)?)),
            // INFERRED: the code of an `updateOnly` that finds nothing.
            [] if update_only => {
                Err(RecordError::new("NOT_FOUND", "The requested resource does not exist"))
            }
            [] => {
                let mut fields = input.clone();
                fields.insert(key.name.clone(), value.clone());
                Ok(Upserted::Created(self.insert(object, &fields)?))
            }
            _ => Ok(Upserted::Many(hits)),
        }
    }
}
