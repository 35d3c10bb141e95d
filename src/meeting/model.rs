//! What a meeting is: one record in Salesforce, 1–n Chime sessions, seats with their connections,
//! recordings with their attempts. Plain data without secrets, stored as one JSON document.

use std::collections::{BTreeMap, BTreeSet};

use chime_contract::recording::{Manifest, PieceNote};
use chime_contract::ticket::{TicketMeeting, TicketPolicy, TicketRole};
use serde::{Deserialize, Serialize};

use crate::clock::Millis;
use crate::meeting::event::PresenceKind;

/// A meeting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Meeting {
    /// Record id of the `Chime_Meeting__c`, 18 characters.
    pub id: String,
    /// `Status__c`.
    pub status: Status,
    /// `Status_Reason__c`; for a final status the first reason wins.
    pub reason: String,
    /// `Subject__c`.
    pub subject: String,
    /// `Consent_Policy__c`.
    pub policy: Policy,
    /// `Media_Region__c`; always inside the allow-list.
    pub region: String,
    /// `Host__c`.
    pub host: Option<String>,
    /// `Auto_Record__c`.
    pub auto_record: bool,
    /// `Scheduled_Start__c`.
    pub scheduled_start: Option<Millis>,
    /// `Scheduled_End__c`.
    pub scheduled_end: Option<Millis>,
    /// When the bridge first heard of it.
    pub requested_at: Millis,
    /// First human in the meeting (event time).
    pub started_at: Option<Millis>,
    /// When it became final (event time).
    pub ended_at: Option<Millis>,
    /// Seats of people by participant record id.
    pub seats: BTreeMap<String, Seat>,
    /// Chime sessions in order; number = index + 1.
    pub sessions: Vec<Session>,
    /// Recordings in order.
    pub recordings: Vec<Recording>,
    /// Recording was asked for and not stopped (by whom).
    pub record_wanted: Option<String>,
    /// A withdrawal or a stop since the last wish: what `Recording_State__c` shows as Stopped.
    pub record_stopped: bool,
    /// Auto-record has had its turn (a stop by hand is not undone by the next arrival).
    pub auto_recorded: bool,
    /// The record was deleted in Salesforce at this time; erased 15 days later.
    pub deleted_at: Option<Millis>,
    /// `Bridge_Revision__c` last written to any of its records.
    pub revision: i64,
    /// When the current Chime session may be looked at again.
    pub look_at: Option<Millis>,
    /// The seat keys in Salesforce have been asked to be dropped.
    pub keys_dropped: bool,
    /// The tickets were deleted, some days after the end.
    pub tickets_swept: bool,
    /// How many recordings were ever made: the next one's key is derived from it.
    pub recordings_made: u32,
}

/// `Status__c` of a meeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Status {
    /// Announced; no Chime meeting yet.
    Scheduled,
    /// Asked for; the Chime meeting is being made.
    Requested,
    /// People can enter.
    Open,
    /// A person has been in.
    Live,
    /// Over.
    Ended,
    /// Will not take place.
    Cancelled,
    /// Could not be done; the reason says why.
    Failed,
}

impl Status {
    /// The picklist value.
    pub fn label(self) -> &'static str {
        match self {
            Self::Scheduled => "Scheduled",
            Self::Requested => "Requested",
            Self::Open => "Open",
            Self::Live => "Live",
            Self::Ended => "Ended",
            Self::Cancelled => "Cancelled",
            Self::Failed => "Failed",
        }
    }

    /// Nothing but late facts and erasure changes it any more.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Ended | Self::Cancelled | Self::Failed)
    }
}

/// `Consent_Policy__c`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Policy {
    /// Everyone present must have agreed.
    Everyone,
    /// Being told is enough.
    Notice,
}

impl Policy {
    /// The picklist value.
    pub fn label(self) -> &'static str {
        match self {
            Self::Everyone => "Everyone agrees",
            Self::Notice => "Notice",
        }
    }

    /// From the picklist value.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "Everyone agrees" => Some(Self::Everyone),
            "Notice" => Some(Self::Notice),
            _ => None,
        }
    }

    /// As the ticket says it.
    pub fn ticket(self) -> TicketPolicy {
        match self {
            Self::Everyone => TicketPolicy::Everyone,
            Self::Notice => TicketPolicy::Notice,
        }
    }
}

/// `Role__c`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Role {
    /// May record, remove, end.
    Host,
    /// Takes part.
    Attendee,
    /// Takes part without a Salesforce login.
    Guest,
}

impl Role {
    /// From the picklist value.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "Host" => Some(Self::Host),
            "Attendee" => Some(Self::Attendee),
            "Guest" => Some(Self::Guest),
            _ => None,
        }
    }

    /// As the ticket says it.
    pub fn ticket(self) -> TicketRole {
        match self {
            Self::Host => TicketRole::Host,
            Self::Attendee => TicketRole::Attendee,
            Self::Guest => TicketRole::Guest,
        }
    }
}

/// `Consent__c`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Consent {
    /// Not asked.
    NotAsked,
    /// Given.
    Given,
    /// Declined.
    Declined,
    /// Given first, then taken back.
    Withdrawn,
}

impl Consent {
    /// The picklist value.
    pub fn label(self) -> &'static str {
        match self {
            Self::NotAsked => "Not asked",
            Self::Given => "Given",
            Self::Declined => "Declined",
            Self::Withdrawn => "Withdrawn",
        }
    }
}

/// A person's seat.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Seat {
    /// Participant record id.
    pub id: String,
    /// Role.
    pub role: Role,
    /// Display name (shown in the room; never logged).
    pub name: String,
    /// Ticket name (hex); empty while the key is not known.
    pub ticket: String,
    /// Tickets of keys the seat had before it was taken away and given again: they stay removed.
    #[serde(default)]
    pub former_tickets: Vec<String>,
    /// Ticket revision last wanted.
    pub ticket_revision: u64,
    /// Consent.
    pub consent: Consent,
    /// When it was given, declined or withdrawn (queue time).
    pub consent_at: Option<Millis>,
    /// The newest word on consent.
    pub consent_mark: Option<ConsentMark>,
    /// When it was first given: a later refusal is a withdrawal.
    pub consent_first_given: Option<Millis>,
    /// Arrived and still wanting in; cleared when the session it was let into has ended.
    pub arrived_at: Option<Millis>,
    /// When the arrival was answered with an attendee; an arrival after that is a return.
    pub served_at: Option<Millis>,
    /// Chime meeting for which an attendee is being made.
    pub entering: Option<String>,
    /// Taken away.
    pub removed_at: Option<Millis>,
    /// The record was deleted in Salesforce: nothing is written to it.
    pub record_deleted: bool,
    /// Why the person could not be let in, with its code.
    pub refusal: Option<String>,
    /// Attendees made for this seat: Chime meeting id → attendee id.
    pub attendees: BTreeMap<String, String>,
    /// Connection facts, ordered by event time.
    pub facts: BTreeSet<Fact>,
    /// Queue times of this seat's recent signals, for the rate limit.
    pub recent_signals: Vec<Millis>,
}

/// What a seat said about consent at the newest instant it said anything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentMark {
    /// Queue time.
    pub at: Millis,
    /// By page load: its highest counter at that instant, and whether that agreed.
    pub words: BTreeMap<String, (u32, bool)>,
}

/// One connection fact. Ordered by event time; equal facts are one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Fact {
    /// Event time.
    pub at: Millis,
    /// What.
    pub kind: PresenceKind,
    /// Attendee id.
    pub attendee: String,
    /// Chime meeting id.
    pub chime_meeting: String,
}

/// One Chime meeting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// From 1.
    pub number: u32,
    /// The Chime meeting, once made.
    pub chime: Option<TicketMeeting>,
    /// When it was wanted.
    pub wanted_at: Millis,
    /// When it ended (event time, or when it was found gone).
    pub ended_at: Option<Millis>,
    /// Nobody told of the end: it was found gone.
    pub end_inferred: bool,
    /// Chime told that it ended then; believed once a look has found it gone.
    pub end_told: Option<Millis>,
    /// Control region it was made in.
    pub control_region: String,
}

impl Session {
    /// Chime meeting id, if made.
    pub fn chime_id(&self) -> Option<&str> {
        self.chime.as_ref().map(|c| c.meeting_id.as_str())
    }
}

/// One recording: from the wish to the checked file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recording {
    /// `Recording_Key__c`: 32 hex characters, derived.
    pub key: String,
    /// Record id, once Salesforce has told it.
    pub record_id: Option<String>,
    /// `Status__c`.
    pub status: RecordingStatus,
    /// `Failure_Reason__c`; the first reason wins.
    pub failure: String,
    /// Who asked (user id, seat id or `auto`).
    pub by: String,
    /// Attempts in order; number = index + 1.
    pub attempts: Vec<Attempt>,
    /// Somebody wants it: before that it is a prepared recorder and stands on no record.
    pub shown: bool,
    /// Let into the meeting: may record.
    pub allowed: bool,
    /// Since when.
    pub allowed_at: Option<Millis>,
    /// Told to stop at this time.
    pub stop_at: Option<Millis>,
    /// The task was told to stop by force.
    pub forced: bool,
    /// First fragment (or piece).
    pub started_at: Option<Millis>,
    /// Made before it was asked for; ends unused after 30 minutes.
    pub prepared_at: Option<Millis>,
    /// When pieces were first looked for after the last attempt was gone.
    pub gathering_since: Option<Millis>,
    /// When to look at tasks and pieces again.
    pub look_at: Option<Millis>,
    /// Pieces known so far.
    pub pieces: Vec<PieceNote>,
    /// At the last look a piece was not complete: worth another one, even after the verdict.
    #[serde(default)]
    pub unfinished: bool,
    /// The manifest, once written.
    pub manifest: Option<Manifest>,
    /// Playback link's expiry, while one is on the record.
    pub playback_expires_at: Option<Millis>,
    /// The record was deleted in Salesforce: nothing is written to it.
    pub record_deleted: bool,
    /// `Legal_Hold__c`.
    pub hold: bool,
    /// `Retain_Until__c`.
    pub retain_until: Option<Millis>,
    /// Erase at this time (deleted in Salesforce, retention).
    pub erase_at: Option<Millis>,
    /// Erasure was asked for by name: bringing the record back does not cancel it.
    pub erase_wanted: bool,
    /// Being erased: nothing else happens to it any more.
    pub erasing: bool,
    /// Erased, every version.
    pub erased_at: Option<Millis>,
}

/// `Status__c` of a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum RecordingStatus {
    /// The recorder is being started.
    Preparing,
    /// It may record, but no fragment is durable yet.
    Starting,
    /// Fragments arrive.
    Recording,
    /// Told to stop; the last piece is being finished.
    Finishing,
    /// All attempts are gone; the pieces are being looked at.
    Checking,
    /// Checked and good.
    Available,
    /// No good file; the reason says why.
    Failed,
    /// Erased.
    Erased,
}

impl RecordingStatus {
    /// The picklist value.
    pub fn label(self) -> &'static str {
        match self {
            Self::Preparing => "Preparing",
            Self::Starting => "Starting",
            Self::Recording => "Recording",
            Self::Finishing => "Finishing",
            Self::Checking => "Checking",
            Self::Available => "Available",
            Self::Failed => "Failed",
            Self::Erased => "Erased",
        }
    }
}

/// One recorder task of a recording.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Attempt {
    /// From 1.
    pub number: u32,
    /// When it was wanted.
    pub wanted_at: Millis,
    /// Task ARN, once started.
    pub arn: Option<String>,
    /// Ticket revision last wanted for its seat.
    pub ticket_revision: u64,
    /// Newest fragment seen.
    pub last_fragment_at: Option<Millis>,
    /// Connection facts of the recorder's own attendee.
    pub facts: BTreeSet<Fact>,
    /// Attendees made for it: Chime meeting id → attendee id.
    pub attendees: BTreeMap<String, String>,
    /// When it was known to be gone.
    pub gone_at: Option<Millis>,
    /// Why.
    pub gone_reason: String,
}
