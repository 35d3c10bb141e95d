//! The control API, over HTTP.

use chime_contract::keys::JoinKey;
use http::StatusCode;
use serde_json::{Value, json};

use crate::{World, world};

fn at(w: &World, path: &str) -> String {
    format!("http://{}{path}", w.emulator.addresses.control)
}

async fn get(w: &World, path: &str) -> Value {
    w.http.get(at(w, path)).send().await.unwrap().json().await.unwrap()
}

#[tokio::test]
async fn faults_are_ordered_listed_and_taken_back() {
    let w = world().await;
    let fault =
        json!({"service": "chime", "call": "*", "kind": {"do": "drop"}, "times": 2, "chance": 0.5});
    let done = w.http.post(at(&w, "/faults")).json(&fault).send().await.unwrap();
    assert_eq!(done.status(), StatusCode::NO_CONTENT);
    assert_eq!(get(&w, "/faults").await, json!([fault]));
    let wrong = w.http.post(at(&w, "/faults")).json(&json!({"service": 1})).send().await.unwrap();
    assert!(wrong.status().is_client_error());
    w.http.delete(at(&w, "/faults")).send().await.unwrap();
    assert_eq!(get(&w, "/faults").await, json!([]));
}

#[tokio::test]
async fn the_clock_is_moved() {
    let w = world().await;
    let before = get(&w, "/clock").await["now"].as_i64().unwrap();
    let body = json!({"advanceMs": 3_600_000});
    w.http.post(at(&w, "/clock")).json(&body).send().await.unwrap();
    let after = get(&w, "/clock").await["now"].as_i64().unwrap();
    assert!(after - before >= 3_600_000);
    assert!(w.emulator.clock.now() >= after);
}

#[tokio::test]
async fn people_are_made_and_act() {
    let w = world().await;
    let key = JoinKey::from_bytes([1; 32]).to_text();
    let body = json!({"key": key.expose(), "name": "Ada"});
    let made = w.http.post(at(&w, "/people")).json(&body).send().await.unwrap();
    assert_eq!(made.status(), StatusCode::CREATED);
    let text = made.text().await.unwrap();
    assert!(!text.contains(key.expose().as_str()), "the key is not given back");
    let person: Value = serde_json::from_str(&text).unwrap();
    let id = person["id"].as_str().unwrap();
    let act = async |act: &str, body: Value| {
        let path = at(&w, &format!("/people/{id}/{act}"));
        w.http.post(path).json(&body).send().await.unwrap().status()
    };
    assert_eq!(act("drop", json!({})).await, StatusCode::CONFLICT);
    assert_eq!(act("join", json!({})).await, StatusCode::OK);
    assert_eq!(get(&w, &format!("/people/{id}")).await["phase"], "waiting");
    assert_eq!(act("consent", json!({"given": true})).await, StatusCode::OK);
    assert_eq!(act("record", json!({})).await, StatusCode::CONFLICT);
    assert_eq!(act("dance", json!({})).await, StatusCode::NOT_FOUND);
    assert_eq!(get(&w, "/people").await[0]["name"], "Ada");
    let short = w.http.post(at(&w, "/people")).json(&json!({"key": "short"})).send().await.unwrap();
    assert_eq!(short.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn the_ledger_names_what_was_made_without_tokens() {
    let w = world().await;
    let meeting = w.meeting("token-1").await;
    let attendee = w.attendee(&meeting, "seat-1").await;
    let ledger = get(&w, "/ledger/chime").await;
    assert_eq!(ledger["meetings"][0]["meetingId"], meeting.as_str());
    assert_eq!(ledger["meetings"][0]["attendees"][0]["externalUserId"], "seat-1");
    assert_eq!(ledger["calls"][1]["operation"], "CreateAttendee");
    assert!(!ledger.to_string().contains(attendee.join_token().unwrap()));
    assert_eq!(get(&w, "/health").await["state"], "ready");
}
