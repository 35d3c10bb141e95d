//! An emulated org with its Pub/Sub port open, and a client that trusts it.

use std::sync::Arc;
use std::time::Duration;

use chime_emulator::clock::Clock;
use chime_emulator::faults::{Fault, FaultKind, Faults};
use chime_emulator::org::bus::{Bus, BusConfig, Published};
use chime_emulator::org::metadata::Metadata;
use chime_emulator::org::pubsub;
use chime_emulator::org::tls::Tls;
use chime_emulator::tasks::spawn;
use chime_emulator::wire::pub_sub_client::PubSubClient;
use chime_emulator::wire::{ConsumerEvent, FetchRequest, FetchResponse, ReplayPreset};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::transport::{Certificate, Channel, ClientTlsConfig};
use tonic::{Request, Status, Streaming};

use crate::metadata::small_org;

pub const ORG: &str = "00D5e000000EmuLAA0";
pub const USER: &str = "0055e000000BridgAAC";
pub const COMMANDS: &str = "/event/Chime_Command__e";
pub const MEETINGS: &str = "/data/Chime_Meeting__ChangeEvent";

pub struct World {
    pub bus: Bus,
    pub clock: Clock,
    pub faults: Faults,
    pub port: u16,
    pub ca: String,
    _folder: tempfile::TempDir,
    _stop: DropGuard,
}

pub async fn world() -> World {
    world_with(BusConfig::default()).await
}

pub async fn world_with(config: BusConfig) -> World {
    opened(Arc::new(small_org()), config).await
}

/// An org made of something else than the small org.
pub async fn world_of(metadata: Arc<Metadata>) -> World {
    opened(metadata, BusConfig::default()).await
}

async fn opened(metadata: Arc<Metadata>, config: BusConfig) -> World {
    let (clock, faults) = (Clock::default(), Faults::default());
    let bus = Bus::new(metadata, clock.clone(), faults.clone(), ORG.to_string(), config);
    let folder = tempfile::tempdir().unwrap();
    let tls = Tls::in_folder(folder.path()).unwrap();
    let ca = std::fs::read_to_string(folder.path().join("ca.pem")).unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let stop = CancellationToken::new();
    let guard = stop.clone().drop_guard();
    let served = bus.clone();
    spawn(async move {
        let tokens: pubsub::TokenCheck =
            Arc::new(|token| (token == "good").then(|| USER.to_string()));
        pubsub::serve(listener, &tls, served, tokens, stop).await.unwrap();
    });
    World { bus, clock, faults, port, ca, _folder: folder, _stop: guard }
}

impl World {
    pub async fn client(&self) -> PubSubClient<Channel> {
        let tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(&self.ca));
        let channel = Channel::from_shared(format!("https://localhost:{}", self.port))
            .unwrap()
            .tls_config(tls)
            .unwrap()
            .connect()
            .await
            .unwrap();
        PubSubClient::new(channel).max_decoding_message_size(64 << 20)
    }

    /// Publishes a command the way Apex does.
    pub fn command(&self, action: &str) -> Published {
        let fields = json!({"Action__c": action}).as_object().unwrap().clone();
        self.bus.publish("Chime_Command__e", fields, "0055e000000AgentAAC").unwrap()
    }

    pub async fn subscribe(&self, first: FetchRequest) -> Subscriber {
        let mut client = self.client().await;
        let (requests, sent) = mpsc::channel(16);
        requests.send(first).await.unwrap();
        let responses = client.subscribe(signed(ReceiverStream::new(sent))).await;
        Subscriber { requests, responses: responses.unwrap().into_inner() }
    }

    /// Events of a topic from the oldest on, `count` of them.
    pub async fn all(&self, topic: &str, count: usize) -> Vec<ConsumerEvent> {
        self.subscribe(fetch(topic, ReplayPreset::Earliest, 100)).await.events(count).await
    }

    pub fn fault(&self, call: &str, kind: Value, times: u32) {
        let kind: FaultKind = serde_json::from_value(kind).unwrap();
        let (service, call) = ("pubsub".to_string(), call.to_string());
        self.faults.add(Fault { service, call, kind, times, chance: 1.0 });
    }
}

/// A call with the three metadata entries.
pub fn signed<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    let metadata = request.metadata_mut();
    metadata.insert("accesstoken", "good".parse().unwrap());
    metadata.insert("instanceurl", "https://emulator.my.salesforce.com".parse().unwrap());
    metadata.insert("tenantid", ORG.parse().unwrap());
    request
}

pub fn fetch(topic: &str, preset: ReplayPreset, credit: i32) -> FetchRequest {
    FetchRequest {
        topic_name: topic.to_string(),
        replay_preset: preset.into(),
        num_requested: credit,
        ..Default::default()
    }
}

pub fn fetch_after(topic: &str, replay_id: &[u8], credit: i32) -> FetchRequest {
    let replay_id = replay_id.to_vec();
    FetchRequest { replay_id, ..fetch(topic, ReplayPreset::Custom, credit) }
}

pub struct Subscriber {
    pub requests: mpsc::Sender<FetchRequest>,
    responses: Streaming<FetchResponse>,
}

impl Subscriber {
    /// The next response, or how the stream ended.
    pub async fn next(&mut self) -> Result<Option<FetchResponse>, Status> {
        let next = self.responses.message();
        tokio::time::timeout(Duration::from_secs(30), next).await.expect("the stream is silent")
    }

    /// The next response.
    pub async fn response(&mut self) -> FetchResponse {
        self.next().await.unwrap().expect("the stream ended")
    }

    /// Exactly so many events, over as many responses as it takes.
    pub async fn events(&mut self, count: usize) -> Vec<ConsumerEvent> {
        let mut events = Vec::new();
        while events.len() < count {
            events.extend(self.response().await.events);
        }
        assert_eq!(events.len(), count, "more came than was expected");
        events
    }

    /// The error the stream ends with, after whatever events come before it.
    pub async fn refusal(&mut self) -> Status {
        loop {
            match self.next().await {
                Err(status) => return status,
                Ok(Some(_)) => {}
                Ok(None) => panic!("the stream ended without an error"),
            }
        }
    }

    pub async fn credit(&self, topic: &str, more: i32) {
        self.requests.send(fetch(topic, ReplayPreset::Latest, more)).await.unwrap();
    }
}

/// The last part of a refusal's error code.
pub fn code(status: &Status) -> String {
    let code = status.metadata().get("error-code").expect("no error-code trailer");
    assert!(status.metadata().contains_key("rpc-id"), "no rpc-id trailer");
    let code = code.to_str().unwrap();
    code.strip_prefix("sfdc.platform.eventbus.grpc.").unwrap().to_string()
}
