//! Judges the values of a save field by field: does the field exist, may this user set it, is the
//! value of its type, does it fit, does what it points to exist.

use serde_json::{Value, json};

use super::schema::no_such_column;
use super::{RecordError, Transaction, ids};
use crate::org::bus::Record;
use crate::org::metadata::{FieldDef, FieldKind, ObjectDef};
use crate::org::values;

/// What kind of save it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// A new record.
    Insert,
    /// An existing one.
    Update,
}

impl Transaction<'_> {
    /// The input under its proper names and in stored form.
    pub(super) fn assigned(
        &self,
        object: &ObjectDef,
        input: &Record,
        phase: Phase,
    ) -> Result<Record, RecordError> {
        let mut assigned = Record::new();
        let mut closed = Vec::new();
        for (name, value) in input.iter().filter(|(name, _)| *name != "attributes") {
            let (field, value) = match value {
                Value::Object(keys) => self.reference_by_key(object, name, keys)?,
                other => {
                    let field = self
                        .schema
                        .field(object, name)
                        .ok_or_else(|| no_such_column(&object.name, name))?;
                    (field, other.clone())
                }
            };
            let open = match phase {
                Phase::Insert => field.createable,
                Phase::Update => field.updateable,
            };
            if !open || !self.actor.edits(&object.name, field) {
                closed.push(field.name.clone());
                continue;
            }
            assigned.insert(field.name.clone(), self.value(field, &value)?);
        }
        if closed.is_empty() {
            return Ok(assigned);
        }
        Err(RecordError {
            code: "INVALID_FIELD_FOR_INSERT_UPDATE".into(),
            message: format!(
                "Unable to create/update fields: {}. Please check the security settings of this \
                 field and verify that it is read/write for your profile or permission set.",
                closed.join(", ")
            ),
            fields: closed,
        })
    }

    /// One value in stored form.
    ///
    /// INFERRED: what is taken for a value of another type: a number for a text, `"true"` for a
    /// check box, no value for an unchecked one, digits in quotes for a number.
    fn value(&self, field: &FieldDef, value: &Value) -> Result<Value, RecordError> {
        // Salesforce stores an empty text as no value.
        let empty = value.is_null() || value.as_str() == Some("");
        match &field.kind {
            FieldKind::Checkbox => match value {
                Value::Bool(_) => Ok(value.clone()),
                Value::String(s) if s.eq_ignore_ascii_case("true") => Ok(json!(true)),
                Value::String(s) if s.eq_ignore_ascii_case("false") => Ok(json!(false)),
                _ if empty => Ok(json!(false)),
                other => Err(not_a("boolean", other)),
            },
            _ if empty => Ok(Value::Null),
            FieldKind::Id => Err(RecordError::new("INVALID_FIELD", "Id cannot be set")),
            FieldKind::Text { length } | FieldKind::LongText { length } => {
                let text = match value {
                    Value::String(text) => text.clone(),
                    Value::Number(number) => number.to_string(),
                    other => return Err(not_a("string", other)),
                };
                if text.chars().count() > *length {
                    let message = format!(
                        "{}: data value too large: {text} (max length={length})",
                        label(&field.name)
                    );
                    return Err(RecordError::new("STRING_TOO_LONG", message).field(&field.name));
                }
                Ok(json!(text))
            }
            FieldKind::Number { precision, scale } => number(field, value, *precision, *scale),
            FieldKind::DateTime => value
                .as_str()
                .and_then(values::millis)
                .map(|ms| json!(values::stored(ms)))
                .ok_or_else(|| not_a("datetime", value)),
            FieldKind::Picklist { values } => match value.as_str() {
                Some(text) if values.iter().any(|v| v == text) => Ok(value.clone()),
                Some(text) => Err(RecordError::new(
                    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
                    format!(
                        "{}: bad value for restricted picklist field: {text}",
                        label(&field.name)
                    ),
                )
                .field(&field.name)),
                None => Err(not_a("string", value)),
            },
            FieldKind::Reference { to, .. } => self.reference(field, to, value),
        }
    }

    fn reference(
        &self,
        field: &FieldDef,
        to: &[String],
        value: &Value,
    ) -> Result<Value, RecordError> {
        let text = value.as_str().ok_or_else(|| not_a("string", value))?;
        let wrong = || {
            let message = format!("{}: id value of incorrect type: {text}", label(&field.name));
            RecordError::new("MALFORMED_ID", message).field(&field.name)
        };
        let id = ids::parse(text).ok_or_else(wrong)?;
        let object =
            self.schema.object_of(&id).filter(|o| to.contains(&o.name)).ok_or_else(wrong)?;
        match self.state.row(&object.name, &id) {
            None => {
                let error =
                    RecordError::new("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id");
                Err(error.field(&field.name))
            }
            // INFERRED: a lookup to a record in the Recycle Bin is refused with this code.
            Some(row) if row.is_deleted() => {
                Err(RecordError::new("ENTITY_IS_DELETED", "entity is deleted").field(&field.name))
            }
            Some(_) => Ok(json!(id)),
        }
    }

    /// Required fields that have no value.
    pub(super) fn complete(&self, object: &ObjectDef, fields: &Record) -> Result<(), RecordError> {
        let missing: Vec<String> = self
            .schema
            .fields(object)
            .into_iter()
            .filter(|f| f.required && fields.get(&f.name).is_none_or(Value::is_null))
            .map(|f| f.name.clone())
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        Err(RecordError {
            code: "REQUIRED_FIELD_MISSING".into(),
            message: format!("Required fields are missing: [{}]", missing.join(", ")),
            fields: missing,
        })
    }

    /// No other live record has the value of a unique field.
    pub(super) fn unique(
        &self,
        object: &ObjectDef,
        id: Option<&str>,
        fields: &Record,
    ) -> Result<(), RecordError> {
        let Some(table) = self.state.tables.get(&object.name) else { return Ok(()) };
        for field in self.schema.fields(object).into_iter().filter(|f| f.unique) {
            let Some(value) = fields.get(&field.name) else { continue };
            let other =
                table.find(field, value).into_iter().find(|other| Some(other.as_str()) != id);
            if let Some(other) = other {
                let message = format!(
                    "duplicate value found: {} duplicates value on record with id: {}",
                    field.name,
                    &other[..15]
                );
                return Err(RecordError::new("DUPLICATE_VALUE", message).field(&field.name));
            }
        }
        Ok(())
    }

    /// The validation rules of the object.
    pub(super) fn valid(
        &self,
        object: &ObjectDef,
        old: Option<&Record>,
        new: &Record,
    ) -> Result<(), RecordError> {
        let Some(rules) = self.schema.package.rules.get(&object.name) else { return Ok(()) };
        let permissions = self.actor.custom_permissions();
        let save = crate::org::formula::Save { new, old, permissions: &permissions };
        match rules.iter().find(|rule| save.refuses(&rule.condition)) {
            None => Ok(()),
            Some(rule) => {
                Err(RecordError::new("FIELD_CUSTOM_VALIDATION_EXCEPTION", rule.message.clone()))
            }
        }
    }
}

fn number(
    field: &FieldDef,
    value: &Value,
    precision: u32,
    scale: u32,
) -> Result<Value, RecordError> {
    let number = match value {
        Value::Number(n) => n.as_f64(),
        Value::String(s) => s.parse::<f64>().ok().filter(|n| n.is_finite()),
        _ => None,
    }
    .ok_or_else(|| not_a("double", value))?;
    let unit = 10f64.powi(scale as i32);
    let rounded = (number * unit).round() / unit;
    if rounded.abs() >= 10f64.powi(precision.saturating_sub(scale) as i32) {
        let message = format!(
            "{}: value outside of valid range on numeric field: {value}",
            label(&field.name)
        );
        return Err(RecordError::new("NUMBER_OUTSIDE_VALID_RANGE", message).field(&field.name));
    }
    // Salesforce answers custom numbers as doubles, whatever their scale.
    Ok(json!(rounded))
}

/// INFERRED: a value of the wrong JSON type fails the parse of the body, so a collection with
/// one such record is refused as a whole.
fn not_a(kind: &str, value: &Value) -> RecordError {
    let token = match value {
        Value::Null => "VALUE_NULL",
        Value::Bool(true) => "VALUE_TRUE",
        Value::Bool(false) => "VALUE_FALSE",
        Value::Number(n) if n.is_f64() => "VALUE_NUMBER_FLOAT",
        Value::Number(_) => "VALUE_NUMBER_INT",
        Value::String(_) => "VALUE_STRING",
        Value::Array(_) => "START_ARRAY",
        Value::Object(_) => "START_OBJECT",
    };
    RecordError::new(
        "JSON_PARSER_ERROR",
        format!("Cannot deserialize instance of {kind} from {token} value {value}"),
    )
}

/// A field's label as error messages show it.
fn label(field: &str) -> String {
    field.trim_end_matches("__c").replace('_', " ")
}
