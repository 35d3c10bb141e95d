//! An emulator that is killed takes its tasks with it: nothing records into an account that is gone.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;

use aws_sdk_ecs::config::{BehaviorVersion, Config, Credentials, Region};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::until;

type Words = BufReader<ChildStdout>;

/// The emulator as a process of its own, what it says, and where its AWS account is.
async fn emulator(folder: &Path, recorder: &Path) -> (Child, Lines<Words>, String) {
    let ports = ["org", "pubsub", "aws", "control", "room", "signaling", "media"];
    let mut child = Command::new(env!("CARGO_BIN_EXE_chime-emulator"))
        .arg("run")
        .args(ports.iter().flat_map(|port| [format!("--{port}-port"), "0".into()]))
        .arg("--data-dir")
        .arg(folder.join("data"))
        .arg("--force-app")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../force-app"))
        .arg("--recorder")
        .arg(recorder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    loop {
        let line = lines.next_line().await.unwrap().unwrap();
        if let Some(at) = line.strip_prefix("AWS account") {
            return (child, lines, at.trim().into());
        }
    }
}

async fn run_task(url: &str) {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .credentials_provider(Credentials::new("anybody", "emulator", None, None, "test"))
        .endpoint_url(url);
    let ecs = aws_sdk_ecs::Client::from_conf(config.build());
    let run = ecs.run_task().cluster("chime").task_definition("chime-recorder:1");
    assert_eq!(run.send().await.unwrap().tasks().len(), 1);
}

/// True while a process of this id runs (a dead one nobody has fetched does not).
fn lives(pid: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat.rsplit(") ").next().and_then(|rest| rest.chars().next());
    state.is_some_and(|state| state != 'Z' && state != 'X')
}

#[tokio::test]
async fn a_killed_emulator_leaves_no_recorder_behind() {
    let folder = tempfile::tempdir().unwrap();
    let (recorder, file) = (folder.path().join("recorder"), folder.path().join("pid"));
    let script = format!("#!/bin/sh\necho $$ > {}\nexec sleep 600\n", file.display());
    std::fs::write(&recorder, script).unwrap();
    std::fs::set_permissions(&recorder, PermissionsExt::from_mode(0o755)).unwrap();
    // Nobody to talk to would end it too.
    let (mut emulator, _lines, url) = emulator(folder.path(), &recorder).await;
    run_task(&url).await;
    let pid = until("the recorder runs", async || {
        let text = std::fs::read_to_string(&file).ok()?;
        text.strip_suffix('\n').map(String::from)
    })
    .await;
    assert!(lives(&pid) && emulator.try_wait().unwrap().is_none());
    emulator.kill().await.unwrap();
    until("the recorder's end", async || (!lives(&pid)).then_some(())).await;
}
