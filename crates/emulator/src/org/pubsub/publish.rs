//! `Publish` and `PublishStream`. Each event has its own result; the bytes are taken as they are.

use prost::Message;
use tokio::sync::mpsc::Sender;
use tonic::{Code, Status, Streaming};

use super::Service;
use super::caller::known;
use super::refusal::Refusal;
use crate::org::topic::Topic;
use crate::wire::{Error, ErrorCode, PublishRequest, PublishResponse, PublishResult};

/// Bigger requests do not get through, bytes.
const MOST_BYTES: usize = 4 << 20;

/// Publishes one batch.
pub(super) async fn batch(
    service: &Service,
    user: &str,
    request: PublishRequest,
    rpc_id: &str,
) -> Result<PublishResponse, Refusal> {
    let lose = service.strike("Publish").await?;
    if request.encoded_len() > MOST_BYTES {
        let message = "upstream connect error or disconnect/reset before headers";
        return Err(Refusal::new(Code::Unavailable, "service.unavailable", message));
    }
    if !request.auth_refresh.is_empty() {
        known(&service.tokens, &request.auth_refresh).map_err(|_| {
            let message = "the new token is not valid";
            Refusal::new(Code::Unauthenticated, "publish.auth.refresh.invalid", message)
        })?;
    }
    let topic = &request.topic_name;
    if topic.is_empty() {
        let message = "the topic name is empty";
        return Err(Refusal::new(Code::InvalidArgument, "publish.topic.validation.empty", message));
    }
    let event = match service.bus.topic(topic) {
        Some(Topic::Event { event }) => event,
        // INFERRED: the code for a topic that nobody may publish to.
        Some(_) => {
            let message = format!("nobody can publish to {topic}");
            return Err(Refusal::new(Code::PermissionDenied, "topic.meta.permission", message));
        }
        None => return Err(Refusal::topic_not_found(topic)),
    };
    if request.events.is_empty() {
        let message = "the request has no events";
        return Err(Refusal::new(Code::InvalidArgument, "publish.event.count.invalid", message));
    }
    let mut results = Vec::with_capacity(request.events.len());
    for producer in request.events {
        let correlation_key = producer.id.clone();
        results.push(match service.bus.publish_bytes(&event, producer, user) {
            Ok(replay_id) => PublishResult { replay_id, error: None, correlation_key },
            Err(error) => PublishResult {
                replay_id: Vec::new(),
                error: Some(Error { code: ErrorCode::Publish.into(), msg: error.to_string() }),
                correlation_key,
            },
        });
    }
    if lose {
        return Err(Refusal::cut());
    }
    let schema = service.bus.current_schema(&event);
    Ok(PublishResponse {
        results,
        schema_id: schema.map(|schema| schema.id.clone()).unwrap_or_default(),
        rpc_id: rpc_id.to_string(),
    })
}

/// Publishes batch after batch to one topic.
pub(super) async fn stream(
    service: Service,
    user: String,
    rpc_id: String,
    mut requests: Streaming<PublishRequest>,
    out: Sender<Result<PublishResponse, Status>>,
) {
    let mut topic = String::new();
    loop {
        let clock = service.bus.clock();
        let idle = clock.until(clock.now() + service.bus.config().publish_idle_ms);
        let next = tokio::select! {
            next = requests.message() => next,
            () = idle => {
                // INFERRED: the status of this code.
                let message = "no request came in time";
                let code = "publish.stream.sweeper.timeout";
                let refusal = Refusal::new(Code::DeadlineExceeded, code, message);
                let _ = out.send(Err(refusal.status(&rpc_id))).await;
                return;
            }
            () = service.stop.cancelled() => {
                let _ = out.send(Err(Refusal::unavailable().status(&rpc_id))).await;
                return;
            }
            () = out.closed() => return,
        };
        let Ok(Some(mut request)) = next else { return };
        let answer = match named(&mut topic, &mut request) {
            Ok(()) => batch(&service, &user, request, &rpc_id).await,
            Err(refusal) => Err(refusal),
        };
        let failed = answer.is_err();
        let sent = out.send(answer.map_err(|refusal| refusal.status(&rpc_id))).await;
        if failed || sent.is_err() {
            return;
        }
    }
}

/// The first request names the topic; a later one may leave it out, but not name another.
fn named(topic: &mut String, request: &mut PublishRequest) -> Result<(), Refusal> {
    if request.topic_name.is_empty() {
        request.topic_name.clone_from(topic);
    } else if topic.is_empty() {
        topic.clone_from(&request.topic_name);
    } else if *topic != request.topic_name {
        let message = format!("the stream is for {topic}");
        return Err(Refusal::new(Code::InvalidArgument, "publish.topic.mismatch", message));
    }
    Ok(())
}
