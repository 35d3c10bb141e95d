//! Up to when the bridge has heard what happened. After a start, or after a time in which a queue
//! could not be read, facts wait there that are older than now: a meeting that looks empty may be
//! full of people. Whatever would end a meeting by the clock asks here first.
//!
//! Each source says how far it has come; the slowest one counts. Nothing of it is stored: a bridge
//! that starts has heard nothing yet.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use crate::clock::Millis;

/// How far each source has been heard.
#[derive(Debug, Default)]
pub struct Hearing {
    sources: Mutex<BTreeMap<String, Millis>>,
}

impl Hearing {
    /// Of these sources nothing has been heard yet.
    pub fn of<'a>(sources: impl IntoIterator<Item = &'a str>) -> Self {
        let none = sources.into_iter().map(|name| (name.to_string(), Millis::MIN));
        Self { sources: Mutex::new(none.collect()) }
    }

    /// What this source had to tell of the time before `until` is in the store. It never takes
    /// back what it has said.
    pub fn heard(&self, source: &str, until: Millis) {
        let mut sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = sources.get_mut(source) {
            *known = until.max(*known);
        }
    }

    /// All that happened before this moment has been heard; without sources, everything.
    pub fn until(&self) -> Millis {
        let sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        sources.values().copied().min().unwrap_or(Millis::MAX)
    }
}

/// Polls in a row that must bring nothing older before it is believed that there is nothing older.
const POLLS: usize = 4;

/// How far a queue without order has been heard, from what its polls bring.
///
/// A long poll that finds nothing has asked all of the queue. One that finds something may bring
/// less than there is, and not the oldest: only several in a row say how far it has come.
#[derive(Debug, Default)]
pub struct Soundings {
    /// When the oldest message of each of the last polls was sent.
    oldest: VecDeque<Millis>,
}

impl Soundings {
    /// After a poll that began at `begun` and brought messages, the oldest sent at `oldest`; `full`
    /// if it brought as many as it may. `hidden` is how long a message may be out of sight.
    /// `None`: this poll says nothing.
    pub fn poll(
        &mut self,
        begun: Millis,
        oldest: Option<Millis>,
        full: bool,
        hidden: Millis,
    ) -> Option<Millis> {
        let Some(oldest) = oldest else {
            self.oldest.clear();
            return Some(begun);
        };
        if full {
            self.oldest.clear();
            return None;
        }
        self.oldest.push_back(oldest.min(begun));
        if self.oldest.len() > POLLS {
            self.oldest.pop_front();
        }
        let enough = self.oldest.len() == POLLS;
        self.oldest.iter().min().filter(|_| enough).map(|oldest| oldest - hidden)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_poll_that_brings_something_is_believed_only_with_others_like_it() {
        let mut soundings = Soundings::default();
        assert_eq!(soundings.poll(100, None, false, 15), Some(100), "all of it was asked");
        for begun in [110, 120, 130] {
            assert_eq!(soundings.poll(begun, Some(begun - 2), false, 15), None);
        }
        assert_eq!(soundings.poll(140, Some(139), false, 15), Some(108 - 15));
        assert_eq!(soundings.poll(150, Some(20), false, 15), Some(5), "an old one comes late");
        assert_eq!(soundings.poll(160, Some(159), true, 15), None, "any of many");
        assert_eq!(soundings.poll(170, Some(169), false, 15), None, "it begins anew");
        assert_eq!(soundings.poll(180, None, false, 15), Some(180));
    }

    #[test]
    fn the_slowest_source_counts_and_nothing_is_taken_back() {
        let hearing = Hearing::of(["notices", "signals"]);
        hearing.heard("notices", 10);
        assert_eq!(hearing.until(), Millis::MIN, "of signals nothing was heard yet");
        hearing.heard("signals", 7);
        assert_eq!(hearing.until(), 7);
        hearing.heard("signals", 3);
        hearing.heard("strangers", 1);
        assert_eq!(hearing.until(), 7);
        hearing.heard("signals", 12);
        assert_eq!(hearing.until(), 10);
        assert_eq!(Hearing::of([]).until(), Millis::MAX);
    }
}
