//! The log of one bus: what was told, in order, for as long as it is kept, and the faults that
//! strike an event on its way in.

use std::collections::VecDeque;
use std::sync::{Arc, OnceLock};

use super::replay::ReplayIds;
use crate::faults::{FaultKind, Faults};
use crate::org::change::Change;

/// An event to be told after the next one is told after this time if none comes, milliseconds.
const REORDER_MS: i64 = 2000;

/// A platform event as it was sent.
#[derive(Debug)]
pub(crate) struct Sent {
    /// API name of the event.
    pub(crate) event: String,
    /// Producer's id.
    pub(crate) id: String,
    /// Schema id the producer gave.
    pub(crate) schema_id: String,
    /// Avro bytes, or what the producer took for them.
    pub(crate) payload: Vec<u8>,
    /// Headers, passed through.
    pub(crate) headers: Vec<crate::wire::EventHeader>,
}

/// A change event as it is told to everyone. An enriched one is another event at each reading.
#[derive(Debug)]
pub(crate) struct Told {
    /// The event.
    pub(crate) change: Change,
    payload: OnceLock<Option<Vec<u8>>>,
}

impl Told {
    /// Not asked for as yet.
    pub(crate) fn new(change: Change) -> Self {
        Self { change, payload: OnceLock::new() }
    }

    /// Its bytes; `None` if it has no Avro form.
    pub(crate) fn payload(&self) -> Option<Vec<u8>> {
        self.payload.get_or_init(|| encoded(&self.change)).clone()
    }
}

/// The bytes of a change event; `None` if it has no Avro form.
pub(crate) fn encoded(change: &Change) -> Option<Vec<u8>> {
    let encoded = change.encode();
    if let Err(error) = &encoded {
        tracing::error!(%error, event = %change.schema.name, "a change event has no Avro form");
    }
    encoded.ok()
}

/// What an entry holds.
#[derive(Debug, Clone)]
pub(crate) enum Body {
    /// A platform event.
    Sent(Arc<Sent>),
    /// A change event, and its Avro bytes once somebody has asked for them.
    Change(Arc<Told>),
}

impl Body {
    fn name(&self) -> &str {
        match self {
            Self::Sent(sent) => &sent.event,
            Self::Change(told) => &told.change.schema.name,
        }
    }
}

/// One kept event.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// Opaque position; may stand for several events.
    pub(crate) replay_id: Vec<u8>,
    /// When it was told.
    pub(crate) at: i64,
    /// The event.
    pub(crate) body: Body,
    /// Its payload is damaged.
    pub(crate) corrupt: bool,
}

struct Held {
    body: Body,
    /// Told at this time at the latest.
    until: i64,
    /// Told as soon as another event was.
    after_next: bool,
}

/// The log.
pub(super) struct Log {
    entries: VecDeque<Entry>,
    /// Index of the oldest kept entry.
    first: u64,
    held: Vec<Held>,
    faults: Faults,
    pub(super) ids: ReplayIds,
    /// How many coming events share one id, and the id.
    share: (usize, Option<Vec<u8>>),
}

impl Log {
    pub(super) fn new(ids: ReplayIds, faults: Faults) -> Self {
        Self { entries: VecDeque::new(), first: 0, held: Vec::new(), faults, ids, share: (0, None) }
    }

    /// Index after the newest entry.
    pub(super) fn end(&self) -> u64 {
        self.first + self.entries.len() as u64
    }

    /// Index of the oldest kept entry.
    pub(super) fn start(&self) -> u64 {
        self.first
    }

    /// Kept entries from `index` on.
    pub(super) fn from(&self, index: u64) -> impl Iterator<Item = (u64, &Entry)> {
        let skip = index.saturating_sub(self.first) as usize;
        self.entries.iter().enumerate().skip(skip).map(|(i, entry)| (self.first + i as u64, entry))
    }

    pub(super) fn share_next(&mut self, events: usize) {
        self.share = (events, None);
    }

    /// Tells an event, unless a fault strikes it. The id is given in each case: a publisher does
    /// not learn that its event was lost.
    pub(super) fn append(&mut self, body: Body, now: i64) -> Vec<u8> {
        let can = |kind: &FaultKind| !matches!(kind, FaultKind::Reject { .. } | FaultKind::Expire);
        let fault = self
            .faults
            .take_if("pubsub", "event", can)
            .or_else(|| self.faults.take_if("pubsub", body.name(), can));
        let hold = |until, after_next| Held { body: body.clone(), until, after_next };
        match fault {
            Some(FaultKind::Drop) => return self.ids.mint(),
            Some(FaultKind::Reorder) => {
                self.held.push(hold(now + REORDER_MS, true));
                return self.ids.mint();
            }
            Some(FaultKind::Delay { ms }) => {
                self.held.push(hold(now.saturating_add(ms as i64), false));
                return self.ids.mint();
            }
            Some(FaultKind::Duplicate) => {
                self.push(body.clone(), now, false);
            }
            _ => {}
        }
        let id = self.push(body, now, matches!(fault, Some(FaultKind::Corrupt)));
        self.release(now, true);
        id
    }

    /// Tells held events whose time has come; true if there were any.
    pub(super) fn settle(&mut self, now: i64) -> bool {
        self.release(now, false)
    }

    fn release(&mut self, now: i64, another_was_told: bool) -> bool {
        let due = |held: &Held| held.until <= now || (another_was_told && held.after_next);
        let (told, kept) = std::mem::take(&mut self.held).into_iter().partition(due);
        self.held = kept;
        let told: Vec<Held> = told;
        let any = !told.is_empty();
        for held in told {
            self.push(held.body, now, false);
        }
        any
    }

    fn push(&mut self, body: Body, now: i64, corrupt: bool) -> Vec<u8> {
        let replay_id = match &mut self.share {
            (0, _) => self.ids.mint(),
            (left, shared) => {
                *left -= 1;
                shared.get_or_insert_with(|| self.ids.mint()).clone()
            }
        };
        self.entries.push_back(Entry { replay_id: replay_id.clone(), at: now, body, corrupt });
        self.ids.stands_for(&replay_id, self.end(), now);
        replay_id
    }

    /// Lets go of what is too old.
    pub(super) fn purge(&mut self, before: i64) {
        while self.entries.front().is_some_and(|entry| entry.at < before) {
            self.entries.pop_front();
            self.first += 1;
        }
        self.ids.purge(before);
    }

    /// As after a move of the org: nothing kept, no id known.
    pub(super) fn reset(&mut self) {
        self.first = self.end();
        self.entries.clear();
        self.held.clear();
        self.ids.reset();
    }
}
