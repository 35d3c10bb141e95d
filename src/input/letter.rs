//! Dead letters as they are made: a derived key, a cause in words, and sealed beside them what a
//! retry needs. No content and no secret stands in the open part.

use chime_contract::Secret;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::clock::Millis;
use crate::meeting::effect::{Effect, Failure};
use crate::outbox::row::Change;
use crate::store::DeadLetter;

/// What a retry of a dead letter needs; stored sealed.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Origin {
    /// A command.
    Command {
        /// The event's fields.
        fields: Map<String, Value>,
        /// `EventUuid`.
        uuid: String,
        /// `CreatedById`.
        by: String,
        /// `CreatedDate`.
        #[serde(default)]
        at: Option<Millis>,
    },
    /// A message of the notices queue.
    Notice {
        /// Body.
        body: String,
    },
    /// A message of the signals queue.
    Signal {
        /// Body.
        body: String,
        /// Queue time.
        at: Millis,
    },
    /// An effect that was given up.
    Effect {
        /// Meeting record id.
        meeting: String,
        /// The effect.
        effect: Box<Effect>,
    },
    /// A change that Salesforce refused.
    Change {
        /// The change.
        change: Box<Change>,
    },
}

impl Origin {
    /// For sealing.
    pub fn to_bytes(&self) -> Secret<Vec<u8>> {
        // These types hold only strings, numbers and maps with string keys: they always serialize.
        Secret::new(serde_json::to_vec(self).unwrap_or_default())
    }

    /// After opening.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(bytes)
    }

    /// The step named on the letter.
    pub fn step(&self) -> String {
        match self {
            Self::Command { .. } => "command".into(),
            Self::Notice { .. } => "notice".into(),
            Self::Signal { .. } => "signal".into(),
            Self::Effect { effect, .. } => {
                let name = effect.name();
                format!("effect:{}", name.split(':').next().unwrap_or_default())
            }
            Self::Change { change } => format!("outbox:{}", change.object),
        }
    }
}

/// A letter whose origin is still in the clear in `sealed`: the inbox seals it before it is
/// stored. The key is derived from step, code and origin, so that failing twice is one letter.
pub fn letter(
    meeting: Option<&str>,
    origin: &Origin,
    failure: &Failure,
    detail: String,
    at: Millis,
) -> DeadLetter {
    let bytes = origin.to_bytes();
    let mut hash = Sha256::new();
    hash.update(b"letter-v1|");
    hash.update(failure.code.as_bytes());
    hash.update(bytes.expose());
    DeadLetter {
        key: hex::encode(&hash.finalize()[..16]),
        meeting: meeting.map(str::to_string),
        step: origin.step(),
        code: failure.code.clone(),
        cause: failure.text.clone(),
        detail,
        at,
        state: "Open".into(),
        sealed: bytes.expose().clone(),
    }
}
