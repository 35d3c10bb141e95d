//! Strikes: what stands between the bridge's parts in `every_step`. Of each kind of step the first
//! one is struck, once, at one of three points; then the bridge is killed. A step is an effect, by
//! its kind, or a change told to Salesforce, by its object.
//!
//! What is struck stands still for ever, so nothing after that point happens in that life of the
//! bridge; the test hears of it and kills the rest.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use chime_bridge::bridge::Surroundings;
use chime_bridge::clock::Millis;
use chime_bridge::effects::runner::{Execute, Trouble};
use chime_bridge::meeting::effect::{Effect, Failure, Outcome};
use chime_bridge::meeting::model::Meeting;
use chime_bridge::outbox::row::Change;
use chime_bridge::store::{
    Counts, DeadLetter, EffectRow, Fingerprint, Link, OutboxRow, Result, Store, Tx,
};
use tokio::sync::mpsc;

use crate::effects_twice;

/// Where a step is struck.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point {
    /// Nothing has been called: it fails once, then the bridge dies.
    Before,
    /// The other side has done it: the answer is lost once, then the bridge dies with the answer.
    Answered,
    /// What came of it is committed, and nobody has been told.
    Committed,
}

/// What is still to be struck.
#[derive(Clone)]
pub struct Strikes {
    point: Point,
    left: Arc<Mutex<Left>>,
    struck: mpsc::UnboundedSender<String>,
}

#[derive(Default)]
struct Left {
    steps: BTreeSet<String>,
    /// Steps that have failed once already.
    failed: BTreeSet<String>,
    /// Kinds of the effects that were executed, by meeting, name and generation.
    kinds: HashMap<(String, String, i64), String>,
}

impl Strikes {
    /// Strikes each of these once; each strike is told.
    pub fn new(
        point: Point,
        steps: impl IntoIterator<Item = String>,
    ) -> (Self, mpsc::UnboundedReceiver<String>) {
        let left = Left { steps: steps.into_iter().collect(), ..Left::default() };
        let (struck, told) = mpsc::unbounded_channel();
        (Self { point, left: Arc::new(Mutex::new(left)), struck }, told)
    }

    /// Puts the strikes around the store and what does effects.
    pub fn around(&self, mut around: Surroundings) -> Surroundings {
        let (store, executor) = (self.clone(), self.clone());
        around.store = Box::new(|inner| Arc::new(Struck { inner, strikes: store }));
        around.executor = Box::new(|inner| Arc::new(Struck { inner, strikes: executor }));
        around
    }

    /// Steps that were not struck yet.
    pub fn left(&self) -> BTreeSet<String> {
        self.with(|left| left.steps.clone())
    }

    fn with<T>(&self, what: impl FnOnce(&mut Left) -> T) -> T {
        what(&mut self.left.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// True if the step is still to be struck.
    fn waits(&self, step: &str) -> bool {
        self.with(|left| left.steps.contains(step))
    }

    /// True the first time: then it only fails.
    fn fails_first(&self, step: &str) -> bool {
        self.with(|left| left.failed.insert(step.to_string()))
    }

    /// Strikes those that are still to be struck, together: the bridge goes no further here.
    async fn strike<'a>(&self, steps: impl IntoIterator<Item = &'a String>) {
        let mut struck: Vec<&String> = steps.into_iter().collect();
        struck.retain(|step| self.with(|left| left.steps.remove(*step)));
        if !struck.is_empty() {
            let _ = self.struck.send(format!("{struck:?}"));
            std::future::pending::<()>().await;
        }
    }
}

/// A part with the strikes around it.
struct Struck<T: ?Sized> {
    inner: Arc<T>,
    strikes: Strikes,
}

fn step_of(effect: &Effect) -> String {
    effects_twice::name(effect).to_string()
}

#[async_trait]
impl Execute for Struck<dyn Execute> {
    async fn execute(&self, row: &EffectRow) -> std::result::Result<Outcome, Trouble> {
        let (strikes, step) = (&self.strikes, step_of(&row.effect));
        let key = (row.meeting.clone(), row.name.clone(), row.generation);
        strikes.with(|left| left.kinds.insert(key, step.clone()));
        if !strikes.waits(&step) {
            return self.inner.execute(row).await;
        }
        let failure = || Failure { code: "CB-030".into(), text: format!("{step} was struck") };
        let trouble = || Trouble { again: true, after: None, failure: failure() };
        match strikes.point {
            Point::Before if strikes.fails_first(&step) => Err(trouble()),
            Point::Before => {
                strikes.strike([&step]).await;
                self.inner.execute(row).await
            }
            Point::Answered => {
                let done = self.inner.execute(row).await;
                if done.is_ok() && strikes.fails_first(&step) {
                    return Err(trouble());
                }
                if done.is_ok() {
                    strikes.strike([&step]).await;
                }
                done
            }
            Point::Committed => self.inner.execute(row).await,
        }
    }
}

#[async_trait]
impl Store for Struck<dyn Store> {
    async fn begin(&self) -> Result<Box<dyn Tx>> {
        let inner = self.inner.begin().await?;
        Ok(Box::new(StruckTx { inner, strikes: self.strikes.clone(), finished: vec![] }))
    }
    async fn due_outbox(
        &self,
        now: Millis,
        limit: u32,
        without: &HashSet<String>,
    ) -> Result<Vec<OutboxRow>> {
        let rows = self.inner.due_outbox(now, limit, without).await?;
        if self.strikes.point == Point::Before {
            self.strikes.strike(rows.iter().map(|row| &row.change.object)).await;
        }
        Ok(rows)
    }
    async fn meeting(&self, id: &str) -> Result<Option<Meeting>> {
        self.inner.meeting(id).await
    }
    async fn open_meetings(&self, after: &str, limit: u32) -> Result<Vec<String>> {
        self.inner.open_meetings(after, limit).await
    }
    async fn final_meetings(&self, after: &str, limit: u32) -> Result<Vec<String>> {
        self.inner.final_meetings(after, limit).await
    }
    async fn linked(&self, link: &Link) -> Result<Option<String>> {
        self.inner.linked(link).await
    }
    async fn due_effects(
        &self,
        now: Millis,
        limit: u32,
        running: &HashSet<String>,
    ) -> Result<Vec<EffectRow>> {
        self.inner.due_effects(now, limit, running).await
    }
    async fn next_effect(&self) -> Result<Option<Millis>> {
        self.inner.next_effect().await
    }
    async fn next_outbox(&self) -> Result<Option<Millis>> {
        self.inner.next_outbox().await
    }
    async fn due_deadlines(&self, now: Millis, limit: u32) -> Result<Vec<String>> {
        self.inner.due_deadlines(now, limit).await
    }
    async fn next_deadline(&self) -> Result<Option<Millis>> {
        self.inner.next_deadline().await
    }
    async fn secret(&self, name: &str) -> Result<Option<Vec<u8>>> {
        self.inner.secret(name).await
    }
    async fn position(&self, topic: &str) -> Result<Option<Vec<u8>>> {
        self.inner.position(topic).await
    }
    async fn dead_letters(&self, all: bool, limit: u32) -> Result<Vec<DeadLetter>> {
        self.inner.dead_letters(all, limit).await
    }
    async fn dead_letter(&self, key: &str) -> Result<Option<DeadLetter>> {
        self.inner.dead_letter(key).await
    }
    async fn counts(&self) -> Result<Counts> {
        self.inner.counts().await
    }
    async fn note(&self, name: &str) -> Result<Option<String>> {
        self.inner.note(name).await
    }
}

/// A transaction that remembers what it finishes.
struct StruckTx {
    inner: Box<dyn Tx>,
    strikes: Strikes,
    finished: Vec<String>,
}

#[async_trait]
impl Tx for StruckTx {
    async fn finish_effect(&mut self, meeting: &str, name: &str, generation: i64) -> Result<bool> {
        let key = (meeting.to_string(), name.to_string(), generation);
        if self.strikes.point == Point::Committed {
            self.finished.extend(self.strikes.with(|left| left.kinds.get(&key).cloned()));
        }
        self.inner.finish_effect(meeting, name, generation).await
    }
    async fn finish_change(&mut self, row: &OutboxRow) -> Result<()> {
        if self.strikes.point != Point::Before {
            self.finished.push(row.change.object.clone());
        }
        self.inner.finish_change(row).await
    }
    async fn commit(self: Box<Self>) -> Result<()> {
        let Self { inner, strikes, finished } = *self;
        if strikes.point == Point::Answered {
            strikes.strike(&finished).await;
        }
        inner.commit().await?;
        strikes.strike(&finished).await;
        Ok(())
    }
    async fn retry_effect(&mut self, row: &EffectRow, attempts: u32, due_at: Millis) -> Result<()> {
        self.inner.retry_effect(row, attempts, due_at).await
    }
    async fn hasten(&mut self, now: Millis) -> Result<()> {
        self.inner.hasten(now).await
    }
    async fn unseen(&mut self, keys: &[Fingerprint], now: Millis) -> Result<Vec<bool>> {
        self.inner.unseen(keys, now).await
    }
    async fn meeting(&mut self, id: &str) -> Result<Option<Meeting>> {
        self.inner.meeting(id).await
    }
    async fn linked(&mut self, link: &Link) -> Result<Option<String>> {
        self.inner.linked(link).await
    }
    async fn put_meeting(
        &mut self,
        meeting: &Meeting,
        links: &[Link],
        deadline: Option<Millis>,
    ) -> Result<()> {
        self.inner.put_meeting(meeting, links, deadline).await
    }
    async fn put_effects(
        &mut self,
        meeting: &str,
        effects: &[Effect],
        due_at: Millis,
        now: Millis,
    ) -> Result<()> {
        self.inner.put_effects(meeting, effects, due_at, now).await
    }
    async fn put_changes(
        &mut self,
        changes: Vec<Change>,
        due_at: Millis,
        now: Millis,
    ) -> Result<()> {
        self.inner.put_changes(changes, due_at, now).await
    }
    async fn retry_change(&mut self, row: &OutboxRow, attempts: u32, due_at: Millis) -> Result<()> {
        self.inner.retry_change(row, attempts, due_at).await
    }
    async fn put_secret(&mut self, name: &str, sealed: &[u8]) -> Result<()> {
        self.inner.put_secret(name, sealed).await
    }
    async fn drop_secret(&mut self, name: &str) -> Result<()> {
        self.inner.drop_secret(name).await
    }
    async fn put_position(&mut self, topic: &str, replay_id: &[u8], now: Millis) -> Result<()> {
        self.inner.put_position(topic, replay_id, now).await
    }
    async fn put_dead_letter(&mut self, letter: &DeadLetter) -> Result<()> {
        self.inner.put_dead_letter(letter).await
    }
    async fn put_tombstone(&mut self, id: &str, at: Millis, until: Millis) -> Result<()> {
        self.inner.put_tombstone(id, at, until).await
    }
    async fn tombstone(&mut self, id: &str) -> Result<Option<Millis>> {
        self.inner.tombstone(id).await
    }
    async fn put_note(&mut self, name: &str, value: &str) -> Result<()> {
        self.inner.put_note(name, value).await
    }
    async fn forget(&mut self, seen_before: Millis, now: Millis) -> Result<()> {
        self.inner.forget(seen_before, now).await
    }
}
