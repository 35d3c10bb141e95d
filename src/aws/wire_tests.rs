//! The bank against a small server on a real socket that answers as the services are documented to.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::chime::Wanted;
use super::connect::Aws;
use super::ecs::{Ecs, EcsSettings, Launch, TaskSettings};
use super::error::Class;
use super::launch::LaunchRequest;
use super::objects::{Put, Written};
use crate::meeting::effect::TaskState;
use crate::outbox::testing::spawn;
use chime_contract::recording::RecorderEnvironment;

#[derive(Default)]
struct Server {
    /// Status and body of the next answers.
    answers: VecDeque<(u16, &'static str)>,
    /// What was asked: operation or method and path, and the body.
    asked: Vec<(String, String)>,
    /// Headers of the newest request.
    headers: HeaderMap,
}

type Shared = Arc<Mutex<Server>>;

async fn answer(
    State(server): State<Shared>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut server = server.lock().unwrap();
    let target = headers.get("x-amz-target").and_then(|t| t.to_str().ok()?.split('.').next_back());
    let name = target.map_or_else(|| format!("{method} {uri}"), str::to_string);
    server.asked.push((name, String::from_utf8_lossy(&body).into_owned()));
    server.headers = headers;
    let (status, text) = server.answers.pop_front().unwrap_or((200, ""));
    (StatusCode::from_u16(status).unwrap(), text).into_response()
}

async fn aws(answers: &[(u16, &'static str)]) -> (Aws, Shared) {
    let server = Shared::default();
    server.lock().unwrap().answers = answers.iter().copied().collect();
    let app = Router::new().fallback(answer).with_state(server.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    spawn(async move { axum::serve(listener, app).await.unwrap() });
    let end = UNIX_EPOCH + Duration::from_secs(4_000_000_000);
    let credentials = Credentials::new("AKID", "secret", None, Some(end), "test");
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .retry_config(RetryConfig::disabled())
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .endpoint_url(url)
        .build();
    (Aws::from_config(config, true), server)
}

async fn ecs(answers: &[(u16, &'static str)]) -> (Ecs, Shared) {
    let (aws, server) = aws(answers).await;
    (aws.ecs(EcsSettings { cluster: "chime".into() }), server)
}

fn asked(server: &Shared) -> Vec<String> {
    server.lock().unwrap().asked.iter().map(|(name, _)| name.clone()).collect()
}

fn launch() -> Vec<u8> {
    let environment = RecorderEnvironment {
        recording: "r".into(),
        attempt: 1,
        work_bucket: "w".into(),
        recordings_bucket: "b".into(),
    };
    let settings = TaskSettings { task_definition: "f:1".into(), ..TaskSettings::default() };
    LaunchRequest::new("token", &environment, &settings).to_bytes().unwrap()
}

const CONFLICT: &str = r#"{"__type":"ConflictException","message":"x","resourceIds":["arn:old"]}"#;

#[tokio::test]
async fn a_conflict_adopts_the_task_it_names() {
    let (ecs, _) = ecs(&[(400, CONFLICT)]).await;
    let launch = ecs.run_task(&launch(), false).await.unwrap();
    assert_eq!(launch, Launch::Task { arn: "arn:old".into() });
}

#[tokio::test]
async fn a_repeat_looks_for_the_running_task_before_it_starts_one() {
    let (found, server) = ecs(&[(200, r#"{"taskArns":["arn:running"]}"#)]).await;
    let launched = found.run_task(&launch(), true).await.unwrap();
    assert_eq!(launched, Launch::Task { arn: "arn:running".into() });
    assert_eq!(asked(&server), ["ListTasks"]);

    let answers =
        [(200, r#"{"taskArns":[]}"#), (200, r#"{"failures":[{"reason":"RESOURCE:ENI"}]}"#)];
    let (none, server) = ecs(&answers).await;
    let launched = none.run_task(&launch(), true).await.unwrap();
    assert!(matches!(launched, Launch::Refused { capacity: true, .. }));
    assert_eq!(asked(&server), ["ListTasks", "RunTask"]);
    let sent: Value = serde_json::from_str(&server.lock().unwrap().asked[1].1).unwrap();
    assert_eq!(sent["clientToken"], "token");
    assert_eq!(sent["startedBy"], "token");
    assert_eq!(sent["launchType"], "FARGATE");
    assert_eq!(sent["taskDefinition"], "f:1");
}

#[tokio::test]
async fn a_task_that_ecs_has_forgotten_is_missing_and_stopping_it_is_done() {
    let (ecs, _) = ecs(&[
        (200, r#"{"tasks":[],"failures":[{"arn":"a","reason":"MISSING"}]}"#),
        (400, r#"{"__type":"InvalidParameterException","message":"The referenced task was not found."}"#),
    ])
    .await;
    assert_eq!(ecs.describe_task("arn:a").await.unwrap(), TaskState::Missing);
    ecs.stop_task("arn:a", "over").await.unwrap();
}

#[tokio::test]
async fn a_conditional_put_tells_that_another_was_first() {
    let error = "<Error><Code>PreconditionFailed</Code><Message>x</Message></Error>";
    let (aws, server) = aws(&[(412, error), (200, "")]).await;
    let how = Put { content_type: "application/json", cache_control: None, if_absent: true };
    let objects = aws.objects();
    let put = objects.put("chime-work", "launch/a.json", b"{}".to_vec(), &how).await;
    assert_eq!(put.unwrap(), Written::Exists);
    assert_eq!(server.lock().unwrap().headers["if-none-match"], "*");
    assert!(asked(&server)[0].starts_with("PUT /chime-work/launch/a.json"), "path style");
    let how = Put { if_absent: false, cache_control: Some("no-store"), ..how };
    objects.put("chime-room", "tickets/a.json", b"{}".to_vec(), &how).await.unwrap();
    let server = server.lock().unwrap();
    assert_eq!(server.headers["cache-control"], "no-store");
    assert!(!server.headers.contains_key("if-none-match"));
}

#[tokio::test]
async fn a_missing_object_is_none_a_forbidden_one_an_error_and_a_huge_one_is_not_read() {
    let missing = "<Error><Code>NoSuchKey</Code></Error>";
    let denied = "<Error><Code>AccessDenied</Code></Error>";
    let (aws, _) = aws(&[(404, missing), (404, ""), (403, denied), (200, "0123456789")]).await;
    let objects = aws.objects();
    assert_eq!(objects.get("b", "k", 100).await.unwrap(), None);
    assert_eq!(objects.head("b", "k").await.unwrap(), None);
    assert_eq!(objects.get("b", "k", 100).await.unwrap_err().class(), Class::Denied);
    assert_eq!(objects.get("b", "k", 9).await.unwrap_err().code(), "CB-310");
}

#[tokio::test]
async fn erasing_deletes_versions_and_markers_and_sees_an_error_inside_a_200() {
    let page = "<ListVersionsResult><IsTruncated>false</IsTruncated>\
        <Version><Key>r/1</Key><VersionId>v1</VersionId></Version>\
        <DeleteMarker><Key>r/1</Key><VersionId>v2</VersionId></DeleteMarker></ListVersionsResult>";
    let held = "<DeleteResult><Error><Key>r/1</Key><VersionId>v1</VersionId>\
        <Code>AccessDenied</Code><Message>held</Message></Error></DeleteResult>";
    let (aws, server) =
        aws(&[(200, page), (200, "<DeleteResult/>"), (200, page), (200, held)]).await;
    let objects = aws.objects();
    assert_eq!(objects.delete_all_versions("b", "r/").await.unwrap(), 2);
    let sent = server.lock().unwrap().asked[1].1.clone();
    assert!(sent.contains("v1") && sent.contains("v2"), "{sent}");
    let error = objects.delete_all_versions("b", "r/").await.unwrap_err();
    assert_eq!(error.class(), Class::Denied);
}

#[tokio::test]
async fn erasing_reads_from_the_beginning_again_after_each_page_it_emptied() {
    let first = "<ListVersionsResult><IsTruncated>true</IsTruncated>\
        <NextKeyMarker>r/1</NextKeyMarker><NextVersionIdMarker>v1</NextVersionIdMarker>\
        <Version><Key>r/1</Key><VersionId>v1</VersionId></Version></ListVersionsResult>";
    let last = "<ListVersionsResult><IsTruncated>false</IsTruncated>\
        <Version><Key>r/2</Key><VersionId>v2</VersionId></Version></ListVersionsResult>";
    let done = "<DeleteResult/>";
    let answers = [first, done, last, done, first, done, first].map(|text| (200, text));
    let (aws, server) = aws(&answers).await;
    let objects = aws.objects();
    assert_eq!(objects.delete_all_versions("b", "r/").await.unwrap(), 2);
    let lists = asked(&server);
    assert!(lists.iter().all(|line| !line.contains("key-marker")), "{lists:?}");
    // A store that says it deleted and did not must not keep us busy for ever.
    let error = objects.delete_all_versions("b", "r/").await.unwrap_err();
    assert_eq!((error.class(), error.code()), (Class::Retry, "CB-309"));
}

#[tokio::test]
async fn a_chime_meeting_that_is_gone_is_none_and_deleting_it_is_done() {
    let gone = r#"{"Code":"NotFound","Message":"x"}"#;
    let (aws, _) = aws(&[(404, gone), (404, gone), (404, gone), (404, gone)]).await;
    let chime = aws.chime("eu-central-1");
    assert_eq!(chime.get_meeting("m").await.unwrap(), None);
    chime.delete_meeting("m").await.unwrap();
    chime.delete_attendee("m", "a").await.unwrap();
    let wanted = Wanted { seat: "s".into(), receive_only: true };
    let error = chime.create_attendee("m", &wanted).await.unwrap_err();
    assert!(error.is_not_found(), "the caller must learn that the meeting is gone");
}

#[tokio::test]
async fn a_lost_answer_is_worth_another_try() {
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .retry_config(RetryConfig::disabled())
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new(
            "AKID", "secret", None, None, "test",
        )))
        // Nobody listens on port 1.
        .endpoint_url("http://127.0.0.1:1")
        .build();
    let error = Aws::from_config(config, true).objects().head("b", "k").await.unwrap_err();
    assert_eq!(error.class(), Class::Retry);
    assert_eq!(error.code(), "CB-307");
}

#[tokio::test]
async fn a_link_is_signed_for_its_life_and_does_not_print() {
    let (aws, server) = aws(&[]).await;
    let keys = ["recordings/m/r/1-001.mp4".to_string(), "recordings/m/r/1-002.mp4".to_string()];
    let links = aws.objects().presign_get("chime-recordings", &keys, 900_000, 1_000).await.unwrap();
    assert_eq!(links.expires_at, 901_000);
    let lines: Vec<&str> = links.links.expose().lines().collect();
    assert_eq!(lines.len(), 2);
    assert!(lines[1].contains("1-002.mp4") && lines[1].contains("X-Amz-Expires=900"));
    assert!(!format!("{links:?}").contains("X-Amz-Signature"));
    assert_eq!(asked(&server).len(), 0, "no call is made for it");
}

#[tokio::test]
async fn messages_are_received_with_the_queues_time_and_deleted_by_receipt() {
    let page = r#"{"Messages":[{"MessageId":"1","ReceiptHandle":"h","Body":"b",
        "Attributes":{"SentTimestamp":"1700000000123","ApproximateReceiveCount":"2"}}]}"#;
    let (aws, server) =
        aws(&[(200, page), (200, r#"{"Successful":[],"Failed":[{"Id":"m0"}]}"#)]).await;
    let queue = aws.queue("http://127.0.0.1/000000000000/chime-signals");
    let wait = Duration::from_secs(1);
    let messages = queue.receive(10, wait, Duration::from_secs(60)).await.unwrap();
    assert_eq!((messages[0].sent_at, messages[0].receives), (1_700_000_000_123, 2));
    let sent: Value = serde_json::from_str(&server.lock().unwrap().asked[0].1).unwrap();
    assert_eq!(sent["WaitTimeSeconds"], 1);
    assert_eq!(sent["VisibilityTimeout"], 60);
    assert_eq!(queue.delete(&["h".to_string()]).await.unwrap(), 1, "one comes again");
}
