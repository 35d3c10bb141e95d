//! The level check: what no event told of. At the start and every few minutes it compares
//! Salesforce, Chime, ECS and S3 with the store, and hands what differs to the inbox as facts.
//!
//! - Meetings that Salesforce asks for and the store does not know → read and begun.
//! - Meetings that are open here: gone, deleted, cancelled or differing there → told.
//! - Open meetings → a look at Chime; unfinished recordings → a look at ECS and S3.
//! - Meetings that are over → a page a pass, round and round: deleted or brought back there, or
//!   written by somebody else. A delete must erase although its event was never heard.
//! - Recordings → the id of their record, whether that was deleted or brought back, and pieces that
//!   could not be completed before the verdict.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::clock::{Millis, SharedClock};
use crate::inbox::delivery::{Delivery, Fact, Inlet};
use crate::inbox::engine::Wakes;
use crate::input::to_meeting;
use crate::meeting::effect::MeetingRecord;
use crate::meeting::event::Event;
use crate::meeting::model::{Meeting, Recording, RecordingStatus as RS};
use crate::salesforce::records::{self, RecordingRow};
use crate::salesforce::rest::Rest;
use crate::store::Store;
use crate::telemetry;

/// Meetings looked at in one go.
const PAGE: u32 = 200;
const RECORDING: &str = "Chime_Recording__c";

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
    /// Up to which of the meetings that are over the last pass came; empty: begin again.
    pub swept: String,
}

impl Reconcile {
    /// Runs until `stop`; the first pass at once.
    pub async fn run(mut self, stop: CancellationToken) {
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
    pub async fn pass(&mut self) -> anyhow::Result<u64> {
        let mut found = self.asked_for().await?;
        let mut after = String::new();
        loop {
            let page = self.store.open_meetings(&after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = last.clone();
            found += self.compared(&page).await?;
        }
        let page = self.store.final_meetings(&self.swept, PAGE).await?;
        found += self.compared(&page).await?;
        self.swept = page.last().cloned().unwrap_or_default();
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

    /// Meetings that are known here, and their recordings.
    async fn compared(&self, page: &[String]) -> anyhow::Result<u64> {
        let mut known = Vec::new();
        for id in page {
            known.extend(self.store.meeting(id).await?.filter(|meeting| !meeting.forgotten()));
        }
        if known.is_empty() {
            return Ok(0);
        }
        let ids: Vec<String> = known.iter().map(|m| m.id.clone()).collect();
        let there: HashMap<_, _> = records::states(&self.rest, &ids).await?.into_iter().collect();
        if there.is_empty() && !records::any_meeting(&self.rest).await? {
            // Whoever sees no meeting at all has lost a right; that must not erase a recording.
            tracing::warn!(
                "Salesforce shows the bridge no meeting at all; none of them is taken for deleted. \
                 Does the integration user still see all meetings?"
            );
            return Ok(0);
        }
        let mut facts = Vec::new();
        for meeting in &known {
            facts.extend(found(meeting, there.get(&meeting.id)).map(|e| fact(&meeting.id, e)));
            if !meeting.status.is_final() {
                facts.push(fact(&meeting.id, Event::Check));
            }
            // After the verdict nobody else looks: what could not be completed then may be now.
            let late = meeting.recordings.iter().filter(|r| r.unfinished && r.settled());
            let hint = |r: &Recording| Event::PieceHint { recording: r.key.clone() };
            facts.extend(late.map(|r| fact(&meeting.id, hint(r))));
        }
        facts.extend(self.recordings(&known).await?);
        self.hand_over(facts).await
    }

    /// Their records: an id that was never heard, a delete, an undelete.
    async fn recordings(&self, meetings: &[Meeting]) -> anyhow::Result<Vec<Fact>> {
        let own = |m: &Meeting| {
            let recordings = m.recordings.iter().filter(|r| r.shown && r.status != RS::Erased);
            recordings.map(|r| (m.id.clone(), r.clone())).collect::<Vec<_>>()
        };
        // The recordings of a meeting that was deleted went with it.
        let kept = meetings.iter().filter(|m| m.deleted_at.is_none()).flat_map(own);
        let kept: Vec<(String, Recording)> = kept.collect();
        let keys: Vec<&str> = kept.iter().map(|(_, r)| r.key.as_str()).collect();
        let rows = records::recordings(&self.rest, &keys).await?;
        let now = self.clock.now();
        let facts = kept.iter().flat_map(|(meeting, recording)| {
            let own = rows.iter().filter(|row| row.key == recording.key);
            let events = found_recording(recording, own.collect(), now);
            events.into_iter().map(|event| fact(meeting, event))
        });
        Ok(facts.collect())
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

/// What the meeting's record says that is not known here; `None` there: it is gone for good.
fn found(meeting: &Meeting, there: Option<&MeetingRecord>) -> Option<Event> {
    let deleted = meeting.deleted_at.is_some();
    let Some(record) = there else {
        return (!deleted).then_some(Event::Found(None));
    };
    let over = matches!(record.status.as_str(), "Cancelled" | "Ended");
    let differs = record.deleted != deleted
        || (!deleted && record.revision > meeting.revision)
        || (over && !meeting.status.is_final());
    differs.then(|| Event::Found(Some(Box::new(record.clone()))))
}

/// The same of a recording's record. Without a known id no row means that it was not told yet.
fn found_recording(recording: &Recording, rows: Vec<&RecordingRow>, now: Millis) -> Vec<Event> {
    let object = || RECORDING.to_string();
    let alive = rows.iter().find(|row| !row.deleted);
    let Some(row) = alive.or(rows.first()) else {
        let gone = recording.record_id.clone().filter(|_| !recording.record_deleted);
        let deleted = gone.map(|id| Event::RecordDeleted { object: object(), id, at: now });
        return deleted.into_iter().collect();
    };
    let id = || row.id.clone();
    let mut events = Vec::new();
    if recording.record_id.as_ref() != Some(&row.id) {
        let key = recording.key.clone();
        events.push(Event::RecordNamed { object: object(), key, id: id() });
    }
    match (row.deleted, recording.record_deleted) {
        (true, false) => events.push(Event::RecordDeleted { object: object(), id: id(), at: now }),
        (false, true) => events.push(Event::RecordUndeleted { object: object(), id: id() }),
        _ => {}
    }
    events
}
