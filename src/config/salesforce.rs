//! `[salesforce]`: which org, who we are there, and how its event stream is followed.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::findings::{DAY, Findings, SALESFORCE};
use crate::clock::Millis;

/// How the bridge signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Auth {
    /// OAuth JWT bearer: `key_file`, `username`, `audience`.
    Jwt,
    /// OAuth client credentials: `client_secret_file`.
    ClientCredentials,
}

/// Where a topic without a stored position begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FirstStart {
    /// With the next event.
    Latest,
    /// With the oldest event Salesforce still has (72 hours).
    Earliest,
}

/// What happens when Salesforce no longer knows the stored position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnLostReplay {
    /// The stream stops and `/ready` says so, until somebody decides.
    Stop,
    /// From the oldest event; what took effect before takes none again.
    Earliest,
}

/// `[salesforce]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Salesforce {
    /// My Domain address, `https://NAME.my.salesforce.com`.
    pub instance_url: String,
    /// `jwt` or `client-credentials`.
    pub auth: Auth,
    /// Consumer key of the external client app.
    pub client_id: String,
    /// Integration user (JWT).
    pub username: String,
    /// Who the assertion is for (JWT).
    pub audience: String,
    /// Private key in PEM (JWT).
    pub key_file: Option<PathBuf>,
    /// File with the consumer secret (client credentials).
    pub client_secret_file: Option<PathBuf>,
    /// REST API version.
    pub api_version: String,
    /// Namespace of a packaged installation; empty for none.
    pub namespace: String,
    /// Pub/Sub API address.
    pub pubsub_endpoint: String,
    /// Further certificate authority to trust, in PEM.
    pub ca_file: Option<PathBuf>,
    /// Topic of commands, without namespace.
    pub command_topic: String,
    /// Channel of change events; empty for none.
    pub change_topic: String,
    /// Where a topic without a stored position begins.
    pub first_start: FirstStart,
    /// What happens when the stored position is no longer known.
    pub on_lost_replay: OnLostReplay,
    /// A stream without a word for this long is dead (keep-alives come within 270 s).
    pub silence_ms: Millis,
    /// First wait before connecting again.
    pub backoff_min_ms: Millis,
    /// Longest wait before connecting again.
    pub backoff_max_ms: Millis,
    /// Wait when the org's event deliveries are used up.
    pub allocation_wait_ms: Millis,
    /// A stream that was not refused for this long counts as ready.
    pub settle_ms: Millis,
    /// Shortest wait when the org asks to be called less often.
    pub slow_wait_ms: Millis,
    /// Wait between looks when only an administrator can help.
    pub probe_ms: Millis,
    /// The stream's connection is tested with a ping this often,
    pub ping_ms: Millis,
    /// and is dead when a ping is not answered for this long.
    pub ping_timeout_ms: Millis,
    /// An event whose schema the org refuses for this long becomes a dead letter with its bytes.
    pub schema_patience_ms: Millis,
    /// Longest time to connect, for REST, sign-in and stream.
    pub connect_timeout_ms: Millis,
    /// Longest time for a REST call or a sign-in.
    pub call_timeout_ms: Millis,
    /// Wait when the org's API calls are used up.
    pub limit_wait_ms: Millis,
    /// A token is renewed after this long at the latest.
    pub session_life_ms: Millis,
    /// Share of the org's daily API calls after which the bridge saves them, 0–1.
    pub daily_api_brake: f64,
}

impl Default for Salesforce {
    fn default() -> Self {
        Self {
            instance_url: String::new(),
            auth: Auth::Jwt,
            client_id: String::new(),
            username: String::new(),
            audience: "https://login.salesforce.com".into(),
            key_file: None,
            client_secret_file: None,
            api_version: "67.0".into(),
            namespace: String::new(),
            pubsub_endpoint: "https://api.pubsub.salesforce.com:7443".into(),
            ca_file: None,
            command_topic: "/event/Chime_Command__e".into(),
            change_topic: "/data/Chime_Bridge__chn".into(),
            first_start: FirstStart::Latest,
            on_lost_replay: OnLostReplay::Stop,
            silence_ms: 300_000,
            backoff_min_ms: 1_000,
            backoff_max_ms: 60_000,
            allocation_wait_ms: 900_000,
            settle_ms: 5_000,
            slow_wait_ms: 30_000,
            probe_ms: 300_000,
            ping_ms: 30_000,
            ping_timeout_ms: 10_000,
            schema_patience_ms: 48 * 3_600_000,
            connect_timeout_ms: 10_000,
            call_timeout_ms: 120_000,
            limit_wait_ms: 900_000,
            session_life_ms: 3_600_000,
            daily_api_brake: 0.8,
        }
    }
}

impl Salesforce {
    pub(super) fn check(&self, findings: &mut Findings<'_>) {
        if self.instance_url.is_empty() {
            findings.required("salesforce.instance_url", false, "the org's My Domain address");
        } else {
            findings.endpoint("salesforce.instance_url", &self.instance_url, SALESFORCE);
        }
        findings.endpoint("salesforce.pubsub_endpoint", &self.pubsub_endpoint, SALESFORCE);
        let client = !self.client_id.is_empty();
        findings.required("salesforce.client_id", client, "the external client app's consumer key");
        match self.auth {
            Auth::Jwt => {
                let username = !self.username.is_empty();
                findings.required("salesforce.username", username, "the integration user's name");
                let key = self.key_file.is_some();
                findings.required("salesforce.key_file", key, "the private key's file (PEM)");
                findings.endpoint("salesforce.audience", &self.audience, SALESFORCE);
            }
            Auth::ClientCredentials => findings.required(
                "salesforce.client_secret_file",
                self.client_secret_file.is_some(),
                "the file with the consumer secret",
            ),
        }
        for (key, path) in [
            ("salesforce.key_file", &self.key_file),
            ("salesforce.client_secret_file", &self.client_secret_file),
            ("salesforce.ca_file", &self.ca_file),
        ] {
            if let Some(path) = path {
                findings.path(key, path);
            }
        }
        if !is_version(&self.api_version) {
            findings.add("salesforce.api_version", "is not a version", "write it like 67.0");
        }
        if !is_namespace(&self.namespace) {
            let remedy = "use the package's namespace without underscores, or leave it empty";
            findings.add("salesforce.namespace", "is not a namespace", remedy);
        }
        if !self.command_topic.starts_with("/event/") {
            let remedy = "topics of events begin with /event/";
            findings.add("salesforce.command_topic", "is not a topic of events", remedy);
        }
        if !(self.change_topic.is_empty() || self.change_topic.starts_with("/data/")) {
            let remedy = "channels of changes begin with /data/; empty for none";
            findings.add("salesforce.change_topic", "is not a channel of changes", remedy);
        }
        findings.backoff("salesforce", self.backoff_min_ms, self.backoff_max_ms);
        findings.within("salesforce.silence_ms", self.silence_ms, 1, DAY);
        for (key, time, most) in [
            ("salesforce.allocation_wait_ms", self.allocation_wait_ms, DAY),
            ("salesforce.settle_ms", self.settle_ms, DAY),
            ("salesforce.slow_wait_ms", self.slow_wait_ms, DAY),
            ("salesforce.probe_ms", self.probe_ms, DAY),
            ("salesforce.ping_ms", self.ping_ms, DAY),
            ("salesforce.ping_timeout_ms", self.ping_timeout_ms, DAY),
            // Salesforce keeps an event for 72 hours; later it could not be told of any more.
            ("salesforce.schema_patience_ms", self.schema_patience_ms, 3 * DAY),
            ("salesforce.connect_timeout_ms", self.connect_timeout_ms, DAY),
            ("salesforce.call_timeout_ms", self.call_timeout_ms, DAY),
        ] {
            findings.within(key, time, 1, most);
        }
        findings.within("salesforce.limit_wait_ms", self.limit_wait_ms, 1, DAY);
        findings.within("salesforce.session_life_ms", self.session_life_ms, 1, DAY);
        findings.within("salesforce.daily_api_brake", self.daily_api_brake, 0.0, 1.0);
    }
}

fn is_version(text: &str) -> bool {
    text.split_once('.').is_some_and(|(major, minor)| {
        minor == "0" && major.len() == 2 && major.bytes().all(|b| b.is_ascii_digit())
    })
}

fn is_namespace(text: &str) -> bool {
    text.len() <= 15
        && !text.contains("__")
        && !text.ends_with('_')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}
