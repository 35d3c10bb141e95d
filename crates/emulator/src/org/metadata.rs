//! What the org is made of, read from `force-app/`: the one source of object and field names.

use std::collections::BTreeMap;

pub mod package;
pub mod permissions;
mod reader;
pub mod source;
pub mod standard;

pub use package::{DeleteRule, MetadataError, Package};
pub use permissions::PermissionSet;
pub use reader::list;

/// Objects, platform events, channels and permission sets.
#[derive(Debug, Clone, Default)]
pub struct Metadata {
    /// Custom objects by API name (with namespace prefix, if one is set), plus the few standard
    /// objects the emulator knows (Account, Contact, User).
    pub objects: BTreeMap<String, ObjectDef>,
    /// Platform events by API name (`Chime_Command__e`).
    pub events: BTreeMap<String, ObjectDef>,
    /// Custom data channels by API name (`Chime_Bridge__chn`).
    pub channels: BTreeMap<String, ChannelDef>,
}

/// An object or event.
#[derive(Debug, Clone)]
pub struct ObjectDef {
    /// API name.
    pub name: String,
    /// Label.
    pub label: String,
    /// Three-character key prefix of record ids, given by the emulator.
    pub key_prefix: String,
    /// Custom fields in file order; standard ones (Id, Name, OwnerId, CreatedById, CreatedDate,
    /// LastModifiedById, LastModifiedDate, SystemModstamp, IsDeleted) come first.
    pub fields: Vec<FieldDef>,
    /// Format of an auto-number Name (`MTG-{000000}`).
    pub name_format: Option<String>,
    /// Active validation rules: (name, error condition formula, message).
    pub validation_rules: Vec<(String, String, String)>,
}

/// A field.
#[derive(Debug, Clone)]
pub struct FieldDef {
    /// API name.
    pub name: String,
    /// Type.
    pub kind: FieldKind,
    /// Must have a value on insert.
    pub required: bool,
    /// Unique.
    pub unique: bool,
    /// Uniqueness and external-id lookups tell case apart.
    pub case_sensitive: bool,
    /// External id.
    pub external_id: bool,
    /// May be written by insert / by update.
    pub createable: bool,
    /// May be written by update.
    pub updateable: bool,
}

/// Type of a field.
#[derive(Debug, Clone, PartialEq)]
pub enum FieldKind {
    /// Id or reference; the objects it may point to, and whether it is master-detail.
    Reference {
        /// Objects.
        to: Vec<String>,
        /// Master-detail (delete cascades).
        master: bool,
        /// May be changed after insert.
        reparentable: bool,
    },
    /// Record id.
    Id,
    /// Text with a length limit (also e-mail, phone, URL).
    Text {
        /// Characters.
        length: usize,
    },
    /// Long text area.
    LongText {
        /// Characters.
        length: usize,
    },
    /// Number.
    Number {
        /// Digits in all.
        precision: u32,
        /// Digits after the point.
        scale: u32,
    },
    /// Check box.
    Checkbox,
    /// Date and time.
    DateTime,
    /// Picklist; restricted to its values.
    Picklist {
        /// Values.
        values: Vec<String>,
    },
}

/// A custom data channel.
#[derive(Debug, Clone)]
pub struct ChannelDef {
    /// API name.
    pub name: String,
    /// Members: change event entity (`Chime_Meeting__ChangeEvent`) and filter expression.
    pub members: Vec<(String, Option<String>)>,
    /// Enriched fields by member entity.
    pub enriched: BTreeMap<String, Vec<String>>,
}
