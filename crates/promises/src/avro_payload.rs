//! A payload and the schema it claims. Promises: memory in proportion to both; the same bytes give
//! the same values; what we accept, `apache-avro`'s own decoder reads as the same values; an error
//! tells no content; a change event names no field that its schema lacks.

use apache_avro::types::Value as Avro;
use base64::{Engine, engine::general_purpose::STANDARD};
use chime_wire::schema::decode::decode;
use chime_wire::schema::event::{Decoded, interpret};
use chime_wire::schema::{Error, EventSchema, Namespace};
use serde_json::{Map, Number, Value};

use crate::memory::{SPARE, within};
use crate::samples::{Named, field_names};

/// See the file's head.
pub fn avro_payload(input: &[u8]) {
    let Some(named) = Named::of(input) else { return };
    let schema = named.schema();
    let payload = named.rest();
    let most = most(payload.len());
    let first = within(most, "decoding a payload", || decode(&schema, payload));
    let again = decode(&schema, payload);
    assert_eq!(first, again, "the same bytes were read in two ways");
    if let Ok(values) = &first {
        as_apache_avro_reads_it(&named, payload, values);
    }
    let namespace = Namespace::new(Some("chime"));
    let event = within(2 * most, "reading an event", || interpret(&schema, payload, &namespace));
    match (&first, event) {
        (Err(error), event) => assert_eq!(event.err().as_ref(), Some(error)),
        (Ok(_), Ok(Decoded::Change(event))) => names_only_fields(&schema, &namespace, &event),
        (Ok(values), Ok(Decoded::Platform(event))) => {
            assert!(event.fields.len() <= values.len());
            assert!(event.fields.values().all(|value| !value.is_null()));
        }
        (Ok(_), Err(error)) => assert!(
            matches!(error, Error::BitmapMismatch { .. } | Error::Incomplete { .. }),
            "a payload was decoded and then did not fit: {error}"
        ),
    }
}

/// What a payload may take: a change event of nothing but nulls has a name of 40 bytes for each
/// byte, and a map's node beside it.
fn most(payload: usize) -> usize {
    SPARE * 16 + payload * 1_024
}

fn names_only_fields(
    schema: &EventSchema,
    namespace: &Namespace,
    event: &chime_wire::schema::change::ChangeEvent,
) {
    let known: std::collections::BTreeSet<String> =
        field_names(schema).iter().map(|name| namespace.strip(name).to_string()).collect();
    let header = &event.header;
    let told = header.changed.iter().chain(&header.nulled).chain(&header.diffed);
    for name in told.chain(event.values.keys()) {
        assert!(known.contains(name), "{name} is no field of the schema");
    }
}

/// The second reader. It is asked only about what we accepted, since it takes a payload cut short
/// for one full of nulls; logical types it reads its own way.
fn as_apache_avro_reads_it(named: &Named<'_>, payload: &[u8], values: &Map<String, Value>) {
    if named.text().contains("logicalType") {
        return;
    }
    let Some(schema) = named.peer() else { panic!("we read a schema alone") };
    let mut rest = payload;
    let read = match apache_avro::from_avro_datum(&schema, &mut rest, None) {
        Ok(read) => read,
        Err(error) => panic!("we decoded what apache-avro does not: {error}"),
    };
    assert!(rest.is_empty(), "apache-avro leaves {} bytes", rest.len());
    assert_eq!(&Value::Object(values.clone()), &json(read), "apache-avro reads other values");
}

fn json(value: Avro) -> Value {
    let number = |number: f64| Number::from_f64(number).map_or(Value::Null, Value::Number);
    match value {
        Avro::Null => Value::Null,
        Avro::Boolean(flag) => flag.into(),
        Avro::Int(number) => number.into(),
        Avro::Long(number) => number.into(),
        Avro::Float(float) => number(f64::from(float)),
        Avro::Double(double) => number(double),
        Avro::Bytes(bytes) | Avro::Fixed(_, bytes) => STANDARD.encode(bytes).into(),
        Avro::String(text) | Avro::Enum(_, text) => text.into(),
        Avro::Union(_, inner) => json(*inner),
        Avro::Array(items) => items.into_iter().map(json).collect(),
        // In a map a null is a value; in a record it is the field's absence.
        Avro::Map(items) => items.into_iter().map(|(key, item)| (key, json(item))).collect(),
        Avro::Record(fields) => {
            let fields = fields.into_iter().map(|(name, value)| (name, json(value)));
            fields.filter(|(_, value)| !value.is_null()).collect()
        }
        other => panic!("a logical type without the word: {other:?}"),
    }
}
