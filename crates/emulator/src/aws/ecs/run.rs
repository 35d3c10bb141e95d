//! RunTask. The rules a bridge gets wrong when it believes the names: a client token outlives its
//! task by an hour and then answers *that dead task* as a success; other parameters under the same
//! token are a conflict that names the tasks; no room is a 200 with `failures[]`.

use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::book::{Book, LedgerRow, Outcome, Token};
use super::error::EcsError;
use super::task::{Order, Status, Task};
use crate::aws::ids::{ACCOUNT, REGION};

/// A task that was just made and waits for its keeper.
pub struct Fresh {
    /// The task's ARN.
    pub arn: String,
    /// Its family.
    pub family: String,
    /// What the override sets, name and value.
    pub environment: Vec<(String, String)>,
    /// `stopTimeout` of its definition, in milliseconds.
    pub stop_timeout: Option<i64>,
    /// Where its orders come from.
    pub orders: UnboundedReceiver<Order>,
}

impl Book {
    /// RunTask: the answer, and the tasks to be kept. `fail` is a failure on order.
    pub fn run(
        &mut self,
        body: &Value,
        now: i64,
        fail: Option<String>,
    ) -> (Result<Value, EcsError>, Vec<Fresh>) {
        let mut row = LedgerRow {
            at: now,
            client_token: body["clientToken"].as_str().map(String::from),
            started_by: body["startedBy"].as_str().map(String::from),
            task_definition: body["taskDefinition"].as_str().unwrap_or_default().into(),
            outcome: Outcome::Started,
            tasks: Vec::new(),
            failures: Vec::new(),
        };
        let mut fresh = Vec::new();
        let answer = self.try_run(body, now, fail, &mut row, &mut fresh);
        if let Err(error) = &answer {
            let conflict = error.kind == "ConflictException";
            row.outcome = if conflict { Outcome::Conflict } else { Outcome::Refused };
            row.tasks = error.resource_ids.clone();
            row.failures.push(error.kind.clone());
        }
        self.ledger.push(row);
        (answer, fresh)
    }

    fn try_run(
        &mut self,
        body: &Value,
        now: i64,
        fail: Option<String>,
        row: &mut LedgerRow,
        fresh: &mut Vec<Fresh>,
    ) -> Result<Value, EcsError> {
        self.check_cluster(body)?;
        let count = body["count"].as_u64().unwrap_or(1);
        if !(1..=10).contains(&count) {
            return Err(EcsError::invalid("count must be between 1 and 10."));
        }
        let long = |text: &Option<String>, most| text.as_ref().is_some_and(|t| t.len() > most);
        if long(&row.client_token, 64) || long(&row.started_by, 128) {
            return Err(EcsError::invalid("clientToken has at most 64, startedBy 128 characters."));
        }
        let mut request = body.clone();
        if let Some(map) = request.as_object_mut() {
            map.remove("clientToken");
        }
        // INFERRED: the token is looked at before the definition, so that a known token with a
        // definition that is no more is a conflict.
        if let Some(known) = row.client_token.as_ref().and_then(|t| self.token(t, now)) {
            if known.request != request {
                return Err(EcsError::conflict(known.tasks.clone()));
            }
            row.outcome = Outcome::Again;
            row.tasks = known.tasks.clone();
            let tasks: Vec<Value> = known
                .tasks
                .iter()
                .filter_map(|arn| Some(self.task(arn)?.described(true)))
                .collect();
            return Ok(json!({ "tasks": tasks, "failures": [] }));
        }
        let template = self.template(body, now)?;
        let (mut tasks, mut failures) = (Vec::new(), Vec::new());
        for _ in 0..count {
            let full = self.capacity.is_some_and(|most| self.alive() >= most);
            let reason = fail.clone().or_else(|| full.then(|| no_room(&template.launch_type)));
            if let Some(reason) = reason {
                row.failures.push(reason.clone());
                failures.push(json!({ "arn": self.cluster_arn(), "reason": reason }));
                continue;
            }
            let (orders, receiver) = unbounded_channel();
            let id = hex::encode(rand::random::<[u8; 16]>());
            let arn = format!("arn:aws:ecs:{REGION}:{ACCOUNT}:task/{}/{id}", self.cluster);
            let task = Task { arn: arn.clone(), orders, ..template.clone() };
            fresh.push(Fresh {
                arn: arn.clone(),
                family: task.family.clone(),
                environment: environment(&task.overrides, &task.container),
                stop_timeout: self.definition(&task.definition).and_then(|d| d.stop_timeout()),
                orders: receiver,
            });
            tasks.push(task.described(true));
            row.tasks.push(arn);
            self.tasks.push(task);
        }
        if row.tasks.is_empty() {
            row.outcome = Outcome::Failures;
        } else if let Some(token) = &row.client_token {
            // INFERRED: a call that started nothing leaves its token free.
            let token_of = Token { request, tasks: row.tasks.clone(), at: now };
            self.tokens.insert(token.clone(), token_of);
        }
        Ok(json!({ "tasks": tasks, "failures": failures }))
    }

    /// The task a request describes, without ARN.
    fn template(&self, body: &Value, now: i64) -> Result<Task, EcsError> {
        let name = body["taskDefinition"].as_str().unwrap_or_default();
        let definition =
            self.definition(name).ok_or_else(|| EcsError::refused("TaskDefinition not found."))?;
        let containers = definition.containers();
        let named = body["overrides"]["containerOverrides"].as_array();
        for name in named.into_iter().flatten().map(|o| o["name"].as_str().unwrap_or_default()) {
            if !containers.contains(&name) {
                return Err(EcsError::invalid(format!(
                    "Override for container named {name} is not a container in the TaskDefinition."
                )));
            }
        }
        if definition.body["networkMode"] == "awsvpc" && body["networkConfiguration"].is_null() {
            return Err(EcsError::invalid(
                "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
            ));
        }
        let list = |value: &Value| if value.is_array() { value.clone() } else { json!([]) };
        let (orders, _) = unbounded_channel();
        Ok(Task {
            arn: String::new(),
            cluster: self.cluster_arn(),
            definition: definition.arn(),
            family: definition.family.clone(),
            container: containers.first().copied().unwrap_or_default().into(),
            overrides: json!({
                "containerOverrides": list(&body["overrides"]["containerOverrides"]),
                "inferenceAcceleratorOverrides": [],
            }),
            started_by: body["startedBy"].as_str().map(String::from),
            group: match body["group"].as_str() {
                Some(group) => group.into(),
                None => format!("family:{}", definition.family),
            },
            launch_type: body["launchType"].as_str().unwrap_or("FARGATE").into(),
            tags: list(&body["tags"]),
            status: Status::Provisioning,
            to_stop: false,
            version: 1,
            created_at: now,
            started_at: None,
            stopping_at: None,
            stopped_at: None,
            stop_code: None,
            stopped_reason: None,
            exit_code: None,
            processes: None,
            orders,
        })
    }
}

fn no_room(launch_type: &str) -> String {
    match launch_type {
        "EC2" => "RESOURCE:CPU".into(),
        _ => "Capacity is unavailable at this time. Please try again later or in a different \
              availability zone"
            .into(),
    }
}

fn environment(overrides: &Value, container: &str) -> Vec<(String, String)> {
    let list = overrides["containerOverrides"].as_array().into_iter().flatten();
    list.filter(|o| o["name"] == container)
        .flat_map(|o| o["environment"].as_array().into_iter().flatten())
        .filter_map(|pair| {
            Some((pair["name"].as_str()?.into(), pair["value"].as_str()?.to_owned()))
        })
        .collect()
}
