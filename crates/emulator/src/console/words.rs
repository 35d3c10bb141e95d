//! Labels of objects, fields and relationships, as the source files have them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use roxmltree::Document;

use crate::org::metadata::{FieldDef, FieldKind, ObjectDef, list, source};

/// Labels by API name.
#[derive(Debug, Default)]
pub(super) struct Words {
    plurals: BTreeMap<String, String>,
    fields: BTreeMap<(String, String), String>,
    children: BTreeMap<(String, String), String>,
}

impl Words {
    /// Reads source folders (each a `main/default`).
    ///
    /// # Errors
    /// A file cannot be read, or is not XML.
    pub(super) fn read(folders: &[PathBuf]) -> anyhow::Result<Self> {
        let mut words = Self::default();
        for folder in folders {
            for dir in list(&folder.join("objects"))?.into_iter().filter(|dir| dir.is_dir()) {
                let object = name(&dir);
                let file = dir.join(format!("{object}.object-meta.xml"));
                if file.exists() {
                    let text = std::fs::read_to_string(&file)?;
                    let document = Document::parse(&text)?;
                    if let Some(plural) = source::text(document.root_element(), "pluralLabel") {
                        words.plurals.insert(object.clone(), plural.into());
                    }
                }
                for file in list(&dir.join("fields"))? {
                    words.field(&object, &std::fs::read_to_string(&file)?)?;
                }
            }
        }
        Ok(words)
    }

    fn field(&mut self, object: &str, text: &str) -> anyhow::Result<()> {
        let document = Document::parse(text)?;
        let root = document.root_element();
        let Some(name) = source::text(root, "fullName") else { return Ok(()) };
        let key = (object.to_string(), name.to_string());
        if let Some(label) = source::text(root, "label") {
            self.fields.insert(key.clone(), label.into());
        }
        if let Some(children) = source::text(root, "relationshipName") {
            self.children.insert(key, format!("{children}__r"));
        }
        Ok(())
    }

    /// Several records of an object.
    pub(super) fn plural(&self, object: &ObjectDef) -> String {
        let standard = || match object.label.strip_suffix('y') {
            Some(stem) => format!("{stem}ies"),
            None => format!("{}s", object.label),
        };
        self.plurals.get(&object.name).cloned().unwrap_or_else(standard)
    }

    /// A field's label.
    pub(super) fn field_label(&self, object: &str, field: &str) -> String {
        let known = self.fields.get(&(object.to_string(), field.to_string()));
        known.cloned().unwrap_or_else(|| spoken(field))
    }

    /// How a parent names the rows that refer to it by this field.
    pub(super) fn children(&self, object: &ObjectDef, field: &FieldDef) -> String {
        let known = self.children.get(&(object.name.clone(), field.name.clone()));
        known.cloned().unwrap_or_else(|| self.plural(object))
    }
}

fn name(dir: &Path) -> String {
    dir.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// `LastModifiedById` → `Last Modified By`.
fn spoken(field: &str) -> String {
    let stem = field.trim_end_matches("__c");
    let stem = stem.strip_suffix("Id").filter(|stem| !stem.is_empty()).unwrap_or(stem);
    let mut out = String::new();
    for c in stem.chars() {
        if c == '_' {
            out.push(' ');
            continue;
        }
        if c.is_uppercase() && !out.is_empty() && !out.ends_with(' ') {
            out.push(' ');
        }
        out.push(c);
    }
    out
}

/// Type of a field in the words of a describe.
pub(super) fn kind(field: &FieldDef) -> &'static str {
    match field.kind {
        FieldKind::Id => "id",
        FieldKind::Reference { .. } => "reference",
        FieldKind::Text { .. } if field.name.ends_with("Email__c") || field.name == "Email" => {
            "email"
        }
        FieldKind::Text { .. } if field.name == "Website" => "url",
        FieldKind::Text { .. } if field.name == "Phone" => "phone",
        FieldKind::Text { .. } => "string",
        FieldKind::LongText { .. } => "textarea",
        FieldKind::Number { scale: 0, .. } => "int",
        FieldKind::Number { .. } => "double",
        FieldKind::Checkbox => "boolean",
        FieldKind::DateTime => "datetime",
        FieldKind::Picklist { .. } => "picklist",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_spoken_as_words() {
        assert_eq!(spoken("LastModifiedById"), "Last Modified By");
        assert_eq!(spoken("Id"), "Id");
        assert_eq!(spoken("Media_Region__c"), "Media Region");
    }
}
