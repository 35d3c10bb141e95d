//! Rows that are written together in one statement. Each statement is a message to SQLite's own
//! thread and back, which costs more than a row: a meeting's first commit has a dozen rows.

use std::collections::BTreeMap;

use sqlx::{QueryBuilder, Sqlite};

use super::rows;
use super::write::SqliteTx;
use crate::clock::Millis;
use crate::meeting::effect::Effect;
use crate::outbox::row::{Change, RecordKey};
use crate::store::{Link, OutboxRow, Result};

/// Rows of one statement. The text depends on their number, and each text is prepared once.
const ROWS: usize = 16;

impl SqliteTx {
    /// Adds links.
    pub(super) async fn add_links(&mut self, meeting: &str, links: &[Link]) -> Result<()> {
        for links in links.chunks(ROWS) {
            let mut query =
                QueryBuilder::<Sqlite>::new("INSERT INTO links (kind, value, meeting) ");
            query.push_values(links, |mut row, link| {
                row.push_bind(link.kind).push_bind(&link.value).push_bind(meeting);
            });
            query.push(" ON CONFLICT (kind, value) DO UPDATE SET meeting = excluded.meeting");
            self.run(query.build()).await?;
        }
        Ok(())
    }

    /// Wants effects. The older content's failures say nothing about the newer one.
    pub(super) async fn add_effects(
        &mut self,
        meeting: &str,
        effects: &[Effect],
        due_at: Millis,
        now: Millis,
    ) -> Result<()> {
        for effects in effects.chunks(ROWS) {
            let mut rows = Vec::with_capacity(effects.len());
            for effect in effects {
                let name = effect.name();
                let document = rows::to_text("effects", &format!("{meeting}/{name}"), effect)?;
                rows.push((name, document, self.generation().await?));
            }
            let mut query = QueryBuilder::<Sqlite>::new(
                "INSERT INTO effects \
                 (meeting, name, document, generation, attempts, due_at, wanted_at) ",
            );
            query.push_values(rows, |mut row, (name, document, generation)| {
                row.push_bind(meeting).push_bind(name).push_bind(document).push_bind(generation);
                row.push("0").push_bind(due_at).push_bind(now);
            });
            query.push(
                " ON CONFLICT (meeting, name) DO UPDATE SET document = excluded.document, \
                 generation = excluded.generation, attempts = 0, due_at = excluded.due_at",
            );
            self.run(query.build()).await?;
        }
        Ok(())
    }

    /// Wants changes told; each is laid over the row of its record that waits, if one does.
    pub(super) async fn merge_changes(
        &mut self,
        changes: Vec<Change>,
        due_at: Millis,
        now: Millis,
    ) -> Result<()> {
        let mut changes = changes.into_iter().peekable();
        while changes.peek().is_some() {
            let some: Vec<Change> = changes.by_ref().take(ROWS).collect();
            let mut waiting = self.waiting(&some).await?;
            for change in some {
                let key = (change.object.clone(), change.key.clone());
                let generation = self.generation().await?;
                let row = OutboxRow { change, generation, attempts: 0, due_at, wanted_at: now };
                let row = match waiting.remove(&key) {
                    Some(older) => merged(older, row),
                    None => row,
                };
                waiting.insert(key, row);
            }
            self.put_rows(waiting.into_values().collect()).await?;
        }
        Ok(())
    }

    /// The rows of these records that wait already.
    async fn waiting(
        &mut self,
        changes: &[Change],
    ) -> Result<BTreeMap<(String, RecordKey), OutboxRow>> {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT ");
        query.push(rows::OUTBOX).push(" FROM (");
        query.push_values(changes, |mut row, change| {
            let (field, value) = rows::key_columns(&change.key);
            row.push_bind(&change.object).push_bind(field).push_bind(value);
        });
        // In this order, or all of a long backlog is read.
        query.push(
            ") AS wanted CROSS JOIN outbox \
             ON object = column1 AND key_field = column2 AND key_value = column3",
        );
        let found = query.build().fetch_all(self.db()).await;
        let found = found.map_err(|error| self.failed(error))?;
        let rows = found.iter().map(|row| {
            let row = rows::outbox(row, self.location())?;
            Ok(((row.change.object.clone(), row.change.key.clone()), row))
        });
        rows.collect()
    }

    async fn put_rows(&mut self, rows: Vec<OutboxRow>) -> Result<()> {
        let texts: Result<Vec<String>> = rows
            .iter()
            .map(|row| {
                let (_, value) = rows::key_columns(&row.change.key);
                let key = format!("{}/{value}", row.change.object);
                rows::to_text("outbox", &key, &row.change.fields)
            })
            .collect();
        let mut query = QueryBuilder::<Sqlite>::new("INSERT INTO outbox (");
        query.push(rows::OUTBOX).push(") ");
        query.push_values(rows.iter().zip(texts?), |mut columns, (row, fields)| {
            let (field, value) = rows::key_columns(&row.change.key);
            columns
                .push_bind(&row.change.object)
                .push_bind(field)
                .push_bind(value)
                .push_bind(&row.change.lane)
                .push_bind(rows::operation_text(row.change.operation))
                .push_bind(fields)
                .push_bind(row.generation)
                .push_bind(row.attempts)
                .push_bind(row.due_at)
                .push_bind(row.wanted_at);
        });
        query.push(
            " ON CONFLICT (object, key_field, key_value) DO UPDATE SET \
             lane = excluded.lane, operation = excluded.operation, fields = excluded.fields, \
             generation = excluded.generation, due_at = excluded.due_at",
        );
        self.run(query.build()).await
    }
}

/// A waiting row with a newer change laid over it. It keeps its place in time: the first change
/// that waits decides when it is sent, so that a record that changes all the time is told too; one
/// that is backing off goes on backing off.
fn merged(mut older: OutboxRow, newer: OutboxRow) -> OutboxRow {
    older.change.merge(newer.change);
    older.generation = newer.generation;
    if older.attempts == 0 {
        older.due_at = older.due_at.min(newer.due_at);
    }
    older
}
