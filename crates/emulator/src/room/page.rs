//! The room's start page and, for a recorder, the page it looks at: moving tiles and tones for the
//! people who are connected in the emulated meeting. The page may load from here and nowhere else,
//! and runs no script written into it.

use axum::Router;
use axum::extract::Query;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use http::header;
use serde::Deserialize;

const START: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Chime Bridge emulator</title>\
<p>The room is a part of its own and is not served here yet. Tickets (<code>/tickets/NAME.json</code>) and \
signals (<code>POST /signals</code>) are.</p></html>";

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// What lies under `/emulator/page/`: name, type, text.
const FILES: [(&str, &str, &str); 4] = [
    ("recorder.css", "text/css; charset=utf-8", include_str!("page/recorder.css")),
    ("recorder.js", SCRIPT, include_str!("page/recorder.js")),
    ("stage.js", SCRIPT, include_str!("page/stage.js")),
    ("ticket.js", SCRIPT, include_str!("page/ticket.js")),
];
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// The page and its files.
pub(super) fn router() -> Router {
    FILES.into_iter().fold(Router::new().route("/", get(start)), |router, (name, kind, text)| {
        let file = move || async move { guarded(kind, text) };
        router.route(&format!("/emulator/page/{name}"), get(file))
    })
}

#[derive(Deserialize)]
struct Asked {
    role: Option<String>,
}

async fn start(Query(asked): Query<Asked>) -> Response {
    match asked.role.as_deref() {
        Some("recorder") => guarded("text/html; charset=utf-8", include_str!("page/recorder.html")),
        _ => Html(START).into_response(),
    }
}

fn guarded(kind: &'static str, text: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (headers, text).into_response()
}
