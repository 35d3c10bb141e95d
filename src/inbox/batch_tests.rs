//! A transaction over the true store.

use std::sync::Arc;

use super::*;
use crate::clock::{SystemClock, SystemEntropy};
use crate::inbox::hearing::Hearing;
use crate::input::to_meeting;
use crate::meeting::event::Details;
use crate::salesforce::schema::{Namespace, SchemaCache};
use crate::seal::Seal;
use crate::store::{EffectRow, SqliteStore, Store};
use crate::supervisor::Readiness;

async fn parts(folder: &std::path::Path) -> Parts {
    let store = SqliteStore::open(&folder.join("bridge.db")).await.unwrap();
    let seal =
        Seal::from_key_file(&folder.join("store.key"), true, Arc::new(SystemEntropy)).unwrap();
    Parts {
        store: Arc::new(store),
        clock: Arc::new(SystemClock),
        seal: Arc::new(seal),
        org_id: "00D5e000000EmuLEAS".into(),
        schemas: Arc::new(SchemaCache::new(1)),
        namespace: Namespace::new(None),
        settings: Arc::default(),
        hearing: Arc::new(Hearing::of([])),
        wakes: Arc::default(),
        kept: Arc::new(Readiness::new(Arc::new(SystemClock)).latch("store")),
    }
}

async fn taken(parts: &Parts, input: Input) {
    let fact = Fact { fingerprint: None, input };
    let mut batch = Batch::begin(parts, 0).await.unwrap();
    batch.take(&[&fact]).await.unwrap();
    batch.commit().await.unwrap();
}

async fn waiting(store: &dyn Store) -> Vec<EffectRow> {
    store.due_effects(i64::MAX, 10, &Default::default()).await.unwrap()
}

/// What the runner reports of a row it could not do.
fn failed(row: &EffectRow) -> Input {
    let failure = Failure { code: "CB-091".into(), text: "its join token is gone".into() };
    let outcome = Outcome::Failed(failure);
    let mut input = to_meeting(&row.meeting, Event::Result { effect: row.effect.clone(), outcome });
    if let Input::Meeting(fact) = &mut input {
        fact.finishes = Some((row.name.clone(), row.generation));
    }
    input
}

#[tokio::test]
async fn what_an_older_content_could_not_do_is_nobodys_trouble_any_more() {
    let folder = tempfile::tempdir().unwrap();
    let parts = parts(folder.path()).await;
    taken(&parts, to_meeting("m", Event::Start(Details::default()))).await;
    let older = waiting(&*parts.store).await.remove(0);
    // The same is wanted anew while the older one is under way.
    let mut tx = parts.store.begin().await.unwrap();
    tx.put_effects("m", std::slice::from_ref(&older.effect), 0, 0).await.unwrap();
    tx.commit().await.unwrap();
    taken(&parts, failed(&older)).await;
    assert_eq!(parts.store.counts().await.unwrap().dead_letters, 0);
    let newer = waiting(&*parts.store).await.remove(0);
    assert_eq!(newer.effect, older.effect, "the newer one is still to be done");
    taken(&parts, failed(&newer)).await;
    assert_eq!(parts.store.counts().await.unwrap().dead_letters, 1, "its own trouble counts");
}
