//! A subscription, the scripted server, a token endpoint, and a hand that plays the inbox.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::routing::post;
use chime_emulator::wire::pub_sub_server::PubSubServer;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio_stream::wrappers::TcpListenerStream;
use tokio_util::sync::CancellationToken;

use super::positions_only::Positions;
use super::server::{Script, Server, Step};
use crate::clock::{Entropy, SystemClock};
use crate::inbox::delivery::{Delivery, Fact, Input};
use crate::salesforce::auth::{AuthSettings, Authenticator, Credentials};
use crate::salesforce::http::{HttpSettings, client};
use crate::salesforce::pubsub::{Deps, Settings, StreamState, StreamStatus, run};
use crate::salesforce::schema::event::Decoded;
use crate::salesforce::schema::{Namespace, SchemaCache};

const TOPIC: &str = "/event/Chime_Command__e";
/// Longest wait for anything: generous, since the machine may be busy.
const LONGEST: Duration = Duration::from_secs(30);

/// The middle of every range: no jitter.
struct Even;
impl Entropy for Even {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(127);
    }
}

pub struct Bench {
    pub script: Arc<Mutex<Script>>,
    pub inlet: mpsc::Receiver<Delivery>,
    pub positions: Arc<Mutex<HashMap<String, Vec<u8>>>>,
    pub status: watch::Receiver<StreamStatus>,
    pub logins: Arc<AtomicUsize>,
    _tasks: JoinSet<()>,
    _folder: tempfile::TempDir,
}

pub fn quick() -> Settings {
    Settings {
        retry_first_ms: 5,
        retry_most_ms: 20,
        slow_ms: 10,
        probe_ms: 30,
        settle_ms: 20,
        allocation_first_ms: 40,
        allocation_most_ms: 80,
        ..Settings::default()
    }
}

pub async fn bench(settings: Settings, stored: Option<&str>, streams: Vec<Vec<Step>>) -> Bench {
    scripted(settings, stored, Script { streams, ..Script::default() }).await
}

pub async fn scripted(mut settings: Settings, stored: Option<&str>, script: Script) -> Bench {
    let mut tasks = JoinSet::new();
    let script = Arc::new(Mutex::new(script));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    settings.endpoint = format!("http://{}", listener.local_addr().unwrap());
    let server = PubSubServer::new(Server(Arc::clone(&script)));
    tasks.spawn(async move {
        let incoming = TcpListenerStream::new(listener);
        tonic::transport::Server::builder()
            .add_service(server)
            .serve_with_incoming(incoming)
            .await
            .unwrap();
    });

    let logins = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&logins);
    let login = move || {
        let number = counted.fetch_add(1, Ordering::SeqCst) + 1;
        async move {
            serde_json::json!({
                "access_token": format!("token-{number}"), "token_type": "Bearer",
                "instance_url": "https://acme.my.salesforce.com",
                "id": "https://login.salesforce.com/id/00Dxx0000001gPLEAY/005xx000001Sv6dAAC",
            })
            .to_string()
        }
    };
    let app = axum::Router::new().route("/services/oauth2/token", post(login));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let my_domain = format!("http://{}", listener.local_addr().unwrap());
    tasks.spawn(async move { axum::serve(listener, app).await.unwrap() });
    let folder = tempfile::tempdir().unwrap();
    let client_secret_file = folder.path().join("secret");
    std::fs::write(&client_secret_file, "shh").unwrap();
    let credentials =
        Credentials::ClientCredentials { client_id: "app".into(), client_secret_file };
    let auth = Authenticator::new(
        AuthSettings::new(my_domain, credentials),
        client(&HttpSettings::default()).unwrap(),
        Arc::new(SystemClock),
    );

    let positions: Arc<Mutex<HashMap<String, Vec<u8>>>> = Arc::default();
    if let Some(id) = stored {
        positions.lock().unwrap().insert(TOPIC.into(), id.into());
    }
    let (inlet, deliveries) = mpsc::channel(64);
    let (status_in, status) = watch::channel(StreamStatus::default());
    let deps = Deps {
        auth: Arc::new(auth.unwrap()),
        store: Arc::new(Positions(Arc::clone(&positions))),
        inlet,
        mapper: Arc::new(|event| {
            let Decoded::Platform(event) = event.decoded else { panic!("not a platform event") };
            // A fact that can be told apart: the uuid as the object's name.
            let object = event.uuid.unwrap_or_default();
            vec![Fact { fingerprint: None, input: Input::Reconcile { object } }]
        }),
        sealer: Arc::new(|plain: &[u8]| plain.iter().map(|byte| !byte).collect::<Vec<_>>()),
        schemas: Arc::new(SchemaCache::default()),
        namespace: Namespace::default(),
        clock: Arc::new(SystemClock),
        entropy: Arc::new(Even),
        status: status_in,
    };
    tasks.spawn(async move { run(TOPIC, settings, deps, CancellationToken::new()).await });
    Bench { script, inlet: deliveries, positions, status, logins, _tasks: tasks, _folder: folder }
}

/// A delivery as the inbox would take it.
#[derive(Debug, PartialEq)]
pub struct Taken {
    pub facts: Vec<String>,
    pub position: Option<String>,
}

impl Bench {
    pub async fn next(&mut self) -> Delivery {
        tokio::time::timeout(LONGEST, self.inlet.recv()).await.expect("no delivery").expect("gone")
    }

    /// Takes the next delivery and makes it durable.
    pub async fn take(&mut self) -> Taken {
        let delivery = self.next().await;
        self.commit(delivery)
    }

    pub fn commit(&self, delivery: Delivery) -> Taken {
        let position = delivery.position.map(|(topic, id)| {
            let text = String::from_utf8(id.clone()).unwrap();
            self.positions.lock().unwrap().insert(topic, id);
            text
        });
        let facts = delivery.facts.iter().map(|fact| match &fact.input {
            Input::Reconcile { object } => object.clone(),
            Input::DeadLetter(letter) => letter.code.clone(),
            other => panic!("unexpected {other:?}"),
        });
        let facts = facts.collect();
        let _ = delivery.done.unwrap().send(());
        Taken { facts, position }
    }

    pub async fn state(&mut self, wanted: impl Fn(&StreamState) -> bool) -> StreamStatus {
        let waited = self.status.wait_for(|status| wanted(&status.state));
        tokio::time::timeout(LONGEST, waited).await.expect("state never came").unwrap().clone()
    }

    /// Waits until the script is as wanted.
    pub async fn until(&self, wanted: impl Fn(&Script) -> bool) {
        let poll = async {
            while !wanted(&self.script.lock().unwrap()) {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::time::timeout(LONGEST, poll).await.expect("the server never saw it");
    }

    /// Preset, position and number asked for in the first request of a stream.
    pub async fn first_request(&self, stream: usize) -> (i32, String, i32) {
        self.until(|script| script.requests.get(stream).is_some_and(|seen| !seen.is_empty())).await;
        let script = self.script.lock().unwrap();
        let request = &script.requests[stream][0];
        let id = String::from_utf8(request.replay_id.clone()).unwrap();
        (request.replay_preset, id, request.num_requested)
    }
}

pub fn taken(facts: &[&str], position: Option<&str>) -> Taken {
    let facts = facts.iter().map(|fact| (*fact).to_string()).collect();
    Taken { facts, position: position.map(str::to_string) }
}
