//! One `Subscribe` stream. The client's requests are credit: at most 100 events are owed at a
//! time. With credit left and nothing to tell, an empty response says how far the bus is; without
//! credit for a minute, the stream is closed.

use std::time::Duration;

use tokio::sync::mpsc::Sender;
use tonic::{Code, Status, Streaming};

use super::Service;
use super::caller::known;
use super::refusal::Refusal;
use crate::faults::FaultKind;
use crate::org::bus::Position;
use crate::org::topic::Topic;
use crate::wire::{FetchRequest, FetchResponse, ReplayPreset};

/// Most events owed at a time, and in one response.
const MOST_OWED: usize = 100;
/// How often the emulator's clock and the ordered faults are looked at.
const TICK: Duration = Duration::from_millis(50);

type Out = Sender<Result<FetchResponse, Status>>;

/// Serves the stream to its end.
pub(super) async fn run(
    service: Service,
    user: String,
    rpc_id: String,
    mut requests: Streaming<FetchRequest>,
    out: Out,
) {
    let end = async {
        let lose = service.strike("Subscribe").await?;
        if lose {
            return Err(Refusal::cut());
        }
        let Some(first) = first(&service, &mut requests, &out).await? else { return Ok(()) };
        let subscription = Subscription::open(&service, user, &rpc_id, &first, out.clone())?;
        subscription.serve(&mut requests).await
    }
    .await;
    if let Err(refusal) = end {
        let _ = out.send(Err(refusal.status(&rpc_id))).await;
    }
}

/// The first request; `None` if none comes.
async fn first(
    service: &Service,
    requests: &mut Streaming<FetchRequest>,
    out: &Out,
) -> Result<Option<FetchRequest>, Refusal> {
    let clock = service.bus.clock();
    tokio::select! {
        request = requests.message() => Ok(request.ok().flatten()),
        () = clock.until(clock.now() + service.bus.config().idle_ms) => Ok(None),
        () = service.stop.cancelled() => Err(Refusal::unavailable()),
        () = out.closed() => Ok(None),
    }
}

struct Subscription<'a> {
    service: &'a Service,
    user: String,
    rpc_id: &'a str,
    topic_name: String,
    topic: Topic,
    out: Out,
    /// Where to read on.
    position: Position,
    /// Events owed.
    owed: usize,
    /// When the last response went out.
    answered: i64,
    /// A half-open connection: nothing goes out any more, and nobody says so.
    mute: bool,
}

impl<'a> Subscription<'a> {
    fn open(
        service: &'a Service,
        user: String,
        rpc_id: &'a str,
        first: &FetchRequest,
        out: Out,
    ) -> Result<Self, Refusal> {
        let bus = &service.bus;
        if first.topic_name.is_empty() {
            return Err(Refusal::topic_empty());
        }
        let topic = bus
            .topic(&first.topic_name)
            .ok_or_else(|| Refusal::topic_not_found(&first.topic_name))?;
        // INFERRED: with nothing left a new stream is refused at once, an open one when it has
        // something to tell; what is left is told before the refusal.
        if bus.usage().used >= bus.usage().limit {
            return Err(over_allocation());
        }
        let mut subscription = Self {
            service,
            user,
            rpc_id,
            topic_name: first.topic_name.clone(),
            topic,
            out,
            position: position(service, first)?,
            owed: 0,
            answered: bus.clock().now(),
            mute: false,
        };
        subscription.take(first)?;
        Ok(subscription)
    }

    async fn serve(mut self, requests: &mut Streaming<FetchRequest>) -> Result<(), Refusal> {
        let mut tip = self.service.bus.watch();
        let out = self.out.clone();
        let mut open = true;
        loop {
            self.fault()?;
            self.service.bus.settle();
            if !self.mute && (self.tell().await?.is_gone() || self.keep_alive().await.is_gone()) {
                return Ok(());
            }
            // INFERRED: a client that has closed its side gets what is there, then the end.
            if !self.mute && (!open || self.abandoned()) {
                return Ok(());
            }
            tokio::select! {
                request = requests.message(), if open => match request {
                    Ok(Some(request)) => self.take(&request)?,
                    Ok(None) => open = false,
                    Err(_) => return Ok(()),
                },
                _ = tip.changed() => {}
                () = tokio::time::sleep(TICK) => {}
                () = out.closed() => return Ok(()),
                () = self.service.stop.cancelled() => return Err(Refusal::unavailable()),
            }
        }
    }

    /// Takes a request as credit; it adds to what is owed, up to the cap.
    fn take(&mut self, request: &FetchRequest) -> Result<(), Refusal> {
        if !request.auth_refresh.is_empty() {
            known(&self.service.tokens, &request.auth_refresh).map_err(|_| {
                let message = "the new token is not valid";
                Refusal::new(Code::Unauthenticated, "service.auth.refresh.invalid", message)
            })?;
        }
        if !request.topic_name.is_empty() && request.topic_name != self.topic_name {
            let message = format!("the stream is for {}", self.topic_name);
            let code = "subscription.fetch.topic.mismatch";
            return Err(Refusal::new(Code::InvalidArgument, code, message));
        }
        let asked = usize::try_from(request.num_requested).unwrap_or(0);
        if asked == 0 {
            let message = "num_requested must be above 0";
            let code = "subscription.fetch.requested.events.invalid";
            return Err(Refusal::new(Code::InvalidArgument, code, message));
        }
        self.owed = self.owed.saturating_add(asked).min(MOST_OWED);
        Ok(())
    }

    /// Sends what there is, as far as credit and allocation go.
    async fn tell(&mut self) -> Result<Client, Refusal> {
        let bus = &self.service.bus;
        while self.owed > 0 {
            let mut batch = bus.read(&self.topic, self.position, self.owed);
            if batch.events.is_empty() {
                self.position = batch.next;
                break;
            }
            let granted = bus.deliver(&self.user, &self.topic_name, batch.events.len());
            let Some(last) = granted.checked_sub(1) else { return Err(over_allocation()) };
            let cut_short = granted < batch.events.len();
            batch.events.truncate(granted);
            self.position = batch.next;
            self.owed -= granted;
            let latest = batch.events[last].replay_id.clone();
            let response = self.response(batch.events, latest);
            if self.send(response).await.is_gone() {
                return Ok(Client::Gone);
            }
            if cut_short {
                return Err(over_allocation());
            }
        }
        Ok(Client::There)
    }

    async fn keep_alive(&mut self) -> Client {
        let bus = &self.service.bus;
        let now = bus.clock().now();
        if self.owed == 0 || now - self.answered < bus.config().keepalive_ms {
            return Client::There;
        }
        let drop = |kind: &FaultKind| *kind == FaultKind::Drop;
        if bus.faults().take_if("pubsub", "keepalive", drop).is_some() {
            self.answered = now;
            return Client::There;
        }
        // Ahead of the last event told: the bus is shared, and a quiet topic's id would age out.
        let latest = bus.mark(self.position);
        let response = self.response(Vec::new(), latest);
        self.send(response).await
    }

    /// No credit, and none asked for in time.
    fn abandoned(&self) -> bool {
        let bus = &self.service.bus;
        // INFERRED: the stream is closed without an error.
        self.owed == 0 && bus.clock().now() - self.answered >= bus.config().idle_ms
    }

    fn fault(&mut self) -> Result<(), Refusal> {
        let can = |kind: &FaultKind| {
            use FaultKind::{Drop, Expire, LoseAnswer, Reject};
            matches!(kind, Reject { .. } | Expire | LoseAnswer | Drop)
        };
        match self.service.bus.faults().take_if("pubsub", "stream", can) {
            Some(FaultKind::Reject { status, code }) => Err(Refusal::ordered(status, &code)),
            Some(FaultKind::Expire) => Err(Refusal::bad_token()),
            Some(FaultKind::LoseAnswer) => Err(Refusal::cut()),
            Some(_) => {
                self.mute = true;
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn response(&self, events: Vec<crate::wire::ConsumerEvent>, latest: Vec<u8>) -> FetchResponse {
        FetchResponse {
            events,
            latest_replay_id: latest,
            rpc_id: self.rpc_id.to_string(),
            pending_num_requested: self.owed as i32,
        }
    }

    async fn send(&mut self, response: FetchResponse) -> Client {
        let sent = tokio::select! {
            sent = self.out.send(Ok(response)) => sent.is_ok(),
            () = self.service.stop.cancelled() => false,
        };
        self.answered = self.service.bus.clock().now();
        if sent { Client::There } else { Client::Gone }
    }
}

/// Whether anybody still reads.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Client {
    There,
    Gone,
}

impl Client {
    fn is_gone(self) -> bool {
        self == Self::Gone
    }
}

fn position(service: &Service, first: &FetchRequest) -> Result<Position, Refusal> {
    let bus = &service.bus;
    let invalid = |suffix: &str, message: &str| {
        let suffix = format!("subscription.fetch.{suffix}");
        Refusal::new(Code::InvalidArgument, &suffix, message)
    };
    match ReplayPreset::try_from(first.replay_preset) {
        Ok(ReplayPreset::Latest) => Ok(bus.tip()),
        Ok(ReplayPreset::Earliest) => Ok(bus.oldest()),
        Ok(ReplayPreset::Custom) if first.replay_id.is_empty() => {
            Err(invalid("replayid.validation.failed", "CUSTOM needs a replay id"))
        }
        Ok(ReplayPreset::Custom) => bus.after(&first.replay_id).ok_or_else(|| {
            invalid("replayid.corrupted", "the replay id is too old, or none of this org's")
        }),
        Err(_) => Err(invalid("request.invalid", "there is no such replay preset")),
    }
}

fn over_allocation() -> Refusal {
    let message = "the org has used its event deliveries of the last 24 hours";
    Refusal::new(Code::ResourceExhausted, "subscription.limit.exceeded", message)
}
