//! The door: who may come in, whether a link is still good, and the faults on order.

use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::{S3Auth, SecretKey};
use s3s::{S3Error, S3ErrorCode, S3Result, s3_error};
use time::PrimitiveDateTime;
use time::macros::format_description;

use super::SECRET_KEY;
use crate::clock::Clock;
use crate::faults::{FaultKind, Faults};

/// Every access key has the same secret.
pub struct AnyAccessKey;

#[async_trait::async_trait]
impl S3Auth for AnyAccessKey {
    async fn get_secret_key(&self, _access_key: &str) -> S3Result<SecretKey> {
        Ok(SecretKey::from(SECRET_KEY))
    }
}

/// Travels with a request: its answer is to be lost.
#[derive(Debug, Clone, Default)]
pub struct Lose(Arc<AtomicBool>);

impl Lose {
    /// True if a fault said so.
    pub fn ordered(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Called before each operation, once it is known which.
pub struct Gate {
    /// The emulator's clock.
    pub clock: Clock,
    /// The faults on order.
    pub faults: Faults,
}

#[async_trait::async_trait]
impl S3Access for Gate {
    async fn check(&self, cx: &mut S3AccessContext<'_>) -> S3Result<()> {
        if cx.credentials().is_none() {
            return Err(s3_error!(AccessDenied, "Access Denied"));
        }
        if link_expired(cx.uri().query().unwrap_or_default(), self.clock.now()) {
            return Err(s3_error!(AccessDenied, "Request has expired"));
        }
        let playable = |kind: &FaultKind| {
            matches!(
                kind,
                FaultKind::Reject { .. } | FaultKind::LoseAnswer | FaultKind::Delay { .. }
            )
        };
        match self.faults.take_if("s3", cx.s3_op().name(), playable) {
            Some(FaultKind::Reject { status, code }) => Err(rejection(status, &code)),
            Some(FaultKind::Delay { ms }) => {
                self.clock.until(self.clock.now() + ms as i64).await;
                Ok(())
            }
            Some(FaultKind::LoseAnswer) => {
                if let Some(lose) = cx.extensions_mut().get::<Lose>() {
                    lose.0.store(true, Ordering::Relaxed);
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

fn rejection(status: u16, code: &str) -> S3Error {
    let code = S3ErrorCode::from_str(code).unwrap_or(S3ErrorCode::InternalError);
    let mut error = S3Error::with_message(code, "refused on order");
    if let Ok(status) = http::StatusCode::from_u16(status) {
        error.set_status_code(status);
    }
    error
}

/// True for a presigned request whose time is over. A link that cannot be read is left to the
/// signature check.
fn link_expired(query: &str, now: i64) -> bool {
    let value =
        |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    let format = format_description!("[year][month][day]T[hour][minute][second]Z");
    let signed = value("X-Amz-Date").and_then(|d| PrimitiveDateTime::parse(d, format).ok());
    let seconds = value("X-Amz-Expires").and_then(|s| s.parse::<i64>().ok());
    match (signed, seconds) {
        (Some(signed), Some(seconds)) => {
            now >= (signed.assume_utc().unix_timestamp() + seconds) * 1000
        }
        _ => false,
    }
}
