//! A call as the resources see it, whether it came alone or inside a composite; and its reply.

use axum::extract::Query;
use http::{Method, Uri};
use serde_json::{Value, json};

use crate::org::records::RecordError;

/// A call under `/services/data/v<version>/`.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub method: Method,
    /// `67.0`
    pub version: String,
    /// Path segments after the version, decoded.
    pub path: Vec<String>,
    /// Query parameters.
    pub query: Vec<(String, String)>,
    /// JSON body; null if there is none.
    pub body: Value,
    /// `batchSize` of `Sforce-Query-Options`.
    pub batch: Option<usize>,
}

impl Call {
    /// From a method and an address below the org's root; none if it is not under
    /// `/services/data/v<version>/`.
    pub fn new(method: Method, url: &str, body: Value) -> Option<Call> {
        // Subrequests of a composite may carry blanks in their query.
        let uri: Uri = url.replace(' ', "%20").parse().ok()?;
        let mut segments = uri.path().strip_prefix("/services/data/v")?.split('/');
        let version = segments.next()?.to_string();
        let path = segments.filter(|s| !s.is_empty()).map(decoded).collect::<Option<Vec<_>>>()?;
        let Query(query) = Query::<Vec<(String, String)>>::try_from_uri(&uri).ok()?;
        let mut method = method;
        // Clients that cannot send PATCH say so in a parameter.
        if let Some((_, other)) = query.iter().find(|(name, _)| name == "_HttpMethod") {
            method = other.parse().ok()?;
        }
        Some(Call { method, version, path, query, body, batch: None })
    }

    /// A query parameter.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// True where the parameter says `true`.
    pub fn flag(&self, name: &str) -> bool {
        self.parameter(name).is_some_and(|v| v.eq_ignore_ascii_case("true"))
    }

    /// The resource, for counters and faults: `composite/sobjects`, `query`, `sobjects`, …
    pub fn resource(&self) -> String {
        let segments: Vec<&str> = self.path.iter().map(String::as_str).collect();
        match segments.as_slice() {
            [] => "resources".into(),
            ["composite", "sobjects", ..] => "composite/sobjects".into(),
            ["sobjects", _, "describe", ..] => "describe".into(),
            [first, ..] => (*first).to_string(),
        }
    }
}

fn decoded(segment: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let pair = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&pair).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// What a call answers.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Reply {
    pub status: u16,
    pub body: Option<Value>,
    /// `Location`, for something created.
    pub location: Option<String>,
}

impl Reply {
    pub fn new(status: u16, body: Value) -> Reply {
        Reply { status, body: Some(body), location: None }
    }

    pub fn ok(body: Value) -> Reply {
        Reply::new(200, body)
    }

    pub fn empty(status: u16) -> Reply {
        Reply { status, body: None, location: None }
    }

    /// The usual error list with one entry.
    pub fn error(status: u16, code: &str, message: impl Into<String>) -> Reply {
        Reply::new(status, json!([{"message": message.into(), "errorCode": code}]))
    }

    pub fn not_found() -> Reply {
        Reply::error(404, "NOT_FOUND", "The requested resource does not exist")
    }

    pub fn not_allowed(method: &Method, allowed: &str) -> Reply {
        let message = format!("HTTP Method '{method}' not allowed. Allowed are {allowed}");
        Reply::error(405, "METHOD_NOT_ALLOWED", message)
    }

    pub fn is_error(&self) -> bool {
        self.status >= 400
    }
}

impl From<RecordError> for Reply {
    fn from(error: RecordError) -> Reply {
        Reply::new(error.status(), json!([error.in_list()]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_apart_and_decoded() {
        let call = Call::new(
            Method::GET,
            "/services/data/v67.0/sobjects/A__c/Key__c/a%2Fb?fields=Id,Name",
            Value::Null,
        )
        .unwrap();
        assert_eq!(call.version, "67.0");
        assert_eq!(call.path, ["sobjects", "A__c", "Key__c", "a/b"]);
        assert_eq!(call.parameter("fields"), Some("Id,Name"));
        assert_eq!(call.resource(), "sobjects");
        let spaced =
            Call::new(Method::GET, "/services/data/v67.0/query?q=SELECT Id+FROM A", Value::Null);
        assert_eq!(spaced.unwrap().parameter("q"), Some("SELECT Id FROM A"));
        assert!(Call::new(Method::GET, "/elsewhere", Value::Null).is_none());
    }
}
