//! Makes gateway services of handlers that know nothing of the gateway: a JSON handler by
//! operation and body (ECS), and one that takes whole HTTP requests (S3).

use std::future::Future;

use async_trait::async_trait;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, request::Parts};
use serde_json::{Value, json};

use super::gateway::{Service, json_body, target};

/// A service of the JSON protocol: `handle(operation, body)`.
pub struct Json<H> {
    name: &'static str,
    handle: H,
}

/// A service of the JSON protocol; the gateway plays its faults.
pub fn json<H, F>(name: &'static str, handle: H) -> Json<H>
where
    H: Fn(String, Value) -> F + Send + Sync,
    F: Future<Output = Response> + Send,
{
    Json { name, handle }
}

#[async_trait]
impl<H, F> Service for Json<H>
where
    H: Fn(String, Value) -> F + Send + Sync,
    F: Future<Output = Response> + Send,
{
    fn name(&self) -> &'static str {
        self.name
    }

    fn operation(&self, parts: &Parts) -> String {
        target(parts)
    }

    async fn call(&self, request: Request) -> Response {
        let (parts, body) = request.into_parts();
        match json_body(body).await {
            Ok(body) => (self.handle)(target(&parts), body).await,
            Err(message) => refusal(StatusCode::BAD_REQUEST, "SerializationException", &message),
        }
    }

    fn refuse(&self, status: StatusCode, code: &str) -> Response {
        refusal(status, code, "An ordered fault.")
    }
}

fn refusal(status: StatusCode, code: &str, message: &str) -> Response {
    let body = json!({"__type": code, "message": message}).to_string();
    (status, [("content-type", "application/x-amz-json-1.1")], body).into_response()
}

/// A service that takes whole requests and plays its faults itself.
pub struct Whole<H> {
    name: &'static str,
    handle: H,
}

/// A service that takes whole requests and plays its faults itself.
pub fn whole<H, F>(name: &'static str, handle: H) -> Whole<H>
where
    H: Fn(Request) -> F + Send + Sync,
    F: Future<Output = Response> + Send,
{
    Whole { name, handle }
}

#[async_trait]
impl<H, F> Service for Whole<H>
where
    H: Fn(Request) -> F + Send + Sync,
    F: Future<Output = Response> + Send,
{
    fn name(&self) -> &'static str {
        self.name
    }

    fn operation(&self, _: &Parts) -> String {
        String::new()
    }

    fn plays_its_faults(&self) -> bool {
        true
    }

    async fn call(&self, request: Request) -> Response {
        (self.handle)(request).await
    }

    fn refuse(&self, status: StatusCode, code: &str) -> Response {
        refusal(status, code, "An ordered fault.")
    }
}
