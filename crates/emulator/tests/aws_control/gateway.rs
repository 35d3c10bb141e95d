//! One endpoint for all services, ordered faults, and the notices' way.

use aws_sdk_chimesdkmeetings::error::{ProvideErrorMetadata, SdkError};
use axum::response::IntoResponse;
use chime_emulator::aws::{adapters, gateway::Gateway};
use chime_emulator::faults::{Fault, FaultKind, Faults};
use chime_emulator::start::{Config, Emulator, Ports};
use http::StatusCode;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::{until, world};

fn fault(service: &str, call: &str, kind: FaultKind) -> Fault {
    Fault { service: service.into(), call: call.into(), kind, times: 1, chance: 1.0 }
}

#[tokio::test]
async fn the_signature_tells_the_service() {
    let gateway = Gateway::new(Faults::default())
        .with(adapters::json("ecs", |operation, body: Value| async move {
            axum::Json(json!({"operation": operation, "cluster": body["cluster"]})).into_response()
        }))
        .with(adapters::whole("s3", |request| async move {
            format!("object {}", request.uri().path()).into_response()
        }));
    let ask = async |header: Option<&str>, address: &str, body: &str| {
        let mut request = http::Request::post(address)
            .header("x-amz-target", "AmazonEC2ContainerServiceV20141113.RunTask");
        if let Some(scope) = header {
            let value =
                format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0");
            request = request.header("authorization", value);
        }
        let request = request.body(axum::body::Body::from(body.to_string())).unwrap();
        let answer = gateway.clone().router().oneshot(request).await.unwrap();
        let status = answer.status();
        let bytes = axum::body::to_bytes(answer.into_body(), 10_000).await.unwrap();
        (status, String::from_utf8(bytes.to_vec()).unwrap())
    };
    let scope = |service| format!("KEY/20261123/eu-central-1/{service}/aws4_request");
    let (_, text) = ask(Some(&scope("ecs")), "/", r#"{"cluster":"chime"}"#).await;
    assert_eq!(text, r#"{"cluster":"chime","operation":"RunTask"}"#);
    let (_, text) = ask(Some(&scope("s3")), "/bucket/key", "").await;
    assert_eq!(text, "object /bucket/key");
    let presigned = "/b/k?X-Amz-Credential=KEY%2F20261123%2Feu-central-1%2Fs3%2Faws4_request";
    assert_eq!(ask(None, presigned, "").await.1, "object /b/k");
    assert_eq!(ask(None, "/b/k", "").await.0, StatusCode::FORBIDDEN);
    assert_eq!(ask(Some(&scope("dynamodb")), "/", "").await.0, StatusCode::NOT_IMPLEMENTED);
}

#[tokio::test]
async fn an_ordered_throttle_reaches_the_client_as_chimes_own() {
    let w = world().await;
    let kind = FaultKind::Reject { status: 429, code: "ThrottlingException".into() };
    w.emulator.faults.add(fault("chime", "GetMeeting", kind));
    let meeting = w.meeting("token-1").await;
    let error = w.chime.get_meeting().meeting_id(&meeting).send().await.unwrap_err();
    assert!(error.into_service_error().is_throttling_exception());
    w.chime.get_meeting().meeting_id(&meeting).send().await.unwrap();
}

#[tokio::test]
async fn a_lost_answer_means_it_was_done() {
    let w = world().await;
    w.emulator.faults.add(fault("chime", "CreateMeeting", FaultKind::LoseAnswer));
    let lost = w
        .chime
        .create_meeting()
        .client_request_token("token-1")
        .media_region("eu-central-1")
        .external_meeting_id("a015e00000000001AA")
        .send()
        .await
        .unwrap_err();
    assert!(!matches!(lost, SdkError::ServiceError(_)), "{lost:?}");
    let before = w.emulator.chime.ledger().meetings;
    assert_eq!(before.len(), 1);
    assert_eq!(w.meeting("token-1").await, before[0].meeting_id);
}

#[tokio::test]
async fn an_expired_credential_is_refused_before_anything_is_done() {
    let w = world().await;
    w.emulator.faults.add(fault("sqs", "CreateQueue", FaultKind::Expire));
    let refused = w.sqs.create_queue().queue_name("q").send().await.unwrap_err();
    assert_eq!(refused.code(), Some("ExpiredTokenException"));
    assert!(w.sqs.get_queue_url().queue_name("q").send().await.is_err());
}

#[tokio::test]
async fn notices_have_the_documented_envelope() {
    let w = world().await;
    let meeting = w.meeting("token-1").await;
    let notice = &w.notices()[0];
    assert_eq!(notice["version"], "0");
    assert_eq!(notice["source"], "aws.chime");
    assert_eq!(notice["detail-type"], "Chime Meeting State Change");
    assert_eq!(notice["account"], "000000000000");
    assert_eq!(notice["resources"], json!([]));
    let time = notice["time"].as_str().unwrap();
    assert!(time.len() == 20 && time.ends_with('Z'), "whole seconds: {time}");
    assert_eq!(notice["detail"]["meetingId"], meeting.as_str());
    let read = chime_contract::notice::Notice::parse(&notice.to_string()).unwrap();
    let chime_contract::notice::Notice::Chime(read) = read else { panic!("{read:?}") };
    assert_eq!(read.event_type, "chime:MeetingStarted");
}

#[tokio::test]
async fn notices_can_be_lost_doubled_and_late() {
    let w = world().await;
    let order = |call: &str, kind| w.emulator.faults.add(fault("eventbridge", call, kind));
    let words = || -> Vec<String> {
        let text = |n: &Value| n["detail"]["eventType"].as_str().unwrap().replace("chime:", "");
        w.notices().iter().map(text).collect()
    };
    order("chime:MeetingStarted", FaultKind::Drop);
    let meeting = w.meeting("token-1").await;
    assert!(words().is_empty());

    order("chime:AttendeeAdded", FaultKind::Duplicate);
    let attendee = w.attendee(&meeting, "seat-1").await;
    assert_eq!(words(), ["AttendeeAdded", "AttendeeAdded"]);
    assert_eq!(w.notices()[0]["id"], w.notices()[1]["id"]);

    order("chime:AttendeeAuthorized", FaultKind::Reorder);
    let (id, token) = (attendee.attendee_id().unwrap(), attendee.join_token().unwrap());
    let connection = w.emulator.chime.join(&meeting, id, token).unwrap();
    assert_eq!(words()[2..], ["AttendeeJoined", "AttendeeAuthorized"]);

    order("chime:AttendeeLeft", FaultKind::Delay { ms: 60_000 });
    w.emulator.chime.leave(&connection);
    assert_eq!(words().len(), 4);
    w.emulator.clock.advance(60_000);
    until("the late notice", async || (words().len() == 5).then_some(())).await;

    order("chime:AttendeeDeleted", FaultKind::Reorder);
    w.chime.delete_attendee().meeting_id(&meeting).attendee_id(id).send().await.unwrap();
    w.emulator.clock.advance(30_000);
    until("the notice held back", async || (words().len() == 6).then_some(())).await;
}

#[tokio::test]
async fn a_taken_port_is_named() {
    let w = world().await;
    let taken = w.emulator.addresses.aws.port();
    let folder = tempfile::tempdir().unwrap();
    let config = Config {
        ports: Ports { aws: taken, ..Ports::any() },
        data_dir: folder.path().into(),
        ..Config::default()
    };
    let error = Emulator::start(config).await.err().unwrap();
    let text = error.to_string();
    assert!(text.contains(&taken.to_string()) && text.contains("--aws-port"), "{text}");
}

#[tokio::test]
async fn after_shutdown_the_ports_are_free() {
    let w = world().await;
    let address = w.emulator.addresses.aws;
    w.emulator.shutdown().await;
    tokio::net::TcpListener::bind(address).await.unwrap();
}
