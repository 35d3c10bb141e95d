//! Many records a call: 200 with an error each where it belongs.

use serde_json::{Value, json};

use crate::{MEETING, PARTICIPANT, RECORDING, SESSION, World, code};

fn typed(object: &str, mut record: Value) -> Value {
    record["attributes"] = json!({"type": object});
    record
}

#[tokio::test]
async fn results_stand_in_request_order_under_200() {
    let world = World::start().await;
    let bridge = world.bridge().await;
    let (first, second) = (world.meeting(), world.meeting());
    let body = json!({"records": [
        typed(MEETING, json!({"Id": first, "Status__c": "Open"})),
        typed(MEETING, json!({"Id": second, "Status__c": "Nonsense"})),
        typed(MEETING, json!({"id": "a005e000000zzzz", "Status__c": "Open"})),
        typed(PARTICIPANT, json!({"Id": world.participant(&first), "Status__c": "Left"})),
    ]});
    let before = world.transactions();
    let (status, results) = bridge.call("PATCH", "/composite/sobjects", body).await;
    assert_eq!(status, 200);
    let code_at = |at: usize| results[at]["errors"][0]["statusCode"].as_str();
    assert_eq!(results[0]["success"], true, "{results}");
    assert_eq!(code_at(1), Some("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"));
    assert!(results[1].get("id").is_none());
    assert_eq!(results[3]["success"], true);
    assert_eq!(results.as_array().unwrap().len(), 4);
    // One call is one transaction, with the records that passed.
    assert_eq!(world.transactions(), before + 1);
    assert_eq!(world.last_transaction().len(), 2);
    assert_eq!(world.org.get(MEETING, &first).unwrap()["Status__c"], "Open");
}

#[tokio::test]
async fn all_or_none_takes_back_the_innocent() {
    let world = World::start().await;
    let bridge = world.bridge().await;
    let (first, second) = (world.meeting(), world.meeting());
    let before = world.transactions();
    let body = json!({"allOrNone": true, "records": [
        typed(MEETING, json!({"Id": first, "Status__c": "Open"})),
        typed(MEETING, json!({"Id": second, "Status__c": "Nonsense"})),
    ]});
    let (status, results) = bridge.call("PATCH", "/composite/sobjects", body).await;
    assert_eq!(status, 200);
    let code = &results[0]["errors"][0]["statusCode"];
    assert_eq!(code, "ALL_OR_NONE_OPERATION_ROLLED_BACK");
    assert_eq!(world.org.get(MEETING, &first).unwrap()["Status__c"], "Scheduled");
    assert_eq!(world.transactions(), before);
}

#[tokio::test]
async fn a_retried_upsert_leaves_one_record_a_key() {
    let world = World::start().await;
    let bridge = world.bridge().await;
    let seat = world.participant(&world.meeting());
    let session = |key: &str| {
        typed(
            SESSION,
            json!({
                "Session_Key__c": key, "Participant__c": seat, "Joined_At__c": "2026-05-01T10:00:00Z",
            }),
        )
    };
    let path = format!("/composite/sobjects/{SESSION}/Session_Key__c");
    let body = json!({"records": [session("s|1"), session("s|2")]});
    let (_, made) = bridge.call("PATCH", &path, body.clone()).await;
    let (_, again) = bridge.call("PATCH", &path, body).await;
    for at in 0..2 {
        assert_eq!(made[at]["created"], true, "{made}");
        assert_eq!(again[at]["created"], false);
        assert_eq!(made[at]["id"], again[at]["id"]);
    }
    let (_, count) = bridge.query(&format!("SELECT COUNT() FROM {SESSION}")).await;
    assert_eq!(count["totalSize"], 2);
    let (_, twice) =
        bridge.call("PATCH", &path, json!({"records": [session("d"), session("d")]})).await;
    assert_eq!(twice[0]["errors"][0]["statusCode"], "DUPLICATE_VALUE");
    assert_eq!(twice[1]["errors"][0]["statusCode"], "DUPLICATE_VALUE");

    let ids = format!("{},{}", made[0]["id"].as_str().unwrap(), made[1]["id"].as_str().unwrap());
    let (status, gone) =
        bridge.call("DELETE", &format!("/composite/sobjects?ids={ids}"), json!(null)).await;
    assert_eq!(status, 200);
    assert_eq!(gone[1]["success"], true, "{gone}");
    let (_, count) = bridge.query(&format!("SELECT COUNT() FROM {SESSION}")).await;
    assert_eq!(count["totalSize"], 0);
}

#[tokio::test]
async fn limits_of_a_collection_refuse_the_whole_call() {
    let world = World::start().await;
    let admin = world.admin().await;
    let many: Vec<Value> = (0..201).map(|_| typed(MEETING, json!({}))).collect();
    let (status, body) = admin.call("POST", "/composite/sobjects", json!({"records": many})).await;
    assert_eq!((status, code(&body)), (400, "EXCEEDED_ID_LIMIT"));
    let mixed: Vec<Value> = (0..11)
        .map(|at| typed(if at % 2 == 0 { MEETING } else { "Account" }, json!({"Name": "x"})))
        .collect();
    let (status, _) = admin.call("POST", "/composite/sobjects", json!({"records": mixed})).await;
    assert_eq!(status, 400);
    // A value of the wrong type spoils the body, not only its record.
    let body = json!({"records": [
        typed(MEETING, json!({"Subject__c": "fine"})),
        typed(MEETING, json!({"Participant_Count__c": "many"})),
    ]});
    let (status, body) = admin.call("POST", "/composite/sobjects", body).await;
    assert_eq!((status, code(&body)), (400, "JSON_PARSER_ERROR"));
    let (_, count) = admin.query(&format!("SELECT COUNT() FROM {MEETING}")).await;
    assert_eq!(count["totalSize"], 0);
}

#[tokio::test]
async fn a_removed_field_spoils_the_records_that_name_it() {
    let world = World::start().await;
    let bridge = world.bridge().await;
    let meeting = world.meeting();
    assert!(world.org.drop_field(RECORDING, "Checksum__c"));
    let record = |key: &str, more: Value| {
        let mut record = json!({"Recording_Key__c": key, "Meeting__c": meeting});
        record.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        typed(RECORDING, record)
    };
    let body = json!({"records": [
        record("a", json!({"Checksum__c": "x"})), record("b", json!({"Size_Bytes__c": 1})),
    ]});
    let path = format!("/composite/sobjects/{RECORDING}/Recording_Key__c");
    let (status, results) = bridge.call("PATCH", &path, body).await;
    assert_eq!(status, 200);
    assert_eq!(results[0]["errors"][0]["statusCode"], "INVALID_FIELD");
    assert!(results[0]["errors"][0]["message"].as_str().unwrap().contains("Checksum__c"));
    assert_eq!(results[1]["success"], true, "{results}");
    let (status, body) = bridge.query(&format!("SELECT Checksum__c FROM {RECORDING}")).await;
    assert_eq!((status, code(&body)), (400, "INVALID_FIELD"));
}
