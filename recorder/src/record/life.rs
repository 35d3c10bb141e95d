//! From the environment to the exit code. The recorder tests itself, opens the page, waits for the
//! meeting, records until something ends it, stores what is left, and says what came of it. It
//! never says "done" of what is not stored.

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chime_contract::recording::{EndReason, LaunchFile, PieceNote};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::wait::Waited;
use crate::browser::page::{News, Page};
use crate::capture::quality::Quality;
use crate::clock::spawn;
use crate::finisher::Finisher;
use crate::health::{self, Beat, Doing, Health};
use crate::orders::{self, OrdersError, Settings};
use crate::probe::Probe;
use crate::scratch::Scratch;
use crate::selftest::{self, SelfTestError};
use crate::stack::{Stack, StackError};
use crate::storage::{self, Buckets, Failure, Limits, StorageError, Store, StoreConfig};

/// Waits a test may shorten; nothing else differs.
#[derive(Debug, Clone)]
pub struct Timing {
    /// A page must have media within this time, three times over.
    pub page: Duration,
    /// Shortest time without humans that counts, whatever the launch file says.
    pub debounce: Duration,
    /// A connection that is not restored within this time needs another page.
    pub reconnect: Duration,
    /// An encoder that makes nothing for so long is replaced.
    pub stall: Duration,
    /// Storing the rest may take this long: Fargate gives 120 s from SIGTERM.
    pub finish: Duration,
    /// A predecessor's piece is completed when it has been silent for this long.
    pub predecessor: Duration,
    /// How much of the recording may wait for S3.
    pub limits: Limits,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            page: Duration::from_secs(30),
            debounce: Duration::from_secs(10),
            reconnect: Duration::from_secs(30),
            stall: Duration::from_secs(6),
            finish: Duration::from_secs(100),
            predecessor: Duration::from_secs(150),
            limits: Limits::default(),
        }
    }
}

/// What came of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// All pieces are stored and have their notes.
    Done(EndReason),
    /// Nobody wanted it in time.
    Unused,
    /// Another completed its piece: it must not go on.
    Fenced,
}

/// Why a task failed.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// No orders.
    #[error(transparent)]
    Orders(#[from] OrdersError),
    /// Storage.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The scratch folder.
    #[error("no folder for temporary files can be made in {0}: {1}")]
    Scratch(PathBuf, std::io::Error),
    /// The programs do not run.
    #[error(transparent)]
    Stack(#[from] StackError),
    /// The self-test was not passed.
    #[error("CB-051: the recorder's self-test failed: {0}")]
    SelfTest(#[from] SelfTestError),
    /// The page never had media.
    #[error("{0}")]
    Page(String),
    /// What it stands on broke again and again.
    #[error("CB-052: the recorder's {0} ended again and again")]
    Broken(&'static str),
    /// Not all was stored in time.
    #[error("not all pieces could be completed within {} s; the journal holds them", .0.as_secs())]
    NotFinished(Duration),
    /// Completing one broke off.
    #[error("a piece could not be completed; the journal holds it")]
    NotCompleted,
}

/// One attempt of a recording.
pub(super) struct Recorder {
    pub(super) launch: LaunchFile,
    pub(super) timing: Timing,
    pub(super) stop: CancellationToken,
    pub(super) store: Store,
    pub(super) scratch: Scratch,
    pub(super) stack: Stack,
    pub(super) page: Option<Page>,
    pub(super) news: watch::Receiver<News>,
    pub(super) calibration: f64,
    /// What the picture is worth on this machine.
    pub(super) quality: Quality,
    /// Storage has no room for a picture now.
    pub(super) sound_only: bool,
    pub(super) pieces: u32,
    pub(super) began: Option<Instant>,
    pub(super) finishing: JoinSet<Result<Option<PieceNote>, StorageError>>,
    pub(super) beat: Beat,
    /// How often display or sound has died.
    pub(super) breaks: u32,
    /// Encoders in a row that made nothing.
    pub(super) barren: u32,
    health: PathBuf,
    told: Option<Instant>,
    heard_at: Option<i64>,
}

/// Runs a task until it ends; `stop` is its SIGTERM.
///
/// # Errors
/// See [`RecordError`]; what was captured before is stored or in the journal.
pub async fn run(
    settings: &Settings,
    timing: Timing,
    stop: CancellationToken,
) -> Result<Outcome, RecordError> {
    let beat = Beat::default();
    beat.watch();
    let health = health::file(&settings.scratch);
    let s3 = storage::client(&settings.s3).await?;
    let launch = beat.during(orders::launch(&s3, &settings.task)).await?;
    let scratch = Scratch::make(&settings.scratch)
        .map_err(|e| RecordError::Scratch(settings.scratch.clone(), e))?;
    let buckets = Buckets {
        work: settings.task.work_bucket.clone(),
        recordings: settings.task.recordings_bucket.clone(),
    };
    let config = StoreConfig {
        buckets: buckets.clone(),
        limits: timing.limits.clone(),
        scratch: scratch.join("spill"),
    };
    let checker = Arc::new(Probe::default());
    let store = Store::open(config, s3.clone(), checker.clone()).await?;
    let finisher = Finisher::new(s3, buckets, checker);
    let predecessors = predecessors(finisher, launch.clone(), timing.predecessor);
    let ended = stop.child_token();
    let _ending = ended.clone().drop_guard();
    spawn(ended.run_until_cancelled_owned(predecessors));
    let starting = Health {
        at: crate::clock::now_ms(),
        doing: Doing::Preparing,
        stored_at: None,
        heard_at: None,
    };
    health::write(&health, &starting);
    let prepared = tokio::select! {
        prepared = beat.during(prepare(&scratch)) => prepared,
        () = stop.cancelled() => return Ok(Outcome::Done(EndReason::Terminated)),
    };
    let (stack, calibration) = match prepared {
        Ok(prepared) => prepared,
        Err(error) => {
            let note = failure(&launch, 1, error.to_string(), None);
            beat.during(leave_note(&store, note, timing.finish)).await;
            return Err(error);
        }
    };
    let (_, news) = watch::channel(News::default());
    let recorder = Recorder {
        launch,
        timing,
        stop,
        store,
        scratch,
        stack,
        page: None,
        news,
        calibration,
        quality: Quality::Full,
        sound_only: false,
        pieces: 0,
        began: None,
        finishing: JoinSet::new(),
        beat,
        breaks: 0,
        barren: 0,
        health,
        told: None,
        heard_at: None,
    };
    recorder.live().await
}

/// Programs and self-test; a second try for a machine that was busy at the first. Gives the seconds
/// by which the picture comes after the sound.
///
/// # Errors
/// A program does not start, or the second self-test was not passed either.
pub async fn prepare(scratch: &Scratch) -> Result<(Stack, f64), RecordError> {
    let mut tries = 0;
    loop {
        tries += 1;
        let tried = async {
            let stack = Stack::start(scratch).await?;
            match selftest::run(&stack, scratch).await {
                Ok(judged) => Ok((stack, -judged.offset_ms / 1_000.0)),
                Err(error) => {
                    stack.stop().await;
                    Err(RecordError::from(error))
                }
            }
        };
        match tried.await {
            Err(error) if tries < 2 => {
                tracing::warn!(%error, "the recorder is not ready and tries once more");
            }
            done => return done,
        }
    }
}

/// Completes what earlier attempts of this recording left, once they have been silent for long.
async fn predecessors(finisher: Finisher, launch: LaunchFile, silent: Duration) {
    loop {
        tokio::time::sleep((silent / 5).max(Duration::from_secs(1))).await;
        let orphans = match finisher.orphans(&launch.recording).await {
            Ok(orphans) => orphans,
            Err(error) => {
                tracing::debug!(%error, "predecessors' pieces could not be looked for");
                continue;
            }
        };
        let now = crate::clock::now_ms();
        let long = i64::try_from(silent.as_millis()).unwrap_or(i64::MAX);
        for orphan in orphans {
            let quiet = now - orphan.last_fragment_at > long;
            if orphan.attempt >= launch.attempt || !quiet {
                continue;
            }
            let (attempt, piece) = (orphan.attempt, orphan.piece);
            match finisher.finish(&orphan).await {
                Ok(_) => tracing::info!(attempt, piece, "completed a predecessor's piece"),
                Err(error) => tracing::warn!(attempt, piece, %error, "not completed yet"),
            }
        }
    }
}

/// Leaves a note without media. The reason matters more than its note: if S3 does not take it in
/// time, that is only told.
pub(super) async fn leave_note(store: &Store, note: Failure, longest: Duration) {
    let told = match tokio::time::timeout(longest, store.failed_note(note)).await {
        Ok(Ok(())) => return,
        Ok(Err(error)) => error.to_string(),
        Err(_) => format!("S3 did not take it within {} s", longest.as_secs()),
    };
    tracing::error!(told, "the note that says why nothing was recorded could not be left");
}

/// A note without media, with the reason.
pub(super) fn failure(
    launch: &LaunchFile,
    piece: u32,
    reason: String,
    screenshot: Option<Vec<u8>>,
) -> Failure {
    Failure {
        meeting: launch.meeting.clone(),
        recording: launch.recording.clone(),
        attempt: launch.attempt,
        piece,
        reason,
        end: EndReason::Page,
        screenshot,
    }
}

/// Waits for all pieces, also after one has failed; the first failure counts.
async fn all_stored(
    mut rest: JoinSet<Result<Option<PieceNote>, StorageError>>,
) -> Result<(), RecordError> {
    let mut all = Ok(());
    while let Some(done) = rest.join_next().await {
        let failed = match done {
            Ok(Ok(Some(note))) => {
                tracing::info!(note.piece, note.duration_ms, "a piece is complete");
                continue;
            }
            Ok(Ok(None)) => continue,
            Ok(Err(error)) => RecordError::Storage(error),
            Err(error) => {
                tracing::error!(%error, "the work of completing a piece broke off");
                RecordError::NotCompleted
            }
        };
        tracing::error!(error = %failed, "a piece could not be completed");
        all = all.and(Err(failed));
    }
    all
}

impl Recorder {
    async fn live(mut self) -> Result<Outcome, RecordError> {
        let ended = self.record().await;
        self.tell(Doing::Finishing);
        // It leaves the meeting as a browser does that is closed: Chime is told, instead of missing us.
        if let Some(page) = self.page.take() {
            page.leave().await;
        }
        let finish = self.timing.finish;
        let rest = std::mem::take(&mut self.finishing);
        let stored = tokio::time::timeout(finish, all_stored(rest));
        let stored = self.meanwhile(Doing::Finishing, stored).await;
        let Self { stack, store, .. } = self;
        stack.stop().await;
        let fenced = store.backlog().borrow().lost.is_some();
        match (ended, stored) {
            _ if fenced => Ok(Outcome::Fenced),
            (Err(error), _) => Err(error),
            (Ok(_), Err(_)) => Err(RecordError::NotFinished(finish)),
            (Ok(_), Ok(Err(error))) => Err(error),
            (Ok(outcome), Ok(Ok(()))) => Ok(outcome),
        }
    }

    async fn record(&mut self) -> Result<Outcome, RecordError> {
        self.open_room().await?;
        loop {
            match self.wait().await? {
                Waited::Live => {}
                Waited::Over(reason) => return Ok(Outcome::Done(reason)),
                Waited::Unused => return Ok(Outcome::Unused),
            }
            let reason = self.piece().await?;
            tracing::info!(?reason, piece = self.pieces, "a piece has ended");
            match reason {
                EndReason::Stopped
                | EndReason::Encoder
                | EndReason::Display
                | EndReason::Sound
                | EndReason::Overload
                | EndReason::Storage => {}
                EndReason::Killed => return Ok(Outcome::Fenced),
                EndReason::Page => {
                    let piece = self.pieces;
                    return Err(RecordError::Page(format!(
                        "CB-050: the meeting's page could not be brought back; piece {piece} ends there"
                    )));
                }
                reason @ (EndReason::MeetingOver
                | EndReason::Removed
                | EndReason::Alone
                | EndReason::Limit
                | EndReason::Terminated) => return Ok(Outcome::Done(reason)),
            }
        }
    }

    /// Does what takes long, and reports meanwhile: who waits for S3 does not stand still.
    pub(super) async fn meanwhile<T>(&mut self, doing: Doing, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return done,
                () = tokio::time::sleep(Duration::from_millis(500)) => self.tell(doing),
            }
        }
    }

    /// Reports health, at most once a second, and keeps the watchdog quiet.
    pub(super) fn tell(&mut self, doing: Doing) {
        self.beat.beat();
        if self.told.is_some_and(|at| at.elapsed() < Duration::from_secs(1)) {
            return;
        }
        self.told = Some(Instant::now());
        let now = crate::clock::now_ms();
        let ago = self.news.borrow().heard_at.map(|at| at.elapsed().as_millis());
        if let Some(ago) = ago.and_then(|ms| i64::try_from(ms).ok()) {
            self.heard_at = Some(now - ago);
        }
        let stored_at = self.store.backlog().borrow().last_stored_at;
        let health = Health { at: now, doing, stored_at, heard_at: self.heard_at };
        health::write(&self.health, &health);
    }
}
