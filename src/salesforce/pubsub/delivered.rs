//! An event as it came, and as it was understood.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chime_contract::Secret;
use serde::{Deserialize, Serialize};

use crate::salesforce::error::Result;
use crate::salesforce::schema::event::{Decoded, interpret};
use crate::salesforce::schema::{self, EventSchema, Namespace};

/// An event as it came. `Debug` shows no payload.
#[derive(Clone)]
pub struct RawEvent {
    /// Topic it came on, with namespace.
    pub topic: Arc<str>,
    /// The producer's id of the event; empty if it had none.
    pub event_id: String,
    /// Its replay id, opaque.
    pub replay_id: Vec<u8>,
    /// The schema it names, with its text if the org gave it.
    pub schema: Arc<EventSchema>,
    /// Avro bytes.
    pub payload: Vec<u8>,
}

impl std::fmt::Debug for RawEvent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RawEvent")
            .field("topic", &self.topic)
            .field("event_id", &self.event_id)
            .field("replay_id", &hex::encode(&self.replay_id))
            .field("schema", &self.schema.id())
            .field("payload", &self.payload.len())
            .finish()
    }
}

/// An event with its meaning, for the mapper.
#[derive(Debug, Clone)]
pub struct DecodedEvent {
    /// As it came.
    pub raw: RawEvent,
    /// What it says.
    pub decoded: Decoded,
}

/// The written form: what a retry needs, a month later, after the org has forgotten the event.
#[derive(Serialize, Deserialize)]
struct Written {
    version: u32,
    topic: String,
    event_id: String,
    replay_id: String,
    schema_id: String,
    schema: String,
    payload: String,
}

impl RawEvent {
    /// The id of the schema it could not be read for want of.
    pub fn lacks_schema(&self) -> Option<&str> {
        let named = !self.schema.id().is_empty();
        (named && self.schema.json().is_empty()).then(|| self.schema.id())
    }

    /// Decodes it.
    pub fn interpret(&self, namespace: &Namespace) -> Result<Decoded> {
        Ok(interpret(&self.schema, &self.payload, namespace)?)
    }

    /// All of it as bytes. They may hold join keys: they go into the store sealed or not at all.
    pub fn to_bytes(&self) -> Secret<Vec<u8>> {
        let written = Written {
            version: 1,
            topic: self.topic.to_string(),
            event_id: self.event_id.clone(),
            replay_id: hex::encode(&self.replay_id),
            schema_id: self.schema.id().to_string(),
            schema: self.schema.json().to_string(),
            payload: STANDARD.encode(&self.payload),
        };
        // A struct of texts and a number always serializes.
        Secret::new(serde_json::to_vec(&written).unwrap_or_default())
    }

    /// The event out of [`RawEvent::to_bytes`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let unreadable = |reason: &str| schema::Error::Incomplete {
            topic: "dead letter".to_string(),
            reason: reason.to_string(),
        };
        let written: Written =
            serde_json::from_slice(bytes).map_err(|_| unreadable("it was not written by us"))?;
        if written.version != 1 {
            return Err(unreadable("it was written by a newer version").into());
        }
        Ok(Self {
            topic: written.topic.into(),
            event_id: written.event_id,
            replay_id: hex::decode(&written.replay_id)
                .map_err(|_| unreadable("its replay id is damaged"))?,
            schema: Arc::new(EventSchema::parse(written.schema_id, written.schema)),
            payload: STANDARD
                .decode(&written.payload)
                .map_err(|_| unreadable("its payload is damaged"))?,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_event_written_down_comes_back_whole(
            id in ".{0,20}", replay in proptest::collection::vec(any::<u8>(), 0..12),
            payload in proptest::collection::vec(any::<u8>(), 0..60), schema in ".{0,40}",
        ) {
            let raw = RawEvent {
                topic: "/event/A__e".into(), event_id: id.clone(), replay_id: replay.clone(),
                schema: Arc::new(EventSchema::parse("s1", schema.clone())), payload: payload.clone(),
            };
            let back = RawEvent::from_bytes(raw.to_bytes().expose()).unwrap();
            prop_assert_eq!((back.event_id, back.replay_id, back.payload), (id, replay, payload));
            prop_assert_eq!((back.schema.id(), back.schema.json()), ("s1", schema.as_str()));
        }

        #[test]
        fn any_bytes_are_an_event_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            let _ = RawEvent::from_bytes(&bytes);
        }
    }
}
