//! One REST call: headers, session, one renewal after a 401, the size limit, the allowance.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::HeaderMap;
use secrecy::ExposeSecret;
use serde_json::Value;
use tokio::sync::watch;

use super::error::RestError;
use super::limits::ApiUsage;
use super::names::Namespace;
use super::record::RecordError;
use crate::salesforce::session::{Session, SessionSource};
use crate::telemetry;

/// How the bridge talks REST.
#[derive(Debug, Clone, PartialEq)]
pub struct RestSettings {
    /// API version, such as `66.0`; at least 60.0.
    pub api_version: String,
    /// Namespace of a packaged install; empty for none.
    pub namespace: String,
    /// A call is given up after this. Salesforce itself gives up after ten minutes.
    pub timeout: Duration,
    /// Largest answer taken, bytes.
    pub max_answer: usize,
    /// Most rows of a query.
    pub max_rows: usize,
    /// Share of the daily API calls (all users of the org) above which the bridge slows down.
    pub daily_api_brake: f64,
    /// Wait after the org's API calls were used up.
    pub limit_wait: Duration,
}

impl Default for RestSettings {
    fn default() -> Self {
        Self {
            api_version: "66.0".into(),
            namespace: String::new(),
            timeout: Duration::from_secs(120),
            max_answer: 16 << 20,
            max_rows: 50_000,
            daily_api_brake: 0.8,
            limit_wait: Duration::from_secs(900),
        }
    }
}

/// HTTP methods in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Get,
    Post,
    Delete,
}

/// The org's REST API. Cheap to clone.
#[derive(Clone)]
pub struct Rest {
    http: reqwest::Client,
    sessions: Arc<dyn SessionSource>,
    settings: Arc<RestSettings>,
    namespace: Namespace,
    usage: watch::Sender<Option<ApiUsage>>,
}

impl Rest {
    /// A client over a session source; `http` is the bridge's own, with its timeouts and roots.
    pub fn new(
        http: reqwest::Client,
        sessions: Arc<dyn SessionSource>,
        settings: RestSettings,
    ) -> Self {
        let namespace = Namespace::new(&settings.namespace);
        let usage = watch::Sender::new(None);
        Self { http, sessions, settings: Arc::new(settings), namespace, usage }
    }

    /// The namespace of this install.
    pub fn namespace(&self) -> &Namespace {
        &self.namespace
    }

    /// How long whoever was refused for the limit of API calls waits.
    pub fn limit_wait(&self) -> Duration {
        self.settings.limit_wait
    }

    /// API calls used, as the newest answer said.
    pub fn usage(&self) -> watch::Receiver<Option<ApiUsage>> {
        self.usage.subscribe()
    }

    /// True while the org has used more of its daily calls than the brake allows.
    pub fn braked(&self) -> bool {
        self.usage.borrow().is_some_and(|u| u.share() > self.settings.daily_api_brake)
    }

    pub(crate) fn settings(&self) -> &RestSettings {
        &self.settings
    }

    /// A path below the version.
    pub(crate) fn path(&self, below: &str) -> String {
        format!("/services/data/v{}{below}", self.settings.api_version)
    }

    /// Sends a call and reads its JSON answer (`Null` for none). `path` begins with `/services/`.
    pub(crate) async fn call(
        &self,
        call: &'static str,
        verb: Verb,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, RestError> {
        let mut renewed = false;
        loop {
            let session = self
                .sessions
                .session()
                .await
                .map_err(|source| RestError::Session { call, source })?;
            let begun = tokio::time::Instant::now();
            let (status, answer) = self.once(call, verb, path, body, &session).await?;
            let labels = [("call", call)];
            telemetry::REST_DURATION.note(begun.elapsed(), &labels);
            telemetry::REST_CALLS.add(1, &[labels[0], ("status", &status.to_string())]);
            if (200..300).contains(&status) {
                return Ok(answer);
            }
            if status == 401 {
                self.sessions.invalidate(&session);
                if !renewed {
                    renewed = true;
                    continue;
                }
            }
            let error = RecordError::all_of(&answer, &self.namespace).into_iter().next();
            let RecordError { code, message, .. } = error.unwrap_or_default();
            return Err(RestError::of_status(call, status, code, &message));
        }
    }

    async fn once(
        &self,
        call: &'static str,
        verb: Verb,
        path: &str,
        body: Option<&Value>,
        session: &Session,
    ) -> Result<(u16, Value), RestError> {
        let url = format!("{}{path}", session.instance_url.trim_end_matches('/'));
        let request = match verb {
            Verb::Get => self.http.get(url),
            Verb::Post => self.http.post(url),
            Verb::Delete => self.http.delete(url),
        };
        let mut request = request
            .timeout(self.settings.timeout)
            .bearer_auth(session.access_token.expose_secret())
            .header("accept", "application/json")
            // Names us in the changeOrigin of change events: our own echo is known by it.
            .header("Sforce-Call-Options", "client=chime-bridge")
            // Without it a duplicate rule in alert mode blocks a save by API.
            .header("Sforce-Duplicate-Rule-Header", "allowSave=true");
        if let Some(body) = body {
            request = request.json(body);
        }
        let lost = |e: reqwest::Error| RestError::Lost { call, reason: plain(e) };
        let mut response = request.send().await.map_err(lost)?;
        let status = response.status().as_u16();
        self.note_usage(response.headers());
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(lost)? {
            if bytes.len() + chunk.len() > self.settings.max_answer {
                return Err(RestError::TooLarge { call, limit: self.settings.max_answer });
            }
            bytes.extend_from_slice(&chunk);
        }
        if bytes.is_empty() {
            return Ok((status, Value::Null));
        }
        match serde_json::from_slice(&bytes) {
            Ok(answer) => Ok((status, answer)),
            // A proxy's HTML page beside an error status: the status decides.
            Err(_) if !(200..300).contains(&status) => Ok((status, Value::Null)),
            Err(e) => Err(RestError::Unreadable { call, reason: e.to_string() }),
        }
    }

    fn note_usage(&self, headers: &HeaderMap) {
        let header = headers.get("sforce-limit-info").and_then(|h| h.to_str().ok());
        if let Some(usage) = header.and_then(ApiUsage::parse) {
            self.usage.send_replace(Some(usage));
        }
    }
}

/// A transport error in words, without the URL: a query stands in it.
fn plain(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(inner) = source {
        text = format!("{text}: {inner}");
        source = inner.source();
    }
    text
}
