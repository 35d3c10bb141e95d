//! Why an event cannot be read. All of it is permanent: the same bytes will not read better next
//! time. Messages hold names of the schema, never content.

/// Result of reading an event.
pub type Result<T> = std::result::Result<T, Error>;

/// An event that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The schema of an event cannot be used.
    #[error("CB-141 schema {id} cannot be used ({reason})")]
    SchemaUnusable {
        /// Schema id.
        id: String,
        /// Why.
        reason: String,
    },
    /// A payload does not fit its schema.
    #[error("CB-143 the payload does not fit schema {id}: {reason}")]
    PayloadMismatch {
        /// Schema id.
        id: String,
        /// Which field and why; no content.
        reason: String,
    },
    /// The bit map of changed fields does not fit the schema.
    #[error("CB-144 the field list of a change event does not fit schema {id}: {reason}")]
    BitmapMismatch {
        /// Schema id.
        id: String,
        /// Why.
        reason: String,
    },
    /// An event without what every event has.
    #[error("CB-145 an event on {topic} is incomplete: {reason}")]
    Incomplete {
        /// Topic or schema id.
        topic: String,
        /// What is missing.
        reason: String,
    },
}

impl Error {
    /// The code by which `docs/errors.md` explains it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::SchemaUnusable { .. } => "CB-141",
            Self::PayloadMismatch { .. } => "CB-143",
            Self::BitmapMismatch { .. } => "CB-144",
            Self::Incomplete { .. } => "CB-145",
        }
    }
}
