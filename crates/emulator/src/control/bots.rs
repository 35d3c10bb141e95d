//! `/bots`: company for a meeting.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get};
use axum::{Json, Router};
use http::StatusCode;
use serde_json::json;

use super::wrong;
use crate::bots::{Bots, Wanted};

/// The routes.
pub fn router(bots: Bots) -> Router {
    Router::new()
        .route("/bots", get(list).post(add))
        .route("/bots/{id}", delete(remove))
        .with_state(bots)
}

async fn list(State(bots): State<Bots>) -> Response {
    Json(bots.all()).into_response()
}

async fn add(State(bots): State<Bots>, Json(wanted): Json<Wanted>) -> Response {
    match bots.add(wanted).await {
        Ok(id) => (StatusCode::CREATED, Json(json!({"id": id}))).into_response(),
        Err(error) => wrong(StatusCode::BAD_REQUEST, &error.to_string()),
    }
}

async fn remove(State(bots): State<Bots>, Path(id): Path<String>) -> Response {
    match bots.remove(&id).await {
        true => StatusCode::NO_CONTENT.into_response(),
        false => wrong(StatusCode::NOT_FOUND, "there is no bot of this id"),
    }
}
