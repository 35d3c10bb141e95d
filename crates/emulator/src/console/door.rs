//! The console's address: which request goes where.

use std::sync::Arc;

use anyhow::{Context, ensure};
use axum::body::Bytes;
use axum::extract::{Path, Query, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::guard::Guard;
use super::seed::{Persona, Seeded, seed};
use super::viewer::Viewer;
use super::words::Words;
use crate::apex::args::Args;
use crate::apex::call::{Apex, Refusal, long_id};
use crate::apex::settings::Settings;
use crate::apex::texts::Texts;
use crate::org::metadata::Package;
use crate::salesforce::Salesforce;
use crate::site::Site;
use crate::start::{Addresses, Config};

/// What the page's footer says.
const NOTICE: &str = "This is an emulated org. Apex is not run here: a stand-in answers for the controllers, \
                      with the same checks and the same words.";

/// The console. Cloneable handle.
#[derive(Clone)]
pub struct Console {
    inner: Arc<Inner>,
}

struct Inner {
    apex: Apex,
    viewer: Viewer,
    personas: Vec<Persona>,
    told: Value,
    site: Site,
    guard: Guard,
}

impl Console {
    /// Fills the org with users and an account, and gets ready to serve.
    ///
    /// # Errors
    /// The console would listen beyond this machine, or the package's texts cannot be read.
    pub fn open(
        config: &Config,
        addresses: &Addresses,
        salesforce: &Salesforce,
    ) -> anyhow::Result<Self> {
        let address = addresses.console.context("the console has no port")?;
        ensure!(
            address.ip().is_loopback(),
            "the console acts for any user and listens on loopback only, not on {}",
            address.ip()
        );
        let folder = config.console_site.clone().context("the console has no files")?;
        let folders = Package::folders(&config.metadata_dir)?;
        let room = format!("http://{}", addresses.room);
        let org = salesforce.org.clone();
        let Seeded { personas, account } = seed(&org)?;
        let apex = Apex {
            org: org.clone(),
            triggers: salesforce.triggers.clone(),
            clock: config.clock.clone(),
            texts: Texts::read(&folders)?,
            settings: Settings::read(&folders, room.clone())?,
        };
        let told = json!({
            "v": 1,
            "orgName": "Emulated org",
            "orgId": config.org_id,
            "roomUrl": room,
            "language": "en-US",
            "users": personas.iter().map(Persona::told).collect::<Vec<_>>(),
            "home": account,
            "homeRecordId": account,
            "ports": {
                "org": addresses.org.port(),
                "aws": addresses.aws.port(),
                "control": addresses.control.port(),
                "room": addresses.room.port(),
            },
            "notice": NOTICE,
        });
        let fill = [("frame", room), ("media", format!("http://{}", addresses.aws))];
        let viewer = Viewer { org, bus: salesforce.bus.clone(), words: Words::read(&folders)? };
        let inner = Inner {
            apex,
            viewer,
            personas,
            told,
            site: Site::new(folder, fill, "make console"),
            guard: Guard::of(address),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The router to serve.
    pub fn router(self) -> Router {
        let guard = self.inner.guard.clone();
        let site = self.inner.site.clone();
        Router::new()
            .route(
                "/console.json",
                get(|State(c): State<Console>| async move { Json(c.inner.told.clone()) }),
            )
            .route("/apex/{method}", post(apex))
            .route(
                "/api/objects",
                get(|State(c): State<Console>| async move { Json(c.inner.viewer.objects()) }),
            )
            .route("/api/describe/{object}", get(describe))
            .route("/api/records/{object}", get(records))
            .route("/api/record/{id}", get(record).post(save))
            .route("/api/events", get(events))
            .route(
                "/api/limits",
                get(|State(c): State<Console>| async move { Json(c.inner.viewer.limits()) }),
            )
            .layer(middleware::from_fn(fresh))
            .with_state(self)
            .fallback(move |request| site.serve(request))
            .layer(middleware::from_fn(move |request: Request, next: Next| {
                guard.clone().check(request, next)
            }))
    }

    /// The user a request is made for: the one it names, else the host.
    fn user(&self, headers: &HeaderMap) -> Option<&Persona> {
        let personas = &self.inner.personas;
        match headers.get("x-console-user").map(HeaderValue::to_str) {
            None => personas.first(),
            Some(id) => {
                let id = long_id(id.ok()?)?;
                personas.iter().find(|persona| persona.id == id)
            }
        }
    }
}

/// Answers of the server are never kept.
async fn fresh(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

fn refused(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({"message": message}))).into_response()
}

fn nobody() -> Response {
    refused(StatusCode::BAD_REQUEST, "x-console-user names no user of console.json")
}

fn found(value: Option<Value>, what: &str) -> Response {
    match value {
        Some(value) => Json(value).into_response(),
        None => refused(StatusCode::NOT_FOUND, what),
    }
}

async fn apex(
    State(console): State<Console>,
    Path(method): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(user) = console.user(&headers) else { return nobody() };
    let args: Map<String, Value> = match body.is_empty() {
        true => Map::new(),
        false => match serde_json::from_slice(&body) {
            Ok(args) => args,
            Err(_) => return refused(StatusCode::BAD_REQUEST, "the arguments are a JSON object"),
        },
    };
    match console.inner.apex.run(&user.username, german(&headers), &method, &Args(args)) {
        Ok(answer) => Json(answer).into_response(),
        Err(refusal @ Refusal::Class(_)) => refused(StatusCode::FORBIDDEN, &refusal.to_string()),
        Err(refusal) => refused(StatusCode::BAD_REQUEST, &refusal.to_string()),
    }
}

async fn describe(State(console): State<Console>, Path(object): Path<String>) -> Response {
    found(console.inner.viewer.describe(&object), "there is no such object")
}

#[derive(Deserialize)]
struct Wanted {
    limit: Option<usize>,
    field: Option<String>,
    value: Option<String>,
}

async fn records(
    State(console): State<Console>,
    Path(object): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Response {
    let related = wanted.field.as_deref().zip(wanted.value.as_deref());
    let records = console.inner.viewer.records(&object, related, wanted.limit);
    found(records, "there is no such object or field")
}

async fn record(State(console): State<Console>, Path(id): Path<String>) -> Response {
    found(console.inner.viewer.record(&id), "there is no such record")
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Save {
    fields: Map<String, Value>,
}

/// Saves fields of a record with the user's own permissions.
async fn save(
    State(console): State<Console>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(user) = console.user(&headers) else { return nobody() };
    let Ok(Save { fields }) = serde_json::from_slice(&body) else {
        return refused(StatusCode::BAD_REQUEST, "send {\"fields\": {…}}");
    };
    let known = long_id(&id).and_then(|id| Some((console.inner.viewer.object_of(&id)?.name, id)));
    let Some((object, id)) = known else {
        return refused(StatusCode::NOT_FOUND, "there is no such record");
    };
    let apex = &console.inner.apex;
    match apex.save(&user.username, german(&headers), (&object, &id), &fields) {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(refusal) => refused(StatusCode::BAD_REQUEST, &refusal.to_string()),
    }
}

/// Whether texts are asked for in German.
fn german(headers: &HeaderMap) -> bool {
    let language = headers.get("x-console-language").and_then(|value| value.to_str().ok());
    language.is_some_and(|language| language.starts_with("de"))
}

#[derive(Deserialize)]
struct After {
    after: Option<u64>,
    limit: Option<usize>,
}

async fn events(State(console): State<Console>, Query(asked): Query<After>) -> Json<Value> {
    Json(console.inner.viewer.events(asked.after, asked.limit))
}
