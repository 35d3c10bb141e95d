//! Settings of the event stream. Every wait is one of them, so that a test can shorten it.

use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use crate::salesforce::schema::Namespace;

/// Where to begin when no position is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum FirstStart {
    /// Only what comes from now on.
    #[default]
    Latest,
    /// All the org still keeps (72 h). Counts against the delivery allocation.
    Earliest,
}

/// What to do when the org no longer knows our position. A reconcile is asked for either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum ReplayLost {
    /// Stay off and tell: somebody decides.
    Stop,
    /// Read again all the org still keeps; what was handled is not handled twice.
    #[default]
    Earliest,
}

/// Settings of the event stream. Times are milliseconds.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Pub/Sub API endpoint.
    pub endpoint: String,
    /// Certificates (PEM) to trust besides the public ones.
    pub ca_file: Option<PathBuf>,
    /// Topic of the commands, without namespace.
    pub commands: String,
    /// Topic of the change events, without namespace; empty where the package `cdc` is not installed.
    pub changes: String,
    /// Where to begin when no position is stored.
    pub first_start: FirstStart,
    /// What to do when the stored position is lost.
    pub on_replay_lost: ReplayLost,
    /// Events of one topic that may be on their way through the inbox.
    pub queue_events: u32,
    /// Events asked for at once; the org takes at most 100.
    pub credit: u32,
    /// A connected stream that says nothing for this long is dead. The org speaks within 270 s.
    pub silence_ms: u64,
    /// A stream that was not refused for this long counts as ready; the org accepts a stream some
    /// seconds before it answers for it.
    pub settle_ms: u64,
    /// Longest time to connect.
    pub connect_ms: u64,
    /// Longest time for a schema to come.
    pub call_ms: u64,
    /// HTTP/2 ping interval.
    pub ping_ms: u64,
    /// Longest wait for the answer to a ping.
    pub ping_timeout_ms: u64,
    /// First wait before connecting again; it doubles.
    pub retry_first_ms: u64,
    /// Longest such wait.
    pub retry_most_ms: u64,
    /// Shortest wait when the org asks to be called less often.
    pub slow_ms: u64,
    /// First wait when the org's delivery allocation is used up; it doubles.
    pub allocation_first_ms: u64,
    /// Longest such wait.
    pub allocation_most_ms: u64,
    /// Wait between tries when only an administrator can help.
    pub probe_ms: u64,
    /// An event whose schema the org refuses for this long is put aside as a dead letter. The org
    /// keeps events for 72 h, so this leaves a day.
    pub schema_patience_ms: u64,
    /// Largest message taken, in bytes: 100 events of 1 MB, and some.
    pub largest_message_bytes: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            endpoint: "https://api.pubsub.salesforce.com:7443".to_string(),
            ca_file: None,
            commands: "/event/Chime_Command__e".to_string(),
            changes: "/data/Chime_Bridge__chn".to_string(),
            first_start: FirstStart::default(),
            on_replay_lost: ReplayLost::default(),
            queue_events: 2_000,
            credit: 100,
            silence_ms: 300_000,
            settle_ms: 5_000,
            connect_ms: 10_000,
            call_ms: 30_000,
            ping_ms: 30_000,
            ping_timeout_ms: 10_000,
            retry_first_ms: 1_000,
            retry_most_ms: 60_000,
            slow_ms: 30_000,
            allocation_first_ms: 900_000,
            allocation_most_ms: 3_600_000,
            probe_ms: 300_000,
            schema_patience_ms: 48 * 3_600_000,
            largest_message_bytes: 128 * 1024 * 1024,
        }
    }
}

impl Settings {
    /// The topics to subscribe to, with the namespace of a packaged installation.
    pub fn topics(&self, namespace: &Namespace) -> Vec<String> {
        [&self.commands, &self.changes]
            .into_iter()
            .filter(|topic| !topic.is_empty())
            .map(|topic| namespace.add_to_topic(topic))
            .collect()
    }
}

/// A setting in milliseconds as a duration.
pub(super) fn ms(value: u64) -> Duration {
    Duration::from_millis(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_carry_the_namespace_and_an_empty_one_is_left_out() {
        let packaged = Namespace::new(Some("chime"));
        assert_eq!(
            Settings::default().topics(&packaged),
            ["/event/chime__Chime_Command__e", "/data/chime__Chime_Bridge__chn"]
        );
        let settings = Settings { changes: String::new(), ..Settings::default() };
        assert_eq!(settings.topics(&Namespace::default()), ["/event/Chime_Command__e"]);
    }

    #[test]
    fn an_unknown_setting_is_an_error() {
        assert!(serde_json::from_str::<Settings>(r#"{"silence_s": 5}"#).is_err());
        let settings: Settings =
            serde_json::from_str(r#"{"first_start":"earliest","on_replay_lost":"stop"}"#).unwrap();
        assert_eq!(settings.first_start, FirstStart::Earliest);
        assert_eq!(settings.on_replay_lost, ReplayLost::Stop);
    }
}
