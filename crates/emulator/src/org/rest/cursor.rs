//! Query results that did not fit into one answer.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

/// As many cursors as Salesforce keeps open for a user.
const MOST: usize = 10;

/// The open cursors; the oldest goes when there are too many.
#[derive(Debug, Default)]
pub struct Cursors {
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    given: u64,
    list: VecDeque<(String, Vec<Value>)>,
}

impl Cursors {
    /// Keeps all records of an answer; the cursor's name.
    pub fn keep(&self, records: Vec<Value>) -> String {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.given += 1;
        let name = crate::org::records::ids::record_id("01g", open.given);
        open.list.push_back((name.clone(), records));
        if open.list.len() > MOST {
            open.list.pop_front();
        }
        name
    }

    /// A page from a cursor: the records, and how many there are in all.
    pub fn page(&self, name: &str, from: usize, size: usize) -> Option<(Vec<Value>, usize)> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, records) = open.list.iter().find(|(n, _)| n == name)?;
        Some((records.iter().skip(from).take(size).cloned().collect(), records.len()))
    }
}
