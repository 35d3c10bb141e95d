//! The wire of SQS: `X-Amz-Target: AmazonSQS.<operation>` with a JSON body.

use async_trait::async_trait;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use http::{StatusCode, request::Parts};
use serde_json::{Map, Value, json};

use super::attributes::Attributes;
use super::batch::{Kind, shape};
use super::error::{Code, SqsError, refusal};
use super::service::{Sqs, missing};
use crate::aws::gateway::{Service, json_body, target};
use crate::aws::ids::{ACCOUNT, guid};

#[async_trait]
impl Service for Sqs {
    fn name(&self) -> &'static str {
        "sqs"
    }

    fn operation(&self, parts: &Parts) -> String {
        target(parts)
    }

    async fn call(&self, request: Request) -> Response {
        let (parts, body) = request.into_parts();
        let done = match json_body(body).await {
            Ok(body) => self.operate(&target(&parts), body).await,
            Err(e) => Err(SqsError::new(Code::Serialization, e)),
        };
        match done {
            Ok(value) => answer(&value),
            Err(e) => e.response(),
        }
    }

    fn refuse(&self, status: StatusCode, code: &str) -> Response {
        refusal(status, &format!("com.amazonaws.sqs#{code}"), code, "An ordered fault.")
    }
}

fn answer(value: &Value) -> Response {
    let mut response = Response::new(Body::from(value.to_string()));
    let headers = response.headers_mut();
    headers.insert("content-type", http::HeaderValue::from_static("application/x-amz-json-1.0"));
    if let Ok(id) = guid().parse() {
        headers.insert("x-amzn-requestid", id);
    }
    response
}

impl Sqs {
    async fn operate(&self, operation: &str, body: Value) -> Result<Value, SqsError> {
        let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
        match operation {
            "CreateQueue" => {
                let attributes = Attributes::read(body.get("Attributes"))?;
                return Ok(json!({"QueueUrl": self.create(text("QueueName"), attributes)?}));
            }
            "GetQueueUrl" => {
                let name = text("QueueName");
                let state = self.state();
                return match state.queues.contains_key(name) {
                    true => Ok(json!({"QueueUrl": self.url(name)})),
                    false => Err(missing()),
                };
            }
            "ListQueues" => {
                let state = self.state();
                let prefix = text("QueueNamePrefix");
                let names = state.queues.keys().filter(|n| n.starts_with(prefix));
                let urls: Vec<String> = names.map(|n| self.url(n)).collect();
                return Ok(if urls.is_empty() { json!({}) } else { json!({"QueueUrls": urls}) });
            }
            _ => {}
        }
        let queue = queue_of(text("QueueUrl"))?;
        match operation {
            "SendMessage" => self.send_one(&queue, shape(body)?),
            "ReceiveMessage" => self.receive(&queue, shape(body)?).await,
            "DeleteMessage" => self.delete_one(&queue, &shape(body)?),
            "ChangeMessageVisibility" => self.hide_one(&queue, &shape(body)?),
            "SendMessageBatch" => self.batch(&queue, Kind::Send, &body),
            "DeleteMessageBatch" => self.batch(&queue, Kind::Delete, &body),
            "ChangeMessageVisibilityBatch" => self.batch(&queue, Kind::Hide, &body),
            "GetQueueAttributes" => self.attributes(&queue, &body),
            "SetQueueAttributes" => {
                let set = Attributes::read(body.get("Attributes"))?;
                let now = self.inner.clock.now();
                let mut state = self.state();
                let queue = state.queues.get_mut(&queue).ok_or_else(missing)?;
                queue.attributes.merge(&set)?;
                queue.changed = now;
                Ok(json!({}))
            }
            "PurgeQueue" => {
                self.state().queues.get_mut(&queue).ok_or_else(missing)?.messages.clear();
                Ok(json!({}))
            }
            "DeleteQueue" => {
                self.state().queues.remove(&queue).ok_or_else(missing)?;
                Ok(json!({}))
            }
            other => Err(SqsError::new(
                Code::UnknownOperation,
                format!("The emulator does not serve the SQS operation {other:?}."),
            )),
        }
    }

    fn attributes(&self, queue: &str, body: &Value) -> Result<Value, SqsError> {
        let asked: Vec<&str> = body
            .get("AttributeNames")
            .and_then(Value::as_array)
            .map(|names| names.iter().filter_map(Value::as_str).collect())
            .unwrap_or_default();
        let now = self.inner.clock.now();
        let mut state = self.state();
        let queue = state.queues.get_mut(queue).ok_or_else(missing)?;
        queue.settle(now);
        let (visible, flying, delayed) = queue.counts(now);
        let mut all = queue.attributes.all();
        all.extend(
            [
                ("ApproximateNumberOfMessages", visible.to_string()),
                ("ApproximateNumberOfMessagesNotVisible", flying.to_string()),
                ("ApproximateNumberOfMessagesDelayed", delayed.to_string()),
                ("CreatedTimestamp", (queue.created / 1000).to_string()),
                ("LastModifiedTimestamp", (queue.changed / 1000).to_string()),
                ("QueueArn", Self::arn(&queue.name)),
            ]
            .map(|(name, value)| (name.to_string(), value)),
        );
        let chosen: Map<String, Value> = all
            .into_iter()
            .filter(|(name, _)| asked.contains(&"All") || asked.contains(&name.as_str()))
            .map(|(name, value)| (name, value.into()))
            .collect();
        Ok(json!({"Attributes": chosen}))
    }
}

/// The queue's name out of its address. Host and port are not compared: a container sees the
/// emulator under another name than its host does.
fn queue_of(url: &str) -> Result<String, SqsError> {
    if url.is_empty() {
        return Err(SqsError::new(
            Code::MissingParameter,
            "The request must contain the parameter QueueUrl.",
        ));
    }
    let mut parts = url.rsplit('/');
    match (parts.next(), parts.next()) {
        (Some(name), Some(ACCOUNT)) => Ok(name.into()),
        _ => Err(missing()),
    }
}
