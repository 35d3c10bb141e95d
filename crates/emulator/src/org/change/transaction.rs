//! From a committed transaction to its change events: merging, gaps, grouping, numbering and
//! overflow.

use std::collections::{BTreeSet, HashSet};

use serde_json::Value;

use super::event::{Change, Header, Kind};
use super::merge::merge;
use crate::org::avro::Schemas;
use crate::org::bus::{BusConfig, ChangeKind, Record, RecordChange};
use crate::org::topic::change_event;

/// Events bigger than this are told as gaps, bytes.
const MOST_BYTES: usize = 1_000_000;
/// How many events back an equal change is looked for, so that a big import stays quick.
///
/// INFERRED: how far back that is; documented is only that equal changes of a transaction are told
/// together.
const LOOK_BACK: usize = 50;
/// Told with every update, also when two saves fall on the same moment of the clock.
const STAMP: &str = "LastModifiedDate";
/// Equal changes further apart than this are not grouped, milliseconds.
const GROUP_MS: i64 = 1000;

/// What the events are made with.
pub struct Settings<'a> {
    /// Current schemas.
    pub schemas: &'a Schemas,
    /// Settings of the bus.
    pub config: &'a BusConfig,
}

/// The transaction's place in the org's history.
pub struct Transaction<'a> {
    /// Its changes, in order.
    pub changes: Vec<RecordChange>,
    /// `commitNumber`.
    pub commit: i64,
    /// Objects whose next change is to be a gap; those told are taken out.
    pub gaps: &'a mut HashSet<String>,
}

/// The events of a transaction, in order.
pub fn changes_of(transaction: Transaction<'_>, settings: &Settings<'_>) -> Vec<Change> {
    let mut events: Vec<Change> = Vec::new();
    let mut overflowed: Vec<RecordChange> = Vec::new();
    let mut sequence = 0;
    let mut counted = 0;
    for change in merge(transaction.changes) {
        // Objects that are not selected leave a hole in the numbers.
        if settings.config.untracked.contains(&change.object) {
            sequence += 1;
            continue;
        }
        let Some(mut event) = single(&change, transaction.commit, settings) else { continue };
        counted += event.changed.len().max(1);
        if counted > settings.config.overflow_changes {
            if !overflowed.iter().any(|told| told.object == change.object) {
                overflowed.push(change);
            }
            continue;
        }
        if transaction.gaps.remove(&change.object) || too_big(&event) {
            events.push(gap(event, change.kind));
            continue;
        }
        let near = events.iter_mut().rev().take(LOOK_BACK);
        if let Some(same) = near.into_iter().find(|told| groups(told, &event)) {
            same.header.records.append(&mut event.header.records);
            continue;
        }
        sequence += 1;
        event.header.sequence = sequence;
        events.push(event);
    }
    events.extend(overflowed.iter().filter_map(|c| overflow(c, transaction.commit, settings)));
    events
}

/// An event that tells only that records of this object changed.
pub fn overflow(like: &RecordChange, commit: i64, settings: &Settings<'_>) -> Option<Change> {
    let mut event = gap(base(like, commit, settings)?, like.kind);
    event.header.kind = Kind::Overflow;
    event.header.records.clear();
    Some(event)
}

fn groups(told: &Change, next: &Change) -> bool {
    told.header.kind == next.header.kind
        && told.header.entity == next.header.entity
        && (told.header.at - next.header.at).abs() <= GROUP_MS
        && told.fields == next.fields
        && told.changed == next.changed
        && told.nulled == next.nulled
}

fn too_big(event: &Change) -> bool {
    event.encode().map_or(true, |bytes| bytes.len() > MOST_BYTES)
}

fn gap(mut event: Change, kind: ChangeKind) -> Change {
    event.header.kind = Kind::Gap(kind);
    // Always 1, whatever the event's place in its transaction.
    event.header.sequence = 1;
    event.fields.clear();
    event.changed.clear();
    event.nulled.clear();
    event
}

fn base(change: &RecordChange, commit: i64, settings: &Settings<'_>) -> Option<Change> {
    let schema = settings.schemas.current(&change_event(&change.object))?;
    let version = &settings.config.api_version;
    let client = change.client.as_ref().map_or(String::new(), |c| format!(";client={c}"));
    Some(Change {
        header: Header {
            entity: change.object.clone(),
            records: vec![change.id.clone()],
            kind: Kind::Full(change.kind),
            origin: format!("com/salesforce/api/rest/{version}{client}"),
            transaction: change.transaction.clone(),
            sequence: 1,
            at: change.at,
            commit,
            user: change.user.clone(),
        },
        schema,
        fields: Record::new(),
        changed: BTreeSet::new(),
        nulled: BTreeSet::new(),
    })
}

/// The event of one change; `None` for an object that is no more, or an update without change.
fn single(change: &RecordChange, commit: i64, settings: &Settings<'_>) -> Option<Change> {
    let mut event = base(change, commit, settings)?;
    let names = names(&event);
    match change.kind {
        ChangeKind::Delete => {}
        ChangeKind::Create | ChangeKind::Undelete => {
            for name in names {
                if let Some(value) = value(&change.after, &name) {
                    event.fields.insert(name, value.clone());
                }
            }
        }
        ChangeKind::Update => {
            let empty = Record::new();
            let before = change.before.as_ref().unwrap_or(&empty);
            for name in names {
                let now = value(&change.after, &name);
                let stamped = name == STAMP && now.is_some();
                if value(before, &name) == now && !stamped {
                    continue;
                }
                match now {
                    Some(value) => {
                        event.fields.insert(name.clone(), value.clone());
                    }
                    None => {
                        event.nulled.insert(name.clone());
                    }
                }
                event.changed.insert(name);
            }
            if event.changed.is_empty() {
                return None;
            }
        }
    }
    Some(event)
}

/// Names of all captured fields, parts of a compound name by their own names.
fn names(event: &Change) -> Vec<String> {
    use crate::org::avro::Shape;
    event
        .schema
        .slots
        .iter()
        .flat_map(|slot| match &slot.shape {
            Shape::PersonName(parts) => parts.clone(),
            _ => vec![slot.name.clone()],
        })
        .collect()
}

fn value<'a>(record: &'a Record, name: &str) -> Option<&'a Value> {
    record.get(name).filter(|value| !value.is_null())
}
