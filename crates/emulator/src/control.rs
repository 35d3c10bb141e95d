//! The emulator's own API (8805): faults, the clock, people, the ledgers. For tests and demos;
//! nothing under test talks to it.

pub mod bots;
pub mod media;
pub mod org;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::aws::chime::Chime;
use crate::clock::Clock;
use crate::faults::{Fault, Faults};
use crate::people::{People, Person, PersonError};

/// What the API steers.
#[derive(Clone)]
pub struct Control {
    /// Ordered faults.
    pub faults: Faults,
    /// The emulated world's time.
    pub clock: Clock,
    /// People without media.
    pub people: People,
    /// Chime, for its ledger.
    pub chime: Chime,
}

impl Control {
    /// The router to serve, with what other parts add (`/org/…`).
    pub fn router(self, more: Option<Router>) -> Router {
        Router::new()
            .route("/health", get(|| async { Json(json!({"state": "ready"})) }))
            .route("/faults", get(faults).post(add_fault).delete(clear_faults))
            .route("/clock", get(clock).post(advance))
            .route("/people", get(people).post(add_person))
            .route("/people/{id}", get(person))
            .route("/people/{id}/{act}", post(act))
            .route("/attendees/{id}/{act}", post(attendee))
            .route("/ledger/chime", get(ledger))
            .with_state(self)
            .merge(more.unwrap_or_default())
    }
}

async fn faults(State(control): State<Control>) -> Json<Vec<Fault>> {
    Json(control.faults.list())
}

async fn add_fault(State(control): State<Control>, Json(fault): Json<Fault>) -> StatusCode {
    control.faults.add(fault);
    StatusCode::NO_CONTENT
}

async fn clear_faults(State(control): State<Control>) -> StatusCode {
    control.faults.clear();
    StatusCode::NO_CONTENT
}

async fn clock(State(control): State<Control>) -> Json<Value> {
    Json(json!({"now": control.clock.now()}))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Advance {
    advance_ms: i64,
}

async fn advance(State(control): State<Control>, Json(by): Json<Advance>) -> Json<Value> {
    control.clock.advance(by.advance_ms);
    Json(json!({"now": control.clock.now()}))
}

async fn ledger(State(control): State<Control>) -> Response {
    Json(control.chime.ledger()).into_response()
}

async fn people(State(control): State<Control>) -> Response {
    Json(control.people.all()).into_response()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewPerson {
    #[serde(default)]
    name: String,
    key: String,
    host_key: Option<String>,
}

async fn add_person(State(control): State<Control>, Json(new): Json<NewPerson>) -> Response {
    match control.people.add(&new.name, &new.key, new.host_key.as_deref()) {
        Ok(person) => (StatusCode::CREATED, Json(person.view())).into_response(),
        Err(e) => wrong(StatusCode::BAD_REQUEST, &e.to_string()),
    }
}

async fn person(State(control): State<Control>, Path(id): Path<String>) -> Response {
    match control.people.get(&id) {
        Some(person) => Json(person.view()).into_response(),
        None => wrong(StatusCode::NOT_FOUND, "there is nobody of this id"),
    }
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Act {
    given: Option<bool>,
    target: Option<String>,
}

async fn act(
    State(control): State<Control>,
    Path((id, act)): Path<(String, String)>,
    body: axum::body::Bytes,
) -> Response {
    let Some(person) = control.people.get(&id) else {
        return wrong(StatusCode::NOT_FOUND, "there is nobody of this id");
    };
    let more = if body.is_empty() { Ok(Act::default()) } else { serde_json::from_slice(&body) };
    let more = match more {
        Ok(more) => more,
        Err(e) => return wrong(StatusCode::BAD_REQUEST, &e.to_string()),
    };
    match perform(&person, &act, more).await {
        Some(Ok(())) => Json(person.view()).into_response(),
        Some(Err(e)) => wrong(StatusCode::CONFLICT, &e.to_string()),
        None => wrong(
            StatusCode::NOT_FOUND,
            "acts are join, drop, return, leave, consent {given}, record, stop-recording, end, remove {target}",
        ),
    }
}

async fn perform(person: &Person, act: &str, more: Act) -> Option<Result<(), PersonError>> {
    Some(match act {
        "join" => {
            person.join();
            Ok(())
        }
        "return" => {
            person.come_back();
            Ok(())
        }
        "drop" => person.drop_out(),
        "leave" => person.leave().await,
        "consent" => person.consent(more.given?).await,
        "record" => person.record().await,
        "stop-recording" => person.stop_recording().await,
        "end" => person.end().await,
        "remove" => person.remove(&more.target?).await,
        _ => return None,
    })
}

/// A client without media (the stand-in recorder) that connects and goes.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Door {
    meeting_id: String,
    #[serde(default)]
    join_token: String,
}

async fn attendee(
    State(control): State<Control>,
    Path((id, act)): Path<(String, String)>,
    Json(door): Json<Door>,
) -> Response {
    match act.as_str() {
        "join" => match control.chime.join(&door.meeting_id, &id, &door.join_token) {
            Ok(_) => StatusCode::NO_CONTENT.into_response(),
            Err(e) => wrong(StatusCode::CONFLICT, &format!("{e:?}")),
        },
        "leave" => {
            control.chime.leave_as(&door.meeting_id, &id);
            StatusCode::NO_CONTENT.into_response()
        }
        _ => wrong(StatusCode::NOT_FOUND, "acts are join and leave"),
    }
}

pub(crate) fn wrong(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({"error": message}))).into_response()
}
