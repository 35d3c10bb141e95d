//! A program the recorder starts: in a process group of its own, with nothing of the recorder's
//! environment, gone when the recorder is gone.
//!
//! `setpriv --pdeathsig` sees to the last: the kernel kills the child when the thread that started
//! it ends, however that happens. Runtime threads live as long as the runtime.

use std::collections::VecDeque;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{ChildStdin, ChildStdout, Command};

use crate::clock::spawn;

/// Lines kept of what a program says.
const TAIL: usize = 12;
/// Longest line kept, characters.
const LINE: usize = 300;

/// Why a program does not run.
#[derive(Debug, thiserror::Error)]
pub enum ChildError {
    /// It cannot be started.
    #[error("{program} cannot be started: {reason}. Is it installed?")]
    Start {
        /// Program.
        program: String,
        /// The system's words.
        reason: String,
    },
    /// It ended or kept silent before it was ready.
    #[error("{name} was not ready: {reason}{}", said(.tail))]
    NotReady {
        /// What it is.
        name: &'static str,
        /// What happened.
        reason: String,
        /// Its last words.
        tail: Vec<String>,
    },
}

fn said(tail: &[String]) -> String {
    match tail.last() {
        Some(last) => format!("; its last words: {last}"),
        None => String::new(),
    }
}

/// What is to be started.
#[derive(Debug, Clone)]
pub struct Recipe {
    /// What it is, for logs.
    pub name: &'static str,
    /// Program.
    pub program: String,
    /// Arguments.
    pub args: Vec<String>,
    /// Its whole environment.
    pub environment: Vec<(&'static str, String)>,
    /// Something is written to it.
    pub fed: bool,
    /// What it writes is read.
    pub read: bool,
}

/// A running program. Dropped, its whole group is killed.
pub struct Child {
    name: &'static str,
    group: Option<Pid>,
    process: tokio::process::Child,
    tail: Tail,
}

/// The last lines a program said.
#[derive(Debug, Clone, Default)]
pub struct Tail(Arc<Mutex<VecDeque<String>>>);

impl Tail {
    /// Keeps a line.
    pub fn push(&self, line: &str) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == TAIL {
            lines.pop_front();
        }
        lines.push_back(line.chars().take(LINE).collect());
    }

    /// The lines, oldest first.
    pub fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

impl Child {
    /// Starts it. Its error output is read for ever, so that it never stands still over it.
    pub fn start(recipe: &Recipe) -> Result<Self, ChildError> {
        let mut child = Self::start_silent(recipe)?;
        if let Some(errors) = child.process.stderr.take() {
            let tail = child.tail.clone();
            keep(errors, tail);
        }
        Ok(child)
    }

    /// Starts it; the caller reads its error output (`errors`).
    pub fn start_silent(recipe: &Recipe) -> Result<Self, ChildError> {
        let piped = |wanted| if wanted { Stdio::piped() } else { Stdio::null() };
        let process = Command::new("setpriv")
            .args(["--pdeathsig=KILL", "--no-new-privs", "--"])
            .arg(&recipe.program)
            .args(&recipe.args)
            .env_clear()
            .envs(recipe.environment.iter().map(|(name, value)| (name, value)))
            .stdin(piped(recipe.fed))
            .stdout(piped(recipe.read))
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(|e| ChildError::Start {
                program: recipe.program.clone(),
                reason: e.to_string(),
            })?;
        let group = process.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
        Ok(Self { name: recipe.name, group, process, tail: Tail::default() })
    }

    /// What it is.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Its process, which leads its group.
    pub fn id(&self) -> Option<u32> {
        self.process.id()
    }

    /// Where it is fed; once.
    pub fn input(&mut self) -> Option<ChildStdin> {
        self.process.stdin.take()
    }

    /// What it writes; once.
    pub fn output(&mut self) -> Option<ChildStdout> {
        self.process.stdout.take()
    }

    /// Its error output, if started by `start_silent`; once.
    pub fn errors(&mut self) -> Option<tokio::process::ChildStderr> {
        self.process.stderr.take()
    }

    /// Its last words.
    pub fn tail(&self) -> Tail {
        self.tail.clone()
    }

    /// Waits until it has ended.
    pub async fn ended(&mut self) -> Option<ExitStatus> {
        self.process.wait().await.ok()
    }

    /// True while it runs.
    pub fn alive(&mut self) -> bool {
        matches!(self.process.try_wait(), Ok(None))
    }

    /// Asks the program itself (not its group) to end.
    pub fn ask_to_end(&self, signal: Signal) {
        if let Some(leader) = self.group {
            // Fails only if it has ended already.
            let _ = kill_process(leader, signal);
        }
    }

    /// Asks it to end, waits up to `grace`, then kills its group.
    pub async fn stop(mut self, grace: Duration) {
        self.ask_to_end(Signal::TERM);
        if tokio::time::timeout(grace, self.process.wait()).await.is_err() {
            tracing::debug!(program = self.name, "it did not end when asked and is killed");
        }
        self.kill().await;
    }

    /// Kills its group and collects it.
    pub async fn kill(mut self) {
        self.end().await;
    }

    /// The same, for one that will be replaced.
    pub async fn end(&mut self) {
        self.kill_group();
        let _ = self.process.wait().await;
    }

    fn kill_group(&self) {
        if let Some(group) = self.group {
            let _ = kill_process_group(group, Signal::KILL);
        }
    }

    /// It was not ready: why, with its last words.
    pub fn not_ready(&self, reason: impl Into<String>) -> ChildError {
        ChildError::NotReady { name: self.name, reason: reason.into(), tail: self.tail.lines() }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.kill_group();
    }
}

fn keep(errors: impl AsyncRead + Unpin + Send + 'static, tail: Tail) {
    spawn(async move {
        let mut lines = BufReader::new(errors).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            tail.push(&line);
        }
    });
}

/// The environment every child gets.
pub fn environment(scratch: &Path) -> Vec<(&'static str, String)> {
    let path = |name: &str| scratch.join(name).display().to_string();
    vec![
        ("PATH", "/usr/local/bin:/usr/bin:/bin".into()),
        ("LANG", "C.UTF-8".into()),
        ("HOME", path("home")),
        ("TMPDIR", path("tmp")),
        ("XDG_RUNTIME_DIR", path("run")),
    ]
}
