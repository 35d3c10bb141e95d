//! One topic, for as long as the bridge runs: a stream ([`super::stream`]) after another, and
//! what happens between them. Between two streams all that was handed over is settled first, so
//! that the next begins where the store stands and nothing is delivered twice for want of
//! patience: each delivery counts against the org's allocation.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::backoff::Backoff;
use super::credit::Credit;
use super::delivered::DecodedEvent;
use super::handover::{Gone, Handover};
use super::letter::Sealer;
use super::position::Position;
use super::settings::{ReplayLost, Settings, ms};
use super::status::{Reporter, StreamState, StreamStatus};
use super::stream::End;
use super::verdict::{Verdict, call_error, error_code, verdict};
use crate::clock::{SharedClock, SharedEntropy, jittered};
use crate::inbox::delivery::{Fact, Inlet, Input};
use crate::salesforce::auth::{Authenticator, Session};
use crate::salesforce::error::{Class, Error};
use crate::salesforce::schema::{Namespace, SchemaCache};
use crate::store::Store;

/// What an event means: the one door in (`input`).
pub type Mapper = Arc<dyn Fn(DecodedEvent) -> Vec<Fact> + Send + Sync>;

/// What a subscription works with.
pub struct Deps {
    /// Sessions.
    pub auth: Arc<Authenticator>,
    /// Where positions are stored.
    pub store: Arc<dyn Store>,
    /// The queue into the inbox.
    pub inlet: Inlet,
    /// What events mean.
    pub mapper: Mapper,
    /// Seals the bytes of what cannot be understood.
    pub sealer: Arc<dyn Sealer>,
    /// Schemas, shared by the topics.
    pub schemas: Arc<SchemaCache>,
    /// Package namespace.
    pub namespace: Namespace,
    /// Time.
    pub clock: SharedClock,
    /// Chance, for jitter.
    pub entropy: SharedEntropy,
    /// Where the state is told.
    pub status: watch::Sender<StreamStatus>,
}

/// Keeps the topic subscribed until `cancel`, or until the inbox is gone. `topic` is the full
/// name with namespace ([`Settings::topics`]); it is also the key of the stored position.
/// Cancelling is safe at any point: what was not handed over comes again.
pub async fn run(topic: &str, settings: Settings, deps: Deps, cancel: CancellationToken) {
    let mut subscription = Subscription::new(topic, settings, deps);
    tokio::select! {
        () = cancel.cancelled() => {}
        () = subscription.live() => {}
    }
}

/// The state that outlives a stream.
pub(super) struct Subscription {
    pub(super) topic: Arc<str>,
    pub(super) settings: Settings,
    pub(super) auth: Arc<Authenticator>,
    pub(super) store: Arc<dyn Store>,
    pub(super) mapper: Mapper,
    pub(super) sealer: Arc<dyn Sealer>,
    pub(super) schemas: Arc<SchemaCache>,
    pub(super) namespace: Namespace,
    pub(super) clock: SharedClock,
    pub(super) entropy: SharedEntropy,
    pub(super) report: Reporter,
    pub(super) handover: Handover,
    pub(super) credit: Credit,
    pub(super) position: Position,
    /// Events asked for at once; less after a response that was too large.
    pub(super) batch: u32,
    /// The session of the current stream.
    pub(super) session: Option<Arc<Session>>,
    /// The stored position the current stream began with.
    pub(super) stored: Option<Vec<u8>>,
    /// Id of the last event that became durable in this process.
    pub(super) seen: Option<Vec<u8>>,
    /// The inbox handed something back since the stream began: what settles now is no proof that
    /// all before it is durable.
    pub(super) broken: bool,
    /// The stored position the org refused.
    pub(super) lost: Option<Option<Vec<u8>>>,
    /// Schemas the org refuses, and since when.
    pub(super) refused: std::collections::HashMap<String, tokio::time::Instant>,
    /// Waits after a broken stream; ended by a response.
    pub(super) retry: Backoff,
    /// Waits after a used-up allocation; ended by a response.
    pub(super) allocation: Backoff,
    /// Waits after the inbox handed back; ended only by a durable delivery, because each stream
    /// delivers the same events again and they count.
    pub(super) handed_back: Backoff,
}

impl Subscription {
    fn new(topic: &str, settings: Settings, deps: Deps) -> Self {
        let retry = Backoff::new(ms(settings.retry_first_ms), ms(settings.retry_most_ms));
        Self {
            topic: topic.into(),
            auth: deps.auth,
            store: deps.store,
            mapper: deps.mapper,
            sealer: deps.sealer,
            schemas: deps.schemas,
            namespace: deps.namespace,
            clock: deps.clock,
            entropy: deps.entropy,
            report: Reporter(deps.status),
            handover: Handover::new(topic, deps.inlet),
            credit: Credit::new(settings.queue_events, settings.credit),
            position: Position::default(),
            batch: settings.credit,
            session: None,
            stored: None,
            seen: None,
            broken: false,
            lost: None,
            refused: std::collections::HashMap::new(),
            allocation: Backoff::new(
                ms(settings.allocation_first_ms),
                ms(settings.allocation_most_ms),
            ),
            handed_back: retry.clone(),
            retry,
            settings,
        }
    }

    async fn live(&mut self) {
        loop {
            self.settle().await;
            let end = self.attend().await;
            let Some(wait) = self.after(end).await else { return };
            tokio::time::sleep(jittered(wait, self.entropy.as_ref())).await;
        }
    }

    /// Waits until the inbox has settled all it was handed.
    async fn settle(&mut self) {
        while !self.handover.is_idle() {
            let settled = self.handover.settled().await;
            self.settled(settled);
        }
    }

    /// How long to wait before the next stream; `None` if there is to be none.
    async fn after(&mut self, end: End) -> Option<Duration> {
        let topic = &*self.topic;
        match end {
            End::Gone(Gone) => None,
            End::Closed => {
                tracing::info!(topic, "the event stream ended; connecting again");
                self.report.state(StreamState::Connecting);
                Some(self.retry.wait())
            }
            End::Silent => {
                let seconds = self.settings.silence_ms / 1000;
                let error = Error::Silent { topic: topic.to_string(), seconds };
                tracing::warn!(%error, "the event stream was silent");
                self.report.state(StreamState::Connecting);
                Some(self.retry.wait())
            }
            End::HandedBack => {
                tracing::warn!(topic, "the inbox could not store events; they will be read again");
                let reason = "the inbox could not store events".to_string();
                self.report.state(StreamState::Waiting(reason));
                Some(self.handed_back.wait())
            }
            End::Store(error) => {
                tracing::warn!(topic, %error, "the stored position cannot be read");
                self.report.state(StreamState::Waiting(error.to_string()));
                Some(self.retry.wait())
            }
            End::Setup(error) => Some(self.wait_for(&error)),
            End::Failed(status) => self.failed(&status).await,
        }
    }

    /// The wait after a login or connection that failed.
    pub(super) fn wait_for(&mut self, error: &Error) -> Duration {
        let wait = match error.class() {
            Class::Permanent | Class::OurBug => {
                self.report.state(StreamState::Stopped(error.to_string()));
                ms(self.settings.probe_ms)
            }
            Class::RetryAfter(at_least) => {
                self.report.state(StreamState::Waiting(error.to_string()));
                self.retry.wait().max(at_least)
            }
            Class::Retry | Class::Reauthorize | Class::Conflict => {
                self.report.state(StreamState::Waiting(error.to_string()));
                self.retry.wait()
            }
        };
        tracing::warn!(topic = &*self.topic, %error, wait.ms = wait.as_millis() as u64, "no event stream");
        wait
    }

    async fn failed(&mut self, status: &tonic::Status) -> Option<Duration> {
        let error = call_error("Subscribe", &self.topic, status);
        let verdict = verdict(error_code(status), status.code());
        let waiting = StreamState::Waiting(error.to_string());
        let (state, wait) = match verdict {
            Verdict::Retry => (waiting, self.retry.wait()),
            Verdict::Relogin => {
                if let Some(session) = &self.session {
                    self.auth.invalidate(session);
                }
                (waiting, self.retry.wait())
            }
            Verdict::Slow => (waiting, self.retry.wait().max(ms(self.settings.slow_ms))),
            Verdict::WaitForAllocation => (waiting, self.allocation.wait()),
            Verdict::FetchAgainWithLessCredit => {
                self.batch = (self.batch / 2).max(1);
                (waiting, self.retry.wait())
            }
            Verdict::Permanent => {
                (StreamState::Stopped(error.to_string()), ms(self.settings.probe_ms))
            }
            Verdict::ReplayLost => {
                tracing::warn!(topic = &*self.topic, %error, ?verdict, "the event stream failed");
                return self.replay_lost().await;
            }
        };
        let wait_ms = wait.as_millis() as u64;
        tracing::warn!(topic = &*self.topic, %error, ?verdict, wait_ms, "the event stream failed");
        self.report.state(state);
        Some(wait)
    }

    /// Events were missed for good: whatever the policy, the records must be compared.
    async fn replay_lost(&mut self) -> Option<Duration> {
        let error = Error::ReplayLost { topic: self.topic.to_string() };
        let known = self.lost.as_ref() == Some(&self.stored);
        self.lost = Some(self.stored.clone());
        self.seen = None;
        if !known {
            tracing::error!(%error, "the replay position was lost");
            self.reconcile_all().await.ok()?;
        }
        match self.settings.on_replay_lost {
            ReplayLost::Stop => {
                self.report.state(StreamState::Stopped(error.to_string()));
                Some(ms(self.settings.probe_ms))
            }
            ReplayLost::Earliest => {
                self.report.state(StreamState::Waiting(error.to_string()));
                Some(self.retry.wait())
            }
        }
    }

    /// Asks for a comparison of all records with what we know.
    pub(super) async fn reconcile_all(&mut self) -> Result<(), Gone> {
        let input = Input::Reconcile { object: "*".to_string() };
        self.handover.hand(vec![Fact { fingerprint: None, input }], None, 0, None).await
    }
}
