//! The story without media: starts emulator and bridge, plays the script, shows what happens, and
//! stops all it started.

use std::sync::Arc;

use anyhow::Context;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::demo::bridge::{Bridge, binary};
use crate::demo::{Args, check, script, show};
use crate::ending;
use crate::start::Emulator;

/// Runs the demo; true if everything that was checked holds.
pub async fn run(args: Args) -> anyhow::Result<bool> {
    tokio::select! {
        answer = play(&args) => answer,
        _ = ending::asked() => {
            println!("\nStopped.");
            Ok(true)
        }
    }
}

async fn play(args: &Args) -> anyhow::Result<bool> {
    let config = args.config(false)?;
    let emulator = Emulator::start(config).await?;
    let settings = args.dir.join("bridge.toml");
    let admin = args.admin()?;
    std::fs::write(&settings, emulator.bridge_settings(&args.dir, &admin))?;
    println!(
        "The emulator is up. The org: http://{}   AWS: http://{}   control: http://{}",
        emulator.addresses.org, emulator.addresses.aws, emulator.addresses.control
    );
    let log = args.dir.join("bridge.log");
    let bridge = Bridge::start(&binary(args.bridge.clone())?, &settings, &log, &admin).await?;
    println!(
        "The bridge is ready. Its log: {}   its figures: http://{}/metrics\n",
        log.display(),
        admin
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
