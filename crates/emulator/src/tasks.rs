//! Starts tasks. The one place in the emulator that may, so that the lint keeps the rest honest.

use std::future::Future;

/// Runs `f` in the background.
#[allow(clippy::disallowed_methods, reason = "the one place in the emulator that may")]
pub fn spawn<F>(f: F) -> tokio::task::JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    tokio::spawn(f)
}
