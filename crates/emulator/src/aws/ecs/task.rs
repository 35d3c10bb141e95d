//! A task as ECS shows it, in answers and in *ECS Task State Change* events.

use rustix::process::Pid;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::sync::mpsc::UnboundedSender;

/// How long a stopped task is still described, in milliseconds.
///
/// INFERRED: a stopped task is MISSING after exactly one hour. ECS says "at least one hour".
pub const DESCRIBED: i64 = 3_600_000;

/// `lastStatus`, the ones the emulator passes through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Status {
    Provisioning,
    Pending,
    Running,
    Stopping,
    Deprovisioning,
    Stopped,
}

impl Status {
    /// ECS's own word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Provisioning => "PROVISIONING",
            Self::Pending => "PENDING",
            Self::Running => "RUNNING",
            Self::Stopping => "STOPPING",
            Self::Deprovisioning => "DEPROVISIONING",
            Self::Stopped => "STOPPED",
        }
    }
}

/// What a task's keeper is told.
#[derive(Debug, Clone, Copy)]
pub enum Order {
    /// StopTask.
    Stop,
    /// The host dies: the process is gone at once, ECS learns of it after this many milliseconds,
    /// or never.
    HostDies {
        /// Until ECS knows.
        known_after: Option<i64>,
    },
    /// The emulator ends: the processes are killed already, nobody is told.
    Shutdown,
}

/// A task.
#[derive(Debug, Clone)]
pub struct Task {
    /// Task ARN.
    pub arn: String,
    /// Cluster ARN.
    pub cluster: String,
    /// Task definition ARN, with revision.
    pub definition: String,
    /// Family of the definition.
    pub family: String,
    /// Name of the one container.
    pub container: String,
    /// As given: ECS shows it to everyone who may describe tasks.
    pub overrides: Value,
    /// `startedBy`.
    pub started_by: Option<String>,
    /// `group`, by default `family:<family>`.
    pub group: String,
    /// `launchType`.
    pub launch_type: String,
    /// Tags as given; StopTask deletes them.
    pub tags: Value,
    /// `lastStatus`.
    pub status: Status,
    /// StopTask was called, or the task has ended.
    pub to_stop: bool,
    /// Rises with each change.
    pub version: u64,
    /// Epoch milliseconds.
    pub created_at: i64,
    /// Epoch milliseconds.
    pub started_at: Option<i64>,
    /// Epoch milliseconds.
    pub stopping_at: Option<i64>,
    /// Epoch milliseconds.
    pub stopped_at: Option<i64>,
    /// `stopCode`.
    pub stop_code: Option<&'static str>,
    /// `stoppedReason`.
    pub stopped_reason: Option<String>,
    /// Exit code of the container; 128 + signal for one that was killed.
    pub exit_code: Option<i32>,
    /// Its process group, while it has one.
    pub processes: Option<Pid>,
    /// The task's keeper.
    pub orders: UnboundedSender<Order>,
}

impl Task {
    /// True if ECS has forgotten it.
    pub fn forgotten(&self, now: i64) -> bool {
        self.stopped_at.is_some_and(|at| now >= at + DESCRIBED)
    }

    /// The last part of the ARN.
    pub fn id(&self) -> &str {
        self.arn.rsplit('/').next().unwrap_or_default()
    }

    /// `desiredStatus`.
    pub fn desired(&self) -> &'static str {
        if self.to_stop { "STOPPED" } else { "RUNNING" }
    }

    /// As answers show it: times are epoch seconds.
    pub fn described(&self, with_tags: bool) -> Value {
        let mut shown = self.shown(|ms| json!(ms as f64 / 1000.0));
        shown["tags"] = if with_tags { self.tags.clone() } else { json!([]) };
        shown
    }

    /// As events show it: times are text.
    pub fn event(&self, now: i64) -> Value {
        let mut shown = self.shown(|ms| json!(text(ms)));
        shown["updatedAt"] = json!(text(now));
        shown
    }

    fn shown(&self, time: impl Fn(i64) -> Value) -> Value {
        let mut container = json!({
            "containerArn": self.arn.replace(":task/", ":container/"),
            "taskArn": self.arn,
            "name": self.container,
            "lastStatus": self.status.word(),
            "networkInterfaces": [],
            "healthStatus": "UNKNOWN",
        });
        if let Some(code) = self.exit_code {
            container["exitCode"] = json!(code);
        }
        let mut task = json!({
            "taskArn": self.arn,
            "clusterArn": self.cluster,
            "taskDefinitionArn": self.definition,
            "group": self.group,
            "launchType": self.launch_type,
            "lastStatus": self.status.word(),
            "desiredStatus": self.desired(),
            "version": self.version,
            "createdAt": time(self.created_at),
            "healthStatus": "UNKNOWN",
            "overrides": self.overrides,
            "attachments": [],
            "containers": [container],
        });
        let times = [
            ("startedAt", self.started_at),
            ("stoppingAt", self.stopping_at),
            ("executionStoppedAt", self.stopped_at),
            ("stoppedAt", self.stopped_at),
        ];
        for (name, at) in times {
            if let Some(at) = at {
                task[name] = time(at);
            }
        }
        let texts = [
            ("startedBy", self.started_by.as_deref()),
            ("stopCode", self.stop_code),
            ("stoppedReason", self.stopped_reason.as_deref()),
        ];
        for (name, text) in texts {
            if let Some(text) = text {
                task[name] = json!(text);
            }
        }
        task
    }
}

fn text(ms: i64) -> String {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(ms) * 1_000_000)
        .ok()
        .and_then(|t| t.format(&Rfc3339).ok())
        .unwrap_or_default()
}
