//! Opening the file: lock, private mode, settings, migrations, one writer and a few readers.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

use super::lock::{self, Lock};
use super::migrate::{Migrated, migrate};
use crate::store::{Result, StoreError};

/// Readers beside the writer.
const READERS: u32 = 3;
/// How long SQLite itself waits for another process (the command line beside a running bridge).
const BUSY: Duration = Duration::from_secs(30);
/// Waiting for one's turn to write is queueing, not a failure: the sources hold back meanwhile.
const TURN: Duration = Duration::from_secs(600);

/// The embedded store. Cheap to clone; the lock is given back when the last clone is dropped.
#[derive(Debug, Clone)]
pub struct SqliteStore {
    /// One connection: its pool is the fair queue of writers, and a transaction that is dropped
    /// is rolled back before the next writer has its turn.
    pub(super) writer: SqlitePool,
    pub(super) readers: SqlitePool,
    pub(super) location: Arc<str>,
    _lock: Option<Arc<Lock>>,
}

impl SqliteStore {
    /// Opens the store for a bridge, making the file if there is none. A second bridge on the same
    /// file is refused with [`StoreError::Held`].
    pub async fn open(path: &Path) -> Result<Self> {
        make_room(path)?;
        let lock = lock::take(path)?;
        Self::connect(path, Some(Arc::new(lock))).await
    }

    /// Opens an existing store beside a bridge that may be running: for the command line, which
    /// reads and now and then writes one row. Takes no lock and makes no file.
    pub async fn open_beside(path: &Path) -> Result<Self> {
        if !path.exists() {
            return Err(StoreError::Unreachable {
                location: path.display().to_string(),
                source: std::io::ErrorKind::NotFound.into(),
            });
        }
        Self::connect(path, None).await
    }

    async fn connect(path: &Path, lock: Option<Arc<Lock>>) -> Result<Self> {
        let location: Arc<str> = path.display().to_string().into();
        let failed =
            |source| StoreError::Database { location: location.as_ref().to_owned(), source };
        lock::open_private(path).map_err(|source| StoreError::Unreachable {
            location: location.as_ref().to_owned(),
            source,
        })?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY);
        let pool = SqlitePoolOptions::new()
            .test_before_acquire(false)
            .acquire_timeout(TURN)
            .idle_timeout(None)
            .max_lifetime(None);
        let writer =
            pool.clone().max_connections(1).connect_with(options.clone()).await.map_err(failed)?;
        let mut first = writer.acquire().await.map_err(failed)?;
        if let Migrated::Newer { found, known } = migrate(&mut first).await.map_err(failed)? {
            return Err(StoreError::Newer { location: location.to_string(), found, known });
        }
        drop(first);
        let readers = pool
            .max_connections(READERS)
            .connect_with(options.pragma("query_only", "on"))
            .await
            .map_err(failed)?;
        Ok(Self { writer, readers, location, _lock: lock })
    }

    /// Gives the planner fresh figures and shortens the write-ahead log; worth an hour's rhythm.
    pub async fn maintain(&self) -> Result<()> {
        for statement in ["PRAGMA optimize", "PRAGMA wal_checkpoint(PASSIVE)"] {
            sqlx::query(statement).execute(&self.writer).await.map_err(|e| self.failed(e))?;
        }
        Ok(())
    }

    /// Waits for the running transaction, then closes the file. What was committed is durable
    /// without it; closing only tidies the write-ahead log.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    pub(super) fn failed(&self, source: sqlx::Error) -> StoreError {
        StoreError::Database { location: self.location.as_ref().to_owned(), source }
    }
}

/// Makes the folder the file lies in.
fn make_room(path: &Path) -> Result<()> {
    let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) else {
        return Ok(());
    };
    std::fs::create_dir_all(folder).map_err(|source| StoreError::Unreachable {
        location: folder.display().to_string(),
        source,
    })
}
