//! What a recorder has started, seen from outside: by descent while it lives, by its scratch folder
//! afterwards.

use std::collections::BTreeSet;
use std::path::Path;

use rustix::process::{Pid, Signal, kill_process};

use crate::world::children;

/// A process that is told from a later one of the same number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Process {
    pub id: u32,
    pub name: String,
    started: String,
}

impl Process {
    fn read(id: u32) -> Option<Self> {
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        let (head, rest) = stat.rsplit_once(") ")?;
        let fields: Vec<&str> = rest.split(' ').collect();
        // One that nobody has collected yet does nothing more.
        if fields.first() == Some(&"Z") {
            return None;
        }
        let name = head.split_once('(')?.1.to_string();
        Some(Self { id, name, started: (*fields.get(19)?).to_string() })
    }

    /// True while it runs.
    pub fn alive(&self) -> bool {
        Self::read(self.id).as_ref() == Some(self)
    }

    /// Ticks of the clock that it has used.
    fn worked(&self) -> u64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.id)).unwrap_or_default();
        let rest = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
        rest.split(' ').skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum()
    }

    /// Its arguments.
    pub fn arguments(&self) -> Vec<String> {
        let line = std::fs::read(format!("/proc/{}/cmdline", self.id)).unwrap_or_default();
        // Chromium's renderers write their line anew, with spaces.
        line.split(|b| *b == 0 || *b == b' ')
            .map(|part| String::from_utf8_lossy(part).into_owned())
            .collect()
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        assert!(self.alive(), "{self:?} has ended already");
        kill_process(Pid::from_raw(i32::try_from(self.id).unwrap()).unwrap(), signal).unwrap();
    }
}

/// All that a process has started, and what that has started.
pub fn descendants(of: u32) -> Vec<Process> {
    let mut found = Vec::new();
    let mut open = children(of);
    while let Some(id) = open.pop() {
        open.extend(children(id));
        found.extend(Process::read(id));
    }
    found
}

/// The descendant of that name.
pub fn named(of: u32, name: &str) -> Process {
    let all = descendants(of);
    all.iter().find(|p| p.name == name).cloned().unwrap_or_else(|| panic!("no {name} in {all:?}"))
}

/// The renderer of the page: of all renderers (one draws the browser's own bars, one is spare) the
/// one that has worked most.
pub fn renderer(of: u32) -> Process {
    let renders = |p: &Process| {
        let arguments = p.arguments();
        let has = |start: &str| arguments.iter().any(|a| a.starts_with(start));
        has("--type=renderer") && !has("--top-chrome")
    };
    let all = descendants(of).into_iter().filter(renders);
    all.max_by_key(Process::worked).expect("a renderer")
}

/// What still runs of `known`, and whatever names the folder in its line or environment.
pub fn left(known: &[Process], folder: &Path) -> BTreeSet<Process> {
    let mut left: BTreeSet<Process> = known.iter().filter(|p| p.alive()).cloned().collect();
    let folder = folder.to_string_lossy().into_owned();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let Some(id) = entry.file_name().to_str().and_then(|n| n.parse::<u32>().ok()) else {
            continue;
        };
        let names = ["cmdline", "environ"].iter().any(|file| {
            let text = std::fs::read(format!("/proc/{id}/{file}")).unwrap_or_default();
            String::from_utf8_lossy(&text).contains(&folder)
        });
        if names {
            left.extend(Process::read(id));
        }
    }
    left
}
