//! Keeps the tasks of the bridge: starts them by name, notices when one ends that should not, and
//! stops them in the order of the river. First the sources stop pulling, then the workers finish
//! what is under way, last the housekeepers go; whoever takes too long is cut off, which is safe
//! because nothing counts before its commit.
//!
//! This is the one file that may call `tokio::spawn`, so that no task is orphaned.

mod readiness;
mod stop;
#[cfg(test)]
mod tests;

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use readiness::{Health, Latch, LatchState, Readiness, Report};
pub use stop::{Stop, signals};

/// Time from the first signal to the last task's end. Containers are killed after 30 s.
pub const DRAIN: Duration = Duration::from_secs(25);
/// A task that was cut off ends at its next wait; one that never waits cannot be helped.
const SETTLE: Duration = Duration::from_millis(200);

/// What a task's future ends with.
pub type TaskResult = Result<(), Box<dyn std::error::Error + Send + Sync>>;

/// When a task is asked to stop: in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Brings facts in: streams, pollers, the clock.
    Source,
    /// Works on what came in: inbox, effects, outbox.
    Worker,
    /// Is there for the others: admin port, signals, heartbeat.
    Housekeeper,
}

/// What happens when a task is asked to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnCancel {
    /// It is told by its [`Stop`] and waited for.
    Wait,
    /// It is dropped where it waits.
    Abort,
}

/// What happens when a task fails, or ends though nobody asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnError {
    /// The bridge drains and ends with an error; whoever started it starts it again.
    Shutdown,
    /// It is logged, and the task is over.
    Log,
}

/// A task's name and manners.
#[derive(Debug, Clone)]
pub struct Task {
    name: String,
    kind: Kind,
    on_cancel: OnCancel,
    on_error: OnError,
    may_end: bool,
}

impl Task {
    /// A source: waited for, and missed if it ends.
    pub fn source(name: impl Into<String>) -> Self {
        Self::new(name.into(), Kind::Source, OnCancel::Wait, OnError::Shutdown)
    }

    /// A worker: waited for, and missed if it ends.
    pub fn worker(name: impl Into<String>) -> Self {
        Self::new(name.into(), Kind::Worker, OnCancel::Wait, OnError::Shutdown)
    }

    /// A housekeeper: dropped at the end, and not missed.
    pub fn housekeeper(name: impl Into<String>) -> Self {
        Self::new(name.into(), Kind::Housekeeper, OnCancel::Abort, OnError::Log)
    }

    /// What happens when it is asked to stop.
    pub fn on_cancel(mut self, on_cancel: OnCancel) -> Self {
        self.on_cancel = on_cancel;
        self
    }

    /// What happens when it fails.
    pub fn on_error(mut self, on_error: OnError) -> Self {
        self.on_error = on_error;
        self
    }

    /// It may end by itself: a single piece of work.
    pub fn may_end(mut self) -> Self {
        self.may_end = true;
        self
    }

    fn new(name: String, kind: Kind, on_cancel: OnCancel, on_error: OnError) -> Self {
        Self { name, kind, on_cancel, on_error, may_end: false }
    }
}

/// Why the bridge ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// A signal, by name.
    Signal(&'static str),
    /// Somebody inside asked for it.
    Asked,
    /// A task failed that the bridge cannot do without.
    Failed {
        /// Task.
        task: String,
        /// What it said.
        error: String,
    },
}

/// How the bridge ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exit {
    /// Why.
    pub cause: Cause,
    /// Tasks that did not finish in time and were cut off.
    pub cut_off: Vec<String>,
}

impl Exit {
    /// What the process ends with: 0, or 1 if a task failed. Being cut off is no failure: what
    /// was not committed comes again.
    pub fn code(&self) -> u8 {
        u8::from(matches!(self.cause, Cause::Failed { .. }))
    }
}

/// Keeps the tasks. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Supervisor {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    groups: [Group; 3],
    drain: Duration,
    ending: CancellationToken,
    cause: Mutex<Option<Cause>>,
    cut_off: Mutex<Vec<String>>,
}

#[derive(Debug, Default)]
struct Group {
    asked: CancellationToken,
    cut: CancellationToken,
    tracker: TaskTracker,
}

impl Supervisor {
    /// `drain`: most time from the first signal to the end; [`DRAIN`] unless a test is shorter.
    pub fn new(drain: Duration) -> Self {
        let inner = Inner {
            groups: Default::default(),
            drain,
            ending: CancellationToken::new(),
            cause: Mutex::default(),
            cut_off: Mutex::default(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Starts a task. Its future is made with a [`Stop`] that tells when to end; it ends early, and
    /// is dropped, when its time is over. A panic in it is an error of that task alone.
    pub fn spawn<F, T>(&self, task: Task, make: F) -> JoinHandle<()>
    where
        F: FnOnce(Stop) -> T,
        T: Future<Output = TaskResult> + Send + 'static,
    {
        let group = self.group(task.kind);
        let stop = Stop { asked: group.asked.clone(), cut: group.cut.clone() };
        let work = AssertUnwindSafe(make(stop.clone())).catch_unwind();
        let supervisor = self.clone();
        let run = group.tracker.track_future(async move {
            let abort = task.on_cancel == OnCancel::Abort;
            tokio::select! {
                biased;
                () = stop.cut.cancelled() => supervisor.note_cut_off(&task),
                () = stop.asked.cancelled(), if abort => {}
                ended = work => match ended {
                    Ok(Ok(())) if task.may_end || stop.is_asked() => {}
                    Ok(Ok(())) => supervisor.failed(&task, "it ended though nobody asked"),
                    Ok(Err(error)) => supervisor.failed(&task, &error.to_string()),
                    Err(panic) => supervisor.failed(&task, &panic_text(panic.as_ref())),
                },
            }
        });
        #[allow(clippy::disallowed_methods, reason = "the one place that may")]
        tokio::spawn(run)
    }

    /// Asks for the end from inside.
    pub fn shutdown(&self) {
        self.end(Cause::Asked);
    }

    /// True from the first signal on.
    pub fn is_ending(&self) -> bool {
        self.inner.ending.is_cancelled()
    }

    /// Waits until the end has begun; for `/ready` and the heartbeat ("Draining").
    pub async fn ending(&self) {
        self.inner.ending.cancelled().await;
    }

    /// Waits for a signal, a failure or [`Supervisor::shutdown`], then drains: sources, workers,
    /// housekeepers. A second signal ends it at once.
    pub async fn run(&self, mut signals: mpsc::Receiver<&'static str>) -> Exit {
        tokio::select! {
            signal = next(&mut signals) => self.end(Cause::Signal(signal)),
            () = self.ending() => {}
        }
        let cause = lock(&self.inner.cause).clone().unwrap_or(Cause::Asked);
        tracing::info!(cause = ?cause, "stopping: sources first, then what is under way");
        let drained = tokio::select! {
            () = self.drain() => true,
            signal = next(&mut signals) => {
                tracing::warn!(signal, "a second signal: stopping at once");
                false
            }
        };
        if !drained {
            for group in &self.inner.groups {
                group.asked.cancel();
                group.cut.cancel();
                group.tracker.close();
            }
            for group in &self.inner.groups {
                let _ = timeout(SETTLE, group.tracker.wait()).await;
            }
        }
        let mut cut_off = std::mem::take(&mut *lock(&self.inner.cut_off));
        cut_off.sort();
        if !cut_off.is_empty() {
            tracing::warn!(tasks = ?cut_off, "cut off; what they had not committed comes again");
        }
        Exit { cause, cut_off }
    }

    /// One group after the other. Each has its share of the time, and what one leaves over the
    /// next may use; a source that hangs does not keep the workers from finishing.
    async fn drain(&self) {
        let begun = Instant::now();
        for (kind, share) in [(Kind::Source, 0.2), (Kind::Worker, 0.8), (Kind::Housekeeper, 0.95)] {
            let group = self.group(kind);
            group.asked.cancel();
            group.tracker.close();
            let until = begun + self.inner.drain.mul_f64(share);
            if timeout_at(until, group.tracker.wait()).await.is_err() {
                group.cut.cancel();
                let _ = timeout(SETTLE, group.tracker.wait()).await;
            }
        }
    }

    fn group(&self, kind: Kind) -> &Group {
        let [sources, workers, housekeepers] = &self.inner.groups;
        match kind {
            Kind::Source => sources,
            Kind::Worker => workers,
            Kind::Housekeeper => housekeepers,
        }
    }

    fn failed(&self, task: &Task, error: &str) {
        tracing::error!(task.name = task.name, error, "a task failed");
        crate::telemetry::TASKS_FAILED.add(1, &[("task", &task.name)]);
        if task.on_error == OnError::Shutdown {
            self.end(Cause::Failed { task: task.name.clone(), error: error.to_owned() });
        }
    }

    /// The first cause stands.
    fn end(&self, cause: Cause) {
        lock(&self.inner.cause).get_or_insert(cause);
        self.inner.ending.cancel();
    }

    fn note_cut_off(&self, task: &Task) {
        lock(&self.inner.cut_off).push(task.name.clone());
    }
}

/// The next signal; a closed channel brings none.
async fn next(signals: &mut mpsc::Receiver<&'static str>) -> &'static str {
    match signals.recv().await {
        Some(signal) => signal,
        None => std::future::pending().await,
    }
}

/// A panic while a lock was held leaves these values whole.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("it panicked: {}", text.unwrap_or("without a message"))
}
