//! Starts emulator and bridge, plays the script, shows what happens, and stops all it started.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::demo::bridge::{Bridge, binary, recorder_command};
use crate::demo::{check, script, show};
use crate::start::{Config, Emulator};

/// Flags of `chime-emulator demo`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// End after the meeting, check what came true, and exit with the answer.
    #[arg(long)]
    pub once: bool,
    /// Folder for the demo's files; emptied at the start.
    #[arg(long, default_value = ".demo")]
    pub dir: PathBuf,
    /// Salesforce metadata.
    #[arg(long, default_value = "force-app")]
    pub force_app: PathBuf,
    /// The bridge's binary; otherwise the one beside this program.
    #[arg(long)]
    pub bridge: Option<PathBuf>,
    /// The recorder's binary; otherwise the one beside this program.
    #[arg(long)]
    pub recorder: Option<PathBuf>,
    /// Where the bridge's /live, /ready and /metrics listen.
    #[arg(long, default_value = "127.0.0.1:9090")]
    pub admin: String,
}

/// Runs the demo; true if everything that was checked holds.
pub async fn run(args: Args) -> anyhow::Result<bool> {
    tokio::select! {
        answer = play(&args) => answer,
        _ = tokio::signal::ctrl_c() => {
            println!("\nStopped.");
            Ok(true)
        }
    }
}

async fn play(args: &Args) -> anyhow::Result<bool> {
    if args.dir.exists() {
        std::fs::remove_dir_all(&args.dir)
            .with_context(|| format!("{} cannot be emptied", args.dir.display()))?;
    }
    let recorder = recorder_command(args.recorder.clone())?;
    let mut config = Config {
        data_dir: args.dir.join("emulator"),
        metadata_dir: args.force_app.clone(),
        ..Config::default()
    };
    config.recorders.insert("chime-recorder".into(), recorder);
    let emulator = Emulator::start(config).await?;
    let settings = args.dir.join("bridge.toml");
    std::fs::write(&settings, emulator.bridge_settings(&args.dir, &args.admin))?;
    println!(
        "The emulator is up. The org: http://{}   AWS: http://{}   control: http://{}",
        emulator.addresses.org, emulator.addresses.aws, emulator.addresses.control
    );
    let log = args.dir.join("bridge.log");
    let bridge = Bridge::start(&binary(args.bridge.clone())?, &settings, &log, &args.admin).await?;
    println!(
        "The bridge is ready. Its log: {}   its figures: http://{}/metrics\n",
        log.display(),
        args.admin
    );

    let begun = Instant::now();
    let history: show::History = Arc::default();
    let stop = CancellationToken::new();
    let watching = show::watch(emulator.org.clone(), begun, history.clone(), stop.clone());
    let script = async {
        let cast = script::play(&emulator, begun).await;
        stop.cancel();
        cast
    };
    let (cast, ()) = tokio::join!(script, watching);
    let cast = cast.with_context(|| format!("see the bridge's log, {}", log.display()))?;

    println!("\nWhat came true:");
    let lines = check::check(&emulator, &cast, &history, &args.dir).await?;
    for line in &lines {
        let mark = if line.holds { "yes" } else { "NO " };
        println!("  {mark}  {} ({})", line.what, line.found);
    }
    let holds = lines.iter().all(|line| line.holds);
    if !args.once {
        println!("\nLook around: the ports above stay open. Ctrl-C stops everything.");
        std::future::pending::<()>().await;
    }
    bridge.stop().await?;
    emulator.shutdown().await;
    println!(
        "{} passed, {} failed",
        lines.iter().filter(|l| l.holds).count(),
        lines.iter().filter(|l| !l.holds).count()
    );
    Ok(holds)
}
