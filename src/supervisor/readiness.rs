//! Whether the bridge is ready: one latch a condition (store, sign-in, stream, queues), each held
//! by the task that knows. A task that ends drops its latch and with it closes it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde::Serialize;

use super::lock;
use crate::clock::{Millis, SharedClock};

/// All latches. Cheap to clone.
#[derive(Clone)]
pub struct Readiness {
    clock: SharedClock,
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    latches: BTreeMap<String, LatchState>,
    was_ready: bool,
    draining: bool,
}

/// One condition, as `/ready` shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LatchState {
    /// The condition holds.
    pub open: bool,
    /// Without it the bridge is not ready; the others are only shown.
    pub required: bool,
    /// In words: why not, or how far a stream has come. No personal data.
    pub note: String,
    /// Since when it is open or closed.
    pub since: Millis,
}

/// `State__c` of the health record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Health {
    /// Has not been ready yet.
    Starting,
    /// All required latches are open.
    Ready,
    /// Was ready, and a required latch is closed.
    Degraded,
    /// Ends.
    Draining,
}

impl Health {
    /// The picklist value.
    pub fn label(self) -> &'static str {
        match self {
            Self::Starting => "Starting",
            Self::Ready => "Ready",
            Self::Degraded => "Degraded",
            Self::Draining => "Draining",
        }
    }
}

/// What `/ready` answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// In one word.
    pub state: Health,
    /// Each condition by name.
    pub latches: BTreeMap<String, LatchState>,
}

impl Readiness {
    /// Without latches it is ready: hand out those that are required before anything starts.
    pub fn new(clock: SharedClock) -> Self {
        Self { clock, inner: Arc::default() }
    }

    /// A condition the bridge needs; closed until it is opened.
    pub fn latch(&self, name: &str) -> Latch {
        self.add(name, true)
    }

    /// A condition that is shown, but does not make the bridge unready.
    pub fn remark(&self, name: &str) -> Latch {
        self.add(name, false)
    }

    /// From now on it drains: not ready, and it stays so.
    pub fn drain(&self) {
        lock(&self.inner).draining = true;
    }

    /// How things stand.
    pub fn report(&self) -> Report {
        let inner = lock(&self.inner);
        let ready = inner.latches.values().all(|latch| latch.open || !latch.required);
        let state = match (inner.draining, ready, inner.was_ready) {
            (true, _, _) => Health::Draining,
            (false, true, _) => Health::Ready,
            (false, false, true) => Health::Degraded,
            (false, false, false) => Health::Starting,
        };
        Report { state, latches: inner.latches.clone() }
    }

    fn add(&self, name: &str, required: bool) -> Latch {
        let since = self.clock.now();
        let state = LatchState { open: false, required, note: "starting".into(), since };
        lock(&self.inner).latches.insert(name.to_owned(), state);
        Latch { readiness: self.clone(), name: name.to_owned() }
    }

    fn set(&self, name: &str, open: bool, note: &str) {
        let now = self.clock.now();
        let mut inner = lock(&self.inner);
        if let Some(latch) = inner.latches.get_mut(name) {
            if latch.open != open {
                latch.since = now;
                tracing::info!(latch = name, open, note, "readiness changed");
            }
            latch.open = open;
            note.clone_into(&mut latch.note);
        }
        inner.was_ready |= inner.latches.values().all(|latch| latch.open || !latch.required);
    }
}

/// Held by whoever knows whether the condition holds. Closes when dropped.
pub struct Latch {
    readiness: Readiness,
    name: String,
}

impl Latch {
    /// It holds; the note says how (`subscribed`, `71 h of replay left`).
    pub fn open(&self, note: &str) {
        self.readiness.set(&self.name, true, note);
    }

    /// It does not hold, and why.
    pub fn close(&self, reason: &str) {
        self.readiness.set(&self.name, false, reason);
    }

    /// Tells more without opening or closing.
    pub fn note(&self, note: &str) {
        if let Some(latch) = lock(&self.readiness.inner).latches.get_mut(&self.name) {
            note.clone_into(&mut latch.note);
        }
    }
}

impl Drop for Latch {
    fn drop(&mut self) {
        self.close("its task has ended");
    }
}
