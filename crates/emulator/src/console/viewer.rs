//! The developers' viewer: records, fields, events and limits of the emulated org, as they are.
//! No user's rights apply here; what is secret (keys, links) is hidden.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::words::{Words, kind};
use crate::apex::call::{long_id, quoted, told, told_of};
use crate::org::Org;
use crate::org::bus::{Bus, Seen};
use crate::org::metadata::{FieldDef, FieldKind, ObjectDef};

/// Fields nobody reads off a screen.
const SECRET: [&str; 5] = ["Key__c", "Host_Key__c", "Playback_Link__c", "key", "hostKey"];
/// Rows at most in one answer.
const MOST: usize = 200;

/// The viewer.
pub(super) struct Viewer {
    /// The org.
    pub(super) org: Arc<Org>,
    /// Its bus.
    pub(super) bus: Bus,
    /// Labels.
    pub(super) words: Words,
}

impl Viewer {
    /// All objects and events.
    pub(super) fn objects(&self) -> Value {
        let package = self.org.package();
        let records = package.metadata.objects.values().map(|object| (object, true));
        let events = package.metadata.events.values().map(|event| (event, false));
        let told: Vec<Value> = records
            .chain(events)
            .map(|(object, rows)| {
                json!({
                    "name": object.name,
                    "label": object.label,
                    "labelPlural": self.words.plural(object),
                    "plural": self.words.plural(object),
                    "custom": object.name.contains("__"),
                    "keyPrefix": object.key_prefix,
                    "count": if rows { self.org.count(&object.name) } else { 0 },
                    "nameField": rows.then_some("Name"),
                    "fields": self.fields(object),
                })
            })
            .collect();
        json!({"objects": told})
    }

    /// One object.
    pub(super) fn describe(&self, name: &str) -> Option<Value> {
        let package = self.org.package();
        let metadata = &package.metadata;
        let object = metadata.objects.get(name).or_else(|| metadata.events.get(name))?;
        let children: Vec<Value> = self
            .referring(name)
            .into_iter()
            .map(|(child, field)| {
                json!({
                    "object": child.name,
                    "field": field.name,
                    "relationship": self.words.children(&child, &field),
                })
            })
            .collect();
        Some(json!({
            "name": object.name,
            "label": object.label,
            "fields": self.fields(object),
            "children": children,
        }))
    }

    fn fields(&self, object: &ObjectDef) -> Vec<Value> {
        let told = object.fields.iter().map(|field| {
            let mut row = json!({
                "name": field.name,
                "label": self.words.field_label(&object.name, &field.name),
                "type": kind(field),
            });
            match &field.kind {
                FieldKind::Picklist { values } => {
                    row["values"] = json!(values);
                    row["picklist"] = json!(values);
                }
                FieldKind::Reference { to, .. } => {
                    row["referenceTo"] = json!(to);
                    row["childRelationship"] = json!(self.words.children(object, field));
                }
                _ => {}
            }
            row
        });
        told.collect()
    }

    /// Lookups that point to an object.
    fn referring(&self, name: &str) -> Vec<(ObjectDef, FieldDef)> {
        let package = self.org.package();
        let fields = package.metadata.objects.values().flat_map(|object| {
            object.fields.iter().filter_map(|field| match &field.kind {
                FieldKind::Reference { to, .. }
                    if to.iter().any(|to| to == name) && field.createable =>
                {
                    Some((object.clone(), field.clone()))
                }
                _ => None,
            })
        });
        fields.collect()
    }

    /// An object's records, newest first; with `related` only those whose field has this value.
    pub(super) fn records(
        &self,
        name: &str,
        related: Option<(&str, &str)>,
        most: Option<usize>,
    ) -> Option<Value> {
        let package = self.org.package();
        let object = package.metadata.objects.get(name)?;
        let condition = match related {
            Some((field, value)) if object.fields.iter().any(|f| f.name == field) => {
                format!("WHERE {field} = {} ", quoted(value))
            }
            Some(_) => return None,
            None => String::new(),
        };
        let most = most.unwrap_or(50).min(MOST);
        let rows = self.rows(object, &condition, most);
        let total = match related {
            None => self.org.count(name),
            Some(_) => rows.len(),
        };
        let names = self.names(object, &rows);
        let records: Vec<Value> = rows
            .iter()
            .map(|row| json!({"id": row["Id"], "name": row["Name"], "fields": row}))
            .collect();
        Some(json!({
            "object": name, "label": object.label, "total": total, "records": records,
            "names": names,
        }))
    }

    fn rows(&self, object: &ObjectDef, condition: &str, most: usize) -> Vec<Value> {
        let fields: Vec<&str> = object.fields.iter().map(|field| field.name.as_str()).collect();
        let soql = format!(
            "SELECT {} FROM {} {condition}ORDER BY CreatedDate DESC, Id DESC LIMIT {most}",
            fields.join(", "),
            object.name
        );
        let mut rows = self.org.query(&soql).unwrap_or_default();
        let times = object.fields.iter().filter(|field| field.kind == FieldKind::DateTime);
        for field in times {
            for row in &mut rows {
                row[&field.name] = told_of(row, &field.name);
            }
        }
        for row in &mut rows {
            if let Some(row) = row.as_object_mut() {
                row.remove("attributes");
            }
            hide(row);
        }
        rows
    }

    /// Names of the records that rows refer to, by id.
    fn names(&self, object: &ObjectDef, rows: &[Value]) -> BTreeMap<String, Value> {
        let references =
            object.fields.iter().filter(|f| matches!(f.kind, FieldKind::Reference { .. }));
        let ids = references.flat_map(|f| rows.iter().filter_map(|row| row[&f.name].as_str()));
        ids.map(|id| (id.to_string(), self.name_of(id))).collect()
    }

    fn name_of(&self, id: &str) -> Value {
        let found = self.object_of(id).and_then(|object| self.org.get(&object.name, id));
        found.and_then(|row| row.get("Name").cloned()).unwrap_or_default()
    }

    /// The object an id belongs to.
    pub(super) fn object_of(&self, id: &str) -> Option<ObjectDef> {
        let package = self.org.package();
        let mut objects = package.metadata.objects.values();
        objects.find(|object| id.starts_with(&object.key_prefix)).cloned()
    }

    /// One record with the first rows that refer to it.
    pub(super) fn record(&self, id: &str) -> Option<Value> {
        let id = long_id(id)?;
        let object = self.object_of(&id)?;
        let row = self.rows(&object, &format!("WHERE Id = {} ", quoted(&id)), 1).pop()?;
        let names = self.names(&object, std::slice::from_ref(&row));
        let fields: Vec<Value> = object
            .fields
            .iter()
            .map(|field| {
                let value = &row[&field.name];
                let refers = value
                    .as_str()
                    .filter(|text| matches!(text.len(), 15 | 18))
                    .and_then(long_id)
                    .and_then(|id| {
                        let object = self.object_of(&id)?;
                        self.org.get(&object.name, &id).map(|_| object.name)
                    });
                json!({
                    "name": field.name,
                    "label": self.words.field_label(&object.name, &field.name),
                    "type": kind(field),
                    "value": value,
                    "display": value.as_str().and_then(|id| names.get(id)).unwrap_or(value),
                    "refers": refers,
                })
            })
            .collect();
        let related: Vec<Value> = self
            .referring(&object.name)
            .into_iter()
            .filter(|(_, field)| field.name != "OwnerId")
            .map(|(child, field)| {
                let condition = format!("WHERE {} = {} ", field.name, quoted(&id));
                let rows = self.rows(&child, &condition, MOST);
                let records: Vec<Value> = rows
                    .iter()
                    .map(|row| json!({"id": row["Id"], "name": row["Name"], "fields": row}))
                    .collect();
                json!({
                    "object": child.name,
                    "label": self.words.plural(&child),
                    "field": field.name,
                    "relationship": self.words.children(&child, &field),
                    "count": records.len(),
                    "names": self.names(&child, &rows),
                    "records": records,
                })
            })
            .collect();
        Some(json!({
            "object": object.name, "label": object.label, "id": id, "name": row["Name"],
            "fields": fields, "related": related, "record": row, "names": names,
        }))
    }

    /// Events after a place, or the last ones.
    pub(super) fn events(&self, after: Option<u64>, most: Option<usize>) -> Value {
        let (next, seen) = self.bus.look(after, most.unwrap_or(MOST).min(MOST));
        json!({"next": next, "events": seen.into_iter().map(event).collect::<Vec<_>>()})
    }

    /// What the org may do in a day, and has done.
    pub(super) fn limits(&self) -> Value {
        let (used, limit) = self.org.api_usage();
        let deliveries = self.bus.usage();
        json!({
            "apiCalls": {"used": used, "limit": limit},
            "deliveries": {"used": deliveries.used, "limit": deliveries.limit},
            "events": {"told": self.bus.end()},
        })
    }
}

fn event(seen: Seen) -> Value {
    let mut fields = seen.fields;
    hide(&mut fields);
    if let Some(text) = fields.get("Payload__c").and_then(Value::as_str)
        && let Ok(mut payload) = serde_json::from_str::<Value>(text)
    {
        hide(&mut payload);
        fields["Payload__c"] = payload;
    }
    json!({
        "seq": seen.n,
        "n": seen.n,
        "at": told(Some(seen.at)),
        "channel": seen.channel,
        "name": seen.name,
        "schema": seen.name,
        "kind": if seen.change { "change" } else { "event" },
        "replayId": seen.replay_id,
        "fields": fields,
        "payload": fields,
    })
}

/// Puts a note in the place of each secret, however deep.
fn hide(value: &mut Value) {
    match value {
        Value::Object(fields) => hide_fields(fields),
        Value::Array(list) => list.iter_mut().for_each(hide),
        _ => {}
    }
}

fn hide_fields(fields: &mut Map<String, Value>) {
    for (name, value) in fields {
        match value {
            Value::String(text) if SECRET.contains(&name.as_str()) && !text.is_empty() => {
                *value = json!(format!("(hidden, {} characters)", text.chars().count()));
            }
            value => hide(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_links_are_hidden_wherever_they_stand() {
        let mut row = json!({
            "Key__c": "abc", "Name": "K-1", "Host_Key__c": null,
            "seats": [{"key": "secret", "hostKey": "more", "name": "Ann"}],
        });
        hide(&mut row);
        assert_eq!(
            row,
            json!({
                "Key__c": "(hidden, 3 characters)", "Name": "K-1", "Host_Key__c": null,
                "seats": [{
                    "key": "(hidden, 6 characters)", "hostKey": "(hidden, 4 characters)",
                    "name": "Ann",
                }],
            })
        );
    }
}
