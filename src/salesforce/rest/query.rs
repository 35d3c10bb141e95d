//! SOQL queries, page by page, up to a limit of rows.

use serde_json::{Map, Value};

use super::client::{Rest, Verb};
use super::error::RestError;

/// A record as a query gives it, names without namespace, `attributes` kept. Sub-query results are
/// their first page only.
pub type Row = Map<String, Value>;

/// Salesforce takes at most 16,384 bytes of URL and headers.
const MAX_QUERY_BYTES: usize = 14_000;

impl Rest {
    /// All rows of a query, without deleted records. Names in the query are without namespace.
    pub async fn query(&self, soql: &str) -> Result<Vec<Row>, RestError> {
        self.pages("query", soql).await
    }

    /// All rows of a query, deleted records in the Recycle Bin too.
    pub async fn query_all(&self, soql: &str) -> Result<Vec<Row>, RestError> {
        self.pages("queryAll", soql).await
    }

    async fn pages(&self, call: &'static str, soql: &str) -> Result<Vec<Row>, RestError> {
        let query = percent(&self.namespace().query_outward(soql));
        if query.len() > MAX_QUERY_BYTES {
            return Err(RestError::TooLarge { call, limit: MAX_QUERY_BYTES });
        }
        let mut next = Some(self.path(&format!("/{call}?q={query}")));
        let mut rows = Vec::new();
        let unreadable = |reason: &str| RestError::Unreadable { call, reason: reason.into() };
        while let Some(path) = next.take() {
            let page = self.call(call, Verb::Get, &path, None).await?;
            let Value::Object(mut page) = self.namespace().answer_inward(page) else {
                return Err(unreadable("a page is not an object"));
            };
            let Some(Value::Array(records)) = page.remove("records") else {
                return Err(unreadable("a page has no records"));
            };
            for record in records {
                match record {
                    Value::Object(record) => rows.push(record),
                    _ => return Err(unreadable("a record is not an object")),
                }
            }
            if rows.len() > self.settings().max_rows {
                return Err(RestError::TooLarge { call, limit: self.settings().max_rows });
            }
            if page.get("done") == Some(&Value::Bool(false)) {
                let url = page.get("nextRecordsUrl").and_then(Value::as_str).unwrap_or_default();
                // The token goes where this says: only ever a path of the same org.
                if !url.starts_with("/services/data/") || url == path {
                    return Err(unreadable("nextRecordsUrl is no further path of the API"));
                }
                next = Some(url.to_string());
            }
        }
        Ok(rows)
    }
}

/// Puts a text into a SOQL literal, quotes included.
pub fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('\'');
    for c in text.chars() {
        match c {
            '\'' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            _ => out.push(c),
        }
    }
    out.push('\'');
    out
}

/// `('a','b')` for an IN clause.
pub fn list<'t>(texts: impl IntoIterator<Item = &'t str>) -> String {
    let all: Vec<String> = texts.into_iter().map(literal).collect();
    format!("({})", all.join(","))
}

/// Percent-encodes everything but letters, digits and `-._~`.
pub(crate) fn percent(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_cannot_be_left_by_a_quote_in_the_text() {
        assert_eq!(literal(r"O'Hara \ x"), r"'O\'Hara \\ x'");
        assert_eq!(list(["a", "b'"]), r"('a','b\'')");
    }

    #[test]
    fn a_query_is_encoded_for_the_url() {
        assert_eq!(percent("SELECT Id, A__c = 'ü'"), "SELECT%20Id%2C%20A__c%20%3D%20%27%C3%BC%27");
    }
}
