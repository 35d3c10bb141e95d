//! What this task is to do: ids from its environment, the rest from the launch file.

use std::path::PathBuf;
use std::time::Duration;

use aws_sdk_s3::Client;
use chime_contract::recording::{LaunchFile, RecorderEnvironment, launch_key};

use crate::storage::S3Settings;

/// Largest launch file read, bytes.
const LARGEST: usize = 64 << 10;
/// Time in which the launch file must be had.
const PATIENCE: Duration = Duration::from_secs(60);

/// Why the task has no orders.
#[derive(Debug, thiserror::Error)]
pub enum OrdersError {
    /// The environment lacks something.
    #[error("the environment lacks {0}; start this program as a task of the bridge")]
    Environment(&'static str),
    /// The launch file cannot be had.
    #[error("the launch file {key} could not be read within a minute: {reason}")]
    Launch {
        /// Its key.
        key: String,
        /// The last reason.
        reason: String,
    },
}

/// Settings of this process.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Which recording, and where it is kept.
    pub task: RecorderEnvironment,
    /// Where S3 is.
    pub s3: S3Settings,
    /// Folder in which the scratch folder is made.
    pub scratch: PathBuf,
}

impl Settings {
    /// From environment variables: `CHIME_RECORDING`, `CHIME_ATTEMPT`, `CHIME_WORK_BUCKET`,
    /// `CHIME_RECORDINGS_BUCKET`; `CHIME_SCRATCH` (default: the system's folder for temporary
    /// files); `AWS_ENDPOINT_URL` only together with `CHIME_EMULATOR=true`.
    ///
    /// # Errors
    /// The ids are incomplete.
    pub fn from_variables(get: impl Fn(&str) -> Option<String>) -> Result<Self, OrdersError> {
        let task = RecorderEnvironment::from_variables(&get).ok_or(OrdersError::Environment(
            "CHIME_RECORDING, CHIME_ATTEMPT, CHIME_WORK_BUCKET or CHIME_RECORDINGS_BUCKET",
        ))?;
        Ok(Self { task, s3: s3_settings(&get), scratch: scratch_parent(&get) })
    }
}

/// Where S3 is, from environment variables.
pub fn s3_settings(get: impl Fn(&str) -> Option<String>) -> S3Settings {
    S3Settings {
        region: get("AWS_REGION"),
        endpoint: get("AWS_ENDPOINT_URL"),
        emulator: get("CHIME_EMULATOR").as_deref() == Some("true"),
    }
}

/// The folder in which scratch folders are made.
pub fn scratch_parent(get: impl Fn(&str) -> Option<String>) -> PathBuf {
    get("CHIME_SCRATCH").map_or_else(std::env::temp_dir, PathBuf::from)
}

/// Reads the launch file. The task starts because it was written, so what fails may pass.
pub async fn launch(s3: &Client, task: &RecorderEnvironment) -> Result<LaunchFile, OrdersError> {
    let key = launch_key(&task.recording, task.attempt);
    let until = tokio::time::Instant::now() + PATIENCE;
    loop {
        let reason = match read(s3, &task.work_bucket, &key).await {
            Ok(launch) => return Ok(launch),
            Err(reason) => reason,
        };
        if tokio::time::Instant::now() >= until {
            return Err(OrdersError::Launch { key, reason });
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

async fn read(s3: &Client, bucket: &str, key: &str) -> Result<LaunchFile, String> {
    let words = |e: &dyn std::error::Error| aws_sdk_s3::error::DisplayErrorContext(e).to_string();
    let got = s3.get_object().bucket(bucket).key(key).send().await.map_err(|e| words(&e))?;
    let mut body = got.body;
    let mut bytes = Vec::new();
    while let Some(chunk) = body.next().await {
        bytes.extend_from_slice(&chunk.map_err(|e| words(&e))?);
        if bytes.len() > LARGEST {
            return Err(format!("it has more than {LARGEST} bytes"));
        }
    }
    // Its content is secret: only the place of the fault is told.
    serde_json::from_slice(&bytes)
        .map_err(|e| format!("it is no launch file (line {}, column {})", e.line(), e.column()))
}
