//! Schemas an org really has, and how an input names its schema: a digit for one of those, or a
//! text of its own that ends with a zero byte.

use chime_wire::schema::EventSchema;
use serde_json::Value;

/// Schemas as the emulated org gives them (`crates/emulator/tests/org_bus/seeds.rs` writes and
/// checks them): a command, a change of a meeting, a change of a contact with its compound name.
pub const SCHEMAS: [(&str, &str); 3] = [
    ("command", include_str!("../schemas/command.json")),
    ("meeting_change", include_str!("../schemas/meeting_change.json")),
    ("contact_change", include_str!("../schemas/contact_change.json")),
];

/// The schema text an input names, if it is one of its own, and the rest of the input.
pub(crate) enum Named<'a> {
    /// One of [`SCHEMAS`].
    Known(&'static str, &'a [u8]),
    /// Its own.
    Own(&'a str, &'a [u8]),
}

impl<'a> Named<'a> {
    /// `None` for an input that names none.
    pub(crate) fn of(input: &'a [u8]) -> Option<Self> {
        let (first, rest) = input.split_first()?;
        if first.is_ascii_digit() {
            let (_, text) = SCHEMAS[usize::from(first - b'0') % SCHEMAS.len()];
            return Some(Self::Known(text, rest));
        }
        let end = input.iter().position(|byte| *byte == 0)?;
        Some(Self::Own(std::str::from_utf8(&input[..end]).ok()?, &input[end + 1..]))
    }

    /// The schema's text.
    pub(crate) fn text(&self) -> &'a str {
        match self {
            Self::Known(text, _) => text,
            Self::Own(text, _) => text,
        }
    }

    /// What follows it.
    pub(crate) fn rest(&self) -> &'a [u8] {
        match self {
            Self::Known(_, rest) | Self::Own(_, rest) => rest,
        }
    }

    /// The schema, read within its promise: a text of its own may be anything.
    pub(crate) fn schema(&self) -> EventSchema {
        let text = self.text();
        let most = crate::memory::SPARE + text.len() * 400;
        crate::memory::within(most, "a schema text", || EventSchema::parse("s", text))
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

/// Our own words in refusals. A body may hold them too without being shown.
const OURS: &str = "the body is not a signal (line column); the body has bytes, at most are taken; \
    the field `counter` is not what a signal holds; the body is not an EventBridge event (line \
    column); the detail of a \"Chime Meeting State Change\" event cannot be read; the detail of a \
    \"ECS Task State Change\" event cannot be read; the detail of a \"Object Created\" event";

/// A text of the body, eight bytes or longer, that stands in a message about it.
pub(crate) fn shows_content(message: &str, body: &Value) -> Option<String> {
    let shown = |text: &String| {
        text.len() >= 8 && !OURS.contains(text.as_str()) && message.contains(text.as_str())
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
