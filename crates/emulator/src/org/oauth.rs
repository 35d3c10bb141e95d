//! OAuth 2.0 as the org speaks it: JWT bearer and client credentials, who am I, introspection and
//! revocation. A token answer has no `expires_in`: clients find out by a 401.

mod assertion;
mod identity;
mod keys;
mod token;

use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::StatusCode;
use serde_json::json;

pub use keys::{ClientKey, KeyError};

use super::Org;

/// A client app the admin has set up.
#[derive(Debug, Clone, Default)]
pub struct Client {
    /// Consumer key.
    pub id: String,
    /// Consumer secret, for client credentials.
    pub secret: Option<String>,
    /// Public keys (PEM) its JWTs may be signed with.
    pub public_keys: Vec<String>,
    /// User name client credentials run as.
    pub run_as: Option<String>,
    /// User names the admin has approved for JWT bearer; empty: every active user.
    pub approved: Vec<String>,
}

/// The OAuth routes.
pub(super) fn routes() -> Router<Arc<Org>> {
    Router::new()
        .route("/services/oauth2/token", post(token::token))
        .route("/services/oauth2/introspect", post(token::introspect))
        .route("/services/oauth2/revoke", post(token::revoke).get(token::revoke))
        .route("/services/oauth2/userinfo", get(identity::userinfo).post(identity::userinfo))
        .route("/id/{org}/{user}", get(identity::identity))
}

/// Why no token is given: OAuth's code and Salesforce's wording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    status: u16,
    error: String,
    description: String,
}

impl Refusal {
    fn new(error: &str, description: &str) -> Refusal {
        Refusal { status: 400, error: error.into(), description: description.into() }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST);
        let body = json!({"error": self.error, "error_description": self.description});
        (status, Json(body)).into_response()
    }
}
