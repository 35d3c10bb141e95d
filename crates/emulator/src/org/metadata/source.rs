//! Small reading steps over source-format XML: child texts, flags, numbers, and the namespace
//! prefix on custom names.

use std::path::Path;

use roxmltree::Node;

use super::MetadataError;

/// Text of the first child element of this name, trimmed.
pub fn text<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    child(node, name).and_then(|c| c.text()).map(str::trim).filter(|t| !t.is_empty())
}

/// First child element of this name.
pub fn child<'a, 'b>(node: Node<'a, 'b>, name: &str) -> Option<Node<'a, 'b>> {
    node.children().find(|c| c.is_element() && c.tag_name().name() == name)
}

/// All child elements of this name.
pub fn children<'a, 'b: 'a>(
    node: Node<'a, 'b>,
    name: &'a str,
) -> impl Iterator<Item = Node<'a, 'b>> {
    node.children().filter(move |c| c.is_element() && c.tag_name().name() == name)
}

/// `true` only where the element says so.
pub fn flag(node: Node<'_, '_>, name: &str) -> bool {
    text(node, name) == Some("true")
}

/// A number, or an error that names the file.
pub fn number<T: std::str::FromStr>(
    node: Node<'_, '_>,
    name: &str,
    path: &Path,
) -> Result<T, MetadataError> {
    text(node, name).and_then(|t| t.parse().ok()).ok_or_else(|| MetadataError::Unknown {
        path: path.to_path_buf(),
        what: format!("<{name}> is missing or not a number"),
    })
}

/// Puts the namespace before custom names.
#[derive(Debug, Clone, Default)]
pub struct Namer {
    prefix: Option<String>,
}

impl Namer {
    /// No namespace: names stay as they are.
    pub fn new(namespace: Option<&str>) -> Namer {
        Namer { prefix: namespace.filter(|n| !n.is_empty()).map(|n| format!("{n}__")) }
    }

    /// The name in this org. A name that already carries a namespace stays as it is.
    pub fn name(&self, name: &str) -> String {
        match &self.prefix {
            Some(prefix) if custom(name) => format!("{prefix}{name}"),
            _ => name.to_string(),
        }
    }

    /// Prefixes every custom name in a formula or filter, outside quotes.
    pub fn expression(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut word = String::new();
        let mut quote: Option<char> = None;
        for c in text.chars() {
            if quote.is_none() && (c.is_ascii_alphanumeric() || c == '_') {
                word.push(c);
                continue;
            }
            out.push_str(&self.name(&word));
            word.clear();
            match quote {
                Some(open) if open == c => quote = None,
                None if c == '"' || c == '\'' => quote = Some(c),
                _ => {}
            }
            out.push(c);
        }
        out.push_str(&self.name(&word));
        out
    }
}

fn custom(name: &str) -> bool {
    const SUFFIXES: [&str; 6] = ["__c", "__e", "__r", "__chn", "__ChangeEvent", "__mdt"];
    SUFFIXES
        .iter()
        .any(|s| name.strip_suffix(s).is_some_and(|n| !n.is_empty() && !n.contains("__")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_namespace_goes_before_custom_names_only() {
        let namer = Namer::new(Some("cb"));
        assert_eq!(namer.name("Chime_Meeting__c"), "cb__Chime_Meeting__c");
        assert_eq!(namer.name("Account"), "Account");
        assert_eq!(namer.name("other__Thing__c"), "other__Thing__c");
        assert_eq!(
            namer.expression("ISCHANGED(Rev__c) && Name = 'Rev__c'"),
            "ISCHANGED(cb__Rev__c) && Name = 'Rev__c'"
        );
    }
}
