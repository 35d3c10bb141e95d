//! What the org looks like at this moment: the package, less the fields an admin has removed
//! since. Names are found whatever their case, as in Salesforce.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use super::RecordError;
use crate::org::metadata::{FieldDef, FieldKind, Metadata, ObjectDef, Package};

/// Objects and fields as they are now.
#[derive(Debug)]
pub struct Schema {
    /// What was deployed.
    pub package: Arc<Package>,
    dropped: Mutex<BTreeSet<(String, String)>>,
}

impl Schema {
    /// Everything that was deployed.
    pub fn new(package: Arc<Package>) -> Schema {
        Schema { package, dropped: Mutex::default() }
    }

    /// The object of this name.
    pub fn object(&self, name: &str) -> Option<&ObjectDef> {
        let objects = &self.package.metadata.objects;
        objects.get(name).or_else(|| objects.values().find(|o| o.name.eq_ignore_ascii_case(name)))
    }

    /// The platform event of this name.
    pub fn event(&self, name: &str) -> Option<&ObjectDef> {
        let events = &self.package.metadata.events;
        events.get(name).or_else(|| events.values().find(|o| o.name.eq_ignore_ascii_case(name)))
    }

    /// The field, unless it was removed.
    pub fn field<'a>(&self, object: &'a ObjectDef, name: &str) -> Option<&'a FieldDef> {
        let field = object.fields.iter().find(|f| f.name.eq_ignore_ascii_case(name))?;
        (!self.is_dropped(&object.name, &field.name)).then_some(field)
    }

    /// All fields that are still there.
    pub fn fields<'a>(&self, object: &'a ObjectDef) -> Vec<&'a FieldDef> {
        object.fields.iter().filter(|f| !self.is_dropped(&object.name, &f.name)).collect()
    }

    /// The object whose ids begin like this one.
    pub fn object_of(&self, id: &str) -> Option<&ObjectDef> {
        let prefix = id.get(..3)?;
        self.package.metadata.objects.values().find(|o| o.key_prefix == prefix)
    }

    /// The lookup field a relationship name stands for: `Meeting__r` → `Meeting__c`,
    /// `Owner` → `OwnerId`.
    pub fn relationship<'a>(&self, object: &'a ObjectDef, name: &str) -> Option<&'a FieldDef> {
        let field = match name.len().checked_sub(3).map(|at| (at, name.get(at..))) {
            Some((at, Some(end))) if end.eq_ignore_ascii_case("__r") => {
                self.field(object, &format!("{}__c", &name[..at]))
            }
            _ => self.field(object, &format!("{name}Id")),
        }?;
        matches!(field.kind, FieldKind::Reference { .. }).then_some(field)
    }

    /// An admin removes a field. Values stay in memory but nobody can name them any more.
    pub fn drop_field(&self, object: &str, field: &str) {
        self.dropped().insert((object.into(), field.into()));
    }

    /// The metadata without the removed fields.
    pub fn now(&self) -> Metadata {
        let mut metadata = Metadata::clone(&self.package.metadata);
        for object in metadata.objects.values_mut() {
            let name = object.name.clone();
            object.fields.retain(|f| !self.is_dropped(&name, &f.name));
        }
        metadata
    }

    fn is_dropped(&self, object: &str, field: &str) -> bool {
        let dropped = self.dropped();
        !dropped.is_empty() && dropped.contains(&(object.to_string(), field.to_string()))
    }

    fn dropped(&self) -> std::sync::MutexGuard<'_, BTreeSet<(String, String)>> {
        self.dropped.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The error for a field that is not there.
///
/// INFERRED: an unknown field in a collection fails only its record, not the whole call.
pub fn no_such_column(object: &str, field: &str) -> RecordError {
    RecordError::new(
        "INVALID_FIELD",
        format!("No such column '{field}' on sobject of type {object}"),
    )
}
