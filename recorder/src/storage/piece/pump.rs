//! The work on a piece in the background: fragments into the journal, four at a time; parts as they
//! fill; what does not fit memory onto disk; and in the end the file. One task a piece: when it is
//! dropped, nothing goes on.

use std::sync::Arc;
use std::time::Duration;

use chime_contract::recording::{EndReason, PieceNote};
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use tokio::time::{Instant, timeout};

use super::content::Piece;
use super::jobs::{Event, Tools, spill};
use crate::storage::calls::{Calls, Place};
use crate::storage::complete::{Completing, Other, lost};
use crate::storage::error::{Result, StorageError};
use crate::storage::journal::{State, clear, erased_key};
use crate::storage::note::{Checker, Story, conclude, existing_note};
use crate::storage::parts::{Part, number};
use crate::storage::patience::Patience;

/// Fragments on their way at once.
const AT_ONCE: usize = 4;

/// For what a finisher can do as well.
const SOON: Patience = Patience::Bounded(Duration::from_secs(20));
/// How long a piece that never had a fragment waits for its beginning.
const BEGUN: Duration = Duration::from_secs(5);

/// The work on a piece.
pub struct Pump {
    piece: Arc<Piece>,
    tools: Tools,
    checker: Arc<dyn Checker>,
    state: Option<Arc<State>>,
    jobs: FuturesUnordered<BoxFuture<'static, Result<Event>>>,
    /// The next fragment to put, from 0.
    next: usize,
    putting: usize,
    /// Parts S3 has, from part 2.
    parts: Vec<Part>,
    parting: bool,
    spilling: bool,
    looking: bool,
    last_stored: Option<Instant>,
}

impl Pump {
    /// Nothing done yet.
    pub fn new(piece: Arc<Piece>, calls: Calls, checker: Arc<dyn Checker>) -> Self {
        let patience = Patience::Endless(piece.backlog.clone());
        Self {
            piece,
            tools: Tools { calls, patience },
            checker,
            state: None,
            jobs: FuturesUnordered::new(),
            next: 0,
            putting: 0,
            parts: Vec::new(),
            parting: false,
            spilling: false,
            looking: false,
            last_stored: None,
        }
    }

    /// Works until the piece is complete, lost, or cannot go on.
    pub async fn run(mut self) -> Result<Option<PieceNote>> {
        let error = match self.work().await {
            Ok(done) => return Ok(done),
            Err(error) => self.judge(error).await,
        };
        tracing::error!(%error, "the work on a piece ended");
        self.piece.fail(error.clone());
        Err(error)
    }

    async fn work(&mut self) -> Result<Option<PieceNote>> {
        self.jobs.push(self.tools.clone().begin(self.piece.clone()).boxed());
        loop {
            self.give_out();
            if let Some(end) = self.ended() {
                return self.close(end).await;
            }
            tokio::select! {
                Some(event) = self.jobs.next(), if !self.jobs.is_empty() => self.take(event?).await,
                () = self.piece.wake.notified() => {}
            }
        }
    }

    /// Starts what can be started.
    fn give_out(&mut self) {
        if !self.spilling
            && let Some((at, bytes, file)) = self.piece.to_spill(self.next)
        {
            self.spilling = true;
            self.jobs.push(spill(at, bytes, file).boxed());
        }
        let Some(state) = self.state.clone() else { return };
        while self.putting < AT_ONCE
            && let Some((head, from)) = self.piece.to_store(self.next)
        {
            let job = self.tools.clone().store(state.clone(), self.next, head, from);
            self.jobs.push(job.boxed());
            self.next += 1;
            self.putting += 1;
        }
        if !self.parting
            && let Some(job) = self.next_part(state)
        {
            self.parting = true;
            self.jobs.push(job);
        }
    }

    /// The next part, once the journal has all of its fragments: so the journal never has a hole.
    fn next_part(&self, state: Arc<State>) -> Option<BoxFuture<'static, Result<Event>>> {
        let content = self.piece.content();
        let place = self.parts.len() + 1;
        let fragments = content.cutter.cut().get(place).filter(|f| f.end <= content.mark)?.clone();
        let entries = content.entries.get(fragments.clone())?;
        let heads = entries.iter().zip(fragments.clone()).map(|(e, at)| content.head(at, e));
        let (heads, held) = (heads.collect(), content.held(fragments.clone()));
        Some(self.tools.clone().part(state, number(place), fragments, heads, held).boxed())
    }

    async fn take(&mut self, event: Event) {
        match event {
            Event::Begun(state) => self.state = Some(Arc::new(state)),
            Event::Stored(at) => {
                self.putting -= 1;
                if let Some(file) = self.piece.stored(at)
                    && let Err(error) = tokio::fs::remove_file(&file).await
                {
                    tracing::warn!(%error, "a scratch file could not be deleted");
                }
                let now = Instant::now();
                let quiet = self.last_stored.replace(now).map(|last| now - last);
                if quiet.is_some_and(|quiet| quiet >= self.piece.backlog.limits().quiet)
                    && !self.looking
                    && let Some(state) = self.state.clone()
                {
                    self.looking = true;
                    self.jobs.push(self.tools.clone().look(state).boxed());
                }
            }
            Event::Spilled(at, file, Ok(())) => {
                self.spilling = false;
                if !self.piece.spilled(at, file.clone()) {
                    let _ = tokio::fs::remove_file(&file).await;
                }
            }
            Event::Spilled(_, _, Err(error)) => {
                self.spilling = false;
                tracing::error!(alarm = "disk", %error, "the scratch folder takes no fragments");
                self.piece.backlog.disk_failed();
            }
            Event::Parted(part, fragments) => {
                self.parting = false;
                self.piece.parted(fragments);
                self.parts.push(part);
            }
            Event::Looked => self.looking = false,
        }
    }

    /// Why it ended, once all is stored that was pushed.
    fn ended(&self) -> Option<EndReason> {
        let content = self.piece.content();
        let all = content.mark == content.entries.len() && !self.parting && !self.spilling;
        content.end.filter(|_| all)
    }

    async fn close(&mut self, end: EndReason) -> Result<Option<PieceNote>> {
        if self.state.is_none() {
            self.begun_after_all().await?;
        }
        self.jobs.clear();
        let Tools { calls, patience } = &self.tools;
        // Never a fragment, and S3 is away: a finisher finds what there may be.
        let Some(state) = self.state.clone() else { return Ok(None) };
        let (index, facts, refused, mut parts) = {
            let content = self.piece.content();
            let facts: Vec<_> = content.entries.iter().map(|e| e.facts).collect();
            let ranges = content.cutter.all();
            let held: Vec<_> = ranges.into_iter().map(|range| content.held(range)).collect();
            (content.index.clone(), facts, content.refused, held.into_iter())
        };
        let Some(first) = parts.next() else {
            patience.call(|| calls.abort(&state.media_key, &state.upload_id)).await?;
            clear(calls, patience, &state).await?;
            return Ok(None);
        };
        let header = index
            .header()
            .map_err(|source| StorageError::Media { key: state.media_key.clone(), source })?;
        let stored = self.parts.iter();
        let others = parts.enumerate().map(|(place, held)| match stored.as_slice().get(place) {
            Some(part) => Other::Stored(part.clone()),
            None => Other::Open(number(place + 1), held),
        });
        let others = others.collect();
        let completing = Completing { calls, patience, state: &state, header, first, others };
        completing.run(false).await?;
        drop(completing);
        let story = Story { state: &state, index: &index, facts, refused, left_out: 0, end };
        let note = conclude(calls, patience, self.checker.as_ref(), story).await?;
        if let Err(error) = clear(calls, &SOON, &state).await {
            tracing::warn!(%error, "the journal of a complete piece is left to a finisher");
        }
        Ok(Some(note))
    }

    /// A piece that ends as it begins: what is being made is waited for, so that it can be undone.
    async fn begun_after_all(&mut self) -> Result<()> {
        let event = match timeout(BEGUN, self.jobs.next()).await {
            Ok(Some(event)) => event?,
            Ok(None) | Err(_) => return Ok(()),
        };
        self.take(event).await;
        Ok(())
    }

    /// What an error means. A lost piece is no error of S3's, and the recorder must know.
    async fn judge(&mut self, error: StorageError) -> StorageError {
        self.jobs.clear();
        let (Some(state), Tools { calls, patience }) = (&self.state, &self.tools) else {
            return error;
        };
        let how = match error.lost() {
            Some(how) => how,
            None if error.is_beaten() => match lost(calls, patience, state).await {
                Ok(how) => how,
                Err(error) => return error,
            },
            None => return error,
        };
        let error = StorageError::Lost { key: state.media_key.clone(), lost: how };
        self.piece.fail(error.clone());
        self.piece.backlog.lost(how);
        // Our last fragments came after the end. They must not stay, least of all of a recording
        // that was erased; but without the note somebody may still need the journal.
        let tidy = async {
            let stone = erased_key(&state.recording);
            let erased = patience.call(|| calls.get(Place::Work, &stone)).await?.is_some();
            if erased || existing_note(calls, &SOON, state).await?.is_some() {
                clear(calls, &SOON, state).await?;
            }
            Ok::<_, StorageError>(())
        };
        if let Err(error) = tidy.await {
            tracing::warn!(%error, "the journal of a lost piece is left as it is");
        }
        error
    }
}
