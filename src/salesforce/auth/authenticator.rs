//! Hands out sessions. However many ask, one login runs; those who waited for it share its answer,
//! good or bad, and a bad one is forgotten at once. A session is renewed before the org's time-out,
//! and a token found dead is reported by the session it came in, so that two users of one dead
//! token cause one login.

use std::sync::{Arc, Mutex, PoisonError};

use reqwest::{Client, Url};
use secrecy::SecretString;

use super::assertion::{SigningKey, current_key, sign};
use super::credentials::{AuthSettings, Credentials};
use super::login;
use super::session::Session;
use crate::clock::{Millis, SharedClock};
use crate::salesforce::error::{Error, Result};
use crate::salesforce::http::secure_url;

/// After a failed renewal the session that still works is used for this long before the next try.
const RENEWAL_PAUSE: Millis = 60_000;

/// Logs in, keeps the session, renews it.
pub struct Authenticator {
    settings: AuthSettings,
    token_url: Url,
    http: Client,
    clock: SharedClock,
    kept: Mutex<Kept>,
    turn: tokio::sync::Mutex<Turn>,
}

/// What is read without waiting.
#[derive(Default)]
struct Kept {
    session: Option<Arc<Session>>,
    /// Logins finished so far: tells a waiter that a login began and ended while it waited.
    finished: u64,
    renew_not_before: Millis,
}

/// What only the one who is logging in touches.
#[derive(Default)]
struct Turn {
    key: Option<SigningKey>,
    started: u64,
    last_failure: Option<(u64, Error)>,
}

impl Authenticator {
    /// Checks the addresses; no call is made.
    pub fn new(settings: AuthSettings, http: Client, clock: SharedClock) -> Result<Self> {
        let my_domain = secure_url("my_domain", &settings.my_domain)?;
        if let Credentials::JwtBearer { audience, .. } = &settings.credentials {
            secure_url("audience", audience)?;
        }
        Ok(Self {
            token_url: login::token_url(&my_domain)?,
            settings,
            http,
            clock,
            kept: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
        })
    }

    /// A session that is not known to be dead. Logs in if there is none, or if it is old.
    pub async fn session(&self) -> Result<Arc<Session>> {
        let asked_at = {
            let kept = self.kept();
            if let Some(session) = self.usable(&kept) {
                return Ok(session);
            }
            kept.finished
        };
        let mut turn = self.turn.lock().await;
        // Someone may have logged in while we waited for our turn; if that failed after we asked,
        // it is our answer too: ten waiters are one refused login, not ten.
        if let Some(session) = self.usable(&self.kept()) {
            return Ok(session);
        }
        if let Some((at, error)) = &turn.last_failure
            && *at > asked_at
        {
            return Err(error.clone());
        }
        turn.started += 1;
        let serial = turn.started;
        let answer = self.log_in(&mut turn, serial).await;
        let mut kept = self.kept();
        kept.finished = serial;
        match answer {
            Ok(session) => {
                turn.last_failure = None;
                let session = Arc::new(session);
                kept.session = Some(Arc::clone(&session));
                kept.renew_not_before = 0;
                Ok(session)
            }
            Err(error) => {
                turn.last_failure = Some((serial, error.clone()));
                // A renewal that fails does not take away a session nobody has found dead.
                match kept.session.clone() {
                    Some(session) => {
                        tracing::warn!(%error, "the Salesforce session could not be renewed; the old one is used on");
                        kept.renew_not_before = self.clock.now() + RENEWAL_PAUSE;
                        Ok(session)
                    }
                    None => Err(error),
                }
            }
        }
    }

    /// Says that the org no longer takes this session's token. If a newer one is already there,
    /// nothing happens.
    pub fn invalidate(&self, dead: &Session) {
        let mut kept = self.kept();
        if kept.session.as_ref().is_some_and(|session| session.serial == dead.serial) {
            kept.session = None;
        }
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn usable(&self, kept: &Kept) -> Option<Arc<Session>> {
        let session = kept.session.as_ref()?;
        let now = self.clock.now();
        let old = now - session.issued >= self.settings.renew_after();
        (!old || now < kept.renew_not_before).then(|| Arc::clone(session))
    }

    async fn log_in(&self, turn: &mut Turn, serial: u64) -> Result<Session> {
        let issued = self.clock.now();
        let answer = match &self.settings.credentials {
            Credentials::JwtBearer { client_id, username, audience, key_file } => {
                let key = current_key(&mut turn.key, key_file).await?;
                let signed = sign(key, key_file, client_id, username, audience, issued)?;
                let assertion = SecretString::from(signed);
                login::with_assertion(&self.http, &self.token_url, &assertion).await?
            }
            Credentials::ClientCredentials { client_id, client_secret_file } => {
                login::with_secret(&self.http, &self.token_url, client_id, client_secret_file)
                    .await?
            }
        };
        tracing::info!(org.id = %answer.org_id, "logged in to Salesforce");
        Ok(Session {
            access_token: answer.access_token,
            instance_url: answer.instance_url,
            org_id: answer.org_id,
            user_id: answer.user_id,
            issued,
            serial,
        })
    }
}

#[cfg(test)]
#[path = "authenticator_tests.rs"]
mod tests;
