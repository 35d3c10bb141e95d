//! The AWS account, the room's origin, people and the control API, over sockets and with the
//! vendor's own clients.

#![allow(missing_docs, clippy::unwrap_used, reason = "all of this is test code")]

mod chime;
mod control;
mod gateway;
mod media;
mod people;
mod room;
mod sqs;
mod visits;

use std::time::Duration;

use aws_sdk_chimesdkmeetings as chime_sdk;
use aws_sdk_sqs as sqs_sdk;
use chime_emulator::aws::chime::Limits;
use chime_emulator::start::{Config, Emulator, NOTICES, Ports};
use serde_json::Value;
use sqs_sdk::config::{BehaviorVersion, Credentials, Region, retry::RetryConfig};

/// A running emulator with its clients.
pub struct World {
    pub emulator: Emulator,
    pub chime: chime_sdk::Client,
    pub sqs: sqs_sdk::Client,
    pub http: reqwest::Client,
    pub org_id: String,
    _folder: tempfile::TempDir,
}

pub async fn world() -> World {
    world_with(Limits::default()).await
}

pub async fn world_with(limits: Limits) -> World {
    let folder = tempfile::tempdir().unwrap();
    let config = Config {
        ports: Ports::any(),
        data_dir: folder.path().to_path_buf(),
        metadata_dir: std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../force-app"),
        chime: limits,
        poll: Duration::from_millis(20),
        ..Config::default()
    };
    let org_id = config.org_id.clone();
    let emulator = Emulator::start(config).await.unwrap();
    let address = format!("http://{}", emulator.addresses.aws);
    let credentials = Credentials::new("anybody", "emulator", None, None, "test");
    let chime = chime_sdk::Client::from_conf(
        chime_sdk::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-central-1"))
            .credentials_provider(credentials.clone())
            .retry_config(RetryConfig::disabled())
            .endpoint_url(&address)
            .build(),
    );
    let sqs = sqs_sdk::Client::from_conf(
        sqs_sdk::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-central-1"))
            .credentials_provider(credentials)
            .retry_config(RetryConfig::disabled())
            .endpoint_url(&address)
            .build(),
    );
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    World { emulator, chime, sqs, http, org_id, _folder: folder }
}

/// Looks again until `look` gives something; fails after 30 s.
pub async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let end = tokio::time::Instant::now() + Duration::from_secs(30);
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(tokio::time::Instant::now() < end, "never happened: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

impl World {
    /// All notices so far, in order of sending.
    pub fn notices(&self) -> Vec<Value> {
        let messages = self.emulator.sqs.peek(NOTICES);
        messages.iter().map(|m| serde_json::from_str(&m.body).unwrap()).collect()
    }

    /// (eventType, timestamp) of Chime's notices, by timestamp.
    pub fn events(&self) -> Vec<(String, i64)> {
        let mut events: Vec<(String, i64)> = self
            .notices()
            .iter()
            .map(|n| &n["detail"])
            .map(|d| (d["eventType"].as_str().unwrap().into(), d["timestamp"].as_i64().unwrap()))
            .collect();
        events.sort_by_key(|e| e.1);
        events
    }

    /// A meeting made over the wire: its id.
    pub async fn meeting(&self, token: &str) -> String {
        let made = self
            .chime
            .create_meeting()
            .client_request_token(token)
            .media_region("eu-central-1")
            .external_meeting_id("a015e00000000001AA")
            .send()
            .await
            .unwrap();
        made.meeting().unwrap().meeting_id().unwrap().to_string()
    }

    /// An attendee made over the wire.
    pub async fn attendee(&self, meeting: &str, user: &str) -> chime_sdk::types::Attendee {
        let made = self
            .chime
            .create_attendee()
            .meeting_id(meeting)
            .external_user_id(user)
            .send()
            .await
            .unwrap();
        made.attendee().unwrap().clone()
    }
}
