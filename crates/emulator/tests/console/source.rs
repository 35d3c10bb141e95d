//! Reads what the controllers offer out of their `.cls` files: methods with parameters and types,
//! and the fields of the classes they answer with.

use std::collections::BTreeMap;

use super::force_app;

/// A method components may call.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Offered {
    pub class: String,
    pub name: String,
    pub parameters: Vec<String>,
    pub answers: String,
}

/// What the classes of a folder offer.
#[derive(Debug, Default)]
pub struct Source {
    pub methods: Vec<Offered>,
    /// Fields by class, with their types.
    pub shapes: BTreeMap<String, BTreeMap<String, String>>,
}

impl Source {
    /// All classes of the package.
    pub fn read() -> Self {
        let mut source = Self::default();
        let classes = force_app().join("core/main/default/classes");
        for folder in std::fs::read_dir(classes).unwrap() {
            for file in std::fs::read_dir(folder.unwrap().path()).unwrap() {
                let path = file.unwrap().path();
                if path.extension().is_some_and(|e| e == "cls") {
                    source.take(&without_comments(&std::fs::read_to_string(&path).unwrap()));
                }
            }
        }
        source
    }

    fn take(&mut self, text: &str) {
        let mut open: Vec<Option<String>> = Vec::new();
        let mut pending: Option<String> = None;
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            if let Some(after) = word(rest, "class")
                && open.len() < 2
            {
                let name: String = after.trim_start().chars().take_while(|c| is_name(*c)).collect();
                pending = Some(name);
                rest = after;
                continue;
            }
            if let Some(after) = rest.strip_prefix("@AuraEnabled") {
                let class = open.iter().rev().flatten().next().unwrap();
                self.member(class, after);
                rest = after;
                continue;
            }
            match c {
                '{' => open.push(pending.take()),
                '}' => drop(open.pop()),
                _ => {}
            }
            // A name is passed over as a whole, so that no word is found in its middle.
            let name = rest.chars().take_while(|c| is_name(*c)).map(char::len_utf8).sum::<usize>();
            rest = &rest[name.max(c.len_utf8())..];
        }
    }

    fn member(&mut self, class: &str, after: &str) {
        let after = after.trim_start();
        let after = after.strip_prefix('(').and_then(|a| a.split_once(')')).map_or(after, |a| a.1);
        let end = after.find([';', '{', '=']).unwrap();
        let said = after[..end].trim();
        let said = said.strip_prefix("public").unwrap().trim_start();
        if let Some(method) = said.strip_prefix("static") {
            let (head, parameters) = method.split_once('(').unwrap();
            let (answers, name) = head.trim().rsplit_once(' ').unwrap();
            let parameters = parameters.trim_end().trim_end_matches(')');
            self.methods.push(Offered {
                class: class.into(),
                name: name.into(),
                parameters: parameters
                    .split(',')
                    .filter_map(|p| Some(p.trim().rsplit_once(' ')?.1.to_string()))
                    .collect(),
                answers: answers.trim().into(),
            });
        } else {
            let (kind, name) = said.rsplit_once(' ').unwrap();
            let fields = self.shapes.entry(class.into()).or_default();
            fields.insert(name.into(), kind.trim().into());
        }
    }
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn word<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    text.strip_prefix(word).filter(|after| after.starts_with(char::is_whitespace))
}

fn without_comments(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix("/*") {
            rest = after.split_once("*/").map_or("", |a| a.1);
        } else if let Some(after) = rest.strip_prefix("//") {
            rest = after.find('\n').map_or("", |at| &after[at..]);
        } else if let Some(after) = rest.strip_prefix('\'') {
            // A text: its words are no code.
            let mut chars = after.char_indices();
            let mut end = after.len();
            while let Some((at, c)) = chars.next() {
                match c {
                    '\\' => drop(chars.next()),
                    '\'' => {
                        end = at + 1;
                        break;
                    }
                    _ => {}
                }
            }
            out.push_str("''");
            rest = &after[end..];
        } else {
            let c = rest.chars().next().unwrap();
            out.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    out
}
