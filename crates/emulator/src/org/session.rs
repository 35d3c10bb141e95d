//! Sessions: opaque access tokens, how long they live by the emulator's clock, and who is behind
//! them. REST and the Pub/Sub API ask here.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::clock::Clock;

/// Who is behind a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// User record id.
    pub id: String,
    /// User name.
    pub username: String,
}

/// What a token stands for.
#[derive(Debug, Clone)]
pub struct Session {
    /// The user.
    pub user: User,
    /// The client it was issued to.
    pub client_id: String,
    /// Granted scopes, separated by spaces.
    pub scope: String,
    /// Epoch milliseconds.
    pub issued_at: i64,
    /// Epoch milliseconds.
    pub expires_at: i64,
}

/// All sessions. Cloneable handle.
#[derive(Debug, Clone)]
pub struct Sessions {
    clock: Clock,
    org_id: String,
    list: Arc<Mutex<BTreeMap<String, Session>>>,
}

impl Sessions {
    /// None yet.
    pub fn new(clock: Clock, org_id: &str) -> Sessions {
        Sessions { clock, org_id: org_id.into(), list: Arc::default() }
    }

    /// Opens one for so many milliseconds; the token.
    ///
    /// INFERRED: the life counts from the login. A real session is prolonged by use; ours is not,
    /// so that a client's re-login is met in tests.
    pub fn open(&self, user: User, client_id: &str, scope: &str, life_ms: i64) -> String {
        let now = self.clock.now();
        let random: [u8; 48] = rand::random();
        // A real token is the org id's 15 characters, `!`, and a long opaque rest.
        let token =
            format!("{}!AQ{}", &self.org_id[..15.min(self.org_id.len())], hex::encode(random));
        let session = Session {
            user,
            client_id: client_id.into(),
            scope: scope.into(),
            issued_at: now,
            expires_at: now + life_ms,
        };
        self.list().insert(token.clone(), session);
        token
    }

    /// The user behind a token, if it is alive.
    pub fn check(&self, token: &str) -> Option<User> {
        self.session(token).map(|s| s.user)
    }

    /// The session behind a token, if it is alive.
    pub fn session(&self, token: &str) -> Option<Session> {
        let now = self.clock.now();
        self.list().get(token).filter(|s| s.expires_at > now).cloned()
    }

    /// Ends one; false if it was not alive.
    pub fn revoke(&self, token: &str) -> bool {
        let alive = self.check(token).is_some();
        self.list().remove(token);
        alive
    }

    /// Ends all.
    pub fn expire_all(&self) {
        self.list().clear();
    }

    /// How many are alive.
    pub fn alive(&self) -> usize {
        let now = self.clock.now();
        self.list().values().filter(|s| s.expires_at > now).count()
    }

    fn list(&self) -> MutexGuard<'_, BTreeMap<String, Session>> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_dies_by_the_emulators_clock() {
        let clock = Clock::default();
        let sessions = Sessions::new(clock.clone(), "00D5e000000EmuLEAS");
        let user = User { id: "005".into(), username: "u@x".into() };
        let token = sessions.open(user.clone(), "client", "api", 60_000);
        assert_eq!(sessions.check(&token), Some(user));
        clock.advance(60_001);
        assert_eq!(sessions.check(&token), None);
    }
}
