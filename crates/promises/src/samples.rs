//! Schemas an org really has, and how an input names its schema: a digit for one of those, or a
//! text of its own that ends with a zero byte.

use std::sync::{Arc, LazyLock};

use chime_wire::schema::EventSchema;
use serde_json::Value;

/// Schemas as the emulated org gives them (`crates/emulator/tests/org_bus/seeds.rs` writes and
/// checks them): a command, a change of a meeting, a change of a contact with its compound name.
pub const SCHEMAS: [(&str, &str); 3] = [
    ("command", include_str!("../schemas/command.json")),
    ("meeting_change", include_str!("../schemas/meeting_change.json")),
    ("contact_change", include_str!("../schemas/contact_change.json")),
];

/// [`SCHEMAS`], read once: most of a run would else be spent on reading them.
static READ: LazyLock<Vec<Arc<EventSchema>>> =
    LazyLock::new(|| SCHEMAS.iter().map(|(_, text)| Arc::new(read(text))).collect());

/// The same as the second reader sees them.
static PEERS: LazyLock<Vec<Option<apache_avro::Schema>>> = LazyLock::new(|| {
    SCHEMAS.iter().map(|(_, text)| apache_avro::Schema::parse_str(text).ok()).collect()
});

/// A schema, read within its promise: a text may be anything.
fn read(text: &str) -> EventSchema {
    let most = crate::memory::SPARE + text.len() * 400;
    crate::memory::within(most, "a schema text", || EventSchema::parse("s", text))
}

/// The schema text an input names, if it is one of its own, and the rest of the input.
pub(crate) enum Named<'a> {
    /// One of [`SCHEMAS`], by its place.
    Known(usize, &'a [u8]),
    /// Its own.
    Own(&'a str, &'a [u8]),
}

impl<'a> Named<'a> {
    /// `None` for an input that names none.
    pub(crate) fn of(input: &'a [u8]) -> Option<Self> {
        let (first, rest) = input.split_first()?;
        if first.is_ascii_digit() {
            return Some(Self::Known(usize::from(first - b'0') % SCHEMAS.len(), rest));
        }
        let end = input.iter().position(|byte| *byte == 0)?;
        Some(Self::Own(std::str::from_utf8(&input[..end]).ok()?, &input[end + 1..]))
    }

    /// The schema's text.
    pub(crate) fn text(&self) -> &'a str {
        match self {
            Self::Known(at, _) => SCHEMAS[*at].1,
            Self::Own(text, _) => text,
        }
    }

    /// What follows it.
    pub(crate) fn rest(&self) -> &'a [u8] {
        match self {
            Self::Known(_, rest) | Self::Own(_, rest) => rest,
        }
    }

    /// The schema.
    pub(crate) fn schema(&self) -> Arc<EventSchema> {
        match self {
            Self::Known(at, _) => READ[*at].clone(),
            Self::Own(text, _) => Arc::new(read(text)),
        }
    }

    /// The schema as `apache-avro` reads it; `None` if it does not.
    pub(crate) fn peer(&self) -> Option<apache_avro::Schema> {
        match self {
            Self::Known(at, _) => PEERS[*at].clone(),
            Self::Own(text, _) => apache_avro::Schema::parse_str(text).ok(),
        }
    }
}

/// Every name a list of changed fields may hold: the fields, and `Parent.Part` of compound ones.
pub(crate) fn field_names(schema: &EventSchema) -> std::collections::BTreeSet<String> {
    let mut names = std::collections::BTreeSet::new();
    let Ok(root) = schema.root() else { return names };
    for (name, shape) in &root.fields {
        names.insert(name.clone());
        let parts = schema.record_of(shape).map(|record| record.fields.as_slice());
        names.extend(parts.unwrap_or_default().iter().map(|(part, _)| format!("{name}.{part}")));
    }
    names
}

/// Our own words in refusals, whole. A body may hold them too without being shown: the fuzzer reads
/// them off the comparison and tries them.
static OURS: LazyLock<String> = LazyLock::new(|| {
    let fields = ["v", "ticket", "load", "counter", "kind", "data", "mac"];
    let details = ["Chime Meeting State Change", "ECS Task State Change", "Object Created"];
    let fields = fields.map(|field| format!("the field `{field}` is not what a signal holds"));
    let details = details.map(|kind| {
        format!(
            "the detail of a {kind:?} event cannot be read: a member is missing or of another type"
        )
    });
    let bodies = "the body is not a signal (line , column ); the body is not an EventBridge event \
        (line , column ); the body has bytes, at most are taken";
    format!("{}; {}; {bodies}", fields.join("; "), details.join("; "))
});

/// A text of the body, eight bytes or longer, that stands in a message about it.
pub(crate) fn shows_content(message: &str, body: &Value) -> Option<String> {
    let shown = |text: &String| {
        // Our words hold numbers of the body: a line, a column, a length.
        let words: String = text.chars().filter(|c| !c.is_ascii_digit()).collect();
        let ours = !words.is_empty() && OURS.contains(&words);
        text.len() >= 8 && !ours && message.contains(text.as_str())
    };
    match body {
        Value::String(text) => Some(text).filter(|text| shown(text)).cloned(),
        Value::Array(items) => items.iter().find_map(|item| shows_content(message, item)),
        Value::Object(members) => members.iter().find_map(|(name, item)| {
            Some(name).filter(|n| shown(n)).cloned().or_else(|| shows_content(message, item))
        }),
        _ => None,
    }
}
