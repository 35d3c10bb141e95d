//! The event streams, and what they say of themselves: latches and figures.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use tokio::sync::watch;

use crate::clock::SharedClock;
use crate::input::{Reading, change};
use crate::salesforce::pubsub::{DecodedEvent, Mapper, StreamState, StreamStatus};
use crate::supervisor::{Latch, Stop, TaskResult};
use crate::telemetry;

/// What an event means to this org's bridge.
pub fn mapper(org_id: String, clock: SharedClock) -> Mapper {
    Arc::new(move |event: DecodedEvent| {
        let reading = Reading { org_id: &org_id, now: clock.now() };
        change::read(event.decoded, &event.raw.event_id, reading)
    })
}

/// Where a stream's word about itself goes.
pub struct Report {
    /// Topic.
    pub topic: String,
    /// Its latch.
    pub latch: Latch,
    /// Time.
    pub clock: SharedClock,
    /// Age of the newest event when it came, milliseconds; for the heartbeat.
    pub lag: Arc<AtomicI64>,
}

impl Report {
    /// Turns the stream's word into latch and figures until it ends.
    pub async fn run(self, mut status: watch::Receiver<StreamStatus>, stop: Stop) -> TaskResult {
        let mut before = StreamStatus::default();
        loop {
            let now = status.borrow_and_update().clone();
            self.tell(&before, &now);
            before = now;
            tokio::select! {
                () = stop.asked() => return Ok(()),
                changed = status.changed() => if changed.is_err() { return Ok(()) },
            }
        }
    }

    fn tell(&self, before: &StreamStatus, now: &StreamStatus) {
        match &now.state {
            StreamState::Ready => self.latch.open("subscribed"),
            StreamState::Connecting => self.latch.close("connecting"),
            StreamState::Waiting(why) | StreamState::Stopped(why) => self.latch.close(why),
        }
        let labels = [("topic", self.topic.as_str())];
        telemetry::STREAM_CONNECTS.add(now.connects - before.connects, &labels);
        telemetry::EVENTS_RECEIVED.add(now.events - before.events, &labels);
        if let Some(at) = now.last_commit.filter(|at| Some(*at) != before.last_commit) {
            let lag = (self.clock.now() - at).max(0);
            self.lag.store(lag, Ordering::Relaxed);
            telemetry::EVENT_LAG.set(lag as f64 / 1000.0, &labels);
        }
    }
}
