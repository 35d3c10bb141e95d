//! Starts tasks. The one place in this crate that may, so that the lint keeps the rest honest.

use std::future::Future;

/// Runs `f` in the background of the current runtime.
#[allow(clippy::disallowed_methods, reason = "the one place in the crate that may")]
pub(crate) fn spawn<F>(f: F) -> tokio::task::JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    tokio::spawn(f)
}
