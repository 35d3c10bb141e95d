//! Brings the file to the shape this version reads. Steps are numbered, embedded, and applied all
//! or none; a file of a newer version is refused rather than guessed at.

use sqlx::{Connection, Row, SqliteConnection};

/// The steps in order; number = index + 1. A step that was released is never edited.
const STEPS: &[&str] = &[include_str!("../../../migrations/sqlite/0001_start.sql")];

/// What became of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Migrated {
    /// The file has the shape this version reads.
    Current,
    /// The file was written by a newer version.
    Newer {
        /// Its number.
        found: i64,
        /// The highest number this version knows.
        known: i64,
    },
}

/// Applies what is missing.
pub(super) async fn migrate(connection: &mut SqliteConnection) -> sqlx::Result<Migrated> {
    let mut tx = connection.begin_with("BEGIN IMMEDIATE").await?;
    sqlx::query("CREATE TABLE IF NOT EXISTS migrations (version INTEGER NOT NULL PRIMARY KEY)")
        .execute(&mut *tx)
        .await?;
    let found: i64 = sqlx::query("SELECT COALESCE(MAX(version), 0) FROM migrations")
        .fetch_one(&mut *tx)
        .await?
        .try_get(0)?;
    let known = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    if found > known {
        return Ok(Migrated::Newer { found, known });
    }
    for (version, step) in (1i64..).zip(STEPS).skip_while(|(version, _)| *version <= found) {
        sqlx::raw_sql(*step).execute(&mut *tx).await?;
        sqlx::query("INSERT INTO migrations (version) VALUES ($1)")
            .bind(version)
            .execute(&mut *tx)
            .await?;
    }
    tx.commit().await?;
    Ok(Migrated::Current)
}
