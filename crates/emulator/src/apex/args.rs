//! Arguments of a call, as Apex takes them: by name, of their type, absent ones null.

use serde_json::{Map, Value};

use super::call::{Answer, Refusal, long_id};
use crate::org::values;

/// Arguments by parameter name.
#[derive(Debug, Default)]
pub struct Args(pub Map<String, Value>);

impl Args {
    /// An id; a text that is none is refused before the method runs.
    pub fn id(&self, name: &str) -> Answer<Option<String>> {
        match self.text(name)? {
            None => Ok(None),
            Some(text) if text.is_empty() => Ok(None),
            Some(text) => long_id(&text).map(Some).ok_or_else(|| wrong(name, "Id")),
        }
    }

    /// An id, of no record if it is absent: the method will find none.
    pub fn some_id(&self, name: &str) -> Answer<String> {
        Ok(self.id(name)?.unwrap_or_default())
    }

    /// A text.
    pub fn text(&self, name: &str) -> Answer<Option<String>> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(wrong(name, "String")),
        }
    }

    /// A check mark; absent is no.
    pub fn flag(&self, name: &str) -> Answer<bool> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(_) => Err(wrong(name, "Boolean")),
        }
    }

    /// A time, epoch milliseconds; a number is taken for them.
    pub fn time(&self, name: &str) -> Answer<Option<i64>> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.is_empty() => Ok(None),
            Some(Value::String(text)) => {
                values::millis(text).map(Some).ok_or_else(|| wrong(name, "Datetime"))
            }
            Some(value) => value.as_i64().map(Some).ok_or_else(|| wrong(name, "Datetime")),
        }
    }
}

fn wrong(name: &str, kind: &str) -> Refusal {
    Refusal::Malformed(format!("the value of {name} is no {kind}"))
}
