//! Publishing platform events: by name and fields (REST, Apex stand-ins), or as Avro bytes (gRPC).

use std::sync::Arc;

use apache_avro::types::Value as Avro;
use serde_json::{Map, Value};

use super::log::{Body, Sent};
use super::{Bus, PublishError, Published, uuid};
use crate::org::avro::{EventSchema, nullable, scalar};
use crate::org::metadata::{FieldKind, ObjectDef};
use crate::wire;

/// Most bytes of one event.
const MOST_BYTES: usize = 1_048_576;

impl Bus {
    /// Publishes a platform event as `user` (id). Unlike the gRPC door this one checks the fields,
    /// as Apex and REST do.
    pub fn publish(
        &self,
        event: &str,
        fields: Map<String, Value>,
        user: &str,
    ) -> Result<Published, PublishError> {
        let unknown = || PublishError::UnknownEvent(event.to_string());
        let (definition, schema) = {
            let state = self.state();
            let definition = state.metadata.events.get(event).cloned().ok_or_else(unknown)?;
            (definition, state.schemas.current(event).ok_or_else(unknown)?)
        };
        let values = checked(&definition, &schema, &fields)?;
        let uuid = uuid();
        let mut record = vec![
            ("CreatedDate".to_string(), Avro::Long(self.clock().now())),
            ("CreatedById".to_string(), Avro::String(user.to_string())),
        ];
        record.extend(values);
        record.push(("EventUuid".to_string(), nullable(Some(Avro::String(uuid.clone())))));
        let payload = apache_avro::to_avro_datum(&schema.avro, Avro::Record(record))
            .map_err(|error| bad(event, "the record", &error.to_string()))?;
        let replay_id = self.append_sent(Sent {
            event: event.to_string(),
            // INFERRED: whether the producer's id is the EventUuid is not documented; here it is.
            id: uuid.clone(),
            schema_id: schema.id.clone(),
            payload,
            headers: Vec::new(),
        })?;
        Ok(Published { uuid, replay_id })
    }

    /// Publishes an event as a gRPC client sent it. The bytes are not checked against the schema:
    /// what nobody can decode is stored too, and reaches every subscriber.
    pub(crate) fn publish_bytes(
        &self,
        event: &str,
        mut producer: wire::ProducerEvent,
        user: &str,
    ) -> Result<Vec<u8>, PublishError> {
        if producer.id.is_empty() {
            producer.id = uuid();
        }
        let schema = self.state().schemas.by_id(&producer.schema_id);
        if let Some(schema) = schema.filter(|schema| schema.name == event)
            && let Some(payload) =
                completed(&schema, &producer.payload, &producer.id, user, self.clock().now())
        {
            producer.payload = payload;
        }
        self.append_sent(Sent {
            event: event.to_string(),
            id: producer.id,
            schema_id: producer.schema_id,
            payload: producer.payload,
            headers: producer.headers,
        })
    }

    fn append_sent(&self, sent: Sent) -> Result<Vec<u8>, PublishError> {
        if sent.payload.len() > MOST_BYTES {
            return Err(PublishError::TooLarge { event: sent.event, bytes: sent.payload.len() });
        }
        Ok(self.append(Body::Sent(Arc::new(sent))))
    }
}

/// INFERRED: the server fills in the system fields a producer left empty. `None` if the bytes are
/// not exactly one event of the schema; then they are passed on as they came.
fn completed(
    schema: &EventSchema,
    payload: &[u8],
    id: &str,
    user: &str,
    now: i64,
) -> Option<Vec<u8>> {
    let mut rest = payload;
    let value = apache_avro::from_avro_datum(&schema.avro, &mut rest, None).ok()?;
    let Avro::Record(mut fields) = value else { return None };
    if !rest.is_empty() {
        return None;
    }
    for (name, value) in &mut fields {
        match (name.as_str(), &*value) {
            ("CreatedDate", Avro::Long(0)) => *value = Avro::Long(now),
            ("CreatedById", Avro::String(by)) if by.is_empty() => {
                *value = Avro::String(user.to_string());
            }
            ("EventUuid", Avro::Union(0, _)) => {
                *value = nullable(Some(Avro::String(id.to_string())));
            }
            _ => {}
        }
    }
    apache_avro::to_avro_datum(&schema.avro, Avro::Record(fields)).ok()
}

fn bad(event: &str, field: &str, reason: &str) -> PublishError {
    PublishError::BadValue {
        event: event.to_string(),
        field: field.to_string(),
        reason: reason.to_string(),
    }
}

/// The event's own fields as Avro values, in schema order.
fn checked(
    definition: &ObjectDef,
    schema: &EventSchema,
    fields: &Map<String, Value>,
) -> Result<Vec<(String, Avro)>, PublishError> {
    let event = &definition.name;
    for name in fields.keys() {
        if !schema.slots.iter().any(|slot| slot.name == *name) {
            return Err(PublishError::UnknownField { event: event.clone(), field: name.clone() });
        }
    }
    let mut values = Vec::new();
    for slot in &schema.slots {
        let given = fields.get(&slot.name).unwrap_or(&Value::Null);
        let value = scalar(&slot.shape, given)
            .map_err(|misfit| bad(event, &slot.name, &misfit.to_string()))?;
        let field = definition.fields.iter().find(|field| field.name == slot.name);
        let value = match (value, field.map(|field| &field.kind)) {
            // A check box is never null: it begins as false.
            (None, Some(FieldKind::Checkbox)) => Some(Avro::Boolean(false)),
            (value, kind) => {
                fits(event, &slot.name, kind, given)?;
                value
            }
        };
        if value.is_none() && field.is_some_and(|field| field.required) {
            let field = slot.name.clone();
            return Err(PublishError::MissingField { event: event.clone(), field });
        }
        values.push((slot.name.clone(), nullable(value)));
    }
    Ok(values)
}

fn fits(
    event: &str,
    name: &str,
    kind: Option<&FieldKind>,
    value: &Value,
) -> Result<(), PublishError> {
    if let (Some(FieldKind::Text { length } | FieldKind::LongText { length }), Some(text)) =
        (kind, value.as_str())
    {
        let characters = text.encode_utf16().count();
        if characters > *length {
            let reason = format!("it has {characters} characters, at most {length} fit");
            return Err(bad(event, name, &reason));
        }
    }
    Ok(())
}
