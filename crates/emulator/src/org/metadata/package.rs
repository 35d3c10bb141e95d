//! What was deployed to the org: the shared [`Metadata`] plus what only the record half needs
//! (defaults, delete rules, compiled validation rules, permission sets). Read once at the start;
//! anything the emulator cannot play by the rules of is an error here, never a surprise later.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use super::permissions::PermissionSet;
use super::{FieldKind, Metadata, ObjectDef, reader, standard};
use crate::org::formula::{self, Formula};

/// Why a source folder cannot be played.
#[derive(Debug, thiserror::Error)]
pub enum MetadataError {
    /// The file cannot be read.
    #[error("{path}: {source}")]
    Read {
        /// File or folder.
        path: PathBuf,
        /// Cause.
        source: std::io::Error,
    },
    /// The file is not XML.
    #[error("{path}: not XML: {source}")]
    Xml {
        /// File.
        path: PathBuf,
        /// Cause.
        source: roxmltree::Error,
    },
    /// The file says something the emulator does not know.
    #[error("{path}: {what}")]
    Unknown {
        /// File.
        path: PathBuf,
        /// What it is.
        what: String,
    },
    /// A validation rule the emulator cannot evaluate.
    #[error("validation rule {object}.{rule}: {what}")]
    Rule {
        /// Object.
        object: String,
        /// Rule.
        rule: String,
        /// What it stumbled over.
        what: String,
    },
    /// A reference to an object that was not deployed.
    #[error(
        "{object}.{field} refers to {to}, which is not in the org; deploy it or leave the field out"
    )]
    Reference {
        /// Object.
        object: String,
        /// Field.
        field: String,
        /// Missing object.
        to: String,
    },
}

/// What deleting a looked-up record does to the one that looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeleteRule {
    /// Clears the field.
    SetNull,
    /// Refuses the delete.
    Restrict,
    /// Deletes with it.
    Cascade,
}

/// A validation rule ready to run.
#[derive(Debug, Clone)]
pub struct Rule {
    /// API name.
    pub name: String,
    /// True means: refuse.
    pub condition: Formula,
    /// What the person reads.
    pub message: String,
}

/// Everything that was deployed.
#[derive(Debug, Clone)]
pub struct Package {
    /// Objects, events and channels.
    pub metadata: Arc<Metadata>,
    /// Default values: object → field → value.
    pub defaults: BTreeMap<String, BTreeMap<String, Value>>,
    /// Delete rules of lookups: object → field → rule; absent means [`DeleteRule::SetNull`].
    pub delete_rules: BTreeMap<String, BTreeMap<String, DeleteRule>>,
    /// Active validation rules by object.
    pub rules: BTreeMap<String, Vec<Rule>>,
    /// Permission sets by API name.
    pub permission_sets: BTreeMap<String, PermissionSet>,
}

impl Package {
    /// The `main/default` folders under a `force-app` folder, in alphabetical order.
    pub fn folders(force_app: &Path) -> Result<Vec<PathBuf>, MetadataError> {
        let mut found: Vec<PathBuf> = reader::list(force_app)?
            .into_iter()
            .map(|part| part.join("main").join("default"))
            .filter(|dir| dir.is_dir())
            .collect();
        found.sort();
        Ok(found)
    }

    /// Reads source-format folders (each a `main/default`). With a namespace, all custom names get
    /// the prefix `<namespace>__`, as in a packaged install.
    pub fn read(folders: &[PathBuf], namespace: Option<&str>) -> Result<Package, MetadataError> {
        let mut parts = reader::Parts::new(namespace);
        for folder in folders {
            parts.read(folder)?;
        }
        Package::build(parts)
    }

    /// An org without any package: standard objects only.
    pub fn standard() -> Package {
        let mut metadata = Metadata::default();
        for object in standard::objects() {
            metadata.objects.insert(object.name.clone(), object);
        }
        Package {
            metadata: Arc::new(metadata),
            defaults: BTreeMap::new(),
            delete_rules: BTreeMap::new(),
            rules: BTreeMap::new(),
            permission_sets: BTreeMap::new(),
        }
    }

    fn build(parts: reader::Parts) -> Result<Package, MetadataError> {
        let reader::Parts { metadata, defaults, delete_rules, permission_sets, .. } = parts;
        let mut rules = BTreeMap::new();
        for object in metadata.objects.values() {
            references_resolve(object, &metadata)?;
            rules.insert(object.name.clone(), compile(object)?);
        }
        Ok(Package { metadata: Arc::new(metadata), defaults, delete_rules, rules, permission_sets })
    }
}

fn references_resolve(object: &ObjectDef, metadata: &Metadata) -> Result<(), MetadataError> {
    for field in &object.fields {
        let FieldKind::Reference { to, .. } = &field.kind else { continue };
        if let Some(missing) = to.iter().find(|to| !metadata.objects.contains_key(*to)) {
            return Err(MetadataError::Reference {
                object: object.name.clone(),
                field: field.name.clone(),
                to: missing.clone(),
            });
        }
    }
    Ok(())
}

fn compile(object: &ObjectDef) -> Result<Vec<Rule>, MetadataError> {
    object
        .validation_rules
        .iter()
        .map(|(name, text, message)| {
            let refused = |what: String| MetadataError::Rule {
                object: object.name.clone(),
                rule: name.clone(),
                what,
            };
            let condition = formula::parse(text).map_err(refused)?;
            if let Some(field) =
                condition.fields().into_iter().find(|f| object.fields.iter().all(|d| d.name != *f))
            {
                return Err(refused(format!("field {field} is not on the object")));
            }
            Ok(Rule { name: name.clone(), condition, message: message.clone() })
        })
        .collect()
}
