//! What a source hands to the inbox: facts, and what may be said back once they are durable.

use chime_contract::Secret;
use tokio::sync::{mpsc, oneshot};

use crate::meeting::event::Event;
use crate::store::{DeadLetter, Fingerprint, Link};

/// The queue into the inbox. Its free places are the credit a source may ask for.
pub type Inlet = mpsc::Sender<Delivery>;

/// A group of facts that become durable together.
#[derive(Debug)]
pub struct Delivery {
    /// The facts, in order.
    pub facts: Vec<Fact>,
    /// Replay position to store with them: (topic, replay id).
    pub position: Option<(String, Vec<u8>)>,
    /// Told after the commit; dropped untold if the bridge ended before (the source delivers again).
    pub done: Option<oneshot::Sender<()>>,
}

/// One fact. Cloned before it is tried, so that a failed commit can be tried again.
#[derive(Debug, Clone)]
pub struct Fact {
    /// Its dedupe key, if it can come twice.
    pub fingerprint: Option<Fingerprint>,
    /// What it means.
    pub input: Input,
}

/// What a fact means.
#[derive(Debug, Clone)]
pub enum Input {
    /// It is for one meeting.
    Meeting(Box<ForMeeting>),
    /// It could not be understood or done.
    DeadLetter(Box<DeadLetter>),
    /// Somebody wants a dead letter tried again.
    RetryDeadLetter(String),
    /// Records of an object may have changed unseen: reconcile soon.
    Reconcile {
        /// Object name without namespace.
        object: String,
    },
    /// Known, and without effect.
    Nothing,
}

/// An event on its way to its meeting.
#[derive(Debug, Clone)]
pub struct ForMeeting {
    /// Which meeting.
    pub to: Target,
    /// What happened.
    pub event: Event,
    /// Secrets to be sealed and stored with it, by name.
    pub secrets: Vec<(String, Secret<Vec<u8>>)>,
    /// For a result: the effect row it finishes (name, generation).
    pub finishes: Option<(String, i64)>,
    /// What a retry of this fact would need, sealed only if it ends as a dead letter.
    pub origin: Option<Secret<Vec<u8>>>,
}

/// How the meeting is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// By record id.
    Id(String),
    /// By something it owns.
    Link(Link),
}
