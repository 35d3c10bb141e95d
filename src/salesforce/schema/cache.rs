//! Schemas by id. A schema never changes under its id, so it is asked for once; those who need it
//! at the same time wait for that one answer; a failure is not remembered. Bounded: the schema
//! not used for longest goes first.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use super::EventSchema;

/// A bounded set of schemas, shared by the subscriptions.
#[derive(Debug)]
pub struct SchemaCache {
    places: usize,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    cells: HashMap<String, Cell>,
    uses: u64,
}

#[derive(Debug)]
struct Cell {
    schema: Arc<OnceCell<Arc<EventSchema>>>,
    used: u64,
}

impl Default for SchemaCache {
    fn default() -> Self {
        Self::new(256)
    }
}

impl SchemaCache {
    /// A cache of so many places, at least one.
    pub fn new(places: usize) -> Self {
        Self { places: places.max(1), held: Mutex::default() }
    }

    /// The schema, asked for with `fetch` (which returns its text) if it is not there yet.
    pub async fn get<F, Answer, E>(&self, id: &str, fetch: F) -> Result<Arc<EventSchema>, E>
    where
        F: FnOnce() -> Answer,
        Answer: Future<Output = Result<String, E>>,
    {
        let cell = self.cell(id);
        cell.get_or_try_init(|| async { Ok(Arc::new(EventSchema::parse(id, fetch().await?))) })
            .await
            .cloned()
    }

    /// The schema if it is there.
    pub fn known(&self, id: &str) -> Option<Arc<EventSchema>> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.cells.get(id)?.schema.get().cloned()
    }

    fn cell(&self, id: &str) -> Arc<OnceCell<Arc<EventSchema>>> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.uses += 1;
        let now = held.uses;
        if let Some(cell) = held.cells.get_mut(id) {
            cell.used = now;
            return Arc::clone(&cell.schema);
        }
        if held.cells.len() >= self.places {
            let oldest = held.cells.iter().min_by_key(|(_, cell)| cell.used);
            if let Some(oldest) = oldest.map(|(id, _)| id.clone()) {
                held.cells.remove(&oldest);
            }
        }
        let schema = Arc::new(OnceCell::new());
        held.cells.insert(id.to_string(), Cell { schema: Arc::clone(&schema), used: now });
        schema
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell as Count;
    use std::convert::Infallible;

    use super::*;

    const TEXT: &str = r#"{"type":"record","name":"A__e","fields":[]}"#;

    #[tokio::test]
    async fn those_who_ask_at_once_cause_one_fetch() {
        let (cache, fetched) = (SchemaCache::default(), Count::new(0));
        let ask = || {
            cache.get("a", || async {
                fetched.set(fetched.get() + 1);
                tokio::task::yield_now().await;
                Ok::<_, Infallible>(TEXT.to_string())
            })
        };
        let (one, two, three) = tokio::join!(ask(), ask(), ask());
        assert_eq!(fetched.get(), 1);
        assert!(Arc::ptr_eq(&one.unwrap(), &two.unwrap()));
        assert_eq!(three.unwrap().id(), "a");
    }

    #[tokio::test]
    async fn a_failure_is_not_remembered() {
        let cache = SchemaCache::default();
        assert_eq!(cache.get("a", || async { Err("down") }).await.unwrap_err(), "down");
        let schema = cache.get("a", || async { Ok::<_, &str>(TEXT.to_string()) }).await.unwrap();
        assert!(schema.root().is_ok());
        assert!(cache.known("a").is_some() && cache.known("b").is_none());
    }

    #[tokio::test]
    async fn when_full_the_schema_not_used_for_longest_goes() {
        let (cache, fetched) = (SchemaCache::new(2), std::cell::RefCell::new(String::new()));
        for id in ["a", "b", "a", "c", "a", "b"] {
            cache
                .get(id, || async {
                    fetched.borrow_mut().push_str(id);
                    Ok::<_, Infallible>(TEXT.to_string())
                })
                .await
                .unwrap();
        }
        assert_eq!(*fetched.borrow(), "abcb");
    }
}
