//! The emulated org over a real socket: what it answers, what it writes, what the bus is told.

#![allow(missing_docs, reason = "names in tests speak for themselves")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod bus;
mod collections;
mod composite;
mod faults;
mod inside;
mod oauth;
mod query;
mod records;

use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex};

use chime_emulator::clock::Clock;
use chime_emulator::faults::{Fault, FaultKind, Faults};
use chime_emulator::org::bus::{PublishError, Published, Record, RecordChange, Usage};
use chime_emulator::org::metadata::{Metadata, Package};
use chime_emulator::org::oauth::{Client, ClientKey};
use chime_emulator::org::sink::EventSink;
use chime_emulator::org::{Org, OrgConfig};
use serde_json::{Value, json};

pub const ADMIN: &str = "admin@emulator.example";
pub const BRIDGE: &str = "bridge@emulator.example";
pub const MEETING: &str = "Chime_Meeting__c";
pub const PARTICIPANT: &str = "Chime_Participant__c";
pub const SESSION: &str = "Chime_Participant_Session__c";
pub const RECORDING: &str = "Chime_Recording__c";

/// One key for all tests: making one takes a second.
pub static KEY: LazyLock<ClientKey> = LazyLock::new(|| ClientKey::generate().unwrap());

/// A bus that remembers.
#[derive(Default)]
pub struct Heard {
    pub transactions: Mutex<Vec<Vec<RecordChange>>>,
    pub events: Mutex<Vec<(String, Record, String)>>,
}

impl EventSink for Heard {
    fn record_changes(&self, changes: Vec<RecordChange>) {
        self.transactions.lock().unwrap().push(changes);
    }

    fn publish(&self, event: &str, fields: Record, user: &str) -> Result<Published, PublishError> {
        let mut events = self.events.lock().unwrap();
        events.push((event.into(), fields, user.into()));
        Ok(Published { uuid: format!("uuid-{}", events.len()), replay_id: vec![1] })
    }

    fn metadata_changed(&self, _metadata: Arc<Metadata>) {}

    fn usage(&self) -> Usage {
        Usage { limit: 25_000, used: 7 }
    }
}

/// An org on a socket with a client for the administrator and one for the bridge.
pub struct World {
    pub org: Arc<Org>,
    pub heard: Arc<Heard>,
    pub clock: Clock,
    pub faults: Faults,
    pub url: String,
    pub http: reqwest::Client,
    server: tokio::task::JoinHandle<()>,
}

impl Drop for World {
    fn drop(&mut self) {
        self.server.abort();
    }
}

pub fn package() -> Package {
    let force_app = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../force-app");
    Package::read(&Package::folders(&force_app).unwrap(), None).unwrap()
}

impl World {
    pub async fn start() -> World {
        let (clock, faults) = (Clock::default(), Faults::default());
        let heard = Arc::new(Heard::default());
        let org =
            Org::new(package(), heard.clone(), clock.clone(), faults.clone(), OrgConfig::default());
        for (id, run_as) in [("admin-client", ADMIN), ("bridge-client", BRIDGE)] {
            org.register_client(Client {
                id: id.into(),
                secret: Some("hush".into()),
                public_keys: vec![KEY.public_pem.clone()],
                run_as: Some(run_as.into()),
                approved: vec![run_as.into()],
            });
        }
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        org.set_base_url(&url);
        let router = org.clone().router();
        let server = in_background(async move {
            axum::serve(listener, router).await.unwrap();
        });
        let http = reqwest::Client::builder().build().unwrap();
        World { org, heard, clock, faults, url, http, server }
    }

    /// Logs a client in by its credentials.
    pub async fn login(&self, client: &str) -> Caller {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", client),
            ("client_secret", "hush"),
        ];
        let (status, body) = self.token(&form).await;
        assert_eq!(status, 200, "{body}");
        Caller {
            http: self.http.clone(),
            base: format!("{}/services/data/v67.0", self.url),
            token: body["access_token"].as_str().unwrap().into(),
        }
    }

    pub async fn admin(&self) -> Caller {
        self.login("admin-client").await
    }

    pub async fn bridge(&self) -> Caller {
        self.login("bridge-client").await
    }

    pub async fn token(&self, form: &[(&str, &str)]) -> (u16, Value) {
        let url = format!("{}/services/oauth2/token", self.url);
        let answer = self.http.post(url).form(form).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    /// A meeting made by the administrator from inside.
    pub fn meeting(&self) -> String {
        self.org.insert(ADMIN, MEETING, json!({"Subject__c": "Quarterly talk"})).unwrap()
    }

    pub fn participant(&self, meeting: &str) -> String {
        let seat = json!({"Meeting__c": meeting, "Display_Name__c": "Guest", "Role__c": "Guest"});
        self.org.insert(ADMIN, PARTICIPANT, seat).unwrap()
    }

    pub fn order(&self, call: &str, kind: FaultKind) {
        let service = "rest".to_string();
        self.faults.add(Fault { service, call: call.into(), kind, times: 1, chance: 1.0 });
    }

    /// What the bus heard last.
    pub fn last_transaction(&self) -> Vec<RecordChange> {
        self.heard.transactions.lock().unwrap().last().cloned().unwrap()
    }

    pub fn transactions(&self) -> usize {
        self.heard.transactions.lock().unwrap().len()
    }
}

#[allow(clippy::disallowed_methods, reason = "a test's own server")]
fn in_background(serve: impl Future<Output = ()> + Send + 'static) -> tokio::task::JoinHandle<()> {
    tokio::spawn(serve)
}

/// Somebody with a token.
pub struct Caller {
    pub http: reqwest::Client,
    pub base: String,
    pub token: String,
}

impl Caller {
    pub fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let url = format!("{}{path}", self.base);
        self.http.request(method.parse().unwrap(), url).bearer_auth(&self.token)
    }

    pub async fn call(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let mut request = self.request(method, path);
        if !body.is_null() {
            request = request.json(&body);
        }
        read(request.send().await.unwrap()).await
    }

    pub async fn get(&self, path: &str) -> (u16, Value) {
        self.call("GET", path, Value::Null).await
    }

    pub async fn query(&self, soql: &str) -> (u16, Value) {
        let path = format!("/query?q={}", escaped(soql));
        self.get(&path).await
    }
}

pub fn escaped(text: &str) -> String {
    text.bytes()
        .map(|b| match b {
            b' ' => "+".to_string(),
            b if b.is_ascii_alphanumeric() => char::from(b).to_string(),
            b => format!("%{b:02X}"),
        })
        .collect()
}

pub async fn read(answer: reqwest::Response) -> (u16, Value) {
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    let body = if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap() };
    (status, body)
}

/// The code of a whole-call error.
pub fn code(body: &Value) -> &str {
    body[0]["errorCode"].as_str().unwrap_or_else(|| panic!("no error list: {body}"))
}
