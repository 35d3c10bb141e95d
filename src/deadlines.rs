//! What the clock brings: meetings whose deadline has passed are stepped with a tick. The deadline
//! itself is part of the meeting's row, so a tick that was lost comes again.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::clock::SharedClock;
use crate::inbox::delivery::{Delivery, Fact, Inlet};
use crate::inbox::engine::Wakes;
use crate::input::to_meeting;
use crate::meeting::event::Event;
use crate::store::Store;

/// Most ticks handed over at once.
const AT_ONCE: u32 = 500;
/// A deadline that did not move is not ticked again before this.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// What the task works with.
#[derive(Clone)]
pub struct Deadlines {
    /// The store.
    pub store: Arc<dyn Store>,
    /// Time.
    pub clock: SharedClock,
    /// Where ticks go.
    pub inlet: Inlet,
    /// Woken by the inbox.
    pub wakes: Arc<Wakes>,
}

impl Deadlines {
    /// Runs until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        let mut ticked: HashMap<String, Instant> = HashMap::new();
        loop {
            let now = self.clock.now();
            ticked.retain(|_, at| at.elapsed() < AGAIN_AFTER);
            match self.store.due_deadlines(now, AT_ONCE).await {
                Ok(due) => {
                    let fresh: Vec<String> =
                        due.into_iter().filter(|id| !ticked.contains_key(id)).collect();
                    ticked.extend(fresh.iter().map(|id| (id.clone(), Instant::now())));
                    self.tick(fresh).await;
                }
                Err(error) => tracing::error!(%error, "Due deadlines could not be read"),
            }
            let pause = self.pause().await;
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.wakes.deadlines.notified() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    async fn tick(&self, meetings: Vec<String>) {
        if meetings.is_empty() {
            return;
        }
        let (told, done) = oneshot::channel();
        let facts = meetings
            .iter()
            .map(|id| Fact { fingerprint: None, input: to_meeting(id, Event::Tick) })
            .collect();
        let delivery = Delivery { facts, position: None, done: Some(told) };
        if self.inlet.send(delivery).await.is_ok() {
            // Untold means not committed: the deadlines are still due and come again.
            let _ = done.await;
        }
    }

    async fn pause(&self) -> Duration {
        let longest = Duration::from_secs(1);
        match self.store.next_deadline().await {
            Ok(Some(at)) => {
                let left = u64::try_from(at - self.clock.now()).unwrap_or(0);
                Duration::from_millis(left.max(50)).min(longest)
            }
            _ => longest,
        }
    }
}
