//! The stand-in recorder: behaves as a recorder task does towards the bridge (launch file, ticket,
//! attendee, journal, piece, note, signals, exit codes) without a browser or any media. For tests of
//! the bridge that need no picture and start a hundred of them. It says so in every note it writes.
//!
//! `main.rs` offers it as a sub-command: [`Args`] are its arguments, [`run`] does it.
//!
//! Environment: the four variables of `RecorderEnvironment`; `EMULATOR_CONTROL_URL`;
//! `AWS_ENDPOINT_URL`; `AWS_REGION`, `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY` where they
//! differ from the emulator's own.

mod attendee;
mod files;
mod recorder;

use std::collections::HashMap;
use std::future::Future;
use std::process::ExitCode;

use chime_contract::recording::RecorderEnvironment;
use tokio::signal::unix::{SignalKind, signal};

use self::attendee::Door;
use self::files::Files;
pub use self::recorder::End;
use self::recorder::Recorder;

/// Exit code when it was never let in.
pub const UNUSED: u8 = 3;

/// How the stand-in behaves.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Args {
    /// For tests: say that the media are good, though there are none.
    #[arg(long)]
    pub claim_media: bool,
    /// Milliseconds between two looks at the ticket, and between two fragments.
    #[arg(long, default_value_t = 1000)]
    pub pace_ms: u64,
}

/// Why the stand-in had to give up.
#[derive(Debug, thiserror::Error)]
pub enum StandInError {
    /// The task was started without what it needs.
    #[error("the environment lacks {0}; start this as a task of the emulator's ECS")]
    Environment(&'static str),
    /// S3 refused or was not reached.
    #[error("{what} failed for {key}: {reason}")]
    Storage {
        /// Which call.
        what: &'static str,
        /// Object key.
        key: String,
        /// The SDK's words.
        reason: String,
    },
    /// A file could not be read.
    #[error("{0} is not what a recorder reads: {1}")]
    File(&'static str, String),
    /// The operating system refused something at start.
    #[error("the stand-in could not start: {0}")]
    Start(String),
}

/// Runs as a task, with this process's environment, until the meeting, the bridge or SIGTERM ends
/// it. Exit code 0 after its pieces are written, [`UNUSED`] if it was never let in, 1 for an error
/// (told in the log).
pub async fn run(args: Args) -> ExitCode {
    // Listening begins before anything else: a SIGTERM during the start is not lost.
    let ended = match signal(SignalKind::terminate()) {
        Ok(mut term) => {
            let variables = std::env::vars().collect();
            record(args, &variables, async move { term.recv().await.unwrap_or_default() }).await
        }
        Err(error) => Err(StandInError::Start(error.to_string())),
    };
    match ended {
        Ok(End::Done) => ExitCode::SUCCESS,
        Ok(End::Unused) => ExitCode::from(UNUSED),
        Err(error) => {
            tracing::error!(%error, "the stand-in recorder gives up");
            ExitCode::FAILURE
        }
    }
}

/// The same inside another process: `variables` are its environment, `stop` is its SIGTERM.
///
/// # Errors
/// The environment or a file lacks something, or S3 refuses.
pub async fn record(
    args: Args,
    variables: &HashMap<String, String>,
    stop: impl Future<Output = ()>,
) -> Result<End, StandInError> {
    let task = RecorderEnvironment::from_variables(|name| variables.get(name).cloned())
        .ok_or(StandInError::Environment("CHIME_RECORDING, CHIME_ATTEMPT or the bucket names"))?;
    let control = variables
        .get("EMULATOR_CONTROL_URL")
        .ok_or(StandInError::Environment("EMULATOR_CONTROL_URL"))?;
    let http = reqwest::Client::builder()
        .timeout(std::time::Duration::from_secs(10))
        .no_proxy()
        .build()
        .map_err(|e| StandInError::Start(e.to_string()))?;
    let files = Files::new(&task, variables)?;
    let launch = files.launch().await?;
    let door = Door::new(http.clone(), control.clone());
    Recorder::new(args, launch, files, door, http)?.run(stop).await
}
