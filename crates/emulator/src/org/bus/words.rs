//! The words the bus shares with the rest of the org: what a committed change is, what publishing
//! answers, and the settings.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A record by field API name; dates as RFC 3339 text, absent and null are the same.
pub type Record = Map<String, Value>;

/// Reads a record as it is now, soft-deleted ones too: `(object, id)`.
pub type Reader = Arc<dyn Fn(&str, &str) -> Option<Record> + Send + Sync>;

/// What was done to a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ChangeKind {
    /// Inserted.
    Create,
    /// Saved again.
    Update,
    /// Put in the Recycle Bin.
    Delete,
    /// Taken back out of it.
    Undelete,
}

/// One record's change in a committed transaction.
#[derive(Debug, Clone)]
pub struct RecordChange {
    /// Object API name.
    pub object: String,
    /// Record id, 18 characters.
    pub id: String,
    /// What was done.
    pub kind: ChangeKind,
    /// The record before; `None` for an insert.
    pub before: Option<Record>,
    /// The record after (for a delete: as it lies in the bin).
    pub after: Record,
    /// Id of the user who saved.
    pub user: String,
    /// `client=` of `Sforce-Call-Options`.
    pub client: Option<String>,
    /// Commit time, epoch milliseconds.
    pub at: i64,
    /// Transaction key, the same for all changes of one commit.
    pub transaction: String,
}

/// What publishing an event answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// `EventUuid`.
    pub uuid: String,
    /// Opaque position.
    pub replay_id: Vec<u8>,
}

/// Why an event could not be published.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PublishError {
    /// No such platform event.
    #[error("no platform event {0}: check its API name and that it is deployed")]
    UnknownEvent(String),
    /// No such field on the event.
    #[error("{event} has no field {field}: check its API name")]
    UnknownField {
        /// Event API name.
        event: String,
        /// Field API name.
        field: String,
    },
    /// A value that does not fit its field.
    #[error("{event}.{field} does not take this value: {reason}")]
    BadValue {
        /// Event API name.
        event: String,
        /// Field API name.
        field: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A required field has no value.
    #[error("{event}.{field} is required and has no value")]
    MissingField {
        /// Event API name.
        event: String,
        /// Field API name.
        field: String,
    },
    /// Over 1 MB.
    #[error("{event} would be {bytes} bytes; an event has at most 1 MB")]
    TooLarge {
        /// Event API name.
        event: String,
        /// Encoded size.
        bytes: usize,
    },
}

/// Settings of the bus.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct BusConfig {
    /// Length of replay ids: 8 or 10 (both have been seen). With 8 the value stays below 2^53,
    /// which clients need that make a JavaScript number of it.
    pub replay_id_bytes: usize,
    /// How long events are kept, milliseconds of the emulator's clock.
    pub retention_ms: i64,
    /// Silence after which a subscriber with credit gets an empty response, milliseconds.
    pub keepalive_ms: i64,
    /// Time without credit after which a Subscribe stream is closed, milliseconds.
    pub idle_ms: i64,
    /// Time without a request after which a PublishStream is closed, milliseconds.
    pub publish_idle_ms: i64,
    /// Events that may be delivered to all subscribers together in rolling 24 hours.
    pub delivery_limit: u64,
    /// Changes in one transaction (each changed field of an update counts) after which overflow
    /// events are sent.
    pub overflow_changes: usize,
    /// Version in `changeOrigin`.
    pub api_version: String,
    /// Person names as a nested record (Contact), as Salesforce sends them.
    pub compound_names: bool,
    /// Objects that are not selected for Change Data Capture.
    ///
    /// INFERRED: every object counts as selected for Change Data Capture unless it is untracked, on
    /// its own topic too, without a channel member that selects it. In a real org the default channel needs one.
    pub untracked: Vec<String>,
}

impl Default for BusConfig {
    fn default() -> Self {
        Self {
            replay_id_bytes: 10,
            retention_ms: 72 * 3_600_000,
            keepalive_ms: 270_000,
            idle_ms: 60_000,
            publish_idle_ms: 70_000,
            delivery_limit: 25_000,
            overflow_changes: 100_000,
            api_version: "67.0".to_string(),
            compound_names: true,
            untracked: Vec::new(),
        }
    }
}

/// Deliveries to one subscriber on one topic since the start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Delivered {
    /// Id of the subscribing user.
    pub subscriber: String,
    /// Topic name.
    pub topic: String,
    /// Events.
    pub events: u64,
}

/// The delivery allocation as `/limits` shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Usage {
    /// Allowed in rolling 24 hours.
    pub limit: u64,
    /// Delivered in the last 24 hours.
    pub used: u64,
}
