//! Filter expressions of channel members: over `ChangeEventHeader.*` and record fields, with
//! `= != > < >= <= LIKE AND OR NOT` and brackets, at most ten fields. No `IN`.

mod parse;
mod scan;

use serde_json::Value;

pub use parse::FilterError;

use super::avro::millis;

/// Prefix of header fields in an expression.
pub const HEADER: &str = "ChangeEventHeader.";

/// A parsed expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// Both.
    And(Box<Filter>, Box<Filter>),
    /// Either.
    Or(Box<Filter>, Box<Filter>),
    /// Not.
    Not(Box<Filter>),
    /// One comparison.
    Compare {
        /// Field, header fields with their prefix.
        field: String,
        /// Operator.
        op: Op,
        /// What it is compared with.
        literal: Literal,
    },
}

/// An operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `LIKE`, with `%` and `_`.
    Like,
}

/// A literal.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// `'text'`
    Text(String),
    /// `12.5`
    Number(f64),
    /// `true`
    Flag(bool),
    /// `2026-01-01T00:00:00Z`, epoch milliseconds.
    Time(i64),
    /// `null`
    Null,
}

impl Filter {
    /// Reads an expression.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        parse::parse(text)
    }

    /// Record fields it looks at (not those of the header), each once.
    pub fn record_fields(&self) -> Vec<String> {
        let mut fields = Vec::new();
        self.each_field(&mut |field| {
            if !field.starts_with(HEADER) && !fields.iter().any(|f| f == field) {
                fields.push(field.to_string());
            }
        });
        fields
    }

    fn each_field(&self, found: &mut impl FnMut(&str)) {
        match self {
            Self::And(a, b) | Self::Or(a, b) => {
                a.each_field(found);
                b.each_field(found);
            }
            Self::Not(a) => a.each_field(found),
            Self::Compare { field, .. } => found(field),
        }
    }

    /// Whether an event passes; `read` gives a field's value, null if it has none.
    pub fn passes(&self, read: &impl Fn(&str) -> Value) -> bool {
        match self {
            Self::And(a, b) => a.passes(read) && b.passes(read),
            Self::Or(a, b) => a.passes(read) || b.passes(read),
            Self::Not(a) => !a.passes(read),
            Self::Compare { field, op, literal } => compare(&read(field), *op, literal),
        }
    }
}

/// A null check box counts as false; any other null is unequal to everything but `null`.
fn compare(value: &Value, op: Op, literal: &Literal) -> bool {
    let order = match (literal, value) {
        (Literal::Null, value) => {
            return match op {
                Op::Equal => value.is_null(),
                Op::NotEqual => !value.is_null(),
                _ => false,
            };
        }
        (Literal::Flag(flag), value) => {
            return match op {
                Op::Equal => value.as_bool().unwrap_or(false) == *flag,
                Op::NotEqual => value.as_bool().unwrap_or(false) != *flag,
                _ => false,
            };
        }
        (_, Value::Null) => return op == Op::NotEqual,
        // INFERRED: text compares without case, as in SOQL.
        (Literal::Text(text), value) => {
            let value = value.as_str().unwrap_or_default().to_lowercase();
            let text = text.to_lowercase();
            if op == Op::Like {
                return like(&value, &text);
            }
            Some(value.cmp(&text))
        }
        (Literal::Number(number), value) => value.as_f64().and_then(|v| v.partial_cmp(number)),
        (Literal::Time(at), value) => millis(value).map(|v| v.cmp(at)),
    };
    let Some(order) = order else { return op == Op::NotEqual };
    match op {
        Op::Equal => order.is_eq(),
        Op::NotEqual => order.is_ne(),
        Op::Less => order.is_lt(),
        Op::LessOrEqual => order.is_le(),
        Op::Greater => order.is_gt(),
        Op::GreaterOrEqual => order.is_ge(),
        Op::Like => false,
    }
}

/// `%` stands for any run of characters, `_` for one; a backslash takes their meaning away.
fn like(value: &str, pattern: &str) -> bool {
    let mut rest = pattern.chars();
    match rest.next() {
        None => value.is_empty(),
        Some('%') => {
            let pattern = rest.as_str();
            let ends = value.char_indices().map(|(at, _)| at).chain([value.len()]);
            ends.into_iter().any(|at| like(&value[at..], pattern))
        }
        Some(c) => {
            let literal = if c == '\\' { rest.next() } else { None };
            let mut chars = value.chars();
            let head = chars.next();
            let fits = match (literal, head) {
                (_, None) => false,
                (Some(literal), Some(head)) => literal == head,
                (None, Some(head)) => c == '_' || c == head,
            };
            fits && like(chars.as_str(), rest.as_str())
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, json};

    use super::*;

    fn passes(filter: &str, record: Value) -> bool {
        let record: Map<String, Value> = record.as_object().unwrap().clone();
        let filter = Filter::parse(filter).unwrap();
        filter.passes(&|field| record.get(field).cloned().unwrap_or(Value::Null))
    }

    #[test]
    fn only_deletes_pass_a_filter_against_create_and_update() {
        let filter = "ChangeEventHeader.changeType != 'CREATE' AND \
                      ChangeEventHeader.changeType != 'UPDATE'";
        for (kind, expected) in
            [("CREATE", false), ("UPDATE", false), ("DELETE", true), ("GAP_OVERFLOW", true)]
        {
            assert_eq!(passes(filter, json!({"ChangeEventHeader.changeType": kind})), expected);
        }
        assert!(Filter::parse(filter).unwrap().record_fields().is_empty());
    }

    #[test]
    fn a_missing_check_box_counts_as_false_but_missing_text_is_unequal() {
        assert!(passes("Quiet__c = false", json!({})));
        assert!(!passes("Quiet__c != false", json!({})));
        assert!(passes("Status__c != 'Live'", json!({})));
        assert!(!passes("Status__c = 'Live'", json!({})));
        assert!(!passes("Count__c < 5", json!({})));
        assert!(passes("Status__c = null", json!({})));
    }

    #[test]
    fn brackets_not_and_like_work_together() {
        let filter = "NOT (Name LIKE 'A%a' OR Count__c >= 2.5) AND At__c > 2026-01-01T00:00:00Z";
        let at = "2026-02-01T00:00:00Z";
        assert!(passes(filter, json!({"Name": "Berta", "Count__c": 1, "At__c": at})));
        assert!(!passes(filter, json!({"Name": "anna", "Count__c": 1, "At__c": at})));
        assert!(!passes(filter, json!({"Name": "Berta", "Count__c": 2.5, "At__c": at})));
        assert!(passes("Name LIKE '100\\\\%'", json!({"Name": "100%"})));
        assert!(passes("Name = 'O\\'Hara'", json!({"Name": "o'hara"})));
    }

    #[test]
    fn what_the_org_would_refuse_is_refused() {
        for bad in [
            "Status__c IN ('a','b')",
            "ChangeEventHeader.changedFields = 'a'",
            "ChangeEventHeader.colour = 'a'",
            "Status__c = 'open",
            "(Status__c = 'a'",
            "Status__c = 'a' Status__c = 'b'",
            "",
        ] {
            assert!(Filter::parse(bad).is_err(), "{bad}");
        }
        let many: Vec<String> = (0..11).map(|i| format!("F{i}__c = 1")).collect();
        assert!(Filter::parse(&many.join(" AND ")).is_err());
    }
}
