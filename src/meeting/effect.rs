//! What the domain wants done outside, and what came of it. An effect is plain data: it is stored
//! with the meeting's new state in one transaction, run at least once, and its result comes back
//! as an input. No effect carries a secret; those are looked up by name when it runs.

use chime_contract::Secret;
use chime_contract::recording::{Manifest, PieceNote};
use chime_contract::ticket::{TicketMeeting, TicketPolicy, TicketRole, TicketState};
use serde::{Deserialize, Serialize};

use crate::clock::Millis;
use crate::meeting::event::SeatInvite;

/// Something to be done outside.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "camelCase")]
pub enum Effect {
    /// Chime `CreateMeeting`; token = hash(org, meeting, session). → [`Outcome::MeetingCreated`]
    CreateMeeting {
        /// Session number, from 1.
        session: u32,
        /// Media region.
        region: String,
    },
    /// Chime `CreateAttendee` for one seat; the external user id is the seat id.
    /// → [`Outcome::AttendeeCreated`] or [`Outcome::MeetingGone`]
    CreateAttendee {
        /// Session number.
        session: u32,
        /// Chime meeting id.
        chime_meeting: String,
        /// Seat id.
        seat: String,
        /// Receive only (the recorder).
        receive_only: bool,
    },
    /// Chime `DeleteAttendee`; gone already is done. → [`Outcome::Done`]
    DeleteAttendee {
        /// Chime meeting id.
        chime_meeting: String,
        /// Attendee id.
        attendee: String,
    },
    /// Chime `DeleteMeeting`; gone already is done. → [`Outcome::Done`]
    DeleteMeeting {
        /// Chime meeting id.
        chime_meeting: String,
    },
    /// Chime `GetMeeting`. → [`Outcome::MeetingSeen`] or [`Outcome::MeetingGone`]
    LookAtMeeting {
        /// Session number.
        session: u32,
        /// Chime meeting id.
        chime_meeting: String,
    },
    /// Seals and puts a ticket; the newest content of a seat replaces an older one still waiting.
    /// → [`Outcome::Done`]
    WriteTicket {
        /// Seat id.
        seat: String,
        /// What the ticket says, without the join token.
        content: Box<TicketContent>,
    },
    /// Deletes a ticket object. → [`Outcome::Done`]
    DeleteTicket {
        /// Seat id.
        seat: String,
        /// Ticket name.
        ticket: String,
    },
    /// Launch file, then ECS `RunTask` with the derived token.
    /// → [`Outcome::TaskStarted`] or [`Outcome::TaskRefused`]
    RunRecorder {
        /// Recording key.
        recording: String,
        /// Attempt, from 1.
        attempt: u32,
    },
    /// ECS `DescribeTasks` and a look for fragments. → [`Outcome::TaskSeen`]
    LookAtTask {
        /// Recording key.
        recording: String,
        /// Attempt.
        attempt: u32,
        /// Task ARN.
        arn: String,
    },
    /// ECS `StopTask`; stopped already is done. → [`Outcome::Done`]
    StopTask {
        /// Task ARN.
        arn: String,
        /// Shown by ECS as the reason.
        reason: String,
    },
    /// Deletes an attempt's launch file. → [`Outcome::Done`]
    DropLaunch {
        /// Recording key.
        recording: String,
        /// Attempt.
        attempt: u32,
    },
    /// Completes what attempts that are gone have left, and reads all piece notes of a recording
    /// from S3. → [`Outcome::PiecesFound`]
    GatherPieces {
        /// Recording key.
        recording: String,
        /// Attempts that are gone.
        #[serde(default)]
        gone: Vec<GoneAttempt>,
    },
    /// Puts the manifest. → [`Outcome::Done`]
    WriteManifest {
        /// The manifest.
        manifest: Box<Manifest>,
    },
    /// Stops the tasks, aborts uploads, deletes every version and the journal, writes a tombstone.
    /// → [`Outcome::Erased`]
    EraseRecording {
        /// Recording key.
        recording: String,
        /// Task ARNs that may still live.
        arns: Vec<String>,
    },
    /// Presigns a playback link for each piece. → [`Outcome::PlaybackReady`]
    PresignPlayback {
        /// Recording key.
        recording: String,
        /// Object keys, in order.
        keys: Vec<String>,
    },
    /// Reads the meeting and its details once from Salesforce. → [`Outcome::RecordRead`]
    ReadRecord {
        /// What to do when it is known.
        then: Pending,
    },
}

/// A ticket without what is secret in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TicketContent {
    /// Ticket name (hex).
    pub ticket: String,
    /// Rises with each write.
    pub revision: u64,
    /// What the seat can do now.
    pub state: TicketState,
    /// Subject of the meeting.
    pub subject: String,
    /// Display name.
    pub name: String,
    /// Role in the room.
    pub role: TicketRole,
    /// Consent policy.
    pub policy: TicketPolicy,
    /// `Recording_State__c`.
    pub recording: String,
    /// When the doors open.
    pub opens_at: Option<Millis>,
    /// Why the seat cannot enter.
    pub reason: Option<String>,
    /// The Chime meeting, when open.
    pub meeting: Option<TicketMeeting>,
    /// The attendee id, when open; the join token is added when the ticket is sealed
    /// (secret `attendee:<attendee id>`).
    pub attendee: Option<String>,
}

fn ticket_name(seat: &str, ticket: &str) -> String {
    match ticket {
        "" => format!("ticket:{seat}"), // a recorder's
        _ => format!("ticket:{seat}:{ticket}"),
    }
}

impl Effect {
    /// Names the effect within its meeting: wanting the same effect again is the same row, and the
    /// newest content wins. Runs are serialized per name.
    pub fn name(&self) -> String {
        match self {
            Self::CreateMeeting { session, .. } => format!("create-meeting:{session}"),
            Self::CreateAttendee { session, seat, .. } => {
                format!("create-attendee:{session}:{seat}")
            }
            Self::DeleteAttendee { attendee, .. } => format!("delete-attendee:{attendee}"),
            Self::DeleteMeeting { chime_meeting } => format!("delete-meeting:{chime_meeting}"),
            Self::LookAtMeeting { session, .. } => format!("look-at-meeting:{session}"),
            // By the key too: what a former key's ticket says last is not overtaken by the next key's.
            Self::WriteTicket { seat, content } => ticket_name(seat, &content.ticket),
            Self::DeleteTicket { seat, ticket } => ticket_name(seat, ticket),
            Self::RunRecorder { recording, attempt } => {
                format!("run-recorder:{recording}:{attempt}")
            }
            Self::LookAtTask { recording, attempt, .. } => {
                format!("look-at-task:{recording}:{attempt}")
            }
            Self::StopTask { arn, .. } => format!("stop-task:{arn}"),
            Self::DropLaunch { recording, attempt } => format!("drop-launch:{recording}:{attempt}"),
            Self::GatherPieces { recording, .. } => format!("gather-pieces:{recording}"),
            Self::WriteManifest { manifest } => format!("write-manifest:{}", manifest.recording),
            Self::EraseRecording { recording, .. } => format!("erase:{recording}"),
            Self::PresignPlayback { recording, .. } => format!("presign:{recording}"),
            Self::ReadRecord { then } => format!("read-record:{}", then.word()),
        }
    }
}

/// A command that waits for the record it is about to be read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "camelCase")]
pub enum Pending {
    /// Only know it.
    Know,
    /// END_MEETING.
    End,
    /// CANCEL_MEETING.
    Cancel,
    /// START_RECORDING.
    StartRecording {
        /// Who asked.
        by: String,
    },
    /// STOP_RECORDING.
    StopRecording,
    /// INVITE_PARTICIPANT.
    Invite {
        /// The seats; their secrets are stored already.
        seats: Vec<SeatInvite>,
    },
    /// REMOVE_PARTICIPANT.
    Remove {
        /// Seat id.
        seat: String,
    },
    /// RECORDS_CHANGED.
    Changed,
}

impl Pending {
    /// Its command, as an admin knows it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Know => "READ",
            Self::End => "END_MEETING",
            Self::Cancel => "CANCEL_MEETING",
            Self::StartRecording { .. } => "START_RECORDING",
            Self::StopRecording => "STOP_RECORDING",
            Self::Invite { .. } => "INVITE_PARTICIPANT",
            Self::Remove { .. } => "REMOVE_PARTICIPANT",
            Self::Changed => "RECORDS_CHANGED",
        }
    }
}

/// An attempt of a recording that records no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoneAttempt {
    /// From 1.
    pub number: u32,
    /// Its task, if it had one.
    pub arn: Option<String>,
}

/// What came of an effect.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// Done, or done before.
    Done,
    /// The Chime meeting exists. `alive` was verified by GetMeeting when the call was a repeat.
    MeetingCreated {
        /// As Chime described it.
        meeting: TicketMeeting,
    },
    /// Chime does not know the meeting (any more).
    MeetingGone,
    /// GetMeeting found it.
    MeetingSeen,
    /// The attendee exists.
    AttendeeCreated {
        /// Attendee id.
        attendee: String,
        /// Stored sealed as `attendee:<attendee id>`.
        join_token: Secret<String>,
    },
    /// A recorder task exists.
    TaskStarted {
        /// Task ARN.
        arn: String,
    },
    /// ECS started no task and will not for this token (`failures[]`, or a dead task's token).
    TaskRefused {
        /// In words.
        reason: String,
        /// True for lack of capacity: worth another attempt later.
        capacity: bool,
    },
    /// What DescribeTasks and the journal say.
    TaskSeen {
        /// The task.
        task: TaskState,
        /// Newest fragment of this attempt, if any.
        last_fragment_at: Option<Millis>,
    },
    /// The piece notes in S3.
    PiecesFound {
        /// All notes that could be read.
        pieces: Vec<PieceNote>,
        /// A piece of an attempt that is gone is not complete yet: worth another look.
        unfinished: bool,
    },
    /// Nothing of the recording is left.
    Erased {
        /// How many object versions were deleted.
        versions: u64,
    },
    /// Links were made.
    PlaybackReady {
        /// One URL a line; stored sealed as `playback:<recording>`.
        links: Secret<String>,
        /// When they die.
        expires_at: Millis,
    },
    /// The meeting's record in Salesforce.
    RecordRead {
        /// `None`: there is no such record.
        record: Option<Box<MeetingRecord>>,
        /// Seat secrets by name, to be sealed and stored with it.
        secrets: Vec<(String, Secret<Vec<u8>>)>,
    },
    /// Tried to the end, in vain.
    Failed(Failure),
}

/// State of an ECS task, as far as the domain cares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaskState {
    /// On its way or running.
    Alive,
    /// STOPPED.
    Stopped {
        /// `stoppedReason` and exit code, in words.
        reason: String,
    },
    /// ECS has forgotten it.
    Missing,
}

/// Why an effect was given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// `CB-0nn`, see docs/errors.md.
    pub code: String,
    /// What happened, to what; no personal data.
    pub text: String,
}

/// A meeting as Salesforce has it, read by REST (an unknown meeting, a gap event, reconcile).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MeetingRecord {
    /// In the Recycle Bin.
    pub deleted: bool,
    /// `Status__c`.
    pub status: String,
    /// `Subject__c`.
    pub subject: String,
    /// `Consent_Policy__c`.
    pub policy: Option<String>,
    /// `Media_Region__c`.
    pub region: Option<String>,
    /// `Auto_Record__c`.
    pub auto_record: bool,
    /// `Host__c`.
    pub host: Option<String>,
    /// `Scheduled_Start__c`.
    pub scheduled_start: Option<Millis>,
    /// `Scheduled_End__c`.
    pub scheduled_end: Option<Millis>,
    /// `Bridge_Revision__c`.
    pub revision: i64,
    /// The participants; their keys (`Chime_Seat_Key__c`) travel beside as secrets.
    pub seats: Vec<SeatInvite>,
}
