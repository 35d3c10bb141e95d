//! Promise: the lists in the documentation that are made from the code are what the code says.
//! `make docs` writes them anew.

use std::fs;

use chime_bridge::telemetry;

use crate::tree;

/// Compares the part of a page between its two marks, or writes it when asked to.
fn compare(page: &str, mark: &str, wanted: &str) {
    let text = tree::read(page);
    let (begin, end) = (format!("<!-- {mark}: begin -->\n"), format!("<!-- {mark}: end -->"));
    let from = text.find(&begin).unwrap_or_else(|| panic!("{page} has lost {begin}")) + begin.len();
    let to = text.find(&end).unwrap_or_else(|| panic!("{page} has lost {end}"));
    if &text[from..to] == wanted {
        return;
    }
    #[allow(clippy::disallowed_methods, reason = "not a setting of the bridge")]
    let write = std::env::var("CHIME_WRITE_DOCS").is_ok();
    assert!(write, "{page} is not what the code says; run `make docs` and look at the difference");
    let new = format!("{}{wanted}{}", &text[..from], &text[to..]);
    fs::write(tree::root().join(page), new).unwrap();
}

#[test]
fn every_metric_stands_in_the_documentation() {
    let used: Vec<String> = tree::sources("src")
        .into_iter()
        .filter(|(path, _)| !path.starts_with("src/telemetry"))
        .map(|(_, text)| tree::parts(&text).code)
        .collect();
    let set = |constant: &str| used.iter().any(|code| tree::words(code).any(|w| w == constant));
    let mut table = String::from("| metric | unit | meaning | set |\n|---|---|---|---|\n");
    for metric in telemetry::ALL {
        let unit = metric.unit.as_str();
        let word = if set(&constant(metric.name)) { "yes" } else { "not yet" };
        table.push_str(&format!("| `{}` | {unit} | {} | {word} |\n", metric.name, metric.text));
    }
    compare("docs/metrics.md", "metrics", &table);
}

/// The constant by which the code names a metric.
fn constant(metric: &str) -> String {
    let list = tree::read("src/telemetry/names.rs");
    let line = list
        .lines()
        .find(|line| line.contains(&format!("= \"{metric}\"")))
        .unwrap_or_else(|| panic!("{metric} is not in the list"));
    line.split_whitespace().nth(1).unwrap().to_string()
}

#[test]
fn every_inferred_rule_stands_in_the_documentation() {
    let mut list = String::new();
    for (folder, prefix) in [("crates/emulator/src", ""), ("crates/media/src", "media/")] {
        for (path, text) in tree::files(folder, ".rs") {
            for rule in inferred(&text) {
                let place = path.trim_start_matches(folder).trim_start_matches('/');
                list.push_str(&format!("- `{prefix}{place}`: {rule}\n"));
            }
        }
    }
    assert!(!list.is_empty());
    compare("docs/emulator.md", "inferred", &list);
}

/// The comments that begin a rule with `INFERRED:`, up to the end of their paragraph.
fn inferred(text: &str) -> Vec<String> {
    let mut rules = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let Some((before, rule)) = line.split_once("INFERRED: ") else { continue };
        if !before.trim_start().starts_with("//") {
            continue;
        }
        // What stands before the mark on the same line says what the rule is about.
        let about = before.trim().trim_start_matches(['/', '!']).trim();
        let gap = if about.is_empty() { "" } else { " " };
        let mut rule = format!("{about}{gap}{}", rule.trim());
        while let Some(more) = lines.peek().and_then(|next| comment(next)) {
            rule.push_str(&format!(" {more}"));
            lines.next();
        }
        rules.push(rule);
    }
    rules
}

fn comment(line: &str) -> Option<&str> {
    let text = line.trim().strip_prefix("//")?.trim_start_matches(['/', '!']).trim();
    (!text.is_empty() && !text.contains("INFERRED:")).then_some(text)
}
