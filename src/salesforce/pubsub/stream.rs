//! The life of one stream: open it where the store stands, keep credit with the org, decode what
//! comes, hand it on, and notice when it goes silent.

use std::convert::Infallible;
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

use super::channel::{Client, connect, with_session};
use super::delivered::{DecodedEvent, RawEvent};
use super::handover::{Gone, Settled};
use super::letter::dead_letter;
use super::lookup::{NoSchema, fetch_schema};
use super::position::{Position, Start};
use super::settings::{ReplayLost, ms};
use super::status::StreamState;
use super::subscription::Subscription;
use super::verdict::{Verdict, call_error, error_code, verdict};
use super::wire::{ConsumerEvent, FetchRequest, FetchResponse, ReplayPreset};
use crate::clock::{Millis, jittered};
use crate::inbox::delivery::Fact;
use crate::salesforce::error::Error;
use crate::salesforce::schema::{self, EventSchema};
use crate::store::StoreError;

/// Why a stream ended.
pub(super) enum End {
    /// The inbox is gone.
    Gone(Gone),
    /// By the org, without an error.
    Closed,
    /// Nothing came for too long.
    Silent,
    /// The inbox could not make a delivery durable.
    HandedBack,
    /// The stored position cannot be read.
    Store(StoreError),
    /// No session or no connection.
    Setup(Error),
    /// By the org, with an error.
    Failed(Status),
}

impl From<Gone> for End {
    fn from(gone: Gone) -> Self {
        Self::Gone(gone)
    }
}

/// What became of one event.
struct Read {
    facts: Vec<Fact>,
    at: Option<Millis>,
    dead: bool,
}

impl Subscription {
    /// Opens a stream and attends to it until it ends.
    pub(super) async fn attend(&mut self) -> End {
        match self.attended().await {
            Err(end) => end,
        }
    }

    async fn attended(&mut self) -> Result<Infallible, End> {
        let session = self.auth.session().await.map_err(End::Setup)?;
        self.session = Some(Arc::clone(&session));
        self.stored = self.store.position(&self.topic).await.map_err(End::Store)?;
        let from_earliest = self.settings.on_replay_lost == ReplayLost::Earliest;
        let start = Start::choose(
            self.stored.clone(),
            self.seen.clone(),
            self.lost.as_ref().filter(|_| from_earliest),
            self.settings.first_start,
        );
        let mut client = connect(&self.settings).await.map_err(End::Setup)?;
        self.broken = false;
        self.position = Position::default();
        self.credit.restart(self.batch);

        let (requests, outgoing) = mpsc::channel(4);
        let first = first_request(&self.topic, &start, self.credit.ask().unwrap_or(1));
        let _ = requests.try_send(first); // the channel is new: there is room
        let request = with_session(ReceiverStream::new(outgoing), &session).map_err(End::Failed)?;
        let silence = ms(self.settings.silence_ms);
        // The org may hold its headers back until it has something to say.
        let opened = timeout(silence, client.subscribe(request)).await;
        let mut stream = match opened {
            Err(_) => return Err(End::Silent),
            Ok(Err(status)) => return Err(End::Failed(status)),
            Ok(Ok(response)) => response.into_inner(),
        };
        self.report.opened();
        tracing::info!(topic = &*self.topic, start = %start.word(), "the event stream is open");

        // A start without a stored position leaves a gap behind it, however small.
        let mut gap = self.stored.is_none() && self.lost.is_none();
        let ready_at = Instant::now() + ms(self.settings.settle_ms);
        let mut silent_at = Instant::now() + silence;
        let mut ready = false;
        loop {
            if let Some(more) = self.credit.ask() {
                // If the org has closed its ear, the stream itself tells why.
                let _ = requests.try_send(more_request(&self.topic, more));
            }
            tokio::select! {
                biased;
                settled = self.handover.settled() => {
                    if !self.settled(settled) {
                        return Err(End::HandedBack);
                    }
                }
                message = stream.message() => {
                    let response = message.map_err(End::Failed)?.ok_or(End::Closed)?;
                    if std::mem::take(&mut gap) {
                        self.reconcile_all().await?;
                    }
                    ready = true;
                    self.respond(response, &mut client).await?;
                    silent_at = Instant::now() + silence;
                }
                () = sleep_until(ready_at), if !ready => {
                    ready = true;
                    self.report.state(StreamState::Ready);
                }
                () = sleep_until(silent_at) => return Err(End::Silent),
            }
        }
    }

    /// Takes note of a settled delivery; false if it was handed back.
    pub(super) fn settled(&mut self, settled: Settled) -> bool {
        self.credit.released(settled.events);
        self.broken |= !settled.durable;
        if self.broken {
            self.seen = None;
        } else if settled.last.is_some() {
            self.seen = settled.last;
        }
        if settled.durable && settled.events > 0 {
            self.handed_back.reset();
        }
        settled.durable
    }

    async fn respond(&mut self, response: FetchResponse, client: &mut Client) -> Result<(), End> {
        self.retry.reset();
        self.allocation.reset();
        let events = response.events;
        let count = u32::try_from(events.len()).unwrap_or(u32::MAX);
        self.credit.received(count, response.pending_num_requested);
        if events.is_empty() {
            self.batch = self.settings.credit;
            self.report.responded(self.clock.now(), 0, 0, None);
            let in_flight = !self.handover.is_idle();
            if let Some(id) = self.position.empty(&response.latest_replay_id, in_flight) {
                self.handover.hand(Vec::new(), Some(id), 0, None).await?;
            }
            return Ok(());
        }
        let ids: Vec<Vec<u8>> = events.iter().map(|event| event.replay_id.clone()).collect();
        let (mut facts, mut at, mut dead) = (Vec::with_capacity(events.len()), None, 0);
        for event in events {
            let read = self.read(event, client).await;
            facts.extend(read.facts);
            at = at.max(read.at);
            dead += usize::from(read.dead);
        }
        let position = self.position.events(ids.iter().map(Vec::as_slice));
        self.report.responded(self.clock.now(), ids.len(), dead, at);
        tracing::debug!(
            topic = &*self.topic,
            events = ids.len(),
            rpc_id = response.rpc_id,
            "events received"
        );
        self.handover.hand(facts, position, count, ids.into_iter().next_back()).await?;
        Ok(())
    }

    /// Understands one event, or writes its dead letter.
    async fn read(&mut self, event: ConsumerEvent, client: &mut Client) -> Read {
        let ConsumerEvent { event, replay_id } = event;
        let event = event.unwrap_or_default();
        let schema = if event.schema_id.is_empty() {
            let reason = "it names no schema".to_string();
            Err(schema::Error::Incomplete { topic: self.topic.to_string(), reason }.into())
        } else {
            self.schema(&event.schema_id, client).await
        };
        let (schema, cause) = match schema {
            Ok(schema) => (schema, None),
            Err(cause) => (Arc::new(EventSchema::parse(event.schema_id, "")), Some(cause)),
        };
        let topic = Arc::clone(&self.topic);
        let raw = RawEvent { topic, event_id: event.id, replay_id, schema, payload: event.payload };
        let decoded = match cause {
            Some(cause) => Err(cause),
            None => raw.interpret(&self.namespace),
        };
        match decoded {
            Ok(decoded) => {
                let at = decoded.at();
                let facts = (self.mapper)(DecodedEvent { raw, decoded });
                Read { facts, at, dead: false }
            }
            Err(cause) => {
                tracing::error!(?raw, error = %cause, "an event cannot be understood; it is a dead letter now");
                let letter = dead_letter(&raw, &cause, &self.sealer, self.clock.now());
                Read { facts: vec![letter], at: None, dead: true }
            }
        }
    }

    /// The schema of an event. Waits for it as long as it takes: an event is not skipped because
    /// its schema could not be fetched, and the response is held meanwhile, not read again. Only
    /// a refusal that lasts longer than the setting ends the wait.
    async fn schema(&mut self, id: &str, client: &Client) -> Result<Arc<EventSchema>, Error> {
        loop {
            let (auth, longest) = (Arc::clone(&self.auth), ms(self.settings.call_ms));
            let fetch = || fetch_schema(auth, client.clone(), id, longest);
            let missing = match self.schemas.get(id, fetch).await {
                Ok(schema) => {
                    self.refused.remove(id);
                    return Ok(schema);
                }
                Err(missing) => missing,
            };
            let wait = match missing {
                NoSchema::Login(error) => self.wait_for(&error),
                NoSchema::Refused(status, session) => {
                    let error = call_error("GetSchema", id, &status);
                    tracing::warn!(topic = &*self.topic, %error, "no schema; the stream waits");
                    match verdict(error_code(&status), status.code()) {
                        Verdict::Permanent => {
                            self.refused_for_good(id, &status)?;
                            self.report.state(StreamState::Stopped(error.to_string()));
                            ms(self.settings.probe_ms)
                        }
                        other => {
                            if other == Verdict::Relogin {
                                self.auth.invalidate(&session);
                            }
                            self.report.state(StreamState::Waiting(error.to_string()));
                            let slow = matches!(other, Verdict::Slow | Verdict::WaitForAllocation);
                            let least = if slow { self.settings.slow_ms } else { 0 };
                            self.retry.wait().max(ms(least))
                        }
                    }
                }
            };
            sleep(jittered(wait, self.entropy.as_ref())).await;
        }
    }

    /// Gives up on a schema that was refused for too long.
    fn refused_for_good(&mut self, id: &str, status: &Status) -> Result<(), Error> {
        let now = Instant::now();
        let since = *self.refused.entry(id.to_string()).or_insert(now);
        if now - since < ms(self.settings.schema_patience_ms) {
            return Ok(());
        }
        Err(Error::SchemaRefused {
            id: id.to_string(),
            hours: (now - since).as_secs() / 3600,
            code: error_code(status).unwrap_or("no code").chars().take(120).collect(),
        })
    }
}

fn first_request(topic: &str, start: &Start, num_requested: u32) -> FetchRequest {
    let (preset, replay_id) = match start {
        Start::After(id) => (ReplayPreset::Custom, id.clone()),
        Start::Earliest => (ReplayPreset::Earliest, Vec::new()),
        Start::Latest => (ReplayPreset::Latest, Vec::new()),
    };
    FetchRequest {
        topic_name: topic.to_string(),
        replay_preset: preset.into(),
        replay_id,
        num_requested: i32::try_from(num_requested).unwrap_or(1),
        auth_refresh: String::new(),
    }
}

/// The org reads preset and position only in the first request of a stream.
fn more_request(topic: &str, num_requested: u32) -> FetchRequest {
    first_request(topic, &Start::Latest, num_requested)
}
