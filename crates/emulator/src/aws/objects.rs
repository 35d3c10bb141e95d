//! Reading objects from inside the emulator: the room origin serves tickets and pages from the
//! room bucket as a CDN would, without knowing which store stands behind.

/// A store of objects.
#[async_trait::async_trait]
pub trait Objects: Send + Sync {
    /// The current object's bytes; `None` if bucket or key does not exist or is deleted.
    async fn get(&self, bucket: &str, key: &str) -> Option<Vec<u8>>;
}
