//! What the capture sees of storage: a store, and a writer a piece. Pushing never waits for S3;
//! finishing does.

use std::path::PathBuf;
use std::sync::Arc;

use aws_sdk_s3::Client;
use bytes::Bytes;
use chime_contract::recording::{EndReason, PieceNote, piece_key};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::Facts;
use super::backlog::{Backlog, Durable, Limits};
use super::calls::{Buckets, Calls};
use super::error::{Result, StorageError};
use super::failed::Failure;
use super::note::Checker;
use super::patience::Patience;
use super::piece::{Piece, pump::Pump};
use crate::clock;

/// How storage is set up.
#[derive(Debug, Clone)]
pub struct StoreConfig {
    /// The two buckets.
    pub buckets: Buckets,
    /// How much may wait.
    pub limits: Limits,
    /// A folder of our own for what memory does not hold; made if missing.
    pub scratch: PathBuf,
}

/// A piece that begins: one run of the encoder.
#[derive(Debug, Clone)]
pub struct PieceStart {
    /// Meeting record id.
    pub meeting: String,
    /// Recording key.
    pub recording: String,
    /// Attempt, from 1.
    pub attempt: u32,
    /// Piece number within the attempt, from 1.
    pub piece: u32,
    /// FFmpeg's init segment.
    pub init: Bytes,
    /// Wall clock of media time 0, epoch milliseconds.
    pub started_at: i64,
    /// Milliseconds by which sound came before the picture, and was set back.
    pub calibration_ms: f64,
    /// There is no picture.
    pub audio_only: bool,
}

impl PieceStart {
    /// Key of the file to be.
    pub fn media_key(&self) -> String {
        piece_key(&self.meeting, &self.recording, self.attempt, self.piece)
    }
}

/// Storage of one recorder.
#[derive(Clone)]
pub struct Store {
    calls: Calls,
    backlog: Arc<Backlog>,
    checker: Arc<dyn Checker>,
}

impl Store {
    /// Makes the scratch folder, empty; makes no call to S3 yet.
    ///
    /// # Errors
    /// The folder cannot be made.
    pub async fn open(
        config: StoreConfig,
        client: Client,
        checker: Arc<dyn Checker>,
    ) -> Result<Self> {
        let scratch = config.scratch.join("fragments");
        let made = async {
            // What an earlier process left is in no account of ours.
            if tokio::fs::try_exists(&scratch).await? {
                tokio::fs::remove_dir_all(&scratch).await?;
            }
            tokio::fs::create_dir_all(&scratch).await
        };
        made.await.map_err(|e| StorageError::Scratch {
            path: scratch.display().to_string(),
            reason: e.to_string(),
        })?;
        let backlog = Arc::new(Backlog::new(config.limits, scratch));
        Ok(Self { calls: Calls::new(client, config.buckets), backlog, checker })
    }

    /// Begins a piece; the calls to S3 are made in the background.
    ///
    /// # Errors
    /// The init segment cannot be read. `Lost`: an earlier piece was lost, so this recorder is no
    /// longer the one, and must not go on under its name.
    pub fn begin(&self, start: PieceStart) -> Result<PieceWriter> {
        if let Some(lost) = self.backlog.watch().borrow().lost {
            return Err(StorageError::Lost { key: start.media_key(), lost });
        }
        let piece = Arc::new(Piece::new(start, self.backlog.clone())?);
        let pump = Pump::new(piece.clone(), self.calls.clone(), self.checker.clone());
        Ok(PieceWriter { piece, task: Background(clock::spawn(pump.run())) })
    }

    /// How durable everything is, and how it changes.
    pub fn backlog(&self) -> watch::Receiver<Durable> {
        self.backlog.watch()
    }

    /// Writes the note of a piece that never began, and what the page showed.
    ///
    /// # Errors
    /// What will never be taken; all else is tried again.
    pub async fn failed_note(&self, failure: Failure) -> Result<()> {
        failure.write(&self.calls, &Patience::Endless(self.backlog.clone())).await
    }
}

/// Takes the fragments of a piece. Dropped without [`PieceWriter::finish`] it stops at once, as a
/// killed process would: a finisher completes what S3 has.
pub struct PieceWriter {
    piece: Arc<Piece>,
    task: Background,
}

impl PieceWriter {
    /// Takes the next fragment, `moof` and `mdat` whole. Does not wait.
    ///
    /// # Errors
    /// `Lost`: stop for good. `Media`, `TooLong`, `Scratch`: begin a new piece. `Full`: this
    /// fragment is lost, the next may not be.
    pub fn push(&self, fragment: Bytes, facts: Facts) -> Result<()> {
        self.piece.push(fragment, facts)
    }

    /// Ends the piece: completes the file, reads it back, has it checked, writes the note. `None`
    /// if it never had a fragment; then nothing of it remains.
    ///
    /// # Errors
    /// As [`PieceWriter::push`], and what S3 will never take. What S3 has is left for a finisher.
    pub async fn finish(mut self, end: EndReason) -> Result<Option<PieceNote>> {
        self.piece.end(end);
        match (&mut self.task.0).await {
            Ok(done) => done,
            Err(_) => Err(StorageError::Broken { key: self.piece.media_key().to_string() }),
        }
    }
}

/// A task that ends when nobody wants it any more.
struct Background(JoinHandle<Result<Option<PieceNote>>>);

impl Drop for Background {
    fn drop(&mut self) {
        self.0.abort();
    }
}
