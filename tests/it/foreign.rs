//! Promise: the emulator is not only our own reading of the vendors' documents. Clients others
//! wrote talk to it over its real ports and understand it; what they understood is compared with
//! what the org and the account hold. `make test` installs them and says where they are.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use chime_emulator::apex::gateway::Wish;
use chime_emulator::start::{ADMIN, BRIDGE, CLIENT_ID, Config, RECORDINGS_BUCKET, SIGNALS};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::world::{World, text};

const COMMANDS: &str = "/event/Chime_Command__e";
const CHANNEL: &str = "/data/Chime_Bridge__chn";
const MEETINGS: &str = "/data/Chime_Meeting__ChangeEvent";

/// Longest life of a client. It ends by itself when it has what it waits for.
const PATIENCE: Duration = Duration::from_secs(120);

#[tokio::test(flavor = "multi_thread")]
async fn a_node_client_reads_what_the_gateway_publishes() {
    let world = World::without_bridge(short_replay_ids, &[]).await;
    let wish = Wish { subject: "Größe, 日本 \u{1f4de}".into(), ..Wish::default() };
    let meeting = world.click(wish, &["Zoë", "Ben"]);
    world.apex.command("END_MEETING", &meeting.id, Some("a target"), None).unwrap();

    let events = subscribe(&world, &[format!("{COMMANDS}=2")]).await;
    let [start, end] = &events[..] else { panic!("two events: {events:?}") };
    let fields = &start["payload"];
    assert_eq!(fields["Action__c"], "START_MEETING");
    assert_eq!(fields["Meeting_Id__c"], json!(meeting.id));
    assert_eq!(fields["Target_Id__c"], Value::Null);
    assert_eq!(fields["CreatedById"], json!(world.emulator.org.user(ADMIN).unwrap().id));
    let made = fields["CreatedDate"].as_i64().unwrap();
    assert!((made - world.emulator.clock.now()).abs() < 3_600_000, "{made} is in milliseconds");
    assert_eq!(fields["EventUuid"], start["id"]);
    assert_eq!(text(&fields["EventUuid"]).len(), 36);

    let payload: Value = serde_json::from_str(&text(&fields["Payload__c"])).unwrap();
    assert_eq!(payload["subject"], "Größe, 日本 \u{1f4de}");
    let seats = payload["seats"].as_array().unwrap();
    let told: Vec<String> = seats.iter().map(|seat| text(&seat["participant"])).collect();
    let made: Vec<String> = meeting.seats.iter().map(|seat| seat.participant.clone()).collect();
    assert_eq!(told, made);
    assert_eq!(seats[0]["name"], "Zoë");
    assert_eq!(seats[0]["hostKey"], json!(meeting.seats[0].host_key));

    assert_eq!(end["payload"]["Action__c"], "END_MEETING");
    assert_eq!(end["payload"]["Target_Id__c"], "a target");
    assert_eq!(end["payload"]["Payload__c"], Value::Null);
    assert_ne!(end["payload"]["EventUuid"], start["payload"]["EventUuid"]);
    assert_eq!(end["schemaId"], start["schemaId"]);

    // From the first event's place only the second is left.
    let rest = subscribe(&world, &[format!("{COMMANDS}=1@{}", start["replayId"])]).await;
    assert_eq!(rest, std::slice::from_ref(end));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_client_reads_what_was_changed_and_deleted() {
    let world = World::without_bridge(short_replay_ids, &[]).await;
    let org = &world.emulator.org;
    let wish = Wish { subject: "Offer".into(), ..Wish::default() };
    let meeting = world.click(wish, &["Ada", "Ben"]);
    let change =
        json!({ "Subject__c": "Order", "Auto_Record__c": true, "Consent_Policy__c": null });
    org.update(ADMIN, "Chime_Meeting__c", &meeting.id, change).unwrap();
    org.delete(ADMIN, "Chime_Participant__c", &meeting.seats[1].participant).unwrap();
    org.delete(ADMIN, "Chime_Meeting__c", &meeting.id).unwrap();

    let wanted = [format!("{CHANNEL}=3"), format!("{MEETINGS}=3")];
    let events = subscribe(&world, &wanted).await;
    let of = |topic: &str| -> Vec<Value> {
        events.iter().filter(|e| e["topic"] == topic).map(|e| e["payload"].clone()).collect()
    };
    let head = |event: &Value| event["ChangeEventHeader"].clone();

    // The channel leaves out what is made and changed. A meeting takes its seats with it.
    let told: Vec<Value> = of(CHANNEL).iter().map(head).collect();
    let kinds: Vec<&Value> = told.iter().map(|head| &head["changeType"]).collect();
    assert_eq!(kinds, ["DELETE", "DELETE", "DELETE"]);
    let gone = |n: usize| (text(&told[n]["entityName"]), told[n]["recordIds"].clone());
    let seat =
        |n: usize| ("Chime_Participant__c".to_string(), json!([meeting.seats[n].participant]));
    assert_eq!(gone(0), seat(1));
    let mut together = [gone(1), gone(2)];
    together.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(together, [("Chime_Meeting__c".to_string(), json!([meeting.id])), seat(0)]);
    assert_eq!(told[1]["transactionKey"], told[2]["transactionKey"]);
    assert_ne!(told[0]["transactionKey"], told[1]["transactionKey"]);
    assert_eq!((&told[1]["sequenceNumber"], &told[2]["sequenceNumber"]), (&json!(1), &json!(2)));
    assert_eq!(told[0]["commitUser"], json!(org.user(ADMIN).unwrap().id));

    // The object's own topic has everything; the bit maps name exactly what was changed.
    let all = of(MEETINGS);
    let kinds: Vec<Value> = all.iter().map(|e| head(e)["changeType"].clone()).collect();
    assert_eq!(kinds, ["CREATE", "UPDATE", "DELETE"]);
    assert_eq!(
        (&all[0]["Subject__c"], &all[0]["Auto_Record__c"]),
        (&json!("Offer"), &json!(false))
    );
    assert_eq!(all[1]["Subject__c"], "Order");
    assert_eq!(all[1]["Auto_Record__c"], true);
    assert_eq!(all[1]["Status__c"], Value::Null, "what did not change is not told");
    let names = |list: &str| {
        let mut names: Vec<String> =
            head(&all[1])[list].as_array().unwrap().iter().map(text).collect();
        names.sort();
        names
    };
    let changed =
        ["Auto_Record__c", "Consent_Policy__c", "LastModifiedDate", "Subject__c"].map(String::from);
    assert_eq!(names("changedFields"), changed);
    assert_eq!(names("nulledFields"), ["Consent_Policy__c"]);
}

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
    let mut command = Command::new(python());
    command
        .arg(folder().join("python/aws.py"))
        .env("ENDPOINT", format!("http://{}", emulator.addresses.aws))
        .env("AWS_REGION", "eu-central-1")
        .env("AWS_DEFAULT_REGION", "eu-central-1")
        .env("AWS_ACCESS_KEY_ID", "emulator")
        .env("AWS_SECRET_ACCESS_KEY", "emulator")
        .env("AWS_EC2_METADATA_DISABLED", "true");
    let output = run(command, "python3").await;
    let made: Value = serde_json::from_slice(&output.stdout).unwrap();

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
}

/// The Node client keeps replay ids as eight-byte numbers.
fn short_replay_ids(config: &mut Config) {
    config.bus.replay_id_bytes = 8;
}

/// Events of topics (`TOPIC=COUNT` or `TOPIC=COUNT@REPLAY_ID`), as the Node client decodes them.
async fn subscribe(world: &World, topics: &[String]) -> Vec<Value> {
    let emulator = &world.emulator;
    let mut command = Command::new("node");
    command
        .arg(folder().join("node/subscribe.mjs"))
        .args(topics)
        .env("CHIME_TEST_NODE_DIR", node_dir())
        .env("LOGIN_URL", format!("http://{}", emulator.addresses.org))
        .env("CLIENT_ID", CLIENT_ID)
        .env("USER_NAME", BRIDGE)
        .env("KEY_FILE", emulator.data_dir.join("bridge-key.pem"))
        .env("PUBSUB", emulator.addresses.pubsub.to_string());
    let output = run(command, "node").await;
    let lines = String::from_utf8(output.stdout).unwrap();
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/foreign")
}

/// The folder whose `node_modules` holds the Node clients.
fn node_dir() -> PathBuf {
    let dir = told("CHIME_TEST_NODE_DIR").map_or_else(|| folder().join("node"), PathBuf::from);
    let client = dir.join("node_modules/salesforce-pubsub-api-client");
    assert!(
        client.is_dir(),
        "{} is not there: `make test` installs the clients and sets CHIME_TEST_NODE_DIR",
        client.display()
    );
    dir
}

/// The interpreter that has boto3.
fn python() -> String {
    let python = told("CHIME_TEST_PYTHON").unwrap_or_else(|| "python3".into());
    let look = std::process::Command::new(&python).args(["-c", "import boto3"]).output();
    assert!(
        look.is_ok_and(|output| output.status.success()),
        "{python} has no boto3: `make test` installs it and sets CHIME_TEST_PYTHON"
    );
    python
}

/// What a task wrote.
fn the_log(folder: &Path, task: &str) -> String {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let of_task = |path: &PathBuf| path.to_string_lossy().contains(task);
    std::fs::read_to_string(files.into_iter().find(of_task).unwrap()).unwrap()
}

#[allow(clippy::disallowed_methods, reason = "not a setting of the bridge")]
fn told(variable: &str) -> Option<String> {
    std::env::var(variable).ok().filter(|value| !value.is_empty())
}

/// Runs a client to its good end.
async fn run(mut command: Command, program: &str) -> Output {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    // A proxy of the machine is not for this address.
    for proxy in ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "grpc_proxy"] {
        command.env_remove(proxy);
    }
    let child = command.spawn().unwrap_or_else(|error| {
        panic!("{program} cannot be started ({error}): `make test` says what is needed")
    });
    let output = tokio::time::timeout(PATIENCE, child.wait_with_output()).await;
    let output = output.unwrap_or_else(|_| panic!("{program} never came to an end")).unwrap();
    assert!(
        output.status.success(),
        "{program} failed: {}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    output
}
