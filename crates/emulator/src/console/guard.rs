//! Who may talk to the console: a browser that shows the console itself, and a program on this
//! machine. Another site that makes a browser send a request (CSRF), and a name that was pointed
//! at this machine (DNS rebinding), are refused.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Json;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, Method, StatusCode, header};
use serde_json::json;

/// Names the console answers to: `host:port`.
#[derive(Debug, Clone)]
pub(super) struct Guard(Arc<Vec<String>>);

impl Guard {
    /// The names of an address on loopback.
    pub(super) fn of(address: SocketAddr) -> Self {
        let port = address.port();
        let names = [
            address.to_string(),
            format!("127.0.0.1:{port}"),
            format!("localhost:{port}"),
            format!("[::1]:{port}"),
        ];
        Self(Arc::new(names.into()))
    }

    /// Lets a request pass, or refuses it.
    pub(super) async fn check(self, request: Request, next: Next) -> Response {
        match self.problem(request.method(), request.headers()) {
            None => next.run(request).await,
            Some(problem) => {
                (StatusCode::FORBIDDEN, Json(json!({"message": problem}))).into_response()
            }
        }
    }

    fn problem(&self, method: &Method, headers: &HeaderMap) -> Option<&'static str> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let host = text("host").unwrap_or_default();
        if !self.0.iter().any(|name| name == host) {
            return Some("this console answers to 127.0.0.1 and localhost only");
        }
        if headers.contains_key(header::ORIGIN) {
            let origin = text("origin").unwrap_or_default();
            let own = origin.strip_prefix("http://");
            if !own.is_some_and(|own| self.0.iter().any(|name| name == own)) {
                return Some("this request comes from another site");
            }
        }
        let safe = matches!(*method, Method::GET | Method::HEAD);
        let site = text("sec-fetch-site").unwrap_or("none");
        let navigates = safe && text("sec-fetch-mode") == Some("navigate");
        if !matches!(site, "same-origin" | "none") && !navigates {
            return Some("this request comes from another site");
        }
        let json = text("content-type").is_some_and(|kind| {
            kind.split(';').next().is_some_and(|kind| kind.trim() == "application/json")
        });
        (!safe && !json).then_some("send application/json")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(method: Method, headers: &[(&'static str, &'static str)]) -> Option<&'static str> {
        let headers = headers
            .iter()
            .map(|(name, value)| {
                (http::HeaderName::from_static(name), http::HeaderValue::from_static(value))
            })
            .collect();
        Guard::of(([127, 0, 0, 1], 8800).into()).problem(&method, &headers)
    }

    #[test]
    fn only_its_own_page_and_programs_here_are_heard() {
        let json = ("content-type", "application/json");
        let host = ("host", "127.0.0.1:8800");
        let own = ("origin", "http://127.0.0.1:8800");
        assert_eq!(problem(Method::GET, &[host]), None);
        assert_eq!(problem(Method::POST, &[host, own, json]), None);
        assert_eq!(problem(Method::POST, &[("host", "localhost:8800"), json]), None);

        assert!(problem(Method::GET, &[]).is_some());
        assert!(problem(Method::GET, &[("host", "rebound.example:8800")]).is_some());
        assert!(problem(Method::GET, &[("host", "127.0.0.1:8801")]).is_some());
        for origin in
            ["http://evil.example", "null", "https://127.0.0.1:8800", "http://127.0.0.1:8806"]
        {
            assert!(problem(Method::GET, &[host, ("origin", origin)]).is_some(), "{origin}");
            assert!(problem(Method::POST, &[host, ("origin", origin), json]).is_some(), "{origin}");
        }
        assert!(problem(Method::POST, &[host, own]).is_some());
        assert!(problem(Method::POST, &[host, own, ("content-type", "text/plain")]).is_some());
    }

    #[test]
    fn a_link_from_elsewhere_opens_the_page_but_reads_nothing() {
        let host = ("host", "localhost:8800");
        let away = ("sec-fetch-site", "cross-site");
        assert_eq!(problem(Method::GET, &[host, away, ("sec-fetch-mode", "navigate")]), None);
        assert!(problem(Method::GET, &[host, away, ("sec-fetch-mode", "no-cors")]).is_some());
    }
}
