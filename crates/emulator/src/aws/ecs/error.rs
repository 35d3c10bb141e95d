//! Errors as the JSON 1.1 protocol carries them.

use axum::body::Body;
use axum::response::Response;
use serde_json::{Value, json};

use crate::aws::ids::guid;

/// A refusal.
#[derive(Debug, Clone)]
pub struct EcsError {
    /// HTTP status.
    pub status: u16,
    /// `__type`.
    pub kind: String,
    /// In words.
    pub message: String,
    /// The tasks a conflict names.
    pub resource_ids: Vec<String>,
}

impl EcsError {
    fn client(kind: &str, message: impl Into<String>) -> Self {
        let (kind, message) = (kind.into(), message.into());
        Self { status: 400, kind, message, resource_ids: Vec::new() }
    }

    /// `InvalidParameterException`.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::client("InvalidParameterException", message)
    }

    /// `ClientException`.
    pub fn refused(message: impl Into<String>) -> Self {
        Self::client("ClientException", message)
    }

    /// `ClusterNotFoundException`.
    pub fn cluster() -> Self {
        Self::client("ClusterNotFoundException", "Cluster not found.")
    }

    /// `ConflictException`, naming the tasks the token stands for.
    pub fn conflict(tasks: Vec<String>) -> Self {
        let message = "The request parameters differ from those of the first request with this \
                       client token.";
        Self { resource_ids: tasks, ..Self::client("ConflictException", message) }
    }

    /// As an HTTP answer.
    pub fn response(&self) -> Response {
        let mut body = json!({ "__type": self.kind, "message": self.message });
        if !self.resource_ids.is_empty() {
            body["resourceIds"] = json!(self.resource_ids);
        }
        answer(self.status, &body)
    }
}

/// A JSON 1.1 answer.
pub fn answer(status: u16, body: &Value) -> Response {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() =
        http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(
        http::header::CONTENT_TYPE,
        http::HeaderValue::from_static("application/x-amz-json-1.1"),
    );
    if let Ok(id) = http::HeaderValue::from_str(&guid()) {
        headers.insert("x-amzn-requestid", id);
    }
    response
}
