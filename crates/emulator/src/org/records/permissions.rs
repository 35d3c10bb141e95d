//! Who writes, and what they may. A user without permission sets may do everything (the admin);
//! one with sets may do what one of them grants. Sharing is not played: the org is one
//! big public group, except that users without Read do not see an object at all.

use std::sync::Arc;

use super::RecordError;
use crate::org::metadata::permissions::ObjectAccess;
use crate::org::metadata::{FieldDef, FieldKind, PermissionSet};

/// The user behind a call.
#[derive(Debug, Clone, Default)]
pub struct Actor {
    /// User record id.
    pub id: String,
    /// User name.
    pub username: String,
    /// Permission sets; none means all is allowed.
    pub sets: Option<Arc<Vec<PermissionSet>>>,
    /// `client` of `Sforce-Call-Options`.
    pub client: Option<String>,
    /// Number of the API call.
    pub call: u64,
    /// Resource of the API call and, in a composite, of the subrequest: for faults on records.
    pub resources: Vec<String>,
}

impl Actor {
    /// What they may do with an object or event.
    pub fn access(&self, object: &str) -> ObjectAccess {
        if object == "Organization" {
            return ObjectAccess { read: true, view_all: true, ..ObjectAccess::default() };
        }
        let Some(sets) = &self.sets else {
            return ObjectAccess {
                create: true,
                read: true,
                edit: true,
                delete: true,
                view_all: true,
                modify_all: true,
            };
        };
        // A User row is readable for everyone.
        let start = ObjectAccess { read: object == "User", ..ObjectAccess::default() };
        sets.iter().map(|set| set.object(object)).fold(start, |a, b| ObjectAccess {
            create: a.create || b.create,
            read: a.read || b.read,
            edit: a.edit || b.edit,
            delete: a.delete || b.delete,
            view_all: a.view_all || b.view_all,
            modify_all: a.modify_all || b.modify_all,
        })
    }

    /// May they see the field? System, required and master-detail fields come with the object.
    pub fn reads(&self, object: &str, field: &FieldDef) -> bool {
        self.field(object, field, |(readable, _)| readable)
    }

    /// May they set the field?
    pub fn edits(&self, object: &str, field: &FieldDef) -> bool {
        self.field(object, field, |(_, editable)| editable)
    }

    /// Custom permissions they hold.
    pub fn custom_permissions(&self) -> Vec<String> {
        self.sets.iter().flat_map(|s| s.iter()).flat_map(|s| s.custom.iter().cloned()).collect()
    }

    fn field(&self, object: &str, field: &FieldDef, grant: impl Fn((bool, bool)) -> bool) -> bool {
        let Some(sets) = &self.sets else { return true };
        let comes_along = !field.name.ends_with("__c")
            || object.ends_with("__e") // events have no field-level security
            || field.required
            || matches!(field.kind, FieldKind::Reference { master: true, .. });
        let path = format!("{object}.{}", field.name);
        comes_along || sets.iter().any(|s| s.fields.get(&path).copied().is_some_and(&grant))
    }

    /// INFERRED: the code for a missing object permission on insert; the message is
    /// Salesforce's for an entity that takes no inserts.
    pub fn may_create(&self, object: &str) -> Result<(), RecordError> {
        if self.access(object).create {
            return Ok(());
        }
        Err(RecordError::new(
            "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
            format!("entity type cannot be inserted: {object}"),
        ))
    }

    /// Edit permission.
    pub fn may_edit(&self, object: &str) -> Result<(), RecordError> {
        if self.access(object).edit { Ok(()) } else { Err(insufficient()) }
    }

    /// Delete permission.
    pub fn may_delete(&self, object: &str) -> Result<(), RecordError> {
        if self.access(object).delete { Ok(()) } else { Err(insufficient()) }
    }
}

fn insufficient() -> RecordError {
    RecordError::new("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id")
}
