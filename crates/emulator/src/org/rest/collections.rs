//! `/composite/sobjects`: up to 200 records a call. The results stand in request order, and the
//! call is answered with 200 even when every record failed.

use http::Method;
use serde_json::{Value, json};

use super::call::{Call, Reply};
use super::{events, sobjects};
use crate::org::bus::Record;
use crate::org::metadata::ObjectDef;
use crate::org::records::table::key;
use crate::org::records::{RecordError, Transaction, Upserted, ids};
use crate::org::soql;

/// Records in one call.
const MOST_RECORDS: usize = 200;
/// Runs of one type in one call.
const MOST_RUNS: usize = 10;
/// Records one call can read.
const MOST_READ: usize = 2_000;

/// `POST`, `PATCH`, `DELETE` of records of any types.
pub(super) fn many(tx: &mut Transaction<'_>, call: &Call) -> Reply {
    match call.method {
        Method::POST | Method::PATCH => {
            let update = call.method == Method::PATCH;
            write(tx, call, |tx, record| {
                let object = typed(tx, record)?;
                match object {
                    Target::Event(event) if !update => {
                        let fields = tx.event(event, record)?;
                        Ok(events::placeholder(tx.publish(&event.name, fields)))
                    }
                    Target::Object(object) if update => {
                        let id = record
                            .iter()
                            .find(|(name, _)| name.eq_ignore_ascii_case("Id"))
                            .and_then(|(_, v)| v.as_str())
                            .unwrap_or_default();
                        if id.is_empty() {
                            return Err(RecordError::new(
                                "MISSING_ARGUMENT",
                                "Id not specified in an update call",
                            ));
                        }
                        tx.update(object, id, record).map(|id| done(&id, None))
                    }
                    Target::Object(object) => tx.insert(object, record).map(|id| done(&id, None)),
                    // INFERRED: the code for an event that is to be updated.
                    Target::Event(event) => Err(RecordError::new(
                        "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
                        format!("entity type cannot be updated: {}", event.name),
                    )),
                }
            })
        }
        Method::DELETE => delete(tx, call),
        _ => Reply::not_allowed(&call.method, "DELETE,PATCH,POST"),
    }
}

/// `PATCH /composite/sobjects/<O>/<external id field>`: upserts records of one type.
pub(super) fn upsert(tx: &mut Transaction<'_>, call: &Call, name: &str, key_name: &str) -> Reply {
    if call.method != Method::PATCH {
        return Reply::not_allowed(&call.method, "PATCH");
    }
    let Some(object) = tx.schema().object(name) else { return Reply::not_found() };
    let field = match tx.external_id(object, key_name) {
        Ok(field) => field,
        Err(error) => return error.into(),
    };
    let value_of = |record: &Record| {
        let named = record.iter().find(|(name, _)| name.eq_ignore_ascii_case(&field.name));
        named.map(|(_, v)| v.clone()).unwrap_or(Value::Null)
    };
    // A key that stands twice in one call is refused wherever it stands.
    let keys: Vec<Option<String>> = records(call)
        .iter()
        .map(|r| r.as_object().and_then(|r| key(&value_of(r), field.case_sensitive)))
        .collect();
    write(tx, call, |tx, record| {
        if let Target::Object(other) = typed(tx, record)?
            && other.name != object.name
        {
            // INFERRED: the code for a record of another type than the address names.
            let message = format!("the records of this call must be of type {}", object.name);
            return Err(RecordError::new("INVALID_TYPE", message));
        }
        let value = value_of(record);
        let own = key(&value, field.case_sensitive);
        if own.is_some() && keys.iter().filter(|k| **k == own).count() > 1 {
            let message = format!("Duplicate external id specified: {}", own.unwrap_or_default());
            return Err(RecordError::new("DUPLICATE_VALUE", message).field(&field.name));
        }
        let mut rest = record.clone();
        rest.retain(|name, _| !name.eq_ignore_ascii_case(&field.name));
        match tx.upsert(object, field, &value, &rest, false)? {
            Upserted::Created(id) => Ok(done(&id, Some(true))),
            Upserted::Updated(id) => Ok(done(&id, Some(false))),
            Upserted::Many(ids) => Err(RecordError::new(
                "DUPLICATE_EXTERNAL_ID",
                format!("{} records have this {}", ids.len(), field.name),
            )
            .field(&field.name)),
        }
    })
}

/// `GET ?ids=&fields=` or `POST {ids, fields}` on one type: reads many records.
pub(super) fn of_type(tx: &mut Transaction<'_>, call: &Call, name: &str) -> Reply {
    let Some(object) = tx.schema().object(name) else { return Reply::not_found() };
    let list = |name: &str| -> Vec<String> {
        match (&call.method, call.body.get(name)) {
            (&Method::POST, Some(Value::Array(list))) => {
                list.iter().filter_map(Value::as_str).map(str::to_string).collect()
            }
            _ => call.parameter(name).unwrap_or_default().split(',').map(str::to_string).collect(),
        }
    };
    if call.method != Method::GET && call.method != Method::POST {
        return Reply::not_allowed(&call.method, "GET,POST");
    }
    let (ids, names) = (list("ids"), list("fields"));
    // INFERRED: reading too many is refused as writing too many is.
    if ids.len() > MOST_READ {
        return too_many(MOST_READ);
    }
    let fields = match sobjects::chosen(tx, object, Some(names.iter().map(String::as_str))) {
        Ok(fields) => fields,
        Err(error) => return error.into(),
    };
    let found: Vec<Value> = ids
        .iter()
        .map(|id| {
            let row = ids::parse(id).and_then(|id| tx.live(&object.name, &id));
            row.map_or(Value::Null, |row| soql::render(object, &fields, row, &call.version))
        })
        .collect();
    Reply::ok(Value::Array(found))
}

enum Target<'a> {
    Object(&'a ObjectDef),
    Event(&'a ObjectDef),
}

fn typed<'a>(tx: &Transaction<'a>, record: &Record) -> Result<Target<'a>, RecordError> {
    let name = type_of(record).unwrap_or_default();
    let schema = tx.schema();
    let target = schema.event(name).map(Target::Event);
    target.or_else(|| schema.object(name).map(Target::Object)).ok_or_else(|| {
        RecordError::new("INVALID_TYPE", format!("sObject type '{name}' is not supported."))
    })
}

fn type_of(record: &Record) -> Option<&str> {
    record.get("attributes")?.get("type")?.as_str()
}

fn records(call: &Call) -> &[Value] {
    call.body.get("records").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// Runs a write for each record of the body.
fn write(
    tx: &mut Transaction<'_>,
    call: &Call,
    mut one: impl FnMut(&mut Transaction<'_>, &Record) -> Result<Value, RecordError>,
) -> Reply {
    let Some(Value::Array(list)) = call.body.get("records") else {
        return Reply::error(400, "JSON_PARSER_ERROR", "the body must have a list of records");
    };
    if list.len() > MOST_RECORDS {
        return too_many(MOST_RECORDS);
    }
    let Some(list) = list.iter().map(Value::as_object).collect::<Option<Vec<_>>>() else {
        return Reply::error(400, "JSON_PARSER_ERROR", "a record must be a JSON object");
    };
    if list.iter().any(|r| type_of(r).is_none()) {
        // INFERRED: the code for a record without its type.
        return Reply::error(400, "INVALID_INPUT", "Include an entity type with each record");
    }
    let runs = list.windows(2).filter(|w| type_of(w[0]) != type_of(w[1])).count() + 1;
    // INFERRED: the code for more than ten runs of one type; documented is only the number.
    if runs > MOST_RUNS {
        let message = format!("at most {MOST_RUNS} runs of records of one type in one call");
        return Reply::error(400, "LIMIT_EXCEEDED", message);
    }
    let all_or_none = call.body.get("allOrNone") == Some(&Value::Bool(true));
    each(tx, all_or_none, list, |tx, record| one(tx, record))
}

fn delete(tx: &mut Transaction<'_>, call: &Call) -> Reply {
    let ids: Vec<&str> = call
        .parameter("ids")
        .unwrap_or_default()
        .split(',')
        .map(str::trim)
        .filter(|id| !id.is_empty())
        .collect();
    if ids.len() > MOST_RECORDS {
        return too_many(MOST_RECORDS);
    }
    each(tx, call.flag("allOrNone"), ids, |tx, id| {
        let malformed = || RecordError::new("MALFORMED_ID", format!("malformed id {id}"));
        let object =
            ids::parse(id).and_then(|id| tx.schema().object_of(&id)).ok_or_else(malformed)?;
        tx.delete(object, id).map(|id| done(&id, None))
    })
}

/// Does one thing after the other; with `all_or_none` the first failure takes all back.
fn each<T>(
    tx: &mut Transaction<'_>,
    all_or_none: bool,
    list: Vec<T>,
    mut one: impl FnMut(&mut Transaction<'_>, T) -> Result<Value, RecordError>,
) -> Reply {
    let before = tx.savepoint();
    let results: Vec<_> = list.into_iter().map(|item| one(tx, item)).collect();
    let unread = results.iter().find_map(|r| match r {
        Err(error) if error.code == "JSON_PARSER_ERROR" => Some(error.clone()),
        _ => None,
    });
    if let Some(error) = unread {
        tx.rollback(before);
        return error.into();
    }
    let failed = results.iter().any(Result::is_err);
    if failed && all_or_none {
        tx.rollback(before);
    }
    let shown: Vec<Value> = results
        .into_iter()
        .map(|result| match result {
            Ok(_) if failed && all_or_none => failure(&RecordError::new(
                "ALL_OR_NONE_OPERATION_ROLLED_BACK",
                "Record rolled back because not all records were valid and the request was using \
                 AllOrNone header",
            )),
            Ok(done) => done,
            Err(error) => failure(&error),
        })
        .collect();
    Reply::ok(Value::Array(shown))
}

fn done(id: &str, created: Option<bool>) -> Value {
    let mut result = json!({"id": id, "success": true, "errors": []});
    if let Some(created) = created {
        result["created"] = json!(created);
    }
    result
}

fn failure(error: &RecordError) -> Value {
    json!({"success": false, "errors": [error.in_result()]})
}

fn too_many(most: usize) -> Reply {
    let message =
        format!("record limit reached. cannot submit more than {most} records into this call");
    Reply::error(400, "EXCEEDED_ID_LIMIT", message)
}
