//! Notices and signals: two queues, two pollers. What a message *is* follows from the queue it was
//! read from, never from its body. A message is deleted only after its fact is durable, and
//! nothing is received while the store is down (a receive that cannot be kept would count against
//! the message).

use std::sync::Arc;
use std::time::Duration;

use chime_contract::signal::Signal;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use crate::aws::sqs::{Queue, Received};
use crate::clock::{Millis, SharedClock};
use crate::inbox::delivery::{Delivery, Fact, Inlet};
use crate::inbox::hearing::{Hearing, Soundings};
use crate::input::{Reading, notice, signal};
use crate::seal::{Seal, SeatSecrets};
use crate::store::{Link, Store, StoreError};
use crate::supervisor::Latch;
use crate::telemetry;

/// A signal whose ticket no seat has is left in the queue until it was received so often: the
/// command that invites the seat comes by another way and may be late. Then it is a stranger's.
const OFTEN_ENOUGH: u32 = 3;

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// EventBridge writes here, nobody else can.
    Notices,
    /// The room's door writes here: anybody can.
    Signals,
}

impl Kind {
    /// Its name among the sources that are heard.
    pub fn word(self) -> &'static str {
        match self {
            Self::Notices => "notices",
            Self::Signals => "signals",
        }
    }
}

/// What a poller works with.
pub struct Poller {
    /// Which queue this is.
    pub kind: Kind,
    /// The queue.
    pub queue: Queue,
    /// The store, for the seats' keys.
    pub store: Arc<dyn Store>,
    /// Opens them.
    pub seal: Arc<Seal>,
    /// Time.
    pub clock: SharedClock,
    /// Where facts go.
    pub inlet: Inlet,
    /// Told how far this queue has been heard.
    pub hearing: Arc<Hearing>,
    /// Org id.
    pub org_id: String,
    /// Shows in `/ready` whether it can be polled.
    pub latch: Latch,
    /// Long poll.
    pub wait: Duration,
    /// Messages of one call.
    pub batch: i32,
    /// A message under way is hidden for this long. Short: what a killed bridge was handed comes
    /// again only then, and what comes again too early is found to be a repeat.
    pub hidden: Duration,
}

impl Poller {
    /// Polls until `stop`; a receive under way is given up, its messages become visible again.
    pub async fn run(self, stop: CancellationToken) {
        let mut pause = Duration::ZERO;
        let mut soundings = Soundings::default();
        let hidden = i64::try_from(self.hidden.as_millis()).unwrap_or(60_000);
        // What another life of this bridge was handed, or this one in vain, is out of sight until
        // then: an empty queue says nothing.
        let mut deaf_until = self.clock.now() + hidden;
        loop {
            let begun = self.clock.now();
            let received = tokio::select! {
                () = stop.cancelled() => return,
                received = self.receive() => received,
            };
            let handled = match received {
                Ok(messages) => {
                    let heard = self.heard(&mut soundings, &messages, begun);
                    self.handle(messages).await.map(|()| heard)
                }
                Err(error) => Err(error),
            };
            match handled {
                Ok(heard) => {
                    if let Some(until) = heard.filter(|_| begun >= deaf_until) {
                        self.hearing.heard(self.kind.word(), until);
                    }
                    self.latch.open("polled");
                    pause = Duration::ZERO;
                }
                Err(error) => {
                    deaf_until = self.clock.now() + hidden;
                    pause = (pause * 2).clamp(Duration::from_millis(200), Duration::from_secs(30));
                    self.latch.close("cannot be polled");
                    tracing::warn!(queue = ?self.kind, %error, "A queue could not be polled");
                }
            }
            if !pause.is_zero() {
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = tokio::time::sleep(pause) => {}
                }
            }
        }
    }

    /// Up to when the queue has nothing more to tell, once these messages are handled.
    fn heard(
        &self,
        soundings: &mut Soundings,
        messages: &[Received],
        begun: Millis,
    ) -> Option<Millis> {
        let oldest = messages.iter().map(|m| m.sent_at).min();
        let full = i32::try_from(messages.len()).is_ok_and(|count| count >= self.batch);
        soundings.poll(begun, oldest, full, i64::try_from(self.hidden.as_millis()).ok()?)
    }

    async fn receive(&self) -> anyhow::Result<Vec<Received>> {
        // The store is asked first: nothing is received that could not be kept.
        self.store.counts().await?;
        Ok(self.queue.receive(self.batch, self.wait, self.hidden).await?)
    }

    async fn handle(&self, messages: Vec<Received>) -> anyhow::Result<()> {
        if messages.is_empty() {
            return Ok(());
        }
        let queue = [("queue", self.kind.word())];
        telemetry::QUEUE_MESSAGES.add(messages.len() as u64, &queue);
        if let Some(newest) = messages.iter().map(|m| m.sent_at).max() {
            let lag = (self.clock.now() - newest).max(0) as f64 / 1000.0;
            telemetry::QUEUE_LAG.set(lag, &queue);
        }
        let (mut facts, mut receipts) = (Vec::new(), Vec::new());
        for message in messages {
            let fact = match self.kind {
                Kind::Notices => Some(notice::read(&message.body, self.reading())),
                Kind::Signals => self.signal(&message).await?,
            };
            if let Some(fact) = fact {
                facts.push(fact);
                receipts.push(message.receipt);
            }
        }
        if facts.is_empty() {
            return Ok(());
        }
        let (told, done) = oneshot::channel();
        let delivery = Delivery { facts, position: None, done: Some(told) };
        let kept = self.inlet.send(delivery).await.is_ok() && done.await.is_ok();
        anyhow::ensure!(kept, "the facts could not be made durable; the queue gives them again");
        // What is not deleted comes again and is found to be a repeat.
        self.queue.delete(&receipts).await?;
        Ok(())
    }

    fn reading(&self) -> Reading<'_> {
        Reading { org_id: &self.org_id, now: self.clock.now() }
    }

    /// Whatever a stranger sends is either a signal of a seat or nothing. `None`: it may yet be of
    /// a seat that is not known, and comes again.
    async fn signal(&self, message: &Received) -> Result<Option<Fact>, StoreError> {
        let fact = match Signal::parse(&message.body) {
            Ok(parsed) => self.of_seat(&parsed, message.sent_at).await?,
            Err(error) => Err(error.to_string()),
        };
        let reason = match fact {
            Ok(Some(fact)) => return Ok(Some(fact)),
            Ok(None) if message.receives < OFTEN_ENOUGH => return Ok(None),
            Ok(None) => "no seat has this ticket".to_string(),
            Err(reason) => reason,
        };
        telemetry::SIGNALS_REFUSED.add(1, &[]);
        tracing::info!(%reason, "A signal was not taken");
        Ok(Some(signal::ignored()))
    }

    /// The signal's fact, none if no seat has its ticket, or why it is not believed.
    async fn of_seat(
        &self,
        parsed: &Signal,
        sent_at: Millis,
    ) -> Result<Result<Option<Fact>, String>, StoreError> {
        let link = Link { kind: "ticket", value: parsed.ticket.clone() };
        let Some(meeting) = self.store.linked(&link).await? else { return Ok(Ok(None)) };
        let Some(meeting) = self.store.meeting(&meeting).await? else { return Ok(Ok(None)) };
        let Some(seat) = meeting.seats.values().find(|s| s.ticket == parsed.ticket) else {
            return Ok(Ok(None));
        };
        let name = SeatSecrets::name(&seat.id, &seat.ticket);
        let Some(sealed) = self.store.secret(&name).await? else {
            return Ok(Ok(None));
        };
        let secrets = match self.seal.open_seat(&seat.id, &seat.ticket, &sealed) {
            Ok(secrets) => secrets,
            Err(error) => return Ok(Err(error.to_string())),
        };
        let read = signal::read(parsed, &seat.id, &secrets, sent_at);
        Ok(read.map(Some).map_err(|e| e.to_string()))
    }
}
