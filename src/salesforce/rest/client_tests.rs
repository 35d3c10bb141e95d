//! Calls and queries against a small server on a real socket.

use std::sync::{Arc, Mutex};

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::client::{Rest, RestSettings};
use super::error::{Class, RestError};
use crate::outbox::testing::{Tokens, spawn};

type Seen = Arc<Mutex<Vec<String>>>;

async fn answer(
    State(seen): State<Seen>,
    uri: Uri,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    seen.lock().unwrap().push(format!("{}?{}", uri.path(), query.unwrap_or_default()));
    if headers["authorization"] != "Bearer good" {
        let body = json!([{"errorCode": "INVALID_SESSION_ID", "message": "x"}]);
        return (StatusCode::UNAUTHORIZED, Json(body)).into_response();
    }
    let page = |records: Value, next: Option<&str>| {
        Json(json!({"records": records, "done": next.is_none(), "nextRecordsUrl": next}))
            .into_response()
    };
    match uri.path() {
        "/services/data/v66.0/query" => {
            page(json!([{"acme__A__c": 1}]), Some("/services/data/v66.0/query/01g-2"))
        }
        "/services/data/v66.0/query/01g-2" => page(json!([{"acme__A__c": 2}]), None),
        "/services/data/v66.0/queryAll" => page(json!([]), Some("//evil.example/query")),
        "/services/data/v66.0/limits" => {
            Json(json!({"DailyDeliveredPlatformEvents": {"Max": 25000, "Remaining": 24000}}))
                .into_response()
        }
        _ => (StatusCode::BAD_GATEWAY, "<html>proxy</html>").into_response(),
    }
}

async fn rest(tokens: Vec<&'static str>, settings: RestSettings) -> (Rest, Seen) {
    let seen = Seen::default();
    let app = Router::new().fallback(answer).with_state(seen.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    spawn(async move { axum::serve(listener, app).await.unwrap() });
    #[allow(clippy::disallowed_methods, reason = "a test's own client")]
    let http = reqwest::Client::new();
    let source = Tokens { url, current: Mutex::new(0), tokens };
    (Rest::new(http, Arc::new(source), settings), seen)
}

fn acme() -> RestSettings {
    RestSettings { namespace: "acme".into(), ..RestSettings::default() }
}

#[tokio::test]
async fn a_query_reads_all_pages_with_names_as_the_bridge_has_them() {
    let (rest, seen) = rest(vec!["good"], acme()).await;
    let rows = rest.query("SELECT A__c FROM B__c WHERE Id = 'x'").await.unwrap();
    let values: Vec<&Value> = rows.iter().map(|row| &row["A__c"]).collect();
    assert_eq!(values, [&json!(1), &json!(2)]);
    let first = seen.lock().unwrap()[0].clone();
    assert!(
        first.ends_with("q=SELECT%20acme__A__c%20FROM%20acme__B__c%20WHERE%20Id%20%3D%20%27x%27")
    );
}

#[tokio::test]
async fn the_token_is_not_carried_to_another_host() {
    let (rest, seen) = rest(vec!["good"], acme()).await;
    let error = rest.query_all("SELECT Id FROM B__c").await.unwrap_err();
    assert!(matches!(error, RestError::Unreadable { .. }), "{error}");
    assert_eq!(seen.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_refused_token_is_renewed_once_and_not_for_ever() {
    let (first, seen) = rest(vec!["old", "good"], acme()).await;
    first.limits().await.unwrap();
    assert_eq!(seen.lock().unwrap().len(), 2);

    let (second, seen) = rest(vec!["old", "older", "good"], acme()).await;
    let error = second.limits().await.unwrap_err();
    assert_eq!(error.class(), Class::Reauthorize);
    assert_eq!(seen.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn an_answer_larger_than_the_limit_is_not_taken() {
    let (small, _) = rest(vec!["good"], RestSettings { max_answer: 10, ..acme() }).await;
    assert!(matches!(small.limits().await, Err(RestError::TooLarge { limit: 10, .. })));
    let (few, _) = rest(vec!["good"], RestSettings { max_rows: 1, ..acme() }).await;
    let error = few.query("SELECT A__c FROM B__c").await.unwrap_err();
    assert!(matches!(error, RestError::TooLarge { limit: 1, .. }));
}

#[tokio::test]
async fn limits_are_read_by_name() {
    let (rest, _) = rest(vec!["good"], acme()).await;
    let limits = rest.limits().await.unwrap();
    let deliveries = limits.get(super::limits::Limits::DELIVERIES).unwrap();
    assert_eq!((deliveries.max, deliveries.remaining), (25_000, 24_000));
    assert_eq!(limits.get("Unheard"), None);
}

#[tokio::test]
async fn a_proxys_page_is_an_outage_and_no_riddle() {
    let (rest, _) = rest(vec!["good"], acme()).await;
    let error = rest.composite(&[]).await.unwrap_err();
    assert!(matches!(error, RestError::Unavailable { status: 502, .. }), "{error}");
}
