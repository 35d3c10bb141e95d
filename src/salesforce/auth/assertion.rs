//! Signs the JWT-bearer assertion: RS256, short-lived (the org's ceiling is 3 or 5 minutes, by
//! which page one believes, so 3). The key is kept parsed and read again when its file changes.

use std::path::Path;
use std::time::SystemTime;

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use secrecy::{ExposeSecret, SecretSlice};
use serde::Serialize;

use crate::clock::Millis;
use crate::salesforce::error::{Error, Result};

/// Life of an assertion in seconds.
const LIFE: i64 = 180;

/// A parsed private key and the file state it was read from.
pub(super) struct SigningKey {
    modified: Option<SystemTime>,
    length: u64,
    key: EncodingKey,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    exp: i64,
}

/// Returns the key of `path`: the one in `held` unless the file has changed since.
pub(super) async fn current_key<'a>(
    held: &'a mut Option<SigningKey>,
    path: &Path,
) -> Result<&'a SigningKey> {
    let unreadable = |error: std::io::Error| Error::FileUnreadable {
        what: "private key",
        path: path.display().to_string(),
        reason: error.to_string(),
    };
    let meta = tokio::fs::metadata(path).await.map_err(unreadable)?;
    let modified = meta.modified().ok();
    let fresh = held
        .take()
        .filter(|key| modified.is_some() && key.modified == modified && key.length == meta.len());
    let key = match fresh {
        Some(key) => key,
        None => {
            let pem = SecretSlice::from(tokio::fs::read(path).await.map_err(unreadable)?);
            let key = EncodingKey::from_rsa_pem(pem.expose_secret()).map_err(|error| {
                Error::KeyUnusable { path: path.display().to_string(), reason: error.to_string() }
            })?;
            SigningKey { modified, length: meta.len(), key }
        }
    };
    Ok(held.insert(key))
}

/// Signs an assertion that is good from now for three minutes.
pub(super) fn sign(
    key: &SigningKey,
    path: &Path,
    client_id: &str,
    username: &str,
    audience: &str,
    now: Millis,
) -> Result<String> {
    let claims = Claims { iss: client_id, sub: username, aud: audience, exp: now / 1000 + LIFE };
    jsonwebtoken::encode(&Header::new(Algorithm::RS256), &claims, &key.key).map_err(|error| {
        Error::KeyUnusable { path: path.display().to_string(), reason: error.to_string() }
    })
}
