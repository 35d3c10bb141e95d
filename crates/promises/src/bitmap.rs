//! Field lists of a change event: one entry a line. Promises: only names of the schema come out;
//! the bits that are set are exactly the fields that are named, counted anew from the first digit;
//! memory in proportion to digits and the longest name.

use chime_wire::schema::bitmap::expand;
use chime_wire::schema::{EventSchema, Record};

use crate::memory::{SPARE, within};
use crate::samples::{Named, field_names};

/// See the file's head.
pub fn bitmap(input: &[u8]) {
    let Some(named) = Named::of(input) else { return };
    let Ok(text) = std::str::from_utf8(named.rest()) else { return };
    let schema = named.schema();
    let list: Vec<&str> = text.lines().collect();
    let known = field_names(&schema);
    // Four names a digit at most, each a text of its own.
    let name = known.iter().map(String::len).max().unwrap_or_default();
    let most = SPARE + text.len() * 8 * (name + 64);
    let Ok(names) = within(most, "a list of bit maps", || expand(&schema, &list)) else { return };
    for name in &names {
        assert!(known.contains(name), "{name} is no field of the schema");
    }
    let Ok(root) = schema.root() else { panic!("names without a schema") };
    let expected: Vec<String> =
        list.iter().flat_map(|entry| counted(&schema, root, entry)).collect();
    assert_eq!(names, expected, "bits and names differ");
}

/// The names of an entry that was accepted.
fn counted(schema: &EventSchema, root: &Record, entry: &str) -> Vec<String> {
    let names = |record: &Record| record.fields.iter().map(|(n, _)| n.clone()).collect::<Vec<_>>();
    let (prefix, digits) = entry.split_once(['x', 'X']).unwrap_or_default();
    if prefix == "0" {
        return set(&names(root), digits);
    }
    let at = prefix.strip_suffix("-0").and_then(|position| position.parse::<usize>().ok());
    let Some((parent, shape)) = at.and_then(|at| root.fields.get(at)) else {
        panic!("{entry:?} was taken for a bit map");
    };
    let parts = schema.record_of(shape).map(names).unwrap_or_default();
    let named = set(&parts, digits);
    if !parts.is_empty() && named.len() == parts.len() {
        return vec![parent.clone()];
    }
    named.into_iter().map(|part| format!("{parent}.{part}")).collect()
}

/// The names whose bit is set. The first digit holds the highest bits.
fn set(names: &[String], digits: &str) -> Vec<String> {
    let digits = digits.as_bytes();
    let bit = |at: usize| {
        let digit = digits.len().checked_sub(at / 4 + 1).map_or(b'0', |place| digits[place]);
        let value = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            b'A'..=b'F' => digit - b'A' + 10,
            _ => panic!("a digit that is none was accepted"),
        };
        value & (1 << (at % 4)) != 0
    };
    assert!((names.len()..digits.len() * 4).all(|at| !bit(at)), "a bit without a field");
    names.iter().enumerate().filter(|(at, _)| bit(*at)).map(|(_, name)| name.clone()).collect()
}
