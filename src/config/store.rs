//! `[store]`: where the bridge keeps its state, and the key of what is secret in it.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::findings::Findings;

/// `[store]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Store {
    /// SQLite file, on a local disk that outlives the process. Not a network file system.
    pub path: PathBuf,
    /// Key of what is sealed in the store: 32 bytes raw, hex or base64. Keep a copy elsewhere.
    pub key_file: PathBuf,
    /// Facts are remembered this long, days. A queue can hand out a message for 14.
    pub keep_seen_days: u32,
}

impl Default for Store {
    fn default() -> Self {
        Self {
            path: "data/bridge.db".into(),
            key_file: "data/store.key".into(),
            keep_seen_days: 14,
        }
    }
}

impl Store {
    pub(super) fn check(&self, findings: &mut Findings<'_>) {
        findings.required("store.path", !self.path.as_os_str().is_empty(), "a file");
        findings.required("store.key_file", !self.key_file.as_os_str().is_empty(), "a file");
        findings.path("store.key_file", &self.key_file);
        if self.path == self.key_file {
            findings.add("store.key_file", "is the store itself", "name another file");
        }
        findings.within("store.keep_seen_days", self.keep_seen_days, 14, 3_650);
    }
}
