//! `[admin]`: where `/live`, `/ready` and `/metrics` are served, and who may look into the process.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::findings::Findings;

/// `[admin]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Admin {
    /// Address and port on this machine itself; port 0 takes any free one.
    pub listen: SocketAddr,
    /// Core files may be written and debuggers attached, to find a fault; both see secrets.
    pub core_files: bool,
}

impl Default for Admin {
    fn default() -> Self {
        Self { listen: SocketAddr::from(([127, 0, 0, 1], 9090)), core_files: false }
    }
}

impl Admin {
    pub(super) fn check(&self, findings: &mut Findings<'_>) {
        if !self.listen.ip().is_loopback() {
            let remedy = "use 127.0.0.1 or [::1]; a probe runs inside the machine or container";
            findings.add("admin.listen", "could be reached from other machines", remedy);
        }
    }
}
