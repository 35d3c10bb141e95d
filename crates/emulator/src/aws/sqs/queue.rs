//! One queue's messages, without a clock or a lock of its own: the caller brings both.

use super::attributes::Attributes;
use super::error::{Code, SqsError};
use super::message::{Handle, Message};

/// INFERRED: how far out of order a standard queue may hand out. AWS says "occasionally"; here
/// any of the oldest this many visible messages may come next.
const WINDOW: usize = 10;

/// Most messages in flight in a standard queue.
const IN_FLIGHT: usize = 120_000;

/// A queue.
#[derive(Debug)]
pub(super) struct Queue {
    pub(super) name: String,
    pub(super) attributes: Attributes,
    pub(super) created: i64,
    pub(super) changed: i64,
    pub(super) messages: Vec<Message>,
}

impl Queue {
    pub(super) fn new(name: String, attributes: Attributes, now: i64) -> Self {
        Self { name, attributes, created: now, changed: now, messages: Vec::new() }
    }

    /// Drops what is older than the retention.
    pub(super) fn settle(&mut self, now: i64) {
        let keep = self.attributes.number("MessageRetentionPeriod") as i64 * 1000;
        self.messages.retain(|m| m.sent + keep > now);
    }

    /// Takes out the messages that were handed out too often and would be handed out now.
    pub(super) fn take_dead(&mut self, most: u32, now: i64) -> Vec<Message> {
        let dead = |m: &Message| m.visible_at <= now && m.received >= most;
        let (dead, stay) = std::mem::take(&mut self.messages).into_iter().partition(dead);
        self.messages = stay;
        dead
    }

    /// Hands out up to `most` visible messages for `visibility` milliseconds.
    pub(super) fn hand_out(
        &mut self,
        most: usize,
        visibility: i64,
        now: i64,
    ) -> Result<Vec<Message>, SqsError> {
        let in_flight = self.messages.iter().filter(|m| m.received > 0 && m.visible_at > now);
        if in_flight.count() >= IN_FLIGHT {
            return Err(SqsError::new(Code::OverLimit, "Too many messages in flight."));
        }
        let mut ready: Vec<usize> = (0..self.messages.len())
            .filter(|i| self.messages[*i].visible_at <= now)
            .take(WINDOW.max(most))
            .collect();
        ready.sort_by_cached_key(|_| rand::random::<u64>());
        ready.truncate(most);
        // Now and then fewer than there are, as AWS says of a receive.
        //
        // INFERRED: how often.
        if rand::random_ratio(1, 4) {
            ready.truncate(rand::random_range(1..=ready.len().max(1)));
        }
        Ok(ready
            .into_iter()
            .map(|i| {
                let message = &mut self.messages[i];
                message.received += 1;
                message.handle += 1;
                message.first_received.get_or_insert(now);
                message.visible_at = now + visibility;
                message.clone()
            })
            .collect())
    }

    /// Deletes by handle. An old handle of a message handed out again deletes nothing, and says
    /// so to nobody, as at AWS.
    pub(super) fn delete(&mut self, handle: &Handle) {
        self.messages.retain(|m| !(m.copy == handle.copy && m.handle == handle.number));
    }

    /// Sets the time a message stays hidden, from now, in milliseconds.
    pub(super) fn hide(&mut self, handle: &Handle, hidden: i64, now: i64) -> Result<(), SqsError> {
        let message = self.messages.iter_mut().find(|m| m.copy == handle.copy);
        let Some(message) = message else {
            return Err(SqsError::new(
                Code::InvalidParameterValue,
                "The message does not exist or is not available for visibility timeout change.",
            ));
        };
        if message.handle != handle.number || message.visible_at <= now {
            return Err(SqsError::new(
                Code::MessageNotInflight,
                "The message referred to isn't in flight.",
            ));
        }
        message.visible_at = now + hidden;
        Ok(())
    }

    /// (visible, in flight, delayed).
    pub(super) fn counts(&self, now: i64) -> (usize, usize, usize) {
        let hidden = |m: &&Message| m.visible_at > now;
        let flying = self.messages.iter().filter(hidden).filter(|m| m.received > 0).count();
        let delayed = self.messages.iter().filter(hidden).filter(|m| m.received == 0).count();
        (self.messages.len() - flying - delayed, flying, delayed)
    }
}
