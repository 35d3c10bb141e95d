//! What ECS remembers: definitions, tasks, client tokens; and the ledger tests read.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;
use serde_json::{Value, json};

use super::definition::Definition;
use super::error::EcsError;
use super::task::{Status, Task};
use crate::aws::ids::{ACCOUNT, REGION};

/// A client token lives at most this long, in milliseconds.
const TOKEN_LIFE: i64 = 24 * 3_600_000;
/// And at most this long after its task has ended.
const TOKEN_AFTER_TASK: i64 = 3_600_000;

/// One RunTask call as it went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LedgerRow {
    /// Epoch milliseconds of the emulated world.
    pub at: i64,
    /// Client token, if one was sent.
    pub client_token: Option<String>,
    /// `startedBy`, if sent.
    pub started_by: Option<String>,
    /// Task definition as named by the caller.
    pub task_definition: String,
    /// How it went.
    pub outcome: Outcome,
    /// ARNs of the tasks started or found.
    pub tasks: Vec<String>,
    /// Reasons of the failures inside the answer, or the error's type.
    pub failures: Vec<String>,
}

/// How a RunTask call went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// New tasks.
    Started,
    /// The token was known: the tasks of the first call, dead or alive.
    Again,
    /// The token was known with other parameters.
    Conflict,
    /// A 200 with failures and no task.
    Failures,
    /// An error.
    Refused,
}

/// A token in use.
#[derive(Debug)]
pub struct Token {
    /// The request without the token.
    pub request: Value,
    /// The tasks it stands for.
    pub tasks: Vec<String>,
    /// First use, epoch milliseconds.
    pub at: i64,
}

/// What ECS remembers.
#[derive(Debug, Default)]
pub struct Book {
    /// Name of the one cluster.
    pub cluster: String,
    /// Revisions by family.
    pub definitions: BTreeMap<String, Vec<Definition>>,
    /// All tasks, oldest first; forgotten ones stay for the ledger.
    pub tasks: Vec<Task>,
    /// Client tokens.
    pub tokens: HashMap<String, Token>,
    /// RunTask calls.
    pub ledger: Vec<LedgerRow>,
    /// How many tasks fit at once.
    pub capacity: Option<usize>,
}

impl Book {
    /// ARN of the one cluster.
    pub fn cluster_arn(&self) -> String {
        format!("arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/{}", self.cluster)
    }

    /// Refuses any other cluster; without a name ECS means `default`.
    pub fn check_cluster(&self, body: &Value) -> Result<(), EcsError> {
        let name = body["cluster"].as_str().unwrap_or("default");
        let name = name.rsplit("cluster/").next().unwrap_or_default();
        if name == self.cluster { Ok(()) } else { Err(EcsError::cluster()) }
    }

    /// The task by ARN or id.
    pub fn task(&self, name: &str) -> Option<&Task> {
        self.tasks.iter().find(|t| t.arn == name || t.id() == name)
    }

    /// The same, to change it.
    pub fn task_mut(&mut self, name: &str) -> Option<&mut Task> {
        self.tasks.iter_mut().find(|t| t.arn == name || t.id() == name)
    }

    /// Tasks that take up room.
    pub fn alive(&self) -> usize {
        self.tasks.iter().filter(|t| t.status != Status::Stopped).count()
    }

    /// The token, unless its life is over: the lower of 24 hours and task life plus one hour.
    pub fn token(&self, token: &str, now: i64) -> Option<&Token> {
        let found = self.tokens.get(token)?;
        let ends = found.tasks.iter().map(|arn| self.task(arn)?.stopped_at);
        // None as long as one task lives.
        let over = ends.collect::<Option<Vec<i64>>>().and_then(|all| all.into_iter().max());
        let task_over = over.is_some_and(|at| now >= at + TOKEN_AFTER_TASK);
        (now < found.at + TOKEN_LIFE && !task_over).then_some(found)
    }

    /// DescribeTasks.
    pub fn describe(&self, body: &Value, now: i64) -> Result<Value, EcsError> {
        self.check_cluster(body)?;
        let names: Vec<&str> =
            body["tasks"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        if names.is_empty() || names.len() > 100 {
            return Err(EcsError::invalid("Between 1 and 100 tasks can be described."));
        }
        let with_tags =
            body["include"].as_array().is_some_and(|list| list.contains(&json!("TAGS")));
        let (mut tasks, mut failures) = (Vec::new(), Vec::new());
        for name in names {
            match self.task(name).filter(|t| !t.forgotten(now)) {
                Some(task) => tasks.push(task.described(with_tags)),
                None => {
                    let id = name.rsplit('/').next().unwrap_or_default();
                    let arn = format!("arn:aws:ecs:{REGION}:{ACCOUNT}:task/{}/{id}", self.cluster);
                    failures.push(json!({ "arn": arn, "reason": "MISSING" }));
                }
            }
        }
        Ok(json!({ "tasks": tasks, "failures": failures }))
    }

    /// ListTasks. There is no filter by tag, and by default only what shall run is listed.
    pub fn list(&self, body: &Value, now: i64) -> Result<Value, EcsError> {
        self.check_cluster(body)?;
        let text = |name: &str| body[name].as_str();
        let others = ["family", "serviceName", "containerInstance", "launchType", "desiredStatus"];
        // INFERRED: "it must be the only filter that you use" covers desiredStatus as well.
        if text("startedBy").is_some() && others.iter().any(|name| text(name).is_some()) {
            return Err(EcsError::invalid("startedBy must be the only filter that you use."));
        }
        for unknown in ["serviceName", "containerInstance"] {
            if text(unknown).is_some() {
                return Err(EcsError::invalid(format!("The filter {unknown} finds nothing here.")));
            }
        }
        let desired = text("desiredStatus").unwrap_or("RUNNING");
        let most = body["maxResults"].as_u64().unwrap_or(100).clamp(1, 100) as usize;
        let from: usize = text("nextToken").and_then(|t| t.parse().ok()).unwrap_or(0);
        let fits = |given: Option<&str>, has: &str| given.is_none_or(|g| g == has);
        let all: Vec<&str> = self
            .tasks
            .iter()
            .filter(|t| !t.forgotten(now) && t.desired() == desired)
            .filter(|t| fits(text("family"), &t.family))
            .filter(|t| fits(text("launchType"), &t.launch_type))
            .filter(|t| fits(text("startedBy"), t.started_by.as_deref().unwrap_or_default()))
            .map(|t| t.arn.as_str())
            .collect();
        let page: Vec<&str> = all.iter().skip(from).take(most).copied().collect();
        let mut answer = json!({ "taskArns": page });
        if all.len() > from + most {
            answer["nextToken"] = json!((from + most).to_string());
        }
        Ok(answer)
    }

    /// DescribeClusters.
    pub fn describe_clusters(&self, body: &Value) -> Value {
        let names = body["clusters"].as_array().cloned().unwrap_or_else(|| vec![json!("default")]);
        let (mut clusters, mut failures) = (Vec::new(), Vec::new());
        for name in names.iter().filter_map(Value::as_str) {
            let short = name.rsplit("cluster/").next().unwrap_or_default();
            if short != self.cluster {
                let arn = format!("arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/{short}");
                failures.push(json!({ "arn": arn, "reason": "MISSING" }));
                continue;
            }
            let count =
                |wanted: fn(Status) -> bool| self.tasks.iter().filter(|t| wanted(t.status)).count();
            clusters.push(json!({
                "clusterArn": self.cluster_arn(),
                "clusterName": self.cluster,
                "status": "ACTIVE",
                "runningTasksCount": count(|s| s == Status::Running),
                "pendingTasksCount": count(|s| s <= Status::Pending),
                "registeredContainerInstancesCount": 0,
                "activeServicesCount": 0,
            }));
        }
        json!({ "clusters": clusters, "failures": failures })
    }
}
