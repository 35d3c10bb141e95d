//! `/ledger/media` and `/media/…`: who sends what, and connections that break when a test says so.

use std::time::Duration;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use chime_media::server::Media;
use http::StatusCode;
use serde::Deserialize;

use super::wrong;

/// Longest time without a network.
const LONGEST: Duration = Duration::from_secs(3_600);

/// The routes.
pub fn router(media: Media) -> Router {
    Router::new()
        .route("/ledger/media", get(ledger))
        .route("/media/cut", post(cut))
        .route("/media/mute-network", post(mute_network))
        .with_state(media)
}

async fn ledger(State(media): State<Media>) -> Response {
    Json(media.ledger().await).into_response()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Cut {
    attendee_id: String,
}

async fn cut(State(media): State<Media>, Json(cut): Json<Cut>) -> Response {
    done(media.cut(&cut.attendee_id).await)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct MuteNetwork {
    attendee_id: String,
    /// Real time.
    seconds: f64,
}

async fn mute_network(State(media): State<Media>, Json(mute): Json<MuteNetwork>) -> Response {
    let Ok(time) = Duration::try_from_secs_f64(mute.seconds) else {
        return wrong(StatusCode::BAD_REQUEST, "seconds is not a length of time");
    };
    done(media.deafen(&mute.attendee_id, time.min(LONGEST)).await)
}

fn done(found: bool) -> Response {
    match found {
        true => StatusCode::NO_CONTENT.into_response(),
        false => wrong(StatusCode::NOT_FOUND, "nobody is connected as this attendee"),
    }
}
