//! The account's one endpoint (4566). Which service is meant stands in the signature's scope
//! (`…/20261123/eu-central-1/chime/aws4_request`), in the header or, for presigned addresses, in
//! the query. Signatures are not checked: any access key is let in.
//!
//! Faults ordered for a service and operation are played here, before and after the service
//! works: `Reject` with a status of 400 or more, `Expire`, `Delay` (real time), `LoseAnswer`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, request::Parts};
use serde_json::{Value, json};

use super::lost::lost_answer;
use crate::faults::{FaultKind, Faults};

/// Largest body read for a JSON service, in bytes.
const MAX_JSON: usize = 4 * 1024 * 1024;

/// One AWS service behind the endpoint.
#[async_trait]
pub trait Service: Send + Sync {
    /// The name it is signed for, which is also its name in faults: `chime`, `sqs`, `ecs`, `s3`.
    fn name(&self) -> &'static str;
    /// The operation asked for, as AWS names it (`CreateMeeting`); the call in faults.
    fn operation(&self, parts: &Parts) -> String;
    /// True: the gateway leaves ordered faults to the service.
    fn plays_its_faults(&self) -> bool {
        false
    }
    /// Does it.
    async fn call(&self, request: Request) -> Response;
    /// An error answer in this service's shape, for ordered faults.
    fn refuse(&self, status: StatusCode, code: &str) -> Response;
}

/// The endpoint. Cloneable handle.
#[derive(Clone)]
pub struct Gateway {
    services: BTreeMap<&'static str, Arc<dyn Service>>,
    faults: Faults,
}

impl Gateway {
    /// An endpoint without services.
    pub fn new(faults: Faults) -> Self {
        Self { services: BTreeMap::new(), faults }
    }

    /// Adds a service under its own name.
    pub fn with(mut self, service: impl Service + 'static) -> Self {
        self.services.insert(service.name(), Arc::new(service));
        self
    }

    /// The router to serve.
    pub fn router(self) -> axum::Router {
        axum::Router::new().fallback(move |request: Request| {
            let gateway = self.clone();
            async move { gateway.dispatch(request).await }
        })
    }

    async fn dispatch(&self, request: Request) -> Response {
        let (parts, body) = request.into_parts();
        let Some(name) = signed_for(&parts) else {
            return refusal(
                StatusCode::FORBIDDEN,
                "MissingAuthenticationToken",
                "The request is not signed: no service name to go by.",
            );
        };
        let Some(service) = self.services.get(name.as_str()) else {
            return refusal(
                StatusCode::NOT_IMPLEMENTED,
                "UnknownService",
                &format!("The emulator has no service {name:?}."),
            );
        };
        if service.plays_its_faults() {
            return service.call(Request::from_parts(parts, body)).await;
        }
        let operation = service.operation(&parts);
        tracing::debug!(service = name, operation, "AWS call");
        let fault = self.faults.take_if(&name, &operation, |kind| match kind {
            FaultKind::Reject { status, .. } => *status >= 400,
            FaultKind::LoseAnswer | FaultKind::Delay { .. } | FaultKind::Expire => true,
            _ => false,
        });
        match &fault {
            Some(FaultKind::Reject { status, code }) => {
                let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::BAD_REQUEST);
                return service.refuse(status, code);
            }
            Some(FaultKind::Expire) => {
                return service.refuse(StatusCode::FORBIDDEN, "ExpiredTokenException");
            }
            Some(FaultKind::Delay { ms }) => tokio::time::sleep(Duration::from_millis(*ms)).await,
            _ => {}
        }
        let response = service.call(Request::from_parts(parts, body)).await;
        if matches!(fault, Some(FaultKind::LoseAnswer)) { lost_answer() } else { response }
    }
}

/// The service in the credential scope.
fn signed_for(parts: &Parts) -> Option<String> {
    let header = parts.headers.get("authorization").and_then(|v| v.to_str().ok());
    let scope = match header.and_then(|h| h.split_once("Credential=")) {
        Some((_, rest)) => rest.split([',', ' ']).next()?.to_string(),
        None => parts
            .uri
            .query()?
            .split('&')
            .find_map(|pair| pair.strip_prefix("X-Amz-Credential="))?
            .replace("%2F", "/")
            .replace("%2f", "/"),
    };
    // …/service/aws4_request; with Signature v4a there is no region before it.
    scope.rsplit('/').nth(1).map(String::from)
}

/// The operation of the JSON protocols: what stands behind the last dot of `X-Amz-Target`.
pub fn target(parts: &Parts) -> String {
    let header = parts.headers.get("x-amz-target").and_then(|v| v.to_str().ok());
    header.and_then(|t| t.rsplit('.').next()).unwrap_or_default().to_string()
}

/// Reads a JSON body; an empty one is `{}`.
pub async fn json_body(body: Body) -> Result<Value, String> {
    let bytes = to_bytes(body, MAX_JSON).await.map_err(|e| e.to_string())?;
    if bytes.is_empty() {
        return Ok(json!({}));
    }
    serde_json::from_slice(&bytes).map_err(|e| format!("The body is not JSON: {e}"))
}

fn refusal(status: StatusCode, code: &str, message: &str) -> Response {
    let body = axum::Json(json!({"__type": code, "message": message}));
    (status, [("x-amzn-errortype", code.to_string())], body).into_response()
}
