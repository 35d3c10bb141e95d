//! How the Pub/Sub API says no: a gRPC status whose trailers carry `error-code` and `rpc-id`.
//! Clients branch on the code; which status goes with it is documented for few of them.

use tonic::metadata::MetadataValue;
use tonic::{Code, Status};

const PREFIX: &str = "sfdc.platform.eventbus.grpc.";

/// A refusal.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    code: Code,
    error_code: String,
    message: String,
}

impl Refusal {
    /// A refusal by the last part of its error code.
    /// INFERRED: the status. Known are UNAUTHENTICATED for `service.auth.error`, INVALID_ARGUMENT
    /// for a corrupted replay id and for a topic that changes within a stream.
    pub(super) fn new(code: Code, suffix: &str, message: impl Into<String>) -> Self {
        Self { code, error_code: format!("{PREFIX}{suffix}"), message: message.into() }
    }

    /// A fault somebody ordered; the code may be given in full or by its last part.
    pub(super) fn ordered(status: u16, code: &str) -> Self {
        let error_code = match code {
            "" => String::new(),
            code if code.starts_with("sfdc.") => code.to_string(),
            code => format!("{PREFIX}{code}"),
        };
        let message = "a fault was ordered".to_string();
        Self { code: Code::from_i32(i32::from(status)), error_code, message }
    }

    /// A connection lost on the way: no error code.
    pub(super) fn cut() -> Self {
        let message = "RST_STREAM closed stream. HTTP/2 error code: NO_ERROR".to_string();
        Self { code: Code::Unavailable, error_code: String::new(), message }
    }

    pub(super) fn bad_token() -> Self {
        Self::new(
            Code::Unauthenticated,
            "service.auth.error",
            "the session is invalid or has expired: log in again",
        )
    }

    pub(super) fn unavailable() -> Self {
        Self::new(Code::Unavailable, "service.unavailable", "the service is shutting down")
    }

    pub(super) fn topic_not_found(topic: &str) -> Self {
        Self::new(Code::NotFound, "topic.not.found", format!("the org has no topic {topic}"))
    }

    pub(super) fn topic_empty() -> Self {
        Self::new(Code::InvalidArgument, "topic.validation.empty", "the topic name is empty")
    }

    /// As a gRPC status for this call.
    pub(super) fn status(self, rpc_id: &str) -> Status {
        let message = format!("{} rpcId: {rpc_id}", self.message);
        let mut status = Status::new(self.code, message);
        let trailers = status.metadata_mut();
        if let Ok(value) = MetadataValue::try_from(&self.error_code)
            && !self.error_code.is_empty()
        {
            trailers.insert("error-code", value);
        }
        if let Ok(value) = MetadataValue::try_from(rpc_id) {
            trailers.insert("rpc-id", value);
        }
        status
    }
}
