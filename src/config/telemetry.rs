//! `[telemetry]`: how the log is written.

use serde::{Deserialize, Serialize};
use tracing_subscriber::EnvFilter;

use super::findings::Findings;

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// One JSON object a line.
    Json,
    /// For people.
    Human,
}

/// `[telemetry]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Telemetry {
    /// `json` or `human`.
    pub format: Format,
    /// `error`, `warn`, `info`, `debug`, `trace`, or by module: `info,chime_bridge::outbox=debug`.
    pub level: String,
}

impl Default for Telemetry {
    fn default() -> Self {
        Self { format: Format::Json, level: "info".into() }
    }
}

impl Telemetry {
    pub(super) fn check(&self, findings: &mut Findings<'_>) {
        if let Err(e) = EnvFilter::try_new(&self.level) {
            let remedy = "write it like info or info,chime_bridge::outbox=debug";
            findings.add("telemetry.level", format!("is not a level: {e}"), remedy);
        }
    }
}
