//! The session with the org, as those who use it see it. Who signs in, and how, stands behind
//! [`SessionSource`]; the event stream and REST share one source, so that an expired token is
//! renewed once and not by each of them.

use std::sync::Arc;

use async_trait::async_trait;

use crate::salesforce::auth::Authenticator;
use crate::salesforce::error::Class;

pub use crate::salesforce::auth::Session;

/// Why there is no session.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SessionError {
    /// The sign-in could not be asked, or failed on their side: worth another try.
    #[error("signing in to Salesforce did not succeed ({reason}); it is tried again")]
    Unreachable {
        /// What happened, without a secret.
        reason: String,
    },
    /// Salesforce refused the sign-in: a person must act.
    #[error("Salesforce refused the sign-in ({code}: {reason}); see the connected app's policy")]
    Refused {
        /// OAuth error code, such as `invalid_grant`.
        code: String,
        /// Salesforce's description.
        reason: String,
    },
}

/// Hands out the current session and renews it when told that it is no good.
#[async_trait]
pub trait SessionSource: Send + Sync + 'static {
    /// The current session; signs in if there is none. Many callers at once sign in once.
    async fn session(&self) -> Result<Arc<Session>, SessionError>;
    /// Salesforce answered 401 to this session: the next call of [`Self::session`] signs in anew.
    /// Does nothing if a newer session is there already.
    fn invalidate(&self, session: &Session);
}

#[async_trait]
impl SessionSource for Authenticator {
    async fn session(&self) -> Result<Arc<Session>, SessionError> {
        Authenticator::session(self).await.map_err(|error| match error.class() {
            Class::Permanent | Class::OurBug => {
                SessionError::Refused { code: error.code().to_string(), reason: error.cause() }
            }
            _ => SessionError::Unreachable { reason: error.to_string() },
        })
    }

    fn invalidate(&self, session: &Session) {
        Authenticator::invalidate(self, session);
    }
}
