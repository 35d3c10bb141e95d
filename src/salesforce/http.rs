//! The one place that builds an HTTP client. Login and the REST half use it, so that no call is
//! without a time limit, none follows a redirect to another host with a token in its hand, and
//! a private certificate authority is a setting and not a patch.

use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::redirect::{Attempt, Policy};
use reqwest::{Certificate, Client, Response, Url};
use serde::Deserialize;

use super::error::{Error, Result};

/// Redirects on the same host that are followed before giving up.
const REDIRECTS: usize = 3;

/// How HTTP calls are made.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HttpSettings {
    /// Longest time to connect, in milliseconds.
    pub connect_timeout_ms: u64,
    /// Longest time for a whole call, in milliseconds.
    pub timeout_ms: u64,
    /// Certificates (PEM) to trust besides the system's.
    pub ca_file: Option<PathBuf>,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self { connect_timeout_ms: 10_000, timeout_ms: 60_000, ca_file: None }
    }
}

/// Builds the client. It is cheap to clone; one for the process is enough.
pub fn client(settings: &HttpSettings) -> Result<Client> {
    let mut builder = Client::builder()
        .connect_timeout(Duration::from_millis(settings.connect_timeout_ms))
        .timeout(Duration::from_millis(settings.timeout_ms))
        .user_agent(concat!("chime-bridge/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::custom(same_host_only));
    if let Some(path) = &settings.ca_file {
        let certificates = Certificate::from_pem_bundle(&read_pem(path)?)
            .map_err(|error| Error::HttpSettings { reason: error.to_string() })?;
        builder = builder.tls_certs_merge(certificates);
    }
    builder.build().map_err(|error| Error::HttpSettings { reason: error.to_string() })
}

/// Reads a file of CA certificates.
pub(crate) fn read_pem(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| Error::FileUnreadable {
        what: "CA certificate",
        path: path.display().to_string(),
        reason: error.to_string(),
    })
}

/// A token sent to us must not be carried to a host we did not choose.
fn same_host_only(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let same = attempt.previous().first().is_some_and(|first| same_origin(first, attempt.url()));
    if !same {
        attempt.error("redirect to another host refused")
    } else if attempt.previous().len() > REDIRECTS {
        attempt.error("too many redirects")
    } else {
        attempt.follow()
    }
}

fn same_origin(a: &Url, b: &Url) -> bool {
    a.scheme() == b.scheme()
        && a.host_str() == b.host_str()
        && a.port_or_known_default() == b.port_or_known_default()
}

/// Parses an address we may send a token to: `https`, or plain `http` on this machine (the
/// emulator). `what` names the setting in the error.
pub fn secure_url(what: &'static str, value: &str) -> Result<Url> {
    chime_wire::address::secure(value)
        .ok_or_else(|| Error::NotSecure { what, value: value.chars().take(200).collect() })
}

/// Reads a body of at most `limit` bytes; a longer one is an error, not a full memory.
pub async fn limited_body(
    mut response: Response,
    limit: usize,
) -> std::result::Result<Vec<u8>, String> {
    let mut body = Vec::new();
    while let Some(chunk) =
        response.chunk().await.map_err(|error| error.without_url().to_string())?
    {
        if body.len() + chunk.len() > limit {
            return Err(format!("the answer is longer than {limit} bytes"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_or_this_machine_is_an_address_for_a_token() {
        for good in [
            "https://acme.my.salesforce.com",
            "http://127.0.0.1:8801",
            "http://localhost:1/",
            "http://[::1]:8801",
        ] {
            assert!(secure_url("my_domain", good).is_ok(), "{good}");
        }
        for bad in [
            "http://acme.my.salesforce.com",
            "ftp://127.0.0.1",
            "https://user:word@acme.example",
            "acme.my.salesforce.com",
            "http://127.0.0.1.evil.example",
            "",
        ] {
            assert!(secure_url("my_domain", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn another_port_or_scheme_is_another_host() {
        let url = |text: &str| Url::parse(text).unwrap();
        assert!(same_origin(&url("https://a.example/x"), &url("https://a.example:443/y")));
        assert!(!same_origin(&url("https://a.example"), &url("http://a.example")));
        assert!(!same_origin(&url("https://a.example"), &url("https://a.example:8443")));
        assert!(!same_origin(&url("https://a.example"), &url("https://b.example")));
    }

    #[test]
    fn a_client_with_a_missing_ca_file_is_refused_by_name() {
        let settings =
            HttpSettings { ca_file: Some("/nowhere/ca.pem".into()), ..HttpSettings::default() };
        let error = client(&settings).unwrap_err();
        assert!(error.to_string().contains("/nowhere/ca.pem"));
    }
}
