//! The scripted server: plays one list of steps a stream, and notes what it is asked.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use apache_avro::types::Value as Avro;
use chime_emulator::wire::pub_sub_server::PubSub;
use chime_emulator::wire::{
    ConsumerEvent, FetchRequest, FetchResponse, ProducerEvent, PublishRequest, PublishResponse,
    SchemaInfo, SchemaRequest, TopicInfo, TopicRequest,
};
use futures::Stream;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Request, Response, Status, Streaming};

pub const SCHEMA: &str = r#"{"type":"record","name":"Chime_Command__e","fields":[
    {"name":"CreatedDate","type":"long"},{"name":"EventUuid","type":"string"}]}"#;

/// What the server does next on a stream.
#[derive(Debug, Clone)]
pub enum Step {
    /// Waits for a request and notes it.
    Expect,
    /// Sends events: (uuid, replay id).
    Send(Vec<(&'static str, &'static str)>),
    /// Sends one event with these bytes as payload.
    Raw(&'static [u8], &'static str),
    /// Sends a keep-alive.
    KeepAlive(&'static str),
    /// Ends the stream with an error code.
    Fail(Code, &'static str),
    /// Ends the stream.
    End,
}

#[derive(Default)]
pub struct Script {
    pub streams: Vec<Vec<Step>>,
    pub opened: usize,
    pub requests: Vec<Vec<FetchRequest>>,
    pub headers: Vec<HashMap<String, String>>,
    pub schema_failures: Vec<Status>,
    pub schema_calls: usize,
}

#[derive(Clone)]
pub struct Server(pub Arc<Mutex<Script>>);

pub fn failure(code: Code, name: &str) -> Status {
    let mut status = Status::new(code, "scripted");
    let value = format!("sfdc.platform.eventbus.grpc.{name}");
    status.metadata_mut().insert("error-code", value.parse().unwrap());
    status
}

pub fn payload(uuid: &str) -> Vec<u8> {
    let schema = apache_avro::Schema::parse_str(SCHEMA).unwrap();
    let value = Avro::Record(vec![
        ("CreatedDate".into(), Avro::Long(1_700_000_000_000)),
        ("EventUuid".into(), Avro::String(uuid.into())),
    ]);
    apache_avro::to_avro_datum(&schema, value).unwrap()
}

pub fn event(payload: Vec<u8>, replay_id: &str) -> ConsumerEvent {
    let event = ProducerEvent { id: "p".into(), schema_id: "s1".into(), payload, headers: vec![] };
    ConsumerEvent { event: Some(event), replay_id: replay_id.into() }
}

pub fn response(events: Vec<ConsumerEvent>, latest: &str) -> FetchResponse {
    FetchResponse {
        events,
        latest_replay_id: latest.into(),
        rpc_id: "rpc".into(),
        pending_num_requested: 50,
    }
}

#[tonic::async_trait]
impl PubSub for Server {
    type SubscribeStream = Pin<Box<dyn Stream<Item = Result<FetchResponse, Status>> + Send>>;
    type PublishStreamStream = Pin<Box<dyn Stream<Item = Result<PublishResponse, Status>> + Send>>;

    async fn subscribe(
        &self,
        request: Request<Streaming<FetchRequest>>,
    ) -> Result<Response<Self::SubscribeStream>, Status> {
        let headers = ["accesstoken", "instanceurl", "tenantid"].into_iter().filter_map(|name| {
            let value = request.metadata().get(name)?.to_str().ok()?;
            Some((name.to_string(), value.to_string()))
        });
        let headers = headers.collect();
        let (number, steps) = {
            let mut script = self.0.lock().unwrap();
            let number = script.opened;
            script.opened += 1;
            script.requests.push(Vec::new());
            script.headers.push(headers);
            (number, script.streams.get(number).cloned().unwrap_or_default())
        };
        let (script, mut requests) = (Arc::clone(&self.0), request.into_inner());
        let (sender, receiver) = mpsc::channel(16);
        let play = async move {
            let mut ended = false;
            for step in steps {
                let item = match step {
                    Step::Expect => {
                        let Ok(Some(request)) = requests.message().await else { return };
                        script.lock().unwrap().requests[number].push(request);
                        continue;
                    }
                    Step::Send(events) => {
                        let events = events.into_iter().map(|(uuid, id)| event(payload(uuid), id));
                        Ok(response(events.collect(), "after"))
                    }
                    Step::Raw(bytes, id) => Ok(response(vec![event(bytes.to_vec(), id)], "after")),
                    Step::KeepAlive(latest) => Ok(response(vec![], latest)),
                    Step::Fail(code, name) => Err(failure(code, name)),
                    Step::End => {
                        ended = true;
                        break;
                    }
                };
                if sender.send(item).await.is_err() {
                    return;
                }
            }
            while !ended && !sender.is_closed() {
                // Hold the stream open, noting what is asked.
                let Ok(Some(request)) = requests.message().await else { return };
                script.lock().unwrap().requests[number].push(request);
            }
        };
        // The script runs as part of the response stream, so that no task is needed.
        let play = futures::stream::once(play);
        let played = futures::StreamExt::filter_map(play, |()| async { None });
        let merged = futures::stream::select(
            futures::StreamExt::map(ReceiverStream::new(receiver), Some),
            futures::StreamExt::chain(
                played,
                futures::stream::once(async { None::<Result<FetchResponse, Status>> }),
            ),
        );
        let stream = futures::StreamExt::filter_map(merged, |item| async move { item });
        Ok(Response::new(Box::pin(stream)))
    }

    async fn get_schema(
        &self,
        request: Request<SchemaRequest>,
    ) -> Result<Response<SchemaInfo>, Status> {
        let mut script = self.0.lock().unwrap();
        script.schema_calls += 1;
        if !script.schema_failures.is_empty() {
            return Err(script.schema_failures.remove(0));
        }
        let schema_id = request.into_inner().schema_id;
        Ok(Response::new(SchemaInfo { schema_json: SCHEMA.into(), schema_id, rpc_id: "r".into() }))
    }

    async fn get_topic(&self, _: Request<TopicRequest>) -> Result<Response<TopicInfo>, Status> {
        Err(Status::unimplemented("not scripted"))
    }

    async fn publish(
        &self,
        _: Request<PublishRequest>,
    ) -> Result<Response<PublishResponse>, Status> {
        Err(Status::unimplemented("not scripted"))
    }

    async fn publish_stream(
        &self,
        _: Request<Streaming<PublishRequest>>,
    ) -> Result<Response<Self::PublishStreamStream>, Status> {
        Err(Status::unimplemented("not scripted"))
    }
}
