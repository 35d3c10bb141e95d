//! The room's origin: tickets out, signals in.

use chime_emulator::faults::{Fault, FaultKind};
use chime_emulator::start::{ROOM_BUCKET, SIGNALS};
use http::StatusCode;

use crate::{World, world};

fn at(w: &World, path: &str) -> String {
    format!("http://{}{path}", w.emulator.addresses.room)
}

#[tokio::test]
async fn a_missing_ticket_is_forbidden_and_nothing_is_cached() {
    let w = world().await;
    let missing = w.http.get(at(&w, "/tickets/abc.json")).send().await.unwrap();
    assert_eq!(missing.status(), StatusCode::FORBIDDEN);
    assert_eq!(missing.headers()["cache-control"], "no-store");

    w.emulator.s3.put(ROOM_BUCKET, "tickets/abc.json", b"{}".to_vec());
    let found = w.http.get(at(&w, "/tickets/abc.json")).send().await.unwrap();
    assert_eq!(found.status(), StatusCode::OK);
    assert_eq!(found.headers()["cache-control"], "no-store");
    assert!(!found.headers().contains_key("access-control-allow-origin"));
    let tag = found.headers()["etag"].clone();
    assert_eq!(found.text().await.unwrap(), "{}");
    let ask = w.http.get(at(&w, "/tickets/abc.json")).header("if-none-match", tag);
    assert_eq!(ask.send().await.unwrap().status(), StatusCode::NOT_MODIFIED);
}

#[tokio::test]
async fn the_door_takes_small_objects_only() {
    let w = world().await;
    let post = async |body: String| {
        w.http.post(at(&w, "/signals")).body(body).send().await.unwrap().status()
    };
    let of = |bytes: usize| format!(r#"{{"x":"{}"}}"#, "a".repeat(bytes - 8));
    assert_eq!(of(4096).len(), 4096);
    assert_eq!(post(of(5 * 1024)).await, StatusCode::BAD_REQUEST);
    assert_eq!(post(of(4097)).await, StatusCode::BAD_REQUEST);
    assert_eq!(post("[1]".into()).await, StatusCode::BAD_REQUEST);
    assert_eq!(post("{".into()).await, StatusCode::BAD_REQUEST);
    assert_eq!(post(String::new()).await, StatusCode::BAD_REQUEST);
    assert!(w.emulator.sqs.peek(SIGNALS).is_empty());

    // What a stranger writes goes to the signals queue, however much it looks like a notice.
    let forged = r#"{"source":"aws.ecs","detail-type":"ECS Task State Change","detail":{}}"#;
    assert_eq!(post(forged.into()).await, StatusCode::OK);
    assert_eq!(post(of(4096)).await, StatusCode::OK);
    assert_eq!(w.emulator.sqs.peek(SIGNALS)[0].body, forged);
    assert!(w.notices().is_empty());
}

#[tokio::test]
async fn the_doors_rate_limit_can_be_played() {
    let w = world().await;
    w.emulator.faults.add(Fault {
        service: "room".into(),
        call: "signal".into(),
        kind: FaultKind::Reject { status: 429, code: "TooManyRequests".into() },
        times: 1,
        chance: 1.0,
    });
    let post = || w.http.post(at(&w, "/signals")).body("{}").send();
    assert_eq!(post().await.unwrap().status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(post().await.unwrap().status(), StatusCode::OK);
    assert_eq!(w.emulator.sqs.peek(SIGNALS).len(), 1);
}

#[tokio::test]
async fn the_recorders_page_loads_from_its_origin_only_and_runs_no_script_written_into_it() {
    let w = world().await;
    let get = async |path: &str| {
        let answer = w.http.get(at(&w, path)).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_string();
        assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{path}: {policy}");
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        let kind = answer.headers()["content-type"].to_str().unwrap().to_string();
        (kind, answer.text().await.unwrap())
    };
    let (kind, page) = get("/?role=recorder").await;
    assert_eq!(kind, "text/html; charset=utf-8");
    assert!(page.contains(r#"<script type="module" src="/emulator/page/recorder.js"></script>"#));
    assert_eq!(page.matches("<script").count(), 1);
    assert!(!page.contains("<style") && !page.contains(" style="));

    let (kind, _) = get("/emulator/page/recorder.css").await;
    assert_eq!(kind, "text/css; charset=utf-8");
    let (kind, script) = get("/emulator/page/recorder.js").await;
    assert_eq!(kind, "text/javascript; charset=utf-8");
    let modules: Vec<&str> = script
        .lines()
        .filter_map(|line| line.strip_prefix("import ")?.split("'./").nth(1)?.strip_suffix("';"))
        .collect();
    assert_eq!(modules, ["ticket.js", "stage.js"]);
    for module in modules {
        let (kind, _) = get(&format!("/emulator/page/{module}")).await;
        assert_eq!(kind, "text/javascript; charset=utf-8", "{module}");
    }
}

#[tokio::test]
async fn who_is_no_recorder_is_told_that_the_room_is_elsewhere() {
    let w = world().await;
    for path in ["/", "/?role=guest"] {
        let page = w.http.get(at(&w, path)).send().await.unwrap().text().await.unwrap();
        assert!(page.contains("is not served here yet") && !page.contains("<script"), "{path}");
    }
}
