//! EventBridge's default bus with one rule: every notice of the account goes to one queue. Chime,
//! ECS and S3 `put` their events here; delivery is best effort, as at AWS: faults may drop,
//! double, delay or reorder what is put.
//!
//! Faults: service `eventbridge`, call = the detail's `eventType` (Chime) or else the detail-type.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::ids::{ACCOUNT, REGION, guid};
use crate::clock::Clock;
use crate::faults::{FaultKind, Faults};
use crate::tasks::spawn;

/// INFERRED: an event held back to be reordered comes at the latest after this time, in
/// milliseconds, when no other event follows it. A fault that reorders must not become one that drops.
const HELD_AT_MOST: i64 = 30_000;

/// Where events go: takes the envelope as JSON text.
pub type Sink = Arc<dyn Fn(String) + Send + Sync>;

/// The bus. Cloneable handle; all clones share what is held back.
#[derive(Clone)]
pub struct EventBridge {
    clock: Clock,
    faults: Faults,
    sink: Sink,
    held: Arc<Mutex<Vec<Held>>>,
    ledger: Arc<Mutex<Vec<Entry>>>,
}

/// An event held back until the next one: its place in the ledger, and its envelope.
type Held = (usize, String);

/// An event that was put, and what became of it.
#[derive(Debug, Clone)]
pub struct Entry {
    /// `aws.chime`, `aws.ecs`, `aws.s3`.
    pub source: String,
    /// Detail.
    pub detail: Value,
    /// What became of it.
    pub fate: Fate,
}

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// On its way: delayed, or waiting for the next one.
    Waiting,
    /// In the queue.
    Delivered,
    /// It never comes.
    Lost,
}

impl EventBridge {
    /// A bus whose single target is `sink`.
    pub fn new(clock: Clock, faults: Faults, sink: Sink) -> Self {
        Self { clock, faults, sink, held: Arc::default(), ledger: Arc::default() }
    }

    /// Every event that was put, in order, for tests that must know what nobody could be told.
    pub fn ledger(&self) -> Vec<Entry> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn enter(&self, source: &str, detail: &Value, fate: Fate) -> usize {
        let entry = Entry { source: source.into(), detail: detail.clone(), fate };
        let mut ledger = self.ledger.lock().unwrap_or_else(PoisonError::into_inner);
        ledger.push(entry);
        ledger.len() - 1
    }

    /// Puts one event: `source` as `aws.chime`, `detail_type` as `Chime Meeting State Change`.
    /// Must be called inside the runtime, since a delayed event is sent by a task.
    pub fn put(&self, source: &str, detail_type: &str, detail: Value) {
        let call = detail.get("eventType").and_then(Value::as_str).unwrap_or(detail_type);
        let fault = self.faults.take_if("eventbridge", call, |kind| {
            matches!(
                kind,
                FaultKind::Drop
                    | FaultKind::Duplicate
                    | FaultKind::Reorder
                    | FaultKind::Delay { .. }
            )
        });
        let fate = match fault {
            Some(FaultKind::Drop) => Fate::Lost,
            _ => Fate::Waiting,
        };
        let entry = self.enter(source, &detail, fate);
        let body = envelope(source, detail_type, detail, self.clock.now()).to_string();
        match fault {
            Some(FaultKind::Drop) => {}
            Some(FaultKind::Duplicate) => {
                self.deliver(entry, body.clone());
                self.deliver(entry, body);
            }
            Some(FaultKind::Reorder) => self.hold(entry, body),
            Some(FaultKind::Delay { ms }) => {
                let bus = self.clone();
                let at = self.clock.now() + ms as i64;
                spawn(async move {
                    bus.clock.until(at).await;
                    bus.deliver(entry, body);
                });
            }
            _ => self.deliver(entry, body),
        }
    }

    /// Delivers an event, then those that waited for the next one.
    fn deliver(&self, entry: usize, body: String) {
        self.send(entry, body);
        let held = std::mem::take(&mut *self.held.lock().unwrap_or_else(PoisonError::into_inner));
        for (entry, body) in held {
            self.send(entry, body);
        }
    }

    fn send(&self, entry: usize, body: String) {
        (self.sink)(body);
        let mut ledger = self.ledger.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = ledger.get_mut(entry) {
            entry.fate = Fate::Delivered;
        }
    }

    fn hold(&self, entry: usize, body: String) {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).push((entry, body));
        let bus = self.clone();
        let at = self.clock.now() + HELD_AT_MOST;
        spawn(async move {
            bus.clock.until(at).await;
            let mut held = bus.held.lock().unwrap_or_else(PoisonError::into_inner);
            let still = held.iter().position(|(e, _)| *e == entry).map(|i| held.remove(i));
            drop(held);
            if let Some((entry, body)) = still {
                bus.send(entry, body);
            }
        });
    }
}

/// The documented envelope; `time` has whole seconds.
fn envelope(source: &str, detail_type: &str, detail: Value, now: i64) -> Value {
    let time = OffsetDateTime::from_unix_timestamp(now.div_euclid(1000))
        .ok()
        .and_then(|t| t.format(&Rfc3339).ok())
        .unwrap_or_default();
    let resources: Vec<String> = match source {
        "aws.s3" => detail
            .pointer("/bucket/name")
            .and_then(Value::as_str)
            .map(|bucket| format!("arn:aws:s3:::{bucket}"))
            .into_iter()
            .collect(),
        "aws.ecs" => {
            detail.get("taskArn").and_then(Value::as_str).map(String::from).into_iter().collect()
        }
        _ => Vec::new(),
    };
    json!({
        "version": "0",
        "id": guid(),
        "detail-type": detail_type,
        "source": source,
        "account": ACCOUNT,
        "time": time,
        "region": REGION,
        "resources": resources,
        "detail": detail,
    })
}
