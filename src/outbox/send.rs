//! The sender: waits until something is to be told, lingers a little so that changes travel
//! together, sends up to two calls at once, and confirms each row. A lane is never in two calls.
//!
//! A lost answer is no harm: every row is an update, an upsert or a delete by a fixed key, and a
//! write older than what the record holds is refused by its revision.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::clock::{Clock, Entropy, Millis, jittered};
use crate::inbox::engine::Wakes;
use crate::outbox::batch::{self, Batch, Finding, Room, Secrets};
use crate::outbox::confirm::{Confirm, POISON, Report, UNOPENED};
use crate::outbox::missing::MissingFields;
use crate::outbox::pace::{Circuit, Linger, Suspects, Waits, back_off};
use crate::outbox::vault::{Vault, VaultError};
use crate::salesforce::rest::composite::Answer;
use crate::salesforce::rest::{Class, Rest, RestError};
use crate::store::{Result as StoreResult, Store, StoreError};

/// How the sender paces itself.
#[derive(Debug, Clone, PartialEq)]
pub struct SendSettings {
    /// Calls at once.
    pub calls: usize,
    /// Rows looked at for a call.
    pub rows: u32,
    /// First wait between two tries; it doubles.
    pub first_wait: Duration,
    /// Longest wait between two tries, of a row or of a call.
    pub longest_wait: Duration,
    /// Wait after the org's limit of calls is used up.
    pub limit_wait: Duration,
    /// Tries of a row that Salesforce puts off, before it becomes a dead letter.
    pub record_tries: u32,
    /// Times a lane may fail alone while others get through.
    pub lane_tries: u32,
    /// Pause of a lane that failed alone.
    pub lane_wait: Duration,
    /// How long a change waits for company.
    pub waits: Waits,
    /// Linger while the API brake is on.
    pub braked_linger: Duration,
    /// Pause after the store failed.
    pub store_wait: Duration,
}

impl Default for SendSettings {
    fn default() -> Self {
        Self {
            calls: 2,
            rows: 1_000,
            first_wait: Duration::from_secs(1),
            longest_wait: Duration::from_secs(300),
            limit_wait: Duration::from_secs(900),
            record_tries: 12,
            lane_tries: 5,
            lane_wait: Duration::from_secs(30),
            waits: Waits::default(),
            braked_linger: Duration::from_secs(30),
            store_wait: Duration::from_secs(1),
        }
    }
}

/// What the sender is made of.
pub struct Parts {
    /// Store.
    pub store: Arc<dyn Store>,
    /// REST.
    pub rest: Rest,
    /// Sealed values.
    pub vault: Arc<dyn Vault>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Jitter.
    pub entropy: Arc<dyn Entropy>,
    /// Rung after a commit that wrote outbox rows.
    pub wakes: Arc<Wakes>,
    /// Fields the org lacks, shared with the heartbeat.
    pub missing: Arc<MissingFields>,
    /// Pace.
    pub settings: SendSettings,
    /// Told of each call's result; for metrics, and for records that are gone.
    pub heard: Arc<dyn Fn(&Report) + Send + Sync>,
}

/// Tells Salesforce.
#[derive(Clone)]
pub struct Sender {
    store: Arc<dyn Store>,
    rest: Rest,
    vault: Arc<dyn Vault>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    wakes: Arc<Wakes>,
    missing: Arc<MissingFields>,
    settings: SendSettings,
    heard: Arc<dyn Fn(&Report) + Send + Sync>,
}

/// What changes while it runs.
struct State {
    confirm: Confirm,
    busy: HashSet<String>,
    circuit: Circuit,
    suspects: Suspects,
    linger: Linger,
    /// Waits of this process are counted from here: the machine's clock may be set meanwhile.
    began: Instant,
    /// Rows were due that found no room in the newest call, or must go again at once.
    left: bool,
}

impl State {
    /// Milliseconds since it began.
    fn steady(&self) -> Millis {
        Millis::try_from(self.began.elapsed().as_millis()).unwrap_or(Millis::MAX)
    }

    /// The moment so many milliseconds after it began.
    fn moment(&self, at: Millis) -> Instant {
        self.began + Duration::from_millis(u64::try_from(at).unwrap_or(0))
    }
}

/// A call that has come to its end.
struct End {
    batch: Batch,
    unopened: BTreeSet<usize>,
    outcome: Result<Vec<Answer>, SendError>,
}

enum SendError {
    Rest(RestError),
    Store(StoreError),
}

impl Sender {
    /// From its parts.
    pub fn new(parts: Parts) -> Self {
        let Parts { store, rest, vault, clock, entropy, wakes, missing, settings, heard } = parts;
        Self { store, rest, vault, clock, entropy, wakes, missing, settings, heard }
    }

    /// Sends until `hard`. After `soft` it sends what is due without lingering, and returns when
    /// nothing is due and no call is under way.
    pub async fn run(self, soft: CancellationToken, hard: CancellationToken) {
        let mut state = State {
            confirm: Confirm {
                store: self.store.clone(),
                vault: self.vault.clone(),
                clock: self.clock.clone(),
                entropy: self.entropy.clone(),
                missing: self.missing.clone(),
                settings: self.settings.clone(),
                duplicates: HashSet::new(),
            },
            busy: HashSet::new(),
            circuit: Circuit::default(),
            suspects: Suspects::default(),
            linger: Linger::new(self.settings.waits),
            began: Instant::now(),
            left: false,
        };
        // Tasks, so that a call goes on while this loop uses the store: one that stood still with a
        // connection of the store in hand would be waited for for ever. Dropping the set ends them.
        let mut calls = JoinSet::new();
        let mut draining = false;
        // When to look into the store; `None`: when a call ends or someone rings.
        let mut look_at = Some(Instant::now());
        loop {
            if look_at.is_some_and(|at| at <= Instant::now()) {
                look_at = None;
                let now = self.clock.now();
                if state.circuit.open_until() > state.steady() {
                    look_at = Some(state.moment(state.circuit.open_until()));
                } else if calls.len() < state.circuit.calls(self.most_calls()) {
                    match self.next_batch(&mut state, now).await {
                        Ok(batch) if batch.is_empty() => {
                            if draining && calls.is_empty() {
                                return;
                            }
                            look_at = self.next_look(calls.is_empty()).await;
                        }
                        Ok(batch) => {
                            state.busy.extend(batch.lanes());
                            calls.spawn(self.clone().send(batch));
                            look_at = state.left.then(Instant::now);
                            continue;
                        }
                        Err(error) => look_at = Some(self.store_failed(&error)),
                    }
                }
            }
            tokio::select! {
                biased;
                () = hard.cancelled() => return,
                () = soft.cancelled(), if !draining => {
                    draining = true;
                    look_at = Some(Instant::now());
                }
                Some(end) = calls.join_next() => {
                    let Some(end) = ended(end) else { continue };
                    if let Err(error) = self.settle(end, &mut state).await {
                        look_at = Some(self.store_failed(&error));
                        continue;
                    }
                    look_at = Some(self.soon(&state, draining, look_at));
                }
                () = self.wakes.outbox.notified() => {
                    look_at = Some(self.soon(&state, draining, look_at));
                }
                () = sleep_until(look_at.unwrap_or_else(Instant::now)), if look_at.is_some() => {}
            }
        }
    }

    fn most_calls(&self) -> usize {
        if self.rest.braked() { 1 } else { self.settings.calls.max(1) }
    }

    async fn next_batch(&self, state: &mut State, now: Millis) -> StoreResult<Batch> {
        let rows = self.store.due_outbox(now, self.settings.rows, &state.busy).await?;
        let due = rows.len();
        let room = Room {
            lanes: state.circuit.lanes(),
            alone: &|lane| state.suspects.contains(lane),
            missing: self.missing.list().into_iter().collect(),
        };
        let batch = batch::pack(rows, room);
        state.left = batch.rows().len() < due;
        Ok(batch)
    }

    /// When to look again after nothing was found.
    async fn next_look(&self, idle: bool) -> Option<Instant> {
        match self.store.next_outbox().await {
            Ok(None) => None,
            Ok(Some(due)) if due > self.clock.now() => Some(self.instant(due)),
            // Due, but its lane is in a call, or waits for another of its rows.
            Ok(Some(_)) => idle.then(|| Instant::now() + self.settings.store_wait),
            Err(error) => Some(self.store_failed(&error)),
        }
    }

    /// After a lingering, or at once if rows are waiting for room; not after a look already due.
    fn soon(&self, state: &State, draining: bool, look_at: Option<Instant>) -> Instant {
        let linger = if draining {
            Duration::ZERO
        } else if self.rest.braked() {
            self.settings.braked_linger
        } else if state.left {
            Duration::ZERO
        } else {
            state.linger.wait(state.steady())
        };
        let at = Instant::now() + linger;
        look_at.map_or(at, |other| other.min(at))
    }

    fn store_failed(&self, error: &StoreError) -> Instant {
        tracing::error!(%error, "the outbox could not use the store; it tries again");
        Instant::now() + self.settings.store_wait
    }

    fn instant(&self, at: Millis) -> Instant {
        let wait = u64::try_from(at - self.clock.now()).unwrap_or(0);
        Instant::now() + Duration::from_millis(wait)
    }

    async fn send(self, mut batch: Batch) -> End {
        let mut secrets = Secrets::new();
        let mut unopened = BTreeSet::new();
        for (row, name) in batch.secrets() {
            if secrets.contains_key(&name) {
                continue;
            }
            match self.vault.reveal(&name).await {
                Ok(secret) => {
                    secrets.insert(name, secret);
                }
                Err(VaultError::Sealed { .. }) => {
                    unopened.insert(row);
                }
                Err(VaultError::Store(error)) => {
                    return End { batch, unopened, outcome: Err(SendError::Store(error)) };
                }
            }
        }
        batch.leave_out(&unopened);
        let calls = batch.calls(self.rest.namespace(), &secrets);
        let outcome = if calls.is_empty() {
            Ok(Vec::new())
        } else {
            self.rest.composite(&calls).await.map_err(SendError::Rest)
        };
        End { batch, unopened, outcome }
    }

    /// Writes down how a call ended.
    async fn settle(&self, end: End, state: &mut State) -> StoreResult<()> {
        for lane in &end.batch.lanes() {
            state.busy.remove(lane);
        }
        match end.outcome {
            Ok(answers) => self.answered(&end.batch, &end.unopened, &answers, state).await,
            Err(SendError::Rest(error)) => self.failed(&end.batch, &error, state).await,
            Err(SendError::Store(error)) => Err(error),
        }
    }

    async fn answered(
        &self,
        batch: &Batch,
        unopened: &BTreeSet<usize>,
        answers: &[Answer],
        state: &mut State,
    ) -> StoreResult<()> {
        state.circuit.succeeded();
        state.suspects.cleared(&batch.lanes());
        let findings = batch.read(answers, self.rest.namespace());
        for (row, finding) in batch.rows().iter().zip(&findings) {
            if *finding == Finding::Suspect {
                state.suspects.add(&row.change.lane);
            }
        }
        let mut report = state.confirm.findings(batch, &findings).await?;
        state.left |= report.later > 0;
        if !unopened.is_empty() {
            let cause =
                "a sealed value of it does not open; is store.key_file the one it was made with?";
            let rows = unopened.iter().map(|n| &batch.rows()[*n]);
            report.refused += state.confirm.give_up(rows, UNOPENED, cause).await?;
            report.later -= unopened.len().min(report.later);
        }
        let now = state.steady();
        state.linger.told(report.told, now);
        (self.heard)(&report);
        Ok(())
    }

    /// The call failed as a whole.
    async fn failed(&self, batch: &Batch, error: &RestError, state: &mut State) -> StoreResult<()> {
        let lanes = batch.lanes();
        let only_lane = lanes.first().filter(|_| lanes.len() == 1);
        let closed = state.circuit.is_closed();
        tracing::warn!(
            %error,
            code = error.code(),
            records = batch.rows().len(),
            failures = state.circuit.failures() + 1,
            "a call to tell Salesforce failed"
        );
        match error.class() {
            Class::Permanent if batch.is_isolated() => {
                let rows = batch.rows().iter();
                let refused = state.confirm.give_up(rows, error.code(), &error.to_string()).await?;
                (self.heard)(&Report { refused, ..Report::default() });
                return Ok(());
            }
            Class::Permanent => {
                lanes.iter().for_each(|lane| state.suspects.add(lane));
                state.left = true;
                return Ok(());
            }
            Class::Retry if batch.is_isolated() && closed => {
                let strikes = only_lane.map_or(0, |lane| state.suspects.strike(lane));
                if strikes >= self.settings.lane_tries {
                    let cause = format!("Salesforce fails each time it is sent: {error}");
                    let rows = batch.rows().iter();
                    let refused = state.confirm.give_up(rows, POISON, &cause).await?;
                    (self.heard)(&Report { refused, ..Report::default() });
                    return Ok(());
                }
                return state.confirm.put_off(batch.rows(), self.settings.lane_wait).await;
            }
            Class::Retry => {
                self.open(
                    state,
                    back_off(
                        self.settings.first_wait,
                        state.circuit.failures(),
                        self.settings.longest_wait,
                    ),
                );
            }
            Class::Reauthorize => self.open(state, self.settings.longest_wait),
            Class::Wait => self.open(state, self.settings.limit_wait),
        }
        // Probing lane by lane: the next probe is for another one.
        match only_lane {
            Some(lane) if !closed && state.circuit.lanes() == 1 => {
                state.suspects.add(lane);
                state.confirm.put_off(batch.rows(), self.settings.lane_wait).await
            }
            _ => Ok(()),
        }
    }

    fn open(&self, state: &mut State, wait: Duration) {
        let wait = jittered(wait, self.entropy.as_ref()).as_millis();
        let until = state.steady().saturating_add(Millis::try_from(wait).unwrap_or(Millis::MAX));
        state.circuit.failed(until);
    }
}

/// How a call ended; a panic in it is this task's own.
fn ended(end: Result<End, JoinError>) -> Option<End> {
    match end {
        Ok(end) => Some(end),
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(_) => None, // cancelled: only when the set is dropped
    }
}
