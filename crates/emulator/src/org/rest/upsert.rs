//! `/sobjects/<O>/<external id field>/<value>`: one record by its key.

use http::Method;
use serde_json::{Value, json};

use super::call::{Call, Reply};
use super::{route, sobjects};
use crate::org::metadata::{FieldKind, ObjectDef};
use crate::org::records::{Transaction, Upserted};

/// `GET`, `PATCH` (upsert) and `DELETE`.
pub(super) fn by_key(
    tx: &mut Transaction<'_>,
    call: &Call,
    object: &ObjectDef,
    key: &str,
    value: &str,
) -> Reply {
    let field = match tx.external_id(object, key) {
        Ok(field) => field,
        Err(error) => return error.into(),
    };
    let value = match field.kind {
        FieldKind::Number { .. } => value.parse::<f64>().map_or(json!(value), |n| json!(n)),
        _ => json!(value),
    };
    if call.method == Method::PATCH {
        let mut fields = match route::fields(&call.body) {
            Ok(fields) => fields,
            Err(refused) => return refused,
        };
        // INFERRED: the code for naming the key twice.
        if fields.keys().any(|k| k.eq_ignore_ascii_case(&field.name)) {
            let message =
                format!("The {} field should not be specified in the sobject data.", field.name);
            return Reply::error(400, "INVALID_FIELD", message);
        }
        fields.remove("attributes");
        return match tx.upsert(object, field, &value, &fields, call.flag("updateOnly")) {
            Ok(Upserted::Created(id)) => sobjects::created(call, object, &id, true),
            Ok(Upserted::Updated(id)) => {
                Reply::ok(json!({"id": id, "success": true, "errors": [], "created": false}))
            }
            Ok(Upserted::Many(ids)) => several(call, object, &ids),
            Err(error) => error.into(),
        };
    }
    let hits = tx.with_key(object, field, &value);
    match (&call.method, hits.as_slice()) {
        (&Method::GET | &Method::DELETE, []) => Reply::not_found(),
        (&Method::GET | &Method::DELETE, [id]) => sobjects::record(tx, call, object, &id.clone()),
        (&Method::GET | &Method::DELETE, many) => several(call, object, many),
        _ => Reply::not_allowed(&call.method, "DELETE,GET,HEAD,PATCH"),
    }
}

/// 300: the addresses of all that have the key; nothing was done.
fn several(call: &Call, object: &ObjectDef, ids: &[String]) -> Reply {
    let urls: Vec<Value> = ids
        .iter()
        .map(|id| json!(format!("/services/data/v{}/sobjects/{}/{id}", call.version, object.name)))
        .collect();
    Reply::new(300, Value::Array(urls))
}
