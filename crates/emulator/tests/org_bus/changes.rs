//! Change events: kinds, bitmaps, grouping, gaps, overflow, schemas.

use std::sync::Arc;

use chime_emulator::org::bus::{BusConfig, ChangeKind, RecordChange};
use serde_json::{Map, Value, json};

use crate::decode::{Decoded, decode};
use crate::metadata::{small_org, text};
use crate::world::{MEETINGS, World, world, world_with};

pub const AT: i64 = 1_767_225_600_000;
pub const ALICE: &str = "0055e000000AliceAAC";

pub fn change(kind: ChangeKind, id: &str, before: Value, after: Value) -> RecordChange {
    let record = |value: Value| -> Map<String, Value> { value.as_object().unwrap().clone() };
    RecordChange {
        object: "Chime_Meeting__c".to_string(),
        id: id.to_string(),
        kind,
        before: (!before.is_null()).then(|| record(before)),
        after: record(after),
        user: ALICE.to_string(),
        client: None,
        at: AT,
        transaction: "0000aaaa-1111".to_string(),
    }
}

pub fn update(id: &str, before: Value, after: Value) -> RecordChange {
    change(ChangeKind::Update, id, before, after)
}

async fn told(world: &World, topic: &str, count: usize) -> Vec<Decoded> {
    let mut decoded = Vec::new();
    for event in world.all(topic, count).await {
        decoded.push(decode(world, &event).await);
    }
    decoded
}

#[tokio::test]
async fn an_update_carries_only_what_changed_and_names_what_became_null() {
    let world = world().await;
    let before =
        json!({"Subject__c": "a", "Status__c": "Open", "Notes__c": "same", "Extra_19__c": null});
    let after = json!({"Subject__c": "b", "Status__c": null, "Notes__c": "same", "Extra_19__c": "x",
                       "Started_At__c": "2026-01-01T00:00:00Z"});
    let mut saved = update("a01000000000001AAA", before, after);
    saved.client = Some("chime-bridge".to_string());
    world.bus.record_changes(vec![saved]);
    let event = told(&world, MEETINGS, 1).await.remove(0);
    assert_eq!(event.schema["name"], "Chime_Meeting__ChangeEvent");
    assert_eq!(event.schema["fields"][0]["name"], "ChangeEventHeader");
    let mut changed = event.names("changedFields");
    changed.sort();
    assert_eq!(changed, ["Extra_19__c", "Started_At__c", "Status__c", "Subject__c"]);
    assert_eq!(event.names("nulledFields"), ["Status__c"]);
    assert_eq!(event.fields["Subject__c"], "b");
    assert_eq!(event.fields["Started_At__c"], AT);
    assert!(event.fields["Notes__c"].is_null());
    assert_eq!(event.header("entityName"), "Chime_Meeting__c");
    assert_eq!(event.header("changeType"), "UPDATE");
    assert_eq!(event.header("commitUser"), ALICE);
    assert_eq!(event.header("commitTimestamp"), AT);
    assert_eq!(event.header("transactionKey"), "0000aaaa-1111");
    assert_eq!(event.header("changeOrigin"), "com/salesforce/api/rest/67.0;client=chime-bridge");
    assert!(event.header("commitNumber").as_i64().unwrap() > 1 << 53);
}

#[tokio::test]
async fn every_update_names_its_date_also_two_within_one_moment() {
    let world = world().await;
    let stamp = "2026-01-01T00:00:00.000Z";
    let before = json!({"Subject__c": "a", "LastModifiedDate": stamp});
    let after = json!({"Subject__c": "b", "LastModifiedDate": stamp});
    world.bus.record_changes(vec![update("a01000000000001AAA", before, after)]);
    let event = told(&world, MEETINGS, 1).await.remove(0);
    let mut changed = event.names("changedFields");
    changed.sort();
    assert_eq!(changed, ["LastModifiedDate", "Subject__c"]);
    assert_eq!(event.fields["LastModifiedDate"], AT);
}

#[tokio::test]
async fn a_changed_first_name_is_a_bit_inside_the_compound_name() {
    let world = world().await;
    let before = json!({"FirstName": "Ada", "LastName": "L", "Email": "old@x.example"});
    let mut both = update(
        "003000000000001AAA",
        before.clone(),
        json!({"FirstName": "Eve", "LastName": "L", "Email": "new@x.example"}),
    );
    both.object = "Contact".to_string();
    let mut nested = update(
        "003000000000002AAA",
        before,
        json!({"FirstName": null, "LastName": "M", "Email": "old@x.example"}),
    );
    nested.object = "Contact".to_string();
    world.bus.record_changes(vec![both, nested]);
    let events = told(&world, "/data/ContactChangeEvent", 2).await;
    assert_eq!(events[0].names("changedFields"), ["Email", "Name.FirstName"]);
    assert_eq!(events[0].fields["Name"]["FirstName"], "Eve");
    assert!(events[0].fields["Name"]["LastName"].is_null());
    assert_eq!(events[1].names("changedFields"), ["Name.FirstName", "Name.LastName"]);
    assert_eq!(events[1].names("nulledFields"), ["Name.FirstName"]);
    assert!(events[1].header("changedFields")[0].as_str().unwrap().contains('-'));
}

#[tokio::test]
async fn insert_and_undelete_carry_the_whole_record_and_a_delete_carries_nothing() {
    let world = world().await;
    let record = json!({"Name": "MTG-1", "Subject__c": "a", "Quiet__c": false, "Notes__c": null});
    let id = "a01000000000001AAA";
    world.bus.record_changes(vec![change(ChangeKind::Create, id, Value::Null, record.clone())]);
    let save = |kind| vec![change(kind, id, record.clone(), record.clone())];
    world.bus.record_changes(save(ChangeKind::Delete));
    world.bus.record_changes(save(ChangeKind::Undelete));
    let events = told(&world, MEETINGS, 3).await;
    let kinds: Vec<Value> = events.iter().map(|event| event.header("changeType")).collect();
    assert_eq!(kinds, ["CREATE", "DELETE", "UNDELETE"]);
    for whole in [&events[0], &events[2]] {
        assert_eq!(whole.fields["Subject__c"], "a");
        assert_eq!(whole.fields["Quiet__c"], false);
        assert!(whole.names("changedFields").is_empty());
    }
    let deleted = events[1].fields.as_object().unwrap();
    assert!(deleted.iter().all(|(name, value)| name == "ChangeEventHeader" || value.is_null()));
    assert_eq!(events[1].header("recordIds"), json!([id]));
}

#[tokio::test]
async fn equal_changes_of_a_transaction_are_one_event_and_the_others_are_numbered() {
    let world =
        world_with(BusConfig { untracked: vec!["Contact".to_string()], ..Default::default() })
            .await;
    let same = |id| update(id, json!({"Status__c": "Open"}), json!({"Status__c": "Live"}));
    let mut contact = update("003000000000001AAA", json!({}), json!({"Email": "a@x.example"}));
    contact.object = "Contact".to_string();
    let other = update("a01000000000003AAA", json!({}), json!({"Subject__c": "x"}));
    let unchanged =
        update("a01000000000004AAA", json!({"Status__c": "a"}), json!({"Status__c": "a"}));
    let (one, two) = ("a01000000000001AAA", "a01000000000002AAA");
    world.bus.record_changes(vec![same(one), contact, same(two), unchanged, other]);
    let events = told(&world, MEETINGS, 2).await;
    assert_eq!(events[0].header("recordIds"), json!([one, two]));
    assert_eq!(events[0].header("sequenceNumber"), 1);
    // Number 2 was the contact's, which is not selected.
    assert_eq!(events[1].header("sequenceNumber"), 3);
}

#[tokio::test]
async fn several_saves_of_a_record_in_one_transaction_are_one_change() {
    let world = world().await;
    let id = "a01000000000001AAA";
    let first = change(ChangeKind::Create, id, Value::Null, json!({"Subject__c": "a"}));
    let second = update(id, json!({"Subject__c": "a"}), json!({"Subject__c": "b"}));
    world.bus.record_changes(vec![first, second]);
    let event = told(&world, MEETINGS, 1).await.remove(0);
    assert_eq!(event.header("changeType"), "CREATE");
    assert_eq!(event.fields["Subject__c"], "b");
}

#[tokio::test]
async fn gaps_tell_only_that_something_changed() {
    let world = world().await;
    world.bus.gap_next("Chime_Meeting__c");
    let small = |id| update(id, json!({}), json!({"Subject__c": "x"}));
    let big = json!({"Notes__c": "x".repeat(1_100_000)});
    world.bus.record_changes(vec![small("a01000000000001AAA"), small("a01000000000002AAA")]);
    world.bus.record_changes(vec![update("a01000000000003AAA", json!({}), big)]);
    let events = told(&world, MEETINGS, 3).await;
    let kinds: Vec<Value> = events.iter().map(|event| event.header("changeType")).collect();
    assert_eq!(kinds, ["GAP_UPDATE", "UPDATE", "GAP_UPDATE"]);
    assert!(events[0].fields["Subject__c"].is_null());
    assert_eq!(events[2].header("recordIds"), json!(["a01000000000003AAA"]));
    assert!(events[2].header("changedFields").as_array().unwrap().is_empty());
}

#[tokio::test]
async fn an_overflow_names_no_record() {
    let world = world_with(BusConfig { overflow_changes: 3, ..Default::default() }).await;
    let save = |i: i32| {
        update(&format!("a0100000000000{i}AAA"), json!({}), json!({"Subject__c": i.to_string()}))
    };
    world.bus.record_changes((0..6).map(save).collect());
    world.bus.overflow(&["Chime_Meeting__c".to_string()], ALICE);
    let events = told(&world, MEETINGS, 5).await;
    let kinds: Vec<Value> = events.iter().map(|event| event.header("changeType")).collect();
    assert_eq!(kinds, ["UPDATE", "UPDATE", "UPDATE", "GAP_OVERFLOW", "GAP_OVERFLOW"]);
    assert_eq!(events[3].header("recordIds"), json!([]));
}

#[tokio::test]
async fn a_new_field_makes_a_new_schema_and_the_old_events_keep_theirs() {
    let world = world().await;
    let save = |field: &str| update("a01000000000001AAA", json!({}), json!({field: "x"}));
    world.bus.record_changes(vec![save("Subject__c")]);
    let mut metadata = small_org();
    let fields = &mut metadata.objects.get_mut("Chime_Meeting__c").unwrap().fields;
    fields.insert(2, text("Added__c"));
    world.bus.metadata_changed(Arc::new(metadata));
    world.bus.record_changes(vec![save("Added__c")]);
    world.bus.metadata_changed(Arc::new(small_org()));
    world.bus.record_changes(vec![save("Subject__c")]);
    let raw = world.all(MEETINGS, 3).await;
    let id = |i: usize| raw[i].event.as_ref().unwrap().schema_id.clone();
    assert_ne!(id(0), id(1));
    assert_eq!(id(0), id(2));
    let events = told(&world, MEETINGS, 3).await;
    assert_eq!(events[0].names("changedFields"), ["Subject__c"]);
    assert_eq!(events[1].names("changedFields"), ["Added__c"]);
    assert_eq!(events[1].fields["Added__c"], "x");
}
