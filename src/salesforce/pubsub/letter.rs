//! An event that cannot be understood becomes a dead letter and the stream goes on. The letter
//! shows what an operator needs (schema id, replay id, length, hash) and nothing of the content,
//! which may hold join keys; the bytes go along sealed, with the schema, for a later try.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::delivered::RawEvent;
use crate::clock::Millis;
use crate::inbox::delivery::{Fact, Input};
use crate::salesforce::error::Error;
use crate::store::{DeadLetter, Fingerprint};

/// Seals what must not be read at rest.
pub trait Sealer: Send + Sync {
    /// The sealed form.
    fn seal(&self, plain: &[u8]) -> Vec<u8>;
}

impl<F: Fn(&[u8]) -> Vec<u8> + Send + Sync> Sealer for F {
    fn seal(&self, plain: &[u8]) -> Vec<u8> {
        self(plain)
    }
}

/// The fact that says so. The same event always makes the same key, so that a redelivery is one
/// letter; the fingerprint is not that of the event itself, which a later try must still find new.
pub(super) fn dead_letter(
    raw: &RawEvent,
    cause: &Error,
    sealer: &Arc<dyn Sealer>,
    now: Millis,
) -> Fact {
    let payload_hash = hex::encode(Sha256::digest(&raw.payload));
    let identity =
        format!("undecodable|{}|{}|{}|{payload_hash}", raw.topic, raw.event_id, raw.schema.id());
    let digest = Sha256::digest(identity.as_bytes());
    let mut fingerprint = Fingerprint::default();
    fingerprint.copy_from_slice(&digest[..16]);
    let detail = format!(
        "topic {}, schema {}, replay id {}, {} bytes, sha256 {payload_hash}",
        raw.topic,
        raw.schema.id(),
        hex::encode(&raw.replay_id),
        raw.payload.len()
    );
    Fact {
        fingerprint: Some(fingerprint),
        input: Input::DeadLetter(Box::new(DeadLetter {
            key: hex::encode(fingerprint),
            meeting: None,
            step: "event".to_string(),
            code: cause.code().to_string(),
            cause: cause.cause(),
            detail,
            at: now,
            state: "Open".to_string(),
            sealed: sealer.seal(raw.to_bytes().expose()),
        })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::salesforce::schema::{self, EventSchema};

    #[test]
    fn a_letter_shows_no_content_and_its_sealed_part_opens_to_the_event() {
        let raw = RawEvent {
            topic: "/event/A__e".into(),
            event_id: "e1".into(),
            replay_id: vec![0, 255],
            schema: Arc::new(EventSchema::parse("s1", "{}")),
            payload: b"join key".to_vec(),
        };
        let cause = Error::from(schema::Error::PayloadMismatch {
            id: "s1".into(),
            reason: "too short".into(),
        });
        let sealer: Arc<dyn Sealer> =
            Arc::new(|plain: &[u8]| plain.iter().map(|byte| byte ^ 0x55).collect::<Vec<_>>());
        let again = dead_letter(&raw, &cause, &sealer, 9);
        let Fact { fingerprint, input: Input::DeadLetter(letter) } =
            dead_letter(&raw, &cause, &sealer, 7)
        else {
            panic!("not a dead letter");
        };
        assert_eq!(again.fingerprint, fingerprint);
        assert_eq!((letter.code.as_str(), letter.at, letter.key.len()), ("CB-143", 7, 32));
        let shown = format!("{} {}", letter.cause, letter.detail);
        assert!(
            shown.contains("s1") && shown.contains("00ff") && shown.contains("8 bytes"),
            "{shown}"
        );
        assert!(!shown.contains("join key"), "{shown}");
        let opened: Vec<_> = letter.sealed.iter().map(|byte| byte ^ 0x55).collect();
        assert_eq!(RawEvent::from_bytes(&opened).unwrap().payload, b"join key");
    }
}
