//! Channel members: filters, and enrichment with its traps.

use std::sync::{Arc, Mutex};

use chime_emulator::org::bus::{ChangeKind, Record};
use serde_json::{Value, json};

use crate::changes::{ALICE, change, update};
use crate::decode::decode;
use crate::world::{USER, World, world};

const LOUD: &str = "/data/Loud__chn";
const ONE: &str = "a01000000000001AAA";
const TWO: &str = "a01000000000002AAA";

/// What the database says today.
fn today(world: &World, record: Value) -> Arc<Mutex<Option<Record>>> {
    let today = Arc::new(Mutex::new(record.as_object().cloned()));
    let read = today.clone();
    world.bus.set_reader(Arc::new(move |_, _| read.lock().unwrap().clone()));
    today
}

async fn kinds(world: &World, topic: &str, count: usize) -> Vec<Value> {
    let mut kinds = Vec::new();
    for event in world.all(topic, count).await {
        kinds.push(decode(world, &event).await.header("changeType"));
    }
    kinds
}

/// One more event on every channel, so that what was filtered out before it is known to be so.
fn last(world: &World) {
    world.bus.overflow(&["Chime_Meeting__c".to_string()], ALICE);
}

#[tokio::test]
async fn the_bridges_channel_passes_deletes_and_gaps_and_charges_for_nothing_else() {
    let world = world().await;
    assert!(world.bus.problems().is_empty());
    let record = json!({"Subject__c": "a"});
    let save = |kind| vec![change(kind, ONE, record.clone(), record.clone())];
    world.bus.record_changes(vec![change(ChangeKind::Create, ONE, Value::Null, record.clone())]);
    world.bus.record_changes(vec![update(ONE, json!({}), record.clone())]);
    world.bus.record_changes(save(ChangeKind::Delete));
    world.bus.record_changes(save(ChangeKind::Undelete));
    world.bus.gap_next("Chime_Meeting__c");
    world.bus.record_changes(vec![update(ONE, json!({}), record.clone())]);
    last(&world);
    assert_eq!(
        kinds(&world, "/data/Chime_Bridge__chn", 4).await,
        ["DELETE", "UNDELETE", "GAP_UPDATE", "GAP_OVERFLOW"]
    );
    let counted: Vec<(String, u64)> =
        world.bus.deliveries().into_iter().map(|d| (d.subscriber, d.events)).collect();
    assert_eq!(counted, [(USER.to_string(), 4)]);
}

#[tokio::test]
async fn a_filter_on_a_record_field_judges_an_old_event_by_todays_value() {
    let world = world().await;
    let database = today(&world, json!({"Quiet__c": false}));
    world.bus.record_changes(vec![update(ONE, json!({}), json!({"Subject__c": "by a user"}))]);
    assert_eq!(kinds(&world, LOUD, 1).await, ["UPDATE"]);
    // The bridge writes afterwards; a replay now loses the user's change, and the delete too.
    *database.lock().unwrap() = json!({"Quiet__c": true}).as_object().cloned();
    let gone = json!({"Quiet__c": true});
    world.bus.record_changes(vec![change(ChangeKind::Delete, ONE, gone.clone(), gone)]);
    last(&world);
    assert_eq!(kinds(&world, LOUD, 1).await, ["GAP_OVERFLOW"]);
    // With the bin emptied the value is null, which counts as false.
    *database.lock().unwrap() = None;
    assert_eq!(kinds(&world, LOUD, 3).await, ["UPDATE", "DELETE", "GAP_OVERFLOW"]);
}

#[tokio::test]
async fn a_filtered_field_that_changed_in_the_event_keeps_the_events_own_value() {
    let world = world().await;
    today(&world, json!({"Quiet__c": false}));
    let quiet = update(ONE, json!({"Quiet__c": false}), json!({"Quiet__c": true}));
    let created = change(ChangeKind::Create, TWO, Value::Null, json!({"Quiet__c": true}));
    world.bus.record_changes(vec![quiet, created]);
    last(&world);
    assert_eq!(kinds(&world, LOUD, 1).await, ["GAP_OVERFLOW"]);
}

#[tokio::test]
async fn enriched_events_are_told_one_by_one_under_one_replay_id() {
    let world = world().await;
    today(&world, json!({"Status__c": "Live"}));
    let save = |id| update(id, json!({}), json!({"Subject__c": "same"}));
    world.bus.record_changes(vec![save(ONE), save(TWO)]);
    let plain = world.all("/data/Chime_Meeting__ChangeEvent", 1).await;
    let rich = world.all("/data/Rich__chn", 2).await;
    assert_eq!(rich[0].replay_id, rich[1].replay_id);
    assert_eq!(rich[0].replay_id, plain[0].replay_id);
    for (event, id) in rich.iter().zip([ONE, TWO]) {
        let decoded = decode(&world, event).await;
        assert_eq!(decoded.header("recordIds"), json!([id]));
        assert_eq!(decoded.fields["Status__c"], "Live");
        assert_eq!(decoded.names("changedFields"), ["Subject__c"]);
    }
    assert!(decode(&world, &plain[0]).await.fields["Status__c"].is_null());
}

#[tokio::test]
async fn credit_can_end_between_two_events_of_one_id_and_the_stream_goes_on_with_the_second() {
    let world = world().await;
    let save = |id| update(id, json!({}), json!({"Subject__c": "same"}));
    world.bus.record_changes(vec![save(ONE), save(TWO)]);
    let rich = "/data/Rich__chn";
    let earliest = chime_emulator::wire::ReplayPreset::Earliest;
    let mut subscriber = world.subscribe(crate::world::fetch(rich, earliest, 1)).await;
    let first = subscriber.events(1).await;
    subscriber.credit(rich, 1).await;
    let second = subscriber.events(1).await;
    assert_eq!(first[0].replay_id, second[0].replay_id);
    assert_eq!(decode(&world, &second[0]).await.header("recordIds"), json!([TWO]));
    // Resumed from that id after the first, the second would be lost.
    last(&world);
    let resume = crate::world::fetch_after(rich, &first[0].replay_id, 5);
    let events = world.subscribe(resume).await.events(1).await;
    assert_eq!(decode(&world, &events[0]).await.header("changeType"), "GAP_OVERFLOW");
}

#[tokio::test]
async fn gaps_and_overflows_are_not_enriched() {
    let world = world().await;
    today(&world, json!({"Status__c": "Live"}));
    world.bus.gap_next("Chime_Meeting__c");
    world.bus.record_changes(vec![update(ONE, json!({}), json!({"Subject__c": "x"}))]);
    let event = world.all("/data/Rich__chn", 1).await.remove(0);
    let decoded = decode(&world, &event).await;
    assert_eq!(decoded.header("changeType"), "GAP_UPDATE");
    assert!(decoded.fields["Status__c"].is_null());
}
