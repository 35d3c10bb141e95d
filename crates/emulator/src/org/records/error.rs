//! Why a record was refused, in Salesforce's words and codes.

use serde_json::{Value, json};

/// One entry of an error list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordError {
    /// `STRING_TOO_LONG`, `UNABLE_TO_LOCK_ROW`, …
    pub code: String,
    /// As Salesforce words it; carries values, as Salesforce's does.
    pub message: String,
    /// Fields it is about.
    pub fields: Vec<String>,
}

/// Codes that refuse one record, never a whole call. A fault ordered with one of these is played
/// on a record.
pub const RECORD_CODES: [&str; 21] = [
    "UNABLE_TO_LOCK_ROW",
    "FIELD_CUSTOM_VALIDATION_EXCEPTION",
    "STRING_TOO_LONG",
    "REQUIRED_FIELD_MISSING",
    "DUPLICATE_VALUE",
    "DUPLICATES_DETECTED",
    "DUPLICATE_EXTERNAL_ID",
    "INVALID_FIELD",
    "INVALID_FIELD_FOR_INSERT_UPDATE",
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
    "INVALID_CROSS_REFERENCE_KEY",
    "ENTITY_IS_DELETED",
    "MALFORMED_ID",
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
    "CANNOT_EXECUTE_FLOW_TRIGGER",
    "INSUFFICIENT_ACCESS_OR_READONLY",
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY",
    "DELETE_FAILED",
    "STORAGE_LIMIT_EXCEEDED",
    "NUMBER_OUTSIDE_VALID_RANGE",
    "TRANSFER_REQUIRES_READ",
];

impl RecordError {
    /// An error without fields.
    pub fn new(code: &str, message: impl Into<String>) -> RecordError {
        RecordError { code: code.into(), message: message.into(), fields: Vec::new() }
    }

    /// Names a field.
    pub fn field(mut self, field: &str) -> RecordError {
        self.fields.push(field.into());
        self
    }

    /// The HTTP status when the call was about this one record.
    pub fn status(&self) -> u16 {
        match self.code.as_str() {
            "NOT_FOUND" | "ENTITY_IS_DELETED" => 404,
            "INSUFFICIENT_ACCESS_OR_READONLY" | "INSUFFICIENT_ACCESS" => 403,
            _ => 400,
        }
    }

    /// An entry of a collection result's `errors`.
    pub fn in_result(&self) -> Value {
        json!({"statusCode": self.code, "message": self.message, "fields": self.fields})
    }

    /// An entry of the error list of a single-record call.
    pub fn in_list(&self) -> Value {
        if self.fields.is_empty() {
            json!({"message": self.message, "errorCode": self.code})
        } else {
            json!({"message": self.message, "errorCode": self.code, "fields": self.fields})
        }
    }
}
