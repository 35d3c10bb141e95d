//! One call of a component: who asks, in which language, and what Apex has at hand: queries,
//! writes with the user's permissions or in system mode, and commands to the bridge.
//!
//! Apex itself is not run: what the classes do is written again here, by their text. Sharing is
//! played for meetings and what belongs to them; all else is as public as the package needs it.

use std::sync::Arc;

use serde_json::{Value, json};

use super::gateway::Gateway;
use super::settings::Settings;
use super::texts::{Texts, filled};
use super::triggers::Triggers;
use crate::clock::Clock;
use crate::org::Org;
use crate::org::bus::Record;
use crate::org::records::{Actor, RecordError, ids};
use crate::org::values;

/// What all calls share.
pub struct Apex {
    /// The org.
    pub org: Arc<Org>,
    /// Its triggers' stand-in.
    pub triggers: Arc<Triggers>,
    /// The emulated world's time.
    pub clock: Clock,
    /// Labels.
    pub texts: Texts,
    /// The package's settings.
    pub settings: Settings,
}

/// Why a call was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// As an `AuraHandledException`: the text is for the person.
    #[error("{0}")]
    Said(String),
    /// The user's permission sets do not grant the class.
    #[error("you do not have access to the Apex class {0}")]
    Class(String),
    /// There is no such method, or an argument is not of its type.
    #[error("{0}")]
    Malformed(String),
}

/// The answer of a call.
pub type Answer<T = Value> = Result<T, Refusal>;

/// A call under way.
pub struct Call<'a> {
    /// What all calls share.
    pub apex: &'a Apex,
    /// Who asks.
    pub actor: Actor,
    /// Texts are asked for in German.
    pub german: bool,
}

impl Call<'_> {
    /// The asking user's id.
    pub fn me(&self) -> &str {
        &self.actor.id
    }

    /// Whether the user holds a custom permission.
    pub fn holds(&self, permission: &str) -> bool {
        self.actor.custom_permissions().iter().any(|held| held == permission)
    }

    /// A label's text.
    pub fn text(&self, label: &str) -> String {
        self.apex.texts.get(label, self.german)
    }

    /// A label's text with values in its places.
    pub fn filled(&self, label: &str, values: &[&str]) -> String {
        filled(&self.text(label), values)
    }

    /// Refuses with a label's text.
    pub fn refuse<T>(&self, label: &str) -> Answer<T> {
        Err(Refusal::Said(self.text(label)))
    }

    /// Refuses with a text, if there is one.
    pub fn require(&self, problem: Option<String>) -> Answer<()> {
        problem.map_or(Ok(()), |text| Err(Refusal::Said(text)))
    }

    /// What a refused write says to the person, by the rules of `ChimeAnswer`.
    pub fn shown(&self, error: &RecordError) -> Refusal {
        Refusal::Said(match error.code.as_str() {
            "FIELD_CUSTOM_VALIDATION_EXCEPTION" => error.message.clone(),
            "INSUFFICIENT_ACCESS_OR_READONLY"
            | "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY"
            | "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY" => self.text("Chime_Error_No_Access"),
            code => {
                tracing::warn!(code, "a write of the Apex stand-in was refused");
                self.text("Chime_Error_Unexpected")
            }
        })
    }

    /// The rows of a query in system mode.
    pub fn rows(&self, soql: &str) -> Answer<Vec<Value>> {
        self.apex.org.query(soql).map_err(|error| {
            tracing::error!(code = %error.code, message = %error.message, "a query of the Apex stand-in failed");
            Refusal::Said(self.text("Chime_Error_Unexpected"))
        })
    }

    /// The first row of a query.
    pub fn row(&self, soql: &str) -> Answer<Option<Value>> {
        Ok(self.rows(soql)?.into_iter().next())
    }

    /// Refuses, as a query in user mode does, where the user may not read the object.
    pub fn may_read(&self, object: &str) -> Answer<()> {
        if self.actor.access(object).read { Ok(()) } else { self.refuse("Chime_Error_No_Access") }
    }

    /// Inserts a row with the user's permissions.
    pub fn insert_as_user(&self, object: &str, record: Value) -> Result<String, RecordError> {
        let record = fields(record);
        self.apex.org.write_as(&self.actor, |tx| {
            let def = tx.schema().object(object).ok_or_else(|| no_object(object))?;
            tx.insert(def, &record)
        })
    }

    /// Inserts a row in system mode.
    pub fn insert(&self, object: &str, record: Value) -> Result<String, RecordError> {
        let record = fields(record);
        self.apex.org.in_system_mode(self.me(), |tx| {
            let def = tx.schema().object(object).ok_or_else(|| no_object(object))?;
            tx.insert(def, &record)
        })
    }

    /// Updates rows of an object in system mode, all or none.
    pub fn update(&self, object: &str, rows: Vec<(String, Value)>) -> Answer<()> {
        let done = self.apex.org.in_system_mode(self.me(), |tx| {
            let def = tx.schema().object(object).ok_or_else(|| no_object(object))?;
            rows.into_iter().try_for_each(|(id, row)| tx.update(def, &id, &fields(row)).map(drop))
        });
        done.map_err(|error| self.shown(&error))
    }

    /// Publishes a command; true if the bus took it.
    pub fn send(
        &self,
        action: &str,
        meeting: &str,
        target: Option<&str>,
        payload: Option<&Value>,
    ) -> bool {
        let gateway = Gateway::new(self.apex.org.clone(), &self.actor.username);
        let sent = gateway.command(action, meeting, target, payload);
        if let Err(error) = &sent {
            tracing::warn!(action, %error, "a command was not taken by the bus");
        }
        sent.is_ok()
    }

    /// Publishes a command, or refuses.
    pub fn send_or_fail(&self, action: &str, meeting: &str, target: Option<&str>) -> Answer<()> {
        match self.send(action, meeting, target, None) {
            true => Ok(()),
            false => self.refuse("Chime_Error_Not_Sent"),
        }
    }

    /// Now, epoch milliseconds.
    pub fn now(&self) -> i64 {
        self.apex.clock.now()
    }
}

fn no_object(name: &str) -> RecordError {
    RecordError::new("INVALID_TYPE", format!("no object {name}"))
}

fn fields(record: Value) -> Record {
    match record {
        Value::Object(fields) => fields,
        _ => Record::new(),
    }
}

/// A text field of a row, or of a row's parent (`Meeting__r.Name`); none if it is empty.
pub fn text<'v>(row: &'v Value, path: &str) -> Option<&'v str> {
    let found = path.split('.').try_fold(row, |value, step| value.get(step))?;
    found.as_str().filter(|text| !text.is_empty())
}

/// A number field as a whole number.
pub fn whole(row: &Value, field: &str) -> Option<i64> {
    row.get(field).and_then(Value::as_f64).map(|number| number as i64)
}

/// A time field, epoch milliseconds.
pub fn time(row: &Value, field: &str) -> Option<i64> {
    values::millis(text(row, field)?)
}

/// A time as a component gets it.
pub fn told(ms: Option<i64>) -> Value {
    ms.map_or(Value::Null, |ms| {
        let text = super::gateway::date(ms);
        // Three digits after the second always, as Salesforce writes them.
        match text.strip_suffix('Z') {
            Some(whole) if !whole.contains('.') => json!(format!("{whole}.000Z")),
            _ => json!(text),
        }
    })
}

/// A time field of a row as a component gets it.
pub fn told_of(row: &Value, field: &str) -> Value {
    told(time(row, field))
}

/// A text in quotes for a query.
pub fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// Ids in brackets for a query; a list that finds nothing, if there are none.
pub fn among<'i>(ids: impl IntoIterator<Item = &'i str>) -> String {
    let mut list: Vec<String> = ids.into_iter().map(quoted).collect();
    if list.is_empty() {
        list.push("'000000000000000AAA'".into());
    }
    format!("({})", list.join(","))
}

/// The long form of an id.
pub fn long_id(text: &str) -> Option<String> {
    ids::parse(text)
}
