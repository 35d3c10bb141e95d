//! The heartbeat on `Chime_Bridge_Health__c`, and the figures that are read from the store.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use crate::clock::{Millis, SharedClock};
use crate::outbox::health::{HealthState, Heartbeat, change};
use crate::outbox::missing::MissingFields;
use crate::salesforce::rest::Rest;
use crate::salesforce::rest::limits::Limits;
use crate::store::{Counts, Store, StoreError};
use crate::supervisor::{Health, Readiness, Stop, TaskResult};
use crate::telemetry;

/// The record is written this often, and whenever the state changes: each write is a share of a
/// REST call of the org.
const EVERY: Duration = Duration::from_secs(300);
/// Figures and state are looked at this often.
const LOOK: Duration = Duration::from_secs(2);

/// What it works with.
pub struct Beat {
    /// Store.
    pub store: Arc<dyn Store>,
    /// Time.
    pub clock: SharedClock,
    /// State of the parts.
    pub readiness: Readiness,
    /// `Instance_Key__c`.
    pub instance: String,
    /// For the share of API calls used.
    pub rest: Rest,
    /// Age of the newest event when it came, milliseconds; -1: none came yet.
    pub lag: Arc<AtomicI64>,
    /// Fields the org lacks.
    pub missing: Arc<MissingFields>,
    /// Rings the outbox.
    pub wakes: Arc<crate::inbox::engine::Wakes>,
}

impl Beat {
    /// Beats until it is asked to stop.
    pub async fn run(self, stop: Stop) -> TaskResult {
        let mut told: Option<(HealthState, Instant)> = None;
        loop {
            let state = self.state();
            let now = self.clock.now();
            let counts = self.store.counts().await;
            if let Ok(counts) = &counts {
                self.figures(counts, now);
                let due = told.is_none_or(|(was, at)| was != state || at.elapsed() >= EVERY);
                if due && self.beat(state, counts, now).await.is_ok() {
                    told = Some((state, Instant::now()));
                }
            }
            tokio::select! {
                () = stop.asked() => return Ok(()),
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }

    fn state(&self) -> HealthState {
        match state(self.readiness.report().state) {
            HealthState::Ready if !self.missing.list().is_empty() => HealthState::Degraded,
            state => state,
        }
    }

    fn figures(&self, counts: &Counts, now: Millis) {
        let age = counts.outbox_oldest.map_or(0, |at| (now - at).max(0));
        telemetry::MEETINGS_OPEN.set(counts.open_meetings as f64, &[]);
        telemetry::EFFECTS_WAITING.set(counts.effects as f64, &[]);
        telemetry::OUTBOX_WAITING.set(counts.outbox as f64, &[]);
        telemetry::OUTBOX_OLDEST_AGE.set(age as f64 / 1000.0, &[]);
        telemetry::DEAD_LETTERS.set(counts.dead_letters as f64, &[]);
        if let Some(usage) = *self.rest.usage().borrow() {
            telemetry::REST_USED.set(usage.share() * 100.0, &[]);
        }
    }

    async fn beat(
        &self,
        state: HealthState,
        counts: &Counts,
        at: Millis,
    ) -> Result<(), StoreError> {
        let age = counts.outbox_oldest.map_or(0, |since| (at - since).max(0) / 1000);
        let lag = self.lag.load(Ordering::Relaxed);
        // One more call every five minutes; without an answer the field stays as it was.
        let limits = self.rest.limits().await.ok();
        let deliveries_left =
            limits.and_then(|l| l.get(Limits::DELIVERIES)).map(|limit| limit.remaining);
        if let Some(left) = deliveries_left {
            telemetry::DELIVERIES_LEFT.set(left as f64, &[]);
        }
        let beat = Heartbeat {
            instance: self.instance.clone(),
            at,
            version: env!("CARGO_PKG_VERSION").into(),
            state,
            event_lag_seconds: Some(lag / 1000).filter(|_| lag >= 0),
            outbox_age_seconds: age,
            dead_letters: counts.dead_letters,
            deliveries_left,
        };
        let mut tx = self.store.begin().await?;
        tx.put_changes(vec![change(&beat)], at, at).await?;
        tx.commit().await?;
        self.wakes.outbox.notify_one();
        Ok(())
    }
}

fn state(health: Health) -> HealthState {
    match health {
        Health::Starting => HealthState::Starting,
        Health::Ready => HealthState::Ready,
        Health::Degraded => HealthState::Degraded,
        Health::Draining => HealthState::Draining,
    }
}
