//! Presets, credit, keep-alives, retention and allocation.

use chime_emulator::org::bus::{BusConfig, Delivered, Usage};
use chime_emulator::wire::{ConsumerEvent, ReplayPreset, TopicRequest};

use crate::decode::decode;
use crate::world::{COMMANDS, USER, World, code, fetch, fetch_after, signed, world, world_with};

const HOUR_MS: i64 = 3_600_000;

async fn actions(world: &World, events: &[ConsumerEvent]) -> Vec<String> {
    let mut actions = Vec::new();
    for event in events {
        let action = decode(world, event).await.fields["Action__c"].clone();
        actions.push(action.as_str().unwrap().to_string());
    }
    actions
}

#[tokio::test]
async fn earliest_gives_what_is_kept_custom_what_follows_and_latest_only_what_comes() {
    let world = world().await;
    for action in ["one", "two", "three"] {
        world.command(action);
    }
    let kept = world.all(COMMANDS, 3).await;
    assert_eq!(actions(&world, &kept).await, ["one", "two", "three"]);

    let mut after = world.subscribe(fetch_after(COMMANDS, &kept[0].replay_id, 100)).await;
    assert_eq!(actions(&world, &after.events(2).await).await, ["two", "three"]);

    let mut latest = world.subscribe(fetch(COMMANDS, ReplayPreset::Latest, 10)).await;
    // A keep-alive proves that the stream has taken its place before the next event.
    world.clock.advance(270_000);
    assert!(latest.response().await.events.is_empty());
    world.command("four");
    assert_eq!(actions(&world, &latest.events(1).await).await, ["four"]);
}

#[tokio::test]
async fn a_platform_event_carries_its_fields_its_author_and_its_uuid() {
    let world = world().await;
    let fields = serde_json::json!({
        "Action__c": "START_MEETING", "Count__c": 2.5, "At__c": "2026-01-01T00:00:00.000+0000",
    });
    let fields = fields.as_object().unwrap().clone();
    let published = world.bus.publish("Chime_Command__e", fields, USER).unwrap();
    let event = world.all(COMMANDS, 1).await.remove(0);
    assert_eq!(event.replay_id, published.replay_id);
    let decoded = decode(&world, &event).await;
    assert_eq!(decoded.schema["name"], "Chime_Command__e");
    assert_eq!(decoded.schema["namespace"], "com.sforce.eventbus");
    assert_eq!(decoded.fields["CreatedById"], USER);
    assert_eq!(decoded.fields["EventUuid"], published.uuid);
    assert_eq!(decoded.fields["Count__c"], 2.5);
    assert_eq!(decoded.fields["At__c"], 1_767_225_600_000_i64);
    assert_eq!(decoded.fields["Urgent__c"], false);
    assert!(decoded.fields["Payload__c"].is_null());
}

#[tokio::test]
async fn credit_adds_up_to_one_hundred_and_no_further() {
    let world = world().await;
    let mut subscriber = world.subscribe(fetch(COMMANDS, ReplayPreset::Latest, 60)).await;
    subscriber.credit(COMMANDS, 30).await;
    let mut owed = 0;
    while owed != 90 {
        world.clock.advance(270_000);
        owed = subscriber.response().await.pending_num_requested;
    }
    subscriber.credit(COMMANDS, 1000).await;
    while owed != 100 {
        world.clock.advance(270_000);
        owed = subscriber.response().await.pending_num_requested;
        assert!(owed <= 100);
    }
    for i in 0..150 {
        world.command(&format!("{i}"));
    }
    let mut events = Vec::new();
    while owed > 0 {
        let response = subscriber.response().await;
        events.extend(response.events);
        owed = response.pending_num_requested;
        assert_eq!(events.len() as i32 + owed, 100);
    }
    // Nothing but new credit brings the rest, and it goes on where it stopped.
    subscriber.credit(COMMANDS, 50).await;
    events.extend(subscriber.events(50).await);
    let expected: Vec<String> = (0..150).map(|i| i.to_string()).collect();
    assert_eq!(actions(&world, &events).await, expected);
}

#[tokio::test]
async fn silence_brings_an_empty_response_whose_position_can_be_resumed_from() {
    let world = world().await;
    let old = world.command("old");
    let mut subscriber = world.subscribe(fetch(COMMANDS, ReplayPreset::Latest, 5)).await;
    world.clock.advance(270_000);
    let silent = subscriber.response().await;
    assert!(silent.events.is_empty());
    assert_eq!(silent.pending_num_requested, 5);
    assert_eq!(silent.latest_replay_id.len(), 10);
    assert_ne!(silent.latest_replay_id, old.replay_id);
    world.command("new");
    let resume = fetch_after(COMMANDS, &silent.latest_replay_id, 5);
    let events = world.subscribe(resume).await.events(1).await;
    assert_eq!(actions(&world, &events).await, ["new"]);
}

#[tokio::test]
async fn a_batch_names_the_position_after_its_last_event() {
    let world = world().await;
    for i in 0..3 {
        world.command(&i.to_string());
    }
    let mut subscriber = world.subscribe(fetch(COMMANDS, ReplayPreset::Earliest, 3)).await;
    let response = subscriber.response().await;
    assert_eq!(response.latest_replay_id, response.events[2].replay_id);
    assert_eq!(response.pending_num_requested, 0);
}

#[tokio::test]
async fn without_credit_for_a_minute_the_stream_is_closed() {
    let world = world().await;
    world.command("one");
    let mut subscriber = world.subscribe(fetch(COMMANDS, ReplayPreset::Earliest, 1)).await;
    subscriber.events(1).await;
    world.clock.advance(60_000);
    assert!(subscriber.next().await.unwrap().is_none());
}

#[tokio::test]
async fn a_position_older_than_three_days_is_refused_and_its_events_are_gone() {
    let world = world().await;
    let old = world.command("old");
    world.clock.advance(72 * HOUR_MS + 1);
    let new = world.command("new");
    let mut late = world.subscribe(fetch_after(COMMANDS, &old.replay_id, 5)).await;
    let status = late.refusal().await;
    assert_eq!(status.code(), tonic::Code::InvalidArgument);
    assert_eq!(code(&status), "subscription.fetch.replayid.corrupted");
    let kept = world.all(COMMANDS, 1).await;
    assert_eq!(kept[0].replay_id, new.replay_id);
}

#[tokio::test]
async fn resuming_after_an_id_that_stands_for_several_events_skips_all_of_them() {
    let world = world().await;
    world.bus.share_replay_id(3);
    for action in ["a", "b", "c", "d"] {
        world.command(action);
    }
    let mut first = world.subscribe(fetch(COMMANDS, ReplayPreset::Earliest, 2)).await;
    let two = first.events(2).await;
    assert_eq!(two[0].replay_id, two[1].replay_id);
    // The same stream still gives the third; a new one, resumed from that id, does not.
    first.credit(COMMANDS, 1).await;
    assert_eq!(actions(&world, &first.events(1).await).await, ["c"]);
    let mut second = world.subscribe(fetch_after(COMMANDS, &two[1].replay_id, 5)).await;
    assert_eq!(actions(&world, &second.events(1).await).await, ["d"]);
}

#[tokio::test]
async fn an_org_that_has_used_its_allocation_delivers_nothing_more_until_a_day_later() {
    let world = world_with(BusConfig { delivery_limit: 5, ..Default::default() }).await;
    for i in 0..4 {
        world.command(&i.to_string());
    }
    let mut first = world.subscribe(fetch(COMMANDS, ReplayPreset::Earliest, 4)).await;
    first.events(4).await;
    // The count is the org's, not the subscriber's.
    let mut second = world.subscribe(fetch(COMMANDS, ReplayPreset::Earliest, 4)).await;
    assert_eq!(second.events(1).await.len(), 1);
    assert_eq!(code(&second.refusal().await), "subscription.limit.exceeded");
    let mut third = world.subscribe(fetch(COMMANDS, ReplayPreset::Earliest, 4)).await;
    assert_eq!(code(&third.refusal().await), "subscription.limit.exceeded");
    assert_eq!(world.bus.usage(), Usage { limit: 5, used: 5 });
    let (subscriber, topic) = (USER.to_string(), COMMANDS.to_string());
    assert_eq!(world.bus.deliveries(), [Delivered { subscriber, topic, events: 5 }]);

    world.clock.advance(24 * HOUR_MS);
    world.all(COMMANDS, 4).await;
}

#[tokio::test]
async fn replay_ids_are_eight_bytes_where_the_org_is_set_so() {
    let world = world_with(BusConfig { replay_id_bytes: 8, ..Default::default() }).await;
    assert_eq!(world.command("one").replay_id.len(), 8);
    let id = world.all(COMMANDS, 1).await[0].replay_id.clone();
    world.command("two");
    let mut after = world.subscribe(fetch_after(COMMANDS, &id, 1)).await;
    assert_eq!(actions(&world, &after.events(1).await).await, ["two"]);
}

#[tokio::test]
async fn a_topic_tells_whether_it_can_be_published_to() {
    let world = world().await;
    let mut client = world.client().await;
    for (topic, publish, schema) in [
        (COMMANDS, true, true),
        ("/data/ContactChangeEvent", false, true),
        ("/data/Chime_Bridge__chn", false, false),
    ] {
        let request = signed(TopicRequest { topic_name: topic.to_string() });
        let info = client.get_topic(request).await.unwrap().into_inner();
        assert_eq!((info.can_publish, info.can_subscribe), (publish, true), "{topic}");
        assert_eq!(!info.schema_id.is_empty(), schema, "{topic}");
    }
}

#[tokio::test]
async fn a_client_that_does_not_know_the_authority_gets_no_connection() {
    let world = world().await;
    let tls = tonic::transport::ClientTlsConfig::new().with_webpki_roots();
    let uri = format!("https://localhost:{}", world.port);
    let channel = tonic::transport::Channel::from_shared(uri).unwrap().tls_config(tls).unwrap();
    assert!(channel.connect().await.is_err());
}
