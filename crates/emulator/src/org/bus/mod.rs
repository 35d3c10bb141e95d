//! The org's event bus: what REST, Apex stand-ins and gRPC publishers put in, what subscribers of
//! the Pub/Sub API get out. Events are kept for 72 hours of the emulator's clock in one log, so
//! that every topic and channel sees one order. Nothing here is written to disk.

mod control;
mod log;
mod look;
mod publish;
mod read;
mod replay;
mod words;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

pub use look::Seen;
pub(crate) use read::Position;
pub use words::{
    BusConfig, ChangeKind, Delivered, PublishError, Published, Reader, Record, RecordChange, Usage,
};

use self::log::{Body, Log, Told};
use self::replay::ReplayIds;
use super::allocation::Allocation;
use super::avro::{EventSchema, Schemas};
use super::change::{Settings, Transaction, changes_of};
use super::metadata::Metadata;
use super::topic::Topic;
use crate::{clock::Clock, faults::Faults};

/// The bus. Cloneable handle.
#[derive(Clone)]
pub struct Bus {
    inner: Arc<Inner>,
}

struct Inner {
    clock: Clock,
    faults: Faults,
    org_id: String,
    state: Mutex<State>,
    /// Changes when there may be something new to read.
    tip: watch::Sender<u64>,
}

struct State {
    config: BusConfig,
    metadata: Arc<Metadata>,
    schemas: Schemas,
    log: Log,
    allocation: Allocation,
    reader: Option<Reader>,
    gaps: HashSet<String>,
    commit: i64,
}

impl State {
    fn purge(&mut self, now: i64) {
        self.log.purge(now - self.config.retention_ms);
    }
}

impl Bus {
    /// An empty bus for this org (18-character id).
    pub fn new(
        metadata: Arc<Metadata>,
        clock: Clock,
        faults: Faults,
        org_id: String,
        config: BusConfig,
    ) -> Self {
        let mut schemas = Schemas::default();
        schemas.rebuild(&metadata, config.compound_names);
        let state = State {
            log: Log::new(ReplayIds::new(&org_id, config.replay_id_bytes), faults.clone()),
            allocation: Allocation::new(config.delivery_limit),
            config,
            metadata,
            schemas,
            reader: None,
            gaps: HashSet::new(),
            // Real ones are beyond what a JavaScript number holds.
            commit: (1 << 54) + i64::from(rand::random::<u32>()),
        };
        let tip = watch::Sender::new(0);
        Self { inner: Arc::new(Inner { clock, faults, org_id, state: Mutex::new(state), tip }) }
    }

    /// Sets how records are read for enrichment, at delivery and at replay. The reader is never
    /// called from within `record_changes` or `publish`.
    pub fn set_reader(&self, reader: Reader) {
        self.state().reader = Some(reader);
    }

    /// Takes one committed transaction, in order.
    pub fn record_changes(&self, changes: Vec<RecordChange>) {
        let now = self.clock().now();
        {
            let mut state = self.state();
            let state = &mut *state;
            state.commit += 1 + i64::from(rand::random::<u8>());
            let settings = Settings { schemas: &state.schemas, config: &state.config };
            let transaction = Transaction { changes, commit: state.commit, gaps: &mut state.gaps };
            for event in changes_of(transaction, &settings) {
                state.log.append(Body::Change(Arc::new(Told::new(event))), now);
            }
            state.purge(now);
        }
        self.wake();
    }

    /// Takes a new state of the metadata: schemas of changed objects get new ids.
    pub fn metadata_changed(&self, metadata: Arc<Metadata>) {
        let mut state = self.state();
        let compound_names = state.config.compound_names;
        state.schemas.rebuild(&metadata, compound_names);
        state.metadata = metadata;
    }

    /// What a topic name stands for.
    pub fn topic(&self, name: &str) -> Option<Topic> {
        Topic::find(&self.state().metadata, name)
    }

    /// A schema that is or was in use.
    pub fn schema(&self, id: &str) -> Option<Arc<EventSchema>> {
        self.state().schemas.by_id(id)
    }

    /// The current schema of a platform event or change event, by its name.
    pub fn current_schema(&self, name: &str) -> Option<Arc<EventSchema>> {
        self.state().schemas.current(name)
    }

    fn append(&self, body: Body) -> Vec<u8> {
        let now = self.clock().now();
        let id = {
            let mut state = self.state();
            let id = state.log.append(body, now);
            state.purge(now);
            id
        };
        self.wake();
        id
    }

    /// Tells held events whose time has come.
    pub(crate) fn settle(&self) {
        let now = self.clock().now();
        let told = self.state().log.settle(now);
        if told {
            self.wake();
        }
    }

    fn wake(&self) {
        self.inner.tip.send_modify(|count| *count += 1);
    }

    pub(crate) fn watch(&self) -> watch::Receiver<u64> {
        self.inner.tip.subscribe()
    }

    pub(crate) fn config(&self) -> BusConfig {
        self.state().config.clone()
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.inner.clock
    }

    pub(crate) fn faults(&self) -> &Faults {
        &self.inner.faults
    }

    pub(crate) fn org_id(&self) -> &str {
        &self.inner.org_id
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A random id in the usual form.
pub(crate) fn uuid() -> String {
    let mut bytes: [u8; 16] = rand::random();
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = hex::encode(bytes);
    let [a, b, c, d, e] = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
    format!("{a}-{b}-{c}-{d}-{e}")
}
