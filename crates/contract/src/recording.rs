//! The files of a recording: where they lie, what they say, and how a recorder is told what to do.
//!
//! | key | bucket | who writes |
//! |---|---|---|
//! | `launch/<recording>-<attempt>.json` | work | bridge (deletes it too) |
//! | `journal/<recording>/<attempt>-<piece>-<fragment>` | work | recorder |
//! | `journal/<recording>/state-<attempt>-<piece>.json` | work | recorder, once, before the first fragment |
//! | `journal/<recording>/index-<attempt>-<piece>-<part>.json` | work | recorder, for fragments that became a part |
//! | `recordings/<meeting>/<recording>/<attempt>-<piece>.mp4` and `.json` | recordings | recorder or finisher |
//! | `recordings/<meeting>/<recording>/<attempt>-<piece>.png` | recordings | recorder, what the page showed when it failed |
//! | `recordings/<meeting>/<recording>/manifest.json` | recordings | bridge alone |

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{Secret, secret};

/// Names a recording everywhere: 32 lower-case hex characters, derived by the bridge.
pub type RecordingKey = String;

/// External user id (and seat id) of the recorder of one attempt.
pub fn seat(recording: &str, attempt: u32) -> String {
    format!("recorder-{recording}-{attempt}")
}

/// The reverse of [`seat`].
pub fn parse_seat(seat: &str) -> Option<(&str, u32)> {
    let (recording, attempt) = seat.strip_prefix("recorder-")?.rsplit_once('-')?;
    Some((recording, attempt.parse().ok()?))
}

/// `clientToken` and `startedBy` of the attempt's task: hash of org, recording, attempt.
pub fn start_token(org_id: &str, recording: &str, attempt: u32) -> String {
    let digest = Sha256::digest(format!("start-v1|{org_id}|{recording}|{attempt}"));
    hex::encode(&digest[..16])
}

/// Where the launch file lies in the work bucket.
pub fn launch_key(recording: &str, attempt: u32) -> String {
    format!("launch/{recording}-{attempt}.json")
}

/// Where a recording's journal lies in the work bucket (with trailing slash).
pub fn journal_prefix(recording: &str) -> String {
    format!("journal/{recording}/")
}

/// A fragment: a second of media that has not become a part of its piece yet.
pub fn fragment_key(recording: &str, attempt: u32, piece: u32, fragment: u32) -> String {
    format!("{}{attempt}-{piece:03}-{fragment:06}", journal_prefix(recording))
}

/// What a finisher must know of a piece that was begun.
pub fn state_key(recording: &str, attempt: u32, piece: u32) -> String {
    format!("{}state-{attempt}-{piece:03}.json", journal_prefix(recording))
}

/// What a finisher must know of fragments that became a part of their piece.
pub fn index_key(recording: &str, attempt: u32, piece: u32, part: u32) -> String {
    format!("{}index-{attempt}-{piece:03}-{part:05}.json", journal_prefix(recording))
}

/// What the page showed when a piece could not begin.
pub fn screenshot_key(meeting: &str, recording: &str, attempt: u32, piece: u32) -> String {
    format!("{}{attempt}-{piece:03}.png", pieces_prefix(meeting, recording))
}

/// Where a recording's pieces lie in the recordings bucket (with trailing slash).
pub fn pieces_prefix(meeting: &str, recording: &str) -> String {
    format!("recordings/{meeting}/{recording}/")
}

/// A piece's media file.
pub fn piece_key(meeting: &str, recording: &str, attempt: u32, piece: u32) -> String {
    format!("{}{attempt}-{piece:03}.mp4", pieces_prefix(meeting, recording))
}

/// A piece's note.
pub fn note_key(meeting: &str, recording: &str, attempt: u32, piece: u32) -> String {
    format!("{}{attempt}-{piece:03}.json", pieces_prefix(meeting, recording))
}

/// The manifest, written by the bridge when no attempt lives.
pub fn manifest_key(meeting: &str, recording: &str) -> String {
    format!("{}manifest.json", pieces_prefix(meeting, recording))
}

/// What an object key of the two buckets stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ObjectKind {
    /// A journal fragment of a recording's attempt: the attempt is alive.
    Fragment {
        /// Recording key.
        recording: String,
        /// Attempt.
        attempt: u32,
    },
    /// A piece's note: the piece is complete.
    PieceNote {
        /// Meeting record id.
        meeting: String,
        /// Recording key.
        recording: String,
        /// Attempt.
        attempt: u32,
        /// Piece number within the attempt.
        piece: u32,
    },
    /// Anything else.
    Other,
}

/// Reads an object key.
pub fn object_kind(key: &str) -> ObjectKind {
    let parts: Vec<&str> = key.split('/').collect();
    match parts.as_slice() {
        ["journal", recording, fragment] => match fragment.split('-').next().map(str::parse) {
            Some(Ok(attempt)) => ObjectKind::Fragment { recording: (*recording).into(), attempt },
            _ => ObjectKind::Other,
        },
        ["recordings", meeting, recording, file] => {
            let numbers = file.strip_suffix(".json").and_then(|name| name.split_once('-'));
            match numbers.map(|(a, p)| (a.parse(), p.parse())) {
                Some((Ok(attempt), Ok(piece))) => ObjectKind::PieceNote {
                    meeting: (*meeting).into(),
                    recording: (*recording).into(),
                    attempt,
                    piece,
                },
                _ => ObjectKind::Other,
            }
        }
        _ => ObjectKind::Other,
    }
}

/// The recorder task's environment: ids only. Overrides are shown by DescribeTasks, in task
/// events and in CloudTrail, so nothing secret may stand here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecorderEnvironment {
    /// Recording key.
    pub recording: RecordingKey,
    /// Attempt, from 1.
    pub attempt: u32,
    /// Work bucket (launch file, journal).
    pub work_bucket: String,
    /// Recordings bucket (pieces).
    pub recordings_bucket: String,
}

impl RecorderEnvironment {
    /// As environment variables.
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        vec![
            ("CHIME_RECORDING", self.recording.clone()),
            ("CHIME_ATTEMPT", self.attempt.to_string()),
            ("CHIME_WORK_BUCKET", self.work_bucket.clone()),
            ("CHIME_RECORDINGS_BUCKET", self.recordings_bucket.clone()),
        ]
    }

    /// From environment variables; `None` names nothing, the caller says what is missing.
    pub fn from_variables(get: impl Fn(&str) -> Option<String>) -> Option<Self> {
        Some(Self {
            recording: get("CHIME_RECORDING")?,
            attempt: get("CHIME_ATTEMPT")?.parse().ok()?,
            work_bucket: get("CHIME_WORK_BUCKET")?,
            recordings_bucket: get("CHIME_RECORDINGS_BUCKET")?,
        })
    }
}

/// What a recorder reads at start: the one file that carries its join key.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LaunchFile {
    /// Format version, 1.
    pub v: u8,
    /// Meeting record id.
    pub meeting: String,
    /// Recording key.
    pub recording: RecordingKey,
    /// Attempt, from 1.
    pub attempt: u32,
    /// The org id, salt of the ticket's key.
    pub org_id: String,
    /// Base URL of the room, `https://ROOM`.
    pub room_url: String,
    /// The recorder's join key.
    #[serde(serialize_with = "secret::exposed")]
    pub join_key: Secret<String>,
    /// Give up after this many seconds without being let in.
    pub unused_seconds: u32,
    /// Stop after this many seconds without a human in the meeting.
    pub alone_seconds: u32,
    /// Stop after this many seconds of recording.
    #[serde(default = "LaunchFile::longest")]
    pub max_seconds: u32,
}

impl LaunchFile {
    /// Four hours.
    fn longest() -> u32 {
        4 * 3_600
    }
}

/// A piece's note, beside its media file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PieceNote {
    /// Format version, 1.
    pub v: u8,
    /// Recording key.
    pub recording: RecordingKey,
    /// Attempt.
    pub attempt: u32,
    /// Piece number within the attempt, from 1.
    pub piece: u32,
    /// First captured frame, epoch milliseconds.
    pub started_at: i64,
    /// Last captured frame, epoch milliseconds.
    pub stopped_at: i64,
    /// Media length in milliseconds.
    pub duration_ms: i64,
    /// Bytes of the media file.
    pub size_bytes: i64,
    /// Hex SHA-256 of the media file.
    pub sha256: String,
    /// What the check of the finished file found.
    pub verdict: Verdict,
    /// How it was captured; absent where nothing was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capture: Option<Capture>,
    /// What is missing in the media, in the order of time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spans: Vec<Span>,
    /// Why it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<EndReason>,
}

impl PieceNote {
    /// True if there is a media file.
    pub fn has_media(&self) -> bool {
        self.size_bytes > 0
    }

    /// Milliseconds without the meeting's picture: the page was being brought back.
    pub fn without_page_ms(&self) -> i64 {
        self.spans.iter().filter(|s| s.kind == SpanKind::NoPage).map(|s| s.ms).sum()
    }
}

/// How a piece was captured.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Capture {
    /// Milliseconds by which sound came before the picture in the self-test, and was set back.
    pub calibration_ms: f64,
    /// Frames in the file.
    pub frames: u64,
    /// Frames that are missing, because the machine had no time to grab them.
    pub dropped: u64,
    /// Frames the encoder put in twice, because the next was late.
    pub duplicated: u64,
}

/// A stretch of a piece in which something is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Span {
    /// What is missing.
    pub kind: SpanKind,
    /// Milliseconds from the start of the piece.
    pub from_ms: i64,
    /// Milliseconds.
    pub ms: i64,
}

/// What is missing in a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SpanKind {
    /// No sound above the floor.
    Silent,
    /// A black picture.
    Black,
    /// The same picture all the time.
    Frozen,
    /// The page had crashed or hung, or lost the meeting, and was being brought back.
    NoPage,
    /// Sound that never came was filled with silence.
    Filled,
}

/// Why a piece ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum EndReason {
    /// The ticket said *waiting* again: stopped by command, or consent was taken back.
    Stopped,
    /// The meeting ended.
    MeetingOver,
    /// The recorder was removed from the meeting.
    Removed,
    /// No human was there any more.
    Alone,
    /// The longest duration was reached.
    Limit,
    /// The task was told to stop (SIGTERM).
    Terminated,
    /// The page never showed media.
    Page,
    /// The encoder ended by itself; another piece follows.
    Encoder,
    /// The virtual display ended; another piece follows.
    Display,
    /// The sound server ended; another piece follows.
    Sound,
    /// The machine was too slow; another piece in lower quality follows.
    Overload,
    /// Storage was away for too long; what follows is sound only, or picture again.
    Storage,
    /// The recorder was killed; a finisher completed the piece.
    Killed,
}

/// What a check of a media file found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Verdict {
    /// The picture changes and is not black.
    pub picture: bool,
    /// There is sound.
    pub sound: bool,
    /// The length is what it should be.
    pub length: bool,
    /// In words, for the record; empty when all is well.
    #[serde(default)]
    pub remark: String,
}

impl Verdict {
    /// True if the file may be shown.
    pub fn good(&self) -> bool {
        self.picture && self.sound && self.length
    }
}

/// The manifest of a recording, written by the bridge alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// Format version, 1.
    pub v: u8,
    /// Meeting record id.
    pub meeting: String,
    /// Recording key.
    pub recording: RecordingKey,
    /// All pieces, by start.
    pub pieces: Vec<PieceNote>,
    /// Holes between pieces, milliseconds in all.
    pub gap_ms: i64,
    /// Media length of all pieces, milliseconds.
    pub duration_ms: i64,
    /// Bytes of all pieces.
    pub size_bytes: i64,
    /// Hex SHA-256 over the pieces' checksums in order; one piece: its own.
    pub sha256: String,
    /// The verdict over all pieces.
    pub verdict: Verdict,
}

impl Manifest {
    /// Puts the pieces together: orders them, measures the holes, sums up.
    pub fn of(meeting: &str, recording: &str, mut pieces: Vec<PieceNote>) -> Self {
        pieces.sort_by_key(|p| (p.started_at, p.attempt, p.piece));
        // An attempt that captured nothing leaves a note with its reason, and no hole.
        let media: Vec<&PieceNote> = pieces.iter().filter(|p| p.has_media()).collect();
        let mut end = media.first().map_or(0, |p| p.started_at);
        let mut gap_ms = 0;
        for piece in &media {
            gap_ms += (piece.started_at - end).max(0) + piece.without_page_ms();
            end = end.max(piece.stopped_at);
        }
        let judged: Vec<&PieceNote> =
            if media.is_empty() { pieces.iter().collect() } else { media };
        let sha256 = match judged.as_slice() {
            [one] => one.sha256.clone(),
            all => {
                let joined: Vec<&str> = all.iter().map(|p| p.sha256.as_str()).collect();
                hex::encode(Sha256::digest(joined.join("\n")))
            }
        };
        let all = |what: fn(&Verdict) -> bool| {
            !judged.is_empty() && judged.iter().all(|p| what(&p.verdict))
        };
        let remarks: Vec<&str> =
            judged.iter().map(|p| p.verdict.remark.as_str()).filter(|r| !r.is_empty()).collect();
        let verdict = Verdict {
            picture: all(|v| v.picture),
            sound: all(|v| v.sound),
            length: all(|v| v.length),
            remark: remarks.join("; "),
        };
        Self {
            v: 1,
            meeting: meeting.into(),
            recording: recording.into(),
            gap_ms,
            duration_ms: pieces.iter().map(|p| p.duration_ms).sum(),
            size_bytes: pieces.iter().map(|p| p.size_bytes).sum(),
            sha256,
            verdict,
            pieces,
        }
    }
}
