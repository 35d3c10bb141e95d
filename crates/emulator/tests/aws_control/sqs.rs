//! Standard queues: visibility, counts, redrive, retention, batches, errors.

use std::collections::BTreeSet;

use aws_sdk_sqs::error::ProvideErrorMetadata;
use aws_sdk_sqs::types::{
    DeleteMessageBatchRequestEntry, Message, MessageSystemAttributeName, QueueAttributeName,
    SendMessageBatchRequestEntry,
};
use chime_emulator::faults::{Fault, FaultKind};

use crate::{World, until, world};

const SECOND: i64 = 1_000;

async fn receive(w: &World, url: &str) -> Vec<Message> {
    let got = w
        .sqs
        .receive_message()
        .queue_url(url)
        .max_number_of_messages(10)
        .message_system_attribute_names(MessageSystemAttributeName::All)
        .send()
        .await
        .unwrap();
    got.messages().to_vec()
}

fn count(message: &Message) -> &str {
    &message.attributes().unwrap()[&MessageSystemAttributeName::ApproximateReceiveCount]
}

#[tokio::test]
async fn a_message_not_deleted_comes_back_and_is_counted() {
    let w = world().await;
    let made = w.sqs.create_queue().queue_name("q").send().await.unwrap();
    let url = made.queue_url().unwrap();
    w.sqs.send_message().queue_url(url).message_body("hello").send().await.unwrap();

    let first = receive(&w, url).await;
    assert_eq!(first[0].body(), Some("hello"));
    assert_eq!(count(&first[0]), "1");
    assert!(
        first[0].attributes().unwrap().contains_key(&MessageSystemAttributeName::SentTimestamp)
    );
    assert!(receive(&w, url).await.is_empty(), "hidden for 30 s");
    w.emulator.clock.advance(31 * SECOND);
    let second = receive(&w, url).await;
    assert_eq!(count(&second[0]), "2");

    let delete = |m: &Message| {
        w.sqs.delete_message().queue_url(url).receipt_handle(m.receipt_handle().unwrap()).send()
    };
    delete(&first[0]).await.unwrap();
    w.emulator.clock.advance(31 * SECOND);
    let third = receive(&w, url).await;
    assert_eq!(count(&third[0]), "3", "an old handle deletes nothing");
    delete(&third[0]).await.unwrap();
    w.emulator.clock.advance(31 * SECOND);
    assert!(receive(&w, url).await.is_empty());
}

#[tokio::test]
async fn visibility_can_be_ended_early() {
    let w = world().await;
    let made = w.sqs.create_queue().queue_name("q").send().await.unwrap();
    let url = made.queue_url().unwrap();
    w.sqs.send_message().queue_url(url).message_body("hello").send().await.unwrap();
    let first = receive(&w, url).await;
    let change = |seconds| {
        w.sqs
            .change_message_visibility()
            .queue_url(url)
            .receipt_handle(first[0].receipt_handle().unwrap())
            .visibility_timeout(seconds)
            .send()
    };
    change(0).await.unwrap();
    let error = change(10).await.unwrap_err().into_service_error();
    assert!(error.is_message_not_inflight());
    assert_eq!(receive(&w, url).await.len(), 1);
}

#[tokio::test]
async fn a_message_received_too_often_moves_to_the_dead_letter_queue() {
    let w = world().await;
    w.emulator.sqs.create_pair("work", 2).unwrap();
    let (url, dead) = (w.emulator.sqs.url("work"), w.emulator.sqs.url("work-dlq"));
    w.sqs.send_message().queue_url(&url).message_body("poison").send().await.unwrap();
    for _ in 0..2 {
        assert_eq!(receive(&w, &url).await.len(), 1);
        w.emulator.clock.advance(31 * SECOND);
    }
    assert!(receive(&w, &url).await.is_empty());
    let moved = receive(&w, &dead).await;
    assert_eq!(moved[0].body(), Some("poison"));
    let counts = w
        .sqs
        .get_queue_attributes()
        .queue_url(&url)
        .attribute_names(QueueAttributeName::All)
        .send()
        .await
        .unwrap();
    let counts = counts.attributes().unwrap();
    assert_eq!(counts[&QueueAttributeName::ApproximateNumberOfMessages], "0");
    assert!(counts[&QueueAttributeName::RedrivePolicy].contains("work-dlq"));
}

#[tokio::test]
async fn messages_vanish_after_the_retention() {
    let w = world().await;
    let made = w.sqs.create_queue().queue_name("q").send().await.unwrap();
    let url = made.queue_url().unwrap();
    w.sqs.send_message().queue_url(url).message_body("old").send().await.unwrap();
    w.emulator.clock.advance(4 * 24 * 3600 * SECOND + 1);
    assert!(receive(&w, url).await.is_empty());
}

#[tokio::test]
async fn a_long_poll_answers_when_a_message_arrives() {
    let w = world().await;
    let made = w.sqs.create_queue().queue_name("q").send().await.unwrap();
    let url = made.queue_url().unwrap().to_string();
    let poll = w.sqs.receive_message().queue_url(&url).wait_time_seconds(20).send();
    let send = async {
        w.emulator.sqs.send("q", "now").unwrap();
    };
    let (got, ()) = tokio::join!(poll, send);
    assert_eq!(got.unwrap().messages()[0].body(), Some("now"));
}

#[tokio::test]
async fn order_is_not_kept_but_nothing_is_lost() {
    let w = world().await;
    let made = w.sqs.create_queue().queue_name("q").send().await.unwrap();
    let url = made.queue_url().unwrap();
    let sent: Vec<String> = (0..60).map(|n| format!("{n:02}")).collect();
    for body in &sent {
        w.emulator.sqs.send("q", body.clone()).unwrap();
    }
    let mut got = Vec::new();
    while got.len() < sent.len() {
        got.extend(receive(&w, url).await.iter().map(|m| m.body().unwrap().to_string()));
    }
    assert_ne!(got, sent, "60 messages in the order of sending: a chance of 1 in 10^39");
    assert_eq!(got.into_iter().collect::<BTreeSet<_>>(), sent.into_iter().collect());
}

#[tokio::test]
async fn batches_succeed_entry_by_entry() {
    let w = world().await;
    let made = w.sqs.create_queue().queue_name("q").send().await.unwrap();
    let url = made.queue_url().unwrap();
    let entry = |id: &str, body: &str| {
        SendMessageBatchRequestEntry::builder().id(id).message_body(body).build().unwrap()
    };
    let sent = w
        .sqs
        .send_message_batch()
        .queue_url(url)
        .entries(entry("good", "one"))
        .entries(entry("bad", "\u{1}"))
        .send()
        .await
        .unwrap();
    assert_eq!(sent.successful()[0].id(), "good");
    assert_eq!(sent.failed()[0].code(), "InvalidMessageContents");

    let got = receive(&w, url).await;
    let handle = |id: &str, handle: &str| {
        DeleteMessageBatchRequestEntry::builder().id(id).receipt_handle(handle).build().unwrap()
    };
    let deleted = w
        .sqs
        .delete_message_batch()
        .queue_url(url)
        .entries(handle("a", got[0].receipt_handle().unwrap()))
        .entries(handle("b", "nonsense"))
        .send()
        .await
        .unwrap();
    assert_eq!(deleted.successful()[0].id(), "a");
    assert_eq!(deleted.failed()[0].code(), "ReceiptHandleIsInvalid");
    assert!(w.emulator.sqs.peek("q").is_empty());
}

#[tokio::test]
async fn errors_have_their_codes() {
    let w = world().await;
    let url = w.emulator.sqs.url("nowhere");
    let error = w.sqs.receive_message().queue_url(&url).send().await.unwrap_err();
    let error = error.into_service_error();
    assert!(error.is_queue_does_not_exist(), "{error:?}");
    let error = w.sqs.get_queue_url().queue_name("nowhere").send().await.unwrap_err();
    assert!(error.into_service_error().is_queue_does_not_exist());

    let made = w.sqs.create_queue().queue_name("q").send().await.unwrap();
    let url = made.queue_url().unwrap();
    let long = w.sqs.receive_message().queue_url(url).wait_time_seconds(21).send().await;
    assert_eq!(long.unwrap_err().code(), Some("InvalidParameterValue"));
    let again = w
        .sqs
        .create_queue()
        .queue_name("q")
        .attributes(QueueAttributeName::VisibilityTimeout, "5")
        .send()
        .await;
    assert!(again.unwrap_err().into_service_error().is_queue_name_exists());
}

#[tokio::test]
async fn a_doubled_message_has_one_id_twice() {
    let w = world().await;
    let made = w.sqs.create_queue().queue_name("q").send().await.unwrap();
    w.emulator.faults.add(Fault {
        service: "sqs".into(),
        call: "SendMessage".into(),
        kind: FaultKind::Duplicate,
        times: 1,
        chance: 1.0,
    });
    let url = made.queue_url().unwrap();
    w.sqs.send_message().queue_url(url).message_body("twice").send().await.unwrap();
    // A receive may bring less than there is.
    let mut got = Vec::new();
    until("both copies", async || {
        got.extend(receive(&w, url).await);
        (got.len() >= 2).then_some(())
    })
    .await;
    assert_eq!(got.len(), 2);
    assert_eq!(got[0].message_id(), got[1].message_id());
    assert_ne!(got[0].receipt_handle(), got[1].receipt_handle());
}
