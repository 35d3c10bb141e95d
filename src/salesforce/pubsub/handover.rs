//! Handing groups of facts to the inbox, and hearing back when they are durable. The inbox takes
//! them in the order they were handed over.

use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use tokio::sync::oneshot;

use crate::inbox::delivery::{Delivery, Fact, Inlet};

/// What became of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Settled {
    /// Events in it.
    pub(super) events: u32,
    /// Replay id of its last event, if it had any.
    pub(super) last: Option<Vec<u8>>,
    /// Durable, or handed back.
    pub(super) durable: bool,
}

/// The inbox is gone: the process is going down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Gone;

/// The way into the inbox for one topic.
pub(super) struct Handover {
    topic: String,
    inlet: Inlet,
    in_flight: FuturesUnordered<BoxFuture<'static, Settled>>,
}

impl Handover {
    pub(super) fn new(topic: &str, inlet: Inlet) -> Self {
        Self { topic: topic.to_string(), inlet, in_flight: FuturesUnordered::new() }
    }

    /// Hands over; waits while the queue is full.
    pub(super) async fn hand(
        &mut self,
        facts: Vec<Fact>,
        position: Option<Vec<u8>>,
        events: u32,
        last: Option<Vec<u8>>,
    ) -> Result<(), Gone> {
        let (done, told) = oneshot::channel();
        let position = position.map(|id| (self.topic.clone(), id));
        let delivery = Delivery { facts, position, done: Some(done) };
        self.inlet.send(delivery).await.map_err(|_| Gone)?;
        let settled = async move { Settled { events, last, durable: told.await.is_ok() } };
        self.in_flight.push(Box::pin(settled));
        Ok(())
    }

    /// True if all that was handed over is settled.
    pub(super) fn is_idle(&self) -> bool {
        self.in_flight.is_empty()
    }

    /// The next delivery to be settled; waits for ever if there is none.
    pub(super) async fn settled(&mut self) -> Settled {
        match self.in_flight.next().await {
            Some(settled) => settled,
            None => std::future::pending().await,
        }
    }
}
