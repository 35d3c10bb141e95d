//! The batch operations: up to ten entries, each succeeding or failing by itself.

use serde::Deserialize;
use serde_json::{Value, json};

use super::error::{Code, SqsError};
use super::message::{Handle, Message, MessageAttributes, md5_of_attributes, md5_of_body};
use super::receive::bounded;
use super::service::{Sqs, missing};

/// One message to send, alone or in a batch.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Send {
    #[serde(default)]
    message_body: String,
    #[serde(default)]
    message_attributes: MessageAttributes,
    delay_seconds: Option<i64>,
}

/// One message to delete or hide.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Touch {
    #[serde(default)]
    receipt_handle: String,
    visibility_timeout: Option<i64>,
}

/// What a batch does with each entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Send,
    Delete,
    Hide,
}

impl Sqs {
    pub(super) fn send_one(&self, queue: &str, send: Send) -> Result<Value, SqsError> {
        let delay = bounded("DelaySeconds", send.delay_seconds, 0, 900)?;
        let body = md5_of_body(&send.message_body);
        let attributes = md5_of_attributes(&send.message_attributes);
        let id = self.push(queue, send.message_body, send.message_attributes, delay)?;
        let mut answer = json!({"MessageId": id, "MD5OfMessageBody": body});
        if let (Some(md5), Value::Object(map)) = (attributes, &mut answer) {
            map.insert("MD5OfMessageAttributes".into(), md5.into());
        }
        Ok(answer)
    }

    pub(super) fn delete_one(&self, queue: &str, touch: &Touch) -> Result<Value, SqsError> {
        let mut state = self.state();
        let target = state.queues.get_mut(queue).ok_or_else(missing)?;
        target.delete(&Handle::parse(&touch.receipt_handle, queue)?);
        Ok(json!({}))
    }

    pub(super) fn hide_one(&self, queue: &str, touch: &Touch) -> Result<Value, SqsError> {
        let hidden = bounded("VisibilityTimeout", touch.visibility_timeout, 0, 43_200)?
            .ok_or_else(|| {
                SqsError::new(
                    Code::MissingParameter,
                    "The request must contain the parameter VisibilityTimeout.",
                )
            })?;
        let now = self.inner.clock.now();
        let mut state = self.state();
        let target = state.queues.get_mut(queue).ok_or_else(missing)?;
        target.hide(&Handle::parse(&touch.receipt_handle, queue)?, hidden * 1000, now)?;
        drop(state);
        self.inner.arrived.notify_waiters();
        Ok(json!({}))
    }

    pub(super) fn batch(&self, queue: &str, kind: Kind, body: &Value) -> Result<Value, SqsError> {
        let entries = body.get("Entries").and_then(Value::as_array).cloned().unwrap_or_default();
        let ids = check(&entries)?;
        if kind == Kind::Send {
            let sends =
                entries.iter().filter_map(|e| serde_json::from_value::<Send>(e.clone()).ok());
            let all: usize =
                sends.map(|s| Message::size(&s.message_body, &s.message_attributes)).sum();
            if all > 1_048_576 {
                return Err(SqsError::new(
                    Code::BatchRequestTooLong,
                    format!(
                        "Batch requests cannot be longer than 1048576 bytes. You have sent {all} bytes."
                    ),
                ));
            }
        }
        if !self.state().queues.contains_key(queue) {
            return Err(missing());
        }
        let (mut good, mut bad) = (Vec::new(), Vec::new());
        for (id, entry) in ids.into_iter().zip(entries) {
            match self.entry(queue, kind, entry) {
                Ok(Value::Object(mut done)) => {
                    done.insert("Id".into(), id.into());
                    good.push(Value::Object(done));
                }
                Ok(_) => {}
                Err(e) => bad.push(json!({
                    "Id": id, "SenderFault": true, "Code": e.code.query(), "Message": e.message,
                })),
            }
        }
        Ok(json!({"Successful": good, "Failed": bad}))
    }

    fn entry(&self, queue: &str, kind: Kind, entry: Value) -> Result<Value, SqsError> {
        match kind {
            Kind::Send => self.send_one(queue, shape(entry)?),
            Kind::Delete => self.delete_one(queue, &shape(entry)?),
            Kind::Hide => self.hide_one(queue, &shape(entry)?),
        }
    }
}

/// Reads a request's shape.
pub(super) fn shape<T: serde::de::DeserializeOwned>(value: Value) -> Result<T, SqsError> {
    serde_json::from_value(value)
        .map_err(|e| SqsError::new(Code::Serialization, format!("The request cannot be read: {e}")))
}

/// The ids of a batch, checked.
fn check(entries: &[Value]) -> Result<Vec<String>, SqsError> {
    if entries.is_empty() {
        return Err(SqsError::new(
            Code::EmptyBatchRequest,
            "There should be at least one entry in the request.",
        ));
    }
    if entries.len() > 10 {
        return Err(SqsError::new(
            Code::TooManyEntriesInBatchRequest,
            format!(
                "Maximum number of entries per request are 10. You have sent {}.",
                entries.len()
            ),
        ));
    }
    let mut ids: Vec<String> = Vec::new();
    for entry in entries {
        let id = entry.get("Id").and_then(Value::as_str).unwrap_or_default();
        let good = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if id.is_empty() || id.len() > 80 || !id.chars().all(good) {
            return Err(SqsError::new(
                Code::InvalidBatchEntryId,
                "A batch entry id has 1 to 80 letters, digits, hyphens and underscores.",
            ));
        }
        if ids.iter().any(|other| other == id) {
            return Err(SqsError::new(
                Code::BatchEntryIdsNotDistinct,
                format!("Id {id} repeated."),
            ));
        }
        ids.push(id.into());
    }
    Ok(ids)
}
