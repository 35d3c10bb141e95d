//! Evaluates a [`Formula`] for one save. A comparison with an empty value is neither true nor
//! false in Salesforce; as the outcome of a rule that means: do not refuse.

use std::cmp::Ordering;

use serde_json::Value;

use super::{Comparison, Formula, Operand};
use crate::org::bus::Record;
use crate::org::values;

/// The save a rule judges.
#[derive(Debug, Clone, Copy)]
pub struct Save<'a> {
    /// The record as it would be stored.
    pub new: &'a Record,
    /// As it was; none on insert.
    pub old: Option<&'a Record>,
    /// Custom permissions of the saving user.
    pub permissions: &'a [String],
}

impl Save<'_> {
    /// True if the rule refuses the save.
    pub fn refuses(&self, condition: &Formula) -> bool {
        self.value(condition) == Operand::Bool(true)
    }

    fn value(&self, formula: &Formula) -> Operand {
        match formula {
            Formula::Literal(value) => value.clone(),
            Formula::Field(name) => operand(self.new.get(name)),
            Formula::Permission(name) => Operand::Bool(self.permissions.contains(name)),
            Formula::And(parts) => {
                Operand::Bool(parts.iter().all(|p| self.value(p) == Operand::Bool(true)))
            }
            Formula::Or(parts) => {
                Operand::Bool(parts.iter().any(|p| self.value(p) == Operand::Bool(true)))
            }
            Formula::Not(inner) => match self.value(inner) {
                Operand::Bool(b) => Operand::Bool(!b),
                _ => Operand::Null,
            },
            Formula::Compare(how, left, right) => {
                compare(*how, &self.value(left), &self.value(right))
            }
            Formula::IsChanged(name) => Operand::Bool(
                self.old.is_some_and(|old| operand(old.get(name)) != operand(self.new.get(name))),
            ),
            Formula::PriorValue(name) => operand(self.old.unwrap_or(self.new).get(name)),
            Formula::IsNew => Operand::Bool(self.old.is_none()),
            Formula::IsBlank(inner) => Operand::Bool(match self.value(inner) {
                Operand::Null => true,
                Operand::Text(text) => text.is_empty(),
                _ => false,
            }),
        }
    }
}

fn operand(value: Option<&Value>) -> Operand {
    match value {
        Some(Value::Bool(b)) => Operand::Bool(*b),
        Some(Value::Number(n)) => n.as_f64().map_or(Operand::Null, Operand::Number),
        Some(Value::String(s)) => match values::millis(s) {
            Some(ms) => Operand::Number(ms as f64),
            None => Operand::Text(s.clone()),
        },
        _ => Operand::Null,
    }
}

fn compare(how: Comparison, left: &Operand, right: &Operand) -> Operand {
    // An empty text field equals "".
    let blank = |o: &Operand| matches!(o, Operand::Null) || *o == Operand::Text(String::new());
    let order = match (left, right) {
        (Operand::Number(a), Operand::Number(b)) => a.partial_cmp(b),
        (Operand::Text(a), Operand::Text(b)) => Some(a.cmp(b)),
        (Operand::Bool(a), Operand::Bool(b)) => Some(a.cmp(b)),
        _ if blank(left) && blank(right) => Some(Ordering::Equal),
        _ => None,
    };
    match (how, order) {
        (Comparison::Equal, Some(o)) => Operand::Bool(o == Ordering::Equal),
        (Comparison::Equal, None) => Operand::Bool(false),
        (Comparison::NotEqual, Some(o)) => Operand::Bool(o != Ordering::Equal),
        (Comparison::NotEqual, None) => Operand::Bool(true),
        (_, None) => Operand::Null,
        (Comparison::Less, Some(o)) => Operand::Bool(o == Ordering::Less),
        (Comparison::LessOrEqual, Some(o)) => Operand::Bool(o != Ordering::Greater),
        (Comparison::Greater, Some(o)) => Operand::Bool(o == Ordering::Greater),
        (Comparison::GreaterOrEqual, Some(o)) => Operand::Bool(o != Ordering::Less),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::parse;
    use super::*;

    fn refuses(formula: &str, old: Option<Value>, new: Value) -> bool {
        let map = |v: Value| v.as_object().cloned().unwrap_or_default();
        let (old, new) = (old.map(map), map(new));
        let save = Save { new: &new, old: old.as_ref(), permissions: &[] };
        save.refuses(&parse(formula).unwrap())
    }

    #[test]
    fn an_older_revision_is_refused_and_a_newer_one_is_not() {
        let rule = "ISCHANGED(Rev__c) && Rev__c < PRIORVALUE(Rev__c)";
        assert!(refuses(rule, Some(json!({"Rev__c": 5.0})), json!({"Rev__c": 4.0})));
        assert!(!refuses(rule, Some(json!({"Rev__c": 5.0})), json!({"Rev__c": 6.0})));
        assert!(!refuses(rule, Some(json!({"Rev__c": 5.0})), json!({"Rev__c": 5.0})));
        assert!(!refuses(rule, Some(json!({"Rev__c": null})), json!({"Rev__c": 4.0})));
        assert!(!refuses(rule, None, json!({"Rev__c": 4.0})));
    }

    #[test]
    fn dates_are_compared_as_times() {
        let rule = "AND(NOT(ISBLANK(End__c)), End__c < Start__c)";
        let at = |s: &str, e: &str| json!({"Start__c": s, "End__c": e});
        assert!(refuses(rule, None, at("2026-01-01T10:00:00.000Z", "2026-01-01T09:00:00.000Z")));
        assert!(!refuses(rule, None, at("2026-01-01T10:00:00.000Z", "2026-01-01T11:00:00.000Z")));
    }

    #[test]
    fn a_function_we_do_not_play_is_an_error() {
        assert!(parse("REGEX(Email__c, \"x\")").unwrap_err().contains("REGEX"));
    }
}
