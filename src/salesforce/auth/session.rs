//! One login's worth of access. Immutable: a new login is a new session.

use secrecy::SecretString;

use crate::clock::Millis;

/// What every call to the org needs. `Debug` does not show the token.
#[derive(Debug)]
pub struct Session {
    /// Bearer token.
    pub access_token: SecretString,
    /// `https://…my.salesforce.com`, no slash at the end. May differ between logins.
    pub instance_url: String,
    /// Org id, 18 characters.
    pub org_id: String,
    /// User id we act as, 18 characters.
    pub user_id: String,
    /// When we logged in.
    pub issued: Millis,
    /// Which login of this process it came from: the identity by which a dead token is reported.
    pub(crate) serial: u64,
}
