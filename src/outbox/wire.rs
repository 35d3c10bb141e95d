//! The wire's side of a batch: rows → sub-requests, answers → findings. Pure.

use serde_json::{Map, Value, json};

use super::batch::{Batch, Finding, Kind, Part, Secrets, secret_name};
use crate::outbox::row::{Change, Operation, RecordKey};
use crate::outbox::verdict::{self, Verdict};
use crate::salesforce::rest::composite::{Answer, Call};
use crate::salesforce::rest::names::Namespace;
use crate::salesforce::rest::query::{list, percent};
use crate::salesforce::rest::record::{RecordError, RecordResult};

impl Batch {
    /// The sub-requests.
    pub fn calls(&self, namespace: &Namespace, secrets: &Secrets) -> Vec<Call> {
        self.parts.iter().map(|part| self.call(part, namespace, secrets)).collect()
    }

    fn call(&self, part: &Part, namespace: &Namespace, secrets: &Secrets) -> Call {
        let changes = || part.rows.iter().map(|n| &self.rows[*n].change);
        let collection = |path: String| Call {
            method: "PATCH",
            path,
            body: Some(json!({
                "allOrNone": false,
                "records": changes()
                    .map(|change| self.record(change, true, namespace, secrets))
                    .collect::<Vec<_>>(),
            })),
        };
        match &part.kind {
            Kind::Update => collection("/composite/sobjects".into()),
            Kind::Upsert { object, field, .. } => collection(format!(
                "/composite/sobjects/{}/{}",
                namespace.outward(object),
                namespace.outward(field)
            )),
            Kind::DeleteIds => {
                let ids: Vec<&str> = changes().map(|change| change.key.value()).collect();
                let path = format!("/composite/sobjects?allOrNone=false&ids={}", ids.join(","));
                Call { method: "DELETE", path, body: None }
            }
            Kind::Find { object, field } => {
                let values = changes().map(|change| change.key.value());
                find(object, field, values, namespace)
            }
            Kind::Single => {
                let change = &self.rows[part.rows[0]].change;
                let object = namespace.outward(&change.object);
                let path = match &change.key {
                    RecordKey::Id(id) => format!("/sobjects/{object}/{}", percent(id)),
                    RecordKey::External { field, value } => format!(
                        "/sobjects/{object}/{}/{}",
                        namespace.outward(field),
                        percent(value)
                    ),
                };
                match (change.operation, &change.key) {
                    (Operation::DeleteBy, RecordKey::External { field, value }) => {
                        find(&change.object, field, std::iter::once(value.as_str()), namespace)
                    }
                    (Operation::Delete | Operation::DeleteBy, _) => {
                        Call { method: "DELETE", path, body: None }
                    }
                    (Operation::Write, _) => Call {
                        method: "PATCH",
                        path,
                        body: Some(self.record(change, false, namespace, secrets)),
                    },
                }
            }
        }
    }

    /// The record's JSON. In a collection it names its type and key; alone its URL does.
    fn record(
        &self,
        change: &Change,
        in_collection: bool,
        namespace: &Namespace,
        secrets: &Secrets,
    ) -> Value {
        let mut record = Map::new();
        if in_collection {
            let object = namespace.outward(&change.object);
            record.insert("attributes".into(), json!({ "type": object }));
            match &change.key {
                RecordKey::Id(id) => record.insert("id".into(), json!(id)),
                RecordKey::External { field, value } => {
                    record.insert(namespace.outward(field), json!(value))
                }
            };
        }
        for (name, value) in &change.fields {
            if self.missing.contains(&(change.object.clone(), name.clone())) {
                continue;
            }
            let value = match secret_name(value) {
                Some(secret) => match secrets.get(secret) {
                    Some(Some(open)) => json!(open.expose()),
                    // Dropped meanwhile: the truth is now that there is none.
                    _ => Value::Null,
                },
                None => value.clone(),
            };
            record.insert(namespace.outward(name), value);
        }
        Value::Object(record)
    }

    /// Reads the answers: one finding a row, in the order of [`Self::rows`]. A row that was left
    /// out keeps [`Finding::Again`].
    pub fn read(&self, answers: &[Answer], namespace: &Namespace) -> Vec<Finding> {
        let mut findings = vec![Finding::Again; self.rows.len()];
        for (part, answer) in self.parts.iter().zip(answers) {
            for (n, finding) in part.rows.iter().zip(self.read_part(part, answer, namespace)) {
                findings[*n] = finding;
            }
        }
        findings
    }

    fn read_part(&self, part: &Part, answer: &Answer, namespace: &Namespace) -> Vec<Finding> {
        let done = (200..300).contains(&answer.status);
        if done && let Some(found) = self.found(part, answer, namespace) {
            return found;
        }
        if part.kind == Kind::Single {
            return vec![Finding::Verdict(self.read_single(part.rows[0], done, answer, namespace))];
        }
        if done {
            let results = RecordResult::all_of(&answer.body, namespace)
                .filter(|results| results.len() == part.rows.len());
            return match results {
                Some(results) => part
                    .rows
                    .iter()
                    .zip(&results)
                    .map(|(n, result)| {
                        Finding::Verdict(verdict::on_record(self.rows[*n].change.operation, result))
                    })
                    .collect(),
                None => vec![again_later("UNREADABLE"); part.rows.len()],
            };
        }
        self.read_failed(part, answer, namespace)
    }

    /// Ids of what is to be deleted, row by row; `None` if the part asked for none.
    fn found(&self, part: &Part, answer: &Answer, namespace: &Namespace) -> Option<Vec<Finding>> {
        let change = |n: &usize| &self.rows[*n].change;
        let first = change(part.rows.first()?);
        let RecordKey::External { field, .. } = &first.key else { return None };
        if first.operation != Operation::DeleteBy {
            return None;
        }
        let body = namespace.answer_inward(answer.body.clone());
        let Some(records) = body.get("records").and_then(Value::as_array) else {
            return Some(vec![again_later("UNREADABLE"); part.rows.len()]);
        };
        let ids_of = |value: &str| {
            let own =
                records.iter().filter(|r| r.get(field).and_then(Value::as_str) == Some(value));
            own.filter_map(|r| r.get("Id")?.as_str().map(String::from)).collect()
        };
        let rows = part.rows.iter().map(|n| ids_of(change(n).key.value()));
        Some(rows.map(|ids| Finding::Verdict(Verdict::Found { ids })).collect())
    }

    /// The collection as a whole was refused: no row of it was done.
    fn read_failed(&self, part: &Part, answer: &Answer, namespace: &Namespace) -> Vec<Finding> {
        let error =
            RecordError::all_of(&answer.body, namespace).into_iter().next().unwrap_or_default();
        match verdict::on_error(Operation::Write, &error) {
            Verdict::Retry { code } => vec![again_later(&code); part.rows.len()],
            _ if answer.status >= 500 => vec![again_later(&error.code); part.rows.len()],
            Verdict::DropField { object, field } => {
                let guilty = |n: &usize| {
                    let named = &self.rows[*n].change.object;
                    object.as_ref().is_none_or(|o| o == named) && self.sent_field(*n, &field)
                };
                if !part.rows.iter().any(guilty) {
                    return vec![Finding::Suspect; part.rows.len()];
                }
                let drop = Verdict::DropField { object: object.clone(), field: field.clone() };
                let each = part.rows.iter();
                each.map(
                    |n| {
                        if guilty(n) { Finding::Verdict(drop.clone()) } else { Finding::Again }
                    },
                )
                .collect()
            }
            // Also NOT_FOUND: for a collection it means the object or the field, not a record.
            _ => vec![Finding::Suspect; part.rows.len()],
        }
    }

    fn read_single(
        &self,
        row: usize,
        done: bool,
        answer: &Answer,
        namespace: &Namespace,
    ) -> Verdict {
        if done {
            return Verdict::Told;
        }
        let change = &self.rows[row].change;
        let mut error =
            RecordError::all_of(&answer.body, namespace).into_iter().next().unwrap_or_default();
        if answer.status == 404 && error.code.is_empty() {
            error.code = "NOT_FOUND".into();
        }
        if answer.status >= 500 || error.code.is_empty() {
            return Verdict::Retry { code: format!("HTTP_{} {}", answer.status, error.code) };
        }
        let upsert = change.operation == Operation::Write
            && matches!(change.key, RecordKey::External { .. });
        match verdict::on_error(change.operation, &error) {
            // An upsert makes what is not there: here the object or its key field is missing.
            Verdict::Gone { code } if upsert && code == "NOT_FOUND" => Verdict::Refused {
                text: format!("the org has no {} with this external id field", change.object),
                code,
            },
            verdict => verdict,
        }
    }
}

/// A query for the records whose field holds one of these values.
fn find<'a>(
    object: &str,
    field: &str,
    values: impl Iterator<Item = &'a str>,
    namespace: &Namespace,
) -> Call {
    let soql = format!("SELECT Id, {field} FROM {object} WHERE {field} IN {}", list(values));
    let path = format!("/query?q={}", percent(&namespace.query_outward(&soql)));
    Call { method: "GET", path, body: None }
}

pub(super) fn again_later(code: &str) -> Finding {
    Finding::Verdict(Verdict::Retry { code: code.to_string() })
}
