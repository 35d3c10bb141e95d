//! The runner over the true store: it goes on when many effects read the store at once.

use std::time::Duration;

use tokio::sync::mpsc;

use super::*;
use crate::clock::{SystemClock, SystemEntropy};
use crate::store::SqliteStore;

/// Reads the store as a ticket does, several times, while the runner is rung as after each commit:
/// it then reads the store too, with the runs half way through their own reading.
struct Reads(Arc<dyn Store>, Arc<Wakes>);

#[async_trait]
impl Execute for Reads {
    async fn execute(&self, row: &EffectRow) -> Result<Outcome, Trouble> {
        for _ in 0..5 {
            self.1.effects.notify_one();
            let read = self.0.secret(&row.name).await;
            assert!(read.is_ok_and(|secret| secret.is_none()));
        }
        Ok(Outcome::Done)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_effects_that_read_the_store_at_once_do_not_stand_in_each_others_way() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("bridge.db")).await.unwrap();
    let store: Arc<dyn Store> = Arc::new(store);
    let mut tx = store.begin().await.unwrap();
    for attempt in 1..=100 {
        let effect = Effect::DropLaunch { recording: "r".into(), attempt };
        tx.put_effects("m", std::slice::from_ref(&effect), 0, 0).await.unwrap();
    }
    tx.commit().await.unwrap();

    let wakes = Arc::new(Wakes::default());
    let (inlet, mut facts) = mpsc::channel(256);
    let runner = Runner {
        store: store.clone(),
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
        inlet,
        wakes: wakes.clone(),
        executor: Arc::new(Reads(store.clone(), wakes)),
        patience: Patience {
            concurrency: 32,
            max_attempts: 1,
            backoff_min_ms: 1,
            backoff_max_ms: 1,
        },
    };
    let stop = CancellationToken::new();
    let mut tasks = tokio::task::JoinSet::new();
    tasks.spawn(runner.run(stop.clone()));
    let finish = async {
        for _ in 0..100 {
            let delivery: Delivery = facts.recv().await.unwrap();
            let Input::Meeting(fact) = &delivery.facts[0].input else { panic!("not a result") };
            let (name, generation) = fact.finishes.clone().unwrap();
            let mut tx = store.begin().await.unwrap();
            tx.finish_effect("m", &name, generation).await.unwrap();
            tx.commit().await.unwrap();
            delivery.done.unwrap().send(()).unwrap();
        }
    };
    tokio::time::timeout(Duration::from_secs(60), finish).await.expect("every effect is run");
    stop.cancel();
    tokio::time::timeout(Duration::from_secs(60), tasks.join_next()).await.expect("it ends");
}
