//! ReceiveMessage: redrive, handing out, and the long poll.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::error::{Code, SqsError};
use super::message::{Handle, Message, md5_of_attributes, md5_of_body};
use super::service::{Sqs, missing};

/// The request.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Receive {
    max_number_of_messages: Option<i64>,
    visibility_timeout: Option<i64>,
    wait_time_seconds: Option<i64>,
    #[serde(default)]
    attribute_names: Vec<String>,
    #[serde(default)]
    message_system_attribute_names: Vec<String>,
    #[serde(default)]
    message_attribute_names: Vec<String>,
}

impl Sqs {
    pub(super) async fn receive(&self, queue: &str, asked: Receive) -> Result<Value, SqsError> {
        let most = bounded("MaxNumberOfMessages", asked.max_number_of_messages, 1, 10)?;
        let visibility = bounded("VisibilityTimeout", asked.visibility_timeout, 0, 43_200)?;
        let wait = bounded("WaitTimeSeconds", asked.wait_time_seconds, 0, 20)?;
        let (visibility, wait) = {
            let state = self.state();
            let attributes = &state.queues.get(queue).ok_or_else(missing)?.attributes;
            (
                visibility.unwrap_or(attributes.number("VisibilityTimeout") as i64),
                wait.unwrap_or(attributes.number("ReceiveMessageWaitTimeSeconds") as i64),
            )
        };
        // A long poll is a wait of the real connection: it runs on real time, not on the
        // emulator's clock, which a test may move by hours.
        let end = tokio::time::Instant::now() + std::time::Duration::from_secs(wait as u64);
        loop {
            let arrived = self.inner.arrived.notified();
            let messages = self.hand_out(queue, most.unwrap_or(1) as usize, visibility * 1000)?;
            let left = end.saturating_duration_since(tokio::time::Instant::now());
            if !messages.is_empty() || left.is_zero() {
                return Ok(asked.answer(queue, &messages));
            }
            // Messages also turn visible by the clock alone: look again now and then.
            let look = left.min(std::time::Duration::from_millis(50));
            let _ = tokio::time::timeout(look, arrived).await;
        }
    }

    fn hand_out(
        &self,
        queue: &str,
        most: usize,
        visibility: i64,
    ) -> Result<Vec<Message>, SqsError> {
        let now = self.inner.clock.now();
        let mut state = self.state();
        let source = state.queues.get_mut(queue).ok_or_else(missing)?;
        source.settle(now);
        let redrive = source.attributes.redrive();
        if let Some(redrive) = redrive.filter(|r| state.queues.contains_key(&r.queue)) {
            let dead = state.queues.get_mut(queue).map(|q| q.take_dead(redrive.most, now));
            if let Some(target) = state.queues.get_mut(&redrive.queue) {
                // The time of sending stays: retention runs on in the dead-letter queue.
                //
                // INFERRED: receives are counted anew in the dead-letter queue.
                let dead = dead.into_iter().flatten();
                target.messages.extend(dead.map(|m| Message { received: 0, ..m }));
            }
        }
        state.queues.get_mut(queue).ok_or_else(missing)?.hand_out(most, visibility, now)
    }
}

impl Receive {
    fn answer(&self, queue: &str, messages: &[Message]) -> Value {
        if messages.is_empty() {
            return json!({});
        }
        json!({"Messages": messages.iter().map(|m| self.message(queue, m)).collect::<Vec<_>>()})
    }

    fn message(&self, queue: &str, m: &Message) -> Value {
        let handle = Handle { queue: queue.into(), copy: m.copy, number: m.handle };
        let mut answer = json!({
            "MessageId": m.id,
            "ReceiptHandle": handle.to_text(),
            "MD5OfBody": md5_of_body(&m.body),
            "Body": m.body,
        });
        let asked = self.attribute_names.iter().chain(&self.message_system_attribute_names);
        let asked: Vec<&str> = asked.map(String::as_str).collect();
        let first = m.first_received.unwrap_or(m.sent);
        let system: Map<String, Value> = [
            ("SentTimestamp", m.sent.to_string()),
            ("ApproximateReceiveCount", m.received.to_string()),
            ("ApproximateFirstReceiveTimestamp", first.to_string()),
            ("SenderId", "AIDAEMULATOR".to_string()),
        ]
        .into_iter()
        .filter(|(name, _)| asked.contains(name) || asked.contains(&"All"))
        .map(|(name, value)| (name.to_string(), value.into()))
        .collect();
        let wanted = |name: &String| {
            self.message_attribute_names.iter().any(|w| {
                w == "All"
                    || w == name
                    || w.strip_suffix(".*").is_some_and(|prefix| name.starts_with(prefix))
            })
        };
        let own: super::message::MessageAttributes = m
            .attributes
            .iter()
            .filter(|(n, _)| wanted(n))
            .map(|(n, a)| (n.clone(), a.clone()))
            .collect();
        if let Value::Object(map) = &mut answer {
            if !system.is_empty() {
                map.insert("Attributes".into(), Value::Object(system));
            }
            if let Some(md5) = md5_of_attributes(&own) {
                map.insert("MD5OfMessageAttributes".into(), md5.into());
                map.insert("MessageAttributes".into(), json!(own));
            }
        }
        answer
    }
}

/// Checks a number against its bounds.
pub(super) fn bounded(
    name: &str,
    value: Option<i64>,
    least: i64,
    most: i64,
) -> Result<Option<i64>, SqsError> {
    match value {
        Some(v) if v < least || v > most => Err(SqsError::new(
            Code::InvalidParameterValue,
            format!(
                "Value {v} for parameter {name} is invalid. Reason: Must be between {least} and {most}, if provided."
            ),
        )),
        other => Ok(other),
    }
}
