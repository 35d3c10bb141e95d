//! A change event: what changed on which records. The payload alone does not tell: a field that
//! is null may have been set to null or not have changed at all. The header's field lists decide,
//! and what neither names is unknown and left out.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::bitmap::expand;
use super::error::{Error, Result};
use super::namespace::Namespace;
use super::shape::EventSchema;
use crate::Millis;

/// The name of the first field of every change event.
pub const HEADER: &str = "ChangeEventHeader";

/// What kind of change it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangeType {
    /// New record.
    Create,
    /// Changed record.
    Update,
    /// To the recycle bin, or gone.
    Delete,
    /// Back from the recycle bin.
    Undelete,
    /// Created, but without values: read the record.
    GapCreate,
    /// Changed, but without values: read the record.
    GapUpdate,
    /// Deleted, by a change below the API.
    GapDelete,
    /// Restored, but without values: read the record.
    GapUndelete,
    /// So many changes that the rest are not told: compare all records of the object.
    GapOverflow,
    /// A word this version does not know: compare all records of the object.
    Other(String),
}

impl ChangeType {
    fn from_word(word: &str) -> Self {
        match word {
            "CREATE" => Self::Create,
            "UPDATE" => Self::Update,
            "DELETE" => Self::Delete,
            "UNDELETE" => Self::Undelete,
            "GAP_CREATE" => Self::GapCreate,
            "GAP_UPDATE" => Self::GapUpdate,
            "GAP_DELETE" => Self::GapDelete,
            "GAP_UNDELETE" => Self::GapUndelete,
            "GAP_OVERFLOW" => Self::GapOverflow,
            other => Self::Other(other.to_string()),
        }
    }
}

/// Who changed what, and when. Names are without the package namespace.
#[derive(Debug, Clone, PartialEq)]
pub struct ChangeHeader {
    /// Object, such as `Chime_Meeting__c`.
    pub entity: String,
    /// Records, 18 characters each; may hold a wildcard such as `a01*`, or be empty (overflow).
    pub record_ids: Vec<String>,
    /// Kind.
    pub change_type: ChangeType,
    /// Where it came from, such as `com/salesforce/api/rest/65.0;client=ChimeBridge`.
    pub origin: String,
    /// The transaction it belongs to.
    pub transaction_key: String,
    /// Place within the transaction; gaps are normal.
    pub sequence_number: i64,
    /// When it was committed.
    pub committed_at: Millis,
    /// The org's running number of the commit; above 2^53.
    pub commit_number: i64,
    /// Who did it.
    pub user: String,
    /// Fields that were emptied.
    pub nulled: Vec<String>,
    /// Fields that changed, the emptied ones among them. Empty for a new record.
    pub changed: Vec<String>,
    /// Long texts whose value is a difference, not the text: read the record.
    pub diffed: Vec<String>,
}

impl ChangeHeader {
    /// The client name of the write, if the writer gave one.
    pub fn client(&self) -> Option<&str> {
        self.origin.split(';').find_map(|part| part.trim().strip_prefix("client="))
    }

    /// True if the records cannot be told one by one.
    pub fn has_wildcard(&self) -> bool {
        self.record_ids.iter().any(|id| id.ends_with('*'))
    }
}

/// A change event, its values reduced to what is known to have changed.
#[derive(Debug, Clone, PartialEq)]
pub struct ChangeEvent {
    /// Header.
    pub header: ChangeHeader,
    /// For an update: changed fields with their value, emptied ones as null; parts of a compound
    /// field as `Parent.Part`. For a new or restored record: all that is not null. Else empty.
    pub values: Map<String, Value>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Wire {
    entity_name: String,
    record_ids: Option<Vec<String>>,
    change_type: String,
    change_origin: Option<String>,
    transaction_key: Option<String>,
    sequence_number: Option<i64>,
    commit_timestamp: Option<i64>,
    commit_number: Option<i64>,
    commit_user: Option<String>,
    nulled_fields: Option<Vec<String>>,
    diff_fields: Option<Vec<String>>,
    changed_fields: Option<Vec<String>>,
}

/// Reads a decoded payload whose schema begins with [`HEADER`].
pub fn change_event(
    schema: &EventSchema,
    mut payload: Map<String, Value>,
    namespace: &Namespace,
) -> Result<ChangeEvent> {
    let incomplete =
        |reason: &str| Error::Incomplete { topic: schema.id().to_string(), reason: reason.into() };
    let header = payload.remove(HEADER).ok_or_else(|| incomplete("it has no header"))?;
    let wire: Wire =
        serde_json::from_value(header).map_err(|_| incomplete("its header cannot be read"))?;
    if wire.entity_name.is_empty() || wire.change_type.is_empty() {
        return Err(incomplete("its header names no object or no kind of change"));
    }
    let names = |list: &Option<Vec<String>>| expand(schema, list.as_deref().unwrap_or_default());
    let (changed, nulled, diffed) =
        (names(&wire.changed_fields)?, names(&wire.nulled_fields)?, names(&wire.diff_fields)?);
    let change_type = ChangeType::from_word(&wire.change_type);
    let values = match change_type {
        ChangeType::Update => updated(&payload, &changed, &nulled, &diffed, namespace),
        ChangeType::Create | ChangeType::Undelete => present(payload, namespace),
        _ => Map::new(),
    };
    let stripped =
        |list: Vec<String>| list.iter().map(|name| namespace.strip(name).to_string()).collect();
    Ok(ChangeEvent {
        header: ChangeHeader {
            entity: namespace.strip(&wire.entity_name).to_string(),
            record_ids: wire.record_ids.unwrap_or_default(),
            change_type,
            origin: wire.change_origin.unwrap_or_default(),
            transaction_key: wire.transaction_key.unwrap_or_default(),
            sequence_number: wire.sequence_number.unwrap_or_default(),
            committed_at: wire.commit_timestamp.unwrap_or_default(),
            commit_number: wire.commit_number.unwrap_or_default(),
            user: wire.commit_user.unwrap_or_default(),
            nulled: stripped(nulled),
            changed: stripped(changed),
            diffed: stripped(diffed),
        },
        values,
    })
}

fn updated(
    payload: &Map<String, Value>,
    changed: &[String],
    nulled: &[String],
    diffed: &[String],
    namespace: &Namespace,
) -> Map<String, Value> {
    let value_of = |name: &str| match payload.get(name) {
        Some(value) => value.clone(),
        None => name
            .split_once('.')
            .and_then(|(parent, part)| payload.get(parent)?.get(part).cloned())
            .unwrap_or(Value::Null),
    };
    let mut values = Map::new();
    for name in changed.iter().filter(|name| !diffed.contains(name)) {
        values.insert(namespace.strip(name).to_string(), value_of(name));
    }
    for name in nulled {
        values.insert(namespace.strip(name).to_string(), Value::Null);
    }
    values
}

fn present(payload: Map<String, Value>, namespace: &Namespace) -> Map<String, Value> {
    payload
        .into_iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| (namespace.strip(&name).to_string(), value))
        .collect()
}

#[cfg(test)]
#[path = "change_tests.rs"]
mod tests;
