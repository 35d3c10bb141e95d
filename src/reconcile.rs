//! The level check: what no event told of. At the start and every few minutes it compares
//! Salesforce, Chime, ECS and S3 with the store, and hands what differs to the inbox as facts.
//!
//! - Meetings that Salesforce asks for and the store does not know → read and begun.
//! - Meetings that are open here: gone, deleted, cancelled or differing there → told.
//! - Open meetings → a look at Chime; unfinished recordings → a look at ECS and S3.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::clock::SharedClock;
use crate::inbox::delivery::{Delivery, Fact, Inlet};
use crate::inbox::engine::Wakes;
use crate::input::to_meeting;
use crate::meeting::event::Event;
use crate::salesforce::records;
use crate::salesforce::rest::Rest;
use crate::store::Store;
use crate::telemetry;

/// Meetings looked at in one go.
const PAGE: u32 = 200;

/// What the task works with.
#[derive(Clone)]
pub struct Reconcile {
    /// The store.
    pub store: Arc<dyn Store>,
    /// Salesforce.
    pub rest: Rest,
    /// Time.
    pub clock: SharedClock,
    /// Where facts go.
    pub inlet: Inlet,
    /// Woken when somebody wants a reconcile soon.
    pub wakes: Arc<Wakes>,
    /// How often.
    pub every: Duration,
    /// Fingerprints are kept this long.
    pub keep_seen: Duration,
}

impl Reconcile {
    /// Runs until `stop`; the first pass at once.
    pub async fn run(self, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                passed = self.pass() => match passed {
                    Ok(found) => {
                        telemetry::RECONCILE_RUNS.add(1, &[("result", "ok")]);
                        telemetry::RECONCILE_REPAIRS.add(found, &[]);
                        tracing::debug!(found, "Reconciled");
                    }
                    Err(error) => {
                        telemetry::RECONCILE_RUNS.add(1, &[("result", "failed")]);
                        tracing::warn!(%error, "Reconcile was not finished");
                    }
                }
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.wakes.reconcile.notified() => {
                    // Let a burst of reasons become one pass.
                    tokio::time::sleep(Duration::from_millis(500)).await;
                }
                () = tokio::time::sleep(self.every) => {}
            }
        }
    }

    /// One pass; how many facts it handed over.
    pub async fn pass(&self) -> anyhow::Result<u64> {
        let mut found = self.asked_for().await?;
        let mut after = String::new();
        loop {
            let page = self.store.open_meetings(&after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = last.clone();
            found += self.known(&page).await?;
        }
        self.tidy().await?;
        Ok(found)
    }

    /// Meetings that Salesforce asks for, and no event told of.
    async fn asked_for(&self) -> anyhow::Result<u64> {
        let mut facts = Vec::new();
        for id in records::requested(&self.rest).await? {
            if self.store.meeting(&id).await?.is_none() {
                facts.push(fact(&id, Event::ReadAgain));
            }
        }
        self.hand_over(facts).await
    }

    /// Meetings that are open here.
    async fn known(&self, page: &[String]) -> anyhow::Result<u64> {
        let mut facts = Vec::new();
        let there = records::states(&self.rest, page).await?;
        let mut seen = HashSet::new();
        for (id, record) in there {
            seen.insert(id.clone());
            let Some(meeting) = self.store.meeting(&id).await? else { continue };
            let deleted = record.deleted && meeting.deleted_at.is_none();
            let differs = record.revision > meeting.revision
                || matches!(record.status.as_str(), "Cancelled" | "Ended");
            if deleted || (differs && !meeting.status.is_final()) {
                facts.push(fact(&id, Event::Found(Some(Box::new(record)))));
            }
        }
        for id in page {
            if !seen.contains(id) {
                facts.push(fact(id, Event::Found(None)));
            }
            facts.push(fact(id, Event::Check));
        }
        self.hand_over(facts).await
    }

    async fn hand_over(&self, facts: Vec<Fact>) -> anyhow::Result<u64> {
        let count = facts.len() as u64;
        if count > 0 {
            let (told, done) = tokio::sync::oneshot::channel();
            let delivery = Delivery { facts, position: None, done: Some(told) };
            self.inlet.send(delivery).await?;
            done.await?;
        }
        Ok(count)
    }

    /// Forgets what is out of time.
    async fn tidy(&self) -> anyhow::Result<()> {
        let now = self.clock.now();
        let keep = i64::try_from(self.keep_seen.as_millis())?;
        let mut tx = self.store.begin().await?;
        tx.forget(now - keep, now).await?;
        tx.commit().await?;
        Ok(())
    }
}

fn fact(id: &str, event: Event) -> Fact {
    Fact { fingerprint: None, input: to_meeting(id, event) }
}
