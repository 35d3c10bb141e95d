//! The notices queue and the signals queue. A message is deleted only after what it says is
//! durable; until then it comes again.

use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::Builder;
use aws_sdk_sqs::config::timeout::TimeoutConfig;
use aws_sdk_sqs::types::{DeleteMessageBatchRequestEntry, Message, MessageSystemAttributeName};

use super::error::{AwsError, Call, Result};
use crate::clock::Millis;

/// Most messages of one call.
pub const MAX_BATCH: usize = 10;

/// A message. Its time is the queue's, never the sender's.
#[derive(Clone, PartialEq, Eq)]
pub struct Received {
    /// Message id.
    pub id: String,
    /// Names this receipt of it, for deleting.
    pub receipt: String,
    /// Body as sent. Not printed: a signal may hold what a guest typed.
    pub body: String,
    /// When the queue took it.
    pub sent_at: Millis,
    /// How often it has been received, this time included.
    pub receives: u32,
}

impl std::fmt::Debug for Received {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Received")
            .field("id", &self.id)
            .field("sent_at", &self.sent_at)
            .field("receives", &self.receives)
            .finish_non_exhaustive()
    }
}

/// One queue.
#[derive(Debug, Clone)]
pub struct Queue {
    client: Client,
    url: String,
    /// Longest time for one try of a call.
    limit: Duration,
}

impl Queue {
    pub(super) fn new(client: Client, url: &str, limit: Duration) -> Self {
        Self { client, url: url.to_string(), limit }
    }

    /// Waits up to `wait` (whole seconds, at most 20) for up to `most` messages (1 to 10); they stay hidden from
    /// others for `hidden`. May be dropped while waiting.
    pub async fn receive(
        &self,
        most: i32,
        wait: Duration,
        hidden: Duration,
    ) -> Result<Vec<Received>> {
        const CALL: Call = ("SQS", "ReceiveMessage");
        let seconds = |time: Duration| i32::try_from(time.as_secs()).unwrap_or(i32::MAX);
        // The long poll is longer than the limits of other calls.
        let limit = wait + self.limit;
        let timeouts = TimeoutConfig::builder()
            .operation_attempt_timeout(limit)
            .operation_timeout(limit * 2)
            .read_timeout(limit)
            .build();
        let answer = self
            .client
            .receive_message()
            .queue_url(&self.url)
            .max_number_of_messages(most)
            .wait_time_seconds(seconds(wait).min(20))
            .visibility_timeout(seconds(hidden))
            .message_system_attribute_names(MessageSystemAttributeName::SentTimestamp)
            .message_system_attribute_names(MessageSystemAttributeName::ApproximateReceiveCount)
            .customize()
            .config_override(Builder::new().timeout_config(timeouts))
            .send()
            .await
            .map_err(|e| AwsError::of(CALL, e))?;
        answer
            .messages()
            .iter()
            .map(|m| received(m).ok_or_else(|| AwsError::lacks(CALL, "a message's id or time")))
            .collect()
    }

    /// Deletes messages by their receipts; returns how many could not be deleted (they come again).
    pub async fn delete(&self, receipts: &[String]) -> Result<usize> {
        const CALL: Call = ("SQS", "DeleteMessageBatch");
        let mut failed = 0;
        for chunk in receipts.chunks(MAX_BATCH) {
            let mut call = self.client.delete_message_batch().queue_url(&self.url);
            for (n, receipt) in chunk.iter().enumerate() {
                let entry = DeleteMessageBatchRequestEntry::builder()
                    .id(format!("m{n}"))
                    .receipt_handle(receipt)
                    .build()
                    .map_err(|e| AwsError::unmade(CALL, e))?;
                call = call.entries(entry);
            }
            let answer = call.send().await.map_err(|e| AwsError::of(CALL, e))?;
            failed += answer.failed().len();
        }
        Ok(failed)
    }
}

fn received(message: &Message) -> Option<Received> {
    let attribute = |name| message.attributes().and_then(|all| all.get(&name));
    Some(Received {
        id: message.message_id()?.to_string(),
        receipt: message.receipt_handle()?.to_string(),
        body: message.body().unwrap_or_default().to_string(),
        sent_at: attribute(MessageSystemAttributeName::SentTimestamp)?.parse().ok()?,
        receives: attribute(MessageSystemAttributeName::ApproximateReceiveCount)
            .and_then(|count| count.parse().ok())
            .unwrap_or(1),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_carries_the_queues_time_and_does_not_print_its_body() {
        let message = Message::builder()
            .message_id("id")
            .receipt_handle("handle")
            .body("private")
            .attributes(MessageSystemAttributeName::SentTimestamp, "1700000000123")
            .attributes(MessageSystemAttributeName::ApproximateReceiveCount, "3");
        let received_once = received(&message.clone().build()).unwrap();
        assert_eq!(received_once.sent_at, 1_700_000_000_123);
        assert_eq!(received_once.receives, 3);
        assert!(!format!("{received_once:?}").contains("private"));
        assert!(received(&Message::builder().message_id("id").build()).is_none());
    }
}
