//! Describes objects and fields as far as clients look at them.

use serde_json::{Value, json};

use super::call::{Call, Reply};
use crate::org::metadata::{FieldDef, FieldKind, ObjectDef};
use crate::org::records::Transaction;

/// `GET /sobjects`.
pub(super) fn global(tx: &Transaction<'_>, call: &Call) -> Reply {
    let metadata = &tx.schema().package.metadata;
    let list: Vec<Value> = metadata
        .objects
        .values()
        .chain(metadata.events.values())
        .filter(|o| tx.actor().access(&o.name).read)
        .map(|object| {
            let mut described = short(tx, object);
            let url = format!("/services/data/v{}/sobjects/{}", call.version, object.name);
            described["urls"] = json!({
                "sobject": url,
                "describe": format!("{url}/describe"),
                "rowTemplate": format!("{url}/{{ID}}"),
            });
            described
        })
        .collect();
    Reply::ok(json!({"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": list}))
}

/// What both descriptions begin with.
pub(super) fn short(tx: &Transaction<'_>, object: &ObjectDef) -> Value {
    let access = tx.actor().access(&object.name);
    let event = object.name.ends_with("__e");
    json!({
        "name": object.name,
        "label": object.label,
        "labelPlural": object.label,
        "keyPrefix": object.key_prefix,
        "custom": object.name.contains("__"),
        "createable": access.create,
        "updateable": access.edit && !event,
        "deletable": access.delete && !event,
        "undeletable": access.delete && !event,
        "queryable": access.read && !event,
        "retrieveable": access.read && !event,
        "searchable": false,
        "deprecatedAndHidden": false,
    })
}

/// `GET /sobjects/<Event>/describe`.
pub(super) fn event(tx: &Transaction<'_>, name: &str) -> Reply {
    match tx.schema().event(name) {
        Some(event) => Reply::ok(object(tx, event)),
        None => Reply::not_found(),
    }
}

/// `GET /sobjects/<O>/describe`.
pub(super) fn object(tx: &Transaction<'_>, object: &ObjectDef) -> Value {
    let mut described = short(tx, object);
    let fields: Vec<Value> = tx
        .schema()
        .fields(object)
        .into_iter()
        .filter(|f| tx.actor().reads(&object.name, f))
        .map(|f| field(tx, object, f))
        .collect();
    described["fields"] = json!(fields);
    described["childRelationships"] = json!([]);
    described["recordTypeInfos"] = json!([]);
    described
}

fn field(tx: &Transaction<'_>, object: &ObjectDef, field: &FieldDef) -> Value {
    let (kind, soap) = match &field.kind {
        FieldKind::Id => ("id", "tns:ID"),
        FieldKind::Reference { .. } => ("reference", "tns:ID"),
        FieldKind::Text { .. } => ("string", "xsd:string"),
        FieldKind::LongText { .. } => ("textarea", "xsd:string"),
        FieldKind::Number { .. } => ("double", "xsd:double"),
        FieldKind::Checkbox => ("boolean", "xsd:boolean"),
        FieldKind::DateTime => ("datetime", "xsd:dateTime"),
        FieldKind::Picklist { .. } => ("picklist", "xsd:string"),
    };
    let length = match &field.kind {
        FieldKind::Text { length } | FieldKind::LongText { length } => *length,
        FieldKind::Picklist { .. } => 255,
        FieldKind::Id | FieldKind::Reference { .. } => 18,
        _ => 0,
    };
    let (precision, scale) = match field.kind {
        FieldKind::Number { precision, scale } => (precision, scale),
        _ => (0, 0),
    };
    let values: Vec<Value> = match &field.kind {
        FieldKind::Picklist { values } => values
            .iter()
            .map(|v| json!({"active": true, "defaultValue": false, "label": v, "value": v}))
            .collect(),
        _ => Vec::new(),
    };
    let (to, cascade) = match &field.kind {
        FieldKind::Reference { to, master, .. } => (to.clone(), *master),
        _ => (Vec::new(), false),
    };
    let relationship = match field.name.strip_suffix("__c") {
        _ if to.is_empty() => None,
        Some(stem) => Some(format!("{stem}__r")),
        None => field.name.strip_suffix("Id").map(str::to_string),
    };
    let edits = tx.actor().edits(&object.name, field);
    json!({
        "name": field.name,
        "label": field.name.trim_end_matches("__c").replace('_', " "),
        "type": kind,
        "soapType": soap,
        "length": length,
        "byteLength": length * 3,
        "precision": precision,
        "scale": scale,
        "custom": field.name.ends_with("__c"),
        "nillable": !field.required && !matches!(field.kind, FieldKind::Checkbox | FieldKind::Id),
        "createable": field.createable && edits,
        "updateable": field.updateable && edits,
        "unique": field.unique,
        "caseSensitive": field.case_sensitive,
        "externalId": field.external_id,
        "idLookup": field.external_id || field.kind == FieldKind::Id,
        "nameField": field.name == "Name",
        "filterable": !matches!(field.kind, FieldKind::LongText { .. }),
        "sortable": !matches!(field.kind, FieldKind::LongText { .. }),
        "restrictedPicklist": !values.is_empty(),
        "picklistValues": values,
        "referenceTo": to,
        "relationshipName": relationship,
        "cascadeDelete": cascade,
        "defaultedOnCreate": matches!(field.kind, FieldKind::Checkbox),
        "calculated": false,
        "deprecatedAndHidden": false,
    })
}
