//! What comes along an open stream: a session that ends, schemas that change or are withheld, several
//! events under one replay id with a kill between them.

use chime_bridge::store::{SqliteStore, Store};
use chime_emulator::apex::gateway::{Meeting, Wish};
use chime_emulator::faults::FaultKind;
use serde_json::Value;

use crate::ledger::{
    assert_all_is_well, ends, fault, ready, reject, until_drained, until_ready, until_unready,
};
use crate::seat::{until_letter, until_letter_is};
use crate::world::{World, text, until};

const EVENT: &str = "Chime_Command__e";
/// One topic, so that a fault strikes a known stream.
const ONE_TOPIC: (&str, &str) = ("salesforce.change_topic", "");

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_token_in_mid_stream_leads_to_one_new_sign_in_for_stream_and_rest() {
    let world = World::with(|_| {}, &[ONE_TOPIC]).await;
    let before = world.click(Wish::default(), &["Ada"]);
    world.until_status(&before, "Open").await;
    until_drained(&world).await;
    world.emulator.org.expire_tokens();
    assert_eq!(world.emulator.org.sessions.alive(), 0);
    fault(&world, "pubsub", "stream", FaultKind::Expire, 1);
    let after = world.click(Wish::default(), &["Ben"]);
    world.until_status(&after, "Open").await;
    ends(&world, &before).await;
    assert_eq!(world.emulator.org.sessions.alive(), 1, "one sign-in, whoever noticed first");
    assert_all_is_well(&world, &[before, after]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_added_while_events_flow_changes_nothing_of_them() {
    let mut world = World::new().await;
    let mut meetings = Vec::new();
    for n in 0..5 {
        meetings.push(world.click(Wish::default(), &["Ada", "Ben"]));
        // An admin adds fields to the event and to the meeting: both schemas get a new id.
        assert!(world.emulator.bus.add_field(EVENT, &format!("Later_{n}__c")));
        assert!(world.emulator.bus.add_field("Chime_Meeting__c", &format!("Later_{n}__c")));
    }
    for meeting in &meetings {
        world.until_status(meeting, "Open").await;
    }
    // Events of old schemas are still to come when a bridge that knows none of them starts.
    world.kill().await;
    for meeting in &meetings[..2] {
        world.apex.command("END_MEETING", &meeting.id, None, None).unwrap();
        assert!(world.emulator.bus.add_field(EVENT, &format!("After_{}__c", meeting.id)));
    }
    world.start().await;
    for meeting in &meetings[..2] {
        world.until_status(meeting, "Ended").await;
    }
    assert_all_is_well(&world, &meetings).await;
}

/// A meeting is open; then the event's schema changes and the new one is withheld.
async fn withheld(world: &World) -> [Meeting; 2] {
    let known = world.click(Wish::default(), &["Ada"]);
    world.until_status(&known, "Open").await;
    until_drained(world).await;
    assert!(world.emulator.bus.add_field(EVENT, "Later__c"));
    fault(world, "pubsub", "GetSchema", reject(7, "schema.meta.permission"), 0);
    world.apex.command("END_MEETING", &known.id, None, None).unwrap();
    let other = world.click(Wish::default(), &["Ben"]);
    until_unready(world, "schema.meta.permission").await;
    [known, other]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schema_withheld_for_a_while_is_waited_for_and_no_event_is_skipped() {
    let settings = [ONE_TOPIC, ("salesforce.probe_ms", "200")];
    let world = World::with(|_| {}, &settings).await;
    let [known, other] = withheld(&world).await;
    // What is known goes on meanwhile.
    let ada = world.person(&known, 0);
    ada.join();
    world.until_status(&known, "Live").await;
    assert_eq!(ready(&world).await.0, 503);
    assert_eq!(world.letters(), vec![]);
    world.emulator.faults.clear();
    world.until_status(&known, "Ended").await;
    world.until_status(&other, "Open").await;
    assert_all_is_well(&world, &[known, other]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schema_refused_for_good_makes_dead_letters_that_a_retry_can_read_later() {
    let settings =
        [ONE_TOPIC, ("salesforce.probe_ms", "200"), ("salesforce.schema_patience_ms", "1500")];
    let mut world = World::with(|_| {}, &settings).await;
    let [known, other] = withheld(&world).await;
    const LETTERS: &str = "SELECT Letter_Key__c, Step__c, Cause__c, Detail__c \
                           FROM Chime_Dead_Letter__c WHERE State__c = 'Open'";
    let letters = world.until_rows(LETTERS, 2).await;
    until_letter(&world, "CB-").await;
    for letter in &letters {
        assert_eq!(text(&letter["Step__c"]), "event", "{letter}");
        assert!(text(&letter["Cause__c"]).contains("schema"), "{letter}");
    }
    // The stream stands: nothing is asked for twice.
    until_ready(&world).await;
    assert_eq!(world.field("Chime_Meeting__c", &known.id, "Status__c"), "Open");

    // The permission is given. Each letter holds its event; the command line and a restart between.
    world.emulator.faults.clear();
    for letter in &letters {
        retry(&world, letter).await;
    }
    world.kill().await;
    world.start().await;
    world.until_status(&known, "Ended").await;
    world.until_status(&other, "Open").await;
    for letter in &letters {
        until_letter_is(&world, &text(&letter["Letter_Key__c"]), "Resolved").await;
    }
    assert_all_is_well(&world, &[known, other]).await;
}

async fn retry(world: &World, letter: &Value) {
    let key = text(&letter["Letter_Key__c"]);
    let done = world.command().args(["dead-letters", "retry", &key]).output().await.unwrap();
    assert!(done.status.success(), "{done:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_between_two_events_of_one_replay_id_the_second_is_not_skipped() {
    let mut world = World::with(|_| {}, &[ONE_TOPIC]).await;
    let before = world.click(Wish::default(), &["Ada"]);
    world.until_status(&before, "Open").await;
    // Two events under one id: that a meeting is asked for, and that it ends. Only the stream
    // tells the second. The first one's response moves the position on to what came before it.
    world.emulator.bus.share_replay_id(2);
    let meeting = world.click(Wish::default(), &["Ben"]);
    world.until_status(&meeting, "Open").await;
    until_drained(&world).await;
    let store = SqliteStore::open_beside(&world.dir().join("bridge.db")).await.unwrap();
    until("a position is stored", || async {
        let position = store.position(&format!("/event/{EVENT}")).await.unwrap();
        position.map(drop).ok_or("none".into())
    })
    .await;
    store.close().await;
    world.kill().await;
    world.apex.command("END_MEETING", &meeting.id, None, None).unwrap();
    world.start().await;
    world.until_status(&meeting, "Ended").await;
    assert_eq!(world.chime_meetings(&meeting), 1);
    assert_eq!(world.field("Chime_Meeting__c", &before.id, "Status__c"), "Open");
    assert_all_is_well(&world, &[before, meeting]).await;
}
