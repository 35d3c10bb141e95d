//! The repository as the tests about it see it: its files, and Rust text taken apart into code and
//! string literals, so that a word in a comment is not taken for one in code.

use std::fs;
use std::path::{Path, PathBuf};

/// The clone's root.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A file's text, by its path from the root.
pub fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// All files below a folder with this ending, as (path from the root, text), in order of path.
pub fn files(folder: &str, ending: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    walk(&root().join(folder), ending, &mut found);
    found.sort();
    found
        .into_iter()
        .map(|path| {
            let short = path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
            let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{short}: {e}"));
            (short, text)
        })
        .collect()
}

fn walk(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name != "node_modules" && name != "target") {
                walk(&path, ending, found);
            }
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
}

/// Our Rust files without those that only test.
pub fn sources(folder: &str) -> Vec<(String, String)> {
    let tests = ["tests.rs", "testing.rs", "_tests/", "/tests/", "/conformance/"];
    files(folder, ".rs")
        .into_iter()
        .filter(|(path, _)| !tests.iter().any(|part| path.contains(part)))
        .map(|(path, text)| {
            // By our layout the tests of a file are its last part.
            let end = text.find("#[cfg(test)]\nmod tests {").unwrap_or(text.len());
            let kept = text[..end].to_string();
            (path, kept)
        })
        .collect()
}

/// Rust text taken apart.
pub struct Parts {
    /// Without comments; each string literal is `""`.
    pub code: String,
    /// The string literals, escapes as written.
    pub strings: Vec<String>,
}

/// Takes Rust text apart.
pub fn parts(text: &str) -> Parts {
    let mut out = Parts { code: String::new(), strings: Vec::new() };
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let taken = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if let Some(hashes) = raw_string(rest) {
            let begin = hashes + 2;
            let end = format!("\"{}", "#".repeat(hashes));
            let length = rest[begin..].find(&end).unwrap_or(rest.len() - begin);
            out.code.push_str("\"\"");
            out.strings.push(rest[begin..begin + length].to_string());
            (begin + length + end.len()).min(rest.len())
        } else if first == '"' {
            let length = string_length(&rest[1..]);
            out.code.push_str("\"\"");
            out.strings.push(rest[1..1 + length].to_string());
            (length + 2).min(rest.len())
        } else if rest.starts_with("'\"'") || rest.starts_with("'\\") {
            rest[2..]
                .find('\'')
                .map_or(rest.len(), |at| (at + 3).max(if rest.starts_with("'\\'") { 4 } else { 0 }))
        } else {
            out.code.push(first);
            first.len_utf8()
        };
        rest = &rest[taken..];
    }
    out
}

/// `r"`, `r#"` and so on: how many hashes.
fn raw_string(text: &str) -> Option<usize> {
    let after = text.strip_prefix('r')?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    after[hashes..].starts_with('"').then_some(hashes)
}

fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at,
            _ => {}
        }
    }
    text.len()
}

/// The words of a text: letters, digits and underscores.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

#[test]
fn rust_text_is_taken_apart_into_code_and_strings() {
    let text = "let a = \"x // \\\" y\"; // tokio\nlet b = r#\"a \"b\" c\"#; let c = '\"'; let d = '\\''; z(\"e\");";
    let parts = parts(text);
    assert_eq!(parts.strings, ["x // \\\" y", "a \"b\" c", "e"]);
    assert!(!parts.code.contains("tokio") && parts.code.contains("z(\"\")"), "{}", parts.code);
}
