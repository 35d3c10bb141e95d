//! Decoding as a subscriber does it: schema by the event's own schema id, fields as JSON, and
//! bitmaps expanded by the guide's rules, written here anew and not taken from the server.

use apache_avro::types::Value as Avro;
use chime_emulator::wire::{ConsumerEvent, SchemaRequest};
use serde_json::{Map, Value, json};

use crate::world::{World, signed};

pub struct Decoded {
    pub schema: Value,
    pub fields: Value,
}

impl Decoded {
    pub fn header(&self, name: &str) -> Value {
        self.fields["ChangeEventHeader"][name].clone()
    }

    /// Names in a bitmap field.
    pub fn names(&self, bitmap: &str) -> Vec<String> {
        let list = self.header(bitmap);
        let elements = list.as_array().unwrap().iter().map(|e| e.as_str().unwrap());
        let fields = self.schema["fields"].as_array().unwrap();
        let mut names = Vec::new();
        for (place, element) in elements.enumerate() {
            if element.starts_with("0x") {
                assert_eq!(place, 0, "the top bitmap comes first");
                names.extend(bits(element).into_iter().map(|bit| name(&fields[bit])));
            } else {
                let (parent, bitmap) = element.split_once('-').unwrap();
                let parent = &fields[parent.parse::<usize>().unwrap()];
                let record = parent["type"].as_array().unwrap().last().unwrap();
                let parts = record["fields"].as_array().unwrap();
                let parts = bits(bitmap).into_iter().map(|bit| name(&parts[bit]));
                names.extend(parts.map(|part| format!("{}.{part}", name(parent))));
            }
        }
        names
    }
}

fn name(field: &Value) -> String {
    field["name"].as_str().unwrap().to_string()
}

fn bits(bitmap: &str) -> Vec<usize> {
    let bytes = hex::decode(bitmap.strip_prefix("0x").unwrap()).unwrap();
    let bytes = bytes.iter().rev().enumerate();
    bytes
        .flat_map(|(i, byte)| (0..8).filter(move |b| byte >> b & 1 == 1).map(move |b| i * 8 + b))
        .collect()
}

pub async fn decode(world: &World, event: &ConsumerEvent) -> Decoded {
    try_decode(world, event).await.expect("the payload cannot be decoded")
}

/// `None` for a payload that is not an event of its schema.
pub async fn try_decode(world: &World, event: &ConsumerEvent) -> Option<Decoded> {
    let event = event.event.as_ref().unwrap();
    let mut client = world.client().await;
    let request = signed(SchemaRequest { schema_id: event.schema_id.clone() });
    let info = client.get_schema(request).await.unwrap().into_inner();
    assert_eq!(info.schema_id, event.schema_id);
    let avro = apache_avro::Schema::parse_str(&info.schema_json).unwrap();
    let mut rest = event.payload.as_slice();
    let value = apache_avro::from_avro_datum(&avro, &mut rest, None).ok()?;
    assert!(rest.is_empty(), "bytes are left over");
    let schema = serde_json::from_str(&info.schema_json).unwrap();
    Some(Decoded { schema, fields: json_of(value) })
}

fn json_of(value: Avro) -> Value {
    match value {
        Avro::Null => Value::Null,
        Avro::Boolean(flag) => json!(flag),
        Avro::Int(number) => json!(number),
        Avro::Long(number) => json!(number),
        Avro::Double(number) => json!(number),
        Avro::String(text) | Avro::Enum(_, text) => json!(text),
        Avro::Union(_, inner) => json_of(*inner),
        Avro::Array(list) => list.into_iter().map(json_of).collect(),
        Avro::Record(fields) => {
            Value::Object(fields.into_iter().map(|(n, v)| (n, json_of(v))).collect::<Map<_, _>>())
        }
        other => panic!("no such type in these schemas: {other:?}"),
    }
}
