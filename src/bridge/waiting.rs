//! What a starting bridge finds in its store: one line for all of it, and one for each meeting that
//! is open or has work waiting. With it a log that was cut off by a kill can be read on.

use std::collections::{BTreeMap, HashSet};

use crate::inbox::story;
use crate::store::{Result, Store};

/// Most meetings that get a line of their own, and most rows that are counted for them.
const MOST: u32 = 1_000;

#[derive(Default)]
struct Waits {
    effects: Vec<String>,
    changes: usize,
}

/// Logs it.
pub async fn tell(store: &dyn Store) -> Result<()> {
    story::tell_again(store).await?;
    let counts = store.counts().await?;
    tracing::info!(
        meetings = counts.open_meetings,
        effects = counts.effects,
        changes = counts.outbox,
        dead_letters = counts.dead_letters,
        "Found in the store at the start"
    );
    let mut found: BTreeMap<String, Waits> = BTreeMap::new();
    for id in store.open_meetings("", MOST).await? {
        found.entry(id).or_default();
    }
    for row in store.due_effects(i64::MAX, MOST, &HashSet::new()).await? {
        found.entry(row.meeting).or_default().effects.push(row.name);
    }
    for row in store.due_outbox(i64::MAX, MOST, &HashSet::new()).await? {
        found.entry(row.change.lane).or_default().changes += 1;
    }
    for (id, waits) in found.into_iter().take(MOST as usize) {
        // A meeting that cannot be read is told of when it is next needed; what belongs to no
        // meeting has no story.
        let Ok(Some(meeting)) = store.meeting(&id).await else { continue };
        tracing::info!(
            meeting.id = %id,
            status = meeting.status.label(),
            reason = %meeting.reason,
            effects = ?waits.effects,
            changes = waits.changes,
            "Found waiting at the start"
        );
    }
    Ok(())
}
