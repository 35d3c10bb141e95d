//! Salesforce's own command line logs in with the bridge's key, finds the meeting the bridge opened,
//! and ends it by an event.

use std::path::Path;

use chime_emulator::apex::gateway::Wish;
use chime_emulator::start::{ADMIN, CLIENT_ID};
use serde_json::{Value, json};

use super::clients::{self, end, words};
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn the_salesforce_command_line_finds_a_meeting_and_ends_it() {
    let world = World::new().await;
    let wish = Wish { subject: "Größe, 日本".into(), ..Wish::default() };
    let meeting = world.click(wish, &["Ada"]);
    world.until_status(&meeting, "Open").await;
    let home = tempfile::tempdir().unwrap();

    let emulator = &world.emulator;
    let url = format!("http://{}", emulator.addresses.org);
    let key = emulator.data_dir.join("bridge-key.pem");
    let key = key.to_str().unwrap();
    let login = ["org", "login", "jwt", "--username", ADMIN, "--client-id", CLIENT_ID];
    let way = ["--jwt-key-file", key, "--instance-url", &url, "--alias", "org"];
    let answer = sf(home.path(), &[&login[..], &way[..]].concat()).await;
    assert_eq!(answer["username"], ADMIN, "{answer}");
    assert_eq!(answer["orgId"], json!(emulator.org.config.org_id), "{answer}");

    let soql = "SELECT Id, Subject__c, Status__c, Owner.Username FROM Chime_Meeting__c";
    let answer = sf(home.path(), &["data", "query", "-o", "org", "-q", soql]).await;
    assert_eq!((&answer["totalSize"], &answer["done"]), (&json!(1), &json!(true)), "{answer}");
    let found = &answer["records"][0];
    assert_eq!((&found["Id"], &found["Status__c"]), (&json!(meeting.id), &json!("Open")));
    assert_eq!(found["Subject__c"], "Größe, 日本");
    assert_eq!(found["Owner"]["Username"], ADMIN);

    let values = format!("Action__c=END_MEETING Meeting_Id__c={}", meeting.id);
    let create = ["data", "create", "record", "-o", "org", "-s", "Chime_Command__e", "-v", &values];
    let answer = sf(home.path(), &create).await;
    assert_eq!(answer["success"], true, "{answer}");
    world.until_status(&meeting, "Ended").await;
    assert_eq!(world.letters(), []);
}

/// Runs a command; its result.
async fn sf(home: &Path, arguments: &[&str]) -> Value {
    let mut command = clients::sf(home);
    command.args(arguments).arg("--json");
    let output = end(command).await;
    assert!(output.status.success(), "sf {arguments:?}: {}", words(&output));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["status"], 0, "{answer}");
    answer["result"].clone()
}
