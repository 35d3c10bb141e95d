//! Where committed transactions and platform events go. The record half knows only this trait;
//! in the org the [`Bus`] stands behind it, in tests a list.

use std::sync::Arc;

use super::bus::{Bus, PublishError, Published, Record, RecordChange, Usage};
use super::metadata::Metadata;

/// The bus as the record half sees it.
pub trait EventSink: Send + Sync {
    /// One committed transaction, in order.
    fn record_changes(&self, changes: Vec<RecordChange>);

    /// Publishes a platform event as the user of this id.
    fn publish(&self, event: &str, fields: Record, user: &str) -> Result<Published, PublishError>;

    /// An admin changed the metadata.
    fn metadata_changed(&self, metadata: Arc<Metadata>);

    /// Event deliveries of the last 24 hours.
    fn usage(&self) -> Usage;
}

impl EventSink for Bus {
    fn record_changes(&self, changes: Vec<RecordChange>) {
        Bus::record_changes(self, changes);
    }

    fn publish(&self, event: &str, fields: Record, user: &str) -> Result<Published, PublishError> {
        Bus::publish(self, event, fields, user)
    }

    fn metadata_changed(&self, metadata: Arc<Metadata>) {
        Bus::metadata_changed(self, metadata);
    }

    fn usage(&self) -> Usage {
        Bus::usage(self)
    }
}
