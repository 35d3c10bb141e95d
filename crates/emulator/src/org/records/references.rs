//! A parent named by its external id instead of its record id:
//! `"Meeting__r": {"Meeting_Key__c": "k"}`.

use serde_json::{Value, json};

use super::schema::no_such_column;
use super::{RecordError, Transaction};
use crate::org::bus::Record;
use crate::org::metadata::{FieldDef, FieldKind, ObjectDef};

impl<'a> Transaction<'a> {
    /// The lookup field and the id of the record the key names.
    pub(super) fn reference_by_key<'o>(
        &self,
        object: &'o ObjectDef,
        name: &str,
        keys: &Record,
    ) -> Result<(&'o FieldDef, Value), RecordError>
    where
        'a: 'o,
    {
        let missing = || no_such_column(&object.name, name);
        let schema: &'a super::Schema = self.schema;
        let field = schema.relationship(object, name).ok_or_else(missing)?;
        let FieldKind::Reference { to, .. } = &field.kind else { return Err(missing()) };
        let target = to.first().and_then(|to| schema.object(to)).ok_or_else(missing)?;
        let Some((key, value)) = keys.iter().find(|(key, _)| *key != "attributes") else {
            return Err(missing());
        };
        let key_field = schema
            .field(target, key)
            .filter(|f| f.external_id)
            .ok_or_else(|| no_such_column(&target.name, key))?;
        let hits = self
            .state
            .tables
            .get(&target.name)
            .map(|table| table.find(key_field, value))
            .unwrap_or_default();
        match hits.as_slice() {
            [id] => Ok((field, json!(id))),
            // INFERRED: a parent's key that several records have is refused as one that none has.
            _ => Err(RecordError::new(
                "INVALID_FIELD",
                format!(
                    "Foreign key external ID: {} not found for field {} in entity {}",
                    value.as_str().unwrap_or_default(),
                    key_field.name,
                    target.name
                ),
            )),
        }
    }
}
