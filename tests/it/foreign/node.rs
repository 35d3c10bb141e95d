//! Clients for Node: `salesforce-pubsub-api-client` hears what the org tells and publishes what the
//! bridge does; `jsforce` works on records.

use chime_emulator::apex::gateway::{Wish, seats_json};
use chime_emulator::start::{ADMIN, BRIDGE, Config};
use serde_json::{Value, json};

use super::clients::{self, node, run};
use crate::world::{World, guests, text};

const COMMANDS: &str = "/event/Chime_Command__e";
const CHANNEL: &str = "/data/Chime_Bridge__chn";
const MEETINGS: &str = "/data/Chime_Meeting__ChangeEvent";

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
async fn the_bridge_opens_a_meeting_that_a_node_client_has_published() {
    let world = World::with(short_replay_ids, &[]).await;
    let wish = Wish { subject: "Größe, 日本".into(), ..Wish::default() };
    let guests = guests(&["Zoë", "Ben"]);
    let meeting = world.apex.insert(&wish, &guests).unwrap();
    let mut payload = world.apex.payload(&wish, &guests, &meeting);
    payload["seats"] = seats_json(&guests, &meeting.seats);
    let text = |value: &str| json!({ "string": value });
    let event = json!({
        "CreatedDate": world.emulator.clock.now(),
        "CreatedById": world.emulator.org.user(ADMIN).unwrap().id,
        "Action__c": text("START_MEETING"),
        "Meeting_Id__c": text(&meeting.id),
        "Target_Id__c": null,
        "Requested_By__c": null,
        "Payload__c": text(&payload.to_string()),
        "EventUuid": null,
    });
    let mut publish = node(&world, "publish.mjs", ADMIN);
    publish.args([COMMANDS, &event.to_string()]);
    let answers = run(publish).await;
    let [answer] = &answers[..] else { panic!("one answer: {answers:?}") };
    assert_eq!(answer["correlationKey"].as_str().unwrap().len(), 36);
    assert!(answer["replayId"].as_i64().unwrap() > 0, "{answer}");

    world.until_status(&meeting, "Open").await;
    assert_eq!(world.chime_meetings(&meeting), 1);
    assert_eq!(world.field("Chime_Meeting__c", &meeting.id, "Subject__c"), wish.subject);
    // The keys in the payload opened the seats.
    let host = world.person(&meeting, 0);
    host.join();
    world.until_status(&meeting, "Live").await;
    assert_eq!(world.letters(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_client_that_does_not_know_our_authority_is_told_nothing() {
    let world = World::without_bridge(short_replay_ids, &[]).await;
    let mut publish = node(&world, "publish.mjs", ADMIN);
    publish.args([COMMANDS, "{}"]).env_remove("CA");
    let output = clients::end(publish).await;
    let words = clients::words(&output);
    assert!(!output.status.success() && words.contains("certificate"), "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn jsforce_works_on_records() {
    let world = World::without_bridge(|_| {}, &[]).await;
    let org = &world.emulator.org;
    accounts(&world);
    let meeting = world.apex.insert(&Wish::default(), &[]).unwrap();
    let mut script = node(&world, "rest.mjs", ADMIN);
    script.env("MEETING", &meeting.id);
    let made = run(script).await.remove(0);

    let id = |what: &str| made[what].as_str().unwrap().to_string();
    let changed = org.get("Chime_Meeting__c", &id("changed")).unwrap();
    assert_eq!(
        (&changed["Subject__c"], &changed["Auto_Record__c"]),
        (&json!("changed"), &json!(false))
    );
    assert_eq!(changed["OwnerId"], json!(org.user(ADMIN).unwrap().id));
    assert_eq!(org.get("Chime_Meeting__c", &id("first")).unwrap()["Subject__c"], "first");
    assert!(org.get("Chime_Meeting__c", &id("gone")).is_none());
    let recording = org.get("Chime_Recording__c", &id("recording")).unwrap();
    assert_eq!(
        (&recording["Recording_Key__c"], &recording["Status__c"], &recording["Meeting__c"]),
        (&json!("foreign-1"), &json!("Starting"), &json!(meeting.id))
    );
    assert_eq!(world.query("SELECT Id FROM Chime_Recording__c").len(), 1);
}

/// Records for more than two pages of 200.
pub fn accounts(world: &World) {
    for number in 0..450 {
        let name = format!("Account {number:03}");
        world.emulator.org.insert(ADMIN, "Account", json!({ "Name": name })).unwrap();
    }
}

/// The Node client keeps replay ids as eight-byte numbers.
fn short_replay_ids(config: &mut Config) {
    config.bus.replay_id_bytes = 8;
}

/// Events of topics (`TOPIC=COUNT` or `TOPIC=COUNT@REPLAY_ID`), as the Node client decodes them.
async fn subscribe(world: &World, topics: &[String]) -> Vec<Value> {
    let mut command = node(world, "subscribe.mjs", BRIDGE);
    command.args(topics);
    run(command).await
}
