//! Several saves of one record in one transaction are told as one change: the first kind, the
//! last values.

use std::collections::HashMap;

use crate::org::bus::{ChangeKind, RecordChange};

/// One change a record, in the order of each record's first save.
pub(super) fn merge(changes: Vec<RecordChange>) -> Vec<RecordChange> {
    let mut merged: Vec<Option<RecordChange>> = Vec::new();
    let mut places: HashMap<(String, String), usize> = HashMap::new();
    for next in changes {
        let place = *places.entry((next.object.clone(), next.id.clone())).or_insert(merged.len());
        match merged.get_mut(place) {
            None => merged.push(Some(next)),
            Some(slot) => {
                *slot = match slot.take() {
                    Some(first) => joined(first, next),
                    None => Some(next),
                }
            }
        }
    }
    merged.into_iter().flatten().collect()
}

/// INFERRED: what was made and deleted, or deleted and brought back, in one transaction is not
/// told at all, and a save before a delete is told as the delete. The guide only says that the
/// first kind and the last data are told.
fn joined(first: RecordChange, last: RecordChange) -> Option<RecordChange> {
    use ChangeKind::{Create, Delete, Undelete};
    let kind = match (first.kind, last.kind) {
        (Create, Delete) | (Delete, Undelete) | (Undelete, Delete) => return None,
        (_, Delete) => Delete,
        (kind, _) => kind,
    };
    Some(RecordChange { kind, before: first.before, ..last })
}
