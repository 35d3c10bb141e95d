//! What is refused, and with which code.

use chime_emulator::wire::{FetchRequest, ReplayPreset, SchemaRequest, TopicRequest};
use tonic::Code;

use crate::world::{COMMANDS, MEETINGS, ORG, code, fetch, fetch_after, signed, world};

#[tokio::test]
async fn each_call_needs_a_token_a_url_and_the_long_id_of_the_org() {
    let world = world().await;
    let mut client = world.client().await;
    let ask = || signed(TopicRequest { topic_name: COMMANDS.to_string() });
    for name in ["accesstoken", "instanceurl", "tenantid"] {
        let mut request = ask();
        request.metadata_mut().remove(name);
        let status = client.get_topic(request).await.unwrap_err();
        assert_eq!(code(&status), "service.auth.headers.invalid", "{name}");
    }
    let mut request = ask();
    request.metadata_mut().insert("tenantid", ORG[..15].parse().unwrap());
    let status = client.get_topic(request).await.unwrap_err();
    assert_eq!(code(&status), "service.auth.headers.invalid");

    let mut request = ask();
    request.metadata_mut().insert("accesstoken", "stale".parse().unwrap());
    let status = client.get_topic(request).await.unwrap_err();
    assert_eq!(
        (status.code(), code(&status).as_str()),
        (Code::Unauthenticated, "service.auth.error")
    );
}

#[tokio::test]
async fn a_first_request_that_cannot_be_served_is_refused_by_its_own_code() {
    let world = world().await;
    world.command("one");
    let latest = ReplayPreset::Latest;
    let preset = FetchRequest { replay_preset: 7, ..fetch(COMMANDS, latest, 1) };
    let cases = [
        (fetch("", latest, 1), "topic.validation.empty"),
        (fetch("/event/Nothing__e", latest, 1), "topic.not.found"),
        (fetch("/data/Nothing__chn", latest, 1), "topic.not.found"),
        (fetch(COMMANDS, latest, 0), "subscription.fetch.requested.events.invalid"),
        (fetch(COMMANDS, latest, -5), "subscription.fetch.requested.events.invalid"),
        (fetch_after(COMMANDS, b"", 1), "subscription.fetch.replayid.validation.failed"),
        (fetch_after(COMMANDS, b"0123456789", 1), "subscription.fetch.replayid.corrupted"),
        (fetch_after(COMMANDS, b"short", 1), "subscription.fetch.replayid.corrupted"),
        (preset, "subscription.fetch.request.invalid"),
    ];
    for (request, expected) in cases {
        let status = world.subscribe(request.clone()).await.refusal().await;
        assert_eq!(code(&status), expected, "{request:?}");
    }
}

#[tokio::test]
async fn a_later_request_may_not_change_the_topic_nor_ask_for_nothing() {
    let world = world().await;
    let open = || async { world.subscribe(fetch(COMMANDS, ReplayPreset::Latest, 1)).await };
    let mut subscriber = open().await;
    subscriber.credit(MEETINGS, 1).await;
    let status = subscriber.refusal().await;
    assert_eq!(status.code(), Code::InvalidArgument);
    assert_eq!(code(&status), "subscription.fetch.topic.mismatch");

    let mut subscriber = open().await;
    subscriber.credit(COMMANDS, 0).await;
    assert_eq!(code(&subscriber.refusal().await), "subscription.fetch.requested.events.invalid");
}

#[tokio::test]
async fn after_the_stream_was_reset_an_id_of_before_is_refused() {
    let world = world().await;
    let before = world.command("one").replay_id;
    world.bus.reset_stream();
    let status = world.subscribe(fetch_after(COMMANDS, &before, 1)).await.refusal().await;
    assert_eq!(code(&status), "subscription.fetch.replayid.corrupted");
    let after = world.command("two").replay_id;
    assert_eq!(world.all(COMMANDS, 1).await[0].replay_id, after);
}

#[tokio::test]
async fn an_unknown_schema_or_topic_is_refused() {
    let world = world().await;
    let mut client = world.client().await;
    for id in ["", "unknown"] {
        let request = signed(SchemaRequest { schema_id: id.to_string() });
        let status = client.get_schema(request).await.unwrap_err();
        assert_eq!(code(&status), "schema.validation.failed");
    }
    let request = signed(TopicRequest { topic_name: "/event/Nothing__e".to_string() });
    assert_eq!(code(&client.get_topic(request).await.unwrap_err()), "topic.not.found");
}
