//! The request that starts a recorder, as bytes. They are written once, kept with the effect, and
//! sent again as they are: ECS refuses a token that comes with any other parameter.

use chime_contract::recording::RecorderEnvironment;
use serde::{Deserialize, Serialize};

use super::error::{AwsError, Call, Result};

/// The call the bytes are for.
pub(super) const RUN_TASK: Call = ("ECS", "RunTask");

/// Where and how recorders run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TaskSettings {
    /// `family:revision`; without a revision a deployment between two tries would be a conflict.
    pub task_definition: String,
    /// Name of the recorder's container in the task definition.
    pub container: String,
    /// Subnets.
    pub subnets: Vec<String>,
    /// Security groups.
    pub security_groups: Vec<String>,
    /// In public subnets a task needs a public address to reach Chime.
    pub assign_public_ip: bool,
    /// Fargate platform version.
    pub platform_version: String,
}

impl Default for TaskSettings {
    fn default() -> Self {
        Self {
            task_definition: String::new(),
            container: "recorder".into(),
            subnets: Vec::new(),
            security_groups: Vec::new(),
            assign_public_ip: true,
            platform_version: "1.4.0".into(),
        }
    }
}

/// What is asked of ECS. Holds ids only: overrides are shown by DescribeTasks, in task events and
/// in CloudTrail.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LaunchRequest {
    /// `clientToken` and `startedBy`: [`chime_contract::recording::start_token`].
    pub token: String,
    /// `family:revision`.
    pub task_definition: String,
    /// Container.
    pub container: String,
    /// Its environment, in order.
    pub environment: Vec<(String, String)>,
    /// Subnets.
    pub subnets: Vec<String>,
    /// Security groups.
    pub security_groups: Vec<String>,
    /// Public address.
    pub assign_public_ip: bool,
    /// Fargate platform version.
    pub platform_version: String,
}

impl LaunchRequest {
    /// A request for one attempt.
    pub fn new(token: &str, environment: &RecorderEnvironment, settings: &TaskSettings) -> Self {
        let variables = environment.variables();
        Self {
            token: token.to_string(),
            task_definition: settings.task_definition.clone(),
            container: settings.container.clone(),
            environment: variables.into_iter().map(|(k, v)| (k.to_string(), v)).collect(),
            subnets: settings.subnets.clone(),
            security_groups: settings.security_groups.clone(),
            assign_public_ip: settings.assign_public_ip,
            platform_version: settings.platform_version.clone(),
        }
    }

    /// The bytes to keep.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        serde_json::to_vec(self).map_err(unmade)
    }

    /// From kept bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        serde_json::from_slice(bytes).map_err(unmade)
    }
}

fn unmade(error: serde_json::Error) -> AwsError {
    AwsError::Unmade { service: RUN_TASK.0, call: RUN_TASK.1, reason: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_of_a_request_are_the_same_after_a_restart() {
        let environment = RecorderEnvironment {
            recording: "a".repeat(32),
            attempt: 2,
            work_bucket: "chime-work".into(),
            recordings_bucket: "chime-recordings".into(),
        };
        let settings = TaskSettings {
            task_definition: "chime-recorder:7".into(),
            subnets: vec!["subnet-1".into()],
            ..TaskSettings::default()
        };
        let request = LaunchRequest::new("t0", &environment, &settings);
        let bytes = request.to_bytes().unwrap();
        let read = LaunchRequest::from_bytes(&bytes).unwrap();
        assert_eq!(read, request);
        assert_eq!(read.to_bytes().unwrap(), bytes);
        assert!(LaunchRequest::from_bytes(b"{}").is_err());
    }
}
