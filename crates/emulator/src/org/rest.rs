//! The REST API on `/services/data`. One HTTP call is authenticated, counted, met by ordered
//! faults, and then run as one transaction (a composite without `allOrNone`: one a subrequest).

mod call;
mod collections;
mod composite;
pub mod cursor;
mod describe;
mod events;
mod limits;
mod query;
mod reference;
mod route;
mod serve;
mod sobjects;
mod upsert;

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::response::Response;
use axum::routing::any;
use http::{HeaderMap, header};

pub(super) use events::event_error;

use super::Org;

/// The routes under `/services/data`.
pub(super) fn routes() -> Router<Arc<Org>> {
    Router::new()
        .route("/services/data", any(serve::versions))
        .route("/services/data/", any(serve::versions))
        .route("/services/data/{*rest}", any(serve::serve))
}

/// The token of an `Authorization` header (`Bearer`, or `OAuth` as older clients say).
pub(super) fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let known = scheme.eq_ignore_ascii_case("Bearer") || scheme.eq_ignore_ascii_case("OAuth");
    known.then(|| token.trim().to_string())
}

/// An answer that never arrives: the connection breaks before its body.
pub(super) fn cut() -> Response {
    let broken = futures::stream::once(async {
        Err::<Bytes, _>(std::io::Error::other("the answer is lost (ordered fault)"))
    });
    Response::new(Body::from_stream(broken))
}
