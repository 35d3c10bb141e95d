//! A schema ready for decoding. `apache-avro` reads the schema text; this file turns it into a
//! small tree with every named type in one table, so that decoding looks nothing up by name and a
//! type that refers to itself is harmless.

use std::collections::HashMap;

use apache_avro::Schema;
use serde_json::Value;

use super::error::{Error, Result};

/// Deepest nesting taken. Change events need four levels.
const DEEPEST: usize = 32;

/// What a value looks like on the wire.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// No bytes.
    Null,
    /// One byte.
    Boolean,
    /// Zigzag number that fits 32 bits.
    Int,
    /// Zigzag number of 64 bits.
    Long,
    /// Four bytes.
    Float,
    /// Eight bytes.
    Double,
    /// Length and bytes.
    Bytes,
    /// Length and UTF-8.
    Text,
    /// So many bytes.
    Fixed(usize),
    /// Index into these words.
    Enumeration(Vec<String>),
    /// Blocks of items.
    List(Box<Shape>),
    /// Blocks of text keys and values.
    Map(Box<Shape>),
    /// Index, then that branch.
    Choice(Vec<Shape>),
    /// Fields one after the other.
    Record(Record),
    /// A named type: index into the schema's table.
    Named(usize),
}

/// A record type.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Record {
    /// Name without the Avro namespace, such as `Chime_Command__e`.
    pub name: String,
    /// Fields in wire order.
    pub fields: Vec<(String, Shape)>,
}

/// The schema of an event. A text that cannot be read is kept too: the event it belongs to can
/// then be put aside with it, and tried again by a later version.
#[derive(Debug)]
pub struct EventSchema {
    id: String,
    json: String,
    table: Vec<Shape>,
    root: std::result::Result<usize, String>,
}

impl EventSchema {
    /// Reads a schema text. Never fails; see [`EventSchema::root`].
    pub fn parse(id: impl Into<String>, json: impl Into<String>) -> Self {
        let (id, json) = (id.into(), json.into());
        let mut builder = Builder::default();
        let root = serde_json::from_str(&json)
            .map_err(|error| short(&error.to_string()))
            .and_then(|text: Value| well_named(&text).map(|()| text))
            .and_then(|text| Schema::parse(&text).map_err(|error| short(&error.to_string())))
            .and_then(|avro| builder.shape(&avro, &None, 0))
            .and_then(|shape| match shape {
                Shape::Named(at) if matches!(builder.table.get(at), Some(Shape::Record(_))) => {
                    Ok(at)
                }
                _ => Err("it is not a record".to_string()),
            });
        Self { id, json, table: builder.table, root }
    }

    /// The id the org gave it.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Its text.
    pub fn json(&self) -> &str {
        &self.json
    }

    /// The event's record type, or why there is none.
    pub fn root(&self) -> Result<&Record> {
        let unusable =
            |reason: &str| Error::SchemaUnusable { id: self.id.clone(), reason: reason.into() };
        match &self.root {
            Ok(at) => match self.table.get(*at) {
                Some(Shape::Record(record)) => Ok(record),
                _ => Err(unusable("it is not a record")),
            },
            Err(reason) => Err(unusable(reason)),
        }
    }

    /// Follows a named type to its shape.
    pub fn resolve<'a>(&'a self, shape: &'a Shape) -> &'a Shape {
        match shape {
            Shape::Named(at) => self.table.get(*at).unwrap_or(&Shape::Null),
            other => other,
        }
    }

    /// The record behind a field: directly, or as a branch of its union. Person names are a union
    /// of null, text and record.
    pub fn record_of<'a>(&'a self, shape: &'a Shape) -> Option<&'a Record> {
        match self.resolve(shape) {
            Shape::Record(record) => Some(record),
            Shape::Choice(branches) => {
                branches.iter().find_map(|branch| match self.resolve(branch) {
                    Shape::Record(record) => Some(record),
                    _ => None,
                })
            }
            _ => None,
        }
    }
}

/// `apache-avro` 0.21 panics over a type whose name Avro does not allow, so names are looked at
/// before it sees them. What a default value or an attribute of others holds is not ours to judge.
fn well_named(text: &Value) -> std::result::Result<(), String> {
    match text {
        Value::Array(items) => items.iter().try_for_each(well_named),
        Value::Object(members) => members.iter().try_for_each(|(key, member)| match key.as_str() {
            "name" => match member.as_str() {
                Some(name) if !is_name(name) => Err(short(&format!("{name:?} is no name"))),
                _ => Ok(()),
            },
            "type" | "fields" | "items" | "values" => well_named(member),
            _ => Ok(()),
        }),
        _ => Ok(()),
    }
}

/// A letter or underscore, then letters, digits and underscores; before it, with dots, a namespace
/// of the same, which may be empty.
fn is_name(text: &str) -> bool {
    let word = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    match text.rsplit_once('.') {
        Some((space, name)) => word(name) && (space.is_empty() || space.split('.').all(word)),
        None => word(text),
    }
}

/// Schema errors may quote the schema; the start of it is enough.
fn short(text: &str) -> String {
    text.chars().take(200).collect()
}

#[derive(Default)]
struct Builder {
    table: Vec<Shape>,
    index: HashMap<String, usize>,
}

type Space = Option<String>;

impl Builder {
    fn shape(
        &mut self,
        avro: &Schema,
        space: &Space,
        depth: usize,
    ) -> std::result::Result<Shape, String> {
        if depth > DEEPEST {
            return Err("it is nested too deeply".to_string());
        }
        let deeper = depth + 1;
        Ok(match avro {
            Schema::Null => Shape::Null,
            Schema::Boolean => Shape::Boolean,
            Schema::Int | Schema::Date | Schema::TimeMillis => Shape::Int,
            Schema::Long
            | Schema::TimeMicros
            | Schema::TimestampMillis
            | Schema::TimestampMicros
            | Schema::TimestampNanos
            | Schema::LocalTimestampMillis
            | Schema::LocalTimestampMicros
            | Schema::LocalTimestampNanos => Shape::Long,
            Schema::Float => Shape::Float,
            Schema::Double => Shape::Double,
            Schema::Bytes | Schema::BigDecimal => Shape::Bytes,
            Schema::String | Schema::Uuid => Shape::Text,
            Schema::Duration => Shape::Fixed(12),
            Schema::Decimal(decimal) => self.shape(&decimal.inner, space, deeper)?,
            Schema::Array(array) => {
                Shape::List(Box::new(self.shape(&array.items, space, deeper)?))
            }
            Schema::Map(map) => Shape::Map(Box::new(self.shape(&map.types, space, deeper)?)),
            Schema::Union(union) => Shape::Choice(
                union
                    .variants()
                    .iter()
                    .map(|branch| self.shape(branch, space, deeper))
                    .collect::<std::result::Result<_, _>>()?,
            ),
            Schema::Fixed(fixed) => {
                let at = self.name(fixed.name.fullname(space.clone()));
                self.put(at, Shape::Fixed(fixed.size))
            }
            Schema::Enum(words) => {
                let at = self.name(words.name.fullname(space.clone()));
                self.put(at, Shape::Enumeration(words.symbols.clone()))
            }
            Schema::Record(record) => {
                let at = self.name(record.name.fullname(space.clone()));
                let inner = record.name.fully_qualified_name(space).namespace;
                let fields = record
                    .fields
                    .iter()
                    .map(|field| {
                        Ok((field.name.clone(), self.shape(&field.schema, &inner, deeper)?))
                    })
                    .collect::<std::result::Result<_, String>>()?;
                self.put(at, Shape::Record(Record { name: record.name.name.clone(), fields }))
            }
            Schema::Ref { name } => {
                let full = name.fullname(space.clone());
                match self.index.get(&full) {
                    Some(at) => Shape::Named(*at),
                    None => return Err(format!("type {} is used but not defined", short(&full))),
                }
            }
        })
    }

    /// Reserves the place of a named type before its parts are read, so that they may refer to it.
    fn name(&mut self, full: String) -> usize {
        let at = self.table.len();
        self.table.push(Shape::Null);
        self.index.insert(full, at);
        at
    }

    fn put(&mut self, at: usize, shape: Shape) -> Shape {
        if let Some(place) = self.table.get_mut(at) {
            *place = shape;
        }
        Shape::Named(at)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_type_defined_once_and_named_later_is_found() {
        let schema = EventSchema::parse(
            "s",
            r#"{"type":"record","name":"A__e","namespace":"com.sforce.eventbus","fields":[
                {"name":"One","type":{"type":"enum","name":"Word","symbols":["X"]}},
                {"name":"Two","type":["null","Word"]}]}"#,
        );
        let root = schema.root().unwrap();
        assert_eq!(root.name, "A__e");
        let Shape::Choice(branches) = &root.fields[1].1 else { panic!("not a union") };
        assert_eq!(schema.resolve(&branches[1]), &Shape::Enumeration(vec!["X".into()]));
    }

    #[test]
    fn a_text_that_is_no_event_schema_is_kept_with_the_reason() {
        let no_name = r#"{"type":"record","name":"A[_e","fields":[]}"#;
        let array = r#"{"type":"array","items":"int"}"#;
        for bad in ["", "{", "\"string\"", array, no_name] {
            let schema = EventSchema::parse("id7", bad);
            assert!(matches!(schema.root(), Err(Error::SchemaUnusable { .. })), "{bad}");
            assert_eq!(schema.json(), bad);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in ".{0,200}") {
            let _ = EventSchema::parse("s", text).root();
        }
    }
}
