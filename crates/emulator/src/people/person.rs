//! One person: what they can do, and how they stand.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chime_contract::keys::{JoinKey, SeatKeys};
use chime_contract::signal::{Consent, HostAct, Signal, SignalKind};
use chime_contract::ticket::{Ticket, TicketState};
use serde::Serialize;
use tokio::task::JoinHandle;

use super::{World, page};
use crate::aws::chime::Connection;
use crate::tasks::spawn;

/// Seconds a host proof lives: Apex adds them at the click.
const HOST_PROOF_LIFE: i64 = 12 * 3600;

/// A person. Cloneable handle.
#[derive(Clone)]
pub struct Person {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    id: String,
    name: String,
    pub(super) keys: SeatKeys,
    host: Option<JoinKey>,
    pub(super) world: Arc<World>,
    state: Mutex<State>,
}

pub(super) struct State {
    pub(super) phase: Phase,
    pub(super) connection: Option<Connection>,
    pub(super) ticket: Option<Ticket>,
    /// Why the last attempt failed, in words.
    pub(super) trouble: Option<String>,
    /// This page load; empty before the first.
    load: String,
    counter: u32,
    page: Option<JoinHandle<()>>,
}

/// Where a person is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Has not opened the page.
    Outside,
    /// The page is open; the ticket is missing or says waiting.
    Waiting,
    /// In the meeting.
    In,
    /// The network is gone.
    Dropped,
    /// Closed the page, or was replaced by another device.
    Left,
    /// The ticket says removed.
    Removed,
    /// The ticket says ended.
    Ended,
}

/// How a person stands, without secrets.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct View {
    /// Id in this emulator.
    pub id: String,
    /// Name given to it.
    pub name: String,
    /// Where they are.
    pub phase: Phase,
    /// State of the newest ticket seen.
    pub ticket: Option<TicketState>,
    /// Its revision.
    pub revision: Option<u64>,
    /// Recording as the ticket tells it.
    pub recording: Option<String>,
    /// Seat.
    pub seat: Option<String>,
    /// Chime meeting, while in.
    pub meeting_id: Option<String>,
    /// Chime attendee, while in.
    pub attendee_id: Option<String>,
    /// Why the last attempt failed.
    pub trouble: Option<String>,
}

/// Why a person cannot do a thing.
#[derive(Debug, thiserror::Error)]
pub enum PersonError {
    /// Not in the meeting.
    #[error("this person is not connected to the meeting: let them join first")]
    NotIn,
    /// The page is not open.
    #[error("this person has not opened the page: let them join first")]
    NoPage,
    /// No host key.
    #[error("this person holds no host key: give one when adding a host")]
    NotHost,
    /// The door did not take the signal.
    #[error("the signal door answered {0}")]
    Refused(u16),
    /// The door could not be reached.
    #[error("the signal door could not be reached: {0}")]
    Door(#[from] reqwest::Error),
    /// The data could not be written.
    #[error("the signal could not be written: {0}")]
    Data(#[from] serde_json::Error),
}

impl Person {
    pub(super) fn new(
        id: String,
        name: String,
        key: &JoinKey,
        host: Option<JoinKey>,
        world: Arc<World>,
    ) -> Self {
        let keys = key.seat(&world.org_id);
        let state = Mutex::new(State {
            phase: Phase::Outside,
            connection: None,
            ticket: None,
            trouble: None,
            load: String::new(),
            counter: 0,
            page: None,
        });
        Self { inner: Arc::new(Inner { id, name, keys, host, world, state }) }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Id in this emulator.
    pub fn id(&self) -> &str {
        &self.inner.id
    }

    /// How they stand.
    pub fn view(&self) -> View {
        let state = self.state();
        let connection = state.connection.as_ref();
        let ticket = state.ticket.as_ref();
        View {
            id: self.inner.id.clone(),
            name: self.inner.name.clone(),
            phase: state.phase,
            ticket: ticket.map(|t| t.state),
            revision: ticket.map(|t| t.revision),
            recording: ticket.map(|t| t.recording.clone()),
            seat: ticket.map(|t| t.seat.clone()),
            meeting_id: connection.map(|c| c.meeting_id.clone()),
            attendee_id: connection.map(|c| c.attendee_id.clone()),
            trouble: state.trouble.clone(),
        }
    }

    /// Opens the page: a new load that reads the ticket, rings and enters by itself. A page that is
    /// open already is loaded anew.
    pub fn join(&self) {
        let load: [u8; 8] = rand::random();
        let mut state = self.state();
        state.load = hex::encode(load);
        state.counter = 0;
        self.run(&mut state);
    }

    /// The network comes back: the same page goes on. With no page open, opens one.
    pub fn come_back(&self) {
        let mut state = self.state();
        if state.load.is_empty() || state.phase == Phase::Left {
            drop(state);
            return self.join();
        }
        self.run(&mut state);
    }

    fn run(&self, state: &mut State) {
        if let Some(page) = state.page.take() {
            page.abort();
        }
        if let Some(connection) = state.connection.take() {
            // A reload closes the old connection only if it still had a network.
            if state.phase == Phase::In {
                self.inner.world.chime.leave(&connection);
            }
        }
        state.phase = Phase::Waiting;
        state.trouble = None;
        state.page = Some(spawn(page::run(self.clone())));
    }

    /// The network goes: no packets, no polling, and no word to anybody.
    ///
    /// # Errors
    /// Not in the meeting.
    pub fn drop_out(&self) -> Result<(), PersonError> {
        let mut state = self.state();
        let connection = state.connection.as_ref().ok_or(PersonError::NotIn)?;
        if !self.inner.world.chime.drop_packets(connection) {
            return Err(PersonError::NotIn);
        }
        state.phase = Phase::Dropped;
        if let Some(page) = state.page.take() {
            page.abort();
        }
        Ok(())
    }

    /// Closes the page: leaves the meeting and sends `left`.
    ///
    /// # Errors
    /// The door did not take the signal; the person has left all the same.
    pub async fn leave(&self) -> Result<(), PersonError> {
        {
            let mut state = self.state();
            if state.load.is_empty() {
                return Err(PersonError::NoPage);
            }
            if let Some(page) = state.page.take() {
                page.abort();
            }
            if let Some(connection) = state.connection.take() {
                self.inner.world.chime.leave(&connection);
            }
            state.phase = Phase::Left;
        }
        self.signal(SignalKind::Left, "").await
    }

    /// Agrees to recording, or not.
    ///
    /// # Errors
    /// No page open, or the door did not take it.
    pub async fn consent(&self, given: bool) -> Result<(), PersonError> {
        self.signal(SignalKind::Consent, &serde_json::to_string(&Consent { given })?).await
    }

    /// Host: record.
    ///
    /// # Errors
    /// No host key, no page open, or the door did not take it.
    pub async fn record(&self) -> Result<(), PersonError> {
        self.host_act(SignalKind::Record, None).await
    }

    /// Host: stop recording.
    ///
    /// # Errors
    /// As [`Person::record`].
    pub async fn stop_recording(&self) -> Result<(), PersonError> {
        self.host_act(SignalKind::StopRecording, None).await
    }

    /// Host: end the meeting for everyone.
    ///
    /// # Errors
    /// As [`Person::record`].
    pub async fn end(&self) -> Result<(), PersonError> {
        self.host_act(SignalKind::End, None).await
    }

    /// Host: remove the seat `target`.
    ///
    /// # Errors
    /// As [`Person::record`].
    pub async fn remove(&self, target: &str) -> Result<(), PersonError> {
        self.host_act(SignalKind::Remove, Some(target.into())).await
    }

    async fn host_act(&self, kind: SignalKind, target: Option<String>) -> Result<(), PersonError> {
        let host = self.inner.host.as_ref().ok_or(PersonError::NotHost)?;
        let now = self.inner.world.clock.now() / 1000;
        let exp = u64::try_from(now + HOST_PROOF_LIFE).unwrap_or(0);
        let act = HostAct { exp, proof: host.host_proof(exp), target };
        self.signal(kind, &serde_json::to_string(&act)?).await
    }

    /// Signs and posts a signal.
    pub(super) async fn signal(&self, kind: SignalKind, data: &str) -> Result<(), PersonError> {
        let Inner { keys, world, .. } = &*self.inner;
        let (load, counter) = {
            let mut state = self.state();
            if state.load.is_empty() {
                return Err(PersonError::NoPage);
            }
            state.counter += 1;
            (state.load.clone(), state.counter)
        };
        let signal = Signal::sign(&keys.signal, &keys.ticket, &load, counter, kind, data);
        let address = format!("{}/signals", world.origin);
        let answer = world.http.post(address).json(&signal).send().await?;
        match answer.status().is_success() {
            true => Ok(()),
            false => Err(PersonError::Refused(answer.status().as_u16())),
        }
    }
}
