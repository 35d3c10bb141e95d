//! The Pub/Sub API: Salesforce's gRPC service over TLS, in front of the bus. Subscribers get what
//! the bus keeps, within the documented rules for credit, keep-alive, replay and allocation.

mod caller;
mod lookup;
mod publish;
mod refusal;
mod subscribe;

use std::pin::Pin;
use std::sync::Arc;

use futures::Stream;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Identity, Server, ServerTlsConfig};
use tonic::{Request, Response, Status, Streaming};

use self::refusal::Refusal;
use super::bus::{Bus, uuid};
use super::tls::Tls;
use crate::faults::FaultKind;
use crate::tasks::spawn;
use crate::wire::pub_sub_server::{PubSub, PubSubServer};
use crate::wire::{
    FetchRequest, FetchResponse, PublishRequest, PublishResponse, SchemaInfo, SchemaRequest,
    TopicInfo, TopicRequest,
};

/// Gives the user id of an access token that is valid now.
pub type TokenCheck = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// Biggest message taken from a client, bytes; beyond the documented 4 MB, so that the service
/// can refuse those itself.
const MOST_BYTES_READ: usize = 64 << 20;
/// Responses waiting for a slow client before its stream is held up.
const WAITING: usize = 4;

/// Why the port is not served.
#[derive(Debug, thiserror::Error)]
#[error("the Pub/Sub port cannot be served: {0}")]
pub struct ServeError(#[from] tonic::transport::Error);

#[derive(Clone)]
struct Service {
    bus: Bus,
    tokens: TokenCheck,
    stop: CancellationToken,
}

/// Serves the Pub/Sub API until `stop`; open streams are then told that the service is
/// unavailable.
pub async fn serve(
    listener: TcpListener,
    tls: &Tls,
    bus: Bus,
    tokens: TokenCheck,
    stop: CancellationToken,
) -> Result<(), ServeError> {
    let identity = Identity::from_pem(&tls.certificate, &tls.key);
    let service = PubSubServer::new(Service { bus, tokens, stop: stop.clone() })
        .max_decoding_message_size(MOST_BYTES_READ);
    Server::builder()
        .tls_config(ServerTlsConfig::new().identity(identity))?
        .add_service(service)
        .serve_with_incoming_shutdown(
            TcpIncoming::from(listener).with_nodelay(Some(true)),
            stop.cancelled_owned(),
        )
        .await?;
    Ok(())
}

impl Service {
    /// Plays the fault ordered for a call, if any. `true`: do it, but lose the answer.
    async fn strike(&self, call: &str) -> Result<bool, Refusal> {
        let can = |kind: &FaultKind| {
            use FaultKind::{Delay, Expire, LoseAnswer, Reject};
            matches!(kind, Reject { .. } | Expire | LoseAnswer | Delay { .. })
        };
        match self.bus.faults().take_if("pubsub", call, can) {
            Some(FaultKind::Reject { status, code }) => Err(Refusal::ordered(status, &code)),
            Some(FaultKind::Expire) => Err(Refusal::bad_token()),
            Some(FaultKind::LoseAnswer) => Ok(true),
            Some(FaultKind::Delay { ms }) => {
                let clock = self.bus.clock();
                clock.until(clock.now().saturating_add(ms as i64)).await;
                Ok(false)
            }
            _ => Ok(false),
        }
    }
}

type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

#[tonic::async_trait]
impl PubSub for Service {
    type SubscribeStream = Answers<FetchResponse>;
    type PublishStreamStream = Answers<PublishResponse>;

    async fn subscribe(
        &self,
        request: Request<Streaming<FetchRequest>>,
    ) -> Result<Response<Self::SubscribeStream>, Status> {
        let rpc_id = uuid();
        let user = caller::caller(self, request.metadata()).map_err(|r| r.status(&rpc_id))?;
        let (out, answers) = mpsc::channel(WAITING);
        let service = self.clone();
        spawn(subscribe::run(service, user, rpc_id, request.into_inner(), out));
        Ok(Response::new(Box::pin(ReceiverStream::new(answers))))
    }

    async fn get_schema(
        &self,
        request: Request<SchemaRequest>,
    ) -> Result<Response<SchemaInfo>, Status> {
        let rpc_id = uuid();
        let answer = lookup::schema(self, &request, &rpc_id).await;
        answer.map(Response::new).map_err(|refusal| refusal.status(&rpc_id))
    }

    async fn get_topic(
        &self,
        request: Request<TopicRequest>,
    ) -> Result<Response<TopicInfo>, Status> {
        let rpc_id = uuid();
        let answer = lookup::topic(self, &request, &rpc_id).await;
        answer.map(Response::new).map_err(|refusal| refusal.status(&rpc_id))
    }

    async fn publish(
        &self,
        request: Request<PublishRequest>,
    ) -> Result<Response<PublishResponse>, Status> {
        let rpc_id = uuid();
        let refused = |refusal: Refusal| refusal.status(&rpc_id);
        let user = caller::caller(self, request.metadata()).map_err(refused)?;
        let answer = publish::batch(self, &user, request.into_inner(), &rpc_id).await;
        answer.map(Response::new).map_err(refused)
    }

    async fn publish_stream(
        &self,
        request: Request<Streaming<PublishRequest>>,
    ) -> Result<Response<Self::PublishStreamStream>, Status> {
        let rpc_id = uuid();
        let user = caller::caller(self, request.metadata()).map_err(|r| r.status(&rpc_id))?;
        let (out, answers) = mpsc::channel(WAITING);
        spawn(publish::stream(self.clone(), user, rpc_id, request.into_inner(), out));
        Ok(Response::new(Box::pin(ReceiverStream::new(answers))))
    }
}
