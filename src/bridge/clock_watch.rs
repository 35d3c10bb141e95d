//! Notices when the machine's clock is set, and says so. What waits for its next try waits until a
//! moment of that clock; if the clock goes back by an hour, the wait would be an hour longer. So
//! after a step back everything that waits is tried at once, and backs off anew if it still fails.
//!
//! Deadlines of meetings are not moved: they are moments people agreed on, by the clock that says
//! what time it is.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::clock::{Millis, SharedClock};
use crate::inbox::engine::Wakes;
use crate::store::{Store, StoreError};
use crate::supervisor::{Stop, TaskResult};

/// How often the clock is looked at.
const LOOK: Duration = Duration::from_secs(1);
/// A smaller step is noise: every wait is longer.
const STEP: Millis = 2_000;

/// What it works with.
pub struct Watch {
    /// Holds what waits.
    pub store: Arc<dyn Store>,
    /// The machine's clock.
    pub clock: SharedClock,
    /// Rung when what waited is due.
    pub wakes: Arc<Wakes>,
}

impl Watch {
    /// Watches until it is asked to stop.
    pub async fn run(self, stop: Stop) -> TaskResult {
        let mut told = (self.clock.now(), Instant::now());
        // A step back is done with only when the store has taken it.
        let mut went_back = false;
        loop {
            tokio::select! {
                () = stop.asked() => return Ok(()),
                () = tokio::time::sleep(LOOK) => {}
            }
            let (wall, steady) = told;
            let gone = Millis::try_from(steady.elapsed().as_millis()).unwrap_or(Millis::MAX);
            told = (self.clock.now(), Instant::now());
            let step_ms = told.0 - wall - gone;
            if step_ms.abs() >= STEP {
                tracing::warn!(step_ms, "The machine's clock was set");
                went_back |= step_ms < 0;
            }
            if went_back {
                match self.hasten().await {
                    Ok(()) => went_back = false,
                    Err(error) => tracing::error!(%error, "What waits could not be made due"),
                }
            }
        }
    }

    async fn hasten(&self) -> Result<(), StoreError> {
        let mut tx = self.store.begin().await?;
        tx.hasten(self.clock.now()).await?;
        tx.commit().await?;
        self.wakes.effects.notify_one();
        self.wakes.outbox.notify_one();
        self.wakes.deadlines.notify_one();
        Ok(())
    }
}
