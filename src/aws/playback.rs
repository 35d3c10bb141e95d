//! Presigned links for playback. A link dies with the credentials that signed it, so its end is
//! the earlier of what was asked for and what the credentials allow.

use std::time::{Duration, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;
use aws_sdk_s3::config::Builder;
use aws_sdk_s3::presigning::PresigningConfig;
use chime_contract::Secret;

use super::error::{AwsError, Call, Result};
use super::objects::Objects;
use crate::clock::Millis;

const CALL: Call = ("S3", "GetObject (presigned)");

/// Shortest link worth giving out.
const SHORTEST: Millis = 60_000;

/// Links, one a line, and their end.
#[derive(Debug, Clone)]
pub struct Links {
    /// One URL a line, in the order of the keys.
    pub links: Secret<String>,
    /// When they die.
    pub expires_at: Millis,
}

impl Objects {
    /// Links to objects that live for `life` (milliseconds) at most, made at `now`.
    pub async fn presign_get(
        &self,
        bucket: &str,
        keys: &[String],
        life: Millis,
        now: Millis,
    ) -> Result<Links> {
        // Asked for anew: cached credentials may be near their end.
        let credentials = match &self.credentials {
            Some(provider) => provider.provide_credentials().await.map_err(|e| lost(&e))?,
            None => return Err(AwsError::lacks(CALL, "credentials")),
        };
        let expires_at = end(now, life, credentials_end(&credentials))?;
        let life = Duration::from_millis(u64::try_from(expires_at - now).unwrap_or(0));
        let mut links = Vec::with_capacity(keys.len());
        for key in keys {
            let presigning = PresigningConfig::expires_in(life).map_err(|e| unmade(&e))?;
            let link = self
                .client
                .get_object()
                .bucket(bucket)
                .key(key)
                .customize()
                .config_override(Builder::new().credentials_provider(credentials.clone()))
                .presigned(presigning)
                .await
                .map_err(|e| AwsError::of(CALL, e))?;
            links.push(link.uri().to_string());
        }
        Ok(Links { links: Secret::new(links.join("\n")), expires_at })
    }
}

fn credentials_end(credentials: &Credentials) -> Option<Millis> {
    let end = credentials.expiry()?.duration_since(UNIX_EPOCH).ok()?;
    Millis::try_from(end.as_millis()).ok()
}

/// When a link made now dies, in whole seconds: that is how long it is signed for.
fn end(now: Millis, life: Millis, credentials: Option<Millis>) -> Result<Millis> {
    let allowed = credentials.map_or(life, |end| life.min(end - now));
    let whole = allowed / 1_000 * 1_000;
    if whole < SHORTEST.min(life) {
        return Err(AwsError::CredentialsEnd { seconds: allowed / 1_000 });
    }
    Ok(now + whole)
}

fn lost(error: &dyn std::error::Error) -> AwsError {
    AwsError::Lost { service: CALL.0, call: CALL.1, reason: error.to_string() }
}

fn unmade(error: &dyn std::error::Error) -> AwsError {
    AwsError::Unmade { service: CALL.0, call: CALL.1, reason: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_does_not_outlive_the_credentials_that_signed_it() {
        let quarter = 15 * 60_000;
        assert_eq!(end(1_500, quarter, None).unwrap(), 1_500 + quarter);
        assert_eq!(end(0, quarter, Some(3_600_000)).unwrap(), quarter);
        assert_eq!(end(0, quarter, Some(300_999)).unwrap(), 300_000);
        assert!(matches!(end(0, quarter, Some(59_000)), Err(AwsError::CredentialsEnd { .. })));
        assert!(end(10, quarter, Some(5)).is_err());
    }
}
