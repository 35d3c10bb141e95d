//! What goes wrong on order, and the limits of a day.

use chime_emulator::faults::FaultKind;
use serde_json::json;

use crate::{MEETING, PARTICIPANT, World, code};

#[tokio::test]
async fn a_held_row_fails_its_own_record_and_its_details_only() {
    let world = World::start().await;
    let bridge = world.bridge().await;
    let (held, free) = (world.meeting(), world.meeting());
    let (held_seat, free_seat) = (world.participant(&held), world.participant(&free));
    world.org.hold_lock(&held);
    let seat =
        |id: &str| json!({"attributes": {"type": PARTICIPANT}, "id": id, "Status__c": "Left"});
    let body = json!({"records": [seat(&held_seat), seat(&free_seat)]});
    let (status, results) = bridge.call("PATCH", "/composite/sobjects", body.clone()).await;
    assert_eq!(status, 200);
    assert_eq!(results[0]["errors"][0]["statusCode"], "UNABLE_TO_LOCK_ROW");
    assert_eq!(results[1]["success"], true);
    world.org.release_lock(&held);
    let (_, results) = bridge.call("PATCH", "/composite/sobjects", body).await;
    assert_eq!(results[0]["success"], true, "{results}");
}

#[tokio::test]
async fn an_ordered_record_error_hits_one_record() {
    let world = World::start().await;
    let bridge = world.bridge().await;
    let row = |id: String| json!({"attributes": {"type": MEETING}, "id": id, "Status__c": "Open"});
    let body = json!({"records": [row(world.meeting()), row(world.meeting())]});
    for call in ["composite/sobjects", "UNABLE_TO_LOCK_ROW", "*"] {
        world.order(call, FaultKind::Reject { status: 200, code: "UNABLE_TO_LOCK_ROW".into() });
        let (status, results) = bridge.call("PATCH", "/composite/sobjects", body.clone()).await;
        assert_eq!(status, 200, "{call}");
        assert_eq!(results[0]["errors"][0]["statusCode"], "UNABLE_TO_LOCK_ROW", "{call}");
        assert_eq!(results[1]["success"], true, "{call}");
    }
}

#[tokio::test]
async fn an_ordered_rejection_of_the_call_writes_nothing() {
    let world = World::start().await;
    let bridge = world.bridge().await;
    let meeting = world.meeting();
    world.order("sobjects", FaultKind::Reject { status: 503, code: "SERVER_UNAVAILABLE".into() });
    let path = format!("/sobjects/{MEETING}/{meeting}");
    let (status, body) = bridge.call("PATCH", &path, json!({"Status__c": "Open"})).await;
    assert_eq!((status, code(&body)), (503, "SERVER_UNAVAILABLE"));
    assert_eq!(world.org.get(MEETING, &meeting).unwrap()["Status__c"], "Scheduled");
    assert_eq!(bridge.call("PATCH", &path, json!({"Status__c": "Open"})).await.0, 204);
}

#[tokio::test]
async fn a_lost_answer_was_done_all_the_same() {
    let world = World::start().await;
    let bridge = world.bridge().await;
    let meeting = world.meeting();
    world.order("sobjects", FaultKind::LoseAnswer);
    let path = format!("/sobjects/{MEETING}/{meeting}");
    let sent = bridge.request("PATCH", &path).json(&json!({"Status__c": "Open"})).send().await;
    let lost = match sent {
        Err(_) => true,
        Ok(answer) => answer.bytes().await.is_err(),
    };
    assert!(lost, "the answer arrived");
    assert_eq!(world.org.get(MEETING, &meeting).unwrap()["Status__c"], "Open");
}

#[tokio::test]
async fn an_ordered_expiry_ends_the_session() {
    let world = World::start().await;
    let bridge = world.bridge().await;
    world.order("limits", FaultKind::Expire);
    assert_eq!(bridge.get("/limits").await.0, 401);
    assert_eq!(bridge.get("/limits").await.0, 401);
    assert_eq!(world.bridge().await.get("/limits").await.0, 200);
}

#[tokio::test]
async fn the_daily_limit_refuses_and_is_told_in_the_header() {
    let world = World::start().await;
    let bridge = world.bridge().await;
    world.org.set_daily_limit(2);
    let first = bridge.request("GET", "/limits").send().await.unwrap();
    assert_eq!(first.headers()["Sforce-Limit-Info"], "api-usage=1/2");
    let (_, limits) = crate::read(first).await;
    assert_eq!(limits["DailyApiRequests"], json!({"Max": 2, "Remaining": 1}));
    assert_eq!(limits["DailyDeliveredPlatformEvents"]["Remaining"], 24_993);
    assert_eq!(bridge.get("/limits").await.0, 200);
    let (status, body) = bridge.get("/limits").await;
    assert_eq!((status, code(&body)), (403, "REQUEST_LIMIT_EXCEEDED"));
    world.clock.advance(86_400_001);
    assert_eq!(world.bridge().await.get("/limits").await.0, 200);
}

#[tokio::test]
async fn versions_are_listed_for_everyone_and_old_ones_are_gone() {
    let world = World::start().await;
    let url = format!("{}/services/data", world.url);
    let (status, list) = crate::read(world.http.get(&url).send().await.unwrap()).await;
    assert_eq!(status, 200);
    assert!(list.as_array().unwrap().iter().any(|v| v["version"] == "67.0"));
    let bridge = world.bridge().await;
    for (version, want) in [("v30.0", 410), ("v99.0", 404), ("v67.0", 200)] {
        let answer = world.http.get(format!("{url}/{version}/limits")).bearer_auth(&bridge.token);
        assert_eq!(answer.send().await.unwrap().status(), want, "{version}");
    }
}
