//! Rows ↔ values, and the few reads that a transaction and a plain reader share.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteExecutor};

use crate::meeting::model::Meeting;
use crate::outbox::row::{Change, Operation, RecordKey};
use crate::store::{DeadLetter, EffectRow, Link, OutboxRow, Result, StoreError};

/// Columns of [`effect`].
pub(super) const EFFECT: &str = "meeting, name, document, generation, attempts, due_at, wanted_at";
/// Columns of [`outbox`].
pub(super) const OUTBOX: &str = "object, key_field, key_value, lane, operation, fields, \
     generation, attempts, due_at, wanted_at";
/// Columns of [`dead_letter`].
pub(super) const DEAD_LETTER: &str =
    "letter, meeting, step, code, cause, detail, at, state, sealed";

/// Turns the database's complaint into the store's error.
pub(super) fn failed(location: &str) -> impl Fn(sqlx::Error) -> StoreError + Copy + '_ {
    move |source| StoreError::Database { location: location.to_owned(), source }
}

/// Writes a document.
pub(super) fn to_text<T: Serialize>(table: &'static str, key: &str, value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|e| corrupt(table, key, &e))
}

/// Reads a document.
pub(super) fn from_text<T: DeserializeOwned>(
    table: &'static str,
    key: &str,
    text: &str,
) -> Result<T> {
    serde_json::from_str(text).map_err(|e| corrupt(table, key, &e))
}

/// The position is told, the content is not: a document holds names.
fn corrupt(table: &'static str, key: &str, error: &serde_json::Error) -> StoreError {
    let reason = format!("{:?} error at column {}", error.classify(), error.column());
    StoreError::Corrupt { table, key: key.to_owned(), reason }
}

/// Columns as in [`EFFECT`].
pub(super) fn effect(row: &SqliteRow, location: &str) -> Result<EffectRow> {
    let failed = failed(location);
    let meeting: String = row.try_get(0).map_err(failed)?;
    let name: String = row.try_get(1).map_err(failed)?;
    let document: &str = row.try_get(2).map_err(failed)?;
    Ok(EffectRow {
        effect: from_text("effects", &format!("{meeting}/{name}"), document)?,
        meeting,
        name,
        generation: row.try_get(3).map_err(failed)?,
        attempts: row.try_get(4).map_err(failed)?,
        due_at: row.try_get(5).map_err(failed)?,
        wanted_at: row.try_get(6).map_err(failed)?,
    })
}

/// Columns as in [`OUTBOX`].
pub(super) fn outbox(row: &SqliteRow, location: &str) -> Result<OutboxRow> {
    let failed = failed(location);
    let object: String = row.try_get(0).map_err(failed)?;
    let field: String = row.try_get(1).map_err(failed)?;
    let value: String = row.try_get(2).map_err(failed)?;
    let operation: &str = row.try_get(4).map_err(failed)?;
    let fields: &str = row.try_get(5).map_err(failed)?;
    let name = format!("{object}/{value}");
    let change = Change {
        object,
        key: key_of(field, value),
        lane: row.try_get(3).map_err(failed)?,
        operation: operation_of(operation, &name)?,
        fields: from_text::<BTreeMap<_, _>>("outbox", &name, fields)?,
    };
    Ok(OutboxRow {
        change,
        generation: row.try_get(6).map_err(failed)?,
        attempts: row.try_get(7).map_err(failed)?,
        due_at: row.try_get(8).map_err(failed)?,
        wanted_at: row.try_get(9).map_err(failed)?,
    })
}

/// Columns as in [`DEAD_LETTER`].
pub(super) fn dead_letter(row: &SqliteRow, location: &str) -> Result<DeadLetter> {
    let failed = failed(location);
    Ok(DeadLetter {
        key: row.try_get(0).map_err(failed)?,
        meeting: row.try_get(1).map_err(failed)?,
        step: row.try_get(2).map_err(failed)?,
        code: row.try_get(3).map_err(failed)?,
        cause: row.try_get(4).map_err(failed)?,
        detail: row.try_get(5).map_err(failed)?,
        at: row.try_get(6).map_err(failed)?,
        state: row.try_get(7).map_err(failed)?,
        sealed: row.try_get(8).map_err(failed)?,
    })
}

/// (`key_field`, `key_value`); the field is empty for a record named by its id.
pub(super) fn key_columns(key: &RecordKey) -> (&str, &str) {
    match key {
        RecordKey::Id(id) => ("", id),
        RecordKey::External { field, value } => (field, value),
    }
}

fn key_of(field: String, value: String) -> RecordKey {
    if field.is_empty() { RecordKey::Id(value) } else { RecordKey::External { field, value } }
}

/// The `operation` column.
pub(super) fn operation_text(operation: Operation) -> &'static str {
    match operation {
        Operation::Write => "write",
        Operation::Delete => "delete",
        Operation::DeleteBy => "delete-by",
    }
}

fn operation_of(text: &str, key: &str) -> Result<Operation> {
    match text {
        "write" => Ok(Operation::Write),
        "delete" => Ok(Operation::Delete),
        "delete-by" => Ok(Operation::DeleteBy),
        other => Err(StoreError::Corrupt {
            table: "outbox",
            key: key.to_owned(),
            reason: format!("the operation {other:?} is not known"),
        }),
    }
}

/// Meeting by record id.
pub(super) async fn meeting<'c>(
    db: impl SqliteExecutor<'c>,
    location: &str,
    id: &str,
) -> Result<Option<Meeting>> {
    let found: Option<String> = sqlx::query_scalar("SELECT document FROM meetings WHERE id = $1")
        .bind(id)
        .fetch_optional(db)
        .await
        .map_err(failed(location))?;
    found.map(|text| from_text("meetings", id, &text)).transpose()
}

/// The meeting that owns what the link names.
pub(super) async fn linked<'c>(
    db: impl SqliteExecutor<'c>,
    location: &str,
    link: &Link,
) -> Result<Option<String>> {
    sqlx::query_scalar("SELECT meeting FROM links WHERE kind = $1 AND value = $2")
        .bind(link.kind)
        .bind(&link.value)
        .fetch_optional(db)
        .await
        .map_err(failed(location))
}
