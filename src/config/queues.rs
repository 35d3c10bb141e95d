//! `[queues]`: how the two queues are polled.

use serde::{Deserialize, Serialize};

use super::findings::Findings;

/// `[queues]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Queues {
    /// How long one call waits for messages, seconds (SQS allows 20).
    pub wait_seconds: u32,
    /// Messages of one call (SQS allows 10).
    pub batch: u32,
    /// A message handed out is hidden this long, seconds. A bridge that is killed meanwhile makes
    /// its message wait so long: a host's *End* too.
    pub hidden_seconds: u32,
}

impl Default for Queues {
    fn default() -> Self {
        Self { wait_seconds: 20, batch: 10, hidden_seconds: 15 }
    }
}

impl Queues {
    pub(super) fn check(&self, findings: &mut Findings<'_>) {
        findings.within("queues.wait_seconds", self.wait_seconds, 0, 20);
        findings.within("queues.batch", self.batch, 1, 10);
        findings.within("queues.hidden_seconds", self.hidden_seconds, 1, 43_200);
    }
}
