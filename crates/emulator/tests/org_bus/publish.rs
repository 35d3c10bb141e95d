//! Publishing, by fields and as bytes.

use apache_avro::types::Value as Avro;
use chime_emulator::org::bus::PublishError;
use chime_emulator::wire::{ProducerEvent, PublishRequest, ReplayPreset, TopicRequest};
use serde_json::{Value, json};
use tokio_stream::wrappers::ReceiverStream;
use tonic::Code;

use crate::decode::{decode, try_decode};
use crate::world::{COMMANDS, MEETINGS, USER, World, code, fetch, signed, world};

async fn schema_id(world: &World) -> String {
    let request = signed(TopicRequest { topic_name: COMMANDS.to_string() });
    world.client().await.get_topic(request).await.unwrap().into_inner().schema_id
}

/// A command as a producer encodes it, its system fields left empty.
async fn encoded(world: &World, action: &str) -> ProducerEvent {
    let id = schema_id(world).await;
    let null = || Avro::Union(0, Box::new(Avro::Null));
    let some = |value| Avro::Union(1, Box::new(value));
    let record = [
        ("CreatedDate", Avro::Long(0)),
        ("CreatedById", Avro::String(String::new())),
        ("Action__c", some(Avro::String(action.to_string()))),
        ("Payload__c", null()),
        ("Count__c", some(Avro::Double(1.0))),
        ("At__c", null()),
        ("Urgent__c", null()),
        ("EventUuid", null()),
    ];
    let record = Avro::Record(record.into_iter().map(|(n, v)| (n.to_string(), v)).collect());
    let schema = &world.bus.schema(&id).unwrap().avro;
    let payload = apache_avro::to_avro_datum(schema, record).unwrap();
    ProducerEvent { id: "my-key".to_string(), schema_id: id, payload, headers: Vec::new() }
}

fn request(topic: &str, events: Vec<ProducerEvent>) -> PublishRequest {
    PublishRequest { topic_name: topic.to_string(), events, ..Default::default() }
}

#[tokio::test]
async fn what_a_producer_left_empty_the_server_fills_in() {
    let world = world().await;
    let event = encoded(&world, "hello").await;
    let mut client = world.client().await;
    let answer = client.publish(signed(request(COMMANDS, vec![event]))).await.unwrap().into_inner();
    assert_eq!(answer.results[0].correlation_key, "my-key");
    assert!(answer.results[0].error.is_none());
    let told = world.all(COMMANDS, 1).await.remove(0);
    assert_eq!(told.replay_id, answer.results[0].replay_id);
    assert_eq!(told.event.as_ref().unwrap().id, "my-key");
    let fields = decode(&world, &told).await.fields;
    assert_eq!(fields["Action__c"], "hello");
    assert_eq!(fields["CreatedById"], USER);
    assert!(fields["CreatedDate"].as_i64().unwrap() > 0);
    assert!(fields["EventUuid"].is_string());
}

#[tokio::test]
async fn bytes_that_nobody_can_decode_are_taken_and_passed_on() {
    let world = world().await;
    let mut event = encoded(&world, "hello").await;
    event.payload = vec![0xFF; 7];
    let mut client = world.client().await;
    let answer = client.publish(signed(request(COMMANDS, vec![event]))).await.unwrap().into_inner();
    assert!(answer.results[0].error.is_none());
    let told = world.all(COMMANDS, 1).await.remove(0);
    assert_eq!(told.event.as_ref().unwrap().payload, vec![0xFF; 7]);
    assert!(try_decode(&world, &told).await.is_none());
}

#[tokio::test]
async fn an_event_over_a_megabyte_fails_alone_and_a_batch_over_four_fails_whole() {
    let world = world().await;
    let small = encoded(&world, "small").await;
    let sized = |bytes: usize| ProducerEvent { payload: vec![1; bytes], ..small.clone() };
    let mut client = world.client().await;
    let batch = request(COMMANDS, vec![sized((1 << 20) + 1), small.clone()]);
    let results = client.publish(signed(batch)).await.unwrap().into_inner().results;
    assert_eq!([results[0].error.is_some(), results[1].error.is_some()], [true, false]);
    let batch = request(COMMANDS, vec![sized(1 << 20); 5]);
    assert_eq!(client.publish(signed(batch)).await.unwrap_err().code(), Code::Unavailable);
    world.all(COMMANDS, 1).await;
}

#[tokio::test]
async fn what_cannot_be_published_is_refused_by_its_own_code() {
    let world = world().await;
    let event = encoded(&world, "hello").await;
    let mut client = world.client().await;
    for (batch, expected) in [
        (request("", vec![event.clone()]), "publish.topic.validation.empty"),
        (request("/event/Nothing__e", vec![event.clone()]), "topic.not.found"),
        (request(MEETINGS, vec![event.clone()]), "topic.meta.permission"),
        (request(COMMANDS, Vec::new()), "publish.event.count.invalid"),
    ] {
        assert_eq!(code(&client.publish(signed(batch)).await.unwrap_err()), expected);
    }
}

#[tokio::test]
async fn a_lost_answer_leaves_the_event_published() {
    let world = world().await;
    world.fault("Publish", json!({"do": "loseAnswer"}), 1);
    let event = encoded(&world, "hello").await;
    let mut client = world.client().await;
    let status = client.publish(signed(request(COMMANDS, vec![event]))).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    world.all(COMMANDS, 1).await;
}

#[tokio::test]
async fn a_publish_stream_keeps_its_topic_and_dies_of_silence() {
    let world = world().await;
    let event = encoded(&world, "hello").await;
    let mut client = world.client().await;
    let (requests, sent) = tokio::sync::mpsc::channel(4);
    requests.send(request(COMMANDS, vec![event.clone()])).await.unwrap();
    let stream = client.publish_stream(signed(ReceiverStream::new(sent))).await.unwrap();
    let mut answers = stream.into_inner();
    assert_eq!(answers.message().await.unwrap().unwrap().results.len(), 1);
    requests.send(request("", vec![event.clone(), event.clone()])).await.unwrap();
    assert_eq!(answers.message().await.unwrap().unwrap().results.len(), 2);
    requests.send(request(MEETINGS, vec![event.clone()])).await.unwrap();
    assert_eq!(code(&answers.message().await.unwrap_err()), "publish.topic.mismatch");

    let (requests, sent) = tokio::sync::mpsc::channel(4);
    requests.send(request(COMMANDS, vec![event])).await.unwrap();
    let stream = client.publish_stream(signed(ReceiverStream::new(sent))).await.unwrap();
    let mut answers = stream.into_inner();
    assert!(answers.message().await.unwrap().is_some());
    // The idle time runs from when the server waits again, which may be just after this.
    let status = loop {
        world.clock.advance(70_000);
        let short = std::time::Duration::from_millis(200);
        if let Ok(answer) = tokio::time::timeout(short, answers.message()).await {
            break answer.unwrap_err();
        }
    };
    assert_eq!(code(&status), "publish.stream.sweeper.timeout");
    world.all(COMMANDS, 4).await;
}

#[tokio::test]
async fn a_command_by_fields_is_checked_against_the_event() {
    let world = world().await;
    let publish = |fields: Value| {
        world.bus.publish("Chime_Command__e", fields.as_object().unwrap().clone(), USER)
    };
    assert!(matches!(
        world.bus.publish("Nothing__e", Default::default(), USER),
        Err(PublishError::UnknownEvent(_))
    ));
    assert!(matches!(
        publish(json!({"Action__c": "a", "Colour__c": "red"})),
        Err(PublishError::UnknownField { field, .. }) if field == "Colour__c"
    ));
    assert!(matches!(
        publish(json!({"Urgent__c": true})),
        Err(PublishError::MissingField { field, .. }) if field == "Action__c"
    ));
    for bad in [
        json!({"Action__c": 5}),
        json!({"Action__c": "a".repeat(256)}),
        json!({"Action__c": "a", "At__c": "tomorrow"}),
        json!({"Action__c": "a", "Urgent__c": "yes"}),
    ] {
        assert!(matches!(publish(bad), Err(PublishError::BadValue { .. })));
    }
    publish(json!({"Action__c": "a"})).unwrap();
    let mut only = world.subscribe(fetch(COMMANDS, ReplayPreset::Earliest, 9)).await;
    only.events(1).await;
}
