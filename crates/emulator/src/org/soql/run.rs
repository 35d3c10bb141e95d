//! Runs a query against the records a transaction sees.

use std::cmp::Ordering;
use std::collections::HashSet;

use serde_json::{Value, json};

use super::judge::Judge;
use super::resolve::{self, Resolved};
use super::{Query, parse};
use crate::org::bus::Record;
use crate::org::metadata::{FieldDef, FieldKind, ObjectDef};
use crate::org::records::{RecordError, Transaction};
use crate::org::values;

/// Largest OFFSET Salesforce takes.
const MOST_OFFSET: usize = 2_000;

/// The answer of a query.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// How many there are; for `COUNT()` without the records.
    pub total: usize,
    /// The records as REST shows them.
    pub records: Vec<Value>,
}

/// Runs the text of a query. With `all`, records in the Recycle Bin are found too.
pub fn run(
    tx: &Transaction<'_>,
    text: &str,
    all: bool,
    version: &str,
) -> Result<Found, RecordError> {
    let query = parse::parse(text).map_err(|what| RecordError::new("MALFORMED_QUERY", what))?;
    let object = resolve::object(tx, &query.object)?;
    let fields = query
        .fields
        .as_ref()
        .map(|paths| {
            paths.iter().map(|p| resolve::field(tx, object, p)).collect::<Result<Vec<_>, _>>()
        })
        .transpose()?;
    let rows = rows(tx, object, &query, all)?;
    let Some(fields) = fields else {
        return Ok(Found { total: rows.len(), records: Vec::new() });
    };
    let records: Vec<Value> =
        rows.into_iter().map(|row| shown(tx, object, &fields, row, version)).collect();
    Ok(Found { total: records.len(), records })
}

/// The ids a semi-join compares with.
pub(super) fn column(tx: &Transaction<'_>, query: &Query) -> Result<HashSet<String>, RecordError> {
    let malformed = |what: &str| RecordError::new("MALFORMED_QUERY", what.to_string());
    let object = resolve::object(tx, &query.object)?;
    let [path] = query.fields.as_deref().unwrap_or_default() else {
        return Err(malformed("a semi join sub-select names exactly one field"));
    };
    let field = resolve::field(tx, object, path)?;
    if !matches!(field.field.kind, FieldKind::Id | FieldKind::Reference { .. }) {
        return Err(malformed("the field of a semi join sub-select must be an id or a reference"));
    }
    let rows = rows(tx, object, query, false)?;
    Ok(rows
        .into_iter()
        .filter_map(|row| value_of(tx, &field, row).as_str().map(str::to_string))
        .collect())
}

fn rows<'t, 'a>(
    tx: &'t Transaction<'a>,
    object: &'a ObjectDef,
    query: &Query,
    all: bool,
) -> Result<Vec<&'t Record>, RecordError> {
    let judge = query.condition.as_ref().map(|c| Judge::new(tx, object, c)).transpose()?;
    let order = query
        .order
        .iter()
        .map(|o| Ok((resolve::field(tx, object, &o.path)?, o.descending, o.nulls_last)))
        .collect::<Result<Vec<_>, RecordError>>()?;
    if query.offset > MOST_OFFSET {
        let message = format!("Maximum SOQL offset allowed is {MOST_OFFSET}");
        return Err(RecordError::new("NUMBER_OUTSIDE_VALID_RANGE", message));
    }
    let mut found: Vec<&Record> = match tx.state().tables.get(&object.name) {
        None => Vec::new(),
        Some(table) => table
            .rows()
            .filter(|(_, row)| all || !row.is_deleted())
            .map(|(_, row)| &row.fields)
            .filter(|row| judge.as_ref().is_none_or(|j| j.holds(tx, row)))
            .collect(),
    };
    found.sort_by(|a, b| {
        order
            .iter()
            .map(|(field, descending, nulls_last)| {
                let (a, b) = (value_of(tx, field, a), value_of(tx, field, b));
                match (a.is_null(), b.is_null()) {
                    (true, true) => Ordering::Equal,
                    (true, false) if *nulls_last => Ordering::Greater,
                    (true, false) => Ordering::Less,
                    (false, true) if *nulls_last => Ordering::Less,
                    (false, true) => Ordering::Greater,
                    (false, false) if *descending => sorted(&b, &a),
                    (false, false) => sorted(&a, &b),
                }
            })
            .find(|o| *o != Ordering::Equal)
            .unwrap_or(Ordering::Equal)
    });
    Ok(found.into_iter().skip(query.offset).take(query.limit.unwrap_or(usize::MAX)).collect())
}

fn sorted(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => {
            a.as_f64().partial_cmp(&b.as_f64()).unwrap_or(Ordering::Equal)
        }
        (Value::String(a), Value::String(b)) => a.to_lowercase().cmp(&b.to_lowercase()),
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        _ => Ordering::Equal,
    }
}

/// The stored value at the end of a path; null where a parent is missing.
pub(super) fn value_of(tx: &Transaction<'_>, field: &Resolved<'_>, row: &Record) -> Value {
    let mut row = row;
    for step in &field.steps {
        let parent = row
            .get(&step.field.name)
            .and_then(Value::as_str)
            .and_then(|id| tx.state().row(&step.to.name, id));
        match parent {
            Some(parent) => row = &parent.fields,
            None => return Value::Null,
        }
    }
    row.get(&field.field.name).cloned().unwrap_or(Value::Null)
}

/// One record with the asked fields, parents nested.
fn shown(
    tx: &Transaction<'_>,
    object: &ObjectDef,
    fields: &[Resolved<'_>],
    row: &Record,
    version: &str,
) -> Value {
    let mut out = attributes(object, row, version);
    for field in fields {
        place(tx, &mut out, field, 0, row, version);
    }
    Value::Object(out)
}

fn place(
    tx: &Transaction<'_>,
    out: &mut Record,
    field: &Resolved<'_>,
    depth: usize,
    row: &Record,
    version: &str,
) {
    let Some(step) = field.steps.get(depth) else {
        out.insert(field.field.name.clone(), on_wire(field.field, row.get(&field.field.name)));
        return;
    };
    let parent = row
        .get(&step.field.name)
        .and_then(Value::as_str)
        .and_then(|id| tx.state().row(&step.to.name, id));
    let Some(parent) = parent else {
        out.insert(step.name.clone(), Value::Null);
        return;
    };
    let nested = out
        .entry(step.name.clone())
        .or_insert_with(|| Value::Object(attributes(step.to, &parent.fields, version)));
    if let Value::Object(nested) = nested {
        place(tx, nested, field, depth + 1, &parent.fields, version);
    }
}

/// A record with the given fields, as REST shows it.
pub fn record(object: &ObjectDef, fields: &[&FieldDef], row: &Record, version: &str) -> Value {
    let mut out = attributes(object, row, version);
    for field in fields {
        out.insert(field.name.clone(), on_wire(field, row.get(&field.name)));
    }
    Value::Object(out)
}

fn attributes(object: &ObjectDef, row: &Record, version: &str) -> Record {
    let id = row.get("Id").and_then(Value::as_str).unwrap_or_default();
    let url = format!("/services/data/v{version}/sobjects/{}/{id}", object.name);
    let mut out = Record::new();
    out.insert("attributes".into(), json!({"type": object.name, "url": url}));
    out
}

/// Times end in `+0000` on the wire.
fn on_wire(field: &FieldDef, value: Option<&Value>) -> Value {
    match (&field.kind, value) {
        (FieldKind::DateTime, Some(Value::String(text))) => match values::millis(text) {
            Some(ms) => json!(values::wire(ms)),
            None => json!(text),
        },
        (_, Some(value)) => value.clone(),
        (_, None) => Value::Null,
    }
}
