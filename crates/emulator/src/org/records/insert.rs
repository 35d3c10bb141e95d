//! Inserts a record: defaults, name, system fields, checks.

use serde_json::{Value, json};

use super::checks::Phase;
use super::table::Row;
use super::{RecordError, Transaction, ids};
use crate::org::bus::{ChangeKind, Record};
use crate::org::metadata::{FieldKind, ObjectDef};
use crate::org::values;

impl Transaction<'_> {
    /// Inserts; the new id.
    pub fn insert(&mut self, object: &ObjectDef, input: &Record) -> Result<String, RecordError> {
        self.actor.may_create(&object.name)?;
        // INFERRED: the code for an insert that names its id.
        if input.keys().any(|k| k.eq_ignore_ascii_case("Id")) {
            return Err(RecordError::new("INVALID_FIELD", "cannot specify Id in an insert call"));
        }
        let assigned = self.assigned(object, input, Phase::Insert)?;
        let mut fields = self.blank(object);
        fields.extend(assigned);
        self.complete(object, &fields)?;
        self.lockable(object, None, &fields)?;
        self.unique(object, None, &fields)?;

        let id = self.next_id(object);
        self.name(object, &id, &mut fields);
        fields.insert("Id".into(), json!(id));
        fields.insert("CreatedDate".into(), json!(values::stored(self.now)));
        fields.insert("CreatedById".into(), json!(self.actor.id));
        self.stamp(&mut fields);
        self.valid(object, None, &fields)?;
        self.write(object, &id, Row { fields, deleted_with: None }, Some(ChangeKind::Create));
        Ok(id)
    }

    /// The fields of an event, judged as an insert is.
    pub fn event(&mut self, event: &ObjectDef, input: &Record) -> Result<Record, RecordError> {
        self.actor.may_create(&event.name)?;
        let assigned = self.assigned(event, input, Phase::Insert)?;
        let mut fields = self.blank(event);
        fields.extend(assigned);
        self.complete(event, &fields)?;
        Ok(fields)
    }

    /// All fields with their defaults.
    fn blank(&self, object: &ObjectDef) -> Record {
        let defaults = self.schema.package.defaults.get(&object.name);
        object
            .fields
            .iter()
            .map(|field| {
                let value = match (&field.kind, defaults.and_then(|d| d.get(&field.name))) {
                    (_, Some(default)) => default.clone(),
                    (FieldKind::Checkbox, None) => {
                        json!(object.name == "User" && field.name == "IsActive")
                    }
                    _ if field.name == "OwnerId" => json!(self.actor.id),
                    _ => Value::Null,
                };
                (field.name.clone(), value)
            })
            .collect()
    }

    /// Name: the auto-number, the parts of a person's name, or as given (else the id).
    fn name(&mut self, object: &ObjectDef, id: &str, fields: &mut Record) {
        if let Some(format) = &object.name_format {
            let table = self.table(object);
            table.numbers += 1;
            let name = ids::auto_number(format, table.numbers);
            fields.insert("Name".into(), json!(name));
        } else if fields.contains_key("LastName") {
            full_name(fields);
        } else if fields.get("Name").is_none_or(Value::is_null) {
            fields.insert("Name".into(), json!(id));
        }
    }
}

/// First and last name in one.
pub(super) fn full_name(fields: &mut Record) {
    let part = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
    let name = format!("{} {}", part("FirstName"), part("LastName"));
    fields.insert("Name".into(), json!(name.trim()));
}
