//! Who am I: the user info endpoint and the identity URL of a token answer.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use crate::org::Org;
use crate::org::rest::bearer;
use crate::org::session::User;

fn caller(org: &Org, headers: &HeaderMap) -> Option<User> {
    bearer(headers).and_then(|token| org.sessions.check(&token))
}

fn bad_token() -> Response {
    (StatusCode::FORBIDDEN, "Bad_OAuth_Token").into_response()
}

/// `GET /services/oauth2/userinfo`.
pub(super) async fn userinfo(State(org): State<Arc<Org>>, headers: HeaderMap) -> Response {
    let Some(user) = caller(&org, &headers) else { return bad_token() };
    let base = org.base_url(&headers);
    let row = org.get("User", &user.id).unwrap_or_default();
    Json(json!({
        "sub": format!("{base}/id/{}/{}", org.config.org_id, user.id),
        "user_id": user.id,
        "organization_id": org.config.org_id,
        "preferred_username": user.username,
        "name": row.get("Name"),
        "email": row.get("Email"),
        "email_verified": true,
        "given_name": row.get("FirstName"),
        "family_name": row.get("LastName"),
        "zoneinfo": "GMT",
        "active": true,
        "user_type": "STANDARD",
        "language": "en_US",
        "locale": "en_US",
        "utcOffset": 0,
        "urls": urls(&org, &base, &user),
    }))
    .into_response()
}

/// `GET /id/<org>/<user>`.
pub(super) async fn identity(
    State(org): State<Arc<Org>>,
    Path((org_id, user_id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let Some(user) = caller(&org, &headers) else { return bad_token() };
    if org_id != org.config.org_id {
        return (StatusCode::FORBIDDEN, "Wrong_Org").into_response();
    }
    if user_id != user.id {
        return (StatusCode::NOT_FOUND, "Bad_Id").into_response();
    }
    let base = org.base_url(&headers);
    let row = org.get("User", &user.id).unwrap_or_default();
    Json(json!({
        "id": format!("{base}/id/{org_id}/{user_id}"),
        "asserted_user": true,
        "user_id": user.id,
        "organization_id": org_id,
        "username": user.username,
        "display_name": row.get("Name"),
        "email": row.get("Email"),
        "active": true,
        "user_type": "STANDARD",
        "urls": urls(&org, &base, &user),
    }))
    .into_response()
}

fn urls(org: &Org, base: &str, user: &User) -> Value {
    json!({
        "rest": format!("{base}/services/data/v{{version}}/"),
        "sobjects": format!("{base}/services/data/v{{version}}/sobjects/"),
        "query": format!("{base}/services/data/v{{version}}/query/"),
        "profile": format!("{base}/{}", user.id),
        "custom_domain": base,
        "organization": org.config.org_id,
    })
}
