//! What the outbox needs of the sealed part of the store: a secret to put into a field at the last
//! moment, and a seal for what a dead letter must keep.

use async_trait::async_trait;
use chime_contract::Secret;

use crate::store::StoreError;

/// Why a secret could not be had.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The store failed; try again.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It is there, but does not open: another key file, or damage.
    #[error("the sealed value {name} does not open; is store.key_file the one it was made with?")]
    Sealed {
        /// Name of the secret, such as `playback:<recording>`.
        name: String,
    },
}

/// Opens and seals under `store.key_file`.
#[async_trait]
pub trait Vault: Send + Sync + 'static {
    /// A secret by name; `None` if there is none (any more).
    async fn reveal(&self, name: &str) -> Result<Option<Secret<String>>, VaultError>;
    /// Seals bytes for the dead letter of this key.
    fn seal(&self, plain: &[u8], key: &str) -> Vec<u8>;
}

/// The vault over the store and its key.
pub struct StoreVault {
    /// Sealed values.
    pub store: std::sync::Arc<dyn crate::store::Store>,
    /// Opens them.
    pub seal: std::sync::Arc<crate::seal::Seal>,
}

#[async_trait]
impl Vault for StoreVault {
    async fn reveal(&self, name: &str) -> Result<Option<Secret<String>>, VaultError> {
        let Some(sealed) = self.store.secret(name).await? else { return Ok(None) };
        let opened = self.seal.open_text(&sealed, name);
        opened.map(Some).map_err(|_| VaultError::Sealed { name: name.to_string() })
    }

    fn seal(&self, plain: &[u8], key: &str) -> Vec<u8> {
        // A change is far below the cipher's limit; an empty seal would only lose the retry.
        self.seal.seal(plain, key).unwrap_or_default()
    }
}
