//! The command: what Apex, a trigger or a flow asks of the bridge in `Chime_Command__e`.
//! `Payload__c` is JSON whose keys are never prefixed by a namespace. Unknown keys are let pass, so
//! that a newer package can talk to an older bridge; unknown *actions* are refused.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::Secret;

/// Most seats one command may carry; more are sent in further INVITE_PARTICIPANT commands.
pub const MAX_SEATS: usize = 300;

/// `Action__c`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Action {
    /// Open a meeting now. Payload: [`Details`].
    StartMeeting,
    /// Announce a meeting. Payload: [`Details`] with times.
    ScheduleMeeting,
    /// End it for everyone. No payload.
    EndMeeting,
    /// It will not take place. No payload.
    CancelMeeting,
    /// Record as soon as consent allows. No payload.
    StartRecording,
    /// Stop recording. No payload.
    StopRecording,
    /// Add seats. Payload: [`Seats`].
    InviteParticipant,
    /// Take a seat away; `Target_Id__c` is the participant. No payload.
    RemoveParticipant,
    /// A fresh playback link; `Target_Id__c` is its `Recording_Key__c`. No payload.
    RefreshPlayback,
    /// Erase now, every version; `Target_Id__c` is its `Recording_Key__c`. No payload.
    EraseRecording,
    /// What triggers saw. Payload: [`RecordsChanged`]; no `Meeting_Id__c` needed.
    RecordsChanged,
    /// Try a dead letter again; `Target_Id__c` is its `Letter_Key__c`. No payload.
    RetryDeadLetter,
}

/// Payload of START_MEETING and SCHEDULE_MEETING.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Details {
    /// Subject, at most 255 characters.
    #[serde(default)]
    pub subject: String,
    /// `Consent_Policy__c`: `Everyone agrees` or `Notice`; absent: the setting.
    #[serde(default)]
    pub policy: Option<String>,
    /// Media region; absent: the setting.
    #[serde(default)]
    pub region: Option<String>,
    /// `Auto_Record__c`.
    #[serde(default)]
    pub auto_record: bool,
    /// The host's user id.
    #[serde(default)]
    pub host: Option<String>,
    /// Epoch milliseconds.
    #[serde(default)]
    pub scheduled_start: Option<i64>,
    /// Epoch milliseconds.
    #[serde(default)]
    pub scheduled_end: Option<i64>,
    /// The seats, with their keys.
    #[serde(default)]
    pub seats: Vec<SeatSpec>,
}

/// Payload of INVITE_PARTICIPANT.
#[derive(Debug, Clone, Deserialize)]
pub struct Seats {
    /// The seats, with their keys.
    pub seats: Vec<SeatSpec>,
}

/// One seat.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SeatSpec {
    /// Record id of the `Chime_Participant__c`.
    pub participant: String,
    /// `Role__c`: Host, Attendee or Guest.
    pub role: String,
    /// `Display_Name__c`.
    #[serde(default)]
    pub name: String,
    /// The seat's join key, base64url.
    pub key: Secret<String>,
    /// The host key, base64url; hosts only.
    #[serde(default)]
    pub host_key: Option<Secret<String>>,
}

/// Payload of RECORDS_CHANGED.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RecordsChanged {
    /// One entry a record.
    pub records: Vec<RecordChange>,
}

/// A record whose user-owned (or shared) fields changed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RecordChange {
    /// `Chime_Meeting__c`, `Chime_Participant__c` or `Chime_Recording__c`.
    pub object: String,
    /// Record id.
    pub id: String,
    /// The meeting's record id (the record itself for a meeting).
    pub meeting: String,
    /// New values by field name; dates as epoch milliseconds, absent values as null.
    pub values: Map<String, Value>,
}

/// True for a 15- or 18-character record id.
pub fn is_record_id(text: &str) -> bool {
    matches!(text.len(), 15 | 18) && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// The 18-character form of a 15-character id (18 characters pass unchanged). The suffix tells
/// which letters of each block of five are upper case.
pub fn long_id(id: &str) -> String {
    if id.len() != 15 {
        return id.to_string();
    }
    let suffix = id.as_bytes().chunks(5).map(|block| {
        let bits = block
            .iter()
            .enumerate()
            .fold(0usize, |bits, (i, b)| bits | (usize::from(b.is_ascii_uppercase()) << i));
        char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"[bits])
    });
    format!("{id}{}", suffix.collect::<String>())
}
