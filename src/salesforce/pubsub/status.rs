//! What a stream says of itself, for `/ready`, the metrics and the heartbeat.

use tokio::sync::watch;

use crate::clock::Millis;

/// How a stream is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum StreamState {
    /// On the way.
    #[default]
    Connecting,
    /// Events come.
    Ready,
    /// It will try again by itself; why.
    Waiting(String),
    /// Somebody must do something; why. It still looks now and then.
    Stopped(String),
}

/// State and a few numbers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StreamStatus {
    /// State.
    pub state: StreamState,
    /// When the org last said anything.
    pub last_response: Option<Millis>,
    /// When the newest event received was committed in the org.
    pub last_commit: Option<Millis>,
    /// Events received by this process.
    pub events: u64,
    /// Events put aside as dead letters by this process.
    pub undecodable: u64,
    /// Streams opened by this process.
    pub connects: u64,
}

/// The writing end.
#[derive(Debug)]
pub(super) struct Reporter(pub(super) watch::Sender<StreamStatus>);

impl Reporter {
    pub(super) fn state(&self, state: StreamState) {
        self.0.send_if_modified(|status| {
            let changed = status.state != state;
            if changed {
                status.state = state;
            }
            changed
        });
    }

    pub(super) fn opened(&self) {
        self.0.send_modify(|status| status.connects += 1);
    }

    pub(super) fn responded(
        &self,
        now: Millis,
        events: usize,
        undecodable: usize,
        commit: Option<Millis>,
    ) {
        self.0.send_modify(|status| {
            status.state = StreamState::Ready;
            status.last_response = Some(now);
            status.last_commit = status.last_commit.max(commit);
            status.events += events as u64;
            status.undecodable += undecodable as u64;
        });
    }
}
