//! `[reconcile]`: how often the records are compared with what is.

use serde::{Deserialize, Serialize};

use super::findings::{DAY, Findings};
use crate::clock::Millis;

/// `[reconcile]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Reconcile {
    /// Time between two comparisons.
    pub every_ms: Millis,
}

impl Default for Reconcile {
    fn default() -> Self {
        Self { every_ms: 180_000 }
    }
}

impl Reconcile {
    pub(super) fn check(&self, findings: &mut Findings<'_>) {
        findings.within("reconcile.every_ms", self.every_ms, 1, DAY);
    }
}
