//! `query?…&columns=true`: which columns the answer of a query has, for clients that make a table
//! of it. Parents are nested under their relationship's name.

use serde_json::{Value, json};

use super::resolve::{self, Resolved};
use super::{Query, parse};
use crate::org::metadata::{FieldDef, FieldKind};
use crate::org::records::{RecordError, Transaction};

/// The columns of a query, in the order they are asked for.
///
/// INFERRED: the names within a column are those Salesforce's command line reads; `COUNT()` has no
/// column.
pub fn columns(tx: &Transaction<'_>, text: &str) -> Result<Vec<Value>, RecordError> {
    let query = parse::parse(text).map_err(|what| RecordError::new("MALFORMED_QUERY", what))?;
    let Query { fields, object, .. } = &query;
    let object = resolve::object(tx, object)?;
    let mut out = Vec::new();
    for path in fields.iter().flatten() {
        add(&mut out, &resolve::field(tx, object, path)?, 0);
    }
    Ok(out)
}

fn add(out: &mut Vec<Value>, field: &Resolved<'_>, depth: usize) {
    let Some(step) = field.steps.get(depth) else {
        out.push(column(&field.field.name, Some(field.field)));
        return;
    };
    let known = out.iter().position(|c| c["columnName"] == step.name.as_str());
    let at = known.unwrap_or_else(|| {
        out.push(column(&step.name, None));
        out.len() - 1
    });
    let mut nested = out[at]["joinColumns"].as_array().cloned().unwrap_or_default();
    add(&mut nested, field, depth + 1);
    out[at]["joinColumns"] = Value::Array(nested);
}

/// One column; a parent has no field of its own.
fn column(name: &str, field: Option<&FieldDef>) -> Value {
    let is = |wish: fn(&FieldKind) -> bool| field.is_some_and(|f| wish(&f.kind));
    json!({
        "aggregate": false,
        "booleanType": is(|kind| matches!(kind, FieldKind::Checkbox)),
        "columnName": name,
        "custom": name.contains("__"),
        "displayName": name,
        "foreignKeyName": null,
        "insertable": field.is_some_and(|f| f.createable),
        "joinColumns": [],
        "numberType": is(|kind| matches!(kind, FieldKind::Number { .. })),
        "textType": is(|kind| matches!(
            kind,
            FieldKind::Text { .. } | FieldKind::LongText { .. } | FieldKind::Picklist { .. }
        )),
        "updatable": field.is_some_and(|f| f.updateable),
    })
}
