//! What the sender's tests stand on: a store of rows in memory, and a small org on a real socket
//! that answers composite calls as a script says.

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use chime_contract::Secret;
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::clock::Millis;
use crate::meeting::effect::Effect;
use crate::meeting::model::Meeting;
use crate::outbox::row::{Change, RecordKey};
use crate::outbox::vault::{Vault, VaultError};
use crate::salesforce::session::{Session, SessionError, SessionSource};
use crate::store::{
    Counts, DeadLetter, EffectRow, Fingerprint, Link, OutboxRow, Result, Store, Tx,
};

type Key = (String, RecordKey);

/// Rows and letters.
#[derive(Default)]
pub struct Rows {
    pub rows: BTreeMap<Key, OutboxRow>,
    pub letters: BTreeMap<String, DeadLetter>,
}

/// The outbox part of a store, in memory.
#[derive(Clone, Default)]
pub struct MemoryStore(pub Arc<Mutex<Rows>>);

impl MemoryStore {
    pub fn put(&self, change: Change, now: Millis) {
        put(&mut self.0.lock().unwrap(), change, now, now);
    }

    pub fn waiting(&self) -> usize {
        self.0.lock().unwrap().rows.len()
    }

    pub fn letters(&self) -> Vec<DeadLetter> {
        self.0.lock().unwrap().letters.values().cloned().collect()
    }
}

fn put(rows: &mut Rows, change: Change, due_at: Millis, now: Millis) {
    let key = (change.object.clone(), change.key.clone());
    match rows.rows.get_mut(&key) {
        Some(row) => {
            row.change.merge(change);
            row.generation += 1;
            row.due_at = row.due_at.min(due_at);
        }
        None => {
            let row = OutboxRow { change, generation: 1, attempts: 0, due_at, wanted_at: now };
            rows.rows.insert(key, row);
        }
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn begin(&self) -> Result<Box<dyn Tx>> {
        Ok(Box::new(MemoryTx { store: self.clone(), todo: Vec::new() }))
    }
    async fn due_outbox(
        &self,
        now: Millis,
        limit: u32,
        without: &HashSet<String>,
    ) -> Result<Vec<OutboxRow>> {
        let inner = self.0.lock().unwrap();
        let mut lanes: BTreeMap<&str, Vec<&OutboxRow>> = BTreeMap::new();
        for row in inner.rows.values() {
            lanes.entry(&row.change.lane).or_default().push(row);
        }
        lanes.retain(|lane, rows| {
            !without.contains(*lane) && rows.iter().all(|row| row.due_at <= now)
        });
        let mut lanes: Vec<_> = lanes.into_values().collect();
        lanes.sort_by_key(|rows| rows.iter().map(|row| row.wanted_at).min());
        let mut due = Vec::new();
        for rows in lanes {
            if due.len() >= limit as usize {
                break;
            }
            due.extend(rows.into_iter().cloned());
        }
        Ok(due)
    }
    async fn next_outbox(&self) -> Result<Option<Millis>> {
        Ok(self.0.lock().unwrap().rows.values().map(|row| row.due_at).min())
    }
    async fn meeting(&self, _: &str) -> Result<Option<Meeting>> {
        unreachable!()
    }
    async fn open_meetings(&self, _: &str, _: u32) -> Result<Vec<String>> {
        unreachable!()
    }
    async fn final_meetings(&self, _: &str, _: u32) -> Result<Vec<String>> {
        unreachable!()
    }
    async fn linked(&self, _: &Link) -> Result<Option<String>> {
        unreachable!()
    }
    async fn due_effects(&self, _: Millis, _: u32, _: &HashSet<String>) -> Result<Vec<EffectRow>> {
        unreachable!()
    }
    async fn next_effect(&self) -> Result<Option<Millis>> {
        unreachable!()
    }
    async fn due_deadlines(&self, _: Millis, _: u32) -> Result<Vec<String>> {
        unreachable!()
    }
    async fn next_deadline(&self) -> Result<Option<Millis>> {
        unreachable!()
    }
    async fn secret(&self, _: &str) -> Result<Option<Vec<u8>>> {
        unreachable!()
    }
    async fn position(&self, _: &str) -> Result<Option<Vec<u8>>> {
        unreachable!()
    }
    async fn dead_letters(&self, _: bool, _: u32) -> Result<Vec<DeadLetter>> {
        unreachable!()
    }
    async fn dead_letter(&self, _: &str) -> Result<Option<DeadLetter>> {
        unreachable!()
    }
    async fn counts(&self) -> Result<Counts> {
        unreachable!()
    }
    async fn note(&self, _: &str) -> Result<Option<String>> {
        unreachable!()
    }
}

type Step = Box<dyn FnOnce(&mut Rows) + Send>;

struct MemoryTx {
    store: MemoryStore,
    todo: Vec<Step>,
}

#[async_trait]
impl Tx for MemoryTx {
    async fn put_changes(
        &mut self,
        changes: Vec<Change>,
        due_at: Millis,
        now: Millis,
    ) -> Result<()> {
        for change in changes {
            self.todo.push(Box::new(move |rows| put(rows, change, due_at, now)));
        }
        Ok(())
    }
    async fn finish_change(&mut self, row: &OutboxRow) -> Result<()> {
        let row = row.clone();
        self.todo.push(Box::new(move |rows| {
            let key = (row.change.object.clone(), row.change.key.clone());
            if rows.rows.get(&key).is_some_and(|now| now.generation == row.generation) {
                rows.rows.remove(&key);
            }
        }));
        Ok(())
    }
    async fn retry_change(&mut self, row: &OutboxRow, attempts: u32, due_at: Millis) -> Result<()> {
        let key = (row.change.object.clone(), row.change.key.clone());
        self.todo.push(Box::new(move |rows| {
            if let Some(row) = rows.rows.get_mut(&key) {
                row.attempts = attempts;
                row.due_at = due_at;
            }
        }));
        Ok(())
    }
    async fn put_dead_letter(&mut self, letter: &DeadLetter) -> Result<()> {
        let letter = letter.clone();
        self.todo.push(Box::new(move |rows| {
            rows.letters.insert(letter.key.clone(), letter);
        }));
        Ok(())
    }
    async fn commit(self: Box<Self>) -> Result<()> {
        let mut rows = self.store.0.lock().unwrap();
        self.todo.into_iter().for_each(|step| step(&mut rows));
        Ok(())
    }
    async fn unseen(&mut self, _: &[Fingerprint], _: Millis) -> Result<Vec<bool>> {
        unreachable!()
    }
    async fn meeting(&mut self, _: &str) -> Result<Option<Meeting>> {
        unreachable!()
    }
    async fn linked(&mut self, _: &Link) -> Result<Option<String>> {
        unreachable!()
    }
    async fn put_meeting(&mut self, _: &Meeting, _: &[Link], _: Option<Millis>) -> Result<()> {
        unreachable!()
    }
    async fn hasten(&mut self, _: Millis) -> Result<()> {
        unreachable!()
    }
    async fn put_effects(&mut self, _: &str, _: &[Effect], _: Millis, _: Millis) -> Result<()> {
        unreachable!()
    }
    async fn finish_effect(&mut self, _: &str, _: &str, _: i64) -> Result<bool> {
        unreachable!()
    }
    async fn retry_effect(&mut self, _: &EffectRow, _: u32, _: Millis) -> Result<()> {
        unreachable!()
    }
    async fn put_secret(&mut self, _: &str, _: &[u8]) -> Result<()> {
        unreachable!()
    }
    async fn drop_secret(&mut self, _: &str) -> Result<()> {
        unreachable!()
    }
    async fn put_position(&mut self, _: &str, _: &[u8], _: Millis) -> Result<()> {
        unreachable!()
    }
    async fn put_tombstone(&mut self, _: &str, _: Millis, _: Millis) -> Result<()> {
        unreachable!()
    }
    async fn tombstone(&mut self, _: &str) -> Result<Option<Millis>> {
        unreachable!()
    }
    async fn put_note(&mut self, _: &str, _: &str) -> Result<()> {
        unreachable!()
    }
    async fn forget(&mut self, _: Millis, _: Millis) -> Result<()> {
        unreachable!()
    }
}

/// Opens `playback:…` as `open(playback:…)`; `broken:…` does not open; seals by wrapping.
pub struct PlainVault;

#[async_trait]
impl Vault for PlainVault {
    async fn reveal(&self, name: &str) -> std::result::Result<Option<Secret<String>>, VaultError> {
        if name.starts_with("broken:") {
            return Err(VaultError::Sealed { name: name.into() });
        }
        Ok(Some(Secret::new(format!("open({name})"))))
    }
    fn seal(&self, plain: &[u8], _key: &str) -> Vec<u8> {
        [b"sealed:", plain].concat()
    }
}

/// How the org answers a call as a whole.
#[derive(Debug, Clone)]
pub enum Whole {
    /// With this status and code; nothing is done.
    Refuse(u16, &'static str),
    /// Everything is done, but the answer breaks off.
    Cut,
}

/// Error for one record: code, message.
pub type Fault = Box<dyn FnMut(&str, &str, &Value) -> Option<(&'static str, String)> + Send>;

/// The org's state.
#[derive(Default)]
pub struct Org {
    /// Answers to the next calls, before all is well again.
    pub script: VecDeque<Whole>,
    /// A lane whose calls always fail with 500.
    pub poison: Option<String>,
    /// Errors by object, key, record.
    pub fault: Option<Fault>,
    /// Records by object and key.
    pub records: BTreeMap<(String, String), Value>,
    /// How often each record was written with success.
    pub writes: BTreeMap<(String, String), usize>,
    /// Lanes of each call.
    pub calls: Vec<BTreeSet<String>>,
    /// Lanes under way now.
    pub under_way: Vec<String>,
    /// Lanes that were in two calls at once.
    pub overlaps: Vec<String>,
    /// Most calls at once.
    pub most_at_once: usize,
    at_once: usize,
    /// The only good token.
    pub token: String,
    /// Headers of the newest call.
    pub headers: HeaderMap,
    /// How long a call takes.
    pub takes: Duration,
}

/// The org as the tests hold it.
pub type SharedOrg = Arc<Mutex<Org>>;

/// Serves the org; returns its base URL.
pub async fn serve(org: SharedOrg) -> String {
    let app =
        Router::new().route("/services/data/v66.0/composite", post(composite)).with_state(org);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    spawn(async move { axum::serve(listener, app).await.unwrap() });
    url
}

#[allow(clippy::disallowed_methods, reason = "a test's own server and subject")]
pub fn spawn<F>(work: F) -> tokio::task::JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    tokio::spawn(work)
}

async fn composite(
    State(org): State<SharedOrg>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    let requests = body["compositeRequest"].as_array().unwrap().clone();
    let lanes: BTreeSet<String> = requests.iter().flat_map(lanes_of).collect();
    let (whole, takes) = {
        let mut org = org.lock().unwrap();
        org.headers = headers.clone();
        if headers["authorization"] != format!("Bearer {}", org.token) {
            return refuse(401, "INVALID_SESSION_ID");
        }
        org.calls.push(lanes.clone());
        for lane in &lanes {
            if org.under_way.contains(lane) {
                org.overlaps.push(lane.clone());
            }
            org.under_way.push(lane.clone());
        }
        org.at_once += 1;
        org.most_at_once = org.most_at_once.max(org.at_once);
        (org.script.pop_front(), org.takes)
    };
    tokio::time::sleep(takes).await;
    let mut org = org.lock().unwrap();
    org.at_once -= 1;
    org.under_way.retain(|lane| !lanes.contains(lane));
    if org.poison.as_ref().is_some_and(|lane| lanes.contains(lane)) {
        return refuse(500, "UNKNOWN_EXCEPTION");
    }
    if let Some(Whole::Refuse(status, code)) = whole {
        return refuse(status, code);
    }
    let answers: Vec<Value> = requests.iter().map(|request| org.answer(request)).collect();
    let answer = json!({"compositeResponse": answers});
    if matches!(whole, Some(Whole::Cut)) {
        let half = answer.to_string()[..20].to_string();
        let broken = futures::stream::iter([
            Ok(half),
            Err(std::io::Error::new(std::io::ErrorKind::ConnectionReset, "cut")),
        ]);
        return Body::from_stream(broken).into_response();
    }
    ([("Sforce-Limit-Info", "api-usage=42/5000")], Json(answer)).into_response()
}

fn refuse(status: u16, code: &str) -> Response {
    let body = Json(json!([{"errorCode": code, "message": "as the script says"}]));
    (StatusCode::from_u16(status).unwrap(), body).into_response()
}

/// The tests put a record's lane into `Lane__c`.
fn lanes_of(request: &Value) -> Vec<String> {
    let records = match &request["body"]["records"] {
        Value::Array(records) => records.clone(),
        _ => vec![request["body"].clone()],
    };
    records.iter().filter_map(|r| r["Lane__c"].as_str().map(str::to_string)).collect()
}

impl Org {
    fn answer(&mut self, request: &Value) -> Value {
        let url = request["url"].as_str().unwrap().replace("/services/data/v66.0", "");
        let parts: Vec<&str> = url.trim_start_matches('/').split('/').collect();
        let (status, body) = match parts.as_slice() {
            ["composite", "sobjects", rest @ ..] => {
                let results: Vec<Value> = request["body"]["records"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|record| {
                        let object = record["attributes"]["type"].as_str().unwrap();
                        let key = record[rest.get(1).unwrap_or(&"id")].as_str().unwrap();
                        match self.write(object, key, record) {
                            None => json!({"id": key, "success": true, "errors": []}),
                            Some((code, message)) => json!({"success": false, "errors":
                                [{"statusCode": code, "message": message, "fields": []}]}),
                        }
                    })
                    .collect();
                (200, json!(results))
            }
            ["sobjects", object, .., key] => match self.write(object, key, &request["body"]) {
                None => (204, Value::Null),
                Some((code, message)) => (400, json!([{"errorCode": code, "message": message}])),
            },
            _ => (404, json!([{"errorCode": "NOT_FOUND", "message": url}])),
        };
        json!({"httpStatusCode": status, "body": body, "referenceId": request["referenceId"]})
    }

    fn write(&mut self, object: &str, key: &str, record: &Value) -> Option<(&'static str, String)> {
        let fault = self.fault.as_mut().and_then(|fault| fault(object, key, record));
        if fault.is_none() {
            let at = (object.to_string(), key.to_string());
            self.records.insert(at.clone(), record.clone());
            *self.writes.entry(at).or_default() += 1;
        }
        fault
    }
}

/// A session source that hands out one token after the other.
pub struct Tokens {
    pub url: String,
    pub current: Mutex<usize>,
    pub tokens: Vec<&'static str>,
}

#[async_trait]
impl SessionSource for Tokens {
    async fn session(&self) -> std::result::Result<Arc<Session>, SessionError> {
        let token = self.tokens[*self.current.lock().unwrap()];
        Ok(Arc::new(Session {
            access_token: SecretString::from(token),
            instance_url: self.url.clone(),
            org_id: "00D5e000000EmuLAA0".into(),
            user_id: "0055e000000EmuLAA0".into(),
            issued: 0,
            serial: 0,
        }))
    }
    fn invalidate(&self, _: &Session) {
        let mut current = self.current.lock().unwrap();
        *current = (*current + 1).min(self.tokens.len() - 1);
    }
}
