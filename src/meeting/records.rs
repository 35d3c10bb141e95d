//! What Salesforce is told: the rows that follow from a meeting's state, and the difference
//! between two states. Only fields the bridge owns appear here.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use chime_contract::recording as files;

use crate::clock::Millis;
use crate::meeting::model::{Consent, Meeting, Policy, Recording, RecordingStatus as RS, Seat};
use crate::meeting::participants::{self, Connection};
use crate::outbox::row::{Change, Operation, RecordKey};

type Fields = BTreeMap<String, Value>;
type Rows = BTreeMap<(String, RecordKey), Fields>;

/// Epoch milliseconds as Salesforce reads them.
pub fn date(at: Millis) -> Value {
    let nanos = i128::from(at) * 1_000_000;
    let format = time::macros::format_description!(
        "[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z"
    );
    time::OffsetDateTime::from_unix_timestamp_nanos(nanos)
        .ok()
        .and_then(|t| t.format(format).ok())
        .map_or(Value::Null, Value::String)
}

fn optional(at: Option<Millis>) -> Value {
    at.map_or(Value::Null, date)
}

/// `Recording_State__c`.
pub fn recording_state(meeting: &Meeting) -> &'static str {
    let asked = || {
        meeting.policy == Policy::Everyone
            && participants::people_asked(meeting).any(|s| s.consent != Consent::Given)
    };
    let current = meeting.recordings.iter().rev().find(|r| r.shown);
    match current {
        Some(r) if !r.settled() && r.stop_at.is_none() => match r.status {
            RS::Recording => "Recording",
            RS::Starting => "Starting",
            _ if asked() => "Waiting for consent",
            _ => "Preparing",
        },
        _ if meeting.record_wanted.is_some() => "Preparing",
        Some(_) => "Stopped",
        None if meeting.recordings.iter().any(|r| !r.settled() && !r.stopping()) => "Preparing",
        None => "None",
    }
}

/// What Salesforce has been told so far.
#[derive(Debug, Clone, Copy)]
pub(super) enum Told<'a> {
    /// Nothing: the records are as the package inserted them.
    Nothing,
    /// This state.
    State(&'a Meeting),
    /// Nobody knows: everything is told again, what is empty too.
    Doubtful,
}

/// What has to be told, as changes with a fresh revision on each revised record.
pub(super) fn changes(told: Told<'_>, new: &mut Meeting, now: Millis) -> Vec<Change> {
    // A seat in which nothing changed has the same rows: most seats in most steps.
    let same: BTreeSet<String> = match told {
        Told::State(old) if old.sessions == new.sessions => new
            .seats
            .iter()
            .filter(|(id, seat)| old.seats.get(*id) == Some(*seat))
            .map(|(id, _)| id.clone())
            .collect(),
        _ => BTreeSet::new(),
    };
    let mut before = match told {
        Told::State(old) => rows(old, &same),
        Told::Nothing | Told::Doubtful => Rows::new(),
    };
    let doubtful = matches!(told, Told::Doubtful);
    if !doubtful {
        let known = |id: &str| matches!(told, Told::State(old) if old.seats.contains_key(id));
        before.extend(as_inserted(new.seats.values().filter(|seat| !known(&seat.id))));
    }
    let after = rows(new, &same);
    let mut changes = Vec::new();
    for ((object, key), fields) in &after {
        let known = before.get(&(object.clone(), key.clone()));
        let differing: Fields = fields
            .iter()
            .filter(|(name, value)| match known {
                Some(known) => known.get(*name) != Some(*value),
                // A row of ours may stand there from before a refold: what is empty is told too.
                None => doubtful || !value.is_null() || matches!(key, RecordKey::External { .. }),
            })
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        if differing.is_empty() && known.is_some() {
            continue;
        }
        let mut fields = differing;
        // A newer link has the same name here; that it is newer shows in its expiry.
        if fields.contains_key("Playback_Expires_At__c")
            && let Some(link) = after[&(object.clone(), key.clone())].get("Playback_Link__c")
        {
            fields.insert("Playback_Link__c".into(), link.clone());
        }
        // Details are reparentable, so naming the master each time is allowed and heals.
        for master in ["Meeting__c", "Participant__c"] {
            if let Some(value) = after[&(object.clone(), key.clone())].get(master) {
                fields.insert(master.into(), value.clone());
            }
        }
        changes.push(change(new, object, key, Operation::Write, fields));
    }
    for (object, key) in before.keys().filter(|k| !after.contains_key(*k)) {
        // Only what a refold took back is deleted; records people deleted are left alone.
        if object == "Chime_Participant_Session__c" && !record_gone(new, key) {
            changes.push(change(new, object, key, Operation::Delete, Fields::new()));
        }
    }
    if changes.iter().any(|c| revised(&c.object) && c.operation == Operation::Write) {
        new.revision = (new.revision + 1).max(now);
        for change in changes.iter_mut().filter(|c| revised(&c.object)) {
            change.fields.insert("Bridge_Revision__c".into(), json!(new.revision));
        }
    }
    changes
}

fn record_gone(meeting: &Meeting, key: &RecordKey) -> bool {
    meeting.deleted_at.is_some()
        || meeting
            .seats
            .values()
            .any(|s| s.record_deleted && key.value().starts_with(&format!("{}-", s.id)))
}

fn revised(object: &str) -> bool {
    matches!(object, "Chime_Meeting__c" | "Chime_Participant__c" | "Chime_Recording__c")
}

fn change(
    meeting: &Meeting,
    object: &str,
    key: &RecordKey,
    operation: Operation,
    fields: Fields,
) -> Change {
    Change {
        object: object.to_string(),
        key: key.clone(),
        lane: meeting.id.clone(),
        operation,
        fields,
    }
}

/// What the package inserted before the bridge heard of it: not worth a write.
fn as_inserted<'a>(seats: impl Iterator<Item = &'a Seat>) -> Rows {
    let mut rows = Rows::new();
    for seat in seats {
        let mut fields = Fields::new();
        fields.insert("Status__c".into(), json!("Invited"));
        fields.insert("Consent__c".into(), json!("Not asked"));
        for name in ["Consent_At__c", "First_Joined_At__c", "Last_Left_At__c"] {
            fields.insert(name.into(), Value::Null);
        }
        fields.insert("Seconds_Present__c".into(), json!(0));
        rows.insert(("Chime_Participant__c".into(), RecordKey::Id(seat.id.clone())), fields);
    }
    rows
}

/// All rows, but those of the seats left out.
fn rows(meeting: &Meeting, without: &BTreeSet<String>) -> Rows {
    let mut rows = Rows::new();
    if meeting.deleted_at.is_some() {
        return rows;
    }
    let id = RecordKey::Id(meeting.id.clone());
    rows.insert(("Chime_Meeting__c".into(), id), meeting_fields(meeting));
    for seat in meeting.seats.values() {
        if seat.record_deleted || without.contains(&seat.id) {
            continue;
        }
        let connections = participants::connections(seat, &meeting.sessions);
        let key = RecordKey::Id(seat.id.clone());
        let fields = participant_fields(seat, &connections);
        rows.insert(("Chime_Participant__c".into(), key), fields);
        for connection in &connections {
            let key = external("Session_Key__c", session_key(seat, connection));
            let fields = session_fields(seat, connection);
            rows.insert(("Chime_Participant_Session__c".into(), key), fields);
        }
    }
    for recording in meeting.recordings.iter().filter(|r| r.shown && !r.record_deleted) {
        let key = external("Recording_Key__c", recording.key.clone());
        let fields = recording_fields(meeting, recording);
        rows.insert(("Chime_Recording__c".into(), key), fields);
    }
    rows
}

fn external(field: &str, value: String) -> RecordKey {
    RecordKey::External { field: field.into(), value }
}

fn object(value: Value) -> Fields {
    match value {
        Value::Object(map) => map.into_iter().collect(),
        _ => Fields::new(),
    }
}

fn meeting_fields(meeting: &Meeting) -> Fields {
    let came = meeting
        .seats
        .values()
        .filter(|s| !participants::connections(s, &meeting.sessions).is_empty())
        .count();
    let chime_id = meeting.sessions.last().and_then(|s| s.chime_id());
    object(json!({
        "Status__c": meeting.status.label(),
        "Status_Reason__c": (!meeting.reason.is_empty()).then(|| cut(&meeting.reason, 255)),
        "Recording_State__c": recording_state(meeting),
        "Chime_Meeting_Id__c": chime_id,
        "Participant_Count__c": came,
        "Started_At__c": optional(meeting.started_at),
        "Ended_At__c": optional(meeting.ended_at),
    }))
}

fn participant_fields(seat: &Seat, connections: &[Connection]) -> Fields {
    let present = connections.last().is_some_and(|c| c.left_at.is_none());
    let status = if seat.removed_at.is_some() {
        "Removed"
    } else if present {
        "In meeting"
    } else if seat.arrived_at.is_some() && connections.is_empty() {
        "Waiting"
    } else if !connections.is_empty() {
        "Left"
    } else {
        "Invited"
    };
    let left = if present { None } else { connections.iter().filter_map(|c| c.left_at).max() };
    object(json!({
        "Status__c": status,
        "Consent__c": seat.consent.label(),
        "Consent_At__c": optional(seat.consent_at.filter(|_| seat.consent != Consent::NotAsked)),
        "First_Joined_At__c": optional(connections.first().map(|c| c.joined_at)),
        "Last_Left_At__c": optional(left),
        "Seconds_Present__c": participants::present_ms(connections) / 1000,
    }))
}

/// Seat, attendee and first-join milliseconds: stays the same however often the log is refolded.
fn session_key(seat: &Seat, connection: &Connection) -> String {
    format!("{}-{}-{}", seat.id, connection.attendee, connection.joined_at)
}

fn session_fields(seat: &Seat, connection: &Connection) -> Fields {
    let seconds = connection.left_at.map(|left| (left - connection.joined_at) / 1000);
    object(json!({
        "Participant__c": seat.id,
        "Joined_At__c": date(connection.joined_at),
        "Left_At__c": optional(connection.left_at),
        "Seconds__c": seconds,
        "End_Reason__c": connection.end.map(|e| e.label()),
        "Source__c": connection.source.label(),
    }))
}

fn recording_fields(meeting: &Meeting, recording: &Recording) -> Fields {
    let manifest = recording.manifest.as_ref();
    let stopped = manifest.and_then(|m| m.pieces.iter().map(|p| p.stopped_at).max());
    let arn = recording.attempts.iter().rev().find_map(|a| a.arn.clone());
    let place = files::pieces_prefix(&meeting.id, &recording.key);
    let secret = format!("playback:{}", recording.key);
    let link = recording.playback_expires_at.map(|_| json!({ "$secret": secret }));
    object(json!({
        "Meeting__c": meeting.id,
        "Status__c": recording.status.label(),
        "Failure_Reason__c": (!recording.failure.is_empty()).then(|| cut(&recording.failure, 255)),
        "S3_Uri__c": manifest.map(|_| place),
        "Started_At__c": optional(recording.started_at),
        "Stopped_At__c": optional(stopped),
        "Duration_Seconds__c": manifest.map(|m| m.duration_ms / 1000),
        "Gap_Seconds__c": manifest.map(|m| (m.gap_ms + 999) / 1000),
        "Size_Bytes__c": manifest.map(|m| m.size_bytes),
        "Checksum__c": manifest.map(|m| m.sha256.clone()),
        "Task_Arn__c": arn,
        "Requested_By__c": cut(&recording.by, 80),
        "Playback_Link__c": link,
        "Playback_Expires_At__c": optional(recording.playback_expires_at),
        "Erased_At__c": optional(recording.erased_at),
    }))
}

/// A `Chime_Meeting_Log__c` row; `about` makes its key, so that the same entry twice is one.
pub(super) fn log_row(
    meeting: &str,
    kind: &str,
    at: Millis,
    participant: Option<&str>,
    user: Option<&str>,
    text: &str,
    about: &str,
) -> Change {
    let digest = Sha256::digest(format!("log-v1|{meeting}|{kind}|{about}"));
    let fields = object(json!({
        "Meeting__c": meeting,
        "Kind__c": kind,
        "At__c": date(at),
        "Participant__c": participant,
        "User__c": user.filter(|user| user.starts_with("005")),
        "Text__c": text,
    }));
    Change {
        object: "Chime_Meeting_Log__c".into(),
        key: external("Log_Key__c", hex::encode(&digest[..16])),
        lane: meeting.to_string(),
        operation: Operation::Write,
        fields: fields.into_iter().filter(|(_, v)| !v.is_null()).collect(),
    }
}

fn cut(text: &str, characters: usize) -> String {
    text.chars().take(characters).collect()
}
