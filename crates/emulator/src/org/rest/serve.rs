//! The HTTP side of a call: versions, session, body, API limit, faults, headers.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use super::call::{Call, Reply};
use super::{bearer, composite, cut, events, route};
use crate::faults::FaultKind;
use crate::org::Org;
use crate::org::records::error::RECORD_CODES;

/// Largest body taken, bytes.
const MOST_BODY: usize = 50 * 1024 * 1024;
/// Largest URI and headers together, bytes.
const MOST_HEAD: usize = 16_384;
/// Versions the org speaks: (first, last).
const VERSIONS: (u32, u32) = (41, 68);

/// `GET /services/data`: needs no session.
pub(super) async fn versions() -> Response {
    let list: Vec<Value> = (VERSIONS.0..=VERSIONS.1)
        .map(|v| {
            json!({
                "label": format!("Release {v}"),
                "version": format!("{v}.0"),
                "url": format!("/services/data/v{v}.0"),
            })
        })
        .collect();
    Json(list).into_response()
}

/// Every other call under `/services/data`. Faults: service `rest`, call = the resource. A query
/// that is dropped finds nothing, as for a user whom no sharing rule shows a row.
pub(super) async fn serve(State(org): State<Arc<Org>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let headers = parts.headers;
    let url = parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
    if let Some(refused) = head_refused(&url, &headers) {
        return answer(&org, refused);
    }
    let token = bearer(&headers).unwrap_or_default();
    // INFERRED: the code that goes with 413.
    let Ok(bytes) = to_bytes(body, MOST_BODY).await else {
        return answer(&org, Reply::error(413, "REQUEST_TOO_LARGE", "the body is too large"));
    };
    let parsed = if bytes.is_empty() { Ok(Value::Null) } else { serde_json::from_slice(&bytes) };
    let empty = Value::Null;
    let Some(mut call) = Call::new(parts.method, &url, parsed.as_ref().unwrap_or(&empty).clone())
    else {
        return answer(&org, Reply::not_found());
    };
    let resource = call.resource();
    let ordered = |can: &dyn Fn(&FaultKind) -> bool| org.faults.take_if("rest", &resource, can);

    if let Some(FaultKind::Delay { ms }) = ordered(&|k| matches!(k, FaultKind::Delay { .. })) {
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }
    if ordered(&|k| *k == FaultKind::Expire).is_some() {
        org.sessions.revoke(&token);
    }
    let Some(user) = org.sessions.check(&token) else {
        let error = Reply::error(401, "INVALID_SESSION_ID", "Session expired or invalid");
        return answer(&org, error);
    };
    if let Some(refused) = version_refused(&call.version) {
        return answer(&org, refused);
    }
    let now = org.clock.now();
    let Some(number) = org.usage.call(&resource, now) else {
        let error = Reply::error(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.");
        return answer(&org, error);
    };
    // A record's error code is played on a record, inside the transaction.
    let whole = |kind: &FaultKind| match kind {
        FaultKind::Reject { code, .. } => !RECORD_CODES.contains(&code.as_str()),
        _ => false,
    };
    if let Some(FaultKind::Reject { status, code }) = ordered(&whole) {
        let message = format!("{code} (ordered fault)");
        return answer(&org, Reply::error(status, &code, message));
    }
    if let Err(error) = &parsed {
        return answer(&org, Reply::error(400, "JSON_PARSER_ERROR", error.to_string()));
    }
    let query = matches!(resource.as_str(), "query" | "queryAll");
    if query && ordered(&|k| *k == FaultKind::Drop).is_some() {
        return answer(&org, Reply::ok(json!({ "totalSize": 0, "done": true, "records": [] })));
    }

    let mut actor = org.actor(&user);
    actor.call = number;
    actor.resources = vec![resource.clone()];
    actor.client = option(&headers, "sforce-call-options", "client");
    call.batch =
        option(&headers, "sforce-query-options", "batchSize").and_then(|size| size.parse().ok());
    let reply = if composite::is_composite(&call) {
        composite::run(&org, &actor, &call)
    } else {
        let (mut reply, published) = org.transact(&actor, |tx| route::dispatch(&org, tx, &call));
        events::settle(&mut reply, &published);
        reply
    };
    if ordered(&|k| *k == FaultKind::LoseAnswer).is_some() {
        return cut();
    }
    answer(&org, reply)
}

fn head_refused(url: &str, headers: &HeaderMap) -> Option<Reply> {
    let head: usize =
        url.len() + headers.iter().map(|(n, v)| n.as_str().len() + v.len()).sum::<usize>();
    // INFERRED: the code that goes with 414.
    (head > MOST_HEAD).then(|| {
        Reply::error(414, "URI_TOO_LONG", "The URI and the headers exceed 16,384 bytes together")
    })
}

fn version_refused(version: &str) -> Option<Reply> {
    match version.strip_suffix(".0").and_then(|v| v.parse::<u32>().ok()) {
        // INFERRED: the code that goes with 410.
        Some(v) if v < VERSIONS.0 => Some(Reply::error(
            410,
            "UNSUPPORTED_API_VERSION",
            "The requested API version is no longer supported",
        )),
        Some(v) if v <= VERSIONS.1 => None,
        _ => Some(Reply::not_found()),
    }
}

/// A part of a header such as `Sforce-Call-Options: client=name, defaultNamespace=x`.
fn option(headers: &HeaderMap, header: &str, name: &str) -> Option<String> {
    headers.get(header)?.to_str().ok()?.split([',', ';']).find_map(|part| {
        let (key, value) = part.split_once('=')?;
        key.trim().eq_ignore_ascii_case(name).then(|| value.trim().to_string())
    })
}

fn answer(org: &Org, reply: Reply) -> Response {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = match reply.body {
        Some(body) => (status, Json(body)).into_response(),
        None => status.into_response(),
    };
    let (used, limit) = org.api_usage();
    let usage = format!("api-usage={used}/{limit}");
    if let Ok(value) = HeaderValue::from_str(&usage) {
        response.headers_mut().insert("Sforce-Limit-Info", value);
    }
    if let Some(Ok(location)) = reply.location.map(|l| HeaderValue::from_str(&l)) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}
