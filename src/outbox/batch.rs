//! Packs waiting rows into one composite call. Pure; [`super::wire`] writes the call and reads the
//! answer back to the rows.
//!
//! A lane travels whole where it fits, masters before details; one that does not fit waits for the
//! next call; one too large for any call goes in pieces, one call after the other. A lane under
//! suspicion travels alone, each row a sub-request of its own, so that one bad row harms no other.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chime_contract::Secret;
use serde_json::Value;

use crate::outbox::missing::Field;
use crate::outbox::row::{Change, Operation, RecordKey};
use crate::outbox::verdict::Verdict;
use crate::salesforce::rest::composite::{
    MAX_CALLS, MAX_COLLECTIONS, MAX_RECORDS, MAX_TYPE_CHUNKS,
};
use crate::store::OutboxRow;

/// Most bytes of field values in a call: far below what Salesforce takes, for the sake of latency.
const MAX_BYTES: usize = 4 << 20;

/// Values for `{"$secret": name}`, opened just before sending. A secret that is no more is `None`.
pub type Secrets = HashMap<String, Option<Secret<String>>>;

/// One call to be.
#[derive(Debug, Default)]
pub struct Batch {
    pub(super) rows: Vec<OutboxRow>,
    pub(super) parts: Vec<Part>,
    pub(super) missing: BTreeSet<Field>,
    isolated: bool,
}

/// One sub-request to be, in the order in which they are sent.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// Collection of updates by record id, types mixed.
    Update,
    /// Collection of upserts, one type.
    Upsert { rank: u8, object: String, field: String },
    /// Collection of deletes by record id.
    DeleteIds,
    /// Query for the ids of what is to be deleted; it counts like a collection.
    Find { object: String, field: String },
    /// One record on its own.
    Single,
}

#[derive(Debug)]
pub(super) struct Part {
    pub(super) kind: Kind,
    pub(super) rows: Vec<usize>,
}

/// What the answer says of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// Its own verdict.
    Verdict(Verdict),
    /// Its collection failed for another row's sake: send it again.
    Again,
    /// Its collection failed and it is not clear for whose sake: send its lane alone.
    Suspect,
}

/// How much may travel.
pub struct Room<'r> {
    /// Most lanes.
    pub lanes: usize,
    /// True for a lane that must travel alone.
    pub alone: &'r dyn Fn(&str) -> bool,
    /// Fields the org does not have.
    pub missing: BTreeSet<Field>,
}

/// Packs rows (whole lanes, the most urgent lane first). Rows that are not taken are dropped here;
/// the store still has them.
pub fn pack(rows: Vec<OutboxRow>, room: Room<'_>) -> Batch {
    let mut order: Vec<String> = Vec::new();
    let mut lanes: HashMap<String, Vec<OutboxRow>> = HashMap::new();
    for row in rows {
        let lane = row.change.lane.clone();
        lanes.entry(lane.clone()).or_insert_with(|| {
            order.push(lane);
            Vec::new()
        });
        if let Some(rows) = lanes.get_mut(&row.change.lane) {
            rows.push(row);
        }
    }
    let mut filling = Filling::default();
    let mut taken: Vec<OutboxRow> = Vec::new();
    let mut lanes_taken = 0;
    for lane in order {
        let mut rows = lanes.remove(&lane).unwrap_or_default();
        rows.sort_by_key(|row| {
            (row.change.operation != Operation::Write, row.change.rank(), row.wanted_at)
        });
        if (room.alone)(&lane) {
            if taken.is_empty() {
                rows.truncate(MAX_CALLS);
                return isolated(rows, room.missing);
            }
            continue;
        }
        if lanes_taken >= room.lanes {
            break;
        }
        let mut with = filling.clone();
        if rows.iter().all(|row| with.take(&row.change)) {
            filling = with;
            taken.append(&mut rows);
            lanes_taken += 1;
        } else if taken.is_empty() {
            // Too large for any call: as much of it as fits, from the front.
            taken.extend(rows.into_iter().take_while(|row| filling.take(&row.change)));
            lanes_taken += 1;
        }
    }
    collected(taken, room.missing)
}

/// Counts what a call holds so far.
#[derive(Debug, Default, Clone)]
struct Filling {
    collections: BTreeMap<Kind, usize>,
    singles: usize,
    types: BTreeSet<String>,
    bytes: usize,
}

impl Filling {
    /// Takes a row if it fits.
    fn take(&mut self, change: &Change) -> bool {
        let mut with = self.clone();
        match kind(change) {
            Kind::Single => with.singles += 1,
            collection => {
                if collection == Kind::Update {
                    with.types.insert(change.object.clone());
                }
                *with.collections.entry(collection).or_default() += 1;
            }
        }
        with.bytes += weight(change);
        let collections: usize =
            with.collections.values().map(|count| count.div_ceil(MAX_RECORDS)).sum();
        let fits = collections <= MAX_COLLECTIONS
            && collections + with.singles <= MAX_CALLS
            && with.types.len() <= MAX_TYPE_CHUNKS
            && (with.bytes <= MAX_BYTES || self.bytes == 0);
        if fits {
            *self = with;
        }
        fits
    }
}

fn kind(change: &Change) -> Kind {
    match (change.operation, &change.key) {
        (Operation::Write, RecordKey::Id(_)) => Kind::Update,
        (Operation::Write, RecordKey::External { field, .. }) => Kind::Upsert {
            rank: change.rank(),
            object: change.object.clone(),
            field: field.clone(),
        },
        (Operation::Delete | Operation::DeleteBy, RecordKey::Id(_)) => Kind::DeleteIds,
        (Operation::DeleteBy, RecordKey::External { field, .. }) => {
            Kind::Find { object: change.object.clone(), field: field.clone() }
        }
        // There is no collection of deletes by external id.
        (Operation::Delete, RecordKey::External { .. }) => Kind::Single,
    }
}

fn weight(change: &Change) -> usize {
    change
        .fields
        .iter()
        .map(|(name, value)| name.len() + value.to_string().len() + 8)
        .sum::<usize>()
        + 128
}

fn isolated(rows: Vec<OutboxRow>, missing: BTreeSet<Field>) -> Batch {
    let parts = (0..rows.len()).map(|n| Part { kind: Kind::Single, rows: vec![n] }).collect();
    Batch { rows, parts, missing, isolated: true }
}

fn collected(rows: Vec<OutboxRow>, missing: BTreeSet<Field>) -> Batch {
    let mut groups: BTreeMap<Kind, Vec<usize>> = BTreeMap::new();
    for (n, row) in rows.iter().enumerate() {
        groups.entry(kind(&row.change)).or_default().push(n);
    }
    let mut parts = Vec::new();
    for (kind, mut members) in groups {
        // Runs of one type (a collection takes ten), and within them by lane: writes of a detail
        // lock its master, so records of one master stand together.
        members.sort_by_key(|n| {
            let change = &rows[*n].change;
            (change.rank(), change.object.clone(), change.lane.clone())
        });
        let most = if kind == Kind::Single { 1 } else { MAX_RECORDS };
        parts.extend(
            members.chunks(most).map(|rows| Part { kind: kind.clone(), rows: rows.to_vec() }),
        );
    }
    Batch { rows, parts, missing, isolated: false }
}

impl Batch {
    /// The rows, in the order of the findings.
    pub fn rows(&self) -> &[OutboxRow] {
        &self.rows
    }

    /// True if there is nothing to send.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// A lane under suspicion, each row for itself.
    pub fn is_isolated(&self) -> bool {
        self.isolated
    }

    /// Its lanes.
    pub fn lanes(&self) -> BTreeSet<String> {
        self.rows.iter().map(|row| row.change.lane.clone()).collect()
    }

    /// Names of the secrets its rows need, with the rows' numbers.
    pub fn secrets(&self) -> Vec<(usize, String)> {
        let mut names = Vec::new();
        for (n, row) in self.rows.iter().enumerate() {
            let all = row.change.fields.values().filter_map(secret_name);
            names.extend(all.map(|name| (n, name.to_string())));
        }
        names
    }

    /// True if the field of this row was in the call.
    pub fn sent_field(&self, row: usize, field: &str) -> bool {
        let change = &self.rows[row].change;
        change.fields.contains_key(field)
            && !self.missing.contains(&(change.object.clone(), field.to_string()))
    }

    /// Takes rows out of the call; they stay among [`Self::rows`] and get no finding of their own.
    pub fn leave_out(&mut self, rows: &BTreeSet<usize>) {
        for part in &mut self.parts {
            part.rows.retain(|n| !rows.contains(n));
        }
        self.parts.retain(|part| !part.rows.is_empty());
    }
}

pub(super) fn secret_name(value: &Value) -> Option<&str> {
    let map = value.as_object().filter(|map| map.len() == 1)?;
    map.get("$secret")?.as_str()
}

#[cfg(test)]
#[path = "batch_tests.rs"]
mod tests;
