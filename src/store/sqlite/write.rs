//! One write transaction. Everything in it becomes true at `commit`, or nothing does.

use std::collections::HashSet;
use std::sync::Arc;

use async_trait::async_trait;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Sqlite, SqliteConnection, Transaction};

use super::rows;
use crate::clock::Millis;
use crate::meeting::effect::Effect;
use crate::meeting::model::Meeting;
use crate::outbox::row::Change;
use crate::store::{DeadLetter, EffectRow, Fingerprint, Link, OutboxRow, Result, StoreError, Tx};

/// Owns the writer's connection until it is committed or dropped.
pub(super) struct SqliteTx {
    tx: Transaction<'static, Sqlite>,
    location: Arc<str>,
    /// The last generation given out, once one was asked for.
    generation: Option<i64>,
}

impl SqliteTx {
    pub(super) fn new(tx: Transaction<'static, Sqlite>, location: Arc<str>) -> Self {
        Self { tx, location, generation: None }
    }

    pub(super) fn failed(&self, source: sqlx::Error) -> StoreError {
        StoreError::Database { location: self.location.as_ref().to_owned(), source }
    }

    pub(super) fn location(&self) -> &str {
        &self.location
    }

    pub(super) fn db(&mut self) -> &mut SqliteConnection {
        &mut self.tx
    }

    pub(super) async fn run(
        &mut self,
        query: sqlx::query::Query<'_, Sqlite, SqliteArguments>,
    ) -> Result<()> {
        match query.execute(self.db()).await {
            Ok(_) => Ok(()),
            Err(e) => Err(self.failed(e)),
        }
    }

    /// A number no row had before, not even one that is gone: a late confirmation of an earlier
    /// row of the same name must not remove this one.
    pub(super) async fn generation(&mut self) -> Result<i64> {
        let last: i64 = match self.generation {
            Some(last) => last,
            None => {
                let last = "SELECT last FROM counters WHERE name = 'generation'";
                match sqlx::query_scalar(last).fetch_one(self.db()).await {
                    Ok(last) => last,
                    Err(e) => return Err(self.failed(e)),
                }
            }
        };
        self.generation = Some(last + 1);
        Ok(last + 1)
    }

    /// Which of these fingerprints are in the store. One text for any number of them, so that it is
    /// prepared once.
    async fn known(&mut self, list: &str) -> Result<HashSet<Fingerprint>> {
        let query = "SELECT fingerprint FROM seen \
                     WHERE fingerprint IN (SELECT unhex(value) FROM json_each($1))";
        let found: Vec<Vec<u8>> =
            match sqlx::query_scalar(query).bind(list).fetch_all(self.db()).await {
                Ok(found) => found,
                Err(e) => return Err(self.failed(e)),
            };
        found
            .into_iter()
            .map(|bytes| {
                bytes.try_into().map_err(|bytes: Vec<u8>| StoreError::Corrupt {
                    table: "seen",
                    key: hex::encode(&bytes),
                    reason: format!("{} bytes instead of 16", bytes.len()),
                })
            })
            .collect()
    }
}

/// As a JSON list of hexadecimal texts.
fn list_of(keys: &[Fingerprint]) -> String {
    serde_json::Value::from_iter(keys.iter().map(hex::encode)).to_string()
}

#[async_trait]
impl Tx for SqliteTx {
    async fn unseen(&mut self, keys: &[Fingerprint], now: Millis) -> Result<Vec<bool>> {
        if keys.is_empty() {
            return Ok(vec![]);
        }
        let mut met = self.known(&list_of(keys)).await?;
        let unseen: Vec<bool> = keys.iter().map(|key| met.insert(*key)).collect();
        let fresh = keys.iter().zip(&unseen).filter(|(_, unseen)| **unseen);
        let mut fresh: Vec<Fingerprint> = fresh.map(|(key, _)| *key).collect();
        if fresh.is_empty() {
            return Ok(unseen);
        }
        // In the order of the table, which then grows at its end.
        fresh.sort_unstable();
        self.run(
            sqlx::query(
                "INSERT INTO seen (fingerprint, at) SELECT unhex(value), $2 FROM json_each($1)",
            )
            .bind(list_of(&fresh))
            .bind(now),
        )
        .await?;
        Ok(unseen)
    }

    async fn meeting(&mut self, id: &str) -> Result<Option<Meeting>> {
        let location = self.location.clone();
        rows::meeting(self.db(), &location, id).await
    }

    async fn linked(&mut self, link: &Link) -> Result<Option<String>> {
        let location = self.location.clone();
        rows::linked(self.db(), &location, link).await
    }

    async fn put_meeting(
        &mut self,
        meeting: &Meeting,
        links: &[Link],
        deadline: Option<Millis>,
    ) -> Result<()> {
        let document = rows::to_text("meetings", &meeting.id, meeting)?;
        self.run(
            sqlx::query(
                "INSERT INTO meetings (id, document, is_final, deadline) VALUES ($1, $2, $3, $4) \
                 ON CONFLICT (id) DO UPDATE SET document = excluded.document, \
                 is_final = excluded.is_final, deadline = excluded.deadline",
            )
            .bind(&meeting.id)
            .bind(document)
            .bind(i64::from(meeting.status.is_final()))
            .bind(deadline),
        )
        .await?;
        self.add_links(&meeting.id, links).await
    }

    async fn put_effects(
        &mut self,
        meeting: &str,
        effects: &[Effect],
        due_at: Millis,
        now: Millis,
    ) -> Result<()> {
        self.add_effects(meeting, effects, due_at, now).await
    }

    async fn finish_effect(&mut self, meeting: &str, name: &str, generation: i64) -> Result<bool> {
        let done =
            sqlx::query("DELETE FROM effects WHERE meeting = $1 AND name = $2 AND generation = $3")
                .bind(meeting)
                .bind(name)
                .bind(generation)
                .execute(self.db())
                .await;
        match done {
            Ok(done) => Ok(done.rows_affected() > 0),
            Err(e) => Err(self.failed(e)),
        }
    }

    async fn retry_effect(&mut self, row: &EffectRow, attempts: u32, due_at: Millis) -> Result<()> {
        self.run(
            sqlx::query(
                "UPDATE effects SET attempts = $4, due_at = $5 \
                 WHERE meeting = $1 AND name = $2 AND generation = $3",
            )
            .bind(&row.meeting)
            .bind(&row.name)
            .bind(row.generation)
            .bind(attempts)
            .bind(due_at),
        )
        .await
    }

    async fn hasten(&mut self, now: Millis) -> Result<()> {
        for hasten in [
            "UPDATE effects SET due_at = $1 WHERE due_at > $1",
            "UPDATE outbox SET due_at = $1 WHERE due_at > $1",
        ] {
            self.run(sqlx::query(hasten).bind(now)).await?;
        }
        Ok(())
    }

    async fn put_changes(
        &mut self,
        changes: Vec<Change>,
        due_at: Millis,
        now: Millis,
    ) -> Result<()> {
        self.merge_changes(changes, due_at, now).await
    }

    async fn finish_change(&mut self, row: &OutboxRow) -> Result<()> {
        let (field, value) = rows::key_columns(&row.change.key);
        self.run(
            sqlx::query(
                "DELETE FROM outbox WHERE object = $1 AND key_field = $2 AND key_value = $3 \
                 AND generation = $4",
            )
            .bind(&row.change.object)
            .bind(field)
            .bind(value)
            .bind(row.generation),
        )
        .await
    }

    async fn retry_change(&mut self, row: &OutboxRow, attempts: u32, due_at: Millis) -> Result<()> {
        let (field, value) = rows::key_columns(&row.change.key);
        self.run(
            sqlx::query(
                "UPDATE outbox SET attempts = $4, due_at = $5 \
                 WHERE object = $1 AND key_field = $2 AND key_value = $3",
            )
            .bind(&row.change.object)
            .bind(field)
            .bind(value)
            .bind(attempts)
            .bind(due_at),
        )
        .await
    }

    async fn put_secret(&mut self, name: &str, sealed: &[u8]) -> Result<()> {
        self.run(
            sqlx::query(
                "INSERT INTO secrets (name, sealed) VALUES ($1, $2) \
                 ON CONFLICT (name) DO UPDATE SET sealed = excluded.sealed",
            )
            .bind(name)
            .bind(sealed),
        )
        .await
    }

    async fn drop_secret(&mut self, name: &str) -> Result<()> {
        self.run(sqlx::query("DELETE FROM secrets WHERE name = $1").bind(name)).await
    }

    async fn put_position(&mut self, topic: &str, replay_id: &[u8], now: Millis) -> Result<()> {
        self.run(
            sqlx::query(
                "INSERT INTO positions (topic, replay_id, at) VALUES ($1, $2, $3) \
                 ON CONFLICT (topic) DO UPDATE SET replay_id = excluded.replay_id, \
                 at = excluded.at",
            )
            .bind(topic)
            .bind(replay_id)
            .bind(now),
        )
        .await
    }

    async fn put_dead_letter(&mut self, letter: &DeadLetter) -> Result<()> {
        self.run(
            sqlx::query(
                "INSERT INTO dead_letters \
                 (letter, meeting, step, code, cause, detail, at, state, sealed) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
                 ON CONFLICT (letter) DO UPDATE SET meeting = excluded.meeting, \
                 step = excluded.step, code = excluded.code, cause = excluded.cause, \
                 detail = excluded.detail, at = excluded.at, state = excluded.state, \
                 sealed = excluded.sealed",
            )
            .bind(&letter.key)
            .bind(&letter.meeting)
            .bind(&letter.step)
            .bind(&letter.code)
            .bind(&letter.cause)
            .bind(&letter.detail)
            .bind(letter.at)
            .bind(&letter.state)
            .bind(&letter.sealed),
        )
        .await
    }

    async fn put_tombstone(&mut self, id: &str, at: Millis, until: Millis) -> Result<()> {
        self.run(
            sqlx::query(
                "INSERT INTO tombstones (id, at, keep_until) VALUES ($1, $2, $3) \
                 ON CONFLICT (id) DO UPDATE SET at = excluded.at, \
                 keep_until = excluded.keep_until",
            )
            .bind(id)
            .bind(at)
            .bind(until),
        )
        .await
    }

    async fn tombstone(&mut self, id: &str) -> Result<Option<Millis>> {
        let found = sqlx::query_scalar("SELECT at FROM tombstones WHERE id = $1")
            .bind(id)
            .fetch_optional(self.db())
            .await;
        found.map_err(|e| self.failed(e))
    }

    async fn put_note(&mut self, name: &str, value: &str) -> Result<()> {
        self.run(
            sqlx::query(
                "INSERT INTO notes (name, content) VALUES ($1, $2) \
                 ON CONFLICT (name) DO UPDATE SET content = excluded.content",
            )
            .bind(name)
            .bind(value),
        )
        .await
    }

    async fn forget(&mut self, seen_before: Millis, now: Millis) -> Result<()> {
        self.run(sqlx::query("DELETE FROM seen WHERE at < $1").bind(seen_before)).await?;
        self.run(sqlx::query("DELETE FROM tombstones WHERE keep_until <= $1").bind(now)).await
    }

    async fn commit(mut self: Box<Self>) -> Result<()> {
        if let Some(last) = self.generation {
            let keep = "UPDATE counters SET last = $1 WHERE name = 'generation'";
            self.run(sqlx::query(keep).bind(last)).await?;
        }
        let location = self.location;
        self.tx.commit().await.map_err(rows::failed(&location))
    }
}
