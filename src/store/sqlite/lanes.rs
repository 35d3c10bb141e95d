//! Which outbox rows may travel. A lane is one meeting's records: they are sent together, masters
//! before details, and while one of them is backing off none is sent, since a detail must not
//! overtake its master.

use std::collections::{HashMap, HashSet};

use futures::TryStreamExt;
use sqlx::{QueryBuilder, Row, Sqlite, SqlitePool};

use super::rows::{self, failed};
use crate::clock::Millis;
use crate::store::{OutboxRow, Result};

/// Bound values of one statement; far below SQLite's and PostgreSQL's limits.
const CHUNK: usize = 500;

/// All rows of the lanes that are due, oldest lane first, whole lanes, about `limit` rows.
pub(super) async fn due(
    pool: &SqlitePool,
    location: &str,
    now: Millis,
    limit: u32,
    without: &HashSet<String>,
) -> Result<Vec<OutboxRow>> {
    let lanes = choose(pool, location, now, limit, without).await?;
    let mut found: HashMap<String, Vec<OutboxRow>> = HashMap::new();
    for chunk in lanes.chunks(CHUNK) {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT ");
        query.push(rows::OUTBOX).push(" FROM outbox WHERE lane IN (");
        let mut list = query.separated(", ");
        for lane in chunk {
            list.push_bind(lane);
        }
        query.push(") ORDER BY wanted_at, generation");
        let mut stream = query.build().persistent(false).fetch(pool);
        while let Some(row) = stream.try_next().await.map_err(failed(location))? {
            let row = rows::outbox(&row, location)?;
            found.entry(row.change.lane.clone()).or_default().push(row);
        }
    }
    let mut all = Vec::new();
    for lane in &lanes {
        let mut of_lane = found.remove(lane).unwrap_or_default();
        of_lane.sort_by_key(|row| row.change.rank());
        all.append(&mut of_lane);
    }
    Ok(all)
}

/// Names of the lanes that are due, oldest first, until they hold `limit` rows.
async fn choose(
    pool: &SqlitePool,
    location: &str,
    now: Millis,
    limit: u32,
    without: &HashSet<String>,
) -> Result<Vec<String>> {
    let mut stream = sqlx::query(
        "SELECT lane, COUNT(*), MIN(wanted_at) AS oldest FROM outbox GROUP BY lane \
         HAVING MIN(due_at) <= $1 \
         AND SUM(CASE WHEN attempts > 0 AND due_at > $1 THEN 1 ELSE 0 END) = 0 \
         ORDER BY oldest, lane",
    )
    .bind(now)
    .fetch(pool);
    let mut lanes = Vec::new();
    let mut rows = 0;
    while let Some(row) = stream.try_next().await.map_err(failed(location))? {
        let lane: String = row.try_get(0).map_err(failed(location))?;
        if without.contains(&lane) {
            continue;
        }
        if rows >= i64::from(limit) {
            break;
        }
        rows += row.try_get::<i64, _>(1).map_err(failed(location))?;
        lanes.push(lane);
    }
    Ok(lanes)
}

/// When the next lane is due: its first row's time, or the end of its longest back-off.
pub(super) async fn next(pool: &SqlitePool, location: &str) -> Result<Option<Millis>> {
    sqlx::query_scalar(
        "SELECT MIN(CASE WHEN backing_off > first_due THEN backing_off ELSE first_due END) \
         FROM (SELECT MIN(due_at) AS first_due, \
               MAX(CASE WHEN attempts > 0 THEN due_at END) AS backing_off \
               FROM outbox GROUP BY lane) AS lanes",
    )
    .fetch_one(pool)
    .await
    .map_err(failed(location))
}
