//! Names in a query → fields of the org, in the eyes of the asking user.

use super::Path;
use crate::org::metadata::{FieldDef, FieldKind, ObjectDef};
use crate::org::records::{RecordError, Transaction};

/// A field reached from an object through its parents.
#[derive(Debug, Clone)]
pub(super) struct Resolved<'a> {
    /// The way to the parent that has it.
    pub steps: Vec<Step<'a>>,
    /// The field at the end.
    pub field: &'a FieldDef,
}

/// One step to a parent.
#[derive(Debug, Clone)]
pub(super) struct Step<'a> {
    /// Relationship name as it was asked: `Meeting__r`.
    pub name: String,
    /// Lookup field.
    pub field: &'a FieldDef,
    /// Parent object.
    pub to: &'a ObjectDef,
}

/// The object of this name, if the user may read it.
pub(super) fn object<'a>(tx: &Transaction<'a>, name: &str) -> Result<&'a ObjectDef, RecordError> {
    let object = tx.schema().object(name).filter(|o| tx.actor().access(&o.name).read);
    object.ok_or_else(|| {
        let message = format!(
            "sObject type '{name}' is not supported. If you are attempting to use a custom object, \
             be sure to append the '__c' after the entity name."
        );
        RecordError::new("INVALID_TYPE", message)
    })
}

/// The field a path names.
pub(super) fn field<'a>(
    tx: &Transaction<'a>,
    from: &'a ObjectDef,
    path: &Path,
) -> Result<Resolved<'a>, RecordError> {
    let schema = tx.schema();
    // The object's own name may stand before its fields.
    let path = match path.as_slice() {
        [first, rest @ ..] if !rest.is_empty() && first.eq_ignore_ascii_case(&from.name) => rest,
        all => all,
    };
    let Some((last, way)) = path.split_last() else {
        return Err(RecordError::new("MALFORMED_QUERY", "a field is missing"));
    };
    let mut steps = Vec::new();
    let mut object = from;
    for name in way {
        let missing = || {
            let message = format!(
                "Didn't understand relationship '{name}' in field path. If you are attempting to \
                 use a custom relationship, be sure to append the '__r' after the custom \
                 relationship name."
            );
            RecordError::new("INVALID_FIELD", message)
        };
        let field = schema
            .relationship(object, name)
            .filter(|f| tx.actor().reads(&object.name, f))
            .ok_or_else(missing)?;
        let FieldKind::Reference { to, .. } = &field.kind else { return Err(missing()) };
        object = to.first().and_then(|to| schema.object(to)).ok_or_else(missing)?;
        steps.push(Step { name: name.clone(), field, to: object });
    }
    let field = schema.field(object, last).filter(|f| tx.actor().reads(&object.name, f));
    let field = field.ok_or_else(|| {
        let message = format!(
            "No such column '{last}' on entity '{}'. If you are attempting to use a custom field, \
             be sure to append the '__c' after the custom field name.",
            object.name
        );
        RecordError::new("INVALID_FIELD", message)
    })?;
    Ok(Resolved { steps, field })
}
