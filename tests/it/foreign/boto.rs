//! boto3 makes every call the bridge makes, and finds what AWS documents.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use chime_emulator::start::{RECORDINGS_BUCKET, SIGNALS};
use serde_json::Value;

use super::clients::{aws, python, run};
use crate::tree;
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn boto3_holds_meetings_runs_tasks_reads_queues_and_stores_objects() {
    let world = World::without_bridge(
        |config| {
            let waits = ["sh", "-c", "echo color $COLOR; exec sleep 600"].map(String::from);
            config.recorders.insert("chime-recorder".into(), waits.to_vec());
        },
        &[],
    )
    .await;
    let emulator = &world.emulator;
    let mut script = python("aws.py");
    script.env("ENDPOINT", format!("http://{}", emulator.addresses.aws));
    aws(&mut script);
    let made = run(script).await.remove(0);

    let ledger = emulator.chime.ledger();
    let meetings: Vec<(&str, bool)> =
        ledger.meetings.iter().map(|m| (m.meeting_id.as_str(), m.ended_at.is_some())).collect();
    let id = |which: &str| made["chime"][which].as_str().unwrap();
    assert_eq!(meetings, [(id("ended"), true), (id("open"), false)]);
    let seats: Vec<(&str, bool)> = ledger.meetings[0]
        .attendees
        .iter()
        .map(|a| (a.external_user_id.as_str(), a.deleted))
        .collect();
    assert_eq!(seats, [("a-seat", true), ("seat-2", false)]);

    let tasks = emulator.ecs.tasks();
    assert_eq!(tasks.len(), 1, "{tasks:?}");
    assert_eq!(tasks[0].arn, made["ecs"]["arn"]);
    assert_eq!(tasks[0].started_by.as_deref(), Some("foreign-task"));
    assert_eq!(tasks[0].stop_code, Some("UserInitiated"));
    let id = tasks[0].arn.rsplit('/').next().unwrap();
    let log = the_log(&emulator.data_dir.join("tasks"), id);
    assert!(log.contains("color green"), "the override reached the process: {log:?}");

    assert_eq!(emulator.sqs.url(SIGNALS), made["sqs"]["url"]);
    assert!(emulator.sqs.peek(SIGNALS).is_empty());

    let mut stored = emulator.s3.versions(RECORDINGS_BUCKET, "foreign/");
    stored.retain(|version| !version.delete_marker);
    let stored: Vec<&str> = stored.iter().map(|version| version.version_id.as_str()).collect();
    let told: Vec<&Value> = made["s3"]["versions"].as_array().unwrap().iter().collect();
    assert_eq!(stored, told);
    assert!(emulator.s3.uploads(RECORDINGS_BUCKET).is_empty());

    // Every call the bridge makes, and no other but those that are named as somebody else's.
    let names = |what: &str| -> BTreeMap<String, BTreeSet<String>> {
        serde_json::from_value(made[what].clone()).unwrap()
    };
    let mut used = names("calls");
    for (service, others) in names("others") {
        let of_service = used.get_mut(&service).unwrap();
        for call in others {
            assert!(of_service.remove(&call), "{service} {call} is named, but was not made");
        }
    }
    assert_eq!(used, calls_of_the_bridge());
}

/// The calls in `src/aws`, as boto3 spells services and calls: both SDKs are generated from the
/// same models.
fn calls_of_the_bridge() -> BTreeMap<String, BTreeSet<String>> {
    const SERVICES: [(&str, &str); 4] = [
        ("aws_sdk_chimesdkmeetings", "chime-sdk-meetings"),
        ("aws_sdk_ecs", "ecs"),
        ("aws_sdk_s3", "s3"),
        ("aws_sdk_sqs", "sqs"),
    ];
    let mut calls: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (path, text) in tree::sources("src/aws") {
        let code = tree::parts(&text).code;
        let made: Vec<String> = code.split("client").skip(1).filter_map(method).collect();
        if made.is_empty() {
            continue;
        }
        let used = SERVICES.iter().filter(|(krate, _)| tree::words(&code).any(|w| w == *krate));
        let [(_, service)] = used.collect::<Vec<_>>()[..] else {
            panic!("{path} calls {made:?}, but does not use exactly one AWS SDK")
        };
        calls.entry((*service).to_string()).or_default().extend(made);
    }
    // One of each kind, so that a change of style in the sources is noticed here.
    for (service, call) in [("s3", "put_object"), ("sqs", "receive_message"), ("ecs", "run_task")] {
        assert!(calls[service].contains(call), "this test no longer finds {call}: {calls:?}");
    }
    calls
}

/// The method that is called on what stands before.
fn method(after: &str) -> Option<String> {
    let rest = after.trim_start().strip_prefix('.')?.trim_start();
    let end = rest.find(|c: char| !c.is_ascii_lowercase() && !c.is_ascii_digit() && c != '_')?;
    rest[end..].starts_with('(').then(|| rest[..end].to_string())
}

/// What a task wrote.
fn the_log(folder: &Path, task: &str) -> String {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let of_task = |path: &PathBuf| path.to_string_lossy().contains(task);
    std::fs::read_to_string(files.into_iter().find(of_task).unwrap()).unwrap()
}
