//! Reads what the token endpoint says. Pure and safe on any bytes: unknown members are ignored,
//! what we need is checked, and nothing of the answer gets into an error but the OAuth error word.

use chime_contract::command::long_id;
use secrecy::SecretString;
use serde::Deserialize;

use crate::address::secure;

/// Longest answer read, in bytes. Real ones are below 3 kB.
pub const LONGEST_ANSWER: usize = 64 * 1024;
/// Longest token taken, in bytes; JWT-based tokens reach about 2 kB.
const LONGEST_TOKEN: usize = 16 * 1024;
/// Longest description shown of a refusal, in characters.
const LONGEST_DESCRIPTION: usize = 120;

/// Result of reading an answer.
pub type Result<T> = std::result::Result<T, Error>;

/// What the token endpoint said instead of a usable answer. Never holds a token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The org said no to our login.
    #[error("CB-101 Salesforce refused the login ({error}{}): check the app's client id, the user's pre-authorization and the audience", dash(.description))]
    LoginRefused {
        /// The OAuth error word, such as `invalid_grant`.
        error: String,
        /// What the org added, shortened; empty if nothing or not fit to show.
        description: String,
    },
    /// The login answer is not what the documentation says.
    #[error("CB-104 the login answer cannot be used: {reason}")]
    AnswerUnusable {
        /// What is missing or wrong; no content.
        reason: &'static str,
    },
}

impl Error {
    /// The code by which `docs/errors.md` explains it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::LoginRefused { .. } => "CB-101",
            Self::AnswerUnusable { .. } => "CB-104",
        }
    }
}

fn dash(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(": {text}") }
}

/// A usable token answer.
#[derive(Debug)]
pub struct TokenAnswer {
    /// Bearer token: visible ASCII, so that it fits a header.
    pub access_token: SecretString,
    /// Instance address without a slash at the end.
    pub instance_url: String,
    /// Org id, 18 characters.
    pub org_id: String,
    /// User id, 18 characters.
    pub user_id: String,
}

#[derive(Deserialize)]
struct Raw {
    access_token: Option<String>,
    instance_url: Option<String>,
    id: Option<String>,
}

/// Parses a successful answer of the token endpoint.
pub fn parse_token_answer(body: &[u8]) -> Result<TokenAnswer> {
    if body.len() > LONGEST_ANSWER {
        return Err(unusable("it is too long"));
    }
    let raw: Raw = serde_json::from_slice(body).map_err(|_| unusable("it is not a JSON object"))?;
    TokenAnswer::checked(raw.access_token, raw.instance_url.as_deref(), raw.id.as_deref())
}

impl TokenAnswer {
    /// Checks the three members we need.
    pub fn checked(
        token: Option<String>,
        instance_url: Option<&str>,
        id: Option<&str>,
    ) -> Result<Self> {
        let token = token.ok_or_else(|| unusable("access_token is missing"))?;
        let visible = token.bytes().all(|byte| byte.is_ascii_graphic());
        if token.is_empty() || token.len() > LONGEST_TOKEN || !visible {
            return Err(unusable("access_token is empty, too long or not ASCII"));
        }
        let instance = instance_url.ok_or_else(|| unusable("instance_url is missing"))?;
        // Kept as the parser spells it: it drops line breaks, which would break a header.
        let url = secure(instance)
            .filter(|url| url.query().is_none() && url.fragment().is_none())
            .ok_or_else(|| unusable("instance_url is not an https address"))?;
        let (org_id, user_id) = ids(id.ok_or_else(|| unusable("id is missing"))?)
            .ok_or_else(|| unusable("id does not end in an org id and a user id"))?;
        Ok(Self {
            access_token: SecretString::from(token),
            instance_url: url.as_str().trim_end_matches('/').to_string(),
            org_id,
            user_id,
        })
    }
}

/// `https://login.salesforce.com/id/<org id>/<user id>`: both as 18 characters.
fn ids(url: &str) -> Option<(String, String)> {
    let mut parts = url.trim_end_matches('/').rsplit('/');
    let (user, org) = (parts.next()?, parts.next()?);
    let is_id = |id: &str| {
        matches!(id.len(), 15 | 18) && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    let fits = is_id(org) && org.starts_with("00D") && is_id(user) && user.starts_with("005");
    fits.then(|| (long_id(org), long_id(user)))
}

fn unusable(reason: &'static str) -> Error {
    Error::AnswerUnusable { reason }
}

#[derive(Deserialize)]
struct RawRefusal {
    error: Option<String>,
    error_description: Option<String>,
}

/// Parses a refusal (status 4xx).
pub fn parse_refusal(status: u16, body: &[u8]) -> Error {
    let short = &body[..body.len().min(LONGEST_ANSWER)];
    let raw: Option<RawRefusal> = serde_json::from_slice(short).ok();
    let (error, description) =
        raw.map(|raw| (raw.error, raw.error_description)).unwrap_or_default();
    refusal(
        error.unwrap_or_else(|| format!("status {status}")).as_str(),
        description.as_deref().unwrap_or_default(),
    )
}

/// Builds the error from the two OAuth members, keeping only what is fit to show: a description
/// with an `@` may name a person, and so may an error word.
pub fn refusal(error: &str, description: &str) -> Error {
    let plain = |text: &str, limit: usize| -> String {
        text.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').take(limit).collect()
    };
    let shown = |text: &str, limit: usize| match text.contains('@') {
        true => String::new(),
        false => plain(text, limit),
    };
    let error = Some(shown(error, 40)).filter(|word| !word.is_empty());
    let error = error.unwrap_or_else(|| "no error word".to_string());
    let description = shown(description, LONGEST_DESCRIPTION);
    Error::LoginRefused { error, description }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use secrecy::ExposeSecret;

    use super::*;

    const GOOD: &str = r#"{"access_token":"00D!AQ.x_y","instance_url":"https://acme.my.salesforce.com/",
        "id":"https://login.salesforce.com/id/00Dxx0000001gPL/005xx000001Sv6d","token_type":"Bearer",
        "issued_at":"1278448832702","signature":"s","scope":"api","new_member":{"a":[1]}}"#;

    #[test]
    fn a_full_answer_gives_token_instance_and_eighteen_character_ids() {
        let answer = parse_token_answer(GOOD.as_bytes()).unwrap();
        assert_eq!(answer.access_token.expose_secret(), "00D!AQ.x_y");
        assert_eq!(answer.instance_url, "https://acme.my.salesforce.com");
        assert_eq!(answer.org_id.len(), 18);
        assert!(answer.org_id.starts_with("00Dxx0000001gPL"));
        assert_eq!(answer.user_id.len(), 18);
    }

    #[test]
    fn an_answer_that_lacks_something_says_what_and_shows_nothing() {
        for (gone, named) in
            [("access_token", "access_token"), ("instance_url", "instance_url"), ("\"id\"", "id")]
        {
            let broken = GOOD.replace(gone, if gone == "\"id\"" { "\"xx\"" } else { "xx" });
            let error = parse_token_answer(broken.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(named), "{error}");
            assert!(!error.contains("AQ.x_y"), "{error}");
        }
    }

    #[test]
    fn an_instance_on_plain_http_elsewhere_is_not_trusted_with_the_token() {
        let broken = GOOD.replace("https://acme", "http://acme");
        assert!(parse_token_answer(broken.as_bytes()).is_err());
    }

    #[test]
    fn a_refusal_keeps_the_word_and_drops_what_may_name_a_person() {
        let body = br#"{"error":"invalid_grant","error_description":"user x@y.example unknown"}"#;
        let Error::LoginRefused { error, description } = parse_refusal(400, body) else {
            panic!("not a refusal");
        };
        assert_eq!((error.as_str(), description.as_str()), ("invalid_grant", ""));
        let text = parse_refusal(403, b"<html>").to_string();
        assert!(text.contains("status 403"), "{text}");
    }

    proptest! {
        #[test]
        fn any_bytes_are_an_answer_or_an_error(body in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = parse_token_answer(&body);
            let _ = parse_refusal(400, &body);
        }

        #[test]
        fn any_members_are_an_answer_or_an_error(token in ".*", url in ".*", id in ".*") {
            let body = serde_json::json!({"access_token": token, "instance_url": url, "id": id});
            if let Ok(answer) = parse_token_answer(body.to_string().as_bytes()) {
                prop_assert_eq!(answer.org_id.len(), 18);
                prop_assert!(answer.access_token.expose_secret().is_ascii());
            }
        }
    }
}
