//! Promise: every code a person may meet has its paragraph in `docs/errors.md`, and no paragraph
//! is about a code that is gone.

use std::collections::BTreeSet;

use crate::tree;

fn codes(text: &str) -> BTreeSet<String> {
    text.match_indices("CB-")
        .filter_map(|(at, _)| text.get(at..at + 6))
        .filter(|code| code[3..].bytes().all(|b| b.is_ascii_digit()))
        .map(str::to_string)
        .collect()
}

#[test]
fn each_code_is_explained_and_each_explanation_has_a_code() {
    let mut used = BTreeSet::new();
    let folders = ["src", "crates/wire/src", "recorder/src"];
    for (_, text) in folders.into_iter().flat_map(tree::sources) {
        for string in tree::parts(&text).strings {
            used.extend(codes(&string));
        }
    }
    let page = tree::read("docs/errors.md");
    let explained: BTreeSet<String> =
        page.lines().filter(|line| line.starts_with("### ")).flat_map(codes).collect();
    let missing: Vec<_> = used.difference(&explained).collect();
    let stale: Vec<_> = explained.difference(&used).collect();
    assert!(missing.is_empty(), "docs/errors.md does not explain {missing:?}");
    assert!(stale.is_empty(), "docs/errors.md explains {stale:?}, which nothing says");
}

#[test]
fn each_explanation_says_cause_effect_and_what_to_do() {
    let page = tree::read("docs/errors.md");
    let mut checked = 0;
    for part in page.split("\n### ").skip(1) {
        let part = part.split("\n## ").next().unwrap();
        let heading = part.lines().next().unwrap();
        for word in ["**Cause.**", "**Effect.**", "**Do.**"] {
            assert!(part.contains(word), "{heading} lacks {word}");
        }
        checked += 1;
    }
    assert!(checked > 20, "the page has lost its headings: {checked} found");
}
