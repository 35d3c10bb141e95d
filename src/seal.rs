//! What is secret at rest: sealed under the key in `store.key_file` before it goes to the store,
//! opened where an effect needs it. Also derives the recorders' join keys, so that launching the
//! same attempt twice writes the same file.
//!
//! Sealed value: `1`, 12 bytes of random nonce, AES-256-GCM ciphertext with tag. The additional
//! data is the context (the secret's name), so a value moved to another name does not open.

mod key_file;
mod seat;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use chime_contract::Secret;
use chime_contract::keys::{JoinKey, derive};

use crate::clock::SharedEntropy;

pub use seat::SeatSecrets;

const VERSION: u8 = 1;
const NONCE: usize = 12;
/// Salt of what is derived for this store alone.
const OWN: &str = "chime-bridge-store";

/// Why something could not be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The key file is not there or cannot be read.
    #[error("the store's key file {path} cannot be read: {source}; check store.key_file")]
    Unreadable {
        /// File.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Others than its owner could read or change it.
    #[error(
        "the store's key file {path} has mode {mode:03o}, so others can get at it; \
         run `chmod 600 {path}`"
    )]
    Exposed {
        /// File.
        path: PathBuf,
        /// Permission bits.
        mode: u32,
    },
    /// Not 32 bytes in any form.
    #[error(
        "the store's key file {path} holds no key: 32 raw bytes, 64 hex digits or base64 of \
         32 bytes are wanted, {length} bytes were found"
    )]
    NotAKey {
        /// File.
        path: PathBuf,
        /// Bytes in the file.
        length: usize,
    },
    /// Another key, another name, or changed on the way.
    #[error(
        "the sealed value {context} does not open; it was sealed under another key \
         (store.key_file) or has been changed"
    )]
    DoesNotOpen {
        /// The context given.
        context: String,
    },
    /// It opened, but is not what was expected.
    #[error("the sealed value {context} opened but cannot be read: {reason}")]
    Content {
        /// The context given.
        context: String,
        /// What is wrong, without content.
        reason: &'static str,
    },
}

/// The store's key, and what is done with it.
#[derive(Clone)]
pub struct Seal {
    cipher: Aes256Gcm,
    key: Secret<[u8; 32]>,
    entropy: SharedEntropy,
}

impl std::fmt::Debug for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seal([secret])")
    }
}

impl Seal {
    /// A seal over a key from elsewhere.
    pub fn new(key: Secret<[u8; 32]>, entropy: SharedEntropy) -> Self {
        let own = Secret::new(derive(key.expose(), OWN, "seal-v1"));
        Self { cipher: Aes256Gcm::new(own.expose().into()), key, entropy }
    }

    /// Reads the key file: 32 raw bytes, 64 hex digits, or base64. If it is absent and `create` is
    /// true, a new key is drawn and written with mode 0600. A file that others can read, or any
    /// but its owner can change, is refused.
    pub fn from_key_file(
        path: &Path,
        create: bool,
        entropy: SharedEntropy,
    ) -> Result<Self, SealError> {
        let key = key_file::read_or_create(path, create, entropy.as_ref())?;
        Ok(Self::new(key, entropy))
    }

    /// Tells one key from another without giving anything away: 16 hex characters. Kept as a note
    /// in the store, it lets the bridge say "wrong key" at start instead of at the first secret.
    pub fn fingerprint(&self) -> String {
        hex::encode(&derive(self.key.expose(), OWN, "fingerprint-v1")[..8])
    }

    /// Seals a value for one context, such as the secret's name. Sealing twice gives two texts.
    pub fn seal(&self, plain: &[u8], context: &str) -> Result<Vec<u8>, SealError> {
        let mut nonce = [0u8; NONCE];
        self.entropy.fill(&mut nonce);
        let payload = Payload { msg: plain, aad: context.as_bytes() };
        // Fails only beyond 64 GiB; said as an error all the same, since a secret is at stake.
        let text = self
            .cipher
            .encrypt(Nonce::from_slice(&nonce), payload)
            .map_err(|_| content(context, "it is too large to seal"))?;
        let mut sealed = Vec::with_capacity(1 + NONCE + text.len());
        sealed.push(VERSION);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(&text);
        Ok(sealed)
    }

    /// Opens a sealed value; the context must be the one it was sealed for.
    pub fn open(&self, sealed: &[u8], context: &str) -> Result<Secret<Vec<u8>>, SealError> {
        let fails = || SealError::DoesNotOpen { context: context.to_owned() };
        let rest = match sealed.split_first() {
            Some((&VERSION, rest)) => rest,
            Some(_) => return Err(content(context, "its format is of another version")),
            None => return Err(fails()),
        };
        let (nonce, text) = rest.split_at_checked(NONCE).ok_or_else(fails)?;
        let payload = Payload { msg: text, aad: context.as_bytes() };
        self.cipher.decrypt(Nonce::from_slice(nonce), payload).map(Secret::new).map_err(|_| fails())
    }

    /// Opens a text, such as a join token or a link.
    pub fn open_text(&self, sealed: &[u8], context: &str) -> Result<Secret<String>, SealError> {
        let bytes = self.open(sealed, context)?;
        match std::str::from_utf8(bytes.expose()) {
            Ok(text) => Ok(Secret::new(text.to_owned())),
            Err(_) => Err(content(context, "it is not text")),
        }
    }

    /// Seals what the bridge keeps of a seat; the context is the secret's name.
    pub fn seal_seat(&self, seat: &str, secrets: &SeatSecrets) -> Result<Vec<u8>, SealError> {
        self.seal(secrets.to_bytes()?.expose(), &SeatSecrets::name(seat, &secrets.ticket))
    }

    /// Opens what the bridge keeps of a seat's key.
    pub fn open_seat(
        &self,
        seat: &str,
        ticket: &str,
        sealed: &[u8],
    ) -> Result<SeatSecrets, SealError> {
        let name = SeatSecrets::name(seat, ticket);
        SeatSecrets::from_bytes(self.open(sealed, &name)?.expose())
            .map_err(|_| content(&name, "it is not a seat's secrets"))
    }

    /// The join key of one attempt's recorder: derived, so that doing it again is harmless.
    pub fn recorder_key(&self, org_id: &str, recording: &str, attempt: u32) -> JoinKey {
        let info = format!("recorder-v1|{recording}|{attempt}");
        JoinKey::from_bytes(derive(self.key.expose(), org_id, &info))
    }
}

fn content(context: &str, reason: &'static str) -> SealError {
    SealError::Content { context: context.to_owned(), reason }
}
