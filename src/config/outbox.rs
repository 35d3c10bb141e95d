//! `[outbox]`: how long changes gather before Salesforce is told, and how often one is tried.

use serde::{Deserialize, Serialize};

use super::findings::Findings;
use crate::clock::Millis;

/// `[outbox]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Outbox {
    /// A change waits this long for others.
    pub linger_ms: Millis,
    /// … when much is going on.
    pub linger_busy_ms: Millis,
    /// From this many changed records a second on, much is going on.
    pub busy_records_per_second: u32,
    /// Tries before a change is given up and becomes a dead letter.
    pub max_attempts: u32,
    /// Wait after the first failure.
    pub backoff_min_ms: Millis,
    /// Longest wait.
    pub backoff_max_ms: Millis,
}

impl Default for Outbox {
    fn default() -> Self {
        Self {
            linger_ms: 250,
            linger_busy_ms: 1_000,
            busy_records_per_second: 10,
            max_attempts: 12,
            backoff_min_ms: 1_000,
            backoff_max_ms: 300_000,
        }
    }
}

impl Outbox {
    pub(super) fn check(&self, findings: &mut Findings<'_>) {
        findings.within("outbox.linger_ms", self.linger_ms, 0, 60_000);
        findings.within("outbox.linger_busy_ms", self.linger_busy_ms, 0, 60_000);
        findings.within("outbox.busy_records_per_second", self.busy_records_per_second, 1, 10_000);
        findings.within("outbox.max_attempts", self.max_attempts, 1, 1_000);
        findings.backoff("outbox", self.backoff_min_ms, self.backoff_max_ms);
    }
}
