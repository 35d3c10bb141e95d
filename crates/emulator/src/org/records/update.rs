//! Updates a record by its id.

use super::checks::Phase;
use super::insert::full_name;
use super::table::Row;
use super::{RecordError, Transaction, ids};
use crate::org::bus::{ChangeKind, Record};
use crate::org::metadata::ObjectDef;

impl Transaction<'_> {
    /// Updates; the 18-character id. The input may carry the id itself as `Id`.
    ///
    /// INFERRED: an update that changes no value is stamped and told to the bus all the same.
    pub fn update(
        &mut self,
        object: &ObjectDef,
        id: &str,
        input: &Record,
    ) -> Result<String, RecordError> {
        self.actor.may_edit(&object.name)?;
        let id = self.live_id(object, id)?;
        let mut input = input.clone();
        input.retain(|name, _| !name.eq_ignore_ascii_case("Id"));
        let assigned = self.assigned(object, &input, Phase::Update)?;
        let Some(old) = self.live(&object.name, &id).cloned() else {
            return Err(RecordError::new("ENTITY_IS_DELETED", "entity is deleted"));
        };
        let mut fields = old.clone();
        fields.extend(assigned);
        if fields.contains_key("LastName") {
            full_name(&mut fields);
        }
        self.complete(object, &fields)?;
        self.lockable(object, Some(&id), &fields)?;
        self.unique(object, Some(&id), &fields)?;
        self.stamp(&mut fields);
        self.valid(object, Some(&old), &fields)?;
        self.write(object, &id, Row { fields, deleted_with: None }, Some(ChangeKind::Update));
        Ok(id)
    }

    /// The id in full, if it names a live record of this object.
    pub(super) fn live_id(&self, object: &ObjectDef, id: &str) -> Result<String, RecordError> {
        let malformed = || {
            let message = format!("{} ID: id value of incorrect type: {id}", object.label);
            RecordError::new("MALFORMED_ID", message).field("Id")
        };
        let long = ids::parse(id).ok_or_else(malformed)?;
        if !long.starts_with(&object.key_prefix) {
            return Err(malformed());
        }
        match self.state().row(&object.name, &long) {
            None => {
                Err(RecordError::new("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id"))
            }
            Some(row) if row.is_deleted() => {
                Err(RecordError::new("ENTITY_IS_DELETED", "entity is deleted"))
            }
            Some(_) => Ok(long),
        }
    }
}
