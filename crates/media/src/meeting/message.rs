//! Data messages between clients: what is taken, and what the others get.

use crate::presence::Seat;
use crate::wire::signal::{DataMessage, DataMessages};
use crate::wire::{Frame, Kind, frame};

/// Most bytes of one message.
const LARGEST: usize = 2048;
/// Most messages of one frame. INFERRED: more than ten in a frame are left out; clients send one.
const MOST: usize = 10;

/// The messages that go on to the others, with their sender and time.
///
/// INFERRED: a message that breaks a limit is left out silently; clients check the same limits
/// before they send.
pub fn passed_on(sent: DataMessages, from: &Seat, now_ms: i64) -> Option<Frame> {
    let messages: Vec<DataMessage> = sent
        .messages
        .into_iter()
        .take(MOST)
        .filter(|m| topic(m.topic.as_deref().unwrap_or_default()))
        .filter(|m| m.data.as_ref().is_some_and(|data| data.len() <= LARGEST))
        .map(|m| DataMessage {
            sender_attendee_id: Some(from.attendee_id.clone()),
            sender_external_user_id: Some(from.external_user_id.clone()),
            ingest_time_ns: Some(now_ms.saturating_mul(1_000_000)),
            ..m
        })
        .collect();
    let data_message = Some(DataMessages { messages });
    data_message
        .as_ref()
        .is_some_and(|d| !d.messages.is_empty())
        .then(|| Frame { data_message, ..frame(Kind::DataMessage) })
}

/// `^[a-zA-Z0-9_-]{1,36}$`
fn topic(topic: &str) -> bool {
    (1..=36).contains(&topic.len())
        && topic.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::presence::Abilities;

    fn sent(topic: &str, bytes: usize) -> DataMessages {
        let message = DataMessage {
            topic: Some(topic.into()),
            data: Some(vec![7; bytes]),
            sender_attendee_id: Some("somebody else".into()),
            ..DataMessage::default()
        };
        DataMessages { messages: vec![message] }
    }

    fn ada() -> Seat {
        Seat {
            meeting_id: "m".into(),
            attendee_id: "ada".into(),
            external_user_id: "x".into(),
            abilities: Abilities::default(),
        }
    }

    #[test]
    fn a_message_carries_its_true_sender_and_the_time() {
        let frame = passed_on(sent("cb-chat", 2048), &ada(), 5).unwrap();
        let message = &frame.data_message.unwrap().messages[0];
        assert_eq!(message.sender_attendee_id.as_deref(), Some("ada"));
        assert_eq!(message.ingest_time_ns, Some(5_000_000));
    }

    #[test]
    fn what_breaks_a_limit_is_left_out() {
        assert!(passed_on(sent("cb-chat", 2049), &ada(), 5).is_none());
        assert!(passed_on(sent("cb chat", 1), &ada(), 5).is_none());
        assert!(passed_on(sent("", 1), &ada(), 5).is_none());
        assert!(passed_on(sent(&"x".repeat(37), 1), &ada(), 5).is_none());
    }
}
