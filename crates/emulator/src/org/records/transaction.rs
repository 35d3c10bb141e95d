//! One transaction over the records: what it changed, how to take it back, and what the bus is
//! told when it commits. Several writes of one record become one change with the final data.

use serde_json::{Value, json};

use super::{Actor, Schema, State};
use crate::faults::Faults;
use crate::org::bus::{ChangeKind, Record, RecordChange};
use crate::org::ledger::LedgerEntry;
use crate::org::metadata::{FieldKind, ObjectDef};
use crate::org::records::table::Row;
use crate::org::values;

/// Fields the org sets at each save; the ledger leaves them out.
pub const AUDIT: [&str; 6] = [
    "CreatedDate",
    "CreatedById",
    "LastModifiedDate",
    "LastModifiedById",
    "SystemModstamp",
    "IsDeleted",
];

/// A running transaction. Dropping it without [`Transaction::commit`] keeps the rows it wrote, so
/// its owner always ends it with `commit` or `rollback`.
#[derive(Debug)]
pub struct Transaction<'a> {
    pub(super) schema: &'a Schema,
    pub(super) faults: &'a Faults,
    pub(super) actor: &'a Actor,
    pub(super) now: i64,
    pub(super) state: &'a mut State,
    undo: Vec<(String, String, Option<Row>)>,
    touched: Vec<Touch>,
    events: Vec<PendingEvent>,
}

/// A platform event that is published when the transaction has committed.
#[derive(Debug, Clone)]
pub struct PendingEvent {
    /// API name.
    pub name: String,
    /// Its fields.
    pub fields: Record,
}

#[derive(Debug)]
struct Touch {
    object: String,
    id: String,
    kind: ChangeKind,
    before: Option<Record>,
    after: Record,
}

/// Where a transaction stood.
#[derive(Debug, Clone, Copy)]
pub struct Savepoint {
    undo: usize,
    touched: usize,
    events: usize,
}

impl<'a> Transaction<'a> {
    /// Begins one at the given time, epoch milliseconds.
    pub fn begin(
        schema: &'a Schema,
        faults: &'a Faults,
        actor: &'a Actor,
        now: i64,
        state: &'a mut State,
    ) -> Transaction<'a> {
        Transaction {
            schema,
            faults,
            actor,
            now,
            state,
            undo: Vec::new(),
            touched: Vec::new(),
            events: Vec::new(),
        }
    }

    /// Objects and fields.
    pub fn schema(&self) -> &'a Schema {
        self.schema
    }

    /// Who writes.
    pub fn actor(&self) -> &'a Actor {
        self.actor
    }

    /// The org as this transaction sees it.
    pub fn state(&self) -> &State {
        self.state
    }

    /// The fields of a live record.
    pub fn live(&self, object: &str, id: &str) -> Option<&Record> {
        self.state.row(object, id).filter(|r| !r.is_deleted()).map(|r| &r.fields)
    }

    /// Here.
    pub fn savepoint(&self) -> Savepoint {
        Savepoint { undo: self.undo.len(), touched: self.touched.len(), events: self.events.len() }
    }

    /// Takes back all that was written since.
    pub fn rollback(&mut self, to: Savepoint) {
        while self.undo.len() > to.undo {
            if let Some((object, id, old)) = self.undo.pop()
                && let Some(table) = self.state.tables.get_mut(&object)
            {
                table.put(&id, old);
            }
        }
        self.touched.truncate(to.touched);
        self.events.truncate(to.events);
    }

    /// Queues a platform event; gives its place among those of this transaction.
    pub fn publish(&mut self, name: &str, fields: Record) -> usize {
        self.events.push(PendingEvent { name: name.into(), fields });
        self.events.len() - 1
    }

    /// Ends it: the changes for the bus, the events to publish; the ledger is written.
    pub fn commit(self) -> (Vec<RecordChange>, Vec<PendingEvent>) {
        let merged = merge(self.touched);
        if merged.is_empty() {
            return (Vec::new(), self.events);
        }
        self.state.transactions += 1;
        // INFERRED: the shape of a transaction key (`0001d0b4-7f2c-...`); only its equality
        // within a transaction means anything.
        let key = format!(
            "{:08x}-{:04x}-4e00-8000-{:012x}",
            self.state.transactions >> 16,
            self.state.transactions & 0xffff,
            self.now
        );
        let changes: Vec<RecordChange> = merged
            .into_iter()
            .map(|touch| RecordChange {
                object: touch.object,
                id: touch.id,
                kind: touch.kind,
                before: touch.before,
                after: touch.after,
                user: self.actor.id.clone(),
                client: self.actor.client.clone(),
                at: self.now,
                transaction: key.clone(),
            })
            .collect();
        for change in &changes {
            self.state.ledger.push(LedgerEntry {
                call: self.actor.call,
                at: self.now,
                user: self.actor.username.clone(),
                client: self.actor.client.clone(),
                object: change.object.clone(),
                id: change.id.clone(),
                kind: change.kind,
                fields: changed(change.before.as_ref(), &change.after),
            });
        }
        (changes, self.events)
    }

    /// The next id of an object.
    pub(super) fn next_id(&mut self, object: &ObjectDef) -> String {
        let table = self.table(object);
        table.ids += 1;
        super::ids::record_id(&object.key_prefix, table.ids)
    }

    /// The table, made if it is not there yet.
    pub(super) fn table(&mut self, object: &ObjectDef) -> &mut super::Table {
        self.state.tables.entry(object.name.clone()).or_insert_with(|| super::Table::new(object))
    }

    /// Stores a row and remembers how to take it back; `kind` is what the bus hears, if anything.
    pub(super) fn write(
        &mut self,
        object: &ObjectDef,
        id: &str,
        row: Row,
        kind: Option<ChangeKind>,
    ) {
        let after = row.fields.clone();
        let old = self.table(object).put(id, Some(row));
        if let Some(kind) = kind {
            let before = old.as_ref().map(|r| r.fields.clone());
            let (object, id) = (object.name.clone(), id.to_string());
            self.touched.push(Touch { object, id, kind, before, after });
        }
        self.undo.push((object.name.clone(), id.into(), old));
    }

    /// Sets who changed it and when.
    pub(super) fn stamp(&self, fields: &mut Record) {
        let now = values::stored(self.now);
        fields.insert("LastModifiedDate".into(), json!(now));
        fields.insert("SystemModstamp".into(), json!(now));
        fields.insert("LastModifiedById".into(), json!(self.actor.id));
    }
}

/// The masters of a record: (object, id).
pub fn masters(object: &ObjectDef, fields: &Record) -> Vec<(String, String)> {
    object
        .fields
        .iter()
        .filter_map(|field| match &field.kind {
            FieldKind::Reference { to, master: true, .. } => {
                let id = fields.get(&field.name)?.as_str()?;
                Some((to.first()?.clone(), id.to_string()))
            }
            _ => None,
        })
        .collect()
}

/// Fields with another value than before.
fn changed(before: Option<&Record>, after: &Record) -> Vec<String> {
    after
        .iter()
        .filter(|(name, value)| {
            let old = before.and_then(|b| b.get(*name)).unwrap_or(&Value::Null);
            old != *value && !AUDIT.contains(&name.as_str())
        })
        .map(|(name, _)| name.clone())
        .collect()
}

/// One change a record: the first kind, the first state before, the last state after.
fn merge(touched: Vec<Touch>) -> Vec<Touch> {
    let mut merged: Vec<Touch> = Vec::new();
    for touch in touched {
        let earlier = merged.iter().position(|m| m.object == touch.object && m.id == touch.id);
        let Some(at) = earlier else {
            merged.push(touch);
            continue;
        };
        match (merged[at].kind, touch.kind) {
            // Never there, seen from outside.
            (ChangeKind::Create, ChangeKind::Delete) => {
                merged.remove(at);
            }
            (ChangeKind::Update, ChangeKind::Delete) => {
                merged[at].kind = ChangeKind::Delete;
                merged[at].after = touch.after;
            }
            _ => merged[at].after = touch.after,
        }
    }
    merged
}
