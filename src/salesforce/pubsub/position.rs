//! Which replay id may be stored, and where to begin. Pure.
//!
//! A subscription resumes *after* the id it names, and one id can stand for several events, even
//! across two responses. So an id is stored only once it is known to be over: a different id, or
//! an empty response, has come after it. The position an empty response names may be ahead of all
//! events; it counts only when nothing is on its way. Ids are bytes; they are compared for
//! equality and nothing else.
//!
//! A position handed out is stored in one transaction with the delivery it is attached to. It may
//! cover deliveries handed out earlier, so the inbox must take deliveries of a topic in order and
//! must not take a later one after it let an earlier one go.

use super::settings::FirstStart;

/// What of one stream may be stored.
#[derive(Debug, Clone, Default)]
pub struct Position {
    /// Id of the last event; more events of it may follow.
    last: Option<Vec<u8>>,
    /// Last id that is over and was not handed out.
    over: Option<Vec<u8>>,
}

impl Position {
    /// A non-empty response, by its events' ids in order. Returns what its delivery may carry.
    pub fn events<'a>(&mut self, ids: impl IntoIterator<Item = &'a [u8]>) -> Option<Vec<u8>> {
        for id in ids {
            if self.last.as_deref() == Some(id) {
                continue;
            }
            self.finish_last();
            self.last = Some(id.to_vec());
        }
        self.over.take()
    }

    /// An empty response. Returns the position to store, if one is safe now.
    pub fn empty(&mut self, latest: &[u8], in_flight: bool) -> Option<Vec<u8>> {
        self.finish_last();
        if in_flight || latest.is_empty() {
            return self.over.take();
        }
        self.over = None;
        Some(latest.to_vec())
    }

    fn finish_last(&mut self) {
        if let Some(id) = self.last.take().filter(|id| !id.is_empty()) {
            self.over = Some(id);
        }
    }
}

/// Where a stream begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    /// After this id.
    After(Vec<u8>),
    /// With the oldest event kept.
    Earliest,
    /// With what comes from now on.
    Latest,
}

impl Start {
    /// For the log.
    pub(super) fn word(&self) -> String {
        match self {
            Self::After(id) => format!("after {}", hex::encode(id)),
            Self::Earliest => "earliest".to_string(),
            Self::Latest => "latest".to_string(),
        }
    }

    /// Decides where to begin.
    ///
    /// * `stored`: the position in the store.
    /// * `seen`: the last id this process received; better than *latest* after a break that came
    ///   before any position could be stored.
    /// * `lost`: the position the org refused (`Some(None)`: it refused a start without one).
    pub fn choose(
        stored: Option<Vec<u8>>,
        seen: Option<Vec<u8>>,
        lost: Option<&Option<Vec<u8>>>,
        first: FirstStart,
    ) -> Self {
        if lost.is_some_and(|lost| *lost == stored) {
            return Self::Earliest;
        }
        match (stored, seen, first) {
            (Some(id), _, _) | (None, Some(id), FirstStart::Latest) => Self::After(id),
            (None, _, FirstStart::Earliest) => Self::Earliest,
            (None, None, FirstStart::Latest) => Self::Latest,
        }
    }
}

#[cfg(test)]
#[path = "position_tests.rs"]
mod tests;
