//! Promise: the river has walls. The domain and the door to it do no I/O, files stay small and say
//! what they are, and the store's migrations are known.

use std::collections::{BTreeMap, BTreeSet};

use crate::tree;

/// Crates that do I/O, or belong to one that does.
const OUTSIDE: &[&str] = &["tokio", "tonic", "reqwest", "sqlx", "axum", "hyper"];

#[test]
fn the_domain_and_the_door_to_it_do_no_io() {
    for folder in ["src/meeting", "src/input"] {
        let files = tree::sources(folder);
        assert!(files.len() > 3, "{folder} has moved; this test has to follow");
        for (path, text) in files {
            let code = tree::parts(&text).code;
            for word in tree::words(&code) {
                let outside = OUTSIDE.contains(&word) || word.starts_with("aws_");
                assert!(!outside, "{path} names {word}: facts come in as values, effects go out");
            }
        }
    }
}

#[test]
fn the_domain_knows_nothing_upstream_of_it() {
    // What a step may name: time, itself, the shape of a change, and links to find a meeting by.
    let allowed = ["clock", "meeting", "outbox::row", "store::Link"];
    for (path, text) in tree::sources("src/meeting") {
        let code = tree::parts(&text).code;
        for (at, _) in code.match_indices("crate::") {
            let rest = &code[at + "crate::".len()..];
            let fits = allowed.iter().any(|name| rest.starts_with(name));
            let named = rest.lines().next().unwrap_or_default();
            assert!(fits, "{path} names crate::{named}: the domain stands alone");
        }
    }
}

/// Crates that read outside bytes: they must build and run in seconds, under any tool.
const READERS: &[&str] = &["chime-contract", "chime-wire"];

#[test]
fn what_reads_outside_bytes_links_no_network_and_no_aws_sdk() {
    let text = tree::read("Cargo.lock");
    let lock = locked(&text);
    for reader in READERS {
        let (mut reached, mut next) = (BTreeSet::new(), vec![*reader]);
        while let Some(name) = next.pop() {
            let needs = lock.get(name).unwrap_or_else(|| panic!("Cargo.lock has no {name}"));
            next.extend(needs.iter().copied().filter(|need| reached.insert(*need)));
        }
        assert!(reached.contains("serde_json"), "{reader}: the lock file was not understood");
        for name in reached {
            let outside = OUTSIDE.contains(&name) || name.starts_with("aws-");
            assert!(!outside, "{reader} reaches {name}: reading needs neither network nor runtime");
        }
    }
}

#[test]
fn the_fuzzer_builds_without_network_and_without_aws_sdk() {
    let text = tree::read("fuzz/Cargo.lock");
    let lock = locked(&text);
    assert!(lock.contains_key("chime-promises"), "fuzz/Cargo.lock was not understood");
    for name in lock.keys() {
        let outside = OUTSIDE.contains(name) || name.starts_with("aws-");
        assert!(!outside, "fuzz/Cargo.lock holds {name}");
    }
}

/// Packages of a lock file with what they need, by name. Two versions of one name are taken
/// together: this may forbid too much, never too little.
fn locked(lock: &str) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut packages: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for package in lock.split("[[package]]").skip(1) {
        let mut lines = package.lines().map(str::trim);
        let name = lines.find_map(|line| line.strip_prefix("name = ")).unwrap().trim_matches('"');
        let list = package.split("dependencies = [").nth(1).unwrap_or_default();
        let needs = list.lines().filter_map(|line| line.trim().strip_prefix('"'));
        let names = needs.filter_map(|line| line.split([' ', '"']).next());
        packages.entry(name).or_default().extend(names);
    }
    packages
}

#[test]
fn every_file_says_what_it_is() {
    for folder in ["src", "crates", "tests"] {
        for (path, text) in tree::files(folder, ".rs") {
            assert!(text.starts_with("//! "), "{path} does not open with `//!`");
        }
    }
}

#[test]
fn no_file_is_longer_than_600_lines() {
    for folder in ["src", "crates", "tests"] {
        for (path, text) in tree::files(folder, ".rs") {
            let lines = text.lines().count();
            assert!(lines <= 600, "{path} has {lines} lines: look for the second idea in it");
        }
    }
}

/// Lines of code in a `mod.rs`.
const LONGEST_MOD: usize = 60;
/// Those that are longer today, with their length then: they may only shrink.
const LONGER: &[(&str, usize)] =
    &[("src/cli/mod.rs", 100), ("src/config/mod.rs", 100), ("src/store/mod.rs", 160)];

#[test]
fn a_mod_rs_mostly_declares() {
    for (path, text) in tree::sources("src").into_iter().filter(|(p, _)| p.ends_with("/mod.rs")) {
        let code = tree::parts(&text).code;
        let lines = code.lines().filter(|line| !line.trim().is_empty()).count();
        let most = LONGER.iter().find(|(known, _)| *known == path).map_or(LONGEST_MOD, |l| l.1);
        assert!(lines <= most, "{path} has {lines} lines of code: move them out");
    }
}

#[test]
fn migrations_are_numbered_without_a_gap_and_named_in_the_documentation() {
    let page = tree::read("docs/operations.md");
    let found = tree::files("migrations/sqlite", ".sql");
    assert!(!found.is_empty());
    for (n, (path, _)) in found.iter().enumerate() {
        let name = path.rsplit('/').next().unwrap();
        assert!(name.starts_with(&format!("{:04}_", n + 1)), "{name} is not number {}", n + 1);
        assert!(page.contains(name), "docs/operations.md does not name {name}");
    }
}
