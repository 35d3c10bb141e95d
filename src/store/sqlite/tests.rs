//! What only this engine promises: the file's mode, the command line beside a bridge, formats.

use std::path::PathBuf;

use crate::store::{SqliteStore, Store, StoreError};

fn place() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bridge.db");
    (folder, file)
}

#[cfg(unix)]
#[tokio::test]
async fn no_one_else_can_read_the_file_or_its_log() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, file) = place();
    let store = SqliteStore::open(&file).await.unwrap();
    let mut tx = store.begin().await.unwrap();
    tx.put_note("n", "v").await.unwrap();
    tx.commit().await.unwrap();
    let mut seen = 0;
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{:?}", entry.file_name());
        seen += 1;
    }
    assert_eq!(seen, 4, "database, write-ahead log, its index, lock");
}

#[tokio::test]
async fn the_command_line_reads_and_writes_beside_a_running_bridge() {
    let (_folder, file) = place();
    let missing = SqliteStore::open_beside(&file).await.err().unwrap();
    assert!(matches!(missing, StoreError::Unreachable { .. }), "{missing}");
    assert!(!file.exists(), "looking makes no file");
    let bridge = SqliteStore::open(&file).await.unwrap();
    let beside = SqliteStore::open_beside(&file).await.unwrap();
    let mut tx = beside.begin().await.unwrap();
    tx.put_note("asked", "yes").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(bridge.note("asked").await.unwrap().as_deref(), Some("yes"));
    let mut tx = bridge.begin().await.unwrap();
    tx.put_note("asked", "done").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(beside.note("asked").await.unwrap().as_deref(), Some("done"));
}

#[tokio::test]
async fn a_file_of_a_newer_version_is_refused_with_both_numbers() {
    let (_folder, file) = place();
    let store = SqliteStore::open(&file).await.unwrap();
    sqlx::query("INSERT INTO migrations (version) VALUES (99)")
        .execute(&store.writer)
        .await
        .unwrap();
    store.close().await;
    drop(store);
    let refused = SqliteStore::open(&file).await.err().unwrap();
    assert!(matches!(refused, StoreError::Newer { found: 99, .. }), "{refused}");
}

#[tokio::test]
async fn a_document_that_cannot_be_read_is_named_without_its_content() {
    let (_folder, file) = place();
    let store = SqliteStore::open(&file).await.unwrap();
    sqlx::query("INSERT INTO meetings (id, document, is_final) VALUES ('m1', $1, 0)")
        .bind(r#"{"id": "Ada Lovelace"}"#)
        .execute(&store.writer)
        .await
        .unwrap();
    let error = store.meeting("m1").await.unwrap_err().to_string();
    assert!(error.contains("meetings") && error.contains("m1"), "{error}");
    assert!(!error.contains("Ada"), "{error}");
}

#[tokio::test]
async fn a_full_disk_fails_a_transaction_whole_and_the_next_with_room_succeeds() {
    let (_folder, file) = place();
    let store = SqliteStore::open(&file).await.unwrap();
    let mut tx = store.begin().await.unwrap();
    tx.put_note("before", "kept").await.unwrap();
    tx.commit().await.unwrap();
    // SQLite takes no less than what there is: the file can no longer grow. The limit is this
    // connection's own, so that there is room again for the next.
    sqlx::query("PRAGMA max_page_count = 1").execute(&store.writer).await.unwrap();
    let mut tx = store.begin().await.unwrap();
    tx.put_note("half", "lost").await.unwrap();
    let full = tx.put_secret("large", &[7; 1 << 20]).await.unwrap_err();
    assert!(full.to_string().contains("full"), "{full}");
    drop(tx);
    assert_eq!(store.note("half").await.unwrap(), None, "all of it or nothing");
    assert_eq!(store.note("before").await.unwrap().as_deref(), Some("kept"));
    let mut tx = store.begin().await.unwrap();
    tx.put_note("half", "whole").await.unwrap();
    tx.put_secret("large", &[7; 1 << 20]).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(store.note("half").await.unwrap().as_deref(), Some("whole"));
    assert_eq!(store.secret("large").await.unwrap().map(|s| s.len()), Some(1 << 20));
}

#[tokio::test]
async fn readers_cannot_write_and_upkeep_harms_nothing() {
    let (_folder, file) = place();
    let store = SqliteStore::open(&file).await.unwrap();
    let write = sqlx::query("DELETE FROM notes").execute(&store.readers).await;
    assert!(write.is_err());
    let mut tx = store.begin().await.unwrap();
    tx.put_note("n", "v").await.unwrap();
    tx.commit().await.unwrap();
    store.maintain().await.unwrap();
    assert_eq!(store.note("n").await.unwrap().as_deref(), Some("v"));
}
