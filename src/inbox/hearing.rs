//! Up to when the bridge has heard what happened. After a start, or after a time in which a queue
//! could not be read, facts wait there that are older than now: a meeting that looks empty may be
//! full of people. Whatever would end a meeting by the clock asks here first.
//!
//! Each source says how far it has come; the slowest one counts. Nothing of it is stored: a bridge
//! that starts has heard nothing yet.

use std::collections::BTreeMap;
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

#[cfg(test)]
mod tests {
    use super::*;

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
