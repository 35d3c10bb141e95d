//! An account with S3 and ECS on one port, told apart as the gateway does.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::Request;
use chime_emulator::aws::eventbridge::EventBridge;
use chime_emulator::aws::{ecs, ecs::Ecs, s3, s3::BucketConfig, s3::S3};
use chime_emulator::clock::Clock;
use chime_emulator::faults::{Fault, FaultKind, Faults};
use serde_json::Value;

pub struct Account {
    pub s3: S3,
    pub ecs: Ecs,
    pub clock: Clock,
    pub faults: Faults,
    pub url: String,
    notices: Arc<Mutex<Vec<Value>>>,
    folder: tempfile::TempDir,
}

impl Account {
    pub async fn open() -> Self {
        Self::with(ecs::Config::default()).await
    }

    pub async fn with(ecs: ecs::Config) -> Self {
        let (clock, faults) = (Clock::default(), Faults::default());
        let notices: Arc<Mutex<Vec<Value>>> = Arc::default();
        let sink = notices.clone();
        let sink = move |body: String| {
            sink.lock().unwrap().push(serde_json::from_str(&body).unwrap());
        };
        let events = EventBridge::new(clock.clone(), faults.clone(), Arc::new(sink));
        let folder = tempfile::tempdir().unwrap();
        let config = s3::Config {
            buckets: vec![
                BucketConfig::new("chime-room"),
                BucketConfig::new("chime-recordings").versioned().with_notices(),
                BucketConfig::new("chime-work"),
            ],
            spill: Some(folder.path().join("s3")),
        };
        let s3 = S3::new(config, clock.clone(), faults.clone(), Some(events.clone())).unwrap();
        let ecs = Ecs::new(ecs, clock.clone(), faults.clone(), Some(events));
        let parts = (s3.clone(), ecs.clone());
        let router = Router::new().fallback(move |request: Request| {
            let (s3, ecs) = parts.clone();
            async move {
                let target = request.headers().get("x-amz-target").cloned();
                let Some(target) = target else { return s3.handle(request).await };
                let action = target.to_str().unwrap().rsplit('.').next().unwrap().to_owned();
                let body = to_bytes(request.into_body(), 1 << 20).await.unwrap();
                ecs.handle(&action, serde_json::from_slice(&body).unwrap()).await
            }
        });
        let url = serve(router).await;
        Self { s3, ecs, clock, faults, url, notices, folder }
    }

    pub fn s3(&self) -> aws_sdk_s3::Client {
        self.s3_as("emulator")
    }

    pub fn s3_as(&self, secret: &str) -> aws_sdk_s3::Client {
        use aws_sdk_s3::config::{Config, Credentials, Region};
        let credentials = Credentials::new("anybody", secret, None, None, "test");
        let config = Config::builder()
            .endpoint_url(&self.url)
            .region(Region::new("eu-central-1"))
            .credentials_provider(credentials)
            .force_path_style(true);
        aws_sdk_s3::Client::from_conf(config.build())
    }

    pub fn ecs(&self) -> aws_sdk_ecs::Client {
        use aws_sdk_ecs::config::{Config, Credentials, Region};
        let credentials = Credentials::new("anybody", "emulator", None, None, "test");
        let config = Config::builder()
            .endpoint_url(&self.url)
            .region(Region::new("eu-central-1"))
            .credentials_provider(credentials);
        aws_sdk_ecs::Client::from_conf(config.build())
    }

    pub fn order(&self, service: &str, call: &str, kind: FaultKind) {
        let (service, call) = (service.into(), call.into());
        self.faults.add(Fault { service, call, kind, times: 1, chance: 1.0 });
    }

    /// The notices of a source so far, whole envelopes.
    pub fn notices(&self, source: &str) -> Vec<Value> {
        let all = self.notices.lock().unwrap();
        all.iter().filter(|n| n["source"] == source).cloned().collect()
    }

    pub fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        self.ecs.shutdown();
    }
}

pub async fn serve(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    chime_emulator::tasks::spawn(async move { axum::serve(listener, router).await.unwrap() });
    url
}

/// Looks every 20 ms until there is something to see, for half a minute.
pub async fn seen<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    for _ in 0..1500 {
        if let Some(found) = look().await {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("never seen: {what}");
}
