//! Answers of the token endpoint. Promises: no secret of an answer stands in what `Debug` or
//! `Display` shows, of the value or of the error; a token fits a header; the instance is an
//! address a token may be sent to, spelled as it will be used; ids have 18 characters; a refusal
//! shows printable words only, and nothing that may be an e-mail address.

use chime_wire::address::secure;
use chime_wire::answer::{Error, LONGEST_ANSWER, parse_refusal, parse_token_answer};
use secrecy::ExposeSecret;
use serde_json::Value;

use crate::memory::{SPARE, within};

/// Members of an answer that must not be seen.
const SECRETS: [&str; 5] = ["access_token", "refresh_token", "id_token", "signature", "id"];
/// Shorter texts may stand in a message by chance.
const SHORTEST: usize = 8;

/// See the file's head.
pub fn token_answer(input: &[u8]) {
    let most = SPARE + input.len().min(LONGEST_ANSWER) * 64;
    let value: Value = serde_json::from_slice(input).unwrap_or_default();
    match within(most, "a token answer", || parse_token_answer(input)) {
        Ok(answer) => {
            let token = answer.access_token.expose_secret();
            // A member nobody asks for may hold what is no text; then all of it is no value.
            if !value.is_null() {
                assert_eq!(value["access_token"].as_str(), Some(token));
            }
            assert!(!token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic()));
            let Some(url) = secure(&answer.instance_url) else { panic!("not an address") };
            let spelled = url.as_str().trim_end_matches('/');
            assert_eq!(spelled, answer.instance_url, "the instance is spelled in two ways");
            assert!(url.query().is_none() && url.fragment().is_none(), "paths cannot be added");
            for id in [&answer.org_id, &answer.user_id] {
                assert!(id.len() == 18 && id.bytes().all(|byte| byte.is_ascii_alphanumeric()));
            }
            assert!(answer.org_id.starts_with("00D") && answer.user_id.starts_with("005"));
            let plain = [&answer.instance_url, &answer.org_id, &answer.user_id];
            if token.len() >= SHORTEST && plain.iter().all(|text| !text.contains(token)) {
                assert!(!format!("{answer:?}").contains(token), "the token shows");
            }
        }
        Err(error) => hides(&value, &error, &[]),
    }
    let refused = within(most, "a refusal", || parse_refusal(400, input));
    let Error::LoginRefused { error, description } = &refused else {
        panic!("a refusal became something else: {refused}");
    };
    let shown = format!("{error}{description}");
    assert!(shown.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' '), "{shown:?}");
    assert!(!shown.contains('@'), "a refusal may show an address: {shown:?}");
    assert!(error.len() <= 40 && description.len() <= 120);
    // The org may say anything in its own two words; no other member may get into them.
    let said = [value["error"].as_str(), value["error_description"].as_str()];
    hides(&value, &refused, &said.map(Option::unwrap_or_default));
}

/// No secret of the body stands in the error, unless the body says it openly elsewhere.
fn hides(body: &Value, error: &Error, open: &[&str]) {
    let shown = format!("{error} {error:?}");
    let fixed = parse_token_answer(b"{}").err().map(|e| e.to_string()).unwrap_or_default();
    for member in SECRETS {
        let Some(secret) = body[member].as_str().filter(|text| text.len() >= SHORTEST) else {
            continue;
        };
        let elsewhere = fixed.contains(secret)
            || parse_refusal(400, b"{}").to_string().contains(secret)
            || open.iter().any(|text| {
                let plain: String =
                    text.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').collect();
                plain.contains(secret)
            });
        assert!(elsewhere || !shown.contains(secret), "{member} shows in an error");
    }
}
