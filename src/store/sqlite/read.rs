//! Reads beside the writer: each sees the last commit.

use std::collections::HashSet;

use async_trait::async_trait;
use sqlx::{AssertSqlSafe, Row};

use super::open::SqliteStore;
use super::write::SqliteTx;
use super::{lanes, rows};
use crate::clock::Millis;
use crate::meeting::model::Meeting;
use crate::store::{Counts, DeadLetter, EffectRow, Link, OutboxRow, Result, Store, Tx};

#[async_trait]
impl Store for SqliteStore {
    async fn begin(&self) -> Result<Box<dyn Tx>> {
        // IMMEDIATE: a transaction that read first and wrote later could be refused at the write.
        const BEGIN: &str = "BEGIN IMMEDIATE";
        let begun = match self.writer.begin_with(BEGIN).await {
            // When the disk is full or fails, SQLite takes the transaction back by itself. The
            // connection does not hear of it, believes it is still within one, and would refuse
            // every other: it is of no use any more.
            Err(sqlx::Error::InvalidSavePointStatement) => {
                let stuck = self.writer.acquire().await.map_err(|e| self.failed(e))?;
                stuck.close().await.map_err(|e| self.failed(e))?;
                self.writer.begin_with(BEGIN).await
            }
            begun => begun,
        };
        let tx = begun.map_err(|e| self.failed(e))?;
        Ok(Box::new(SqliteTx::new(tx, self.location.clone())))
    }

    async fn meeting(&self, id: &str) -> Result<Option<Meeting>> {
        rows::meeting(&self.readers, &self.location, id).await
    }

    async fn open_meetings(&self, after: &str, limit: u32) -> Result<Vec<String>> {
        self.meetings(
            "SELECT id FROM meetings WHERE is_final = 0 AND id > $1 ORDER BY id LIMIT $2",
            after,
            limit,
        )
        .await
    }

    async fn final_meetings(&self, after: &str, limit: u32) -> Result<Vec<String>> {
        self.meetings(
            "SELECT id FROM meetings WHERE is_final = 1 AND id > $1 ORDER BY id LIMIT $2",
            after,
            limit,
        )
        .await
    }

    async fn linked(&self, link: &Link) -> Result<Option<String>> {
        rows::linked(&self.readers, &self.location, link).await
    }

    async fn due_effects(
        &self,
        now: Millis,
        limit: u32,
        running: &HashSet<String>,
    ) -> Result<Vec<EffectRow>> {
        // Running rows are still in the table: ask for as many more, then leave them out.
        let most = i64::from(limit) + i64::try_from(running.len()).unwrap_or(i64::MAX / 2);
        let found = sqlx::query(AssertSqlSafe(format!(
            "SELECT {} FROM effects WHERE due_at <= $1 ORDER BY due_at, meeting, name LIMIT $2",
            rows::EFFECT
        )))
        .bind(now)
        .bind(most)
        .fetch_all(&self.readers)
        .await
        .map_err(|e| self.failed(e))?;
        let mut due = Vec::with_capacity(found.len());
        for row in &found {
            let row = rows::effect(row, &self.location)?;
            if due.len() < limit as usize
                && !running.contains(&format!("{}/{}", row.meeting, row.name))
            {
                due.push(row);
            }
        }
        Ok(due)
    }

    async fn next_effect(&self) -> Result<Option<Millis>> {
        self.scalar("SELECT MIN(due_at) FROM effects").await
    }

    async fn due_outbox(
        &self,
        now: Millis,
        limit: u32,
        without: &HashSet<String>,
    ) -> Result<Vec<OutboxRow>> {
        lanes::due(&self.readers, &self.location, now, limit, without).await
    }

    async fn next_outbox(&self) -> Result<Option<Millis>> {
        lanes::next(&self.readers, &self.location).await
    }

    async fn due_deadlines(&self, now: Millis, limit: u32) -> Result<Vec<String>> {
        sqlx::query_scalar(
            "SELECT id FROM meetings WHERE deadline IS NOT NULL AND deadline <= $1 \
             ORDER BY deadline, id LIMIT $2",
        )
        .bind(now)
        .bind(i64::from(limit))
        .fetch_all(&self.readers)
        .await
        .map_err(|e| self.failed(e))
    }

    async fn next_deadline(&self) -> Result<Option<Millis>> {
        self.scalar("SELECT MIN(deadline) FROM meetings WHERE deadline IS NOT NULL").await
    }

    async fn secret(&self, name: &str) -> Result<Option<Vec<u8>>> {
        sqlx::query_scalar("SELECT sealed FROM secrets WHERE name = $1")
            .bind(name)
            .fetch_optional(&self.readers)
            .await
            .map_err(|e| self.failed(e))
    }

    async fn position(&self, topic: &str) -> Result<Option<Vec<u8>>> {
        sqlx::query_scalar("SELECT replay_id FROM positions WHERE topic = $1")
            .bind(topic)
            .fetch_optional(&self.readers)
            .await
            .map_err(|e| self.failed(e))
    }

    async fn dead_letters(&self, all: bool, limit: u32) -> Result<Vec<DeadLetter>> {
        let found = sqlx::query(AssertSqlSafe(format!(
            "SELECT {} FROM dead_letters WHERE $1 = 1 OR state = 'Open' \
             ORDER BY at DESC, letter LIMIT $2",
            rows::DEAD_LETTER
        )))
        .bind(i64::from(all))
        .bind(i64::from(limit))
        .fetch_all(&self.readers)
        .await
        .map_err(|e| self.failed(e))?;
        found.iter().map(|row| rows::dead_letter(row, &self.location)).collect()
    }

    async fn dead_letter(&self, key: &str) -> Result<Option<DeadLetter>> {
        let found = sqlx::query(AssertSqlSafe(format!(
            "SELECT {} FROM dead_letters WHERE letter = $1",
            rows::DEAD_LETTER
        )))
        .bind(key)
        .fetch_optional(&self.readers)
        .await
        .map_err(|e| self.failed(e))?;
        found.as_ref().map(|row| rows::dead_letter(row, &self.location)).transpose()
    }

    async fn counts(&self) -> Result<Counts> {
        let row = sqlx::query(
            "SELECT (SELECT COUNT(*) FROM meetings WHERE is_final = 0), \
             (SELECT COUNT(*) FROM effects), \
             (SELECT COUNT(*) FROM outbox), \
             (SELECT MIN(wanted_at) FROM outbox), \
             (SELECT COUNT(*) FROM dead_letters WHERE state = 'Open')",
        )
        .fetch_one(&self.readers)
        .await
        .map_err(|e| self.failed(e))?;
        let count = |column: usize| {
            row.try_get::<i64, _>(column)
                .map(|n| u64::try_from(n).unwrap_or_default())
                .map_err(|e| self.failed(e))
        };
        Ok(Counts {
            open_meetings: count(0)?,
            effects: count(1)?,
            outbox: count(2)?,
            outbox_oldest: row.try_get(3).map_err(|e| self.failed(e))?,
            dead_letters: count(4)?,
        })
    }

    async fn note(&self, name: &str) -> Result<Option<String>> {
        sqlx::query_scalar("SELECT content FROM notes WHERE name = $1")
            .bind(name)
            .fetch_optional(&self.readers)
            .await
            .map_err(|e| self.failed(e))
    }
}

impl SqliteStore {
    async fn meetings(
        &self,
        statement: &'static str,
        after: &str,
        limit: u32,
    ) -> Result<Vec<String>> {
        let found = sqlx::query_scalar(statement).bind(after).bind(i64::from(limit));
        found.fetch_all(&self.readers).await.map_err(|e| self.failed(e))
    }

    async fn scalar(&self, statement: &'static str) -> Result<Option<Millis>> {
        sqlx::query_scalar(statement).fetch_one(&self.readers).await.map_err(|e| self.failed(e))
    }
}
