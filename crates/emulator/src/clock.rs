//! The emulator's clock: real time plus an offset that tests can move. Timers inside the emulator
//! ask it again at least every 50 ms, so a moved clock is felt at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Cloneable handle; all clones share the offset.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    offset_ms: Arc<AtomicI64>,
}

impl Clock {
    /// Now, in epoch milliseconds of the emulated world.
    #[allow(clippy::disallowed_methods, reason = "the one place in the emulator that may")]
    pub fn now(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        since.as_millis() as i64 + self.offset_ms.load(Ordering::Relaxed)
    }

    /// Moves the emulated world forward (or back).
    pub fn advance(&self, ms: i64) {
        self.offset_ms.fetch_add(ms, Ordering::Relaxed);
    }

    /// Waits until the emulated time `at`.
    pub async fn until(&self, at: i64) {
        loop {
            let left = at - self.now();
            if left <= 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(left.clamp(1, 50) as u64)).await;
        }
    }
}
