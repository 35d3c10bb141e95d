//! Logging in against a small token endpoint on this machine.

use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use axum::Form;
use axum::http::StatusCode;
use axum::routing::post;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::*;
use crate::clock::Clock;
use crate::salesforce::error::Class;
use crate::salesforce::http::{HttpSettings, client};

struct Hand(AtomicI64);
impl Clock for Hand {
    fn now(&self) -> Millis {
        self.0.load(Ordering::SeqCst)
    }
}

type Form0 = std::collections::HashMap<String, String>;
type Answer = Box<dyn Fn(usize, &Form0) -> (StatusCode, String) + Send + Sync>;

/// A token endpoint that counts its calls.
struct Endpoint {
    address: String,
    calls: Arc<AtomicUsize>,
    _server: tokio::task::JoinSet<()>,
}

async fn endpoint(answer: Answer) -> Endpoint {
    let calls = Arc::new(AtomicUsize::new(0));
    let (counted, answer) = (Arc::clone(&calls), Arc::new(answer));
    let handler = move |Form(form): Form<Form0>| {
        let number = counted.fetch_add(1, Ordering::SeqCst) + 1;
        let answer = answer(number, &form);
        async move { answer }
    };
    let app = axum::Router::new().route("/services/oauth2/token", post(handler));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let mut server = tokio::task::JoinSet::new();
    server.spawn(async move { axum::serve(listener, app).await.unwrap() });
    Endpoint { address, calls, _server: server }
}

fn token(number: usize) -> (StatusCode, String) {
    let body = json!({
        "access_token": format!("token-{number}"), "token_type": "Bearer", "scope": "api",
        "instance_url": "https://acme.my.salesforce.com", "issued_at": "1", "signature": "x",
        "id": "https://login.salesforce.com/id/00Dxx0000001gPLEAY/005xx000001Sv6dAAC",
    });
    (StatusCode::OK, body.to_string())
}

fn refused() -> (StatusCode, String) {
    let body =
        json!({"error": "invalid_client", "error_description": "invalid client credentials"});
    (StatusCode::BAD_REQUEST, body.to_string())
}

struct Bench {
    auth: Authenticator,
    clock: Arc<Hand>,
    endpoint: Endpoint,
    folder: tempfile::TempDir,
}

async fn bench(answer: Answer) -> Bench {
    let endpoint = endpoint(answer).await;
    let folder = tempfile::tempdir().unwrap();
    let client_secret_file = folder.path().join("secret");
    std::fs::write(&client_secret_file, "shh\n").unwrap();
    let credentials =
        Credentials::ClientCredentials { client_id: "app".into(), client_secret_file };
    let clock = Arc::new(Hand(AtomicI64::new(1_700_000_000_000)));
    let settings = AuthSettings::new(endpoint.address.clone(), credentials);
    let http = client(&HttpSettings::default()).unwrap();
    let auth = Authenticator::new(settings, http, clock.clone()).unwrap();
    Bench { auth, clock, endpoint, folder }
}

impl Bench {
    fn calls(&self) -> usize {
        self.endpoint.calls.load(Ordering::SeqCst)
    }
}

#[tokio::test]
async fn ten_who_ask_at_once_cause_one_login() {
    let bench = bench(Box::new(|number, _| token(number))).await;
    let sessions = futures::future::join_all((0..10).map(|_| bench.auth.session())).await;
    assert_eq!(bench.calls(), 1);
    for session in sessions {
        let session = session.unwrap();
        assert_eq!(session.access_token.expose_secret(), "token-1");
        assert_eq!(session.org_id, "00Dxx0000001gPLEAY");
        assert_eq!(session.instance_url, "https://acme.my.salesforce.com");
    }
}

#[tokio::test]
async fn client_credentials_go_into_the_form_with_the_secret_trimmed() {
    let bench = bench(Box::new(|number, form| {
        let good = form["grant_type"] == "client_credentials"
            && form["client_id"] == "app"
            && form["client_secret"] == "shh";
        if good { token(number) } else { refused() }
    }))
    .await;
    assert!(bench.auth.session().await.is_ok());
}

#[tokio::test]
async fn two_users_of_one_dead_token_cause_one_login() {
    let bench = bench(Box::new(|number, _| token(number))).await;
    let (one, two) = (bench.auth.session().await.unwrap(), bench.auth.session().await.unwrap());
    bench.auth.invalidate(&one);
    let new = bench.auth.session().await.unwrap();
    bench.auth.invalidate(&two);
    let same = bench.auth.session().await.unwrap();
    assert_eq!(bench.calls(), 2);
    assert!(Arc::ptr_eq(&new, &same));
}

#[tokio::test]
async fn a_refused_login_is_told_to_all_who_waited_and_then_forgotten() {
    let bench =
        bench(Box::new(|number, _| if number == 1 { refused() } else { token(number) })).await;
    let answers = futures::future::join_all((0..5).map(|_| bench.auth.session())).await;
    assert_eq!(bench.calls(), 1);
    for answer in answers {
        let error = answer.unwrap_err();
        assert_eq!((error.code(), error.class()), ("CB-101", Class::Permanent));
    }
    assert!(bench.auth.session().await.is_ok());
}

#[tokio::test]
async fn an_old_session_is_renewed_and_a_failed_renewal_keeps_it() {
    let bench =
        bench(Box::new(|number, _| if number == 2 { refused() } else { token(number) })).await;
    let first = bench.auth.session().await.unwrap();
    bench.clock.0.fetch_add(5_399_999, Ordering::SeqCst);
    assert!(Arc::ptr_eq(&first, &bench.auth.session().await.unwrap()));
    bench.clock.0.fetch_add(1, Ordering::SeqCst);
    assert!(Arc::ptr_eq(&first, &bench.auth.session().await.unwrap()), "renewal 2 is refused");
    assert!(Arc::ptr_eq(&first, &bench.auth.session().await.unwrap()));
    assert_eq!(bench.calls(), 2, "no second renewal at once");
    bench.clock.0.fetch_add(RENEWAL_PAUSE, Ordering::SeqCst);
    let renewed = bench.auth.session().await.unwrap();
    assert_eq!(renewed.access_token.expose_secret(), "token-3");
}

#[tokio::test]
async fn a_login_service_in_trouble_is_worth_another_try() {
    let bench = bench(Box::new(|number, _| match number {
        1 => (StatusCode::SERVICE_UNAVAILABLE, "<html>busy</html>".into()),
        2 => (StatusCode::OK, "not json".into()),
        _ => (StatusCode::OK, "x".repeat(100_000)),
    }))
    .await;
    for code in ["CB-105", "CB-104", "CB-105"] {
        let error = bench.auth.session().await.unwrap_err();
        assert_eq!((error.code(), error.class()), (code, Class::Retry), "{error}");
    }
}

#[tokio::test]
async fn a_missing_secret_file_is_named() {
    let bench = bench(Box::new(|number, _| token(number))).await;
    std::fs::remove_file(bench.folder.path().join("secret")).unwrap();
    let error = bench.auth.session().await.unwrap_err();
    assert_eq!(error.code(), "CB-102");
    assert_eq!(bench.calls(), 0);
}

/// Writes a new RSA key as PEM and returns its public key.
fn write_key(path: &PathBuf) -> Vec<u8> {
    use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
    use aws_lc_rs::rsa::{KeyPair, KeySize};
    use aws_lc_rs::signature::KeyPair as _;
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let der: Pkcs8V1Der<'_> = pair.as_der().unwrap();
    let text = STANDARD.encode(der.as_ref());
    let lines: Vec<_> =
        text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    let label = "PRIVATE KEY";
    let pem = format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"));
    std::fs::write(path, pem).unwrap();
    pair.public_key().as_ref().to_vec()
}

#[tokio::test]
async fn the_assertion_is_short_lived_signed_and_the_key_file_is_read_again_when_it_changes() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    let bench = bench(Box::new(move |number, form| {
        log.lock().unwrap().push(form.clone());
        token(number)
    }))
    .await;
    let key_file = bench.folder.path().join("key.pem");
    let publics = [write_key(&key_file)];
    let credentials = Credentials::JwtBearer {
        client_id: "app".into(),
        username: "bridge@emulator.example".into(),
        audience: "https://login.salesforce.com".into(),
        key_file: key_file.clone(),
    };
    let settings = AuthSettings::new(bench.endpoint.address.clone(), credentials);
    let http = client(&HttpSettings::default()).unwrap();
    let auth = Authenticator::new(settings, http, bench.clock.clone()).unwrap();

    let session = auth.session().await.unwrap();
    auth.invalidate(&session);
    let second = write_key(&key_file);
    // A file system with coarse times must not hide the change.
    let later = std::fs::metadata(&key_file).unwrap().modified().unwrap()
        + std::time::Duration::from_secs(5);
    std::fs::File::options().write(true).open(&key_file).unwrap().set_modified(later).unwrap();
    auth.session().await.unwrap();

    let forms = seen.lock().unwrap().clone();
    for (form, public) in forms.iter().zip([&publics[0], &second]) {
        assert_eq!(form["grant_type"], "urn:ietf:params:oauth:grant-type:jwt-bearer");
        let mut rules = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::RS256);
        rules.set_audience(&["https://login.salesforce.com"]);
        rules.validate_exp = false;
        let key = jsonwebtoken::DecodingKey::from_rsa_der(public);
        let claims =
            jsonwebtoken::decode::<Value>(&form["assertion"], &key, &rules).unwrap().claims;
        assert_eq!(claims["iss"], "app");
        assert_eq!(claims["sub"], "bridge@emulator.example");
        let life = claims["exp"].as_i64().unwrap() - bench.clock.now() / 1000;
        assert!((1..=180).contains(&life), "{life}");
    }
    assert_eq!(forms.len(), 2);
}

#[tokio::test]
async fn a_file_that_is_no_key_is_named_and_not_shown() {
    let bench = bench(Box::new(|number, _| token(number))).await;
    let key_file = bench.folder.path().join("key.pem");
    std::fs::write(&key_file, "not a key").unwrap();
    let credentials = Credentials::JwtBearer {
        client_id: "app".into(),
        username: "u".into(),
        audience: "https://login.salesforce.com".into(),
        key_file,
    };
    let settings = AuthSettings::new(bench.endpoint.address.clone(), credentials);
    let http = client(&HttpSettings::default()).unwrap();
    let auth = Authenticator::new(settings, http, bench.clock.clone()).unwrap();
    let error = auth.session().await.unwrap_err();
    assert_eq!(error.code(), "CB-103");
    assert!(!error.to_string().contains("not a key"));
}
