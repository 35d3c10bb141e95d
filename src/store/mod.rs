//! The store: one trait, and SQLite behind it. Everything a crash must not lose is written in one
//! transaction here; everything secret is sealed before it comes here.

#[cfg(test)]
mod conformance;
mod sqlite;

use std::collections::BTreeMap;

use async_trait::async_trait;

use crate::clock::Millis;
use crate::meeting::effect::Effect;
use crate::meeting::model::Meeting;
use crate::outbox::row::Change;

pub use sqlite::SqliteStore;

/// Result of a store call.
pub type Result<T> = std::result::Result<T, StoreError>;

/// Why the store could not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database refused or failed.
    #[error("the store at {location} failed: {source}")]
    Database {
        /// File or address, without a password.
        location: String,
        /// What it said.
        source: sqlx::Error,
    },
    /// The file or its folder cannot be opened at all.
    #[error(
        "the store's file {location} cannot be opened: {source}; check store.path and who may write there"
    )]
    Unreachable {
        /// File.
        location: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The store was written by a newer version.
    #[error(
        "the store at {location} has format {found}, this version reads up to {known}; \
         run the newer version, or restore a copy made before the update"
    )]
    Newer {
        /// File.
        location: String,
        /// Format of the file.
        found: i64,
        /// Highest format this version knows.
        known: i64,
    },
    /// A row cannot be read by this version.
    #[error("a row of {table} ({key}) cannot be read: {reason}")]
    Corrupt {
        /// Table.
        table: &'static str,
        /// Key of the row.
        key: String,
        /// What is wrong.
        reason: String,
    },
    /// Another process holds the store.
    #[error("the store at {location} is held by another bridge; stop that one first")]
    Held {
        /// File.
        location: String,
    },
}

/// First 16 bytes of SHA-256 over a fact's dedupe key.
pub type Fingerprint = [u8; 16];

/// A way to find the meeting that owns something.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Link {
    /// `ticket`, `participant`, `recording` (key), `recording-record` (record id), `chime`, `task`.
    pub kind: &'static str,
    /// The value looked up.
    pub value: String,
}

/// An effect waiting to be run.
#[derive(Debug, Clone, PartialEq)]
pub struct EffectRow {
    /// Meeting record id.
    pub meeting: String,
    /// [`Effect::name`].
    pub name: String,
    /// The newest content.
    pub effect: Effect,
    /// Rises when the content is replaced; a result of an older generation leaves the row waiting.
    pub generation: i64,
    /// Failed tries so far.
    pub attempts: u32,
    /// Not before.
    pub due_at: Millis,
    /// When it was first wanted.
    pub wanted_at: Millis,
}

/// A change waiting to be told.
#[derive(Debug, Clone, PartialEq)]
pub struct OutboxRow {
    /// The merged change.
    pub change: Change,
    /// Rises when something is merged in; a confirmation of an older generation leaves the row.
    pub generation: i64,
    /// Failed tries so far.
    pub attempts: u32,
    /// Not before.
    pub due_at: Millis,
    /// When the oldest part was wanted.
    pub wanted_at: Millis,
}

/// Something that could not be done.
#[derive(Debug, Clone, PartialEq)]
pub struct DeadLetter {
    /// Derived from what failed, so that the same failure twice is one letter. 32 hex characters.
    pub key: String,
    /// Meeting record id, if known.
    pub meeting: Option<String>,
    /// Which step: `event`, `command`, `notice`, `signal`, `effect:<name>`, `outbox:<object>`.
    pub step: String,
    /// `CB-0nn`.
    pub code: String,
    /// In words; no personal data, no secret.
    pub cause: String,
    /// More for an operator: schema id, replay id, length, hash. No content.
    pub detail: String,
    /// When.
    pub at: Millis,
    /// Open, Retrying, Resolved, Dropped.
    pub state: String,
    /// What is needed to try again, sealed under the store's key.
    pub sealed: Vec<u8>,
}

/// Counts for `/metrics`, `status` and the heartbeat.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Meetings that are not final.
    pub open_meetings: u64,
    /// Effects waiting.
    pub effects: u64,
    /// Changes waiting.
    pub outbox: u64,
    /// When the oldest waiting change was wanted.
    pub outbox_oldest: Option<Millis>,
    /// Open dead letters.
    pub dead_letters: u64,
}

/// The store.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Begins a write transaction. Writers queue; a transaction that is dropped is rolled back.
    async fn begin(&self) -> Result<Box<dyn Tx>>;
    /// Meeting by record id.
    async fn meeting(&self, id: &str) -> Result<Option<Meeting>>;
    /// Ids of the meetings that are not final, in order, after `after`, at most `limit`.
    async fn open_meetings(&self, after: &str, limit: u32) -> Result<Vec<String>>;
    /// Ids of final meetings after `after`, in order.
    async fn final_meetings(&self, after: &str, limit: u32) -> Result<Vec<String>>;
    /// The meeting that owns what the link names.
    async fn linked(&self, link: &Link) -> Result<Option<String>>;
    /// Effects due at `now`, oldest first, at most `limit`, but none named in `running` (`meeting/name`).
    async fn due_effects(
        &self,
        now: Millis,
        limit: u32,
        running: &std::collections::HashSet<String>,
    ) -> Result<Vec<EffectRow>>;
    /// When the next effect is due.
    async fn next_effect(&self) -> Result<Option<Millis>>;
    /// All rows of lanes that have a row due at `now` (a lane is not due while any of its rows is
    /// backing off), oldest lane first, whole lanes, about `limit` rows, without the lanes named.
    async fn due_outbox(
        &self,
        now: Millis,
        limit: u32,
        without: &std::collections::HashSet<String>,
    ) -> Result<Vec<OutboxRow>>;
    /// When the next outbox row is due.
    async fn next_outbox(&self) -> Result<Option<Millis>>;
    /// Meetings whose deadline has passed, oldest first.
    async fn due_deadlines(&self, now: Millis, limit: u32) -> Result<Vec<String>>;
    /// The next deadline of any meeting.
    async fn next_deadline(&self) -> Result<Option<Millis>>;
    /// A sealed secret.
    async fn secret(&self, name: &str) -> Result<Option<Vec<u8>>>;
    /// Stored replay positions by topic.
    async fn position(&self, topic: &str) -> Result<Option<Vec<u8>>>;
    /// Dead letters, newest first; only open ones unless `all`.
    async fn dead_letters(&self, all: bool, limit: u32) -> Result<Vec<DeadLetter>>;
    /// One dead letter.
    async fn dead_letter(&self, key: &str) -> Result<Option<DeadLetter>>;
    /// Counts.
    async fn counts(&self) -> Result<Counts>;
    /// A small value kept across restarts (reconcile marks, org id, fingerprint of the settings).
    async fn note(&self, name: &str) -> Result<Option<String>>;
}

/// One write transaction: nothing is seen by others until `commit`.
#[async_trait]
pub trait Tx: Send {
    /// Marks facts as seen; true for each that was not seen before (repeats within the call count).
    async fn unseen(&mut self, keys: &[Fingerprint], now: Millis) -> Result<Vec<bool>>;
    /// Meeting by record id.
    async fn meeting(&mut self, id: &str) -> Result<Option<Meeting>>;
    /// The meeting that owns what the link names.
    async fn linked(&mut self, link: &Link) -> Result<Option<String>>;
    /// Writes the meeting, its links (added, never taken away) and its next deadline.
    async fn put_meeting(
        &mut self,
        meeting: &Meeting,
        links: &[Link],
        deadline: Option<Millis>,
    ) -> Result<()>;
    /// Wants effects; the same name again replaces the content and raises the generation.
    async fn put_effects(
        &mut self,
        meeting: &str,
        effects: &[Effect],
        due_at: Millis,
        now: Millis,
    ) -> Result<()>;
    /// The effect is done: removes it if its generation is still this one, and says whether it was.
    async fn finish_effect(&mut self, meeting: &str, name: &str, generation: i64) -> Result<bool>;
    /// The effect failed and is to be tried again, if its generation is still this one: newer
    /// content has not failed yet and waits for nobody.
    async fn retry_effect(&mut self, row: &EffectRow, attempts: u32, due_at: Millis) -> Result<()>;
    /// What waits for its next try, effects and changes, is due at `now` at the latest.
    async fn hasten(&mut self, now: Millis) -> Result<()>;
    /// Wants changes told, in this order; each merges into a waiting row of the same record.
    async fn put_changes(
        &mut self,
        changes: Vec<Change>,
        due_at: Millis,
        now: Millis,
    ) -> Result<()>;
    /// The change was told: removes it if its generation is still this one.
    async fn finish_change(&mut self, row: &OutboxRow) -> Result<()>;
    /// The change was not taken and is to be tried again.
    async fn retry_change(&mut self, row: &OutboxRow, attempts: u32, due_at: Millis) -> Result<()>;
    /// Stores a sealed secret.
    async fn put_secret(&mut self, name: &str, sealed: &[u8]) -> Result<()>;
    /// Deletes a secret.
    async fn drop_secret(&mut self, name: &str) -> Result<()>;
    /// Moves the replay position of a topic.
    async fn put_position(&mut self, topic: &str, replay_id: &[u8], now: Millis) -> Result<()>;
    /// Writes a dead letter (same key: replaces).
    async fn put_dead_letter(&mut self, letter: &DeadLetter) -> Result<()>;
    /// Remembers that a record was deleted before it was known, until `until`.
    async fn put_tombstone(&mut self, id: &str, at: Millis, until: Millis) -> Result<()>;
    /// When a record was deleted before it was known.
    async fn tombstone(&mut self, id: &str) -> Result<Option<Millis>>;
    /// Keeps a small value.
    async fn put_note(&mut self, name: &str, value: &str) -> Result<()>;
    /// Forgets fingerprints and tombstones that are out of time.
    async fn forget(&mut self, seen_before: Millis, now: Millis) -> Result<()>;
    /// Makes all of it true at once.
    async fn commit(self: Box<Self>) -> Result<()>;
}

/// Field values by record id, as read back by reconcile.
pub type Fields = BTreeMap<String, serde_json::Value>;
