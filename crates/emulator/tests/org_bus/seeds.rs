//! The schemas and payloads the fuzzer starts from are the org's own: written here
//! (`CHIME_WRITE_SEEDS=1`), and compared with what the org says today, so that they do not age.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chime_emulator::org::bus::ChangeKind;
use chime_emulator::org::metadata::{Metadata, Package};
use serde_json::{Map, Value, json};

use crate::changes::{change, update};
use crate::metadata::small_org;
use crate::world::{World, world_of};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The org of the package, with the small org's Contact for its compound name.
fn org() -> Metadata {
    let folders = Package::folders(&root().join("force-app")).unwrap();
    let package = Package::read(&folders, None).unwrap();
    let mut metadata = Metadata::clone(&package.metadata);
    metadata.objects.insert("Contact".into(), small_org().objects["Contact"].clone());
    metadata
}

#[allow(clippy::disallowed_methods, reason = "not a setting of the emulator")]
fn writing() -> bool {
    std::env::var("CHIME_WRITE_SEEDS").is_ok()
}

#[tokio::test]
async fn the_fuzzer_starts_from_the_schemas_and_payloads_of_this_org() {
    let world = world_of(Arc::new(org())).await;
    let events = ["Chime_Command__e", "Chime_Meeting__ChangeEvent", "ContactChangeEvent"];
    let files = ["command", "meeting_change", "contact_change"];
    for (event, file) in events.into_iter().zip(files) {
        let path = root().join(format!("crates/promises/schemas/{file}.json"));
        let schema = world.bus.current_schema(event).unwrap();
        if writing() {
            fs::write(&path, &schema.json).unwrap();
        }
        let saved = fs::read_to_string(&path).unwrap_or_default();
        assert!(saved == schema.json, "{event} has changed: run this with CHIME_WRITE_SEEDS=1");
    }
    let folder = root().join("fuzz/seeds/avro_payload");
    for (digit, topic, what) in publish(&world) {
        for (n, event) in world.all(topic, what.len()).await.into_iter().enumerate() {
            let path = folder.join(what[n]);
            if writing() {
                let input = [digit.as_bytes(), &event.event.unwrap().payload].concat();
                fs::create_dir_all(&folder).unwrap();
                fs::write(&path, input).unwrap();
            }
            assert!(path.is_file(), "{} is gone: CHIME_WRITE_SEEDS=1", path.display());
        }
    }
}

/// Makes the events, and says on which topic they are under which names.
fn publish(world: &World) -> [(&'static str, &'static str, &'static [&'static str]); 3] {
    let rows = fs::read_to_string(root().join("crates/contract/vectors/commands.json")).unwrap();
    let rows: Value = serde_json::from_str(&rows).unwrap();
    let row = &rows["accepted"][0];
    let mut fields: Map<String, Value> = Map::new();
    fields.insert("Action__c".into(), row["action"].clone());
    fields.insert("Payload__c".into(), row["payload"].clone());
    world.bus.publish("Chime_Command__e", fields, "0055e000000AgentAAC").unwrap();
    let (meeting, contact) = ("a015e00000AbCdEAAV", "0035e00000AbCdEAAV");
    let open = json!({"Subject__c": "Review", "Status__c": "Open"});
    let none = Value::Null;
    world.bus.record_changes(vec![change(ChangeKind::Create, meeting, none, open.clone())]);
    let ended = json!({"Subject__c": null, "Status__c": "Ended"});
    world.bus.record_changes(vec![update(meeting, open, ended.clone())]);
    let gone = change(ChangeKind::Delete, meeting, ended.clone(), ended);
    world.bus.record_changes(vec![gone]);
    let mut person = update(
        contact,
        json!({"FirstName": "Ada", "LastName": "Byron", "Email": "a@x.example"}),
        json!({"FirstName": "Ada", "LastName": "Lovelace", "Email": null}),
    );
    person.object = "Contact".into();
    world.bus.record_changes(vec![person]);
    [
        ("0", "/event/Chime_Command__e", &["command"]),
        ("1", "/data/Chime_Meeting__ChangeEvent", &["created", "updated", "deleted"]),
        ("2", "/data/ContactChangeEvent", &["compound_name"]),
    ]
}
