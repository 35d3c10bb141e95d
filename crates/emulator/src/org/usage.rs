//! API calls of the last 24 hours against the daily limit, and calls by resource since the start.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

const DAY_MS: i64 = 86_400_000;

/// Counters of API calls.
#[derive(Debug)]
pub struct ApiUsage {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    limit: u64,
    calls: u64,
    window: std::collections::VecDeque<i64>,
    by_resource: BTreeMap<String, u64>,
}

impl ApiUsage {
    /// None used.
    pub fn new(limit: u64) -> ApiUsage {
        ApiUsage { inner: Mutex::new(Inner { limit, ..Inner::default() }) }
    }

    /// Counts a call; its number since the start (from 1), or none when the day's are used up.
    ///
    /// INFERRED: refused calls are not counted.
    pub fn call(&self, resource: &str, now: i64) -> Option<u64> {
        let mut inner = self.inner(now);
        if inner.window.len() as u64 >= inner.limit {
            return None;
        }
        inner.window.push_back(now);
        inner.calls += 1;
        *inner.by_resource.entry(resource.into()).or_default() += 1;
        Some(inner.calls)
    }

    /// (used, limit) of the last 24 hours.
    pub fn used(&self, now: i64) -> (u64, u64) {
        let inner = self.inner(now);
        (inner.window.len() as u64, inner.limit)
    }

    /// Calls by resource since the start.
    pub fn by_resource(&self) -> BTreeMap<String, u64> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).by_resource.clone()
    }

    /// Another daily limit.
    pub fn set_limit(&self, limit: u64) {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).limit = limit;
    }

    fn inner(&self, now: i64) -> MutexGuard<'_, Inner> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        while inner.window.front().is_some_and(|at| *at <= now - DAY_MS) {
            inner.window.pop_front();
        }
        inner
    }
}
