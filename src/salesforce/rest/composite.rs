//! The composite call: up to 25 sub-requests, at most five of them collections, for one API call
//! of the org's allowance. Sub-requests run in the order given and do not roll each other back.

use serde::Deserialize;
use serde_json::{Value, json};

use super::client::{Rest, Verb};
use super::error::RestError;
use super::record::RecordResult;

/// Most sub-requests of a call.
pub const MAX_CALLS: usize = 25;
/// Most collections (or queries) among them.
pub const MAX_COLLECTIONS: usize = 5;
/// Most records of a collection.
pub const MAX_RECORDS: usize = 200;
/// Most runs of one type in a collection of mixed types.
pub const MAX_TYPE_CHUNKS: usize = 10;

/// A sub-request. Names in `path` and `body` are as the org has them, namespace included.
#[derive(Clone, PartialEq)]
pub struct Call {
    /// `PATCH`, `POST`, `GET`, `DELETE`.
    pub method: &'static str,
    /// Below the version, such as `/composite/sobjects`.
    pub path: String,
    /// JSON body.
    pub body: Option<Value>,
}

/// Without the body: it may hold what a person typed, or an opened secret.
impl std::fmt::Debug for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Call").field("method", &self.method).finish_non_exhaustive()
    }
}

/// The answer to a sub-request.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Answer {
    /// HTTP status of this sub-request.
    #[serde(rename = "httpStatusCode")]
    pub status: u16,
    /// Its body, names as the org has them.
    #[serde(default)]
    pub body: Value,
    #[serde(rename = "referenceId", default)]
    reference: String,
}

impl Rest {
    /// Sends sub-requests in one call; answers in the same order, one for each.
    pub async fn composite(&self, calls: &[Call]) -> Result<Vec<Answer>, RestError> {
        const CALL: &str = "composite";
        let requests: Vec<Value> = calls
            .iter()
            .enumerate()
            .map(|(n, call)| {
                let mut request = json!({
                    "method": call.method,
                    "url": self.path(&call.path),
                    "referenceId": format!("r{n}"),
                });
                if let Some(body) = &call.body {
                    request["body"] = body.clone();
                }
                request
            })
            .collect();
        let body = json!({
            "allOrNone": false,
            // Otherwise unrelated sub-requests may be reordered (default true since v49).
            "collateSubrequests": false,
            "compositeRequest": requests,
        });
        let mut answer = self.call(CALL, Verb::Post, &self.path("/composite"), Some(&body)).await?;
        let unreadable = |reason: String| RestError::Unreadable { call: CALL, reason };
        let answers: Vec<Answer> = serde_json::from_value(answer["compositeResponse"].take())
            .map_err(|e| unreadable(e.to_string()))?;
        // Order is promised; a reference that disagrees would tell a row the fate of another.
        let in_order = answers.iter().enumerate().all(|(n, a)| a.reference == format!("r{n}"));
        if answers.len() != calls.len() || !in_order {
            return Err(unreadable(format!(
                "{} answers to {} sub-requests, or out of order",
                answers.len(),
                calls.len()
            )));
        }
        Ok(answers)
    }

    /// Deletes records by id, at most 200; gone already is an error of that record.
    pub async fn delete(&self, ids: &[String]) -> Result<Vec<RecordResult>, RestError> {
        const CALL: &str = "delete";
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let path = self.path(&format!("/composite/sobjects?allOrNone=false&ids={}", ids.join(",")));
        let body = self.call(CALL, Verb::Delete, &path, None).await?;
        RecordResult::all_of(&body, self.namespace()).filter(|all| all.len() == ids.len()).ok_or(
            RestError::Unreadable { call: CALL, reason: "not one result for each record".into() },
        )
    }
}
