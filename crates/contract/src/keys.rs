//! Join keys and what is derived from them. A join key opens one seat in one meeting; the bridge
//! keeps the derived values only (ticket name, seal key, signal key), never the key itself.
//!
//! Derivation: ticket name = hex(SHA-256(key bytes)); the other two are HKDF-SHA256 with the key
//! bytes as input, the 18-character org id as salt and `ticket-v1` or `signal-v1` as info.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

use crate::Secret;

/// Why a text is not a key.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a key is 43 characters of base64url (32 bytes); this one has {length} characters")]
pub struct NotAKey {
    /// How many characters were given.
    pub length: usize,
}

/// 32 random bytes, base64url in links (`https://ROOM/#KEY`).
#[derive(Debug, Clone)]
pub struct JoinKey(Secret<[u8; 32]>);

/// What the bridge keeps of a seat's join key.
#[derive(Debug, Clone)]
pub struct SeatKeys {
    /// Hex SHA-256 of the key; names the ticket object. Opens nothing by itself.
    pub ticket: String,
    /// AES-256-GCM key of the ticket.
    pub seal: Secret<[u8; 32]>,
    /// HMAC-SHA256 key of the seat's signals.
    pub signal: Secret<[u8; 32]>,
}

impl JoinKey {
    /// Reads the base64url form.
    pub fn parse(text: &str) -> Result<Self, NotAKey> {
        let fail = || NotAKey { length: text.chars().count() };
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| fail())?;
        Ok(Self::from_bytes(bytes.try_into().map_err(|_| fail())?))
    }

    /// A key from bytes drawn elsewhere.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Secret::new(bytes))
    }

    /// The base64url form, for a link or a launch file.
    pub fn to_text(&self) -> Secret<String> {
        Secret::new(URL_SAFE_NO_PAD.encode(self.0.expose()))
    }

    /// The key's bytes, for sealing at rest.
    pub fn bytes(&self) -> &[u8; 32] {
        self.0.expose()
    }

    /// The derived values for a seat of `org_id` (18 characters).
    pub fn seat(&self, org_id: &str) -> SeatKeys {
        SeatKeys {
            ticket: hex::encode(Sha256::digest(self.0.expose())),
            seal: Secret::new(derive(self.0.expose(), org_id, "ticket-v1")),
            signal: Secret::new(derive(self.0.expose(), org_id, "signal-v1")),
        }
    }

    /// Host proof: base64url HMAC-SHA256 of the expiry (decimal epoch seconds) under this key,
    /// used with the host key that only Apex and the bridge hold.
    pub fn host_proof(&self, expires_at: u64) -> String {
        URL_SAFE_NO_PAD.encode(mac(self.0.expose(), expires_at.to_string().as_bytes()))
    }

    /// Checks a host proof in constant time. Says nothing about whether it has expired.
    pub fn check_host_proof(&self, expires_at: u64, proof: &str) -> bool {
        same(self.host_proof(expires_at).as_bytes(), proof.as_bytes())
    }
}

/// HKDF-SHA256 to 32 bytes.
pub fn derive(secret: &[u8], salt: &str, info: &str) -> [u8; 32] {
    let mut out = [0u8; 32];
    // 32 bytes is far below HKDF's limit of 255 hashes, so `expand` cannot fail.
    let _ = Hkdf::<Sha256>::new(Some(salt.as_bytes()), secret).expand(info.as_bytes(), &mut out);
    out
}

/// HMAC-SHA256.
pub fn mac(key: &[u8], message: &[u8]) -> [u8; 32] {
    use hmac::digest::KeyInit;
    // HMAC takes a key of any length; the branch exists only because the type says so.
    match <Hmac<Sha256> as KeyInit>::new_from_slice(key) {
        Ok(mut hmac) => {
            hmac.update(message);
            hmac.finalize().into_bytes().into()
        }
        Err(_) => [0; 32],
    }
}

/// Compares in constant time (for equal lengths).
pub fn same(a: &[u8], b: &[u8]) -> bool {
    subtle::ConstantTimeEq::ct_eq(a, b).into()
}
