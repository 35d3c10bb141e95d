//! The words people read: the package's custom labels and their German translation, read from
//! `force-app`, so that a refusal here says what the org would say.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context;

use crate::org::metadata::{list, source};

/// Labels by name, in two languages.
#[derive(Debug, Default)]
pub struct Texts {
    english: BTreeMap<String, String>,
    german: BTreeMap<String, String>,
}

impl Texts {
    /// Reads the labels of all source folders (each a `main/default`).
    ///
    /// # Errors
    /// A file cannot be read, or is not XML.
    pub fn read(folders: &[std::path::PathBuf]) -> anyhow::Result<Self> {
        let mut texts = Self::default();
        for folder in folders {
            for path in list(&folder.join("labels"))? {
                take(&path, "labels", "fullName", "value", &mut texts.english)?;
            }
            for path in list(&folder.join("translations"))? {
                if path.file_name().is_some_and(|n| n.to_string_lossy().starts_with("de.")) {
                    take(&path, "customLabels", "name", "label", &mut texts.german)?;
                }
            }
        }
        Ok(texts)
    }

    /// A label's text; its name, should the package have none of it.
    pub fn get(&self, name: &str, german: bool) -> String {
        let translated = german.then(|| self.german.get(name)).flatten();
        translated.or_else(|| self.english.get(name)).cloned().unwrap_or_else(|| name.to_string())
    }

    /// Whether the package has the label.
    pub fn has(&self, name: &str) -> bool {
        self.english.contains_key(name)
    }
}

fn take(
    path: &Path,
    entry: &str,
    name: &str,
    value: &str,
    into: &mut BTreeMap<String, String>,
) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("the labels {} cannot be read", path.display()))?;
    let document = roxmltree::Document::parse(&text)
        .with_context(|| format!("the labels {} are not XML", path.display()))?;
    let entries = document.root_element().children().filter(|c| c.tag_name().name() == entry);
    for label in entries {
        if let (Some(name), Some(text)) = (source::text(label, name), source::text(label, value)) {
            into.insert(name.into(), text.into());
        }
    }
    Ok(())
}

/// Puts values in the places of a template, as `String.format` does: `{0}`, `{1}`.
pub fn filled(template: &str, values: &[&str]) -> String {
    let places = values.iter().enumerate();
    places.fold(template.replace("''", "'"), |text, (at, value)| {
        text.replace(&format!("{{{at}}}"), value)
    })
}
