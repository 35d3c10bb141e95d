//! Ordered faults.

use std::collections::HashSet;

use chime_emulator::wire::{ReplayPreset, SchemaRequest};
use serde_json::json;
use tonic::Code;

use crate::decode::{decode, try_decode};
use crate::world::{COMMANDS, code, fetch, signed, world};

#[tokio::test]
async fn a_subscription_can_be_refused_at_its_start_and_in_its_middle() {
    let world = world().await;
    let refuse = json!({"do": "reject", "status": 13, "code": "service.unavailable"});
    world.fault("Subscribe", refuse.clone(), 1);
    let earliest = || fetch(COMMANDS, ReplayPreset::Earliest, 10);
    let status = world.subscribe(earliest()).await.refusal().await;
    assert_eq!((status.code(), code(&status).as_str()), (Code::Internal, "service.unavailable"));

    world.command("one");
    let mut subscriber = world.subscribe(earliest()).await;
    subscriber.events(1).await;
    world.fault("stream", refuse, 1);
    assert_eq!(code(&subscriber.refusal().await), "service.unavailable");
    world.fault("Subscribe", json!({"do": "expire"}), 1);
    assert_eq!(code(&world.subscribe(earliest()).await.refusal().await), "service.auth.error");
}

#[tokio::test]
async fn a_lost_connection_ends_the_stream_without_an_error_code() {
    let world = world().await;
    let mut subscriber = world.subscribe(fetch(COMMANDS, ReplayPreset::Latest, 10)).await;
    world.fault("stream", json!({"do": "loseAnswer"}), 1);
    let status = subscriber.refusal().await;
    assert_eq!(status.code(), Code::Unavailable);
    assert!(!status.metadata().contains_key("error-code"));
}

#[tokio::test]
async fn a_dropped_event_never_comes_and_a_doubled_one_has_two_ids_and_one_uuid() {
    let world = world().await;
    world.fault("event", json!({"do": "drop"}), 1);
    world.command("lost");
    world.fault("Chime_Command__e", json!({"do": "duplicate"}), 1);
    let twice = world.command("twice");
    let events = world.all(COMMANDS, 2).await;
    let ids: HashSet<_> = events.iter().map(|event| event.replay_id.clone()).collect();
    assert_eq!(ids.len(), 2);
    for event in &events {
        assert_eq!(decode(&world, event).await.fields["EventUuid"], twice.uuid);
    }
}

#[tokio::test]
async fn events_can_be_reordered_and_delayed() {
    let world = world().await;
    world.fault("event", json!({"do": "reorder"}), 1);
    world.command("first");
    world.command("second");
    world.fault("event", json!({"do": "delay", "ms": 3_600_000}), 1);
    world.command("late");
    world.command("third");
    let mut subscriber = world.subscribe(fetch(COMMANDS, ReplayPreset::Earliest, 10)).await;
    let mut events = subscriber.events(3).await;
    world.clock.advance(3_600_000);
    while events.len() < 4 {
        events.extend(subscriber.response().await.events);
    }
    let mut actions = Vec::new();
    for event in &events {
        actions.push(decode(&world, event).await.fields["Action__c"].clone());
    }
    assert_eq!(actions, ["second", "first", "third", "late"]);
}

#[tokio::test]
async fn a_damaged_payload_cannot_be_decoded_but_its_neighbours_can() {
    let world = world().await;
    world.command("one");
    world.fault("event", json!({"do": "corrupt"}), 1);
    world.command("two");
    world.command("three");
    let events = world.all(COMMANDS, 3).await;
    let readable = [
        try_decode(&world, &events[0]).await.is_some(),
        try_decode(&world, &events[1]).await.is_some(),
        try_decode(&world, &events[2]).await.is_some(),
    ];
    assert_eq!(readable, [true, false, true]);
}

#[tokio::test]
async fn a_keep_alive_can_fail_to_come_and_the_next_one_comes() {
    let world = world().await;
    let mut subscriber = world.subscribe(fetch(COMMANDS, ReplayPreset::Latest, 10)).await;
    world.fault("keepalive", json!({"do": "drop"}), 1);
    world.clock.advance(270_000);
    while !world.faults.list().is_empty() {
        tokio::task::yield_now().await;
    }
    world.clock.advance(270_000);
    assert!(subscriber.response().await.events.is_empty());
}

#[tokio::test]
async fn a_half_open_stream_says_nothing_while_another_goes_on() {
    let world = world().await;
    let mut silent = world.subscribe(fetch(COMMANDS, ReplayPreset::Latest, 10)).await;
    world.fault("stream", json!({"do": "drop"}), 1);
    while !world.faults.list().is_empty() {
        tokio::task::yield_now().await;
    }
    world.command("one");
    world.clock.advance(600_000);
    world.all(COMMANDS, 1).await;
    let short = std::time::Duration::from_millis(300);
    assert!(tokio::time::timeout(short, silent.next()).await.is_err());
}

#[tokio::test]
async fn a_schema_that_could_not_be_had_can_be_asked_for_again() {
    let world = world().await;
    world.command("one");
    let event = world.all(COMMANDS, 1).await.remove(0);
    let refuse = json!({"do": "reject", "status": 14, "code": "schema.api.unavailable"});
    world.fault("GetSchema", refuse, 1);
    let schema_id = event.event.as_ref().unwrap().schema_id.clone();
    let request = signed(SchemaRequest { schema_id });
    let status = world.client().await.get_schema(request).await.unwrap_err();
    assert_eq!(code(&status), "schema.api.unavailable");
    decode(&world, &event).await;
}
