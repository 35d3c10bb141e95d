//! The rows of one object with an index over its unique and external-id fields, and the state of
//! the whole org.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::org::bus::Record;
use crate::org::ledger::Ledger;
use crate::org::metadata::{FieldDef, ObjectDef};

/// A stored record.
#[derive(Debug, Clone)]
pub struct Row {
    /// All fields of the object, empty ones null.
    pub fields: Record,
    /// In the Recycle Bin because this record was deleted (itself, or its master).
    pub deleted_with: Option<String>,
}

impl Row {
    /// In the Recycle Bin.
    pub fn is_deleted(&self) -> bool {
        self.deleted_with.is_some()
    }
}

/// The rows of one object.
#[derive(Debug, Default)]
pub struct Table {
    rows: BTreeMap<String, Row>,
    indexed: Vec<(String, bool)>,
    index: BTreeMap<String, BTreeMap<String, BTreeSet<String>>>,
    /// Ids given so far.
    pub ids: u64,
    /// Auto-numbers given so far; not taken back by a rollback, as in Salesforce.
    pub numbers: u64,
}

impl Table {
    /// An empty table for the object.
    pub fn new(object: &ObjectDef) -> Table {
        let indexed = object
            .fields
            .iter()
            .filter(|f| f.unique || f.external_id)
            .map(|f| (f.name.clone(), f.case_sensitive))
            .collect();
        Table { indexed, ..Table::default() }
    }

    /// The row, also from the Recycle Bin.
    pub fn row(&self, id: &str) -> Option<&Row> {
        self.rows.get(id)
    }

    /// All rows in id order, also from the Recycle Bin.
    pub fn rows(&self) -> impl Iterator<Item = (&String, &Row)> {
        self.rows.iter()
    }

    /// Puts a row in place of what was there; gives that back.
    pub fn put(&mut self, id: &str, row: Option<Row>) -> Option<Row> {
        if let Some(old) = self.rows.remove(id) {
            self.reindex(id, &old, false);
            if let Some(row) = row {
                self.reindex(id, &row, true);
                self.rows.insert(id.into(), row);
            }
            return Some(old);
        }
        if let Some(row) = row {
            self.reindex(id, &row, true);
            self.rows.insert(id.into(), row);
        }
        None
    }

    /// Ids of live rows whose unique or external-id field has this value.
    pub fn find(&self, field: &FieldDef, value: &Value) -> Vec<String> {
        let Some(key) = key(value, field.case_sensitive) else { return Vec::new() };
        self.index
            .get(&field.name)
            .and_then(|values| values.get(&key))
            .map(|ids| ids.iter().cloned().collect())
            .unwrap_or_default()
    }

    fn reindex(&mut self, id: &str, row: &Row, add: bool) {
        if row.is_deleted() {
            return;
        }
        for (field, case_sensitive) in &self.indexed {
            let Some(key) = row.fields.get(field).and_then(|v| key(v, *case_sensitive)) else {
                continue;
            };
            let ids = self.index.entry(field.clone()).or_default().entry(key).or_default();
            if add {
                ids.insert(id.into());
            } else {
                ids.remove(id);
            }
        }
    }
}

/// What two values must share to be the same to a unique field. Text ignores case unless the
/// field says otherwise.
pub fn key(value: &Value, case_sensitive: bool) -> Option<String> {
    match value {
        Value::String(text) if case_sensitive => Some(text.clone()),
        Value::String(text) => Some(text.to_lowercase()),
        Value::Number(number) => Some(number.as_f64().unwrap_or_default().to_string()),
        _ => None,
    }
}

/// Everything the org remembers.
#[derive(Debug, Default)]
pub struct State {
    /// By object.
    pub tables: BTreeMap<String, Table>,
    /// Rows a test holds a lock on.
    pub locks: BTreeSet<String>,
    /// What was written.
    pub ledger: Ledger,
    /// Transactions committed so far.
    pub transactions: u64,
}

impl State {
    /// The row, also from the Recycle Bin.
    pub fn row(&self, object: &str, id: &str) -> Option<&Row> {
        self.tables.get(object)?.row(id)
    }
}
