//! The schema of one event: its text as `GetSchema` gives it, its parsed form, and the slots in
//! field order, which is what bitmaps count.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::org::metadata::{FieldKind, ObjectDef};
use crate::org::topic::change_event;

/// Fields of the nested person name.
const NAME_PARTS: [&str; 3] = ["Salutation", "FirstName", "LastName"];
/// Standard fields that change events do not carry: the id is in the header, the others are the
/// database's own.
const NOT_CAPTURED: [&str; 3] = ["Id", "IsDeleted", "SystemModstamp"];

/// What a slot holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// `string`.
    Text,
    /// `double`.
    Number,
    /// `boolean`.
    Flag,
    /// `long`, epoch milliseconds.
    Time,
    /// The switchable name: nothing, a string, or a record of these parts.
    PersonName(Vec<String>),
}

/// One field of the event after the header (change event) or system fields (platform event).
#[derive(Debug, Clone)]
pub struct Slot {
    /// Field API name.
    pub name: String,
    /// What it holds.
    pub shape: Shape,
}

/// The schema of one event.
pub struct EventSchema {
    /// Id as events and `GetSchema` name it.
    pub id: String,
    /// API name of the platform event, or the change event's name.
    pub name: String,
    /// The text.
    pub json: String,
    /// The parsed form.
    pub avro: apache_avro::Schema,
    /// The fields; slot 0 of a change event is field 1 of the schema (field 0 is the header).
    pub slots: Vec<Slot>,
}

impl fmt::Debug for EventSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventSchema").field("name", &self.name).field("id", &self.id).finish()
    }
}

impl EventSchema {
    /// Schema of a platform event.
    pub fn of_event(event: &ObjectDef) -> Result<Self, apache_avro::Error> {
        let slots: Vec<Slot> = event
            .fields
            .iter()
            .filter(|field| field.name.ends_with("__c"))
            .map(|field| Slot { name: field.name.clone(), shape: shape(&field.kind) })
            .collect();
        let mut fields = vec![
            json!({"name": "CreatedDate", "type": "long", "doc": "CreatedDate:DateTime"}),
            json!({"name": "CreatedById", "type": "string", "doc": "CreatedBy:EntityId"}),
        ];
        fields.extend(slots.iter().map(field_json));
        // INFERRED: the place of EventUuid; the guide names the field, not its position.
        fields.push(json!({"name": "EventUuid", "type": ["null", "string"], "default": null}));
        Self::build(event.name.clone(), fields, slots)
    }

    /// Schema of an object's change event.
    ///
    /// INFERRED: the order of a change event's fields and the words of their `doc`.
    pub fn of_changes(
        object: &ObjectDef,
        compound_names: bool,
    ) -> Result<Self, apache_avro::Error> {
        let person = compound_names
            && ["FirstName", "LastName"].iter().all(|n| object.fields.iter().any(|f| f.name == *n));
        let mut slots = Vec::new();
        for field in &object.fields {
            let part = NAME_PARTS.contains(&field.name.as_str());
            if NOT_CAPTURED.contains(&field.name.as_str()) || (person && part) {
                continue;
            }
            let shape =
                if person && field.name == "Name" { person_shape() } else { shape(&field.kind) };
            slots.push(Slot { name: field.name.clone(), shape });
        }
        if person && !slots.iter().any(|slot| slot.name == "Name") {
            slots.insert(0, Slot { name: "Name".to_string(), shape: person_shape() });
        }
        let mut fields = vec![json!({"name": "ChangeEventHeader", "type": header_json()})];
        fields.extend(slots.iter().map(field_json));
        Self::build(change_event(&object.name), fields, slots)
    }

    fn build(
        name: String,
        fields: Vec<Value>,
        slots: Vec<Slot>,
    ) -> Result<Self, apache_avro::Error> {
        let json = json!({
            "type": "record", "name": name, "namespace": "com.sforce.eventbus", "fields": fields,
        })
        .to_string();
        let avro = apache_avro::Schema::parse_str(&json)?;
        let id = URL_SAFE_NO_PAD.encode(&Sha256::digest(json.as_bytes())[..16]);
        Ok(Self { id, name, json, avro, slots })
    }
}

fn person_shape() -> Shape {
    Shape::PersonName(NAME_PARTS.iter().map(ToString::to_string).collect())
}

fn shape(kind: &FieldKind) -> Shape {
    match kind {
        FieldKind::Number { .. } => Shape::Number,
        FieldKind::Checkbox => Shape::Flag,
        FieldKind::DateTime => Shape::Time,
        _ => Shape::Text,
    }
}

fn field_json(slot: &Slot) -> Value {
    let (kind, doc) = match &slot.shape {
        Shape::Text => (json!(["null", "string"]), "Data:Text"),
        Shape::Number => (json!(["null", "double"]), "Data:Double"),
        Shape::Flag => (json!(["null", "boolean"]), "Data:Boolean"),
        Shape::Time => (json!(["null", "long"]), "Data:DateTime"),
        Shape::PersonName(parts) => {
            let parts: Vec<Value> = parts
                .iter()
                .map(|part| json!({"name": part, "type": ["null", "string"], "default": null}))
                .collect();
            let record =
                json!({"type": "record", "name": "Switchable_PersonName", "fields": parts});
            (json!(["null", "string", record]), "Data:Switchable_PersonName")
        }
    };
    json!({"name": slot.name, "type": kind, "doc": doc, "default": null})
}

fn header_json() -> Value {
    let strings = json!({"type": "array", "items": "string"});
    json!({
        "type": "record", "name": "ChangeEventHeader",
        "fields": [
            {"name": "entityName", "type": "string"},
            {"name": "recordIds", "type": strings},
            {"name": "changeType", "type": {
                "type": "enum", "name": "ChangeType",
                "symbols": [
                    "CREATE", "UPDATE", "DELETE", "UNDELETE", "GAP_CREATE", "GAP_UPDATE",
                    "GAP_DELETE", "GAP_UNDELETE", "GAP_OVERFLOW", "SNAPSHOT",
                ],
            }},
            {"name": "changeOrigin", "type": "string"},
            {"name": "transactionKey", "type": "string"},
            {"name": "sequenceNumber", "type": "int"},
            {"name": "commitTimestamp", "type": "long"},
            {"name": "commitNumber", "type": "long"},
            {"name": "commitUser", "type": "string"},
            {"name": "nulledFields", "type": strings},
            {"name": "diffFields", "type": strings},
            {"name": "changedFields", "type": strings},
        ],
    })
}
