//! What Salesforce must be told about one record. Rows of the same record merge: the newest value
//! of each field wins, and a record is told once however often it changed meanwhile.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How a record is named.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum RecordKey {
    /// By record id: Meeting and Participant rows, which Salesforce makes.
    Id(String),
    /// By external id field and value: rows the bridge makes (upsert).
    External {
        /// Field name without namespace, such as `Session_Key__c`.
        field: String,
        /// Value.
        value: String,
    },
}

impl RecordKey {
    /// The value that names the record.
    pub fn value(&self) -> &str {
        match self {
            Self::Id(value) | Self::External { value, .. } => value,
        }
    }
}

/// What is to be done with the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Operation {
    /// Update by id, upsert by external id.
    Write,
    /// Delete; gone already is done.
    Delete,
    /// Delete every record whose key field holds the key's value: records the bridge did not make
    /// and knows only by what they hang on. Their ids are read in one call and deleted in the next.
    DeleteBy,
}

/// One change to be told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// Object name without namespace.
    pub object: String,
    /// Which record.
    pub key: RecordKey,
    /// Rows of one lane travel in one call and never in two calls at once: the meeting's record
    /// id, or `-` for what belongs to no meeting (health, loose dead letters).
    pub lane: String,
    /// Write or delete.
    pub operation: Operation,
    /// Field values without namespace; dates as RFC 3339 text. `{"$secret": "name"}` stands for a
    /// sealed value that is filled in when the row is sent.
    pub fields: BTreeMap<String, Value>,
}

impl Change {
    /// The order in which objects of a lane are sent: masters before details.
    pub fn rank(&self) -> u8 {
        match self.object.as_str() {
            "Chime_Meeting__c" => 0,
            "Chime_Participant__c" => 1,
            "Chime_Participant_Session__c" => 2,
            "Chime_Recording__c" => 3,
            "Chime_Meeting_Log__c" => 4,
            _ => 5,
        }
    }

    /// Lays a newer change of the same record over this one.
    pub fn merge(&mut self, newer: Change) {
        self.operation = newer.operation;
        self.lane = newer.lane;
        match newer.operation {
            Operation::Delete | Operation::DeleteBy => self.fields.clear(),
            Operation::Write => self.fields.extend(newer.fields),
        }
    }
}
