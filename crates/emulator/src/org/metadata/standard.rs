//! The few standard objects the emulator knows, and the system fields every object has.

use serde_json::Value;

use super::{FieldDef, FieldKind, ObjectDef};
use crate::org::bus::Record;
use crate::org::values;

/// Account, Contact, Lead, Opportunity, Case, User and Organization, with the fields a test or a
/// client may want.
pub fn objects() -> Vec<ObjectDef> {
    let text = |name: &str, length| plain(name, FieldKind::Text { length });
    let person = |rest: Vec<FieldDef>| {
        let mut fields = vec![text("FirstName", 40), required(text("LastName", 80))];
        fields.extend(rest);
        fields
    };
    let object = |name: &str, prefix: &str, name_writable: bool, own: Vec<FieldDef>| {
        let mut fields = system_fields(name != "User", name_writable);
        fields.extend(own);
        ObjectDef {
            name: name.into(),
            label: name.into(),
            key_prefix: prefix.into(),
            fields,
            name_format: (name == "Case").then(|| "{00000000}".to_string()),
            validation_rules: Vec::new(),
        }
    };
    let account = || plain("AccountId", lookup("Account"));
    vec![
        object("Account", "001", true, vec![text("Phone", 40), text("Website", 255)]),
        object("Contact", "003", false, person(vec![account(), text("Email", 80)])),
        object(
            "Lead",
            "00Q",
            false,
            person(vec![required(text("Company", 255)), text("Email", 80)]),
        ),
        object("Opportunity", "006", true, vec![account(), text("StageName", 255)]),
        object(
            "Case",
            "500",
            false,
            vec![account(), plain("ContactId", lookup("Contact")), text("Subject", 255)],
        ),
        object(
            "User",
            "005",
            false,
            person(vec![
                required(unique(text("Username", 80))),
                text("Email", 128),
                plain("IsActive", FieldKind::Checkbox),
            ]),
        ),
        organization(),
    ]
}

/// The org itself, as `sf` asks for it: one row that nobody writes.
fn organization() -> ObjectDef {
    let text = |name: &str| fixed(plain(name, FieldKind::Text { length: 255 }));
    let mut fields = system_fields(false, false);
    fields.retain(|field| field.name != "IsDeleted");
    fields.extend(["InstanceName", "NamespacePrefix", "OrganizationType"].map(text));
    fields.push(fixed(plain("IsSandbox", FieldKind::Checkbox)));
    fields.push(fixed(plain("TrialExpirationDate", FieldKind::DateTime)));
    ObjectDef {
        name: "Organization".into(),
        label: "Organization".into(),
        key_prefix: "00D".into(),
        fields,
        name_format: None,
        validation_rules: Vec::new(),
    }
}

/// Its row.
pub fn the_org(id: &str, founder: &str, now: i64) -> Record {
    let now = values::stored(now);
    let text = |value: &str| Value::String(value.into());
    [
        ("Id", text(id)),
        ("Name", text("Emulated org")),
        ("InstanceName", text("EMU1")),
        ("NamespacePrefix", Value::Null),
        ("OrganizationType", text("Developer Edition")),
        ("IsSandbox", Value::Bool(false)),
        ("TrialExpirationDate", Value::Null),
        ("CreatedById", text(founder)),
        ("CreatedDate", text(&now)),
        ("LastModifiedById", text(founder)),
        ("LastModifiedDate", text(&now)),
        ("SystemModstamp", text(&now)),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_string(), value))
    .collect()
}

/// Id, Name, OwnerId and the audit fields, in the order Salesforce lists them.
pub fn system_fields(owner: bool, name_writable: bool) -> Vec<FieldDef> {
    let audit = |name: &str, kind| fixed(plain(name, kind));
    let mut fields = vec![fixed(plain("Id", FieldKind::Id))];
    if owner {
        fields.push(plain("OwnerId", lookup("User")));
    }
    fields.push(audit("IsDeleted", FieldKind::Checkbox));
    let name = plain("Name", FieldKind::Text { length: 255 });
    fields.push(if name_writable { name } else { fixed(name) });
    fields.push(audit("CreatedDate", FieldKind::DateTime));
    fields.push(audit("CreatedById", lookup("User")));
    fields.push(audit("LastModifiedDate", FieldKind::DateTime));
    fields.push(audit("LastModifiedById", lookup("User")));
    fields.push(audit("SystemModstamp", FieldKind::DateTime));
    fields
}

/// A writable, optional field.
pub fn plain(name: &str, kind: FieldKind) -> FieldDef {
    FieldDef {
        name: name.into(),
        kind,
        required: false,
        unique: false,
        case_sensitive: false,
        external_id: false,
        createable: true,
        updateable: true,
    }
}

/// A lookup to one object.
pub fn lookup(to: &str) -> FieldKind {
    FieldKind::Reference { to: vec![to.into()], master: false, reparentable: true }
}

fn fixed(field: FieldDef) -> FieldDef {
    FieldDef { createable: false, updateable: false, ..field }
}

fn required(field: FieldDef) -> FieldDef {
    FieldDef { required: true, ..field }
}

fn unique(field: FieldDef) -> FieldDef {
    FieldDef { unique: true, ..field }
}
