//! Time comes in from here: the wall clock that Xvfb's grabber stamps frames with as well, and
//! tasks. The one file that may ask the system.

use std::future::Future;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Since 1970, by the machine's clock.
#[allow(clippy::disallowed_methods, reason = "the one place that may")]
pub fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// The same in milliseconds.
pub fn now_ms() -> i64 {
    i64::try_from(now().as_millis()).unwrap_or(i64::MAX)
}

/// Runs `f` in the background.
#[allow(clippy::disallowed_methods, reason = "the one place in the recorder that may")]
pub fn spawn<F>(f: F) -> tokio::task::JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    tokio::spawn(f)
}
