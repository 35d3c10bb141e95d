//! The wire of Chime: paths and methods to operations, and the call ledger.

use async_trait::async_trait;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::{Method, StatusCode, request::Parts};
use serde_json::Value;

use super::check;
use super::error::{ChimeError, answer};
use super::ledger::CallEntry;
use super::service::Chime;
use crate::aws::gateway::{Service, json_body};
use crate::aws::ids::guid;

/// Reads a request's shape.
pub(super) fn shape<T: serde::de::DeserializeOwned>(value: Value) -> Result<T, ChimeError> {
    serde_json::from_value(value)
        .map_err(|e| ChimeError::BadRequest(format!("The request cannot be read: {e}")))
}

/// The operation of a path, and the ids in it.
fn route(parts: &Parts) -> Option<(&'static str, Vec<String>)> {
    let path: Vec<&str> = parts.uri.path().trim_matches('/').split('/').collect();
    let operation = query(parts, "operation");
    let operation = operation.as_deref();
    let get = parts.method == Method::GET;
    let post = parts.method == Method::POST;
    let put = parts.method == Method::PUT;
    let delete = parts.method == Method::DELETE;
    let name = match (path.as_slice(), operation) {
        (["meetings"], None) if post => "CreateMeeting",
        (["meetings"], Some("create-attendees")) if post => "CreateMeetingWithAttendees",
        (["meetings", _], None) if get => "GetMeeting",
        (["meetings", _], None) if delete => "DeleteMeeting",
        (["meetings", _, "attendees"], None) if post => "CreateAttendee",
        (["meetings", _, "attendees"], Some("batch-create")) if post => "BatchCreateAttendee",
        (["meetings", _, "attendees"], None) if get => "ListAttendees",
        (["meetings", _, "attendees", "capabilities"], Some("batch-update-except")) if put => {
            "BatchUpdateAttendeeCapabilitiesExcept"
        }
        (["meetings", _, "attendees", _], None) if get => "GetAttendee",
        (["meetings", _, "attendees", _], None) if delete => "DeleteAttendee",
        (["meetings", _, "attendees", _, "capabilities"], None) if put => {
            "UpdateAttendeeCapabilities"
        }
        (["meetings", _, "transcription"], Some("start")) if post => "StartMeetingTranscription",
        (["meetings", _, "transcription"], Some("stop")) if post => "StopMeetingTranscription",
        (["tags"], Some("tag-resource")) if post => "TagResource",
        (["tags"], Some("untag-resource")) if post => "UntagResource",
        (["tags"], None) if get => "ListTagsForResource",
        _ => return None,
    };
    let ids = path.iter().skip(1).step_by(2).map(|id| id.to_string()).collect();
    Some((name, ids))
}

/// A query parameter, decoded.
fn query(parts: &Parts, name: &str) -> Option<String> {
    let query = parts.uri.query()?;
    let raw = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?;
    let mut bytes = Vec::new();
    let mut rest = raw.as_bytes();
    while let Some((first, more)) = rest.split_first() {
        let hex = (*first == b'%').then(|| more.get(..2)).flatten();
        match hex.and_then(|h| hex::decode(h).ok()) {
            Some(byte) => {
                bytes.extend(byte);
                rest = &more[2..];
            }
            None => {
                bytes.push(*first);
                rest = more;
            }
        }
    }
    String::from_utf8(bytes).ok()
}

#[async_trait]
impl Service for Chime {
    fn name(&self) -> &'static str {
        "chime"
    }

    fn operation(&self, parts: &Parts) -> String {
        route(parts).map(|r| r.0.to_string()).unwrap_or_default()
    }

    async fn call(&self, request: Request) -> Response {
        let (parts, body) = request.into_parts();
        let Some((operation, ids)) = route(&parts) else {
            return ChimeError::BadRequest(format!(
                "No operation stands at {} {}.",
                parts.method,
                parts.uri.path()
            ))
            .into_response();
        };
        let done = match json_body(body).await {
            Ok(body) => self.operate(operation, &ids, &parts, body),
            Err(e) => Err(ChimeError::BadRequest(e)),
        };
        let response = match done {
            Ok((status, Some(body))) => (status, axum::Json(body)).into_response(),
            Ok((status, None)) => status.into_response(),
            Err(e) => e.into_response(),
        };
        self.note(operation, response.status());
        with_request_id(response)
    }

    fn refuse(&self, status: StatusCode, code: &str) -> Response {
        let plain = code.strip_suffix("Exception").unwrap_or(code);
        answer(status, code, plain, "An ordered fault.")
    }
}

fn with_request_id(mut response: Response) -> Response {
    if let Ok(id) = guid().parse() {
        response.headers_mut().entry("x-amzn-requestid").or_insert(id);
    }
    response
}

impl Chime {
    fn note(&self, operation: &str, status: StatusCode) {
        let at = self.inner.clock.now();
        let entry = CallEntry { operation: operation.into(), status: status.as_u16(), at };
        self.state().calls.push(entry);
    }

    fn operate(
        &self,
        operation: &str,
        ids: &[String],
        parts: &Parts,
        body: Value,
    ) -> Result<(StatusCode, Option<Value>), ChimeError> {
        let id = |n: usize| ids.get(n).map_or("", String::as_str);
        let (meeting, attendee) = (id(0), id(1));
        let gone = |()| (StatusCode::NO_CONTENT, None);
        let made = |body: Value| (StatusCode::CREATED, Some(body));
        let fine = |body: Value| (StatusCode::OK, Some(body));
        match operation {
            "CreateMeeting" => self.create_meeting(body, false).map(made),
            "CreateMeetingWithAttendees" => self.create_meeting(body, true).map(made),
            "GetMeeting" => self.get_meeting(meeting).map(fine),
            "DeleteMeeting" => self.delete_meeting(meeting).map(gone),
            "CreateAttendee" => self.create_attendee(meeting, body).map(made),
            "BatchCreateAttendee" => self.create_attendees(meeting, body).map(made),
            "GetAttendee" => self.get_attendee(meeting, attendee).map(fine),
            "ListAttendees" => {
                let (most, next) = (query(parts, "max-results"), query(parts, "next-token"));
                self.list_attendees(meeting, most.as_deref(), next.as_deref()).map(fine)
            }
            "DeleteAttendee" => self.delete_attendee(meeting, attendee).map(gone),
            "UpdateAttendeeCapabilities" => {
                self.update_capabilities(meeting, attendee, body).map(fine)
            }
            "BatchUpdateAttendeeCapabilitiesExcept" => {
                self.update_capabilities_except(meeting, body).map(|()| (StatusCode::OK, None))
            }
            "TagResource" => self.tag(body).map(gone),
            "UntagResource" => self.untag(body).map(gone),
            "ListTagsForResource" => {
                let arn = query(parts, "arn").ok_or_else(|| check::bad("arn", "is missing"))?;
                self.tags(&arn).map(fine)
            }
            other => Err(ChimeError::ServiceUnavailable(format!(
                "The emulator does not serve {other}: it has no transcription."
            ))),
        }
    }
}
