//! What the bridge keeps of a seat: the values derived from its join key, never the key itself,
//! and a host's second key. Stored sealed as `seat:<seat id>:<ticket>`; inside the seal it is JSON
//! with base64url values (the ticket's name stays hex, as in the bucket).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chime_contract::Secret;
use chime_contract::keys::{JoinKey, SeatKeys};
use chime_contract::secret::exposed;
use serde::{Deserialize, Serialize};

use super::SealError;

/// A seat's secrets.
#[derive(Debug, Clone)]
pub struct SeatSecrets {
    /// Names the ticket object (hex).
    pub ticket: String,
    /// AES-256-GCM key of the ticket.
    pub seal: Secret<[u8; 32]>,
    /// HMAC-SHA256 key of the seat's signals.
    pub signal: Secret<[u8; 32]>,
    /// A host's second key, which host proofs are checked with.
    pub host: Option<Secret<[u8; 32]>>,
}

#[derive(Serialize, Deserialize)]
struct Document {
    ticket: String,
    #[serde(serialize_with = "exposed")]
    seal: Secret<String>,
    #[serde(serialize_with = "exposed")]
    signal: Secret<String>,
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "exposed_option")]
    host: Option<Secret<String>>,
}

/// The bytes are not a seat's secrets.
#[derive(Debug, thiserror::Error)]
#[error("these bytes are not a seat's secrets")]
pub struct NotASeat;

impl SeatSecrets {
    /// The secret's name in the store: a seat may have had another key before, with its own.
    pub fn name(seat: &str, ticket: &str) -> String {
        format!("seat:{seat}:{ticket}")
    }

    /// From the join key, for an org (18 characters); `host` for a host's seat.
    pub fn derive(key: &JoinKey, host: Option<&JoinKey>, org_id: &str) -> Self {
        let SeatKeys { ticket, seal, signal } = key.seat(org_id);
        Self { ticket, seal, signal, host: host.map(|key| Secret::new(*key.bytes())) }
    }

    /// As the contract's ticket and signal functions take them.
    pub fn keys(&self) -> SeatKeys {
        SeatKeys {
            ticket: self.ticket.clone(),
            seal: self.seal.clone(),
            signal: self.signal.clone(),
        }
    }

    /// The key host proofs are checked with.
    pub fn host_key(&self) -> Option<JoinKey> {
        self.host.as_ref().map(|host| JoinKey::from_bytes(*host.expose()))
    }

    /// What is sealed: an inbox input carries this as the secret that `name` names.
    pub fn to_bytes(&self) -> Result<Secret<Vec<u8>>, SealError> {
        let text = |key: &Secret<[u8; 32]>| Secret::new(URL_SAFE_NO_PAD.encode(key.expose()));
        let document = Document {
            ticket: self.ticket.clone(),
            seal: text(&self.seal),
            signal: text(&self.signal),
            host: self.host.as_ref().map(text),
        };
        serde_json::to_vec(&document).map(Secret::new).map_err(|_| SealError::Content {
            context: "seat".to_owned(),
            reason: "it cannot be written as JSON",
        })
    }

    /// Reads what was sealed.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NotASeat> {
        let document: Document = serde_json::from_slice(bytes).map_err(|_| NotASeat)?;
        let key = |text: &Secret<String>| -> Result<Secret<[u8; 32]>, NotASeat> {
            let bytes = Secret::new(URL_SAFE_NO_PAD.decode(text.expose()).map_err(|_| NotASeat)?);
            <[u8; 32]>::try_from(bytes.expose().as_slice()).map(Secret::new).map_err(|_| NotASeat)
        };
        Ok(Self {
            seal: key(&document.seal)?,
            signal: key(&document.signal)?,
            host: document.host.as_ref().map(key).transpose()?,
            ticket: document.ticket,
        })
    }
}

fn exposed_option<S: serde::Serializer>(
    value: &Option<Secret<String>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => exposed(value, serializer),
        None => serializer.serialize_none(),
    }
}
