//! What can happen to a meeting. Every variant is a fact that has been checked and stripped of
//! secrets; `input` makes them from events, notices, signals and results.

use serde_json::{Map, Value};

use crate::clock::Millis;
use crate::meeting::effect::{Effect, MeetingRecord, Outcome};
use crate::meeting::model::{Policy, Role};

/// Something that happened to one meeting.
#[derive(Debug, Clone)]
pub enum Event {
    /// START_MEETING.
    Start(Details),
    /// SCHEDULE_MEETING.
    Schedule(Details),
    /// END_MEETING, or a host's signal.
    End,
    /// CANCEL_MEETING.
    Cancel,
    /// START_RECORDING, or a host's signal.
    StartRecording {
        /// User or seat id that asked.
        by: String,
    },
    /// STOP_RECORDING, or a host's signal.
    StopRecording,
    /// INVITE_PARTICIPANT.
    Invite(Vec<SeatInvite>),
    /// REMOVE_PARTICIPANT, or a host's signal.
    Remove {
        /// Seat id.
        seat: String,
    },
    /// REFRESH_PLAYBACK.
    RefreshPlayback {
        /// Recording key or record id.
        recording: String,
        /// User id that asked (`CreatedById`).
        by: String,
    },
    /// ERASE_RECORDING.
    EraseRecording {
        /// Recording key or record id.
        recording: String,
    },
    /// RECORDS_CHANGED or a change event: new values of one record of this meeting.
    RecordChanged {
        /// Object name without namespace.
        object: String,
        /// Record id.
        id: String,
        /// New values; null means cleared. Absent means not changed.
        values: Map<String, Value>,
    },
    /// A record of this meeting was deleted in Salesforce.
    RecordDeleted {
        /// Object name without namespace.
        object: String,
        /// Record id.
        id: String,
        /// When.
        at: Millis,
    },
    /// A record of this meeting came back from the Recycle Bin.
    RecordUndeleted {
        /// Object name without namespace.
        object: String,
        /// Record id.
        id: String,
    },
    /// Salesforce gave a record we made its id.
    RecordNamed {
        /// Object name without namespace.
        object: String,
        /// External id.
        key: String,
        /// Record id.
        id: String,
    },
    /// The record has to be read again (gap event, overflow, doubt).
    ReadAgain,
    /// Chime told of an attendee.
    Presence(Presence),
    /// Chime told that a meeting ended: a hint, verified by a look.
    ChimeEnded {
        /// Chime meeting id.
        chime_meeting: String,
        /// Event time.
        at: Millis,
    },
    /// A fragment arrived in S3: the attempt records.
    Fragment {
        /// Recording key.
        recording: String,
        /// Attempt.
        attempt: u32,
        /// When.
        at: Millis,
    },
    /// A piece's note arrived in S3: a hint.
    PieceHint {
        /// Recording key.
        recording: String,
    },
    /// A verified signal of a seat's room page.
    Signal {
        /// Seat id.
        seat: String,
        /// Queue time (`SentTimestamp`).
        at: Millis,
        /// Page load.
        load: String,
        /// Counter within the load.
        counter: u32,
        /// What it says.
        said: Said,
    },
    /// What came of an effect.
    Result {
        /// The effect.
        effect: Effect,
        /// Its outcome.
        outcome: Outcome,
    },
    /// A deadline of this meeting has passed.
    Tick,
    /// The meeting is to be looked at, its recorders too: reconcile wants it, or ECS told that a
    /// task ended, which is a hint and names nothing but the task.
    Check,
    /// Reconcile found this record in Salesforce (or that it is gone: `None`).
    Found(Option<Box<MeetingRecord>>),
}

/// Details of START and SCHEDULE, checked.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Details {
    /// Subject.
    pub subject: String,
    /// Consent policy; `None`: the setting.
    pub policy: Option<Policy>,
    /// Media region; `None`: the setting.
    pub region: Option<String>,
    /// Record without being asked.
    pub auto_record: bool,
    /// Host's user id.
    pub host: Option<String>,
    /// Scheduled start.
    pub scheduled_start: Option<Millis>,
    /// Scheduled end.
    pub scheduled_end: Option<Millis>,
    /// Seats.
    pub seats: Vec<SeatInvite>,
    /// `CreatedById` of the event.
    pub by: String,
    /// `CreatedDate` of the event.
    pub asked_at: Option<Millis>,
}

/// A seat, its keys already derived and put aside as secret `seat:<id>:<ticket>`.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct SeatInvite {
    /// Participant record id.
    pub id: String,
    /// Role.
    pub role: Role,
    /// Display name.
    pub name: String,
    /// Ticket name (hex); empty if the key is not known.
    pub ticket: String,
}

/// A fact about one attendee's connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presence {
    /// Seat id (`externalUserId`).
    pub seat: String,
    /// Chime meeting id.
    pub chime_meeting: String,
    /// Attendee id.
    pub attendee: String,
    /// What.
    pub kind: PresenceKind,
    /// Event time.
    pub at: Millis,
}

/// What happened to a connection.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
pub enum PresenceKind {
    /// Connected.
    Joined,
    /// Left by itself.
    Left,
    /// Lost.
    Dropped,
    /// The attendee was deleted.
    Deleted,
    /// The room page said it was closing: believed only where Chime says nothing.
    RoomLeft,
    /// The bridge took the attendee away: believed only where Chime says nothing.
    Removed,
}

/// What a signal says, judged.
#[derive(Debug, Clone, PartialEq)]
pub enum Said {
    /// At the door.
    Arrived {
        /// Chime meeting the room failed on.
        failed_meeting: Option<String>,
    },
    /// Page closing.
    Left,
    /// Consent to recording.
    Consent {
        /// Agreed.
        given: bool,
    },
    /// Chat.
    Chat {
        /// Text.
        text: String,
    },
    /// Host: record. The proof has been checked.
    Record,
    /// Host: stop recording. The proof has been checked.
    StopRecording,
    /// Host: remove a seat. The proof has been checked.
    Remove {
        /// Seat id.
        target: String,
    },
    /// Host: end. The proof has been checked.
    End,
}
