//! SQS errors in the JSON protocol: `__type` in the body, and the query protocol's older code in
//! `x-amzn-query-error`, which boto3 shows to its callers.

use axum::body::Body;
use axum::response::Response;
use http::StatusCode;
use serde_json::json;

use crate::aws::ids::guid;

/// What went wrong, as SQS names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// No such queue.
    QueueDoesNotExist,
    /// It exists with other attributes.
    QueueNameExists,
    /// A parameter is missing.
    MissingParameter,
    /// A parameter is out of bounds.
    InvalidParameterValue,
    /// Unknown attribute.
    InvalidAttributeName,
    /// Attribute out of bounds.
    InvalidAttributeValue,
    /// Not a handle this account gave out.
    ReceiptHandleIsInvalid,
    /// The message is not in flight.
    MessageNotInflight,
    /// 120,000 in flight.
    OverLimit,
    /// No entry in a batch.
    EmptyBatchRequest,
    /// More than ten.
    TooManyEntriesInBatchRequest,
    /// Two entries with one id.
    BatchEntryIdsNotDistinct,
    /// An entry id with letters it may not have.
    InvalidBatchEntryId,
    /// All bodies together are too long.
    BatchRequestTooLong,
    /// A character that XML cannot hold.
    InvalidMessageContents,
    /// No such operation.
    UnknownOperation,
    /// The body is not JSON of this operation's shape.
    Serialization,
}

impl Code {
    /// (`__type`, code of the query protocol).
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::QueueDoesNotExist => {
                ("QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue")
            }
            Self::QueueNameExists => ("QueueNameExists", "QueueAlreadyExists"),
            Self::MissingParameter => ("MissingRequiredParameterException", "MissingParameter"),
            Self::InvalidParameterValue => {
                ("InvalidParameterValueException", "InvalidParameterValue")
            }
            Self::InvalidAttributeName => ("InvalidAttributeName", "InvalidAttributeName"),
            Self::InvalidAttributeValue => ("InvalidAttributeValue", "InvalidAttributeValue"),
            Self::ReceiptHandleIsInvalid => ("ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid"),
            Self::MessageNotInflight => {
                ("MessageNotInflight", "AWS.SimpleQueueService.MessageNotInflight")
            }
            Self::OverLimit => ("OverLimit", "OverLimit"),
            Self::EmptyBatchRequest => {
                ("EmptyBatchRequest", "AWS.SimpleQueueService.EmptyBatchRequest")
            }
            Self::TooManyEntriesInBatchRequest => (
                "TooManyEntriesInBatchRequest",
                "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
            ),
            Self::BatchEntryIdsNotDistinct => {
                ("BatchEntryIdsNotDistinct", "AWS.SimpleQueueService.BatchEntryIdsNotDistinct")
            }
            Self::InvalidBatchEntryId => {
                ("InvalidBatchEntryId", "AWS.SimpleQueueService.InvalidBatchEntryId")
            }
            Self::BatchRequestTooLong => {
                ("BatchRequestTooLong", "AWS.SimpleQueueService.BatchRequestTooLong")
            }
            Self::InvalidMessageContents => ("InvalidMessageContents", "InvalidMessageContents"),
            Self::UnknownOperation => ("UnknownOperationException", "InvalidAction"),
            Self::Serialization => ("SerializationException", "MalformedInput"),
        }
    }

    /// The code a batch entry carries.
    pub fn query(self) -> &'static str {
        self.names().1
    }
}

/// An error answer.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct SqsError {
    /// Which one.
    pub code: Code,
    /// In words.
    pub message: String,
}

impl SqsError {
    /// An error with its words.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// The answer on the wire; SQS answers all of these with 400.
    pub fn response(&self) -> Response {
        let (shape, query) = self.code.names();
        let shape = match self.code {
            Code::MissingParameter | Code::InvalidParameterValue | Code::UnknownOperation => {
                format!("com.amazon.coral.service#{shape}")
            }
            _ => format!("com.amazonaws.sqs#{shape}"),
        };
        refusal(StatusCode::BAD_REQUEST, &shape, query, &self.message)
    }
}

/// An error answer with any code, as ordered faults need it.
pub(super) fn refusal(status: StatusCode, shape: &str, query: &str, message: &str) -> Response {
    let fault = if status.is_server_error() { "Receiver" } else { "Sender" };
    let body = json!({"__type": shape, "message": message}).to_string();
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert("content-type", http::HeaderValue::from_static("application/x-amz-json-1.0"));
    for (name, value) in
        [("x-amzn-query-error", format!("{query};{fault}")), ("x-amzn-requestid", guid())]
    {
        if let Ok(value) = value.parse::<http::HeaderValue>() {
            headers.insert(name, value);
        }
    }
    response
}
