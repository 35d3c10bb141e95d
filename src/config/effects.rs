//! `[effects]`: how many calls to AWS run at once, and how often one is tried.

use serde::{Deserialize, Serialize};

use super::findings::Findings;
use crate::clock::Millis;

/// `[effects]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Effects {
    /// Effects running at once.
    pub concurrency: u32,
    /// Tries before an effect is given up and becomes a dead letter.
    pub max_attempts: u32,
    /// Wait after the first failure.
    pub backoff_min_ms: Millis,
    /// Longest wait.
    pub backoff_max_ms: Millis,
}

impl Default for Effects {
    fn default() -> Self {
        Self { concurrency: 32, max_attempts: 8, backoff_min_ms: 500, backoff_max_ms: 60_000 }
    }
}

impl Effects {
    pub(super) fn check(&self, findings: &mut Findings<'_>) {
        findings.within("effects.concurrency", self.concurrency, 1, 1_000);
        findings.within("effects.max_attempts", self.max_attempts, 1, 1_000);
        findings.backoff("effects", self.backoff_min_ms, self.backoff_max_ms);
    }
}
