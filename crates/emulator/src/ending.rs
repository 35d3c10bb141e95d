//! When the program is asked to end: Ctrl-C, SIGTERM of whoever started it, or a terminal that is
//! closed.

use anyhow::Context;
use tokio::signal::unix::{SignalKind, signal};

/// Waits for any of them.
///
/// # Errors
/// The signals cannot be waited for.
pub async fn asked() -> anyhow::Result<()> {
    let mut term = signal(SignalKind::terminate()).context("SIGTERM cannot be waited for")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("SIGINT cannot be waited for")?;
    let mut hangup = signal(SignalKind::hangup()).context("SIGHUP cannot be waited for")?;
    tokio::select! {
        _ = hangup.recv() => {}
        _ = term.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
