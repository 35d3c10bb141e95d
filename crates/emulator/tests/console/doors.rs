//! Who may talk to the console, and what the two sites give out.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use chime_emulator::start::{Config, Emulator, Ports};
use serde_json::{Value, json};

use super::{force_app, world};

/// One request as a program writes it, paths and all; the answer's text.
async fn raw(at: SocketAddr, request: String) -> String {
    tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(at).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut text = Vec::new();
        stream.read_to_end(&mut text).unwrap();
        String::from_utf8_lossy(&text).into_owned()
    })
    .await
    .unwrap()
}

#[tokio::test]
async fn another_sites_request_and_a_rebound_name_are_refused() {
    let world = world().await;
    let at = world.emulator.addresses.console.unwrap();
    let body = json!({"recordId": world.home, "subject": "x"}).to_string();
    let post = |headers: &str| {
        format!(
            "POST /apex/ChimeStartController.start HTTP/1.1\r\nconnection: close\r\n\
             content-length: {}\r\n{headers}\r\n{body}",
            body.len()
        )
    };
    for headers in [
        format!("host: {at}\r\norigin: http://evil.example\r\ncontent-type: application/json\r\n"),
        format!("host: evil.example:{}\r\ncontent-type: application/json\r\n", at.port()),
        format!("host: {at}\r\ncontent-type: text/plain\r\n"),
        format!("host: {at}\r\norigin: {}\r\ncontent-type: application/json\r\n", world.room()),
    ] {
        let answer = raw(at, post(&headers)).await;
        assert!(answer.starts_with("HTTP/1.1 403"), "{headers}\n{answer}");
    }
    assert_eq!(world.actions(), Vec::<String>::new(), "none of them started a meeting");

    let own = format!("host: {at}\r\norigin: http://{at}\r\ncontent-type: application/json\r\n");
    let answer = raw(at, post(&own)).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert_eq!(world.actions(), ["START_MEETING"]);
    let read = "GET /api/objects HTTP/1.1\r\nhost: rebound.example\r\nconnection: close\r\n\r\n"
        .to_string();
    assert!(raw(at, read).await.starts_with("HTTP/1.1 403"));
}

#[tokio::test]
async fn no_path_gives_a_file_from_outside_the_site() {
    let world = world().await;
    std::os::unix::fs::symlink(
        world.folder.path().join("outside.txt"),
        world.folder.path().join("console/link.txt"),
    )
    .unwrap();
    let console = world.emulator.addresses.console.unwrap();
    for at in [console, world.emulator.addresses.room] {
        for path in [
            "/../outside.txt",
            "/assets/../../outside.txt",
            "/%2e%2e/outside.txt",
            "/..%2foutside.txt",
            "/%2e%2e%2foutside.txt",
            "/link.txt",
            "/.secret",
            "/headers.json",
            "/assets",
        ] {
            let request = format!("GET {path} HTTP/1.1\r\nhost: {at}\r\nconnection: close\r\n\r\n");
            let answer = raw(at, request).await;
            assert!(answer.starts_with("HTTP/1.1 404"), "{path}: {answer}");
            assert!(!answer.contains("outside\n") && !answer.contains("hidden"), "{path}");
        }
    }
}

#[tokio::test]
async fn the_console_is_given_with_its_headers_and_this_machines_addresses() {
    let world = world().await;
    let page = world.http.get(world.console()).send().await.unwrap();
    assert_eq!(page.headers()["cache-control"], "no-store");
    assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_string();
    let aws = world.emulator.addresses.aws;
    assert_eq!(policy, format!("frame-src {}; media-src http://{aws}", world.room()));
    assert_eq!(page.text().await.unwrap(), "<title>console</title>");
    let asset = format!("{}/assets/app-1234.js", world.console());
    let asset = world.http.get(asset).send().await.unwrap();
    assert!(asset.headers()["cache-control"].to_str().unwrap().contains("immutable"));
    assert_eq!(asset.headers()["content-type"], "text/javascript; charset=utf-8");
    assert_eq!(asset.headers()["x-content-type-options"], "nosniff");
}

#[tokio::test]
async fn the_room_is_given_as_in_production_files_settings_tickets_signals_and_nothing_else() {
    let world = world().await;
    let settings = world.http.get(format!("{}/room.json", world.room())).send().await.unwrap();
    assert_eq!(settings.headers()["cache-control"], "no-store");
    let settings: Value = settings.json().await.unwrap();
    let port = world.emulator.addresses.console.unwrap().port();
    assert_eq!(
        settings,
        json!({
            "v": 1,
            "orgId": world.emulator.org.config.org_id,
            "frameAncestors":
                [format!("http://127.0.0.1:{port}"), format!("http://localhost:{port}")],
            "signals": "/signals",
        })
    );
    let page = world.http.get(format!("{}/?role=recorder", world.room())).send().await.unwrap();
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_string();
    assert_eq!(
        policy,
        format!(
            "frame-ancestors http://127.0.0.1:{port} http://localhost:{port}; connect-src 'self' {}",
            world.emulator.signaling()
        )
    );
    assert_eq!(page.headers()["referrer-policy"], "no-referrer");
    assert_eq!(page.text().await.unwrap(), "<title>room</title>");
    let ticket = format!("{}/tickets/nobody.json", world.room());
    assert_eq!(world.http.get(ticket).send().await.unwrap().status(), 403);
    for gone in ["/emulator/room.json", "/emulator/page/recorder.js"] {
        let answer = world.http.get(format!("{}{gone}", world.room())).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{gone}");
    }
}

#[tokio::test]
async fn a_page_that_was_not_built_says_how() {
    let world = world().await;
    std::fs::remove_dir_all(world.folder.path().join("console")).unwrap();
    let page = world.http.get(world.console()).send().await.unwrap();
    assert_eq!(page.status(), 503);
    assert!(page.text().await.unwrap().contains("make console"));
}

#[tokio::test]
async fn the_console_does_not_listen_beyond_this_machine() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config {
        host: [0, 0, 0, 0].into(),
        ports: Ports::any(),
        data_dir: folder.path().into(),
        metadata_dir: force_app(),
        console_site: Some(folder.path().join("console")),
        ..Config::default()
    };
    let refused = Emulator::start(config).await.err().unwrap();
    assert!(format!("{refused:#}").contains("loopback"), "{refused:#}");
}
