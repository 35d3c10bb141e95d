//! The room's origin (8806): sealed tickets to read and one door for signals, as CDN and managed
//! API do it. Unkind as they are: a missing ticket answers 403, like S3 without the right to list.
//! Nothing here can open a ticket or check a signal; that is the bridge's and the room's work.
//! With a built room its files and `room.json` are served beside them, and nothing else, as in
//! production. Without one, `/?role=recorder` is a page for the recorder to look at, and
//! `/emulator/…` the way it is in the meeting without Chime's media.
//!
//! Faults: service `room`, call `ticket` or `signal`: `Reject`, `Delay` (real time), `LoseAnswer`;
//! a signal also `Drop` and `Duplicate`.

mod page;
mod settings;
mod visits;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use chime_contract::signal::MAX_BODY;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use md5::{Digest, Md5};

use crate::aws::lost::lost_answer;
use crate::aws::objects::Objects;
use crate::aws::sqs::Sqs;
use crate::faults::{FaultKind, Faults};

pub use settings::Served;
pub use visits::Visits;

/// What the origin stands on.
#[derive(Clone)]
pub struct Room {
    /// Where tickets lie.
    pub objects: Arc<dyn Objects>,
    /// Their bucket.
    pub bucket: String,
    /// Where signals go.
    pub sqs: Sqs,
    /// Their queue.
    pub queue: String,
    /// Ordered faults.
    pub faults: Faults,
    /// Pages in meetings.
    pub visits: Visits,
    /// The built room; without one, a page of the emulator's own.
    pub served: Option<Served>,
}

impl Room {
    /// The router to serve.
    pub fn router(self) -> Router {
        let doors = Router::new()
            .route("/tickets/{file}", get(ticket))
            .route("/signals", post(signal))
            .with_state(self.clone());
        match self.served {
            Some(served) => doors.merge(served.router()),
            None => doors.merge(page::router()).merge(self.visits.router()),
        }
    }

    /// The ordered fault for a call, with `Delay` already waited for.
    async fn fault(&self, call: &str) -> Option<FaultKind> {
        let fault = self.faults.take_if("room", call, |kind| match kind {
            FaultKind::Reject { .. } | FaultKind::Delay { .. } | FaultKind::LoseAnswer => true,
            FaultKind::Drop | FaultKind::Duplicate => call == "signal",
            _ => false,
        })?;
        if let FaultKind::Delay { ms } = fault {
            tokio::time::sleep(Duration::from_millis(ms)).await;
        }
        Some(fault)
    }
}

fn rejected(status: u16) -> Response {
    answer(
        StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST),
        "application/json",
        "{}",
    )
}

fn answer(status: StatusCode, kind: &'static str, body: impl Into<Body>) -> Response {
    let headers: [(HeaderName, &'static str); 2] =
        [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-store")];
    (status, headers, body.into()).into_response()
}

async fn ticket(State(room): State<Room>, Path(file): Path<String>, asked: HeaderMap) -> Response {
    let lose = match room.fault("ticket").await {
        Some(FaultKind::Reject { status, .. }) => return rejected(status),
        Some(FaultKind::LoseAnswer) => true,
        _ => false,
    };
    let Some(body) = room.objects.get(&room.bucket, &format!("tickets/{file}")).await else {
        let denied = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>";
        return answer(StatusCode::FORBIDDEN, "application/xml", denied);
    };
    if lose {
        return lost_answer();
    }
    let tag = format!("\"{}\"", hex::encode(Md5::digest(&body)));
    let same = asked.get(header::IF_NONE_MATCH).is_some_and(|v| v.as_bytes() == tag.as_bytes());
    let mut response = if same {
        answer(StatusCode::NOT_MODIFIED, "application/json", Body::empty())
    } else {
        answer(StatusCode::OK, "application/json", body)
    };
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// The managed door looks at size and shape only; who may say what is judged behind the queue.
async fn signal(State(room): State<Room>, request: Request) -> Response {
    let fault = room.fault("signal").await;
    if let Some(FaultKind::Reject { status, .. }) = fault {
        return rejected(status);
    }
    let refuse = |message: &str| {
        let body = serde_json::json!({"message": message}).to_string();
        answer(StatusCode::BAD_REQUEST, "application/json", body)
    };
    let Ok(body) = to_bytes(request.into_body(), MAX_BODY).await else {
        return refuse("Invalid request body: more than 4096 bytes");
    };
    let object = serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(&body);
    let (Ok(_), Ok(text)) = (object, String::from_utf8(body.to_vec())) else {
        return refuse("Invalid request body: not a JSON object");
    };
    let copies = match fault {
        Some(FaultKind::Drop) => 0,
        Some(FaultKind::Duplicate) => 2,
        _ => 1,
    };
    for _ in 0..copies {
        if let Err(error) = room.sqs.send(&room.queue, text.clone()) {
            tracing::error!(queue = room.queue, %error, "a signal could not be queued");
            return answer(StatusCode::INTERNAL_SERVER_ERROR, "application/json", "{}");
        }
    }
    match fault {
        Some(FaultKind::LoseAnswer) => lost_answer(),
        _ => answer(StatusCode::OK, "application/json", "{}"),
    }
}
