//! The account's queues: what the wire's operations and the emulator's own parts both call.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::attributes::Attributes;
use super::error::{Code, SqsError};
use super::message::{Message, MessageAttributes};
use super::queue::Queue;
use crate::aws::ids::{ACCOUNT, REGION, guid};
use crate::clock::Clock;
use crate::faults::{FaultKind, Faults};

/// SQS of one account. Cloneable handle.
#[derive(Clone)]
pub struct Sqs {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) clock: Clock,
    pub(super) faults: Faults,
    pub(super) base: String,
    pub(super) state: Mutex<State>,
    pub(super) arrived: Notify,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) queues: BTreeMap<String, Queue>,
    copies: u64,
}

impl Sqs {
    /// SQS whose queue addresses begin with `base` (`http://127.0.0.1:4566`).
    pub fn new(clock: Clock, faults: Faults, base: impl Into<String>) -> Self {
        Self {
            inner: Arc::new(Inner {
                clock,
                faults,
                base: base.into(),
                state: Mutex::default(),
                arrived: Notify::new(),
            }),
        }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The queue's address.
    pub fn url(&self, queue: &str) -> String {
        format!("{}/{ACCOUNT}/{queue}", self.inner.base)
    }

    /// The queue's ARN.
    pub fn arn(queue: &str) -> String {
        format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}")
    }

    /// Makes a queue; the same name with the same attributes again is no error.
    pub fn create(&self, name: &str, attributes: Attributes) -> Result<String, SqsError> {
        let good = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if name.is_empty() || name.len() > 80 || !name.chars().all(good) {
            return Err(SqsError::new(
                Code::InvalidParameterValue,
                "A queue name has 1 to 80 letters, digits, hyphens and underscores; FIFO queues are not served.",
            ));
        }
        let now = self.inner.clock.now();
        let mut state = self.state();
        match state.queues.get(name) {
            Some(queue) if !queue.attributes.agrees_with(&attributes) => Err(SqsError::new(
                Code::QueueNameExists,
                "A queue already exists with the same name and a different value for an attribute.",
            )),
            Some(_) => Ok(self.url(name)),
            None => {
                state.queues.insert(name.into(), Queue::new(name.into(), attributes, now));
                Ok(self.url(name))
            }
        }
    }

    /// Makes `name` and `name-dlq`, with redrive after `most` receives.
    pub fn create_pair(&self, name: &str, most: u32) -> Result<(), SqsError> {
        let dead = format!("{name}-dlq");
        let mut attributes = Attributes::default();
        attributes.put("MessageRetentionPeriod", "1209600")?;
        self.create(&dead, attributes.clone())?;
        let policy = serde_json::json!({
            "deadLetterTargetArn": Self::arn(&dead), "maxReceiveCount": most,
        });
        attributes.put("RedrivePolicy", &policy.to_string())?;
        self.create(name, attributes).map(|_| ())
    }

    /// Sends a text from within the emulator; gives the message id.
    /// Fault `sqs`/`SendMessage`, `Duplicate`: two copies with one id.
    pub fn send(&self, queue: &str, body: impl Into<String>) -> Result<String, SqsError> {
        self.push(queue, body.into(), MessageAttributes::new(), None)
    }

    pub(super) fn push(
        &self,
        queue: &str,
        body: String,
        attributes: MessageAttributes,
        delay: Option<i64>,
    ) -> Result<String, SqsError> {
        let now = self.inner.clock.now();
        let twice = self
            .inner
            .faults
            .take_if("sqs", "SendMessage", |kind| matches!(kind, FaultKind::Duplicate));
        let mut state = self.state();
        let state = &mut *state;
        let target = state.queues.get_mut(queue).ok_or_else(missing)?;
        if body.is_empty() {
            return Err(SqsError::new(
                Code::MissingParameter,
                "The request must contain the parameter MessageBody.",
            ));
        }
        let most = target.attributes.number("MaximumMessageSize") as usize;
        if Message::size(&body, &attributes) > most {
            return Err(SqsError::new(
                Code::InvalidParameterValue,
                format!(
                    "One or more parameters are invalid. Reason: Message must be shorter than {most} bytes."
                ),
            ));
        }
        let xml = |c: char| matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
        if !body.chars().all(xml) {
            return Err(SqsError::new(
                Code::InvalidMessageContents,
                "Invalid characters found in the message body.",
            ));
        }
        let delay = delay.unwrap_or(target.attributes.number("DelaySeconds") as i64);
        let id = guid();
        for _ in 0..=usize::from(twice.is_some()) {
            state.copies += 1;
            target.messages.push(Message {
                id: id.clone(),
                body: body.clone(),
                attributes: attributes.clone(),
                sent: now,
                first_received: None,
                received: 0,
                visible_at: now + delay * 1000,
                copy: state.copies,
                handle: 0,
            });
        }
        self.inner.arrived.notify_waiters();
        Ok(id)
    }

    /// All messages in the queue now, also hidden ones, oldest first; receives nothing.
    pub fn peek(&self, queue: &str) -> Vec<Message> {
        let now = self.inner.clock.now();
        let mut state = self.state();
        let Some(queue) = state.queues.get_mut(queue) else { return Vec::new() };
        queue.settle(now);
        queue.messages.clone()
    }
}

/// No such queue.
pub(super) fn missing() -> SqsError {
    SqsError::new(Code::QueueDoesNotExist, "The specified queue does not exist.")
}
