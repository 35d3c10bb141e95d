//! Does a record meet a condition? Names and types are settled before the first record is looked
//! at, so that a query fails or succeeds whatever rows there are.

use std::cmp::Ordering;
use std::collections::HashSet;

use serde_json::Value;

use super::resolve::{self, Resolved};
use super::run::{column, value_of};
use super::{Condition, Literal, Operator};
use crate::org::bus::Record;
use crate::org::metadata::{FieldKind, ObjectDef};
use crate::org::records::{RecordError, Transaction, ids};
use crate::org::values;

/// A condition with its names settled.
pub(super) enum Judge<'a> {
    All(Vec<Judge<'a>>),
    Any(Vec<Judge<'a>>),
    Not(Box<Judge<'a>>),
    Compare(Resolved<'a>, Operator, Literal),
    Among(Resolved<'a>, bool, Vec<Literal>),
    AmongKeys(Resolved<'a>, bool, HashSet<String>),
}

impl<'a> Judge<'a> {
    /// Settles the names of a condition.
    pub(super) fn new(
        tx: &Transaction<'a>,
        object: &'a ObjectDef,
        condition: &Condition,
    ) -> Result<Judge<'a>, RecordError> {
        let settle = |parts: &[Condition]| {
            parts.iter().map(|c| Judge::new(tx, object, c)).collect::<Result<Vec<_>, _>>()
        };
        Ok(match condition {
            Condition::And(parts) => Judge::All(settle(parts)?),
            Condition::Or(parts) => Judge::Any(settle(parts)?),
            Condition::Not(inner) => Judge::Not(Box::new(Judge::new(tx, object, inner)?)),
            Condition::Compare(path, operator, literal) => {
                let field = filterable(resolve::field(tx, object, path)?)?;
                let literal = typed(&field, literal)?;
                Judge::Compare(field, *operator, literal)
            }
            Condition::In(path, not, list) => {
                let field = filterable(resolve::field(tx, object, path)?)?;
                let list = list.iter().map(|l| typed(&field, l)).collect::<Result<_, _>>()?;
                Judge::Among(field, *not, list)
            }
            Condition::InQuery(path, not, query) => {
                let field = filterable(resolve::field(tx, object, path)?)?;
                Judge::AmongKeys(field, *not, column(tx, query)?)
            }
        })
    }

    /// True if the record meets it.
    pub(super) fn holds(&self, tx: &Transaction<'_>, row: &Record) -> bool {
        match self {
            Judge::All(parts) => parts.iter().all(|p| p.holds(tx, row)),
            Judge::Any(parts) => parts.iter().any(|p| p.holds(tx, row)),
            Judge::Not(inner) => !inner.holds(tx, row),
            Judge::Compare(field, operator, literal) => {
                compare(&value_of(tx, field, row), *operator, literal, field.field.case_sensitive)
            }
            Judge::Among(field, not, list) => {
                let value = value_of(tx, field, row);
                let case = field.field.case_sensitive;
                *not != list.iter().any(|l| compare(&value, Operator::Equal, l, case))
            }
            Judge::AmongKeys(field, not, keys) => {
                *not != value_of(tx, field, row).as_str().is_some_and(|v| keys.contains(v))
            }
        }
    }
}

fn filterable(field: Resolved<'_>) -> Result<Resolved<'_>, RecordError> {
    if matches!(field.field.kind, FieldKind::LongText { .. }) {
        let message = format!("field '{}' can not be filtered in a query call", field.field.name);
        return Err(RecordError::new("INVALID_FIELD", message));
    }
    Ok(field)
}

/// The literal fits the field's type; ids in their long form.
fn typed(field: &Resolved<'_>, literal: &Literal) -> Result<Literal, RecordError> {
    let name = &field.field.name;
    let wrong = |kind: &str, end: &str| {
        let message =
            format!("value of filter criterion for field '{name}' must be of type {kind}{end}");
        Err(RecordError::new("INVALID_FIELD", message))
    };
    let quotes = match literal {
        Literal::Text(_) => " and should not be enclosed in quotes",
        _ => "",
    };
    match (&field.field.kind, literal) {
        (_, Literal::Null)
        | (FieldKind::DateTime, Literal::Time(_))
        | (FieldKind::Checkbox, Literal::Bool(_))
        | (FieldKind::Number { .. }, Literal::Number(_))
        | (
            FieldKind::Text { .. } | FieldKind::LongText { .. } | FieldKind::Picklist { .. },
            Literal::Text(_),
        ) => Ok(literal.clone()),
        (FieldKind::Id | FieldKind::Reference { .. }, Literal::Text(text)) => {
            match ids::parse(text) {
                Some(id) => Ok(Literal::Text(id)),
                None if text.is_empty() => Ok(Literal::Null),
                None => Err(RecordError::new(
                    "INVALID_QUERY_FILTER_OPERATOR",
                    format!("invalid ID field: {text}"),
                )),
            }
        }
        (FieldKind::DateTime, _) => wrong("dateTime", quotes),
        (FieldKind::Checkbox, _) => wrong("boolean", quotes),
        (FieldKind::Number { .. }, _) => wrong("double", quotes),
        _ => wrong("string", " and should be enclosed in quotes"),
    }
}

fn compare(value: &Value, operator: Operator, literal: &Literal, case_sensitive: bool) -> bool {
    let fold = |s: &str| if case_sensitive { s.to_string() } else { s.to_lowercase() };
    if let (Operator::Like, Literal::Text(pattern)) = (operator, literal) {
        let letters = |s: &str| s.to_lowercase().chars().collect::<Vec<_>>();
        return value.as_str().is_some_and(|v| like(&letters(v), &letters(pattern)));
    }
    let order = match (value, literal) {
        (Value::Null, Literal::Null) => Some(Ordering::Equal),
        (Value::Null, Literal::Text(text)) if text.is_empty() => Some(Ordering::Equal),
        (Value::Bool(a), Literal::Bool(b)) => Some(a.cmp(b)),
        (Value::Number(a), Literal::Number(b)) => a.as_f64().and_then(|a| a.partial_cmp(b)),
        (Value::String(a), Literal::Text(b)) => Some(fold(a).cmp(&fold(b))),
        (Value::String(a), Literal::Time(b)) => values::millis(a).map(|a| a.cmp(b)),
        _ => None,
    };
    match operator {
        Operator::Equal => order == Some(Ordering::Equal),
        // Empty fields are unequal to every value.
        Operator::NotEqual => order != Some(Ordering::Equal),
        Operator::Less => order == Some(Ordering::Less),
        Operator::LessOrEqual => matches!(order, Some(Ordering::Less | Ordering::Equal)),
        Operator::Greater => order == Some(Ordering::Greater),
        Operator::GreaterOrEqual => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
        Operator::Like => false,
    }
}

/// `%` is any text, `_` any one character; a backslash takes their power.
fn like(text: &[char], pattern: &[char]) -> bool {
    match pattern {
        [] => text.is_empty(),
        ['%', rest @ ..] => (0..=text.len()).any(|from| like(&text[from..], rest)),
        ['_', rest @ ..] => !text.is_empty() && like(&text[1..], rest),
        ['\\', c, rest @ ..] | [c, rest @ ..] => text.first() == Some(c) && like(&text[1..], rest),
    }
}
