//! ECS: RunTask, StopTask, DescribeTasks, ListTasks, task definitions, DescribeClusters, by the
//! JSON 1.1 protocol. Tasks are real local processes, so that what a bridge starts, kills and
//! finds again is real.
//!
//! Faults: service `ecs`, call = the action. The gateway plays errors, delays and lost answers. A
//! `reject` of `RunTask` with status 200 becomes a `failures[]` entry with the code as its reason,
//! which is how ECS itself says "no room". Call `Start`: a `reject` lets the next start fail
//! (`TaskFailedToStart`, the code is the stopped reason). A `drop` of `ListTasks` answers an empty
//! list: ECS is eventually consistent, what RunTask has started may not be listed yet.

mod book;
mod definition;
mod error;
mod keeper;
mod process;
mod run;
mod task;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::response::Response;
use serde_json::{Value, json};

use self::book::Book;
pub use self::book::{LedgerRow, Outcome};
use self::error::{EcsError, answer};
use self::process::Starter;
use self::task::{Order, Status, Task};
use super::eventbridge::EventBridge;
use crate::clock::Clock;
use crate::faults::{FaultKind, Faults};
use crate::tasks::spawn;

/// Name of the container in the definitions the emulator makes itself.
pub const CONTAINER: &str = "recorder";

/// How ECS is set up.
#[derive(Debug, Clone)]
pub struct Config {
    /// Name of the one cluster.
    pub cluster: String,
    /// What a family's tasks run: program and arguments. Each family also gets revision 1 of a
    /// definition with one container, [`CONTAINER`].
    pub commands: HashMap<String, Vec<String>>,
    /// Added to each task's environment; the override wins.
    pub environment: Vec<(String, String)>,
    /// From RunTask to RUNNING, in milliseconds of the emulated world. Fargate takes 45,000-90,000.
    pub start_delay_ms: i64,
    /// From SIGTERM to SIGKILL, in milliseconds, where a definition does not say.
    pub stop_timeout_ms: i64,
    /// How many tasks fit at once; `None` is no limit.
    pub capacity: Option<usize>,
    /// Folder for the tasks' output, one file a task; `None` throws it away.
    pub logs: Option<PathBuf>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            cluster: "chime".into(),
            commands: HashMap::new(),
            environment: Vec::new(),
            start_delay_ms: 0,
            stop_timeout_ms: 30_000,
            capacity: None,
            logs: None,
        }
    }
}

/// A task as tests and the control page see it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TaskView {
    /// Task ARN.
    pub arn: String,
    /// Family of its definition.
    pub family: String,
    /// `startedBy`.
    pub started_by: Option<String>,
    /// `lastStatus`.
    pub status: &'static str,
    /// `stopCode`.
    pub stop_code: Option<&'static str>,
    /// `stoppedReason`.
    pub stopped_reason: Option<String>,
    /// Exit code of its process.
    pub exit_code: Option<i32>,
}

/// The container service. Cloneable handle; must be used inside the runtime.
#[derive(Clone)]
pub struct Ecs(Arc<Inner>);

/// What handle and keepers share.
struct Inner {
    book: Mutex<Book>,
    settings: Mutex<Arc<Config>>,
    clock: Clock,
    faults: Faults,
    events: Option<EventBridge>,
    starter: Starter,
}

impl Inner {
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn settings(&self) -> Arc<Config> {
        self.settings.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Changes a task: its version rises and an event goes out, in the order of the changes.
    fn change(&self, arn: &str, change: impl FnOnce(&mut Task)) {
        let now = self.clock.now();
        let mut book = self.book();
        let Some(task) = book.task_mut(arn) else { return };
        change(task);
        task.version += 1;
        self.tell(task, now);
    }

    fn tell(&self, task: &Task, now: i64) {
        if let Some(events) = &self.events {
            events.put("aws.ecs", "ECS Task State Change", task.event(now));
        }
    }
}

impl Ecs {
    /// A cluster with the configured families; events go to `events`.
    pub fn new(config: Config, clock: Clock, faults: Faults, events: Option<EventBridge>) -> Self {
        let mut book = Book {
            cluster: config.cluster.clone(),
            capacity: config.capacity,
            ..Default::default()
        };
        for family in config.commands.keys() {
            let body = json!({
                "family": family,
                "containerDefinitions": [{ "name": CONTAINER, "image": "local", "essential": true }],
                "cpu": "2048",
                "memory": "4096",
            });
            // Has a family and a container, so it cannot be refused.
            let _ = book.register(body);
        }
        let settings = Mutex::new(Arc::new(config));
        let (book, starter) = (Mutex::new(book), Starter::default());
        Self(Arc::new(Inner { book, settings, clock, faults, events, starter }))
    }

    /// Replaces what is added to the environment of tasks started from now on: addresses are known
    /// only when all ports are bound.
    pub fn set_environment(&self, environment: Vec<(String, String)>) {
        let mut settings = self.0.settings.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::make_mut(&mut settings).environment = environment;
    }

    /// Changes how many tasks fit at once.
    pub fn set_capacity(&self, capacity: Option<usize>) {
        self.0.book().capacity = capacity;
    }

    /// Answers one call; `action` is the part of `X-Amz-Target` after the dot.
    pub async fn handle(&self, action: &str, body: Value) -> Response {
        let no_room =
            |kind: &FaultKind| matches!(kind, FaultKind::Reject { status, .. } if *status < 400);
        let fail = match self.0.faults.take_if("ecs", action, no_room) {
            Some(FaultKind::Reject { code, .. }) => Some(code),
            _ => None,
        };
        let unlisted = self.0.faults.take_if("ecs", action, |kind| *kind == FaultKind::Drop);
        if action == "ListTasks" && unlisted.is_some() {
            return answer(200, &json!({ "taskArns": [] }));
        }
        match self.call(action, body, fail) {
            Ok(body) => answer(200, &body),
            Err(error) => error.response(),
        }
    }

    fn call(&self, action: &str, body: Value, fail: Option<String>) -> Result<Value, EcsError> {
        let now = self.0.clock.now();
        match action {
            "RunTask" => self.run_task(&body, now, fail),
            "StopTask" => self.stop_task(&body, now),
            "DescribeTasks" => self.0.book().describe(&body, now),
            "ListTasks" => self.0.book().list(&body, now),
            "RegisterTaskDefinition" => self.0.book().register(body),
            "DescribeTaskDefinition" => self.0.book().describe_definition(&body),
            "DescribeClusters" => Ok(self.0.book().describe_clusters(&body)),
            _ => Err(EcsError {
                kind: "UnknownOperationException".into(),
                ..EcsError::refused(format!("{action} is not emulated."))
            }),
        }
    }

    fn run_task(&self, body: &Value, now: i64, fail: Option<String>) -> Result<Value, EcsError> {
        let mut book = self.0.book();
        let (answer, fresh) = book.run(body, now, fail);
        for one in fresh {
            if let Some(task) = book.task(&one.arn) {
                self.0.tell(task, now);
            }
            spawn(keeper::keep(self.0.clone(), one));
        }
        answer
    }

    fn stop_task(&self, body: &Value, now: i64) -> Result<Value, EcsError> {
        let mut book = self.0.book();
        book.check_cluster(body)?;
        let name = body["task"].as_str().unwrap_or_default();
        let task = book
            .task_mut(name)
            .filter(|t| !t.forgotten(now))
            .ok_or_else(|| EcsError::invalid("The referenced task was not found."))?;
        // INFERRED: stopping a task that is stopping or has stopped answers it as it is.
        if !task.to_stop {
            let reason = body["reason"].as_str().unwrap_or("Task stopped by user");
            task.to_stop = true;
            task.stopping_at = Some(now);
            task.stop_code = Some("UserInitiated");
            task.stopped_reason = Some(reason.into());
            task.tags = json!([]);
            // Its keeper lives as long as the task is not stopped.
            let _ = task.orders.send(Order::Stop);
        }
        Ok(json!({ "task": task.described(true) }))
    }

    /// The host of a task dies: its processes are gone at once. ECS goes on showing it as RUNNING
    /// for `known_after_ms`, or with `None` until somebody stops it. False if there is no such task
    /// or it has ended.
    pub fn kill_host(&self, arn: &str, known_after_ms: Option<i64>) -> bool {
        let book = self.0.book();
        let alive = book.task(arn).filter(|t| t.status != Status::Stopped);
        let order = Order::HostDies { known_after: known_after_ms };
        alive.is_some_and(|task| task.orders.send(order).is_ok())
    }

    /// All tasks ever started, oldest first, also those ECS has forgotten.
    pub fn tasks(&self) -> Vec<TaskView> {
        let view = |task: &Task| TaskView {
            arn: task.arn.clone(),
            family: task.family.clone(),
            started_by: task.started_by.clone(),
            status: task.status.word(),
            stop_code: task.stop_code,
            stopped_reason: task.stopped_reason.clone(),
            exit_code: task.exit_code,
        };
        self.0.book().tasks.iter().map(view).collect()
    }

    /// All RunTask calls, oldest first.
    pub fn ledger(&self) -> Vec<LedgerRow> {
        self.0.book().ledger.clone()
    }

    /// Kills all processes, telling nobody: the emulator ends. They are gone when this returns,
    /// also those that tasks started themselves.
    pub fn shutdown(&self) {
        for task in &self.0.book().tasks {
            keeper::signal(task.processes, rustix::process::Signal::KILL);
            // A keeper that has ended has no process.
            let _ = task.orders.send(Order::Shutdown);
        }
    }
}
