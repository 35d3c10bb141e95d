//! Promise: the bridge and the Salesforce package mean the same names. Every object and field the
//! bridge spells is in `force-app`, and the integration user may do what the bridge does: write
//! each field it writes, read each field it reads.

use std::collections::{BTreeMap, BTreeSet};

use crate::tree;

const PERMISSIONS: &str =
    "force-app/core/main/default/permissionsets/Chime_Bridge_Integration.permissionset-meta.xml";

/// Which function of which file makes the fields of which object.
const WRITERS: &[(&str, &str, &str)] = &[
    ("src/meeting/records.rs", "meeting_fields", "Chime_Meeting__c"),
    ("src/meeting/records.rs", "participant_fields", "Chime_Participant__c"),
    ("src/meeting/records.rs", "session_fields", "Chime_Participant_Session__c"),
    ("src/meeting/records.rs", "recording_fields", "Chime_Recording__c"),
    ("src/meeting/records.rs", "log_row", "Chime_Meeting_Log__c"),
    ("src/outbox/letters.rs", "mirror", "Chime_Dead_Letter__c"),
    ("src/outbox/letters.rs", "without_meeting", "Chime_Dead_Letter__c"),
    ("src/outbox/health.rs", "change", "Chime_Bridge_Health__c"),
];
/// Functions of those files that speak of fields without choosing what is written: the revision
/// and the masters, what the package inserted, and the keys rows are found by.
const OTHERS: &[&str] = &["changes", "as_inserted", "rows", "revised"];

/// A field of the package.
#[derive(Debug, Default)]
struct Field {
    /// Required fields and masters are always readable and writable; permission sets leave them out.
    always: bool,
}

/// Objects and events with their fields.
fn package() -> BTreeMap<String, BTreeMap<String, Field>> {
    let mut objects: BTreeMap<String, BTreeMap<String, Field>> = BTreeMap::new();
    for (path, text) in tree::files("force-app", "-meta.xml") {
        let Some((_, rest)) = path.split_once("/objects/") else { continue };
        let parts: Vec<&str> = rest.split('/').collect();
        let fields = objects.entry(parts[0].to_string()).or_default();
        if let ["fields", file] = parts[1..] {
            let always = text.contains("<required>true</required>")
                || text.contains("<type>MasterDetail</type>");
            let name = file.trim_end_matches(".field-meta.xml").to_string();
            fields.insert(name, Field { always });
        }
    }
    assert!(objects.len() > 7, "the package has moved; this test has to follow");
    objects
}

/// `Object.Field` → (readable, editable) for the integration user.
fn permissions() -> BTreeMap<String, (bool, bool)> {
    let text = tree::read(PERMISSIONS);
    let within = |block: &str, tag: &str| {
        let from = block.split_once(&format!("<{tag}>")).map_or("", |(_, rest)| rest);
        from.split('<').next().unwrap_or_default().to_string()
    };
    text.split("<fieldPermissions>")
        .skip(1)
        .map(|block| {
            let flags = (within(block, "readable") == "true", within(block, "editable") == "true");
            (within(block, "field"), flags)
        })
        .collect()
}

/// Custom names in a text, without what only looks like one.
fn custom(text: &str) -> impl Iterator<Item = &str> {
    tree::words(text).filter(|word| {
        let bare = word.trim_end_matches("__c").trim_end_matches("__e").trim_end_matches("__chn");
        bare.len() < word.len() && !bare.is_empty() && !bare.contains("__")
    })
}

/// The body of a function: from its name to the next line that is a lone closing brace.
fn body<'t>(text: &'t str, function: &str) -> &'t str {
    let from = text.find(&format!("fn {function}(")).unwrap_or_else(|| panic!("no fn {function}"));
    let length = text[from..].find("\n}").unwrap_or(text.len() - from);
    &text[from..from + length]
}

fn written() -> BTreeMap<String, BTreeSet<String>> {
    let mut written: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (path, function, object) in WRITERS {
        let text = tree::read(path);
        let strings = tree::parts(body(&text, function)).strings;
        let names = strings.iter().flat_map(|s| custom(s)).filter(|name| name != object);
        let fields: BTreeSet<String> = names.map(str::to_string).collect();
        assert!(!fields.is_empty(), "{path}: {function} writes nothing; this test has to follow");
        written.entry(object.to_string()).or_default().extend(fields);
    }
    for object in ["Chime_Meeting__c", "Chime_Participant__c", "Chime_Recording__c"] {
        written.entry(object.into()).or_default().insert("Bridge_Revision__c".into());
    }
    written
}

/// Objects and the fields selected from them, for each query the bridge spells.
fn read() -> BTreeMap<String, BTreeSet<String>> {
    let mut read: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (_, text) in tree::sources("src") {
        let strings = tree::parts(&text).strings;
        // A list of fields in a constant is put into a query by name: take it where it is used.
        let lists: Vec<&String> = strings.iter().filter(|s| s.starts_with("Id, ")).collect();
        for query in strings.iter().filter(|s| s.starts_with("SELECT ")) {
            // A query of the store names no object.
            let Some(object) = custom(query.split(" FROM ").nth(1).unwrap_or_default()).next()
            else {
                continue;
            };
            let fields = read.entry(object.to_string()).or_default();
            fields.extend(custom(query).filter(|name| *name != object).map(str::to_string));
            if query.contains("{MEETING}") {
                fields.extend(lists.iter().flat_map(|s| custom(s)).map(str::to_string));
            }
        }
    }
    assert!(read.contains_key("Chime_Meeting__c"), "no queries found; this test has to follow");
    read
}

#[test]
fn every_name_the_bridge_spells_is_in_the_package() {
    let package = package();
    let channels: Vec<String> = tree::files("force-app", ".platformEventChannel-meta.xml")
        .into_iter()
        .filter_map(|(path, _)| Some(path.rsplit('/').next()?.split('.').next()?.to_string()))
        .collect();
    let mut seen = 0;
    for (path, text) in tree::sources("src") {
        for string in tree::parts(&text).strings {
            for name in custom(&string) {
                let known = package.contains_key(name)
                    || package.values().any(|fields| fields.contains_key(name))
                    || channels.iter().any(|channel| channel == name);
                assert!(known, "{path} spells {name}, which is not in force-app");
                seen += 1;
            }
        }
    }
    assert!(seen > 100, "only {seen} names found; this test has to follow");
}

#[test]
fn every_field_written_exists_and_may_be_written() {
    let (package, permissions) = (package(), permissions());
    let mut wrong = Vec::new();
    for (object, fields) in written() {
        for field in fields {
            let Some(known) = package[&object].get(&field) else {
                wrong.push(format!("{object}.{field} is not in force-app"));
                continue;
            };
            let may = permissions.get(&format!("{object}.{field}")).is_some_and(|p| p.1);
            if !known.always && !may {
                wrong.push(format!("{object}.{field} is written, but not editable"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_field_read_exists_and_may_be_read() {
    let (package, permissions) = (package(), permissions());
    let mut wrong = Vec::new();
    for (object, fields) in read() {
        for field in fields {
            let Some(known) = package.get(&object).and_then(|fields| fields.get(&field)) else {
                wrong.push(format!("{object}.{field} is not in force-app"));
                continue;
            };
            let may = permissions.get(&format!("{object}.{field}")).is_some_and(|p| p.0);
            if !known.always && !may {
                wrong.push(format!("{object}.{field} is read, but not readable"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_field_is_granted_that_the_bridge_does_not_use() {
    let (written, read) = (written(), read());
    let uses = |set: &BTreeMap<String, BTreeSet<String>>, name: &str| {
        let (object, field) = name.split_once('.').unwrap();
        set.get(object).is_some_and(|fields| fields.contains(field))
    };
    // Change events show a field only to those who may read it; the domain acts on these.
    let amended = tree::read("src/meeting/amend.rs");
    for (name, (_, editable)) in permissions() {
        let field = name.split_once('.').map(|(_, field)| field.to_string()).unwrap();
        let known = uses(&written, &name)
            || (!editable && (uses(&read, &name) || amended.contains(&format!("\"{field}\""))));
        let why = if editable { "editable, but never written" } else { "readable, but never read" };
        assert!(known, "{name} is {why}: take it out of the permission set");
    }
}

#[test]
fn nothing_is_written_that_this_test_does_not_know() {
    let files: BTreeSet<&str> = WRITERS.iter().map(|(path, ..)| *path).collect();
    for path in files {
        let text = tree::read(path);
        let text = &text[..text.find("#[cfg(test)]\nmod tests {").unwrap_or(text.len())];
        for (at, _) in text.match_indices("fn ") {
            let name = tree::words(&text[at + 3..]).next().unwrap_or_default();
            let known =
                OTHERS.contains(&name) || WRITERS.iter().any(|w| w.0 == path && w.1 == name);
            let top_level = at == 0 || text[..at].ends_with(['\n', ' ']);
            if known || !top_level || !text.contains(&format!("fn {name}(")) {
                continue;
            }
            let strings = tree::parts(body(text, name)).strings;
            let spells: Vec<&str> = strings.iter().flat_map(|s| custom(s)).collect();
            assert!(spells.is_empty(), "{path}: {name} spells {spells:?}; add it to WRITERS");
        }
    }
}
