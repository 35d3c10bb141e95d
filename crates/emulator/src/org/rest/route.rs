//! Which resource answers a call. Composite calls are taken apart before they come here.

use http::Method;
use serde_json::Value;

use super::call::{Call, Reply};
use super::{collections, describe, limits, query, sobjects, upsert};
use crate::org::Org;
use crate::org::records::Transaction;

/// Answers a call within a transaction.
pub(super) fn dispatch(org: &Org, tx: &mut Transaction<'_>, call: &Call) -> Reply {
    let segments: Vec<&str> = call.path.iter().map(String::as_str).collect();
    let get = call.method == Method::GET;
    match segments.as_slice() {
        [] if get => limits::resources(&call.version),
        ["limits"] if get => limits::limits(org),
        ["query", ..] | ["queryAll", ..] if get => query::answer(org, tx, call),
        ["sobjects"] if get => describe::global(tx, call),
        ["sobjects", event] if tx.schema().event(event).is_some() => {
            sobjects::event(tx, call, event)
        }
        ["sobjects", event, "describe"] if get && tx.schema().event(event).is_some() => {
            describe::event(tx, event)
        }
        ["sobjects", name, rest @ ..] => {
            let Some(object) = tx.schema().object(name) else { return Reply::not_found() };
            // INFERRED: an object its user may neither read nor create is not there.
            if !tx.actor().access(&object.name).read && !tx.actor().access(&object.name).create {
                return Reply::not_found();
            }
            match rest {
                [] => sobjects::object(tx, call, object),
                ["describe"] if get => Reply::ok(describe::object(tx, object)),
                ["Id" | "id"] if call.method == Method::POST => sobjects::object(tx, call, object),
                ["Id" | "id", id] | [id] => sobjects::record(tx, call, object, id),
                [key, value] => upsert::by_key(tx, call, object, key, value),
                _ => Reply::not_found(),
            }
        }
        ["composite", "sobjects"] => collections::many(tx, call),
        ["composite", "sobjects", name] => collections::of_type(tx, call, name),
        ["composite", "sobjects", name, key] => collections::upsert(tx, call, name, key),
        [] | ["limits"] | ["query", ..] | ["queryAll", ..] | ["sobjects"] => {
            Reply::not_allowed(&call.method, "GET")
        }
        _ => Reply::not_found(),
    }
}

/// The fields of a body.
pub(super) fn fields(body: &Value) -> Result<crate::org::bus::Record, Reply> {
    match body {
        Value::Object(fields) => Ok(fields.clone()),
        _ => Err(Reply::error(400, "JSON_PARSER_ERROR", "the body must be a JSON object")),
    }
}
