//! Recorder tasks on Fargate.
//!
//! ECS remembers a client token for the lower of 24 hours and the task's life plus one hour; in
//! that time the same token answers with the same task, even a dead one. It says that it started
//! nothing inside a 200 (`failures[]`). Stopped tasks can be described for about an hour.

use aws_sdk_ecs::Client;
use aws_sdk_ecs::operation::run_task::{RunTaskError, RunTaskOutput};
use aws_sdk_ecs::types::{
    AssignPublicIp, AwsVpcConfiguration, ContainerOverride, Failure, KeyValuePair, LaunchType,
    NetworkConfiguration, Task, TaskOverride,
};

use super::error::{AwsError, Call, Result};
pub use super::launch::TaskSettings;
use super::launch::{LaunchRequest, RUN_TASK};
use crate::meeting::effect::TaskState;

/// The cluster recorders run in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EcsSettings {
    /// Cluster name.
    pub cluster: String,
}

/// What came of starting a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Launch {
    /// A task exists: new, or the one this token started before.
    Task {
        /// Task ARN.
        arn: String,
    },
    /// None was started and none will be with this token.
    Refused {
        /// In words.
        reason: String,
        /// For lack of capacity: another attempt later may succeed.
        capacity: bool,
    },
}

/// ECS.
#[derive(Debug, Clone)]
pub struct Ecs {
    client: Client,
    settings: EcsSettings,
}

impl Ecs {
    pub(super) fn new(client: Client, settings: EcsSettings) -> Self {
        Self { client, settings }
    }

    /// Starts the task of a kept request. `repeat`: it may have been sent before, so a running task
    /// of this token is looked for first.
    pub async fn run_task(&self, request: &[u8], repeat: bool) -> Result<Launch> {
        let request = LaunchRequest::from_bytes(request)?;
        if repeat && let Some(arn) = self.running(&request.token).await? {
            return Ok(Launch::Task { arn });
        }
        let call = self
            .client
            .run_task()
            .cluster(&self.settings.cluster)
            .count(1)
            .launch_type(LaunchType::Fargate)
            .client_token(&request.token)
            .started_by(&request.token)
            .task_definition(&request.task_definition)
            .platform_version(&request.platform_version)
            .network_configuration(network(&request)?)
            .overrides(overrides(&request));
        match call.send().await {
            Ok(answer) => launched(&answer),
            Err(error) => {
                if let Some(RunTaskError::ConflictException(conflict)) = error.as_service_error()
                    && let Some(arn) = conflict.resource_ids().first()
                {
                    // The token stands for this task; other parameters do not change that.
                    return Ok(Launch::Task { arn: arn.clone() });
                }
                refused_for_capacity(AwsError::of(RUN_TASK, error))
            }
        }
    }

    /// The running (or starting) task of a token. `startedBy` must be the only filter.
    async fn running(&self, token: &str) -> Result<Option<String>> {
        const CALL: Call = ("ECS", "ListTasks");
        let answer = self
            .client
            .list_tasks()
            .cluster(&self.settings.cluster)
            .started_by(token)
            .send()
            .await
            .map_err(|e| AwsError::of(CALL, e))?;
        Ok(answer.task_arns().first().cloned())
    }

    /// Stops a task; stopped or unknown already is done.
    pub async fn stop_task(&self, arn: &str, reason: &str) -> Result<()> {
        const CALL: Call = ("ECS", "StopTask");
        let call = self.client.stop_task().cluster(&self.settings.cluster).task(arn);
        // ECS takes at most 1024 characters of reason.
        let reason: String = reason.chars().take(255).collect();
        match call.reason(reason).send().await {
            Ok(_) => Ok(()),
            Err(error) => match AwsError::of(CALL, error) {
                AwsError::Refused { message, .. } if message.contains("was not found") => Ok(()),
                error if error.is_not_found() => Ok(()),
                error => Err(error),
            },
        }
    }

    /// How a task fares.
    pub async fn describe_task(&self, arn: &str) -> Result<TaskState> {
        const CALL: Call = ("ECS", "DescribeTasks");
        let answer = self
            .client
            .describe_tasks()
            .cluster(&self.settings.cluster)
            .tasks(arn)
            .send()
            .await
            .map_err(|e| AwsError::of(CALL, e))?;
        state(answer.tasks(), answer.failures())
    }
}

/// A task STOPPED or described no more is gone; everything else may still be recording.
fn state(tasks: &[Task], failures: &[Failure]) -> Result<TaskState> {
    if let Some(task) = tasks.first() {
        return Ok(match task.last_status() {
            Some("STOPPED") => TaskState::Stopped { reason: stopped_reason(task) },
            _ => TaskState::Alive,
        });
    }
    match failures.first().and_then(Failure::reason) {
        Some("MISSING") => Ok(TaskState::Missing),
        other => Err(AwsError::lacks(
            ("ECS", "DescribeTasks"),
            &format!("the task ({})", other.unwrap_or("no reason")),
        )),
    }
}

fn stopped_reason(task: &Task) -> String {
    let mut reason = task.stopped_reason().unwrap_or("no reason given").to_string();
    for container in task.containers() {
        if let Some(code) = container.exit_code() {
            reason.push_str(&format!("; {} ended with {code}", container.name().unwrap_or("it")));
        } else if let Some(why) = container.reason() {
            reason.push_str(&format!("; {why}"));
        }
    }
    reason.chars().take(255).collect()
}

fn launched(answer: &RunTaskOutput) -> Result<Launch> {
    if let Some(task) = answer.tasks().first() {
        let arn = task.task_arn().ok_or_else(|| AwsError::lacks(RUN_TASK, "the task's ARN"))?;
        if task.last_status() == Some("STOPPED") {
            return Ok(Launch::Refused {
                reason: format!("dead task's token ({})", stopped_reason(task)),
                capacity: false,
            });
        }
        return Ok(Launch::Task { arn: arn.to_string() });
    }
    match answer.failures().first() {
        Some(failure) => {
            let reason = failure.reason().unwrap_or("no reason given");
            Ok(Launch::Refused { reason: reason.to_string(), capacity: is_capacity(reason) })
        }
        None => Err(AwsError::lacks(RUN_TASK, "both a task and a failure")),
    }
}

/// ECS says some lacks of capacity as an exception.
fn refused_for_capacity(error: AwsError) -> Result<Launch> {
    match &error {
        AwsError::Refused { message, .. } if is_capacity(message) => {
            Ok(Launch::Refused { reason: message.clone(), capacity: true })
        }
        _ => Err(error),
    }
}

fn is_capacity(reason: &str) -> bool {
    reason.starts_with("RESOURCE:")
        || reason.contains("Capacity is unavailable")
        || reason.contains("limit on the number of")
}

fn network(request: &LaunchRequest) -> Result<NetworkConfiguration> {
    let public = match request.assign_public_ip {
        true => AssignPublicIp::Enabled,
        false => AssignPublicIp::Disabled,
    };
    let vpc = AwsVpcConfiguration::builder()
        .set_subnets(Some(request.subnets.clone()))
        .set_security_groups(Some(request.security_groups.clone()))
        .assign_public_ip(public)
        .build()
        .map_err(|e| AwsError::unmade(RUN_TASK, e))?;
    Ok(NetworkConfiguration::builder().awsvpc_configuration(vpc).build())
}

fn overrides(request: &LaunchRequest) -> TaskOverride {
    let environment = request.environment.iter();
    let pairs = environment.map(|(k, v)| KeyValuePair::builder().name(k).value(v).build());
    let container = ContainerOverride::builder()
        .name(&request.container)
        .set_environment(Some(pairs.collect()))
        .build();
    TaskOverride::builder().container_overrides(container).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(status: &str) -> Task {
        Task::builder()
            .task_arn("arn:task")
            .last_status(status)
            .stopped_reason("Essential container in task exited")
            .build()
    }

    fn failure(reason: &str) -> Failure {
        Failure::builder().reason(reason).build()
    }

    #[test]
    fn a_started_task_is_taken_and_a_dead_one_is_a_refusal() {
        let answer = RunTaskOutput::builder().tasks(task("PROVISIONING")).build();
        assert_eq!(launched(&answer).unwrap(), Launch::Task { arn: "arn:task".into() });
        let answer = RunTaskOutput::builder().tasks(task("STOPPED")).build();
        let Launch::Refused { reason, capacity: false } = launched(&answer).unwrap() else {
            panic!("a dead task's token must be refused")
        };
        assert!(reason.starts_with("dead task's token"), "{reason}");
    }

    #[test]
    fn a_failure_inside_a_200_is_a_refusal_and_says_whether_capacity_lacks() {
        for (reason, capacity) in [
            ("RESOURCE:ENI", true),
            ("RESOURCE:CPU", true),
            ("Capacity is unavailable at this time. Please try again later", true),
            ("You've reached the limit on the number of vCPUs you can run concurrently", true),
            ("ATTRIBUTE", false),
            ("MISSING", false),
        ] {
            let answer = RunTaskOutput::builder().failures(failure(reason)).build();
            assert_eq!(
                launched(&answer).unwrap(),
                Launch::Refused { reason: reason.into(), capacity },
                "{reason}"
            );
        }
        let nothing = RunTaskOutput::builder().build();
        assert!(launched(&nothing).is_err(), "neither task nor failure is no success");
    }

    #[test]
    fn a_task_is_gone_when_stopped_or_forgotten_and_alive_otherwise() {
        for status in ["PROVISIONING", "PENDING", "RUNNING", "STOPPING", "DEPROVISIONING"] {
            assert_eq!(state(&[task(status)], &[]).unwrap(), TaskState::Alive, "{status}");
        }
        assert!(matches!(state(&[task("STOPPED")], &[]).unwrap(), TaskState::Stopped { .. }));
        assert_eq!(state(&[], &[failure("MISSING")]).unwrap(), TaskState::Missing);
        assert!(state(&[], &[failure("SOMETHING")]).is_err());
        assert!(state(&[], &[]).is_err());
    }

    #[test]
    fn the_request_carries_its_environment_and_its_network() {
        let request = LaunchRequest {
            token: "t".into(),
            task_definition: "f:1".into(),
            container: "recorder".into(),
            environment: vec![("CHIME_ATTEMPT".into(), "1".into())],
            subnets: vec!["s".into()],
            security_groups: vec!["g".into()],
            assign_public_ip: false,
            platform_version: "1.4.0".into(),
        };
        let network = network(&request).unwrap();
        let vpc = network.awsvpc_configuration().unwrap();
        assert_eq!(vpc.subnets(), ["s"]);
        assert_eq!(vpc.assign_public_ip(), Some(&AssignPublicIp::Disabled));
        let overrides = overrides(&request);
        let pair = &overrides.container_overrides()[0].environment()[0];
        assert_eq!((pair.name(), pair.value()), (Some("CHIME_ATTEMPT"), Some("1")));
    }
}
