//! `chime-emulator demo`: everything comes up, a click in the console opens a meeting through the
//! real bridge, a killed bridge takes nothing else with it, and at the end no process is left.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

const PATIENCE: Duration = Duration::from_secs(60);

/// The demo as a process, and the line it printed when it was ready.
async fn demo(dir: &Path) -> (Child, Value) {
    let program =
        PathBuf::from(env!("CARGO_BIN_EXE_chime-bridge")).with_file_name("chime-emulator");
    let mut child = Command::new(program)
        .args(["demo", "--json", "--any-ports", "--dir"])
        .arg(dir)
        .arg("--bridge")
        .arg(env!("CARGO_BIN_EXE_chime-bridge"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = tokio::time::timeout(PATIENCE, lines.next_line()).await;
    let line =
        line.expect("the demo is ready in time").unwrap().expect("the demo says it is ready");
    (child, serde_json::from_str(&line).unwrap())
}

/// Processes that name the folder in their command line.
fn left(dir: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).replace('\0', " ");
        if line.contains(&dir.display().to_string()) {
            found.push(line);
        }
    }
    found
}

async fn until(what: &str, mut look: impl AsyncFnMut() -> bool) {
    let end = tokio::time::Instant::now() + PATIENCE;
    while !look().await {
        assert!(tokio::time::Instant::now() < end, "never happened: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn send_signal(signal: &str, pid: u64) {
    let sent = Command::new("kill").arg(signal).arg(pid.to_string()).status().await.unwrap();
    assert!(sent.success());
}

#[tokio::test]
async fn the_demo_comes_up_opens_a_meeting_survives_its_bridge_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("demo");
    let (mut child, at) = demo(&dir).await;
    let http = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().unwrap();
    let console = at["console"].as_str().unwrap();
    let told: Value =
        http.get(format!("{console}/console.json")).send().await.unwrap().json().await.unwrap();
    assert_eq!(told["roomUrl"], at["room"]);
    let ask = async |method: &str, args: Value| -> Value {
        let url = format!("{console}/apex/{method}");
        http.post(url).json(&args).send().await.unwrap().json().await.unwrap()
    };
    let started = ask("ChimeStartController.start", json!({"recordId": told["home"]})).await;
    let here = json!({"meetingId": started["meetingId"]});
    until("the bridge opened the meeting", async || {
        ask("ChimeRoomController.state", here.clone()).await["status"] == "Open"
    })
    .await;
    let entry = ask("ChimeRoomController.enter", here.clone()).await;
    assert_eq!(entry["justIssued"], false);

    let bridge = at["bridge"]["pid"].as_u64().unwrap();
    send_signal("-KILL", bridge).await;
    until("the bridge is gone", async || {
        http.get(format!("{}/live", at["admin"].as_str().unwrap())).send().await.is_err()
    })
    .await;
    let state = ask("ChimeRoomController.state", here).await;
    assert_eq!(state["status"], "Open", "the console goes on without the bridge");
    assert!(child.try_wait().unwrap().is_none());

    send_signal("-TERM", child.id().unwrap().into()).await;
    let ended = tokio::time::timeout(PATIENCE, child.wait()).await.expect("it ends when asked");
    assert!(ended.unwrap().success());
    assert_eq!(left(&dir), Vec::<String>::new());
}
