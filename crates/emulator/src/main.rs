//! `chime-emulator`: `run` serves a Salesforce org and an AWS account on this machine until Ctrl-C;
//! `demo` brings everything up for a person to try; `bot` joins a meeting; `stand-in` is a recorder
//! task without media.

use std::path::PathBuf;

use std::process::ExitCode;

use anyhow::Context;
use chime_emulator::start::{CONSOLE_SITE, Config, Emulator, Ports, ROOM_SITE};
use chime_emulator::{bots, demo, ending, standin};
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
    /// Emulator, bridge, recorder, room and console together, for a person to try; until Ctrl-C.
    Demo(demo::Args),
    /// Somebody with a tone and a moving picture: joins by a key until Ctrl-C or the meeting's end.
    Bot(bots::command::Args),
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
    /// Also writes settings here with which a bridge on this machine talks to the emulator.
    #[arg(long)]
    bridge_settings: Option<PathBuf>,
    /// Where that bridge's /live, /ready and /metrics listen.
    #[arg(long, default_value = "127.0.0.1:9090")]
    bridge_admin: String,
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
    /// Port of the console; 0 takes any. Given, or with --console, the console is served.
    #[arg(long)]
    console_port: Option<u16>,
    /// Port of the meetings' signaling; 0 takes any.
    #[arg(long, default_value_t = Ports::default().signaling)]
    signaling_port: u16,
    /// UDP port of sound and pictures; 0 takes any.
    #[arg(long, default_value_t = Ports::default().media)]
    media_port: u16,
    /// Built files of the room; room/dist if that is there. Without them its origin has a page for
    /// the recorder among people without media.
    #[arg(long)]
    room: Option<PathBuf>,
    /// Built files of the console.
    #[arg(long)]
    console: Option<PathBuf>,
    /// Another origin that may show the room in a frame; may be given more than once.
    #[arg(long)]
    frame_ancestor: Vec<String>,
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
        Command::Bot(args) => bots::command::run(args).await.map(|()| true),
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
        console: run.console_port.unwrap_or(Ports::default().console),
        signaling: run.signaling_port,
        media: run.media_port,
    };
    let room = PathBuf::from(ROOM_SITE);
    let console = run.console.or_else(|| run.console_port.map(|_| PathBuf::from(CONSOLE_SITE)));
    let mut config = Config {
        ports,
        data_dir: run.data_dir,
        metadata_dir: run.force_app,
        room_site: run.room.or_else(|| room.is_dir().then_some(room)),
        console_site: console,
        frame_ancestors: run.frame_ancestor,
        ..Config::default()
    };
    let recorder = match run.stand_in {
        true => vec![std::env::current_exe()?.display().to_string(), "stand-in".into()],
        false => demo::bridge::recorder_command(run.recorder)?,
    };
    config.recorders.insert("chime-recorder".into(), recorder);
    let emulator = Emulator::start(config).await?;
    if let Some(file) = &run.bridge_settings {
        let dir = file.parent().unwrap_or(std::path::Path::new("."));
        std::fs::write(file, emulator.bridge_settings(dir, &run.bridge_admin))
            .with_context(|| format!("the settings {} cannot be written", file.display()))?;
    }
    let at = &emulator.addresses;
    println!("The org      http://{}", at.org);
    println!("Pub/Sub API  https://{}  (CA: {}/ca.pem)", at.pubsub, emulator.data_dir.display());
    println!("AWS account  http://{}", at.aws);
    println!("Control      http://{}", at.control);
    println!("Room         http://{}", at.room);
    println!("Signaling    ws://{}", at.signaling);
    println!("Media        udp://{}", at.media);
    if let Some(console) = at.console {
        println!("Console      http://{console}");
    }
    ending::asked().await?;
    emulator.shutdown().await;
    Ok(())
}
