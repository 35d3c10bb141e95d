//! How a task is told to stop, and the system's signals.

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{Supervisor, Task};

/// Tells a task when to end. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Stop {
    pub(super) asked: CancellationToken,
    pub(super) cut: CancellationToken,
}

impl Stop {
    /// A pair for a test, or a part run alone: the stop, and the token that asks.
    pub fn alone() -> (Self, CancellationToken) {
        let asked = CancellationToken::new();
        (Self { asked: asked.clone(), cut: CancellationToken::new() }, asked)
    }

    /// Resolves when the task is asked to finish what it has begun and to begin nothing more.
    pub async fn asked(&self) {
        self.asked.cancelled().await;
    }

    /// True once it was asked.
    pub fn is_asked(&self) -> bool {
        self.asked.is_cancelled()
    }

    /// The token behind [`Stop::asked`], for what takes a token.
    pub fn token(&self) -> CancellationToken {
        self.asked.clone()
    }
}

/// SIGTERM and SIGINT as a channel for [`Supervisor::run`].
#[cfg(unix)]
pub fn signals(supervisor: &Supervisor) -> std::io::Result<mpsc::Receiver<&'static str>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let (tell, told) = mpsc::channel(4);
    supervisor.spawn(Task::housekeeper("signals").may_end(), move |_| async move {
        loop {
            let name = tokio::select! {
                Some(()) = terminate.recv() => "SIGTERM",
                Some(()) = interrupt.recv() => "SIGINT",
                else => return Ok(()),
            };
            if tell.send(name).await.is_err() {
                return Ok(());
            }
        }
    });
    Ok(told)
}

/// Ctrl-C as a channel for [`Supervisor::run`].
#[cfg(not(unix))]
pub fn signals(supervisor: &Supervisor) -> std::io::Result<mpsc::Receiver<&'static str>> {
    let (tell, told) = mpsc::channel(4);
    supervisor.spawn(Task::housekeeper("signals").may_end(), move |_| async move {
        while tokio::signal::ctrl_c().await.is_ok() && tell.send("Ctrl-C").await.is_ok() {}
        Ok(())
    });
    Ok(told)
}
