//! `chime-emulator`: `run` serves a Salesforce org and an AWS account on this machine until Ctrl-C;
//! `demo` plays a meeting through the real bridge; `stand-in` is a recorder task without media.

use std::path::PathBuf;

use std::process::ExitCode;

use chime_emulator::start::{Config, Emulator, Ports};
use chime_emulator::{demo, standin};
use clap::{Args, Parser, Subcommand};

#[derive(Parser)]
#[command(version, about = "A Salesforce org and an AWS account on one laptop")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Starts the emulator and serves until Ctrl-C.
    Run(Run),
    /// Emulator and bridge together: one meeting from the click to the record, live.
    Demo(demo::Args),
    /// The scripted recorder; started by the emulator's ECS.
    StandIn(standin::Args),
}

#[derive(Args)]
struct Run {
    /// Folder for certificates, keys and large objects.
    #[arg(long, default_value = ".emulator")]
    data_dir: PathBuf,
    /// Salesforce metadata to read the org's objects from.
    #[arg(long, default_value = "force-app")]
    force_app: PathBuf,
    /// The recorder's binary; otherwise the one beside this program.
    #[arg(long)]
    recorder: Option<PathBuf>,
    /// Recorder tasks capture nothing and say so; they need no browser.
    #[arg(long, conflicts_with = "recorder")]
    stand_in: bool,
    /// Port of the org's OAuth and REST; 0 takes any.
    #[arg(long, default_value_t = Ports::default().org)]
    org_port: u16,
    /// Port of the org's Pub/Sub API; 0 takes any.
    #[arg(long, default_value_t = Ports::default().pubsub)]
    pubsub_port: u16,
    /// Port of the AWS account; 0 takes any.
    #[arg(long, default_value_t = Ports::default().aws)]
    aws_port: u16,
    /// Port of the control API; 0 takes any.
    #[arg(long, default_value_t = Ports::default().control)]
    control_port: u16,
    /// Port of the room's origin; 0 takes any.
    #[arg(long, default_value_t = Ports::default().room)]
    room_port: u16,
}

#[tokio::main]
async fn main() -> ExitCode {
    let command = Cli::parse().command;
    let level = if matches!(command, Command::Demo(_)) { "warn" } else { "info" };
    let filter =
        tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| level.into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let ended = match command {
        Command::Run(run) => serve(run).await.map(|()| true),
        Command::Demo(args) => demo::run(args).await,
        Command::StandIn(args) => return standin::run(args).await,
    };
    match ended {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(run: Run) -> anyhow::Result<()> {
    let ports = Ports {
        org: run.org_port,
        pubsub: run.pubsub_port,
        aws: run.aws_port,
        control: run.control_port,
        room: run.room_port,
    };
    let mut config =
        Config { ports, data_dir: run.data_dir, metadata_dir: run.force_app, ..Config::default() };
    let recorder = match run.stand_in {
        true => vec![std::env::current_exe()?.display().to_string(), "stand-in".into()],
        false => demo::bridge::recorder_command(run.recorder)?,
    };
    config.recorders.insert("chime-recorder".into(), recorder);
    let emulator = Emulator::start(config).await?;
    let at = &emulator.addresses;
    println!("The org      http://{}", at.org);
    println!("Pub/Sub API  https://{}  (CA: {}/ca.pem)", at.pubsub, emulator.data_dir.display());
    println!("AWS account  http://{}", at.aws);
    println!("Control      http://{}", at.control);
    println!("Room         http://{}", at.room);
    tokio::signal::ctrl_c().await?;
    emulator.shutdown().await;
    Ok(())
}
