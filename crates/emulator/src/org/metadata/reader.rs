//! Reads `force-app/*/main/default` in source format into [`Metadata`]. Files are read in
//! alphabetical order, so key prefixes and field order are the same at each start.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use roxmltree::Node;
use serde_json::{Value, json};

use super::permissions::PermissionSet;
use super::source::{self, Namer};
use super::{
    ChannelDef, DeleteRule, FieldDef, FieldKind, Metadata, MetadataError, ObjectDef, standard,
};

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// What has been read so far.
#[derive(Debug, Default)]
pub struct Parts {
    namer: Namer,
    pub metadata: Metadata,
    pub defaults: BTreeMap<String, BTreeMap<String, Value>>,
    pub delete_rules: BTreeMap<String, BTreeMap<String, DeleteRule>>,
    pub permission_sets: BTreeMap<String, PermissionSet>,
}

impl Parts {
    /// Begins with the standard objects.
    pub fn new(namespace: Option<&str>) -> Parts {
        let mut parts = Parts { namer: Namer::new(namespace), ..Parts::default() };
        for object in standard::objects() {
            parts.metadata.objects.insert(object.name.clone(), object);
        }
        parts
    }

    /// Reads one `main/default` folder on top of what is there.
    pub fn read(&mut self, folder: &Path) -> Result<(), MetadataError> {
        for dir in list(&folder.join("objects"))?.into_iter().filter(|d| d.is_dir()) {
            self.object(&dir)?;
        }
        for path in list(&folder.join("platformEventChannels"))? {
            let name = self.namer.name(&stem(&path));
            let channel =
                ChannelDef { name: name.clone(), members: Vec::new(), enriched: BTreeMap::new() };
            self.metadata.channels.entry(name).or_insert(channel);
        }
        for path in list(&folder.join("platformEventChannelMembers"))? {
            with_xml(&path, |root| self.member(root, &path))?;
        }
        for path in list(&folder.join("permissionsets"))? {
            let set = with_xml(&path, |root| Ok(PermissionSet::read(root, &self.namer)))?;
            self.permission_sets.insert(stem(&path), set);
        }
        Ok(())
    }

    fn object(&mut self, dir: &Path) -> Result<(), MetadataError> {
        let source_name = stem(dir);
        let name = self.namer.name(&source_name);
        let event = name.ends_with("__e");
        if name.ends_with("__mdt") {
            return Ok(()); // custom metadata types have no rows that this org serves
        }
        let mut fields = Vec::new();
        for path in list(&dir.join("fields"))? {
            fields.extend(with_xml(&path, |root| self.field(root, &path, &name))?);
        }
        let mut rules = Vec::new();
        for path in list(&dir.join("validationRules"))? {
            rules.extend(with_xml(&path, |root| self.rule(root, &path))?);
        }
        if let Some(known) = self.metadata.objects.get_mut(&name) {
            known.fields.extend(fields);
            known.validation_rules.extend(rules);
            return Ok(());
        }
        if let Some(known) = self.metadata.events.get_mut(&name) {
            known.fields.extend(fields);
            return Ok(());
        }
        let file = dir.join(format!("{source_name}.object-meta.xml"));
        if !source_name.contains("__") && !file.exists() {
            return Err(unknown(dir, "a standard object the emulator does not have"));
        }
        let (label, name_format) = with_xml(&file, |root| {
            let format = source::child(root, "nameField")
                .filter(|f| source::text(*f, "type") == Some("AutoNumber"))
                .map(|f| source::text(f, "displayFormat").unwrap_or("{0}").to_string());
            Ok((source::text(root, "label").unwrap_or(&source_name).to_string(), format))
        })?;
        let def = |prefix: String, fields| ObjectDef {
            name: name.clone(),
            label,
            key_prefix: prefix,
            fields,
            name_format: name_format.clone(),
            validation_rules: rules,
        };
        if event {
            let prefix = key_prefix('e', self.metadata.events.len());
            self.metadata.events.insert(name.clone(), def(prefix, fields));
        } else {
            // A detail has no owner of its own: its master's owner counts.
            let detail =
                fields.iter().any(|f| matches!(f.kind, FieldKind::Reference { master: true, .. }));
            let mut all = standard::system_fields(!detail, name_format.is_none());
            all.extend(fields);
            let custom = self.metadata.objects.values().filter(|o| o.key_prefix.starts_with('a'));
            let prefix = key_prefix('a', custom.count());
            self.metadata.objects.insert(name.clone(), def(prefix, all));
        }
        Ok(())
    }

    fn field(
        &mut self,
        root: Node<'_, '_>,
        path: &Path,
        object: &str,
    ) -> Result<Option<FieldDef>, MetadataError> {
        let name = source::text(root, "fullName").unwrap_or_default();
        let Some(kind_name) = source::text(root, "type") else {
            // A standard field that is only re-labelled carries no type.
            return if name.contains("__") { Err(unknown(path, "no <type>")) } else { Ok(None) };
        };
        if source::child(root, "formula").is_some() {
            return Err(unknown(path, "formula fields are not played by the emulator"));
        }
        let name = self.namer.name(name);
        let kind = self.kind(kind_name, root, path)?;
        if let Some(default) = default(kind_name, root) {
            self.defaults.entry(object.into()).or_default().insert(name.clone(), default);
        }
        if let Some(rule) = source::text(root, "deleteConstraint") {
            let rule = match rule {
                "SetNull" => DeleteRule::SetNull,
                "Restrict" => DeleteRule::Restrict,
                "Cascade" => DeleteRule::Cascade,
                other => return Err(unknown(path, &format!("deleteConstraint {other}"))),
            };
            self.delete_rules.entry(object.into()).or_default().insert(name.clone(), rule);
        }
        let master = matches!(kind, FieldKind::Reference { master: true, .. });
        let fixed = matches!(kind, FieldKind::Reference { master: true, reparentable: false, .. });
        let auto = kind_name == "AutoNumber";
        Ok(Some(FieldDef {
            name,
            required: master || source::flag(root, "required"),
            unique: source::flag(root, "unique"),
            case_sensitive: source::flag(root, "caseSensitive"),
            external_id: source::flag(root, "externalId"),
            createable: !auto,
            updateable: !auto && !fixed,
            kind,
        }))
    }

    fn kind(
        &self,
        kind: &str,
        root: Node<'_, '_>,
        path: &Path,
    ) -> Result<FieldKind, MetadataError> {
        Ok(match kind {
            "Text" | "EncryptedText" => {
                FieldKind::Text { length: source::number(root, "length", path)? }
            }
            "TextArea" | "Url" => FieldKind::Text { length: 255 },
            "Email" => FieldKind::Text { length: 80 },
            "Phone" => FieldKind::Text { length: 40 },
            "LongTextArea" | "Html" => {
                FieldKind::LongText { length: source::number(root, "length", path)? }
            }
            "Number" | "Currency" | "Percent" => FieldKind::Number {
                precision: source::number(root, "precision", path)?,
                scale: source::number(root, "scale", path)?,
            },
            "Checkbox" => FieldKind::Checkbox,
            "DateTime" => FieldKind::DateTime,
            "Picklist" => FieldKind::Picklist { values: picklist(root, path)? },
            "Lookup" | "MasterDetail" => {
                let to = source::text(root, "referenceTo")
                    .ok_or_else(|| unknown(path, "no <referenceTo>"))?;
                let master = kind == "MasterDetail";
                FieldKind::Reference {
                    to: vec![self.namer.name(to)],
                    master,
                    reparentable: !master || source::flag(root, "reparentableMasterDetail"),
                }
            }
            other => return Err(unknown(path, &format!("field type {other} is not played"))),
        })
    }

    fn rule(
        &self,
        root: Node<'_, '_>,
        path: &Path,
    ) -> Result<Option<(String, String, String)>, MetadataError> {
        if !source::flag(root, "active") {
            return Ok(None);
        }
        let formula = source::text(root, "errorConditionFormula")
            .ok_or_else(|| unknown(path, "no <errorConditionFormula>"))?;
        let message = source::text(root, "errorMessage").unwrap_or_default();
        Ok(Some((self.namer.name(&stem(path)), self.namer.expression(formula), message.into())))
    }

    fn member(&mut self, root: Node<'_, '_>, path: &Path) -> Result<(), MetadataError> {
        let channel =
            source::text(root, "eventChannel").ok_or_else(|| unknown(path, "no <eventChannel>"))?;
        let entity = source::text(root, "selectedEntity")
            .ok_or_else(|| unknown(path, "no <selectedEntity>"))?;
        let name = self.namer.name(channel);
        let entity = self.namer.name(entity);
        let filter = source::text(root, "filterExpression").map(|f| self.namer.expression(f));
        let enriched: Vec<String> = source::children(root, "enrichedFields")
            .filter_map(|f| source::text(f, "name"))
            .map(|f| self.namer.name(f))
            .collect();
        // The standard channel `ChangeEvents` has members but no file of its own.
        let def = self.metadata.channels.entry(name.clone()).or_insert_with(|| ChannelDef {
            name,
            members: Vec::new(),
            enriched: BTreeMap::new(),
        });
        if !enriched.is_empty() {
            def.enriched.insert(entity.clone(), enriched);
        }
        def.members.push((entity, filter));
        Ok(())
    }
}

/// Values of a local value set. The emulator plays every picklist as restricted, as ours are.
fn picklist(root: Node<'_, '_>, path: &Path) -> Result<Vec<String>, MetadataError> {
    let definition = source::child(root, "valueSet")
        .and_then(|set| source::child(set, "valueSetDefinition"))
        .ok_or_else(|| unknown(path, "only picklists with their own values are played"))?;
    Ok(source::children(definition, "value")
        .filter_map(|v| source::text(v, "fullName"))
        .map(str::to_string)
        .collect())
}

fn default(kind: &str, root: Node<'_, '_>) -> Option<Value> {
    match kind {
        "Checkbox" => source::flag(root, "defaultValue").then_some(Value::Bool(true)),
        "Picklist" => {
            let definition = source::child(source::child(root, "valueSet")?, "valueSetDefinition")?;
            let value =
                source::children(definition, "value").find(|v| source::flag(*v, "default"))?;
            source::text(value, "fullName").map(|v| json!(v))
        }
        "Number" => source::text(root, "defaultValue")?.parse::<f64>().ok().map(|v| json!(v)),
        _ => None,
    }
}

/// Files and folders of a folder in alphabetical order; none if it is not there.
pub fn list(dir: &Path) -> Result<Vec<PathBuf>, MetadataError> {
    if !dir.is_dir() {
        return Ok(Vec::new());
    }
    let failed = |source| MetadataError::Read { path: dir.to_path_buf(), source };
    let mut found = std::fs::read_dir(dir)
        .and_then(|entries| entries.map(|e| e.map(|e| e.path())).collect::<Result<Vec<_>, _>>())
        .map_err(failed)?;
    found.sort();
    Ok(found)
}

fn with_xml<T>(
    path: &Path,
    read: impl FnOnce(Node<'_, '_>) -> Result<T, MetadataError>,
) -> Result<T, MetadataError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| MetadataError::Read { path: path.to_path_buf(), source })?;
    let document = roxmltree::Document::parse(&text)
        .map_err(|source| MetadataError::Xml { path: path.to_path_buf(), source })?;
    read(document.root_element())
}

/// File name up to the first dot.
fn stem(path: &Path) -> String {
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    name.split('.').next().unwrap_or_default().to_string()
}

fn key_prefix(first: char, index: usize) -> String {
    format!("{first}{}{}", char::from(DIGITS[(index / 62) % 62]), char::from(DIGITS[index % 62]))
}

fn unknown(path: &Path, what: &str) -> MetadataError {
    MetadataError::Unknown { path: path.to_path_buf(), what: what.to_string() }
}
