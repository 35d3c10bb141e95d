//! Clients for Python: `pysfpubsub` hears what the org tells, `simple-salesforce` works on records.

use chime_emulator::apex::gateway::Wish;
use chime_emulator::start::{ADMIN, BRIDGE};
use serde_json::{Value, json};

use super::clients::{login, python, run};
use super::node::accounts;
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn pysfpubsub_reads_commands_and_changes() {
    let world = World::without_bridge(|_| {}, &[]).await;
    let org = &world.emulator.org;
    let wish = Wish { subject: "Größe, 日本 \u{1f4de}".into(), ..Wish::default() };
    let meeting = world.click(wish, &["Zoë"]);
    for action in ["START_RECORDING", "STOP_RECORDING", "END_MEETING"] {
        world.apex.command(action, &meeting.id, None, None).unwrap();
    }
    org.delete(ADMIN, "Chime_Meeting__c", &meeting.id).unwrap();

    // It asks for two at a time: the second pair shows that more credit brings more events.
    let events = subscribe(&world, "/event/Chime_Command__e", 4).await;
    let actions: Vec<&Value> = events.iter().map(|event| &event["payload"]["Action__c"]).collect();
    assert_eq!(actions, ["START_MEETING", "START_RECORDING", "STOP_RECORDING", "END_MEETING"]);
    for event in &events {
        assert_eq!(event["payload"]["Meeting_Id__c"], json!(meeting.id));
        assert_eq!(event["payload"]["EventUuid"], event["id"]);
        assert_eq!(event["payload"]["CreatedById"], json!(org.user(ADMIN).unwrap().id));
        assert_eq!(event["replayId"].as_str().unwrap().len(), 20, "ten bytes: {event}");
    }
    let payload = events[0]["payload"]["Payload__c"].as_str().unwrap();
    let payload: Value = serde_json::from_str(payload).unwrap();
    assert_eq!(payload["subject"], "Größe, 日本 \u{1f4de}");
    assert_eq!(payload["seats"][0]["name"], "Zoë");

    let changes = subscribe(&world, "/data/Chime_Meeting__ChangeEvent", 2).await;
    let heads: Vec<&Value> = changes.iter().map(|e| &e["payload"]["ChangeEventHeader"]).collect();
    assert_eq!(
        (&heads[0]["changeType"], &heads[1]["changeType"]),
        (&json!("CREATE"), &json!("DELETE"))
    );
    assert_eq!(heads[1]["recordIds"], json!([meeting.id]));
    assert_eq!(changes[0]["payload"]["Subject__c"], "Größe, 日本 \u{1f4de}");
}

#[tokio::test(flavor = "multi_thread")]
async fn simple_salesforce_works_on_records() {
    let world = World::without_bridge(|_| {}, &[]).await;
    let org = &world.emulator.org;
    accounts(&world);
    let meeting = world.apex.insert(&Wish::default(), &[]).unwrap();
    let mut script = python("rest.py");
    login(&mut script, &world, ADMIN);
    script.env("MEETING", &meeting.id);
    let made = run(script).await.remove(0);

    let id = |what: &str| made[what].as_str().unwrap().to_string();
    let changed = org.get("Chime_Meeting__c", &id("changed")).unwrap();
    assert_eq!(
        (&changed["Subject__c"], &changed["Auto_Record__c"]),
        (&json!("it's changed"), &json!(true))
    );
    assert!(org.get("Chime_Meeting__c", &id("gone")).is_none());
    let recording = org.get("Chime_Recording__c", &id("recording")).unwrap();
    assert_eq!(
        (&recording["Recording_Key__c"], &recording["Status__c"], &recording["Meeting__c"]),
        (&json!("foreign-2"), &json!("Starting"), &json!(meeting.id))
    );
    assert_eq!(world.query("SELECT Id FROM Chime_Recording__c").len(), 1);
}

/// The first events of a topic, as the client decodes them.
async fn subscribe(world: &World, topic: &str, count: usize) -> Vec<Value> {
    let mut script = python("subscribe.py");
    login(&mut script, world, BRIDGE);
    script.args([topic, &count.to_string()]);
    run(script).await
}
