//! Change events: what counts as changed, emptied or unknown.

use serde_json::json;

use super::*;

fn schema() -> EventSchema {
    EventSchema::parse(
        "s",
        r#"{"type":"record","name":"chime__Chime_Meeting__ChangeEvent","namespace":"com.sforce.eventbus","fields":[
        {"name":"ChangeEventHeader","type":{"type":"record","name":"ChangeEventHeader","fields":[
            {"name":"entityName","type":"string"}]}},
        {"name":"chime__Subject__c","type":["null","string"]},
        {"name":"chime__Status__c","type":["null","string"]},
        {"name":"chime__Notes__c","type":["null","string"]},
        {"name":"Place","type":["null",{"type":"record","name":"Address","fields":[
            {"name":"Street","type":["null","string"]},{"name":"City","type":["null","string"]}]}]}]}"#,
    )
}

fn read(change: &str, lists: Value, fields: Value) -> Result<ChangeEvent> {
    let mut header = json!({
        "entityName": "chime__Chime_Meeting__c", "recordIds": ["a01xx0000000001AAA"],
        "changeType": change, "changeOrigin": "com/salesforce/api/rest/65.0;client=ChimeBridge",
        "transactionKey": "0001-t", "sequenceNumber": 2, "commitTimestamp": 1_700_000_000_000_i64,
        "commitNumber": 10_585_193_272_713_216_i64, "commitUser": "005xx000001Sv6dAAC",
    });
    for (name, list) in lists.as_object().unwrap() {
        header[name] = list.clone();
    }
    let mut payload = json!({ HEADER: header, "chime__Subject__c": null, "chime__Status__c": null,
        "chime__Notes__c": null, "Place": null });
    for (name, value) in fields.as_object().unwrap() {
        payload[name] = value.clone();
    }
    let Value::Object(payload) = payload else { panic!("not an object") };
    change_event(&schema(), payload, &Namespace::new(Some("chime")))
}

#[test]
fn an_update_tells_what_changed_and_nothing_else() {
    let event = read(
        "UPDATE",
        json!({"changedFields": ["0x06"], "nulledFields": ["0x04"]}),
        json!({"chime__Subject__c": "New", "chime__Notes__c": "enriched, not changed"}),
    )
    .unwrap();
    assert_eq!(Value::Object(event.values), json!({"Subject__c": "New", "Status__c": null}));
    assert_eq!(event.header.changed, ["Subject__c", "Status__c"]);
    assert_eq!(event.header.nulled, ["Status__c"]);
    assert_eq!(event.header.entity, "Chime_Meeting__c");
    assert_eq!(event.header.commit_number, 10_585_193_272_713_216);
    assert_eq!(event.header.client(), Some("ChimeBridge"));
}

#[test]
fn a_null_that_no_list_names_is_unknown() {
    let event =
        read("UPDATE", json!({"changedFields": ["0x02"]}), json!({"chime__Subject__c": "x"}));
    assert!(!event.unwrap().values.contains_key("Status__c"));
}

#[test]
fn parts_of_a_compound_field_keep_their_own_name() {
    let event = read(
        "UPDATE",
        json!({"changedFields": ["4-0x2"]}),
        json!({"Place": {"Street": null, "City": "Rome"}}),
    );
    assert_eq!(Value::Object(event.unwrap().values), json!({"Place.City": "Rome"}));
    let whole = read(
        "UPDATE",
        json!({"changedFields": ["4-0x3"]}),
        json!({"Place": {"Street": "a", "City": "b"}}),
    );
    assert_eq!(
        Value::Object(whole.unwrap().values),
        json!({"Place": {"Street": "a", "City": "b"}})
    );
    let emptied =
        read("UPDATE", json!({"changedFields": ["4-0x1"], "nulledFields": ["4-0x1"]}), json!({}));
    assert_eq!(Value::Object(emptied.unwrap().values), json!({"Place.Street": null}));
}

#[test]
fn a_difference_is_not_taken_for_the_text() {
    let event = read(
        "UPDATE",
        json!({"changedFields": ["0x08"], "diffFields": ["0x08"]}),
        json!({"chime__Notes__c": "--- a\n+++ b"}),
    )
    .unwrap();
    assert!(event.values.is_empty());
    assert_eq!(event.header.diffed, ["Notes__c"]);
}

#[test]
fn a_new_record_tells_all_that_is_not_null() {
    for kind in ["CREATE", "UNDELETE"] {
        let event = read(kind, json!({}), json!({"chime__Subject__c": "New"})).unwrap();
        assert_eq!(Value::Object(event.values), json!({"Subject__c": "New"}));
        assert!(event.header.changed.is_empty());
    }
}

#[test]
fn gaps_and_deletes_carry_no_values_and_unknown_kinds_keep_their_word() {
    for (word, kind) in [
        ("DELETE", ChangeType::Delete),
        ("GAP_CREATE", ChangeType::GapCreate),
        ("GAP_UPDATE", ChangeType::GapUpdate),
        ("GAP_DELETE", ChangeType::GapDelete),
        ("GAP_UNDELETE", ChangeType::GapUndelete),
        ("GAP_OVERFLOW", ChangeType::GapOverflow),
        ("SNAPSHOT", ChangeType::Other("SNAPSHOT".into())),
    ] {
        let event = read(word, json!({}), json!({"chime__Subject__c": "x"})).unwrap();
        assert_eq!(event.header.change_type, kind);
        assert!(event.values.is_empty(), "{word}");
    }
}

#[test]
fn wildcards_and_missing_ids_are_seen() {
    let event = read("GAP_UPDATE", json!({"recordIds": ["a01*"]}), json!({})).unwrap();
    assert!(event.header.has_wildcard());
    let overflow = read("GAP_OVERFLOW", json!({"recordIds": null}), json!({})).unwrap();
    assert!(overflow.header.record_ids.is_empty() && !overflow.header.has_wildcard());
}

#[test]
fn a_field_list_that_does_not_fit_the_schema_is_an_error() {
    let error = read("UPDATE", json!({"changedFields": ["0x20"]}), json!({})).unwrap_err();
    assert!(matches!(error, Error::BitmapMismatch { .. }));
}

#[test]
fn a_header_without_object_or_kind_is_incomplete() {
    assert!(matches!(read("", json!({}), json!({})), Err(Error::Incomplete { .. })));
    assert!(matches!(
        read("UPDATE", json!({"recordIds": 5}), json!({})),
        Err(Error::Incomplete { .. })
    ));
}
