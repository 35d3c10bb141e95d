//! Who gets a token, and how long it lives.

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use chime_emulator::org::oauth::ClientKey;

use crate::{BRIDGE, KEY, World};

fn assertion(world: &World, key: &ClientKey, change: impl Fn(&mut Value)) -> String {
    let mut claims = json!({
        "iss": "bridge-client",
        "sub": BRIDGE,
        "aud": "https://login.salesforce.com",
        "exp": world.clock.now() / 1000 + 170,
    });
    change(&mut claims);
    let key = EncodingKey::from_rsa_pem(key.private_pem.as_bytes()).unwrap();
    jsonwebtoken::encode(&Header::new(Algorithm::RS256), &claims, &key).unwrap()
}

async fn exchange(world: &World, assertion: &str) -> (u16, Value) {
    let form =
        [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", assertion)];
    world.token(&form).await
}

#[tokio::test]
async fn a_signed_assertion_buys_a_token_without_an_expiry() {
    let world = World::start().await;
    let (status, body) = exchange(&world, &assertion(&world, &KEY, |_| {})).await;
    assert_eq!(status, 200, "{body}");
    assert!(body.get("expires_in").is_none());
    assert_eq!(body["instance_url"], world.url);
    assert_eq!(body["token_type"], "Bearer");
    let user = world.org.user(BRIDGE).unwrap();
    let id = format!("{}/id/{}/{}", world.url, world.org.config.org_id, user.id);
    assert_eq!(body["id"], id);
    let token = body["access_token"].as_str().unwrap();
    let who: Value =
        world.http.get(id).bearer_auth(token).send().await.unwrap().json().await.unwrap();
    assert_eq!(who["organization_id"], world.org.config.org_id);
    assert_eq!(who["username"], BRIDGE);
    let info = world.http.get(format!("{}/services/oauth2/userinfo", world.url));
    let info: Value = info.bearer_auth(token).send().await.unwrap().json().await.unwrap();
    assert_eq!(info["organization_id"], world.org.config.org_id);
}

#[tokio::test]
async fn an_assertion_with_a_flaw_buys_nothing() {
    let world = World::start().await;
    let now = world.clock.now() / 1000;
    let flaws: [(&str, Value, &str); 4] = [
        ("iss", json!("nobody"), "invalid_client_id"),
        ("sub", json!("admin@emulator.example"), "invalid_grant"),
        ("aud", json!("https://elsewhere.example"), "invalid_grant"),
        ("exp", json!(now - 1), "invalid_grant"),
    ];
    for (claim, value, error) in flaws {
        let forged = assertion(&world, &KEY, |claims| claims[claim] = value.clone());
        let (status, body) = exchange(&world, &forged).await;
        assert_eq!((status, body["error"].as_str()), (400, Some(error)), "{claim}: {body}");
    }
    let stranger = ClientKey::generate().unwrap();
    let (status, body) = exchange(&world, &assertion(&world, &stranger, |_| {})).await;
    assert_eq!((status, body["error"].as_str()), (400, Some("invalid_grant")));
}

#[tokio::test]
async fn an_assertion_may_name_an_expiry_far_ahead() {
    let world = World::start().await;
    // As `sf` does: milliseconds where seconds are meant.
    let far = json!(world.clock.now() + 300);
    let assertion = assertion(&world, &KEY, |claims| claims["exp"] = far.clone());
    let (status, body) = exchange(&world, &assertion).await;
    assert_eq!(status, 200, "{body}");
}

#[tokio::test]
async fn client_credentials_need_the_right_secret() {
    let world = World::start().await;
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", "bridge-client"),
        ("client_secret", "wrong"),
    ];
    let (status, body) = world.token(&form).await;
    assert_eq!((status, body["error"].as_str()), (400, Some("invalid_client")));
    let url = format!("{}/services/oauth2/token", world.url);
    let answer = world
        .http
        .post(url)
        .basic_auth("bridge-client", Some("hush"))
        .form(&[("grant_type", "client_credentials")])
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn a_token_dies_by_the_clock_by_order_and_by_revocation() {
    let world = World::start().await;
    let caller = world.bridge().await;
    assert_eq!(caller.get("/limits").await.0, 200);
    world.clock.advance(world.org.config.session_life_ms + 1);
    let (status, body) = caller.get("/limits").await;
    assert_eq!((status, crate::code(&body)), (401, "INVALID_SESSION_ID"));

    let caller = world.bridge().await;
    world.org.expire_tokens();
    assert_eq!(caller.get("/limits").await.0, 401);

    let caller = world.bridge().await;
    let ask = async |path: &str| {
        let form = [
            ("token", caller.token.as_str()),
            ("client_id", "bridge-client"),
            ("client_secret", "hush"),
        ];
        let url = format!("{}/services/oauth2/{path}", world.url);
        crate::read(world.http.post(url).form(&form).send().await.unwrap()).await
    };
    let (_, told) = ask("introspect").await;
    assert_eq!(told["active"], true);
    assert_eq!(told["username"], BRIDGE);
    assert_eq!(ask("revoke").await.0, 200);
    assert_eq!(ask("introspect").await.1["active"], false);
    assert_eq!(caller.get("/limits").await.0, 401);
}
