//! The after triggers: one `RECORDS_CHANGED` command a transaction when a user-owned field changed,
//! or a shared one in a save that did not raise `Bridge_Revision__c`. Stands between the org's
//! records and the bus; everything else passes through.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::org::bus::{ChangeKind, PublishError, Published, Record, RecordChange, Usage};
use crate::org::metadata::Metadata;
use crate::org::sink::EventSink;

const MEETING: &[&str] = &[
    "Subject__c",
    "Host__c",
    "Consent_Policy__c",
    "Media_Region__c",
    "Auto_Record__c",
    "Scheduled_Start__c",
    "Scheduled_End__c",
];
const PARTICIPANT: &[&str] = &["Display_Name__c", "Role__c"];
const RECORDING: &[&str] = &["Legal_Hold__c", "Retain_Until__c"];

/// The triggers in front of a sink.
pub struct Triggers {
    next: Arc<dyn EventSink>,
    off: AtomicBool,
    told: Mutex<Vec<Known>>,
}

/// A value a command tells already: record, field, value.
type Known = (String, &'static str, Value);

impl Triggers {
    /// In front of this sink.
    pub fn new(next: Arc<dyn EventSink>) -> Self {
        Self { next, off: AtomicBool::new(false), told: Mutex::default() }
    }

    /// An admin who wants no triggers.
    pub fn turn_off(&self) {
        self.off.store(true, Ordering::Relaxed);
    }

    /// A command of its own tells the bridge that this field will have this value: the next save
    /// that gives it to the record is not told again.
    pub fn tell(&self, id: &str, field: &'static str, value: Value) {
        self.known().push((id.into(), field, value));
    }

    fn known(&self) -> MutexGuard<'_, Vec<Known>> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// True once for a value that was told.
    fn was_told(&self, id: &str, field: &str, value: Option<&Value>) -> bool {
        let mut known = self.known();
        let at = known.iter().position(|(of, name, said)| {
            of == id && *name == field && value.unwrap_or(&Value::Null) == said
        });
        at.map(|at| known.remove(at)).is_some()
    }

    fn news(&self, change: &RecordChange) -> Option<Value> {
        let before = change.before.as_ref()?;
        if change.kind != ChangeKind::Update {
            return None;
        }
        let (owned, shared): (&[&str], &[&str]) = match change.object.as_str() {
            "Chime_Meeting__c" => (MEETING, &["Status__c"]),
            "Chime_Participant__c" => (PARTICIPANT, &["Consent__c", "Status__c"]),
            "Chime_Recording__c" => (RECORDING, &[]),
            _ => return None,
        };
        let differs = |name: &str| before.get(name) != change.after.get(name);
        let ours = differs("Bridge_Revision__c");
        let fields = owned.iter().chain(if ours { &[] } else { shared });
        let mut values: Map<String, Value> = fields
            .filter(|name| differs(name))
            .filter(|name| !self.was_told(&change.id, name, change.after.get(**name)))
            .map(|name| (name.to_string(), plain(change.after.get(*name))))
            .collect();
        if values.is_empty() {
            return None;
        }
        let meeting = match change.object.as_str() {
            "Chime_Meeting__c" => Some(change.id.as_str()),
            _ => change.after.get("Meeting__c").and_then(Value::as_str),
        }?;
        if let Some(key) = change.after.get("Recording_Key__c") {
            values.insert("Recording_Key__c".into(), key.clone());
        }
        Some(json!({
            "object": change.object,
            "id": change.id,
            "meeting": meeting,
            "values": values,
        }))
    }
}

/// Dates travel as epoch milliseconds, absent values as null.
fn plain(value: Option<&Value>) -> Value {
    match value {
        Some(Value::String(text)) if text.len() >= 20 && text.as_bytes()[10] == b'T' => {
            match OffsetDateTime::parse(text, &Rfc3339) {
                Ok(at) => json!((at.unix_timestamp_nanos() / 1_000_000) as i64),
                Err(_) => json!(text),
            }
        }
        Some(value) => value.clone(),
        None => Value::Null,
    }
}

impl EventSink for Triggers {
    fn record_changes(&self, changes: Vec<RecordChange>) {
        let records: Vec<Value> = if self.off.load(Ordering::Relaxed) {
            vec![]
        } else {
            changes.iter().filter_map(|change| self.news(change)).collect()
        };
        let user = changes.first().map(|c| c.user.clone()).unwrap_or_default();
        self.next.record_changes(changes);
        if records.is_empty() {
            return;
        }
        let payload = json!({ "records": records }).to_string();
        let mut fields = Record::new();
        fields.insert("Action__c".into(), json!("RECORDS_CHANGED"));
        fields.insert("Payload__c".into(), json!(payload));
        if let Err(error) = self.next.publish("Chime_Command__e", fields, &user) {
            tracing::error!(%error, "A trigger could not publish RECORDS_CHANGED");
        }
    }

    fn publish(&self, event: &str, fields: Record, user: &str) -> Result<Published, PublishError> {
        self.next.publish(event, fields, user)
    }

    fn metadata_changed(&self, metadata: Arc<Metadata>) {
        self.next.metadata_changed(metadata);
    }

    fn usage(&self) -> Usage {
        self.next.usage()
    }
}
