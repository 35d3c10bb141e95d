//! What was written, by whom, in which call: for tests and the control port. A save that changed
//! no field is in it too, with no fields: it cost a call all the same.

use serde::Serialize;

use super::bus::ChangeKind;

/// One committed write of one record.
#[derive(Debug, Clone, Serialize)]
pub struct LedgerEntry {
    /// Number of the API call; all records of a call share it. 0 for writes made from inside
    /// the emulator.
    pub call: u64,
    /// Commit time, epoch milliseconds.
    pub at: i64,
    /// User name.
    pub user: String,
    /// `client` of `Sforce-Call-Options`.
    pub client: Option<String>,
    /// Object.
    pub object: String,
    /// Record id.
    pub id: String,
    /// What happened.
    pub kind: ChangeKind,
    /// Fields that got another value (on insert: those with a value); audit fields left out.
    pub fields: Vec<String>,
}

/// All of them in commit order.
pub type Ledger = Vec<LedgerEntry>;
