//! `POST /composite`: up to 25 subrequests in one call, each answered under the outer 200. With
//! `allOrNone` they are one transaction; without it one each.

use http::Method;
use serde_json::{Value, json};

use super::call::{Call, Reply};
use super::reference::{self, Replies};
use super::{events, route};
use crate::faults::FaultKind;
use crate::org::Org;
use crate::org::records::error::RECORD_CODES;
use crate::org::records::{Actor, Transaction};

/// Subrequests in one call.
const MOST: usize = 25;
/// Queries and collections among them.
const MOST_HEAVY: usize = 5;

/// True for `/composite` itself.
pub(super) fn is_composite(call: &Call) -> bool {
    call.path == ["composite"]
}

/// A subrequest, its references still in it.
#[derive(Debug, Clone)]
struct Sub {
    method: Method,
    url: String,
    body: Value,
    name: String,
}

/// Runs a composite call.
pub(super) fn run(org: &Org, actor: &Actor, call: &Call) -> Reply {
    if call.method != Method::POST {
        return Reply::not_allowed(&call.method, "POST");
    }
    let subs = match subs(&call.body) {
        Ok(subs) => subs,
        Err(refused) => return refused,
    };
    let order = order(&call.body, &subs);
    let all_or_none = call.body.get("allOrNone") == Some(&Value::Bool(true));
    let replies = if all_or_none {
        together(org, actor, &subs, &order)
    } else {
        apart(org, actor, &subs, &order)
    };
    let shown: Vec<Value> = subs
        .iter()
        .zip(replies)
        .map(|(sub, reply)| {
            let reply = reply.unwrap_or_else(halted);
            let headers = match &reply.location {
                Some(location) => json!({"Location": location}),
                None => json!({}),
            };
            json!({
                "body": reply.body,
                "httpHeaders": headers,
                "httpStatusCode": reply.status,
                "referenceId": sub.name,
            })
        })
        .collect();
    Reply::ok(json!({"compositeResponse": shown}))
}

fn subs(body: &Value) -> Result<Vec<Sub>, Reply> {
    let list = body.get("compositeRequest").and_then(Value::as_array).ok_or_else(|| {
        Reply::error(400, "JSON_PARSER_ERROR", "the body must have a list compositeRequest")
    })?;
    // INFERRED: the code of both limits.
    if list.is_empty() || list.len() > MOST {
        let message = format!("A composite request has 1 to {MOST} subrequests");
        return Err(Reply::error(400, "LIMIT_EXCEEDED", message));
    }
    let mut subs: Vec<Sub> = Vec::new();
    for item in list {
        let text = |name: &str| item.get(name).and_then(Value::as_str).unwrap_or_default();
        let name = text("referenceId").to_string();
        let method = text("method").parse().ok();
        let (Some(method), false, false) = (method, name.is_empty(), text("url").is_empty()) else {
            // INFERRED: the code for a subrequest that lacks a part.
            let message = "A subrequest needs method, url and referenceId";
            return Err(Reply::error(400, "JSON_PARSER_ERROR", message));
        };
        if subs.iter().any(|sub| sub.name == name) {
            // INFERRED: the code for a referenceId that stands twice.
            let message = format!("Duplicate ReferenceId provided ({name})");
            return Err(Reply::error(400, "INVALID_INPUT", message));
        }
        let body = item.get("body").cloned().unwrap_or(Value::Null);
        subs.push(Sub { method, url: text("url").to_string(), body, name });
    }
    if subs.iter().filter(|s| heavy(s)).count() > MOST_HEAVY {
        let message =
            format!("At most {MOST_HEAVY} subrequests may be queries or sObject collections");
        return Err(Reply::error(400, "LIMIT_EXCEEDED", message));
    }
    Ok(subs)
}

fn heavy(sub: &Sub) -> bool {
    Call::new(sub.method.clone(), &without_references(&sub.url), Value::Null).is_some_and(|call| {
        matches!(call.resource().as_str(), "query" | "queryAll" | "composite/sobjects")
    })
}

/// A reference is no valid part of an address; for looking at its shape any text will do.
fn without_references(url: &str) -> String {
    url.replace("@{", "").replace('}', "")
}

/// In which order they run. Unless `collateSubrequests` is false, subrequests that do not refer to
/// each other may be gathered by method and resource.
///
/// INFERRED: how they are gathered; documented is only that unrelated ones may be reordered.
fn order(body: &Value, subs: &[Sub]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..subs.len()).collect();
    let related = subs.iter().any(|s| s.url.contains("@{") || reference::has_any(&s.body));
    if body.get("collateSubrequests") == Some(&Value::Bool(false)) || related {
        return order;
    }
    let kind = |sub: &Sub| {
        let call = Call::new(sub.method.clone(), &sub.url, Value::Null);
        let path = call.map(|c| c.path.into_iter().take(2).collect::<Vec<_>>());
        (sub.method.to_string(), path)
    };
    let kinds: Vec<_> = subs.iter().map(kind).collect();
    order.sort_by_key(|at| kinds.iter().position(|k| *k == kinds[*at]));
    order
}

/// One transaction each.
fn apart(org: &Org, actor: &Actor, subs: &[Sub], order: &[usize]) -> Vec<Option<Reply>> {
    let mut bodies = Replies::new();
    let mut replies: Vec<Option<Reply>> = vec![None; subs.len()];
    for &at in order {
        let sub = &subs[at];
        let reply = match filled(sub, &bodies, None) {
            Err(refused) => refused,
            Ok(call) => {
                let mut actor = actor.clone();
                actor.resources.push(call.resource());
                let (mut reply, published) = org.transact(&actor, |tx| one(org, tx, &call));
                events::settle(&mut reply, &published);
                reply
            }
        };
        remember(&mut bodies, sub, &reply);
        replies[at] = Some(reply);
    }
    replies
}

/// One transaction for all; a failure takes everything back.
fn together(org: &Org, actor: &Actor, subs: &[Sub], order: &[usize]) -> Vec<Option<Reply>> {
    let mut actor = actor.clone();
    for resource in subs.iter().filter_map(|s| {
        Call::new(s.method.clone(), &without_references(&s.url), Value::Null).map(|c| c.resource())
    }) {
        if !actor.resources.contains(&resource) {
            actor.resources.push(resource);
        }
    }
    let (mut replies, published) = org.transact(&actor, |tx| {
        let before = tx.savepoint();
        let mut bodies = Replies::new();
        let mut replies: Vec<Option<Reply>> = vec![None; subs.len()];
        for &at in order {
            let reply = match filled(&subs[at], &bodies, Some(true)) {
                Err(refused) => refused,
                Ok(call) => one(org, tx, &call),
            };
            remember(&mut bodies, &subs[at], &reply);
            // A failed record inside a collection fails the whole, too: the outer flag wins.
            let failed = reply.is_error() || has_failed_record(&reply);
            if failed {
                tx.rollback(before);
                replies.fill(None);
                // INFERRED: the status of the collection that failed.
                replies[at] = Some(Reply { status: reply.status.max(400), ..reply });
                break;
            }
            replies[at] = Some(reply);
        }
        replies
    });
    for reply in replies.iter_mut().flatten() {
        events::settle(reply, &published);
    }
    replies
}

fn one(org: &Org, tx: &mut Transaction<'_>, call: &Call) -> Reply {
    let whole = |kind: &FaultKind| match kind {
        FaultKind::Reject { code, .. } => !RECORD_CODES.contains(&code.as_str()),
        _ => false,
    };
    if let Some(FaultKind::Reject { status, code }) =
        org.faults.take_if("rest", &call.resource(), whole)
    {
        return Reply::error(status, &code, format!("{code} (ordered fault)"));
    }
    if is_composite(call) {
        return Reply::not_found();
    }
    route::dispatch(org, tx, call)
}

/// The call of a subrequest with its references filled.
fn filled(sub: &Sub, bodies: &Replies, all_or_none: Option<bool>) -> Result<Call, Reply> {
    // INFERRED: the code for a reference that leads nowhere.
    let nowhere = |path: String| {
        let message = format!("Invalid reference specified. No value for {path} found");
        Reply::error(400, "PROCESSING_HALTED", message)
    };
    let url = reference::filled_text(&sub.url, bodies).map_err(nowhere)?;
    let mut body = reference::filled(&sub.body, bodies).map_err(nowhere)?;
    if let (Some(flag), Value::Object(fields)) = (all_or_none, &mut body)
        && fields.contains_key("records")
    {
        fields.insert("allOrNone".into(), json!(flag));
    }
    Call::new(sub.method.clone(), &url, body).ok_or_else(Reply::not_found)
}

fn remember(bodies: &mut Replies, sub: &Sub, reply: &Reply) {
    if !reply.is_error()
        && let Some(body) = &reply.body
    {
        bodies.insert(sub.name.clone(), body.clone());
    }
}

fn has_failed_record(reply: &Reply) -> bool {
    let list = reply.body.as_ref().and_then(Value::as_array);
    list.is_some_and(|list| list.iter().any(|r| r.get("success") == Some(&json!(false))))
}

fn halted() -> Reply {
    Reply::error(
        400,
        "PROCESSING_HALTED",
        "The transaction was rolled back since another operation in the same transaction failed.",
    )
}
