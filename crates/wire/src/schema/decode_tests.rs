//! Decoding, checked against the encoder of another library and against any bytes.

use apache_avro::Schema;
use apache_avro::types::Value as Avro;
use proptest::prelude::*;
use serde_json::json;

use super::*;

const ALL: &str = r#"{"type":"record","name":"All__e","namespace":"com.sforce.eventbus","fields":[
    {"name":"flag","type":"boolean"},{"name":"small","type":"int"},{"name":"large","type":"long"},
    {"name":"single","type":"float"},{"name":"double","type":"double"},{"name":"raw","type":"bytes"},
    {"name":"text","type":"string"},{"name":"word","type":{"type":"enum","name":"Word","symbols":["X","Y"]}},
    {"name":"fixed","type":{"type":"fixed","name":"Four","size":4}},
    {"name":"maybe","type":["null","string"]},
    {"name":"list","type":{"type":"array","items":"long"}},
    {"name":"map","type":{"type":"map","values":["null","Word"]}},
    {"name":"inner","type":["null",{"type":"record","name":"Inner","fields":[
        {"name":"city","type":["null","string"]},{"name":"again","type":["null","Inner"]}]}]}]}"#;

fn encoded(text: &str, value: Avro) -> Vec<u8> {
    apache_avro::to_avro_datum(&Schema::parse_str(text).unwrap(), value).unwrap()
}

fn maybe(value: Option<Avro>) -> Avro {
    match value {
        Some(value) => Avro::Union(1, Box::new(value)),
        None => Avro::Union(0, Box::new(Avro::Null)),
    }
}

fn whole(large: i64, text: &str, list: Vec<i64>, inner: Option<&str>) -> Avro {
    let inner = inner.map(|city| {
        let again = Avro::Record(vec![("city".into(), maybe(None)), ("again".into(), maybe(None))]);
        Avro::Record(vec![
            ("city".into(), maybe(Some(Avro::String(city.into())))),
            ("again".into(), maybe(Some(again))),
        ])
    });
    Avro::Record(vec![
        ("flag".into(), Avro::Boolean(true)),
        ("small".into(), Avro::Int(-7)),
        ("large".into(), Avro::Long(large)),
        ("single".into(), Avro::Float(1.5)),
        ("double".into(), Avro::Double(-2.25)),
        ("raw".into(), Avro::Bytes(vec![0, 255])),
        ("text".into(), Avro::String(text.into())),
        ("word".into(), Avro::Enum(1, "Y".into())),
        ("fixed".into(), Avro::Fixed(4, vec![1, 2, 3, 4])),
        ("maybe".into(), maybe(None)),
        ("list".into(), Avro::Array(list.into_iter().map(Avro::Long).collect())),
        (
            "map".into(),
            Avro::Map([("k".to_string(), maybe(Some(Avro::Enum(0, "X".into()))))].into()),
        ),
        ("inner".into(), maybe(inner)),
    ])
}

#[test]
fn every_type_comes_out_as_its_json_value() {
    let payload = encoded(ALL, whole(i64::MAX, "grüß", vec![1, -2], Some("Köln")));
    let values = decode(&EventSchema::parse("s", ALL), &payload).unwrap();
    assert_eq!(
        Value::Object(values),
        json!({
            "flag": true, "small": -7, "large": 9_223_372_036_854_775_807_i64, "single": 1.5,
            "double": -2.25, "raw": "AP8=", "text": "grüß", "word": "Y", "fixed": "AQIDBA==",
            "list": [1, -2], "map": {"k": "X"},
            "inner": {"city": "Köln", "again": {}},
        })
    );
}

#[test]
fn a_payload_cut_short_is_an_error_wherever_it_is_cut() {
    let payload = encoded(ALL, whole(1 << 60, "text", vec![5], Some("city")));
    let schema = EventSchema::parse("s", ALL);
    for cut in 0..payload.len() {
        assert!(decode(&schema, &payload[..cut]).is_err(), "cut at {cut}");
    }
}

#[test]
fn bytes_left_over_mean_another_schema() {
    let mut payload = encoded(ALL, whole(1, "", vec![], None));
    payload.push(0);
    let error = decode(&EventSchema::parse("s7", ALL), &payload).unwrap_err();
    assert!(matches!(&error, Error::PayloadMismatch { id, .. } if id == "s7"), "{error}");
}

#[test]
fn an_error_names_the_field_but_shows_no_content() {
    let text = r#"{"type":"record","name":"A__e","fields":[
        {"name":"Secret__c","type":"string"},{"name":"Flag__c","type":"boolean"}]}"#;
    let mut payload = vec![12];
    payload.extend_from_slice(b"hidden");
    payload.push(9);
    let error = decode(&EventSchema::parse("s", text), &payload).unwrap_err().to_string();
    assert!(error.contains("Flag__c") && !error.contains("hidden"), "{error}");
}

#[test]
fn a_list_that_promises_more_than_it_has_is_refused_without_memory_for_it() {
    let text = r#"{"type":"record","name":"A__e","fields":[{"name":"l","type":{"type":"array","items":"long"}}]}"#;
    let nulls = r#"{"type":"record","name":"A__e","fields":[{"name":"l","type":{"type":"array","items":"null"}}]}"#;
    let payload = [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 0x02];
    assert!(decode(&EventSchema::parse("s", text), &payload).is_err());
    assert!(decode(&EventSchema::parse("s", nulls), &payload).is_err());
}

#[test]
fn a_type_that_contains_itself_ends() {
    let text =
        r#"{"type":"record","name":"Deep","fields":[{"name":"again","type":["null","Deep"]}]}"#;
    let payload = vec![2; 10_000];
    assert!(decode(&EventSchema::parse("s", text), &payload).is_err());
}

#[test]
fn a_block_with_its_size_is_read_like_one_without() {
    let text = r#"{"type":"record","name":"A__e","fields":[{"name":"l","type":{"type":"array","items":"int"}}]}"#;
    let schema = EventSchema::parse("s", text);
    let sized = decode(&schema, &[5, 6, 2, 4, 6, 0]).unwrap();
    assert_eq!(sized, decode(&schema, &[6, 2, 4, 6, 0]).unwrap());
    assert_eq!(sized["l"], json!([1, 2, 3]));
}

proptest! {
    #[test]
    fn what_another_library_encodes_is_decoded(
        large in any::<i64>(), text in ".*",
        list in proptest::collection::vec(any::<i64>(), 0..20), city in proptest::option::of(".*"),
    ) {
        let payload = encoded(ALL, whole(large, &text, list.clone(), city.as_deref()));
        let values = decode(&EventSchema::parse("s", ALL), &payload).unwrap();
        prop_assert_eq!(&values["large"], &json!(large));
        prop_assert_eq!(&values["text"], &json!(text));
        prop_assert_eq!(&values["list"], &json!(list));
        prop_assert_eq!(&json!(values)["inner"]["city"], &json!(city));
    }

    #[test]
    fn any_bytes_are_values_or_an_error(payload in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = decode(&EventSchema::parse("s", ALL), &payload);
    }

    #[test]
    fn one_byte_changed_is_values_or_an_error(at in 0usize..60, byte in any::<u8>()) {
        let mut payload = encoded(ALL, whole(77, "some text", vec![1, 2, 3], Some("city")));
        let at = at % payload.len();
        payload[at] = byte;
        let _ = decode(&EventSchema::parse("s", ALL), &payload);
    }
}
