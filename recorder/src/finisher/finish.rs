//! Finding orphans and completing them. Two finishers may be at work on one piece, and the recorder
//! may still live: S3 lets one Complete win, one note stands, and all others learn of it.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_s3::Client;
use chime_contract::recording::{EndReason, PieceNote, journal_prefix};

use super::view::View;
use crate::storage::calls::{Calls, Place};
use crate::storage::error::{Result, StorageError};
use crate::storage::journal::{State, clear, erased_key};
use crate::storage::note::{Story, conclude, existing_note};
use crate::storage::patience::Patience;
use crate::storage::{Buckets, Checker, Lost};

/// So often a piece is looked at again because another one was at work on it.
const LOOKS: usize = 5;
/// So many fragments more or fewer than we know of a finished file may have.
const APART: usize = 64;

/// Completes orphans.
#[derive(Clone)]
pub struct Finisher {
    calls: Calls,
    patience: Patience,
    checker: Arc<dyn Checker>,
}

/// A piece that was begun and is not complete; its recorder may still live.
#[derive(Debug, Clone)]
pub struct Orphan {
    /// Attempt.
    pub attempt: u32,
    /// Piece number within the attempt.
    pub piece: u32,
    /// When S3 last took something of it, epoch milliseconds by S3's clock.
    pub last_fragment_at: i64,
    /// What it began with.
    pub state: State,
}

/// What became of an orphan.
#[derive(Debug, Clone, PartialEq)]
pub enum Finished {
    /// The file is there, and this is its note.
    Complete(PieceNote),
    /// Another one had completed it and written this note.
    AlreadyDone(PieceNote),
    /// It had no fragment, or the recording was erased; what was left of it is deleted.
    Nothing,
}

impl Finisher {
    /// A finisher that tries each call for a minute.
    pub fn new(client: Client, buckets: Buckets, checker: Arc<dyn Checker>) -> Self {
        let patience = Patience::Bounded(Duration::from_secs(60));
        Self { calls: Calls::new(client, buckets), patience, checker }
    }

    /// The same, but each call is tried for this long.
    pub fn trying_for(self, longest: Duration) -> Self {
        Self { patience: Patience::Bounded(longest), ..self }
    }

    /// The pieces of a recording that were begun and not cleaned up, oldest first.
    ///
    /// # Errors
    /// What S3 refuses. A state object that cannot be read is logged and left.
    pub async fn orphans(&self, recording: &str) -> Result<Vec<Orphan>> {
        let Self { calls, patience, .. } = self;
        let journal = journal_prefix(recording);
        let listed = patience.call(|| calls.list(Place::Work, &journal)).await?;
        let states = format!("{journal}state-");
        let mut found = Vec::new();
        for object in listed.iter().filter(|o| o.key.starts_with(&states)) {
            let key = &object.key;
            let Some(body) = patience.call(|| calls.get(Place::Work, key)).await? else { continue };
            let state = match State::read(key, &body) {
                Ok(state) => state,
                Err(error) => {
                    tracing::error!(%error, "an orphan cannot be read");
                    continue;
                }
            };
            let of_piece = [state.fragments_prefix(), state.indexes_prefix()];
            let its = listed.iter().filter(|o| of_piece.iter().any(|p| o.key.starts_with(p)));
            let last_fragment_at = its.map(|o| o.at).fold(object.at, i64::max);
            let (attempt, piece) = (state.attempt, state.piece);
            found.push(Orphan { attempt, piece, last_fragment_at, state });
        }
        found.sort_by_key(|o| (o.attempt, o.piece));
        Ok(found)
    }

    /// Completes a piece. The caller knows that its recorder is gone or cut off.
    ///
    /// # Errors
    /// What S3 refuses, or does not answer for a minute; a journal that contradicts itself;
    /// `Lost` if the upload is gone without file and without word of an erasure. The journal is
    /// then left as it is.
    pub async fn finish(&self, orphan: &Orphan) -> Result<Finished> {
        let mut result = Ok(None);
        for look in 0..LOOKS {
            result = self.attempt(&orphan.state, look + 1 == LOOKS).await;
            match &result {
                Ok(Some(finished)) => return Ok(finished.clone()),
                Ok(None) => tracing::info!("another one is at work on this piece; looking again"),
                // Cleared under our eyes, or erased: the next look says which.
                Err(error @ (StorageError::Journal { .. } | StorageError::Lost { .. })) => {
                    tracing::info!(%error, "the piece has changed; looking again");
                }
                Err(error) => return Err(error.clone()),
            }
            if look + 1 < LOOKS {
                tokio::time::sleep(Duration::from_millis(100 << look)).await;
            }
        }
        let lost = Lost::AnotherFinished;
        let key = orphan.state.media_key.clone();
        result?.ok_or(StorageError::Lost { key, lost })
    }

    async fn attempt(&self, state: &State, last: bool) -> Result<Option<Finished>> {
        let Self { calls, patience, .. } = self;
        let stone = erased_key(&state.recording);
        if patience.call(|| calls.get(Place::Work, &stone)).await?.is_some() {
            return self.nothing(state).await.map(Some);
        }
        if let Some(note) = existing_note(calls, patience, state).await? {
            self.clear(state).await;
            return Ok(Some(Finished::AlreadyDone(note)));
        }
        let view = View::read(calls, patience, state).await?;
        let key = &state.media_key;
        if let Some(size) = patience.call(|| calls.size(Place::Recordings, key)).await? {
            return self.only_note(state, &view, size, last).await;
        }
        if view.is_empty() {
            return self.nothing(state).await.map(Some);
        }
        let index = view.index(state, view.len())?;
        let header =
            index.header().map_err(|source| StorageError::Media { key: key.clone(), source })?;
        let completing = view.completing(calls, patience, state, header)?;
        completing.run(true).await?;
        drop(completing);
        self.conclude(state, &view, &index, view.len()).await.map(Some)
    }

    /// The file is there and has no note: its maker was killed in between.
    async fn only_note(
        &self,
        state: &State,
        view: &View,
        size: u64,
        last: bool,
    ) -> Result<Option<Finished>> {
        let least = view.len().saturating_sub(APART).max(1);
        for count in (least..=view.len()).rev() {
            let index = view.index(state, count)?;
            let header = index.header().map_or(0, |header| header.len() as u64);
            if header + index.media_len() == size {
                return self.conclude(state, view, &index, count).await.map(Some);
            }
        }
        if !last {
            return Ok(None);
        }
        let reason = format!("the file has {size} bytes, which no beginning of the journal gives");
        Err(StorageError::Journal { key: state.key(), reason })
    }

    async fn conclude(
        &self,
        state: &State,
        view: &View,
        index: &crate::mp4::Index,
        count: usize,
    ) -> Result<Finished> {
        let facts = view.facts(count);
        let end = facts.last().and_then(|f| f.end).unwrap_or(EndReason::Killed);
        let refused = view.refused(count);
        let left_out = view.left_out + u32::try_from(view.len() - count).unwrap_or(u32::MAX);
        let story = Story { state, index, facts, refused, left_out, end };
        let note = conclude(&self.calls, &self.patience, self.checker.as_ref(), story).await?;
        self.clear(state).await;
        Ok(Finished::Complete(note))
    }

    async fn nothing(&self, state: &State) -> Result<Finished> {
        let Self { calls, patience, .. } = self;
        patience.call(|| calls.abort(&state.media_key, &state.upload_id)).await?;
        clear(calls, patience, state).await?;
        Ok(Finished::Nothing)
    }

    /// The note stands; what stays in the journal goes the next time.
    async fn clear(&self, state: &State) {
        if let Err(error) = clear(&self.calls, &self.patience, state).await {
            tracing::warn!(%error, "the journal of a complete piece stays for now");
        }
    }
}
