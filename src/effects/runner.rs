//! The runner: due effects in, outcomes out. Runs of one name are serialized; an effect leaves the
//! store only in the transaction that took its outcome, so dying at any point means running again.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::oneshot;
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::clock::{Millis, SharedClock, SharedEntropy, jittered};
use crate::inbox::delivery::{Delivery, Fact, ForMeeting, Inlet, Input, Target};
use crate::inbox::engine::Wakes;
use crate::meeting::effect::{Effect, Failure, Outcome};
use crate::meeting::event::Event;
use crate::store::{EffectRow, Store, StoreError};
use crate::telemetry;

/// How an effect failed.
#[derive(Debug, Clone)]
pub struct Trouble {
    /// Worth trying again.
    pub again: bool,
    /// Not before, if the other side said so.
    pub after: Option<Duration>,
    /// What is told if it is given up.
    pub failure: Failure,
}

/// Does one effect.
#[async_trait]
pub trait Execute: Send + Sync + 'static {
    /// Runs it; must be harmless when repeated.
    async fn execute(&self, row: &EffectRow) -> Result<Outcome, Trouble>;
}

/// Waits and limits. Durations in milliseconds.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// Effects at a time.
    pub concurrency: usize,
    /// Tries of what a person waits for; background work is tried twelve times as often.
    pub max_attempts: u32,
    /// First pause.
    pub backoff_min_ms: u64,
    /// Longest pause.
    pub backoff_max_ms: u64,
}

/// What the runner works with.
#[derive(Clone)]
pub struct Runner {
    /// The store.
    pub store: Arc<dyn Store>,
    /// Time.
    pub clock: SharedClock,
    /// Jitter.
    pub entropy: SharedEntropy,
    /// Where outcomes go.
    pub inlet: Inlet,
    /// Woken by the inbox.
    pub wakes: Arc<Wakes>,
    /// Does it.
    pub executor: Arc<dyn Execute>,
    /// Waits and limits.
    pub patience: Patience,
}

impl Runner {
    /// Runs until `stop`; then finishes what is under way and takes nothing new. What is not
    /// finished by the hard stop runs again after the restart.
    ///
    /// Each run is a task of this set, so that it goes on while this loop reads the store: a run
    /// that stood still with the store's last connection in hand would be waited for for ever.
    /// The set ends its tasks when it is dropped.
    pub async fn run(self, stop: CancellationToken) {
        let mut running: HashSet<String> = HashSet::new();
        let mut runs = JoinSet::new();
        loop {
            if !stop.is_cancelled() && running.len() < self.patience.concurrency {
                for row in self.due(&running).await {
                    running.insert(lane(&row));
                    runs.spawn(self.clone().one(row));
                }
            }
            if stop.is_cancelled() && runs.is_empty() {
                return;
            }
            let pause = self.pause(&running).await;
            tokio::select! {
                Some(done) = runs.join_next() => { running.remove(&ended(done)); }
                () = self.wakes.effects.notified() => {}
                () = tokio::time::sleep(pause) => {}
                () = stop.cancelled(), if !stop.is_cancelled() => {}
            }
        }
    }

    async fn due(&self, running: &HashSet<String>) -> Vec<EffectRow> {
        let room = (self.patience.concurrency - running.len()) as u32;
        match self.store.due_effects(self.clock.now(), room, running).await {
            Ok(rows) => rows,
            Err(error) => {
                tracing::error!(%error, "Due effects could not be read");
                vec![]
            }
        }
    }

    /// Until the next effect is due, at most a second. Effects that are running do not count.
    async fn pause(&self, running: &HashSet<String>) -> Duration {
        let longest = Duration::from_secs(1);
        if running.len() >= self.patience.concurrency {
            return longest;
        }
        match self.store.next_effect().await {
            Ok(Some(at)) => {
                let left = u64::try_from(at - self.clock.now()).unwrap_or(0);
                // A due effect that was not taken is one that is running: its end wakes us.
                Duration::from_millis(if left == 0 { 1_000 } else { left }).min(longest)
            }
            _ => longest,
        }
    }

    async fn one(self, row: EffectRow) -> String {
        let name = lane(&row);
        let begun = tokio::time::Instant::now();
        let done = self.executor.execute(&row).await;
        let kind = row.name.split(':').next().unwrap_or_default();
        let result = if done.is_ok() { "ok" } else { "retry" };
        telemetry::EFFECTS_RUN.add(1, &[("effect", kind), ("result", result)]);
        telemetry::EFFECT_DURATION.note(begun.elapsed(), &[("effect", kind)]);
        let outcome = match done {
            Ok(outcome) => outcome,
            Err(trouble) => match self.again(&row, &trouble).await {
                Ok(true) => return name,
                Ok(false) => Outcome::Failed(trouble.failure),
                Err(error) => {
                    tracing::error!(%error, "A failed effect could not be put off");
                    // It is still due: without a breath it would be run as fast as it fails.
                    tokio::time::sleep(self.backoff(row.attempts + 1)).await;
                    return name;
                }
            },
        };
        if !self.report(&row, outcome).await {
            // The store could not take it: run again, after a breath.
            tokio::time::sleep(Duration::from_millis(self.patience.backoff_min_ms)).await;
        }
        name
    }

    /// True if the effect was put off; false if it is to be given up.
    async fn again(&self, row: &EffectRow, trouble: &Trouble) -> Result<bool, StoreError> {
        let attempts = row.attempts + 1;
        telemetry::EFFECTS_FAILED.add(1, &[]);
        let given_up = !trouble.again || attempts >= self.tries(&row.effect);
        tracing::warn!(
            meeting.id = %row.meeting, effect = %row.name, attempt = attempts,
            code = %trouble.failure.code, cause = %trouble.failure.text, given_up,
            "An effect failed"
        );
        if given_up {
            return Ok(false);
        }
        let wait = trouble.after.unwrap_or_else(|| self.backoff(attempts));
        let due: Millis = self.clock.now() + i64::try_from(wait.as_millis()).unwrap_or(1_000);
        let mut tx = self.store.begin().await?;
        tx.retry_effect(row, attempts, due).await?;
        tx.commit().await?;
        // Newer content may have come meanwhile; it is due at once.
        Ok(true)
    }

    fn tries(&self, effect: &Effect) -> u32 {
        match effect {
            // Somebody waits for these; a late success would be of no use.
            Effect::CreateMeeting { .. }
            | Effect::CreateAttendee { .. }
            | Effect::RunRecorder { .. }
            | Effect::PresignPlayback { .. }
            | Effect::LookAtTask { .. }
            | Effect::LookAtMeeting { .. } => self.patience.max_attempts,
            _ => self.patience.max_attempts.saturating_mul(12),
        }
    }

    fn backoff(&self, attempts: u32) -> Duration {
        let base =
            self.patience.backoff_min_ms.saturating_mul(1 << attempts.min(16).saturating_sub(1));
        let base = Duration::from_millis(base.min(self.patience.backoff_max_ms));
        jittered(base, &*self.entropy)
    }

    /// Hands the outcome to the inbox and waits until it is durable.
    async fn report(&self, row: &EffectRow, outcome: Outcome) -> bool {
        let (told, done) = oneshot::channel();
        let fact = ForMeeting {
            to: Target::Id(row.meeting.clone()),
            event: Event::Result { effect: row.effect.clone(), outcome },
            secrets: vec![],
            finishes: Some((row.name.clone(), row.generation)),
            origin: None,
        };
        let fact = Fact { fingerprint: None, input: Input::Meeting(Box::new(fact)) };
        let delivery = Delivery { facts: vec![fact], position: None, done: Some(told) };
        self.inlet.send(delivery).await.is_ok() && done.await.is_ok()
    }
}

/// The lane of a run that has ended; a panic in it is this task's own.
fn ended(done: Result<String, JoinError>) -> String {
    match done {
        Ok(lane) => lane,
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(_) => String::new(), // cancelled: only when the set is dropped
    }
}

fn lane(row: &EffectRow) -> String {
    format!("{}/{}", row.meeting, row.name)
}

#[cfg(test)]
#[path = "runner_tests.rs"]
mod tests;
