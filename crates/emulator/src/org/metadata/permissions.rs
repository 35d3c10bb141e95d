//! Permission sets, as far as the emulator judges writes and reads by them.

use std::collections::BTreeMap;

use roxmltree::Node;

use super::source::{self, Namer};

/// What one permission set grants.
#[derive(Debug, Clone, Default)]
pub struct PermissionSet {
    /// By object or event.
    pub objects: BTreeMap<String, ObjectAccess>,
    /// By `Object.Field`: (readable, editable).
    pub fields: BTreeMap<String, (bool, bool)>,
    /// Custom permissions.
    pub custom: Vec<String>,
    /// Apex classes.
    pub classes: Vec<String>,
    /// Label.
    pub label: String,
}

/// Object permissions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ObjectAccess {
    /// Create.
    pub create: bool,
    /// Read.
    pub read: bool,
    /// Edit.
    pub edit: bool,
    /// Delete.
    pub delete: bool,
    /// View All Records.
    pub view_all: bool,
    /// Modify All Records.
    pub modify_all: bool,
}

impl PermissionSet {
    /// Reads a `<PermissionSet>` element.
    pub fn read(root: Node<'_, '_>, namer: &Namer) -> PermissionSet {
        let mut set = PermissionSet::default();
        for grant in source::children(root, "objectPermissions") {
            let Some(object) = source::text(grant, "object") else { continue };
            set.objects.insert(
                namer.name(object),
                ObjectAccess {
                    create: source::flag(grant, "allowCreate"),
                    read: source::flag(grant, "allowRead"),
                    edit: source::flag(grant, "allowEdit"),
                    delete: source::flag(grant, "allowDelete"),
                    view_all: source::flag(grant, "viewAllRecords"),
                    modify_all: source::flag(grant, "modifyAllRecords"),
                },
            );
        }
        for grant in source::children(root, "fieldPermissions") {
            let Some((object, field)) =
                source::text(grant, "field").and_then(|path| path.split_once('.'))
            else {
                continue;
            };
            set.fields.insert(
                format!("{}.{}", namer.name(object), namer.name(field)),
                (source::flag(grant, "readable"), source::flag(grant, "editable")),
            );
        }
        set.custom = source::children(root, "customPermissions")
            .filter(|grant| source::flag(*grant, "enabled"))
            .filter_map(|grant| source::text(grant, "name"))
            .map(|name| namer.name(name))
            .collect();
        set.classes = source::children(root, "classAccesses")
            .filter(|grant| source::flag(*grant, "enabled"))
            .filter_map(|grant| source::text(grant, "apexClass"))
            .map(String::from)
            .collect();
        set.label = source::text(root, "label").unwrap_or_default().to_string();
        set
    }

    /// What it grants on an object or event.
    pub fn object(&self, name: &str) -> ObjectAccess {
        self.objects.get(name).copied().unwrap_or_default()
    }
}
