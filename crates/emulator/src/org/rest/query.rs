//! `/query?q=`, `/queryAll?q=`, the pages that follow, and the columns of a query.

use serde_json::{Value, json};

use super::call::{Call, Reply};
use crate::org::Org;
use crate::org::records::Transaction;
use crate::org::soql;

/// Records in one answer, at most; also where the client asks for more.
const PAGE: usize = 2_000;
/// The smallest page a client can ask for.
const SMALLEST_PAGE: usize = 200;

/// Answers a query or gives the next page.
pub(super) fn answer(org: &Org, tx: &Transaction<'_>, call: &Call) -> Reply {
    // INFERRED: a batch size out of bounds is bent into them, not refused.
    let size = call.batch.unwrap_or(PAGE).clamp(SMALLEST_PAGE, PAGE);
    if let [_, cursor] = call.path.as_slice() {
        return next(org, call, cursor, size);
    }
    let Some(text) = call.parameter("q") else {
        return Reply::error(400, "MALFORMED_QUERY", "a query string has to be specified");
    };
    if call.flag("columns") {
        return match soql::columns(tx, text) {
            Ok(columns) => Reply::ok(json!({"columnMetadata": columns})),
            Err(error) => error.into(),
        };
    }
    let all = call.path.first().is_some_and(|p| p == "queryAll");
    let found = match soql::run(tx, text, all, &call.version) {
        Ok(found) => found,
        Err(error) => return error.into(),
    };
    if found.records.len() <= size {
        return Reply::ok(json!({
            "totalSize": found.total, "done": true, "records": found.records,
        }));
    }
    let first: Vec<Value> = found.records.iter().take(size).cloned().collect();
    let cursor = org.cursors.keep(found.records);
    Reply::ok(json!({
        "totalSize": found.total,
        "done": false,
        "nextRecordsUrl": url(call, &cursor, size),
        "records": first,
    }))
}

fn next(org: &Org, call: &Call, cursor: &str, size: usize) -> Reply {
    let lost = || Reply::error(400, "INVALID_QUERY_LOCATOR", "invalid query locator");
    let Some((name, from)) = cursor.rsplit_once('-') else { return lost() };
    let Ok(from) = from.parse::<usize>() else { return lost() };
    let Some((records, total)) = org.cursors.page(name, from, size) else { return lost() };
    let reached = from + records.len();
    let mut body = json!({"totalSize": total, "done": reached >= total, "records": records});
    if reached < total {
        body["nextRecordsUrl"] = json!(url(call, name, reached));
    }
    Reply::ok(body)
}

fn url(call: &Call, cursor: &str, from: usize) -> String {
    let resource = call.path.first().map(String::as_str).unwrap_or("query");
    format!("/services/data/v{}/{resource}/{cursor}-{from}", call.version)
}
