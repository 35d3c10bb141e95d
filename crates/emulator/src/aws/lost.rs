//! The lost answer: the call was carried out, but the client never learns of it. The head promises
//! a byte and the connection breaks before it comes, so every client sees a broken answer.

use axum::body::{Body, Bytes};
use axum::response::Response;

/// An answer that breaks on the way.
pub fn lost_answer() -> Response {
    let broken = std::io::Error::other("the answer is lost on purpose");
    let body = futures::stream::once(async { Err::<Bytes, _>(broken) });
    let mut response = Response::new(Body::from_stream(body));
    response
        .headers_mut()
        .insert(http::header::CONTENT_LENGTH, http::HeaderValue::from_static("1"));
    response
}
