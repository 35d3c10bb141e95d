//! `/sobjects/<O>` and `/sobjects/<O>/<id>`: one record a call.

use http::Method;
use serde_json::json;

use super::call::{Call, Reply};
use super::{describe, events, route};
use crate::org::bus::Record;
use crate::org::metadata::{FieldDef, ObjectDef};
use crate::org::records::schema::no_such_column;
use crate::org::records::{RecordError, Transaction, ids};
use crate::org::soql;

/// `POST` inserts, `GET` tells about the object.
pub(super) fn object(tx: &mut Transaction<'_>, call: &Call, object: &ObjectDef) -> Reply {
    match call.method {
        Method::GET => {
            Reply::ok(json!({"objectDescribe": describe::short(tx, object), "recentItems": []}))
        }
        Method::POST => {
            let fields = match route::fields(&call.body) {
                Ok(fields) => fields,
                Err(refused) => return refused,
            };
            match tx.insert(object, &fields) {
                Ok(id) => created(call, object, &id, false),
                Err(error) => error.into(),
            }
        }
        _ => Reply::not_allowed(&call.method, "HEAD,GET,POST"),
    }
}

/// The answer for a new record; `told` adds `created`, as upserts do.
pub(super) fn created(call: &Call, object: &ObjectDef, id: &str, told: bool) -> Reply {
    let mut body = json!({"id": id, "success": true, "errors": []});
    if told {
        body["created"] = json!(true);
    }
    let location = format!("/services/data/v{}/sobjects/{}/{id}", call.version, object.name);
    Reply { location: Some(location), ..Reply::new(201, body) }
}

/// `POST` publishes a platform event.
pub(super) fn event(tx: &mut Transaction<'_>, call: &Call, name: &str) -> Reply {
    let Some(event) = tx.schema().event(name) else { return Reply::not_found() };
    if call.method != Method::POST {
        return Reply::not_allowed(&call.method, "POST");
    }
    let fields = match route::fields(&call.body) {
        Ok(fields) => fields,
        Err(refused) => return refused,
    };
    match tx.event(event, &fields) {
        Ok(fields) => {
            let place = tx.publish(&event.name, fields);
            Reply::new(201, events::placeholder(place))
        }
        Err(error) => error.into(),
    }
}

/// `GET`, `PATCH` and `DELETE` of one record.
pub(super) fn record(tx: &mut Transaction<'_>, call: &Call, object: &ObjectDef, id: &str) -> Reply {
    match call.method {
        Method::GET => read(tx, call, object, id),
        Method::PATCH => {
            let fields = match route::fields(&call.body) {
                Ok(fields) => fields,
                Err(refused) => return refused,
            };
            if fields.keys().any(|k| k.eq_ignore_ascii_case("Id")) {
                let message = "The Id field should not be specified in the sobject data.";
                return Reply::error(400, "INVALID_FIELD", message);
            }
            match tx.update(object, id, &fields) {
                Ok(_) => Reply::empty(204),
                Err(error) => by_id(error, id),
            }
        }
        Method::DELETE => match tx.delete(object, id) {
            Ok(_) => Reply::empty(204),
            Err(error) => by_id(error, id),
        },
        _ => Reply::not_allowed(&call.method, "DELETE,GET,HEAD,PATCH"),
    }
}

/// An id in the path that names nothing is a missing resource.
fn by_id(error: RecordError, id: &str) -> Reply {
    let about_path = match error.code.as_str() {
        "INVALID_CROSS_REFERENCE_KEY" => error.fields.is_empty(),
        "MALFORMED_ID" => error.fields == ["Id"],
        _ => false,
    };
    if about_path { missing(id) } else { error.into() }
}

fn missing(id: &str) -> Reply {
    let message = format!("Provided external ID field does not exist or is not accessible: {id}");
    Reply::error(404, "NOT_FOUND", message)
}

fn read(tx: &Transaction<'_>, call: &Call, object: &ObjectDef, id: &str) -> Reply {
    if !tx.actor().access(&object.name).read {
        return missing(id);
    }
    let found = ids::parse(id).and_then(|id| tx.live(&object.name, &id));
    match found {
        Some(row) => show(tx, call, object, row),
        None => missing(id),
    }
}

/// A record with the fields of the `fields` parameter, else with all the user may read.
pub(super) fn show(tx: &Transaction<'_>, call: &Call, object: &ObjectDef, row: &Record) -> Reply {
    match chosen(tx, object, call.parameter("fields").map(|list| list.split(','))) {
        Ok(fields) => Reply::ok(soql::render(object, &fields, row, &call.version)),
        Err(error) => error.into(),
    }
}

/// The named fields, or all.
pub(super) fn chosen<'o, 'n>(
    tx: &Transaction<'_>,
    object: &'o ObjectDef,
    names: Option<impl Iterator<Item = &'n str>>,
) -> Result<Vec<&'o FieldDef>, RecordError> {
    let readable = |field: &&FieldDef| tx.actor().reads(&object.name, field);
    let Some(names) = names else {
        return Ok(tx.schema().fields(object).into_iter().filter(readable).collect());
    };
    names
        .map(str::trim)
        .map(|name| {
            let field = tx.schema().field(object, name).filter(readable);
            field.ok_or_else(|| no_such_column(&object.name, name))
        })
        .collect()
}
