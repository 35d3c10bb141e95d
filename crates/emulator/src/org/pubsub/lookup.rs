//! `GetTopic` and `GetSchema`.

use tonic::{Code, Request};

use super::Service;
use super::caller::caller;
use super::refusal::Refusal;
use crate::org::topic::{Topic, change_event};
use crate::wire::{SchemaInfo, SchemaRequest, TopicInfo, TopicRequest};

pub(super) async fn topic(
    service: &Service,
    request: &Request<TopicRequest>,
    rpc_id: &str,
) -> Result<TopicInfo, Refusal> {
    caller(service, request.metadata())?;
    if service.strike("GetTopic").await? {
        return Err(Refusal::cut());
    }
    let name = &request.get_ref().topic_name;
    if name.is_empty() {
        return Err(Refusal::topic_empty());
    }
    let topic = service.bus.topic(name).ok_or_else(|| Refusal::topic_not_found(name))?;
    let event = match &topic {
        Topic::Event { event } => Some(event.clone()),
        Topic::Entity { object } => Some(change_event(object)),
        // INFERRED: a channel mixes schemas, so it has none of its own, and its id is empty.
        Topic::Channel { .. } => None,
    };
    let schema = event.and_then(|event| service.bus.current_schema(&event));
    Ok(TopicInfo {
        topic_name: name.clone(),
        tenant_guid: format!("core/emulator/{}", service.bus.org_id()),
        // INFERRED: GetTopic tells what the topic allows, whoever asks.
        can_publish: matches!(topic, Topic::Event { .. }),
        can_subscribe: true,
        schema_id: schema.map(|schema| schema.id.clone()).unwrap_or_default(),
        rpc_id: rpc_id.to_string(),
    })
}

pub(super) async fn schema(
    service: &Service,
    request: &Request<SchemaRequest>,
    rpc_id: &str,
) -> Result<SchemaInfo, Refusal> {
    caller(service, request.metadata())?;
    if service.strike("GetSchema").await? {
        return Err(Refusal::cut());
    }
    let id = &request.get_ref().schema_id;
    let schema = service.bus.schema(id).ok_or_else(|| {
        let message = format!("there is no schema with the id `{id}`");
        Refusal::new(Code::InvalidArgument, "schema.validation.failed", message)
    })?;
    Ok(SchemaInfo {
        schema_json: schema.json.clone(),
        schema_id: schema.id.clone(),
        rpc_id: rpc_id.to_string(),
    })
}
