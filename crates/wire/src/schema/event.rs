//! A decoded payload is one of two things: a platform event or a change event. The schema tells
//! which; a topic may carry both, so the topic's name does not.

use chime_contract::command::long_id;
use serde_json::{Map, Value};

use super::change::{ChangeEvent, HEADER, change_event};
use super::decode::decode;
use super::error::Result;
use super::namespace::Namespace;
use super::shape::EventSchema;
use crate::Millis;

/// A platform event. Names are without the package namespace. `Debug` shows no field.
#[derive(Clone, PartialEq)]
pub struct PlatformEvent {
    /// `Chime_Command__e`.
    pub name: String,
    /// `EventUuid`: the same for every delivery of one event. Older schemas have none.
    pub uuid: Option<String>,
    /// User who published it, 18 characters, as told by the platform.
    pub created_by: Option<String>,
    /// When it was published.
    pub created_at: Option<Millis>,
    /// Its other fields that are not null.
    pub fields: Map<String, Value>,
}

impl std::fmt::Debug for PlatformEvent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // A command's payload holds join keys.
        f.debug_struct("PlatformEvent")
            .field("name", &self.name)
            .field("uuid", &self.uuid)
            .field("fields", &self.fields.len())
            .finish_non_exhaustive()
    }
}

/// What an event is.
#[derive(Debug, Clone, PartialEq)]
pub enum Decoded {
    /// A platform event.
    Platform(PlatformEvent),
    /// A change event.
    Change(Box<ChangeEvent>),
}

impl Decoded {
    /// When the org committed or published it.
    pub fn at(&self) -> Option<Millis> {
        match self {
            Self::Platform(event) => event.created_at,
            Self::Change(event) => Some(event.header.committed_at).filter(|at| *at > 0),
        }
    }
}

/// Decodes a payload with its own schema and says what it is.
pub fn interpret(schema: &EventSchema, payload: &[u8], namespace: &Namespace) -> Result<Decoded> {
    let root = schema.root()?;
    let mut values = decode(schema, payload)?;
    if root.fields.first().is_some_and(|(name, _)| name == HEADER) {
        return change_event(schema, values, namespace)
            .map(|event| Decoded::Change(Box::new(event)));
    }
    let text = |value: Option<Value>| match value {
        Some(Value::String(text)) if !text.is_empty() => Some(text),
        _ => None,
    };
    let uuid = text(values.remove("EventUuid"));
    let created_by = text(values.remove("CreatedById")).map(|id| long_id(&id));
    let created_at = values.remove("CreatedDate").and_then(|value| value.as_i64());
    let fields = values
        .into_iter()
        .map(|(name, value)| (namespace.strip(&name).to_string(), value))
        .collect();
    let name = namespace.strip(&root.name).to_string();
    Ok(Decoded::Platform(PlatformEvent { name, uuid, created_by, created_at, fields }))
}

#[cfg(test)]
mod tests {
    use apache_avro::types::Value as Avro;
    use proptest::prelude::*;

    use super::*;

    const COMMAND: &str = r#"{"type":"record","name":"chime__Chime_Command__e","namespace":"com.sforce.eventbus","fields":[
        {"name":"CreatedDate","type":"long"},{"name":"CreatedById","type":"string"},
        {"name":"EventUuid","type":["null","string"],"default":null},
        {"name":"chime__Action__c","type":["null","string"],"default":null},
        {"name":"chime__Payload__c","type":["null","string"],"default":null}]}"#;

    fn some(text: &str) -> Avro {
        Avro::Union(1, Box::new(Avro::String(text.into())))
    }

    #[test]
    fn a_platform_event_tells_who_when_and_what_without_the_namespace() {
        let value = Avro::Record(vec![
            ("CreatedDate".into(), Avro::Long(1_700_000_000_000)),
            ("CreatedById".into(), Avro::String("005xx000001Sv6d".into())),
            ("EventUuid".into(), some("u-1")),
            ("chime__Action__c".into(), some("START_MEETING")),
            ("chime__Payload__c".into(), Avro::Union(0, Box::new(Avro::Null))),
        ]);
        let avro = apache_avro::Schema::parse_str(COMMAND).unwrap();
        let payload = apache_avro::to_avro_datum(&avro, value).unwrap();
        let schema = EventSchema::parse("s", COMMAND);
        let decoded = interpret(&schema, &payload, &Namespace::new(Some("chime"))).unwrap();
        assert_eq!(decoded.at(), Some(1_700_000_000_000));
        let Decoded::Platform(event) = decoded else { panic!("not a platform event") };
        assert_eq!(event.name, "Chime_Command__e");
        assert_eq!(event.uuid.as_deref(), Some("u-1"));
        assert_eq!(event.created_by.map(|id| id.len()), Some(18));
        assert_eq!(event.fields.len(), 1);
        assert_eq!(event.fields["Action__c"], "START_MEETING");
    }

    proptest! {
        #[test]
        fn any_payload_is_an_event_or_an_error(payload in proptest::collection::vec(any::<u8>(), 0..300)) {
            let schema = EventSchema::parse("s", COMMAND);
            let _ = interpret(&schema, &payload, &Namespace::new(Some("chime")));
        }
    }
}
