//! From the JSON a record is kept in to Avro values, by the slot's shape.

use apache_avro::types::Value as Avro;
use serde_json::Value as Json;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::Shape;
use crate::org::bus::Record;

/// A value that does not fit its slot; the text says what was expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected {0}")]
pub struct Misfit(pub &'static str);

/// The Avro value of a scalar slot; `None` for null.
pub fn scalar(shape: &Shape, value: &Json) -> Result<Option<Avro>, Misfit> {
    Ok(Some(match (shape, value) {
        (_, Json::Null) => return Ok(None),
        (Shape::Text, Json::String(text)) => Avro::String(text.clone()),
        (Shape::Text, _) => return Err(Misfit("text")),
        (Shape::Number, Json::Number(number)) => {
            Avro::Double(number.as_f64().ok_or(Misfit("a number"))?)
        }
        (Shape::Number, _) => return Err(Misfit("a number")),
        (Shape::Flag, Json::Bool(flag)) => Avro::Boolean(*flag),
        (Shape::Flag, _) => return Err(Misfit("true or false")),
        (Shape::Time, value) => Avro::Long(millis(value).ok_or(Misfit("a date and time"))?),
        (Shape::PersonName(_), _) => return Err(Misfit("a name record")),
    }))
}

/// The value inside its `["null", T]` union.
pub fn nullable(value: Option<Avro>) -> Avro {
    match value {
        Some(value) => Avro::Union(1, Box::new(value)),
        None => Avro::Union(0, Box::new(Avro::Null)),
    }
}

/// The switchable name: a record as soon as one part has a value, else nothing.
pub fn person_name(parts: &[String], fields: &Record) -> Avro {
    let text = |part: &String| fields.get(part).and_then(Json::as_str);
    if parts.iter().all(|part| text(part).is_none()) {
        return nullable(None);
    }
    let record = parts
        .iter()
        .map(|part| (part.clone(), nullable(text(part).map(|t| Avro::String(t.to_string())))))
        .collect();
    Avro::Union(2, Box::new(Avro::Record(record)))
}

/// Epoch milliseconds of RFC 3339 text, of Salesforce's form of it (`+0000`, no colon), or of a
/// number that is milliseconds already.
pub fn millis(value: &Json) -> Option<i64> {
    if let Some(number) = value.as_i64() {
        return Some(number);
    }
    let text = value.as_str()?;
    let parse = |text: &str| OffsetDateTime::parse(text, &Rfc3339).ok();
    let at = parse(text).or_else(|| {
        let split = text.len().checked_sub(2)?;
        parse(&format!("{}:{}", text.get(..split)?, text.get(split..)?))
    })?;
    i64::try_from(at.unix_timestamp_nanos() / 1_000_000).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn both_ways_of_writing_an_offset_mean_the_same_moment() {
        let at = Some(1_767_225_600_123);
        assert_eq!(millis(&json!("2026-01-01T00:00:00.123Z")), at);
        assert_eq!(millis(&json!("2026-01-01T01:00:00.123+0100")), at);
        assert_eq!(millis(&json!(1_767_225_600_123_i64)), at);
        assert_eq!(millis(&json!("soon")), None);
    }

    #[test]
    fn a_number_does_not_fit_a_check_box() {
        assert_eq!(scalar(&Shape::Flag, &json!(1)), Err(Misfit("true or false")));
        assert_eq!(scalar(&Shape::Flag, &Json::Null), Ok(None));
    }
}
