//! The admin port, for this machine only: `/live` (the process turns), `/ready` (each latch; 503
//! while one that is required is closed), `/metrics`, `/version`. It stays up while the bridge
//! drains, so that "Draining" can be seen.

use std::net::SocketAddr;
use std::time::Duration;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use tokio::net::TcpListener;

use crate::supervisor::{Health, Readiness, Stop, TaskResult};
use crate::telemetry::Metrics;

/// How often durations are folded while nobody asks for figures.
const UPKEEP: Duration = Duration::from_secs(5);

/// Why the port cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// Others could reach it.
    #[error("{0} can be reached from other machines; set admin.listen to 127.0.0.1 or [::1]")]
    NotLocal(SocketAddr),
    /// The system refused.
    #[error("the admin port {address} cannot be opened: {source}; set admin.listen to a free one")]
    Bind {
        /// Address wanted.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
}

/// The opened port.
pub struct Admin {
    listener: TcpListener,
    address: SocketAddr,
    shown: Shown,
}

#[derive(Clone)]
struct Shown {
    readiness: Readiness,
    metrics: Metrics,
}

impl Admin {
    /// Opens the port, so that a port in use is an error at start and not later.
    pub async fn bind(
        address: SocketAddr,
        readiness: Readiness,
        metrics: Metrics,
    ) -> Result<Self, AdminError> {
        if !address.ip().is_loopback() {
            return Err(AdminError::NotLocal(address));
        }
        let bind = |source| AdminError::Bind { address, source };
        let listener = TcpListener::bind(address).await.map_err(bind)?;
        let address = listener.local_addr().map_err(bind)?;
        Ok(Self { listener, address, shown: Shown { readiness, metrics } })
    }

    /// Where it listens: the port taken when 0 was asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until it is asked to stop.
    pub async fn serve(self, stop: Stop) -> TaskResult {
        let metrics = self.shown.metrics.clone();
        let server = axum::serve(self.listener, router(self.shown))
            .with_graceful_shutdown(async move { stop.asked().await })
            .into_future();
        let upkeep = async {
            let mut tick = tokio::time::interval(UPKEEP);
            loop {
                tick.tick().await;
                metrics.upkeep();
            }
        };
        tokio::select! {
            ended = server => Ok(ended?),
            () = upkeep => Ok(()),
        }
    }
}

fn router(shown: Shown) -> Router {
    Router::new()
        .route("/live", get(|| async { "live\n" }))
        .route("/ready", get(ready))
        .route("/metrics", get(figures))
        .route("/version", get(|| async { concat!(env!("CARGO_PKG_VERSION"), "\n") }))
        .with_state(shown)
}

async fn ready(State(shown): State<Shown>) -> Response {
    let report = shown.readiness.report();
    let status = match report.state {
        Health::Ready => StatusCode::OK,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    };
    (status, Json(report)).into_response()
}

async fn figures(State(shown): State<Shown>) -> Response {
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    (kind, shown.metrics.render()).into_response()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    use super::*;
    use crate::clock::SystemClock;
    use crate::supervisor::{DRAIN, Supervisor, Task};

    async fn get(address: SocketAddr, path: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let ask = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        stream.write_all(ask.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
        (status, answer.split_once("\r\n\r\n").unwrap().1.to_owned())
    }

    async fn start(readiness: &Readiness) -> (SocketAddr, Supervisor) {
        let metrics = crate::telemetry::for_tests();
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let admin = Admin::bind(any, readiness.clone(), metrics).await.unwrap();
        let address = admin.address();
        let supervisor = Supervisor::new(DRAIN);
        supervisor.spawn(Task::housekeeper("admin"), |stop| admin.serve(stop));
        (address, supervisor)
    }

    #[tokio::test]
    async fn ready_answers_503_until_every_required_latch_is_open() {
        let readiness = Readiness::new(Arc::new(SystemClock));
        let stream = readiness.latch("stream");
        let (address, _supervisor) = start(&readiness).await;
        let (status, body) = get(address, "/ready").await;
        assert_eq!(status, 503);
        let report: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(report["state"], "Starting");
        assert_eq!(report["latches"]["stream"]["note"], "starting");
        assert_eq!(get(address, "/live").await, (200, "live\n".into()), "alive all the same");
        stream.open("subscribed");
        let (status, body) = get(address, "/ready").await;
        assert_eq!(status, 200);
        assert!(body.contains(r#""note":"subscribed""#), "{body}");
        readiness.drain();
        assert_eq!(get(address, "/ready").await.0, 503);
    }

    #[tokio::test]
    async fn figures_and_version_are_served_and_nothing_else() {
        let readiness = Readiness::new(Arc::new(SystemClock));
        let (address, _supervisor) = start(&readiness).await;
        let (status, body) = get(address, "/metrics").await;
        assert_eq!(status, 200);
        assert!(body.contains("bridge_meetings_open 3"), "{body}");
        let (status, body) = get(address, "/version").await;
        assert_eq!((status, body.trim()), (200, env!("CARGO_PKG_VERSION")));
        assert_eq!(get(address, "/").await.0, 404);
    }

    #[tokio::test]
    async fn a_port_in_use_or_open_to_others_is_refused_with_what_to_do() {
        let readiness = Readiness::new(Arc::new(SystemClock));
        let (address, _supervisor) = start(&readiness).await;
        let metrics = crate::telemetry::for_tests;
        let taken = Admin::bind(address, readiness.clone(), metrics()).await.err().unwrap();
        assert!(taken.to_string().contains("admin.listen"), "{taken}");
        let open = SocketAddr::from(([0, 0, 0, 0], 0));
        let refused = Admin::bind(open, readiness, metrics()).await.err().unwrap();
        assert!(matches!(refused, AdminError::NotLocal(_)), "{refused}");
    }
}
