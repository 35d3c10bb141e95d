//! The demo for a person: everything up, the console's address printed (or opened), and it stays
//! until it is asked to end. A bridge that is killed meanwhile does not end it: whoever killed it
//! may start another.

use std::io::IsTerminal;
use std::process::Stdio;
use std::time::Duration;

use anyhow::Context;
use serde_json::{Value, json};
use tokio::process::{Child, Command};

use super::bridge::{Bridge, binary};
use super::{Args, company, tell};
use crate::ending;
use crate::start::Emulator;

/// What plays the story in a browser.
const STORY: &str = "tests/browser/demo.mjs";

/// Brings everything up; true if it was only asked to end, or the story came true.
pub(super) async fn run(args: Args) -> anyhow::Result<bool> {
    let emulator = Emulator::start(args.config(true)?).await?;
    let admin = args.admin()?;
    let settings = args.dir.join("bridge.toml");
    std::fs::write(&settings, emulator.bridge_settings(&args.dir, &admin))?;
    let log = args.dir.join("bridge.log");
    let program = binary(args.bridge.clone())?;
    let bridge = tokio::select! {
        bridge = Bridge::start(&program, &settings, &log, &admin) => bridge?,
        asked = ending::asked() => {
            asked?;
            emulator.shutdown().await;
            return Ok(true);
        }
    };
    let at = addresses(&emulator, &args, &bridge, &admin)?;
    if args.json {
        tell(&format!("{at}"));
    } else {
        greet(&emulator, &args, &log);
    }
    let company = async {
        if args.company() {
            company::keep(emulator.org.clone(), company::control_of(&emulator)).await;
        }
        std::future::pending::<()>().await;
    };
    let shown = async {
        if args.once {
            return story(&args, &at).await;
        }
        open(&emulator, &args);
        ending::asked().await.map(|()| true)
    };
    let held = tokio::select! {
        held = shown => held,
        () = company => Ok(true),
    };
    if !args.json {
        tell("Stopping.");
    }
    let stopped = bridge.stop().await;
    emulator.shutdown().await;
    stopped?;
    held
}

/// Where everything is, for programs.
fn addresses(
    emulator: &Emulator,
    args: &Args,
    bridge: &Bridge,
    admin: &str,
) -> anyhow::Result<Value> {
    let at = &emulator.addresses;
    let here = std::env::current_dir().context("the working folder is gone")?;
    let path = |name: &str| here.join(&args.dir).join(name);
    Ok(json!({
        "console": at.console.map(|console| format!("http://{console}")),
        "room": format!("http://{}", at.room),
        "org": format!("http://{}", at.org),
        "pubsub": format!("https://{}", at.pubsub),
        "aws": format!("http://{}", at.aws),
        "control": format!("http://{}", at.control),
        "signaling": emulator.signaling(),
        "admin": format!("http://{admin}"),
        "orgId": emulator.org.config.org_id,
        "bridge": {
            "pid": bridge.id(),
            "binary": binary(args.bridge.clone())?,
            "settings": path("bridge.toml"),
            "log": path("bridge.log"),
        },
        "dataDir": here.join(&emulator.data_dir),
    }))
}

fn greet(emulator: &Emulator, args: &Args, log: &std::path::Path) {
    let at = &emulator.addresses;
    tell("Everything is up on this machine: an org, an AWS account, the bridge, the recorder.");
    for (site, build) in [(&args.console, "make console"), (&args.room, "make room")] {
        if !site.join("index.html").exists() {
            tell(&format!(
                "  {} is not built yet: run `{build}`, then reload the page.",
                site.display()
            ));
        }
    }
    if let Some(console) = at.console {
        tell(&format!(
            "\n  Open http://{console} in Chromium or Chrome and click Start meeting on the account.\n"
        ));
        if args.company() {
            tell("  A bot comes into each meeting you have entered.\n");
        }
    }
    tell(&format!("Org http://{}   AWS http://{}   control http://{}", at.org, at.aws, at.control));
    tell(&format!("The bridge's log: {}. Ctrl-C stops everything.", log.display()));
}

/// Opens the console in a browser, where a person sits before one.
fn open(emulator: &Emulator, args: &Args) {
    let sits = !args.json && std::io::stdout().is_terminal() && args.display.is_some();
    if let (true, Some(console)) = (sits, emulator.addresses.console) {
        let opened = Command::new("xdg-open")
            .arg(format!("http://{console}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        if opened.is_err() {
            tell("(No browser could be opened: open the address yourself.)");
        }
    }
}

/// Plays the story in a headless browser.
async fn story(args: &Args, at: &Value) -> anyhow::Result<bool> {
    let mut child = Command::new(&args.node)
        .arg(STORY)
        .env("CHIME_DEMO", at.to_string())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .with_context(|| {
            format!("{} {STORY} cannot be started; `make demo` prepares both", args.node.display())
        })?;
    tokio::select! {
        ended = child.wait() => Ok(ended?.success()),
        asked = ending::asked() => {
            asked?;
            end(&mut child).await?;
            Ok(false)
        }
    }
}

/// Asks a program to end, so that it can end its browser, and kills it if it takes too long.
async fn end(child: &mut Child) -> anyhow::Result<()> {
    if let Some(id) = child.id() {
        // No signal without `unsafe` or another crate: `kill` is on every Debian.
        let _ = Command::new("kill").arg("-TERM").arg(id.to_string()).status().await;
    }
    if tokio::time::timeout(Duration::from_secs(10), child.wait()).await.is_err() {
        child.kill().await?;
    }
    Ok(())
}
