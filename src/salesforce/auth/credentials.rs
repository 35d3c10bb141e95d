//! How we log in, as set by the administrator: a signed assertion for a named user (JWT bearer),
//! or the app's own client id and secret (client credentials). Secrets are files, never settings.

use std::path::PathBuf;

use serde::Deserialize;

/// How to log in.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "flow", rename_all = "snake_case", deny_unknown_fields)]
pub enum Credentials {
    /// A signed assertion; the user must be pre-authorized for the app.
    JwtBearer {
        /// Consumer key of the external client app.
        client_id: String,
        /// The integration user.
        username: String,
        /// `https://login.salesforce.com`, `https://test.salesforce.com` or the site's address.
        audience: String,
        /// RSA private key, PEM. Read again when the file changes.
        key_file: PathBuf,
    },
    /// The app's own secret; it runs as the user set in the app's policy.
    ClientCredentials {
        /// Consumer key of the external client app.
        client_id: String,
        /// A file holding the consumer secret alone. Read at each login.
        client_secret_file: PathBuf,
    },
}

/// Settings of the login.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthSettings {
    /// The org's My Domain address, such as `https://acme.my.salesforce.com`.
    pub my_domain: String,
    /// How to log in.
    pub credentials: Credentials,
    /// The org's session time-out in milliseconds. Token answers do not tell it. Default 2 h.
    #[serde(default = "two_hours")]
    pub session_life_ms: u64,
    /// Renew when this share of the life has passed (0.1 to 0.95). Default 0.75.
    #[serde(default = "three_quarters")]
    pub renew_at: f64,
}

fn two_hours() -> u64 {
    7_200_000
}

fn three_quarters() -> f64 {
    0.75
}

impl AuthSettings {
    /// Settings with the default session life.
    pub fn new(my_domain: impl Into<String>, credentials: Credentials) -> Self {
        Self {
            my_domain: my_domain.into(),
            credentials,
            session_life_ms: two_hours(),
            renew_at: three_quarters(),
        }
    }

    /// Age in milliseconds at which a session is renewed.
    pub(super) fn renew_after(&self) -> i64 {
        let share = if self.renew_at.is_finite() { self.renew_at.clamp(0.1, 0.95) } else { 0.75 };
        (self.session_life_ms as f64 * share) as i64
    }
}
