//! Dead letters marked *Retrying*, on the command line or because a retry lacked the event's schema:
//! the schema is fetched, then the letter is handed to the inbox. The mark is in the store, so that
//! it also counts when the bridge was down.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::inbox::delivery::{Delivery, Fact, Inlet, Input};
use crate::salesforce::auth::Authenticator;
use crate::salesforce::pubsub::{self, RawEvent, Settings};
use crate::salesforce::schema::SchemaCache;
use crate::seal::Seal;
use crate::store::{DeadLetter, Store};
use crate::supervisor::{Stop, TaskResult};

/// How often the store is asked.
const LOOK: Duration = Duration::from_secs(2);

/// What it works with.
pub struct Marked {
    /// Holds the letters.
    pub store: Arc<dyn Store>,
    /// Opens them.
    pub seal: Arc<Seal>,
    /// Where they go.
    pub inlet: Inlet,
    /// How the event stream is reached.
    pub settings: Settings,
    /// Sessions.
    pub auth: Arc<Authenticator>,
    /// Where fetched schemas are kept.
    pub schemas: Arc<SchemaCache>,
}

impl Marked {
    /// Looks until it is asked to stop.
    pub async fn run(self, stop: Stop) -> TaskResult {
        // Schemas that were refused: not asked for again before this.
        let mut refused: HashMap<String, Instant> = HashMap::new();
        loop {
            tokio::select! {
                () = stop.asked() => return Ok(()),
                () = self.look(&mut refused) => {}
            }
            tokio::select! {
                () = stop.asked() => return Ok(()),
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }

    async fn look(&self, refused: &mut HashMap<String, Instant>) {
        refused.retain(|_, until| *until > Instant::now());
        let letters = self.store.dead_letters(true, 1_000).await.unwrap_or_default();
        let marked: Vec<DeadLetter> =
            letters.into_iter().filter(|letter| letter.state == "Retrying").collect();
        let lacking = marked.iter().filter_map(|letter| Some((&letter.key, self.lacks(letter)?)));
        let mut wait = HashSet::new();
        for (key, id) in lacking {
            if refused.contains_key(&id) {
                wait.insert(key.clone());
                continue;
            }
            let found = pubsub::schema(&self.settings, &self.auth, &self.schemas, &id).await;
            if let Err(error) = found {
                tracing::warn!(letter.key = %key, %error, "A retry still lacks its schema");
                let pause = Duration::from_millis(self.settings.probe_ms);
                refused.insert(id, Instant::now() + pause);
                wait.insert(key.clone());
            }
        }
        let facts: Vec<Fact> = marked
            .into_iter()
            .filter(|letter| !wait.contains(&letter.key))
            .map(|letter| Fact { fingerprint: None, input: Input::RetryDeadLetter(letter.key) })
            .collect();
        if facts.is_empty() {
            return;
        }
        let (told, done) = oneshot::channel();
        let delivery = Delivery { facts, position: None, done: Some(told) };
        if self.inlet.send(delivery).await.is_ok() {
            let _ = done.await; // untold: still marked, and found again
        }
    }

    /// The id of the schema that an event in a letter cannot be read without.
    fn lacks(&self, letter: &DeadLetter) -> Option<String> {
        if letter.step != "event" {
            return None;
        }
        let bytes = self.seal.open(&letter.sealed, &letter.key).ok()?;
        let raw = RawEvent::from_bytes(bytes.expose()).ok()?;
        raw.lacks_schema().map(str::to_string)
    }
}
