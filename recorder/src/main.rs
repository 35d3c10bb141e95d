//! `chime-recorder`: the Fargate task (`record`), and what belongs to it: `finish` completes what a
//! killed one left, `probe` checks a file, `healthz` is the container's health check.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use chime_contract::recording::{PieceNote, RecorderEnvironment};
use chime_recorder::finisher::{Finished, Finisher};
use chime_recorder::orders::{Settings, s3_settings, scratch_parent};
use chime_recorder::probe::Probe;
use chime_recorder::record::{self, Outcome, Timing};
use chime_recorder::storage::{self, Buckets, Checker, Readable};
use chime_recorder::{hardening, health};
use clap::{Parser, Subcommand};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Never let in.
const UNUSED: u8 = 3;
/// Another completed its piece.
const FENCED: u8 = 4;

#[derive(Parser)]
#[command(version, about = "Records a meeting's page into one MP4 in S3 that survives the machine")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Records, as a task of the bridge: see `orders` for its environment.
    Record,
    /// Completes the pieces that killed recorders of a recording have left.
    Finish {
        /// Recording key.
        recording: String,
        /// Only this attempt.
        #[arg(long)]
        attempt: Option<u32>,
        /// Only pieces that have been silent for this long, seconds.
        #[arg(long, default_value_t = 60)]
        silent: i64,
        /// Work bucket; otherwise `CHIME_WORK_BUCKET`.
        #[arg(long, env = "CHIME_WORK_BUCKET")]
        work_bucket: String,
        /// Recordings bucket; otherwise `CHIME_RECORDINGS_BUCKET`.
        #[arg(long, env = "CHIME_RECORDINGS_BUCKET")]
        recordings_bucket: String,
    },
    /// Checks a media file as a recording is checked, and says what it found.
    Probe {
        /// A file or an address.
        file: String,
        /// Length it should have, milliseconds; otherwise its own.
        #[arg(long)]
        length_ms: Option<i64>,
    },
    /// Exits with 0 if the recorder of this machine is healthy, else says why not.
    Healthz,
}

fn main() -> ExitCode {
    hardening::no_memory_leaves();
    let filter =
        tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into());
    tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(std::io::stderr).init();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!(%error, "the recorder could not start");
            return ExitCode::FAILURE;
        }
    };
    // On a worker: its thread lives as long as the runtime, and children die with their parent's.
    let done = runtime.block_on(async { chime_recorder::clock::spawn(work()).await });
    match done {
        Ok(Ok(code)) => code,
        Ok(Err(error)) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
        Err(error) => {
            tracing::error!(%error, "the recorder broke");
            ExitCode::FAILURE
        }
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::vars().find(|(known, _)| known == name).map(|(_, value)| value)
}

async fn work() -> anyhow::Result<ExitCode> {
    match Cli::parse().command {
        Command::Record => record().await,
        Command::Finish { recording, attempt, silent, work_bucket, recordings_bucket } => {
            let buckets = Buckets { work: work_bucket, recordings: recordings_bucket };
            finish(&recording, attempt, silent, buckets).await
        }
        Command::Probe { file, length_ms } => probe(file, length_ms).await,
        Command::Healthz => Ok(match health::check(&health::file(&scratch_parent(variable))) {
            Ok(_) => ExitCode::SUCCESS,
            Err(trouble) => {
                eprintln!("{trouble}");
                ExitCode::FAILURE
            }
        }),
    }
}

async fn record() -> anyhow::Result<ExitCode> {
    let stop = CancellationToken::new();
    // Listening begins before anything else: a SIGTERM during the start is not lost.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let told = stop.clone();
    chime_recorder::clock::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("told to stop");
        told.cancel();
    });
    let settings = Settings::from_variables(variable)?;
    let RecorderEnvironment { recording, attempt, .. } = &settings.task;
    tracing::info!(recording.key = recording, attempt, "a recorder starts");
    let outcome = record::run(&settings, Timing::default(), stop).await?;
    tracing::info!(?outcome, "the recorder ends");
    Ok(match outcome {
        Outcome::Done(_) => ExitCode::SUCCESS,
        Outcome::Unused => ExitCode::from(UNUSED),
        Outcome::Fenced => ExitCode::from(FENCED),
    })
}

async fn finish(
    recording: &str,
    attempt: Option<u32>,
    silent: i64,
    buckets: Buckets,
) -> anyhow::Result<ExitCode> {
    let s3 = storage::client(&s3_settings(variable)).await?;
    let finisher = Finisher::new(s3, buckets, Arc::new(Probe::default()));
    let orphans = finisher.orphans(recording).await?;
    if orphans.is_empty() {
        println!("nothing is left of {recording}");
    }
    let mut code = ExitCode::SUCCESS;
    for orphan in orphans.iter().filter(|o| attempt.is_none_or(|only| o.attempt == only)) {
        let name = format!("{}-{:03}", orphan.attempt, orphan.piece);
        let now = chime_recorder::clock::now_ms();
        if now - orphan.last_fragment_at < silent * 1_000 {
            println!("{name}: not touched, its last fragment is younger than {silent} s");
            continue;
        }
        match finisher.finish(orphan).await {
            Ok(finished) => println!("{name}: {}", words(&finished)),
            Err(error) => {
                println!("{name}: {error}");
                code = ExitCode::FAILURE;
            }
        }
    }
    Ok(code)
}

fn words(finished: &Finished) -> String {
    let told = |note: &PieceNote| {
        let seconds = note.duration_ms as f64 / 1_000.0;
        format!("{seconds:.1} s, {} bytes, good: {}", note.size_bytes, note.verdict.good())
    };
    match finished {
        Finished::Complete(note) => format!("completed, {}", told(note)),
        Finished::AlreadyDone(note) => format!("another has completed it, {}", told(note)),
        Finished::Nothing => "nothing of it was stored; what was left is deleted".into(),
    }
}

async fn probe(file: String, length_ms: Option<i64>) -> anyhow::Result<ExitCode> {
    let path = PathBuf::from(&file);
    let readable = Readable::of_file(&path, length_ms).await?;
    let verdict = Probe::default().check(&readable).await.map_err(anyhow::Error::msg)?;
    println!("{}", serde_json::to_string_pretty(&verdict)?);
    Ok(if verdict.good() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
