//! One change event as the bus keeps it: decoded, because enrichment is added at delivery.

use std::collections::BTreeSet;
use std::sync::Arc;

use apache_avro::types::Value as Avro;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::bitmap::bitmaps;
use crate::org::avro::{EventSchema, Shape, nullable, person_name, scalar};
use crate::org::bus::{ChangeKind, Record};
use crate::org::filter::HEADER;

/// `changeType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// A change with its fields.
    Full(ChangeKind),
    /// A change without its fields: read the record.
    Gap(ChangeKind),
    /// So many changes that some are not told: read the whole object.
    Overflow,
}

impl Kind {
    /// Symbol and place in the schema's enum.
    pub fn symbol(self) -> (u32, &'static str) {
        match self {
            Self::Full(ChangeKind::Create) => (0, "CREATE"),
            Self::Full(ChangeKind::Update) => (1, "UPDATE"),
            Self::Full(ChangeKind::Delete) => (2, "DELETE"),
            Self::Full(ChangeKind::Undelete) => (3, "UNDELETE"),
            Self::Gap(ChangeKind::Create) => (4, "GAP_CREATE"),
            Self::Gap(ChangeKind::Update) => (5, "GAP_UPDATE"),
            Self::Gap(ChangeKind::Delete) => (6, "GAP_DELETE"),
            Self::Gap(ChangeKind::Undelete) => (7, "GAP_UNDELETE"),
            Self::Overflow => (8, "GAP_OVERFLOW"),
        }
    }
}

/// The header.
#[derive(Debug, Clone)]
pub struct Header {
    /// API name of the object.
    pub entity: String,
    /// Records with this same change; none for an overflow.
    pub records: Vec<String>,
    /// `changeType`.
    pub kind: Kind,
    /// `changeOrigin`.
    pub origin: String,
    /// `transactionKey`.
    pub transaction: String,
    /// `sequenceNumber`, from 1.
    pub sequence: i32,
    /// `commitTimestamp`, epoch milliseconds.
    pub at: i64,
    /// `commitNumber`.
    pub commit: i64,
    /// `commitUser`.
    pub user: String,
}

/// One change event.
#[derive(Debug, Clone)]
pub struct Change {
    /// Header.
    pub header: Header,
    /// Schema at the time of the change.
    pub schema: Arc<EventSchema>,
    /// Fields it carries (unchanged and null ones are absent).
    pub fields: Record,
    /// Names of changed fields; empty unless it is an update.
    pub changed: BTreeSet<String>,
    /// Those of them that are now null.
    pub nulled: BTreeSet<String>,
}

impl Change {
    /// The same event for one record only, with fields added: how an enriched channel sees it.
    /// A value the event itself carries is kept; a gap or overflow takes none.
    pub fn enriched(&self, record: &str, fields: &[String], today: Option<&Record>) -> Self {
        let mut event = self.clone();
        event.header.records = vec![record.to_string()];
        if !matches!(self.header.kind, Kind::Full(_)) {
            return event;
        }
        for field in fields {
            // The whole body of an insert or undelete is the event's own, nulls too.
            let own = self.changed.contains(field)
                || matches!(
                    self.header.kind,
                    Kind::Full(ChangeKind::Create | ChangeKind::Undelete)
                );
            if own {
                continue;
            }
            match today.and_then(|record| record.get(field)).filter(|value| !value.is_null()) {
                Some(value) => event.fields.insert(field.clone(), value.clone()),
                None => event.fields.remove(field),
            };
        }
        event
    }

    /// A field as a filter sees it.
    pub fn read(&self, field: &str) -> Json {
        let Some(name) = field.strip_prefix(HEADER) else {
            return self.fields.get(field).cloned().unwrap_or(Json::Null);
        };
        let header = &self.header;
        match name {
            "entityName" => header.entity.as_str().into(),
            "changeType" => header.kind.symbol().1.into(),
            "changeOrigin" => header.origin.as_str().into(),
            "transactionKey" => header.transaction.as_str().into(),
            "sequenceNumber" => header.sequence.into(),
            "commitTimestamp" => header.at.into(),
            "commitNumber" => header.commit.into(),
            "commitUser" => header.user.as_str().into(),
            _ => Json::Null,
        }
    }

    /// The Avro bytes.
    pub fn encode(&self) -> Result<Vec<u8>, apache_avro::Error> {
        let mut fields = vec![("ChangeEventHeader".to_string(), self.header_value())];
        for slot in &self.schema.slots {
            let value = match &slot.shape {
                Shape::PersonName(parts) => person_name(parts, &self.fields),
                shape => {
                    let value = self.fields.get(&slot.name).unwrap_or(&Json::Null);
                    // A record holds what its database let in; what does not fit is not told.
                    nullable(scalar(shape, value).unwrap_or(None))
                }
            };
            fields.push((slot.name.clone(), value));
        }
        apache_avro::to_avro_datum(&self.schema.avro, Avro::Record(fields))
    }

    fn header_value(&self) -> Avro {
        let header = &self.header;
        let texts = |list: Vec<String>| Avro::Array(list.into_iter().map(Avro::String).collect());
        let (place, symbol) = header.kind.symbol();
        let slots = &self.schema.slots;
        let fields = [
            ("entityName", Avro::String(header.entity.clone())),
            ("recordIds", texts(header.records.clone())),
            ("changeType", Avro::Enum(place, symbol.to_string())),
            ("changeOrigin", Avro::String(header.origin.clone())),
            ("transactionKey", Avro::String(header.transaction.clone())),
            ("sequenceNumber", Avro::Int(header.sequence)),
            ("commitTimestamp", Avro::Long(header.at)),
            ("commitNumber", Avro::Long(header.commit)),
            ("commitUser", Avro::String(header.user.clone())),
            ("nulledFields", texts(bitmaps(slots, &self.nulled))),
            ("diffFields", texts(Vec::new())),
            ("changedFields", texts(bitmaps(slots, &self.changed))),
        ];
        Avro::Record(fields.into_iter().map(|(name, value)| (name.to_string(), value)).collect())
    }
}
