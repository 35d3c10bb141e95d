//! Reading for a subscriber: what a topic shows from a position on. Filters and enrichment of
//! channel members are applied here, each time anew, because enriched values are not stored.

use std::sync::Arc;

use super::log::{Body, Entry, encoded};
use super::{Bus, Reader};
use crate::org::change::Change;
use crate::org::filter::Filter;
use crate::org::metadata::Metadata;
use crate::org::topic::{Topic, change_event};
use crate::wire;

/// Entries looked at before the lock is let go.
const CHUNK: usize = 256;

/// A position: an entry, and how many events made of it are already behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Position {
    pub(super) index: u64,
    pub(super) inside: usize,
}

/// What reading gave.
pub(crate) struct Batch {
    /// Events that pass the topic's filter.
    pub(crate) events: Vec<wire::ConsumerEvent>,
    /// Where to read on when all events are delivered (it may be behind filtered-out ones).
    pub(crate) next: Position,
}

/// Entries of a topic, and what is needed to show them.
struct Chunk {
    entries: Vec<(u64, Entry)>,
    /// Index after the last entry that was looked at.
    end: u64,
    metadata: Arc<Metadata>,
    reader: Option<Reader>,
}

/// How a channel shows an object's changes.
struct View {
    filter: Option<Filter>,
    /// Enriched fields, those of the filter among them.
    enriched: Vec<String>,
}

impl Bus {
    /// The newest position.
    pub(crate) fn tip(&self) -> Position {
        Position { index: self.state().log.end(), inside: 0 }
    }

    /// The oldest kept position.
    pub(crate) fn oldest(&self) -> Position {
        let now = self.clock().now();
        let mut state = self.state();
        state.purge(now);
        Position { index: state.log.start(), inside: 0 }
    }

    /// The position after a replay id; `None` if it is not known or too old.
    pub(crate) fn after(&self, replay_id: &[u8]) -> Option<Position> {
        let now = self.clock().now();
        let mut state = self.state();
        state.purge(now);
        state.log.ids.after(replay_id).map(|index| Position { index, inside: 0 })
    }

    /// An id for a position no event has, as keep-alives carry it.
    pub(crate) fn mark(&self, position: Position) -> Vec<u8> {
        let now = self.clock().now();
        let mut state = self.state();
        let id = state.log.ids.mint();
        state.log.ids.stands_for(&id, position.index, now);
        id
    }

    /// Up to `most` events of a topic from a position on.
    pub(crate) fn read(&self, topic: &Topic, from: Position, most: usize) -> Batch {
        let mut batch = Batch { events: Vec::new(), next: from };
        while batch.events.len() < most {
            let chunk = self.chunk(topic, batch.next.index);
            for (index, entry) in &chunk.entries {
                let behind = if *index == batch.next.index { batch.next.inside } else { 0 };
                let shown = shown(topic, &chunk.metadata, chunk.reader.as_ref(), entry);
                for (inside, event) in shown.into_iter().enumerate().skip(behind) {
                    if batch.events.len() == most {
                        batch.next = Position { index: *index, inside };
                        return batch;
                    }
                    batch.events.push(event);
                }
                batch.next = Position { index: index + 1, inside: 0 };
            }
            if chunk.entries.len() < CHUNK {
                let index = chunk.end.max(batch.next.index);
                batch.next = Position { index, inside: 0 };
                break;
            }
        }
        batch
    }

    /// Looks on from `index`. The reader is called outside the lock: it may lock the records.
    fn chunk(&self, topic: &Topic, index: u64) -> Chunk {
        let now = self.clock().now();
        let mut state = self.state();
        state.purge(now);
        let metadata = state.metadata.clone();
        let entries = state
            .log
            .from(index)
            .filter(|(_, entry)| belongs(topic, &metadata, &entry.body))
            .take(CHUNK)
            .map(|(index, entry)| (index, entry.clone()))
            .collect();
        Chunk { entries, end: state.log.end(), metadata, reader: state.reader.clone() }
    }
}

fn belongs(topic: &Topic, metadata: &Metadata, body: &Body) -> bool {
    match (topic, body) {
        (Topic::Event { event }, Body::Sent(sent)) => sent.event == *event,
        (Topic::Entity { object }, Body::Change(told)) => told.change.header.entity == *object,
        (Topic::Channel { channel }, Body::Change(told)) => {
            metadata.channels.get(channel).is_some_and(|c| {
                c.members.iter().any(|(entity, _)| *entity == told.change.schema.name)
            })
        }
        _ => false,
    }
}

/// The events an entry makes on this topic: one, several (enriched ones are told record by
/// record, all with the entry's replay id), or none (filtered out).
fn shown(
    topic: &Topic,
    metadata: &Metadata,
    reader: Option<&Reader>,
    entry: &Entry,
) -> Vec<wire::ConsumerEvent> {
    let told = match &entry.body {
        Body::Sent(sent) => {
            let event = wire::ProducerEvent {
                id: sent.id.clone(),
                schema_id: sent.schema_id.clone(),
                payload: damaged(sent.payload.clone(), entry.corrupt),
                headers: sent.headers.clone(),
            };
            return vec![consumer(entry, event)];
        }
        Body::Change(told) => told,
    };
    let change = &told.change;
    let as_it_is = || shown_as(entry, change, told.payload());
    let Topic::Channel { channel } = topic else {
        return as_it_is().into_iter().collect();
    };
    let Some(view) = view(metadata, channel, change) else { return Vec::new() };
    let passes = |event: &Change| {
        view.filter.as_ref().is_none_or(|filter| filter.passes(&|field: &str| event.read(field)))
    };
    if view.enriched.is_empty() || change.header.records.is_empty() {
        let event = if passes(change) { as_it_is() } else { None };
        return event.into_iter().collect();
    }
    let records = change.header.records.iter();
    records
        .map(|id| {
            let today = reader.and_then(|read| read(&change.header.entity, id));
            change.enriched(id, &view.enriched, today.as_ref())
        })
        .filter(passes)
        .filter_map(|event| shown_as(entry, &event, encoded(&event)))
        .collect()
}

/// `None` if the object is no member, or its filter cannot be used (the org would not have let it
/// in; it shows nothing rather than everything).
fn view(metadata: &Metadata, channel: &str, change: &Change) -> Option<View> {
    let channel = metadata.channels.get(channel)?;
    let entity = change_event(&change.header.entity);
    let (_, expression) = channel.members.iter().find(|(member, _)| *member == entity)?;
    let filter = match expression.as_deref().map(Filter::parse).transpose() {
        Ok(filter) => filter,
        Err(error) => {
            tracing::error!(%error, member = %entity, "a channel member shows nothing");
            return None;
        }
    };
    let mut enriched = channel.enriched.get(&entity).cloned().unwrap_or_default();
    for field in filter.iter().flat_map(Filter::record_fields) {
        if !enriched.contains(&field) {
            enriched.push(field);
        }
    }
    Some(View { filter, enriched })
}

fn shown_as(
    entry: &Entry,
    change: &Change,
    payload: Option<Vec<u8>>,
) -> Option<wire::ConsumerEvent> {
    let event = wire::ProducerEvent {
        // INFERRED: a change event's id says nothing, and is another at each reading.
        id: super::uuid(),
        schema_id: change.schema.id.clone(),
        payload: damaged(payload?, entry.corrupt),
        headers: Vec::new(),
    };
    Some(consumer(entry, event))
}

fn consumer(entry: &Entry, event: wire::ProducerEvent) -> wire::ConsumerEvent {
    wire::ConsumerEvent { event: Some(event), replay_id: entry.replay_id.clone() }
}

/// A damaged payload ends in its middle, which no decoder can take for whole.
fn damaged(mut payload: Vec<u8>, damage: bool) -> Vec<u8> {
    if damage {
        payload.truncate(payload.len() / 2);
    }
    payload
}
