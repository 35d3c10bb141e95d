//! Platform events published through REST. They go to the bus when the transaction has committed;
//! until then a placeholder stands in the reply.

use serde_json::{Value, json};

use super::call::Reply;
use crate::org::bus::{PublishError, Published};
use crate::org::records::RecordError;

const PLACE: &str = "\u{1}event";

/// Stands for the result of the n-th event of the transaction.
pub(super) fn placeholder(place: usize) -> Value {
    json!({PLACE: place})
}

/// Puts the results in place of the placeholders.
pub(super) fn settle(reply: &mut Reply, published: &[Result<Published, PublishError>]) {
    let Some(body) = &mut reply.body else { return };
    if let Some(Err(error)) = place(body).and_then(|n| published.get(n)) {
        *reply = event_error(error).into();
        return;
    }
    fill(body, published);
}

fn place(value: &Value) -> Option<usize> {
    value.get(PLACE)?.as_u64().map(|n| n as usize)
}

fn fill(value: &mut Value, published: &[Result<Published, PublishError>]) {
    if let Some(done) = place(value).and_then(|n| published.get(n)) {
        *value = match done {
            // Salesforce answers with one and the same id for every event.
            Ok(event) => json!({
                "id": "e01xx0000000001AAA",
                "success": true,
                "errors": [{
                    "statusCode": "OPERATION_ENQUEUED", "message": event.uuid, "fields": [],
                }],
            }),
            Err(error) => json!({"success": false, "errors": [event_error(error).in_result()]}),
        };
        return;
    }
    match value {
        Value::Array(list) => list.iter_mut().for_each(|v| fill(v, published)),
        Value::Object(map) => map.values_mut().for_each(|v| fill(v, published)),
        _ => {}
    }
}

/// INFERRED: the codes of what the bus refuses.
pub(crate) fn event_error(error: &PublishError) -> RecordError {
    let code = match error {
        PublishError::UnknownEvent(_) => "INVALID_TYPE",
        PublishError::UnknownField { .. } => "INVALID_FIELD",
        PublishError::BadValue { .. } => "INVALID_TYPE_ON_FIELD_IN_RECORD",
        PublishError::MissingField { .. } => "REQUIRED_FIELD_MISSING",
        PublishError::TooLarge { .. } => "LIMIT_EXCEEDED",
    };
    RecordError::new(code, error.to_string())
}
