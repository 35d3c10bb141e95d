//! A piece that never began: a note without media says why, beside a picture of what the page
//! showed, so that the record does not just stay empty.

use bytes::Bytes;
use chime_contract::recording::{EndReason, PieceNote, Verdict, note_key, screenshot_key};
use sha2::{Digest, Sha256};

use super::calls::{Calls, Place};
use super::error::Result;
use super::journal::json;
use super::patience::Patience;
use crate::clock;

/// A piece that never began.
#[derive(Debug, Clone)]
pub struct Failure {
    /// Meeting record id.
    pub meeting: String,
    /// Recording key.
    pub recording: String,
    /// Attempt, from 1.
    pub attempt: u32,
    /// Piece number within the attempt, from 1.
    pub piece: u32,
    /// Why, in words for the record.
    pub reason: String,
    /// Why, in the note's word.
    pub end: EndReason,
    /// What the page showed, as PNG.
    pub screenshot: Option<Vec<u8>>,
}

impl Failure {
    /// Writes picture and note. A note that is there already stays.
    pub(super) async fn write(self, calls: &Calls, patience: &Patience) -> Result<()> {
        let Self { meeting, recording, attempt, piece, reason, end, screenshot } = self;
        if let Some(picture) = screenshot.map(Bytes::from) {
            let key = screenshot_key(&meeting, &recording, attempt, piece);
            let put = || calls.put(Place::Recordings, &key, "image/png", picture.clone(), false);
            patience.call(put).await?;
        }
        let now = clock::now_ms();
        let key = note_key(&meeting, &recording, attempt, piece);
        let note = PieceNote {
            v: 1,
            recording,
            attempt,
            piece,
            started_at: now,
            stopped_at: now,
            duration_ms: 0,
            size_bytes: 0,
            sha256: hex::encode(Sha256::digest([])),
            verdict: Verdict { picture: false, sound: false, length: false, remark: reason },
            capture: None,
            spans: Vec::new(),
            end: Some(end),
        };
        let body = json("PutObject", &note)?;
        let put = || calls.put(Place::Recordings, &key, "application/json", body.clone(), true);
        match patience.call(put).await {
            Err(error) if error.is_beaten() => Ok(()),
            done => done,
        }
    }
}
