//! The single tasks of a piece's work. Each does one thing to the end, however often S3 must be
//! asked, and then says what happened.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::content::{Piece, Whereabouts};
use crate::mp4::moof_of;
use crate::storage::calls::{Calls, Place};
use crate::storage::error::{Result, StorageError};
use crate::storage::held::{Held, fetch, join};
use crate::storage::journal::{FragmentHead, Indexed, PartIndex, State, json, pack};
use crate::storage::parts::{Part, crc, crc_text};
use crate::storage::patience::Patience;

/// For what can be left to later.
const SOON: Patience = Patience::Bounded(Duration::from_secs(10));

/// What happened.
pub enum Event {
    /// The upload exists and the journal says so.
    Begun(State),
    /// S3 has this fragment.
    Stored(usize),
    /// This fragment is in a file, or could not be written there.
    Spilled(usize, PathBuf, std::io::Result<()>),
    /// S3 has this part, and its index stands for these fragments.
    Parted(Part, Range<usize>),
    /// The upload is still ours.
    Looked,
}

/// What all tasks need.
#[derive(Clone)]
pub struct Tools {
    /// S3.
    pub calls: Calls,
    /// How long a call is tried.
    pub patience: Patience,
}

impl Tools {
    /// Creates the upload, then says so in the journal.
    pub async fn begin(self, piece: Arc<Piece>) -> Result<Event> {
        let Self { calls, patience } = self;
        let (start, key) = (&piece.start, piece.media_key());
        let upload_id = patience.call(|| calls.create_upload(key)).await?;
        let state = State {
            v: 1,
            meeting: start.meeting.clone(),
            recording: start.recording.clone(),
            attempt: start.attempt,
            piece: start.piece,
            upload_id,
            media_key: key.to_string(),
            init: start.init.clone(),
            started_at: start.started_at,
            calibration_ms: start.calibration_ms,
            audio_only: start.audio_only,
        };
        let (key, body) = (state.key(), json("PutObject", &state)?);
        let put = || calls.put(Place::Work, &key, "application/json", body.clone(), false);
        patience.call(put).await?;
        Ok(Event::Begun(state))
    }

    /// Puts a fragment into the journal.
    pub async fn store(
        self,
        state: Arc<State>,
        at: usize,
        head: FragmentHead,
        from: Whereabouts,
    ) -> Result<Event> {
        let Self { calls, patience } = self;
        let bytes = match from {
            Whereabouts::Memory(bytes) => bytes,
            Whereabouts::Disk(path) => {
                let read = tokio::fs::read(&path).await;
                Bytes::from(read.map_err(|e| StorageError::Scratch {
                    path: path.display().to_string(),
                    reason: e.to_string(),
                })?)
            }
            Whereabouts::Journal | Whereabouts::Part => return Ok(Event::Stored(at)),
        };
        let key = state.fragment(head.n);
        let body = pack(&head, &bytes)?;
        drop(bytes);
        let put = || calls.put(Place::Work, &key, "application/octet-stream", body.clone(), false);
        patience.call(put).await?;
        Ok(Event::Stored(at))
    }

    /// Uploads a part, then writes its index, and only then deletes its fragments.
    pub async fn part(
        self,
        state: Arc<State>,
        number: i32,
        fragments: Range<usize>,
        heads: Vec<FragmentHead>,
        held: Vec<Held>,
    ) -> Result<Event> {
        let Self { calls, patience } = self;
        let bytes = fetch(&calls, &patience, &state, &held).await?;
        let mut indexed = Vec::with_capacity(heads.len());
        for (head, bytes) in heads.into_iter().zip(&bytes) {
            let (moof, mdat_len) = moof_of(bytes)
                .map_err(|source| StorageError::Media { key: state.media_key.clone(), source })?;
            indexed.push(Indexed { head, moof: Bytes::copy_from_slice(moof), mdat_len });
        }
        let body = join(&[], &bytes);
        drop((bytes, held));
        let sum = crc(&body);
        let (key, upload) = (&state.media_key, &state.upload_id);
        let put = || calls.upload_part(key, upload, number, body.clone(), sum);
        let part = patience.call(put).await?;
        drop(body);
        let index = PartIndex {
            v: 1,
            part: number,
            size: part.size,
            etag: part.etag.clone(),
            crc: crc_text(sum),
            fragments: indexed,
        };
        let (key, body) = (state.index(number), json("PutObject", &index)?);
        let put = || calls.put(Place::Work, &key, "application/json", body.clone(), false);
        patience.call(put).await?;
        let keys: Vec<String> = index.fragments.iter().map(|f| state.fragment(f.head.n)).collect();
        if let Err(error) = SOON.call(|| calls.delete(Place::Work, &keys)).await {
            // The index wins over them; they go with the rest at the end.
            tracing::warn!(%error, "fragments of a stored part stay in the journal for now");
        }
        Ok(Event::Parted(part, fragments))
    }

    /// Asks whether the upload is still there.
    pub async fn look(self, state: Arc<State>) -> Result<Event> {
        let Self { calls, patience } = self;
        patience.call(|| calls.list_parts(&state.media_key, &state.upload_id)).await?;
        Ok(Event::Looked)
    }
}

/// Writes a fragment to a file.
pub async fn spill(at: usize, bytes: Bytes, file: PathBuf) -> Result<Event> {
    let written = tokio::fs::write(&file, &bytes).await;
    if written.is_err() {
        // Half a file is of no use; the bytes are still in memory.
        let _ = tokio::fs::remove_file(&file).await;
    }
    Ok(Event::Spilled(at, file, written))
}
