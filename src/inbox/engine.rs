//! The one task that changes meetings. It takes deliveries as they come, puts what waits into one
//! transaction (a group commit of up to a thousand facts), and tells the sources when it is done.
//!
//! If the store fails, the same batch is tried again until it is durable or the bridge ends: what
//! stands behind it in the queue may carry a replay position that covers it, so nothing overtakes.
//! A bridge that ends meanwhile loses nothing: every source delivers again what was not told done.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;

use crate::clock::SharedClock;
use crate::inbox::batch::Batch;
use crate::inbox::delivery::Delivery;
use crate::inbox::hearing::Hearing;
use crate::inbox::story;
use crate::meeting::settings::Settings;
use crate::salesforce::schema::{Namespace, SchemaCache};
use crate::seal::Seal;
use crate::store::{Store, StoreError};
use crate::supervisor::Latch;
use crate::telemetry;

/// Most facts in one transaction.
const FACTS_A_COMMIT: usize = 1_000;

/// Wakes those who work from the store.
#[derive(Debug, Default)]
pub struct Wakes {
    /// New effects.
    pub effects: Notify,
    /// New outbox rows.
    pub outbox: Notify,
    /// Deadlines moved.
    pub deadlines: Notify,
    /// Somebody wants a reconcile.
    pub reconcile: Notify,
}

/// What the inbox works with.
#[derive(Clone)]
pub struct Parts {
    /// The store.
    pub store: Arc<dyn Store>,
    /// Time.
    pub clock: SharedClock,
    /// Seals secrets and dead letters.
    pub seal: Arc<Seal>,
    /// Org id, 18 characters.
    pub org_id: String,
    /// Schemas the org has given, for events that are read once more.
    pub schemas: Arc<SchemaCache>,
    /// Package namespace, for events that are read once more.
    pub namespace: Namespace,
    /// The domain's settings.
    pub settings: Arc<Settings>,
    /// How far the sources have been heard.
    pub hearing: Arc<Hearing>,
    /// Who is told after a commit.
    pub wakes: Arc<Wakes>,
    /// Shows in `/ready` whether what comes in can be kept.
    pub kept: Arc<Latch>,
}

/// Runs until the queue is closed or `stop` is cancelled; what is in the queue then is dropped
/// untold, and comes again.
pub async fn run(parts: Parts, mut queue: mpsc::Receiver<Delivery>, stop: CancellationToken) {
    loop {
        let first = tokio::select! {
            biased;
            () = stop.cancelled() => return,
            delivery = queue.recv() => delivery,
        };
        let Some(first) = first else { return };
        let deliveries = gather(first, &mut queue);
        let mut pause = Duration::from_millis(50);
        while let Err(error) = commit(&parts, &deliveries).await {
            tracing::error!(%error, pause_ms = pause.as_millis() as u64,
                "The inbox could not commit; it tries the same facts again");
            telemetry::INBOX_FAILURES.add(1, &[]);
            parts.kept.close(&format!("nothing can be kept: {error}"));
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
            pause = (pause * 2).min(Duration::from_secs(10));
        }
        parts.kept.open("what comes in is kept");
        for delivery in deliveries {
            // Nobody may wait any more: a source that was cancelled meanwhile.
            let _ = delivery.done.map(|done| done.send(()));
        }
    }
}

fn gather(first: Delivery, queue: &mut mpsc::Receiver<Delivery>) -> Vec<Delivery> {
    let mut facts = first.facts.len();
    let mut deliveries = vec![first];
    while facts < FACTS_A_COMMIT {
        let Ok(next) = queue.try_recv() else { break };
        facts += next.facts.len();
        deliveries.push(next);
    }
    deliveries
}

async fn commit(parts: &Parts, deliveries: &[Delivery]) -> Result<(), StoreError> {
    let begun = tokio::time::Instant::now();
    let mut batch = Batch::begin(parts, parts.clock.now()).await?;
    let facts: Vec<_> = deliveries.iter().flat_map(|delivery| &delivery.facts).collect();
    batch.take(&facts).await?;
    for delivery in deliveries {
        if let Some((topic, replay_id)) = &delivery.position {
            batch.position(topic.clone(), replay_id.clone());
        }
    }
    let (wake, story) = batch.commit().await?;
    telemetry::COMMIT_DURATION.note(begun.elapsed(), &[]);
    let rung = [
        (wake.effects, &parts.wakes.effects),
        (wake.outbox, &parts.wakes.outbox),
        (wake.deadlines, &parts.wakes.deadlines),
        (wake.reconcile, &parts.wakes.reconcile),
    ];
    for (_, bell) in rung.iter().filter(|(due, _)| *due) {
        bell.notify_one();
    }
    for (meeting, turn) in story {
        story::tell(&meeting, turn, None);
    }
    Ok(())
}
