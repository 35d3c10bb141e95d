//! The token endpoint, introspection and revocation.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Form, State};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, StatusCode, header};
use serde_json::json;

use super::{Client, Refusal, assertion};
use crate::faults::FaultKind;
use crate::org::Org;
use crate::org::rest::cut;
use crate::org::session::User;

const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

type Fields = HashMap<String, String>;

/// `POST /services/oauth2/token`. Faults: service `oauth`, call `token`.
pub(super) async fn token(
    State(org): State<Arc<Org>>,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Response {
    let ordered = |can: fn(&FaultKind) -> bool| org.faults.take_if("oauth", "token", can);
    if let Some(FaultKind::Delay { ms }) = ordered(|k| matches!(k, FaultKind::Delay { .. })) {
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }
    if let Some(FaultKind::Reject { status, code }) =
        ordered(|k| matches!(k, FaultKind::Reject { .. }))
    {
        let description = format!("{code} (ordered fault)");
        return Refusal { status, error: code, description }.into_response();
    }
    let base = org.base_url(&headers);
    let granted = match fields.get("grant_type").map(String::as_str) {
        Some(JWT_BEARER) => match fields.get("assertion") {
            Some(text) => assertion::judge(&org, &base, text),
            None => Err(Refusal::new("invalid_request", "assertion parameter is missing")),
        },
        Some("client_credentials") => client_credentials(&org, &headers, &fields),
        Some(_) => Err(Refusal::new("unsupported_grant_type", "grant type not supported")),
        None => Err(Refusal::new("invalid_request", "grant_type parameter is missing")),
    };
    let answer = match granted {
        Ok((client, user)) => issue(&org, &base, &client, user),
        Err(refusal) => refusal.into_response(),
    };
    if ordered(|k| *k == FaultKind::LoseAnswer).is_some() { cut() } else { answer }
}

fn issue(org: &Org, base: &str, client: &Client, user: User) -> Response {
    let scope = "api";
    let id = format!("{base}/id/{}/{}", org.config.org_id, user.id);
    let token = org.sessions.open(user, &client.id, scope, org.config.session_life_ms);
    let body = json!({
        "access_token": token,
        "scope": scope,
        "instance_url": base,
        "id": id,
        "token_type": "Bearer",
        "issued_at": org.clock.now().to_string(),
    });
    ([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

fn client_credentials(
    org: &Org,
    headers: &HeaderMap,
    fields: &Fields,
) -> Result<(Client, User), Refusal> {
    let client = authenticated(org, headers, fields)?;
    match client.run_as.as_deref().and_then(|name| org.user(name)) {
        Some(user) => Ok((client, user)),
        None => Err(Refusal::new("invalid_grant", "no client credentials user enabled")),
    }
}

/// The client by its id and secret, in the header (Basic) or in the body.
fn authenticated(org: &Org, headers: &HeaderMap, fields: &Fields) -> Result<Client, Refusal> {
    let (id, secret) = basic(headers).unwrap_or_else(|| {
        let field = |name: &str| fields.get(name).cloned().unwrap_or_default();
        (field("client_id"), field("client_secret"))
    });
    let client = org
        .client(&id)
        .ok_or_else(|| Refusal::new("invalid_client_id", "client identifier invalid"))?;
    if client.secret.as_deref().is_none_or(|known| known != secret) {
        return Err(Refusal::new("invalid_client", "invalid client credentials"));
    }
    Ok(client)
}

fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let decoded = STANDARD.decode(value.strip_prefix("Basic ")?).ok()?;
    let text = String::from_utf8(decoded).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((id.to_string(), secret.to_string()))
}

/// `POST /services/oauth2/introspect`, for the client the token was issued to.
pub(super) async fn introspect(
    State(org): State<Arc<Org>>,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Response {
    let client = match authenticated(&org, &headers, &fields) {
        Ok(client) => client,
        Err(refusal) => return Refusal { status: 401, ..refusal }.into_response(),
    };
    let token = fields.get("token").map(String::as_str).unwrap_or_default();
    let Some(session) = org.sessions.session(token).filter(|s| s.client_id == client.id) else {
        return Json(json!({"active": false})).into_response();
    };
    let base = org.base_url(&headers);
    Json(json!({
        "active": true,
        "scope": session.scope,
        "client_id": session.client_id,
        "username": session.user.username,
        "sub": format!("{base}/id/{}/{}", org.config.org_id, session.user.id),
        "token_type": "access_token",
        "exp": session.expires_at / 1000,
        "iat": session.issued_at / 1000,
        "nbf": session.issued_at / 1000,
    }))
    .into_response()
}

/// `POST` (or GET) `/services/oauth2/revoke?token=`.
pub(super) async fn revoke(State(org): State<Arc<Org>>, Form(fields): Form<Fields>) -> Response {
    let token = fields.get("token").map(String::as_str).unwrap_or_default();
    if org.sessions.revoke(token) {
        StatusCode::OK.into_response()
    } else {
        Refusal::new("invalid_token", "invalid token").into_response()
    }
}
