//! Promise: the fault table of `docs/semantics.md` and the tests are about the same faults. Each
//! row names a test that exists and runs, and each test in `tests/it/faults/` has a row.
//!
//! A row is `| fault | what the bridge does | what stands at the end | test |`. The test is
//! `faults::connections::a_name` or `outage::a_name` for a module of `tests/it`, or
//! `src/some/file.rs::a_name` for a unit test.

use std::collections::BTreeSet;

use crate::tree;

/// A row of the table.
#[derive(Debug, PartialEq)]
struct Row {
    fault: String,
    test: String,
}

/// Rows of all tables under the heading. A line that is none of a table is text.
fn rows(page: &str) -> Result<Vec<Row>, String> {
    let (_, part) = page.split_once("\n## Fault table\n").ok_or("there is no fault table")?;
    let part = part.split("\n## ").next().unwrap_or_default();
    let mut rows: Vec<Row> = Vec::new();
    for line in part.lines().filter(|line| line.starts_with('|')) {
        let inner = line.trim().trim_start_matches('|').trim_end_matches('|');
        let cells: Vec<&str> = inner.split('|').map(str::trim).collect();
        let [fault, does, end, test] = cells[..] else {
            return Err(format!("a row has {} cells and not four: {line}", cells.len()));
        };
        if test == "test" || test.chars().all(|c| c == '-') {
            continue;
        }
        let test = test.strip_prefix('`').and_then(|test| test.strip_suffix('`'));
        let test = test.ok_or(format!("the test stands in `ticks`: {line}"))?;
        if [fault, does, end].iter().any(|cell| cell.is_empty()) {
            return Err(format!("a cell is empty: {line}"));
        }
        if rows.iter().any(|row| row.fault == fault) {
            return Err(format!("the fault stands there twice: {fault}"));
        }
        rows.push(Row { fault: fault.into(), test: test.into() });
    }
    Ok(rows)
}

/// The file a row's test stands in, and the test's name.
fn place(test: &str) -> Option<(String, &str)> {
    let (module, name) = test.rsplit_once("::")?;
    let file = match module.ends_with(".rs") {
        true => module.to_string(),
        false => format!("tests/it/{}.rs", module.replace("::", "/")),
    };
    Some((file, name))
}

/// Names of the tests in Rust text that are run: not those that are ignored.
fn tests(text: &str) -> BTreeSet<String> {
    let code = tree::parts(text).code;
    let (mut found, mut attributes) = (BTreeSet::new(), String::new());
    for line in code.lines().map(str::trim) {
        if line.starts_with("#[") {
            attributes.push_str(line);
        } else if let Some(at) = line.find("fn ").filter(|_| !attributes.is_empty()) {
            let is_test = attributes.contains("#[test]") || attributes.contains("#[tokio::test");
            if is_test && !attributes.contains("ignore") {
                found.extend(tree::words(&line[at + 3..]).next().map(str::to_string));
            }
            attributes.clear();
        } else if !line.is_empty() {
            attributes.clear();
        }
    }
    found
}

#[test]
fn each_row_of_the_fault_table_names_a_test_that_runs() {
    let rows = rows(&tree::read("docs/semantics.md")).unwrap();
    assert!(!rows.is_empty(), "the table is empty");
    for Row { fault, test } in rows {
        let (file, name) = place(&test).unwrap_or_else(|| panic!("{fault}: {test} is no test"));
        let there = tree::root().join(&file).is_file();
        assert!(there, "{fault}: there is no file {file} for {test}");
        assert!(tests(&tree::read(&file)).contains(name), "{fault}: {file} runs no test {name}");
    }
}

#[test]
fn each_test_of_a_fault_has_its_row() {
    let rows = rows(&tree::read("docs/semantics.md")).unwrap();
    let named: BTreeSet<&str> = rows.iter().map(|row| row.test.as_str()).collect();
    for (path, text) in tree::files("tests/it/faults", ".rs") {
        let module = path.trim_start_matches("tests/it/").trim_end_matches(".rs");
        let module = module.replace('/', "::");
        for test in tests(&text) {
            let test = format!("{module}::{test}");
            assert!(named.contains(test.as_str()), "docs/semantics.md has no row for {test}");
        }
    }
}

#[test]
fn a_row_that_says_too_little_and_a_test_that_is_not_run_are_noticed() {
    let table = |row: &str| {
        format!(
            "x\n## Fault table\n| fault | a | b | test |\n|---|---|---|---|\n{row}\n## Next\n| a |"
        )
    };
    let one = rows(&table("| cut | waits | all | `outage::a` |")).unwrap();
    assert_eq!(one, [Row { fault: "cut".into(), test: "outage::a".into() }]);
    let twice = "| cut | waits | all | `a::b` |\n| cut | waits | all | `a::c` |";
    for bad in ["| cut | waits | `a::b` |", "| cut |  | all | `a::b` |", "| a | b | c | d |", twice]
    {
        assert!(rows(&table(bad)).is_err(), "{bad}");
    }
    assert!(rows("nothing").is_err());

    let text = "#[test]\nfn one() {}\nfn two() {}\n#[test]\n#[ignore = \"slow\"]\nfn three() {}\n\
                #[tokio::test(flavor = \"multi_thread\")]\nasync fn four() {}\n// #[test]\nfn five() {}";
    assert_eq!(tests(text).into_iter().collect::<Vec<_>>(), ["four", "one"]);
    assert_eq!(place("faults::aws::a"), Some(("tests/it/faults/aws.rs".into(), "a")));
    assert_eq!(place("src/a/b.rs::c"), Some(("src/a/b.rs".into(), "c")));
}
