//! Change events → inputs: what changed without anybody asking the bridge. With the shipped channel
//! filter only deletes, undeletes, gaps and overflow come; every kind is handled all the same.

use std::sync::Arc;

use chime_contract::command::{is_record_id, long_id};
use serde_json::{Map, Value};

use crate::inbox::delivery::{Fact, Input, Target};
use crate::input::command::{CommandEvent, read as read_command};
use crate::input::{Reading, fingerprint, for_target, to_meeting};
use crate::meeting::event::Event;
use crate::salesforce::pubsub::RawEvent;
use crate::salesforce::schema::change::{ChangeEvent, ChangeType};
use crate::salesforce::schema::event::{Decoded, PlatformEvent};
use crate::salesforce::schema::{EventSchema, Namespace};
use crate::store::Link;

/// Reads any decoded event. `producer_id` names a platform event that has no `EventUuid`.
pub fn read(event: Decoded, producer_id: &str, reading: Reading<'_>) -> Vec<Fact> {
    match event {
        Decoded::Platform(event) => platform(event, producer_id, reading),
        Decoded::Change(event) => change(&event),
    }
}

fn platform(event: PlatformEvent, producer_id: &str, reading: Reading<'_>) -> Vec<Fact> {
    if event.name != "Chime_Command__e" {
        return vec![];
    }
    let uuid = event.uuid.unwrap_or_else(|| producer_id.to_string());
    let by = event.created_by.unwrap_or_default();
    read_command(&CommandEvent { uuid, by, at: event.created_at, fields: event.fields }, reading)
}

fn change(event: &ChangeEvent) -> Vec<Fact> {
    let header = &event.header;
    let known = matches!(
        header.entity.as_str(),
        "Chime_Meeting__c" | "Chime_Participant__c" | "Chime_Recording__c"
    );
    let everything = header.has_wildcard()
        || matches!(header.change_type, ChangeType::GapOverflow | ChangeType::Other(_));
    if everything {
        let input = Input::Reconcile { object: header.entity.clone() };
        let key = key(event, "*");
        return vec![Fact { fingerprint: Some(key), input }];
    }
    header
        .record_ids
        .iter()
        .map(|id| Fact {
            fingerprint: Some(key(event, id)),
            input: if known { record(event, id) } else { Input::Nothing },
        })
        .collect()
}

fn key(event: &ChangeEvent, id: &str) -> crate::store::Fingerprint {
    let header = &event.header;
    let (transaction, committed) = (&header.transaction_key, header.committed_at);
    fingerprint::change(&header.entity, id, transaction, header.sequence_number, committed)
}

fn record(event: &ChangeEvent, id: &str) -> Input {
    let header = &event.header;
    let (object, id) = (header.entity.clone(), id.to_string());
    let what = match header.change_type {
        ChangeType::Create | ChangeType::Update => {
            let values = told(&event.values);
            if values.is_empty() {
                return Input::Nothing; // our own write coming back
            }
            Event::RecordChanged { object: object.clone(), id: id.clone(), values }
        }
        ChangeType::Delete | ChangeType::GapDelete => {
            let at = header.committed_at;
            Event::RecordDeleted { object: object.clone(), id: id.clone(), at }
        }
        ChangeType::Undelete | ChangeType::GapUndelete => {
            Event::RecordUndeleted { object: object.clone(), id: id.clone() }
        }
        ChangeType::GapCreate | ChangeType::GapUpdate => Event::ReadAgain,
        ChangeType::GapOverflow | ChangeType::Other(_) => return Input::Nothing,
    };
    let link = |kind| Target::Link(Link { kind, value: id.clone() });
    match object.as_str() {
        "Chime_Meeting__c" => to_meeting(&id, what),
        "Chime_Participant__c" => match master(&event.values) {
            Some(meeting) => to_meeting(&meeting, what),
            None => for_target(link("participant"), what),
        },
        _ => for_target(link("recording-record"), what),
    }
}

/// The fields a person or a flow may have changed. In a save that raised `Bridge_Revision__c` the
/// shared fields are the bridge's own words and are left out.
fn told(values: &Map<String, Value>) -> Map<String, Value> {
    let ours = values.contains_key("Bridge_Revision__c");
    let shared = ["Status__c", "Consent__c"];
    let people = [
        "Subject__c",
        "Host__c",
        "Consent_Policy__c",
        "Media_Region__c",
        "Auto_Record__c",
        "Scheduled_Start__c",
        "Scheduled_End__c",
        "Display_Name__c",
        "Role__c",
        "Legal_Hold__c",
        "Retain_Until__c",
        "Recording_Key__c",
        "Meeting__c",
    ];
    values
        .iter()
        .filter(|(name, _)| {
            people.contains(&name.as_str()) || (!ours && shared.contains(&name.as_str()))
        })
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

fn master(values: &Map<String, Value>) -> Option<String> {
    let id = values.get("Meeting__c")?.as_str()?;
    is_record_id(id).then(|| long_id(id))
}

/// What an event that could not be read is at another try.
pub enum Again {
    /// It can be read now.
    Facts(Vec<Fact>),
    /// The org refused its schema; with the schema of this id it may be read.
    LacksSchema(String),
    /// It cannot be read by this version.
    Unreadable,
}

/// An event that could not be read once more, with a schema that has come since if it lacked one.
pub fn replay(
    bytes: &[u8],
    known: impl Fn(&str) -> Option<Arc<EventSchema>>,
    namespace: &Namespace,
    reading: Reading<'_>,
) -> Again {
    let Ok(mut raw) = RawEvent::from_bytes(bytes) else { return Again::Unreadable };
    if let Some(id) = raw.lacks_schema() {
        match known(id) {
            Some(schema) => raw.schema = schema,
            None => return Again::LacksSchema(id.to_string()),
        }
    }
    match raw.interpret(namespace) {
        Ok(decoded) => Again::Facts(read(decoded, &raw.event_id, reading)),
        Err(_) => Again::Unreadable,
    }
}
