//! Pages in meetings: what Chime's media would do for the room's page, over HTTP. A page enters
//! with its join token, tells twice a second that it is here, hears who else is, and leaves. One
//! that falls silent for [`SILENCE`] is as a machine that died: its packets stop, and Chime drops
//! it when its own time for that is over.
//!
//! A page's silence is measured in real time, as it beats in real time: a test that moves the
//! emulator's clock does not cut off a page that lives.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use chime_contract::Secret;
use chime_contract::keys::same;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::aws::chime::{Chime, Connection, JoinRefused, Standing};
use crate::people::People;

/// A page that is not heard for this long, real time, is dead.
const SILENCE: Duration = Duration::from_secs(3);

/// The pages in meetings. Cloneable handle.
#[derive(Clone)]
pub struct Visits {
    chime: Chime,
    people: People,
    org_id: String,
    list: Arc<Mutex<BTreeMap<String, Visit>>>,
}

/// One page's stay. Its id is drawn at random, so that two pages of one attendee are told apart.
struct Visit {
    connection: Connection,
    token: Secret<String>,
    heard: Instant,
}

/// Why a page's word is not taken.
#[derive(Debug, thiserror::Error)]
enum NotHeard {
    #[error("the page has left or fell silent: it must join again")]
    Gone,
    #[error("the token, the attendee or the meeting is not this visit's")]
    Unauthorized,
}

impl IntoResponse for NotHeard {
    fn into_response(self) -> Response {
        match self {
            Self::Gone => stands(StatusCode::NOT_FOUND, "gone"),
            Self::Unauthorized => stands(StatusCode::FORBIDDEN, "unauthorized"),
        }
    }
}

impl Visits {
    /// None yet. `org_id` is told to pages: it salts their keys.
    pub fn new(chime: Chime, people: People, org_id: String) -> Self {
        Self { chime, people, org_id, list: Arc::default() }
    }

    /// What pages call.
    pub(super) fn router(self) -> Router {
        Router::new()
            .route("/emulator/room.json", get(room))
            .route("/emulator/attendees/{id}/join", post(join))
            .route("/emulator/attendees/{id}/here", post(here))
            .route("/emulator/attendees/{id}/leave", post(leave))
            .with_state(self)
    }

    /// Stops the packets of pages that fell silent, until the task is dropped.
    pub async fn watch(self) {
        loop {
            self.stop_silent();
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    fn stop_silent(&self) {
        let dead =
            self.list().extract_if(.., |_, v| v.heard.elapsed() >= SILENCE).collect::<Vec<_>>();
        for (_, visit) in dead {
            self.chime.drop_packets(&visit.connection);
        }
    }

    fn list(&self) -> MutexGuard<'_, BTreeMap<String, Visit>> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The humans in a meeting. A number stays with its attendee for the meeting's life.
    fn present(&self, meeting_id: &str) -> Vec<Value> {
        let attendees = self.chime.attendees_of(meeting_id);
        let humans = attendees.iter().filter(|a| !a.external_user_id.starts_with("recorder-"));
        humans
            .zip(1..)
            .filter(|(attendee, _)| attendee.connected)
            .map(|(attendee, number)| {
                let seat = &attendee.external_user_id;
                let name = self.people.name_at(seat).unwrap_or_else(|| label(seat));
                json!({"id": seat, "name": name, "number": number})
            })
            .collect()
    }

    /// Looks at a visit that proves itself by its token, and notes that it was heard.
    fn hear(&self, attendee_id: &str, said: &Said) -> Result<Connection, NotHeard> {
        let mut list = self.list();
        let Some(visit) = list.get_mut(&said.visit) else {
            return Err(NotHeard::Gone);
        };
        let Connection { meeting_id, attendee_id: known, .. } = &visit.connection;
        let its_own = *meeting_id == said.meeting_id && known == attendee_id;
        if !its_own || !same(visit.token.expose().as_bytes(), said.join_token.expose().as_bytes()) {
            return Err(NotHeard::Unauthorized);
        }
        visit.heard = Instant::now();
        Ok(visit.connection.clone())
    }
}

/// What stands below a tile when nobody knows a name.
fn label(seat: &str) -> String {
    let start = seat.char_indices().rev().nth(5).map_or(0, |(at, _)| at);
    format!("Participant {}", &seat[start..])
}

fn stands(status: StatusCode, standing: &str) -> Response {
    (status, Json(json!({"standing": standing}))).into_response()
}

async fn room(State(visits): State<Visits>) -> Json<Value> {
    Json(json!({"orgId": visits.org_id}))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Door {
    meeting_id: String,
    join_token: Secret<String>,
}

async fn join(
    State(visits): State<Visits>,
    Path(id): Path<String>,
    Json(door): Json<Door>,
) -> Response {
    let connection = match visits.chime.join(&door.meeting_id, &id, door.join_token.expose()) {
        Ok(connection) => connection,
        Err(JoinRefused::Ended) => return stands(StatusCode::GONE, "ended"),
        Err(JoinRefused::Removed) => return stands(StatusCode::GONE, "removed"),
        Err(JoinRefused::Unauthorized) => return stands(StatusCode::FORBIDDEN, "unauthorized"),
    };
    let name = hex::encode(rand::random::<[u8; 16]>());
    let visit = Visit { connection, token: door.join_token, heard: Instant::now() };
    visits.list().insert(name.clone(), visit);
    let people = visits.present(&door.meeting_id);
    Json(json!({"standing": "connected", "visit": name, "people": people})).into_response()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Said {
    meeting_id: String,
    join_token: Secret<String>,
    visit: String,
}

async fn here(
    State(visits): State<Visits>,
    Path(id): Path<String>,
    Json(said): Json<Said>,
) -> Response {
    let connection = match visits.hear(&id, &said) {
        Ok(connection) => connection,
        Err(refused) => return refused.into_response(),
    };
    let standing = match visits.chime.standing(&connection) {
        Standing::Connected => {
            let people = visits.present(&said.meeting_id);
            return Json(json!({"standing": "connected", "people": people})).into_response();
        }
        Standing::Replaced => "replaced",
        Standing::Removed => "removed",
        Standing::Ended => "ended",
        Standing::Gone => "gone",
    };
    visits.list().remove(&said.visit);
    stands(StatusCode::OK, standing)
}

async fn leave(
    State(visits): State<Visits>,
    Path(id): Path<String>,
    Json(said): Json<Said>,
) -> Response {
    match visits.hear(&id, &said) {
        Ok(connection) => {
            visits.chime.leave(&connection);
            visits.list().remove(&said.visit);
            stands(StatusCode::OK, "left")
        }
        Err(refused) => refused.into_response(),
    }
}
