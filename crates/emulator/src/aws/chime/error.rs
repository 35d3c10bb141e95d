//! Chime's errors: `x-amzn-ErrorType` in the header, `{Code, Message, RequestId}` in the body.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::json;

use crate::aws::ids::guid;

/// What Chime answers instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChimeError {
    /// A parameter is missing or out of bounds.
    #[error("{0}")]
    BadRequest(String),
    /// No such meeting or attendee, or it has ended.
    #[error("{0}")]
    NotFound(String),
    /// No such resource to tag.
    #[error("The resource {0} was not found.")]
    ResourceNotFound(String),
    /// A quota is used up.
    #[error("{0}")]
    LimitExceeded(String),
    /// More than 50 tags.
    #[error("The resource {0} would have more than 50 tags.")]
    TooManyTags(String),
    /// The same token with another content.
    #[error("{0}")]
    Conflict(String),
    /// Not served here.
    #[error("{0}")]
    ServiceUnavailable(String),
}

impl ChimeError {
    /// (status, exception, `Code`).
    fn names(&self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::BadRequest(_) => (StatusCode::BAD_REQUEST, "BadRequestException", "BadRequest"),
            Self::NotFound(_) => (StatusCode::NOT_FOUND, "NotFoundException", "NotFound"),
            Self::ResourceNotFound(_) => {
                (StatusCode::NOT_FOUND, "ResourceNotFoundException", "ResourceNotFound")
            }
            Self::LimitExceeded(_) => {
                (StatusCode::BAD_REQUEST, "LimitExceededException", "LimitExceeded")
            }
            Self::TooManyTags(_) => {
                (StatusCode::BAD_REQUEST, "TooManyTagsException", "TooManyTags")
            }
            Self::Conflict(_) => (StatusCode::CONFLICT, "ConflictException", "Conflict"),
            Self::ServiceUnavailable(_) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "ServiceUnavailableException",
                "ServiceUnavailable",
            ),
        }
    }

    /// `Code`, as a batch entry carries it.
    pub fn code(&self) -> &'static str {
        self.names().2
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.names().0
    }
}

impl IntoResponse for ChimeError {
    fn into_response(self) -> Response {
        let (status, exception, code) = self.names();
        answer(status, exception, code, &self.to_string())
    }
}

/// An error answer with any code, as ordered faults need it.
pub(super) fn answer(status: StatusCode, exception: &str, code: &str, message: &str) -> Response {
    let id = guid();
    let body = json!({"Code": code, "Message": message, "RequestId": id});
    let headers = [("x-amzn-ErrorType", exception.to_string()), ("x-amzn-RequestId", id)];
    let mut response = (status, headers, axum::Json(body)).into_response();
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert("retry-after", http::HeaderValue::from_static("1"));
    }
    response
}
