//! The end of a piece: the finished file is read back, checked, and told of in its note. The note is
//! written once: whoever comes second takes the one that is there.

use std::time::Duration;

use chime_contract::Secret;
use chime_contract::recording::{Capture, EndReason, PieceNote, Verdict};
use sha2::{Digest, Sha256};
use tokio::time::{sleep, timeout};

use super::calls::{Calls, Place};
use super::error::{Class, Result, StorageError};
use super::facts::{Facts, spans};
use super::journal::{State, bad, erased_key, json};
use super::lost::Lost;
use super::patience::Patience;
use crate::mp4::{Index, Kind};

/// Without a byte for this long a stream is opened again.
const STALL: Duration = Duration::from_secs(20);
/// So often in a row, before someone who may give up does.
const STALLS: u32 = 6;

/// A finished file, for the checker.
#[derive(Debug, Clone)]
pub struct Readable {
    /// Presigned GET, good for 15 minutes. Whoever has it has the file.
    pub url: Secret<String>,
    /// Bytes.
    pub size_bytes: u64,
    /// Length by the sample tables, milliseconds.
    pub duration_ms: i64,
    /// Length by the wall clock, milliseconds from media time 0.
    pub wall_ms: i64,
    /// There is no picture.
    pub audio_only: bool,
    /// The index stands before the media: it plays before it is loaded whole.
    pub moov_first: bool,
    /// Wall clock of media time 0, epoch milliseconds.
    pub started_at: i64,
    /// What the capture knew of each second; empty where nobody knows any more.
    pub facts: Vec<Facts>,
}

impl Readable {
    /// A file on this machine; `length_ms` is what it should have, else its own length.
    ///
    /// # Errors
    /// It cannot be read, or ffprobe knows no length.
    pub async fn of_file(path: &std::path::Path, length_ms: Option<i64>) -> std::io::Result<Self> {
        let own = crate::probe::duration_ms(path).await.map_err(std::io::Error::other)?;
        let mut file = tokio::fs::File::open(path).await?;
        let mut head = vec![0; HEAD];
        let count = tokio::io::AsyncReadExt::read(&mut file, &mut head).await?;
        head.truncate(count);
        Ok(Self {
            url: Secret::new(path.display().to_string()),
            size_bytes: file.metadata().await?.len(),
            duration_ms: own,
            wall_ms: length_ms.unwrap_or(own),
            audio_only: false,
            moov_first: moov_first(&head),
            started_at: 0,
            facts: Vec::new(),
        })
    }
}

/// Bytes of a file's start that are looked at.
const HEAD: usize = 4 << 10;

/// True if `moov` is the second box, after `ftyp`.
fn moov_first(head: &[u8]) -> bool {
    let length = head.first_chunk::<4>().map(|size| u32::from_be_bytes(*size) as usize);
    let second = length.and_then(|length| head.get(length + 4..length + 8));
    head.get(4..8) == Some(b"ftyp") && second == Some(b"moov")
}

/// Checks finished files.
#[async_trait::async_trait]
pub trait Checker: Send + Sync {
    /// Looks at the file. What is wrong with it is in the verdict's remark.
    ///
    /// # Errors
    /// In words, why this machine cannot look: then nothing is known of the file, and no note may
    /// say so.
    async fn check(&self, file: &Readable) -> std::result::Result<Verdict, String>;
}

/// What is known of a piece whose file is made.
pub(crate) struct Story<'a> {
    /// The piece.
    pub state: &'a State,
    /// Its fragments.
    pub index: &'a Index,
    /// What the capture knew of each.
    pub facts: Vec<Facts>,
    /// Fragments nothing could take.
    pub refused: u32,
    /// Fragments after a hole.
    pub left_out: u32,
    /// Why it ended.
    pub end: EndReason,
}

/// Reads the file back, has it checked, writes the note. The note that is there in the end, ours or
/// another one's.
///
/// # Errors
/// `Lost` if the file is gone or the recording was erased, `Unchecked` if it cannot be looked at
/// here: nothing is written then.
pub(crate) async fn conclude(
    calls: &Calls,
    patience: &Patience,
    checker: &dyn Checker,
    story: Story<'_>,
) -> Result<PieceNote> {
    let state = story.state;
    let gone = || StorageError::Lost { key: state.media_key.clone(), lost: Lost::Gone };
    let read = match read_back(calls, patience, &state.media_key).await {
        Err(error) if error.class() == Class::Missing => return Err(gone()),
        read => read?,
    };
    let last = story.facts.last().map_or(state.started_at, |f| f.at);
    let readable = Readable {
        url: Secret::new(calls.link(&state.media_key).await?),
        size_bytes: read.size,
        duration_ms: story.index.duration_ms(),
        wall_ms: last - state.started_at,
        audio_only: state.audio_only,
        moov_first: moov_first(&read.head),
        started_at: state.started_at,
        facts: story.facts.clone(),
    };
    let unchecked = |reason| StorageError::Unchecked { key: state.media_key.clone(), reason };
    let verdict = checker.check(&readable).await.map_err(unchecked)?;
    let note = story.note(read, verdict);
    let stone = erased_key(&state.recording);
    if patience.call(|| calls.get(Place::Work, &stone)).await?.is_some() {
        return Err(gone());
    }
    let (key, body) = (state.note_key(), json("PutObject", &note)?);
    let put = || calls.put(Place::Recordings, &key, "application/json", body.clone(), true);
    match patience.call(put).await {
        Ok(()) => Ok(note),
        // Ours, if the answer to the first try was lost.
        Err(error) if error.is_beaten() => {
            existing_note(calls, patience, state).await?.ok_or_else(gone)
        }
        Err(error) => Err(error),
    }
}

/// The note that is there.
pub(crate) async fn existing_note(
    calls: &Calls,
    patience: &Patience,
    state: &State,
) -> Result<Option<PieceNote>> {
    let key = state.note_key();
    let Some(body) = patience.call(|| calls.get(Place::Recordings, &key)).await? else {
        return Ok(None);
    };
    serde_json::from_slice(&body).map(Some).map_err(|e| bad(&key, e))
}

impl Story<'_> {
    fn note(&self, read: ReadBack, mut verdict: Verdict) -> PieceNote {
        let state = self.state;
        let sum = |what: fn(&Facts) -> u32| self.facts.iter().map(|f| u64::from(what(f))).sum();
        let starts = [Kind::Video, Kind::Audio].map(|kind| self.index.track_start_ms(kind));
        let start = starts.into_iter().flatten().next().unwrap_or_default();
        let mut remarks = vec![std::mem::take(&mut verdict.remark)];
        if self.refused > 0 {
            remarks.push(format!("{} fragments lost: storage and disk were full", self.refused));
        }
        if self.left_out > 0 {
            remarks.push(format!("{} fragments left out after a hole", self.left_out));
        }
        remarks.retain(|remark| !remark.is_empty());
        verdict.remark = remarks.join("; ");
        PieceNote {
            v: 1,
            recording: state.recording.clone(),
            attempt: state.attempt,
            piece: state.piece,
            started_at: state.started_at + start,
            stopped_at: self.facts.last().map_or(state.started_at, |f| f.at),
            duration_ms: self.index.duration_ms(),
            size_bytes: i64::try_from(read.size).unwrap_or(i64::MAX),
            sha256: read.sha256,
            verdict,
            capture: Some(Capture {
                calibration_ms: state.calibration_ms,
                frames: sum(|f| f.frames),
                dropped: sum(|f| f.dropped),
                duplicated: sum(|f| f.duplicated),
            }),
            spans: spans(state.started_at, &self.facts),
            end: Some(self.end),
        }
    }
}

/// What reading the file gave.
struct ReadBack {
    size: u64,
    sha256: String,
    /// Its first bytes.
    head: Vec<u8>,
}

/// Reads the whole file, a chunk at a time; a stream that breaks off goes on where it was.
async fn read_back(calls: &Calls, patience: &Patience, key: &str) -> Result<ReadBack> {
    let mut digest = Sha256::new();
    let mut head = Vec::new();
    let (mut at, mut etag, mut whole) = (0_u64, None, None);
    let mut stalls = 0;
    loop {
        let from = at;
        let got = patience.call(|| calls.stream(key, from, etag.clone())).await?;
        etag = etag.or(got.e_tag().map(str::to_string));
        let len = u64::try_from(got.content_length().unwrap_or_default()).unwrap_or_default();
        let whole = *whole.get_or_insert(len);
        let mut body = got.body;
        let broken = loop {
            match timeout(STALL, body.next()).await {
                Ok(Some(Ok(chunk))) => {
                    digest.update(&chunk);
                    head.extend(chunk.iter().take(HEAD.saturating_sub(head.len())));
                    at += chunk.len() as u64;
                    stalls = 0;
                }
                Ok(Some(Err(error))) => break error.to_string(),
                Ok(None) if at >= whole => {
                    let sha256 = hex::encode(digest.finalize());
                    return Ok(ReadBack { size: at, sha256, head });
                }
                Ok(None) => break format!("it ended after {at} of {whole} bytes"),
                Err(_) => break format!("no byte for {} s", STALL.as_secs()),
            }
        };
        stalls += 1;
        let error = StorageError::no_answer("GetObject", key, broken);
        tracing::warn!(%error, at, "reading back goes on where it broke off");
        let may_give_up = matches!(patience, Patience::Bounded(_));
        if at >= whole || (may_give_up && stalls >= STALLS) {
            return Err(error);
        }
        sleep(Duration::from_millis(100 * u64::from(stalls.min(50)))).await;
    }
}
