//! `/org/…`: what an admin of the org changes under a running bridge.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use http::StatusCode;
use serde::Deserialize;

use super::wrong;
use crate::org::Org;
use crate::org::bus::Bus;

#[derive(Clone)]
struct Admin {
    org: Arc<Org>,
    bus: Bus,
}

/// The routes.
pub fn router(org: Arc<Org>, bus: Bus) -> Router {
    Router::new()
        .route("/org/add-field", post(add_field))
        .route("/org/drop-field", post(drop_field))
        .with_state(Admin { org, bus })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Field {
    object: String,
    field: String,
}

/// A new text field of a platform event, or of an object as its change events show it.
async fn add_field(State(admin): State<Admin>, Json(new): Json<Field>) -> Response {
    done(admin.bus.add_field(&new.object, &new.field))
}

/// A field that nobody can name any more.
async fn drop_field(State(admin): State<Admin>, Json(old): Json<Field>) -> Response {
    done(admin.org.drop_field(&old.object, &old.field))
}

fn done(found: bool) -> Response {
    match found {
        true => StatusCode::NO_CONTENT.into_response(),
        false => wrong(StatusCode::NOT_FOUND, "the org has no such object, event or field"),
    }
}
