//! One keeper a task: starts its process after the start delay, passes StopTask on as signals, and
//! tells what became of it. The process leads its own group, and signals go to the group, so that a
//! recorder's browser dies with the recorder. ECS leaves an unhealthy task running; so does this.

use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::Child;
use tokio::sync::mpsc::UnboundedReceiver;

use super::Inner;
use super::run::Fresh;
use super::task::{Order, Status, Task};
use crate::faults::FaultKind;

/// What a task that ran came to.
struct End {
    exit: Option<ExitStatus>,
    code: &'static str,
    reason: Option<&'static str>,
}

/// Keeps a task from PENDING to STOPPED.
pub async fn keep(inner: Arc<Inner>, mut fresh: Fresh) {
    let arn = fresh.arn.clone();
    inner.change(&arn, |task| task.status = Status::Pending);
    let start_at = inner.clock.now() + inner.settings().start_delay_ms;
    tokio::select! {
        () = inner.clock.until(start_at) => {}
        order = fresh.orders.recv() => {
            let code = match order {
                Some(Order::Stop) => "UserInitiated",
                Some(Order::HostDies { .. }) => "TerminationNotice",
                Some(Order::Shutdown) | None => return,
            };
            return stopped(&inner, &arn, |task| {
                task.stop_code.get_or_insert(code);
            });
        }
    }
    let child = match start(&inner, &fresh).await {
        Ok(child) => child,
        Err(reason) => {
            return stopped(&inner, &arn, |task| {
                task.stop_code = Some("TaskFailedToStart");
                task.stopped_reason = Some(reason);
            });
        }
    };
    let now = inner.clock.now();
    inner.change(&arn, |task| {
        task.status = Status::Running;
        task.started_at = Some(now);
        task.processes = group(&child);
    });
    let timeout = fresh.stop_timeout.unwrap_or(inner.settings().stop_timeout_ms);
    if let Some(end) = run(&inner, &arn, child, &mut fresh.orders, timeout).await {
        inner.change(&arn, |task| {
            task.status = Status::Deprovisioning;
            task.to_stop = true;
            task.processes = None;
            task.stop_code.get_or_insert(end.code);
            if task.stopped_reason.is_none() {
                task.stopped_reason = end.reason.map(String::from);
            }
            // As a shell says it: 137 for a task that had to be killed.
            task.exit_code =
                end.exit.and_then(|e| e.code().or_else(|| e.signal().map(|s| 128 + s)));
        });
        stopped(&inner, &arn, |_| {});
    }
}

fn stopped(inner: &Inner, arn: &str, last: impl FnOnce(&mut Task)) {
    let now = inner.clock.now();
    inner.change(arn, |task| {
        task.status = Status::Stopped;
        task.to_stop = true;
        task.stopping_at.get_or_insert(now);
        task.stopped_at = Some(now);
        last(task);
    });
}

/// Starts the family's command. The error is the task's `stoppedReason`.
async fn start(inner: &Inner, fresh: &Fresh) -> Result<Child, String> {
    let ordered = |kind: &FaultKind| matches!(kind, FaultKind::Reject { .. });
    if let Some(FaultKind::Reject { code, .. }) = inner.faults.take_if("ecs", "Start", ordered) {
        return Err(code);
    }
    let settings = inner.settings();
    let argv = settings.commands.get(&fresh.family).filter(|argv| !argv.is_empty());
    let Some(argv) = argv.cloned() else {
        let family = &fresh.family;
        return Err(format!("CannotPullContainerError: no command is set for family {family}"));
    };
    let id = fresh.arn.rsplit('/').next().unwrap_or_default();
    let output = || match &settings.logs {
        None => Ok(Stdio::null()),
        Some(folder) => {
            std::fs::create_dir_all(folder)?;
            let path = folder.join(format!("{id}.log"));
            std::fs::OpenOptions::new().create(true).append(true).open(path).map(Stdio::from)
        }
    };
    let failed = |error: std::io::Error| format!("CannotStartContainerError: {error}");
    let (out, errors) = (output().map_err(failed)?, output().map_err(failed)?);
    let own = fresh.environment.clone();
    let started = inner.starter.start(argv, move |command| {
        command.envs(settings.environment.iter().cloned()).envs(own);
        command.stdin(Stdio::null()).stdout(out).stderr(errors);
    });
    started.await.map_err(failed)
}

/// Waits for the end of a running task. `None`: nobody is to be told.
async fn run(
    inner: &Inner,
    arn: &str,
    mut child: Child,
    orders: &mut UnboundedReceiver<Order>,
    timeout: i64,
) -> Option<End> {
    let group = group(&child);
    let mut kill_at = None;
    loop {
        let too_late = async {
            match kill_at {
                Some(at) => inner.clock.until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            // Orders first: a process the emulator killed at its end has no end to tell of.
            biased;
            order = orders.recv() => match order {
                Some(Order::Stop) => {
                    inner.change(arn, |task| task.status = Status::Stopping);
                    signal(group, Signal::TERM);
                    kill_at = Some(inner.clock.now() + timeout);
                }
                Some(Order::HostDies { known_after }) => {
                    signal(group, Signal::KILL);
                    let _ = child.wait().await;
                    if let Some(task) = inner.book().task_mut(arn) {
                        task.processes = None;
                    }
                    return host_died(inner, arn, orders, known_after, timeout).await;
                }
                Some(Order::Shutdown) | None => {
                    signal(group, Signal::KILL);
                    let _ = child.wait().await;
                    return None;
                }
            },
            () = too_late => {
                signal(group, Signal::KILL);
                kill_at = None;
            }
            exit = child.wait() => {
                // What the leader started dies with it, as in a container.
                signal(group, Signal::KILL);
                return Some(End {
                    exit: exit.ok(),
                    code: "EssentialContainerExited",
                    reason: Some("Essential container in task exited"),
                });
            }
        }
    }
}

/// The process is gone, but for ECS the task still runs, until it finds out or is told to stop it.
async fn host_died(
    inner: &Inner,
    arn: &str,
    orders: &mut UnboundedReceiver<Order>,
    known_after: Option<i64>,
    timeout: i64,
) -> Option<End> {
    let mut known_at = known_after.map(|ms| inner.clock.now() + ms);
    loop {
        let known = async {
            match known_at {
                Some(at) => inner.clock.until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = known => {
                // INFERRED: the words ECS has for a lost Fargate host.
                return Some(End {
                    exit: None,
                    code: "TerminationNotice",
                    reason: Some("Host terminated"),
                });
            }
            order = orders.recv() => match order {
                Some(Order::Stop) => {
                    inner.change(arn, |task| task.status = Status::Stopping);
                    let at = inner.clock.now() + timeout;
                    known_at = Some(known_at.map_or(at, |k| k.min(at)));
                }
                Some(Order::HostDies { .. }) => {}
                Some(Order::Shutdown) | None => return None,
            },
        }
    }
}

/// The process group a task's process leads.
fn group(child: &Child) -> Option<Pid> {
    Pid::from_raw(i32::try_from(child.id()?).ok()?)
}

/// Signals a whole process group.
pub fn signal(group: Option<Pid>, signal: Signal) {
    if let Some(group) = group {
        // Fails only if nobody of the group lives any more.
        let _ = kill_process_group(group, signal);
    }
}
