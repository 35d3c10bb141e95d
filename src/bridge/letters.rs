//! Dead letters somebody marked *Retrying* on the command line: handed to the inbox. The mark is in
//! the store, so that it also counts when the bridge was down.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::inbox::delivery::{Delivery, Fact, Inlet, Input};
use crate::store::Store;
use crate::supervisor::{Stop, TaskResult};

/// How often the store is asked.
const LOOK: Duration = Duration::from_secs(2);

/// Looks until it is asked to stop.
pub async fn run(store: Arc<dyn Store>, inlet: Inlet, stop: Stop) -> TaskResult {
    loop {
        let letters = store.dead_letters(true, 1_000).await.unwrap_or_default();
        let facts: Vec<Fact> = letters
            .into_iter()
            .filter(|letter| letter.state == "Retrying")
            .map(|letter| Fact { fingerprint: None, input: Input::RetryDeadLetter(letter.key) })
            .collect();
        if !facts.is_empty() {
            let (told, done) = oneshot::channel();
            let delivery = Delivery { facts, position: None, done: Some(told) };
            if inlet.send(delivery).await.is_ok() {
                let _ = done.await; // untold: still marked, and found again
            }
        }
        tokio::select! {
            () = stop.asked() => return Ok(()),
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}
