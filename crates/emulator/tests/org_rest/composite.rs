//! Several calls in one: one API call, references, and both kinds of rollback.

use serde_json::{Value, json};

use crate::{MEETING, PARTICIPANT, RECORDING, World, code};

fn sub(name: &str, method: &str, path: &str, body: Value) -> Value {
    json!({
        "referenceId": name, "method": method, "url": format!("/services/data/v67.0{path}"),
        "body": body,
    })
}

#[tokio::test]
async fn subrequests_are_answered_one_by_one_under_200() {
    let world = World::start().await;
    let bridge = world.bridge().await;
    let meeting = world.meeting();
    let before = (world.transactions(), world.org.api_usage().0);
    let body = json!({"collateSubrequests": false, "compositeRequest": [
        sub("state", "PATCH", "/composite/sobjects", json!({"records": [
            {"attributes": {"type": MEETING}, "id": meeting, "Status__c": "Open"},
        ]})),
        sub("bad", "PATCH", &format!("/sobjects/{MEETING}/{meeting}"), json!({"Nope__c": 1})),
        sub("recording", "PATCH", &format!("/composite/sobjects/{RECORDING}/Recording_Key__c"),
            json!({"records": [{
                "attributes": {"type": RECORDING}, "Recording_Key__c": "r", "Meeting__c": meeting,
            }]})),
        sub("look", "GET", &format!("/query?q=SELECT Id FROM {RECORDING}"), Value::Null),
    ]});
    let (status, answer) = bridge.call("POST", "/composite", body).await;
    assert_eq!(status, 200);
    let list = answer["compositeResponse"].as_array().unwrap();
    let statuses: Vec<_> = list.iter().map(|r| r["httpStatusCode"].as_u64().unwrap()).collect();
    assert_eq!(statuses, [200, 400, 200, 200], "{answer}");
    assert_eq!(list[1]["body"][0]["errorCode"], "INVALID_FIELD");
    assert_eq!(list[3]["body"]["totalSize"], 1);
    assert_eq!(list[2]["referenceId"], "recording");
    // Two subrequests wrote: two transactions, but one API call.
    assert_eq!(world.transactions(), before.0 + 2);
    assert_eq!(world.org.api_usage().0, before.1 + 1);
    assert_eq!(world.org.calls()["composite"], 1);
    let ledger = world.org.ledger();
    assert_eq!(ledger[ledger.len() - 1].call, ledger[ledger.len() - 2].call);
}

#[tokio::test]
async fn a_reference_carries_an_id_from_one_to_the_next() {
    let world = World::start().await;
    let admin = world.admin().await;
    let body = json!({"allOrNone": true, "compositeRequest": [
        sub("m", "POST", &format!("/sobjects/{MEETING}"), json!({"Subject__c": "Talk"})),
        sub("p", "POST", &format!("/sobjects/{PARTICIPANT}"),
            json!({"Meeting__c": "@{m.id}", "Role__c": "Host"})),
        sub("g", "GET", &format!("/sobjects/{PARTICIPANT}/@{{p.id}}"), Value::Null),
    ]});
    let before = world.transactions();
    let (_, answer) = admin.call("POST", "/composite", body).await;
    let list = &answer["compositeResponse"];
    assert_eq!(list[2]["body"]["Meeting__c"], list[0]["body"]["id"], "{answer}");
    assert_eq!(world.transactions(), before + 1);
    assert_eq!(world.last_transaction().len(), 2);
}

#[tokio::test]
async fn all_or_none_outside_wins_over_the_collection_inside() {
    let world = World::start().await;
    let bridge = world.bridge().await;
    let meeting = world.meeting();
    let before = world.transactions();
    let body = json!({"allOrNone": true, "compositeRequest": [
        sub("one", "PATCH", &format!("/sobjects/{MEETING}/{meeting}"), json!({"Status__c": "Open"})),
        sub("two", "PATCH", "/composite/sobjects", json!({"allOrNone": false, "records": [
            {"attributes": {"type": MEETING}, "id": meeting, "Status__c": "Nonsense"},
        ]})),
        sub("three", "GET", "/limits", Value::Null),
    ]});
    let (status, answer) = bridge.call("POST", "/composite", body).await;
    assert_eq!(status, 200);
    let list = answer["compositeResponse"].as_array().unwrap();
    assert_eq!(list[0]["body"][0]["errorCode"], "PROCESSING_HALTED");
    assert_eq!(list[1]["httpStatusCode"], 400);
    assert_eq!(list[2]["body"][0]["errorCode"], "PROCESSING_HALTED");
    assert_eq!(world.org.get(MEETING, &meeting).unwrap()["Status__c"], "Scheduled");
    assert_eq!(world.transactions(), before);
}

#[tokio::test]
async fn unrelated_subrequests_may_be_reordered_unless_told_otherwise() {
    let world = World::start().await;
    let bridge = world.bridge().await;
    let meeting = world.meeting();
    let body = |collate: bool| {
        json!({"collateSubrequests": collate, "compositeRequest": [
            sub("a", "PATCH", &format!("/sobjects/{MEETING}/{meeting}"), json!({"Status__c": "Open"})),
            sub("q", "GET", &format!("/query?q=SELECT Status__c FROM {MEETING}"), Value::Null),
            sub("b", "PATCH", &format!("/sobjects/{MEETING}/{meeting}"), json!({"Status__c": "Live"})),
        ]})
    };
    let seen =
        |answer: &Value| answer["compositeResponse"][1]["body"]["records"][0]["Status__c"].clone();
    let (_, in_order) = bridge.call("POST", "/composite", body(false)).await;
    assert_eq!(seen(&in_order), "Open");
    let (_, gathered) = bridge.call("POST", "/composite", body(true)).await;
    assert_eq!(seen(&gathered), "Live");
}

#[tokio::test]
async fn too_many_subrequests_are_refused_as_a_whole() {
    let world = World::start().await;
    let bridge = world.bridge().await;
    let limits = |n: usize| -> Vec<Value> {
        (0..n).map(|at| sub(&format!("r{at}"), "GET", "/limits", Value::Null)).collect()
    };
    let (status, _) =
        bridge.call("POST", "/composite", json!({"compositeRequest": limits(25)})).await;
    assert_eq!(status, 200);
    let (status, body) =
        bridge.call("POST", "/composite", json!({"compositeRequest": limits(26)})).await;
    assert_eq!((status, code(&body)), (400, "LIMIT_EXCEEDED"));
    let heavy: Vec<Value> = (0..6)
        .map(|at| sub(&format!("r{at}"), "GET", "/query?q=SELECT+Id+FROM+User", Value::Null))
        .collect();
    let (status, _) = bridge.call("POST", "/composite", json!({"compositeRequest": heavy})).await;
    assert_eq!(status, 400);
}
