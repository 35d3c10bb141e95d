//! All meetings of one service: frames, packets and time go in, frames and packets come out. No
//! socket, no clock, no task here; [`crate::server`] has those.
//!
//! A session is one client connection. It says hello (JOIN), offers (SUBSCRIBE), and is in the
//! meeting once its packets flow. A session whose connection is lost stays in the roster until the
//! service says it is gone, or its attendee comes again.

mod alone;
mod clockwork;
#[cfg(test)]
mod faults;
mod ledger;
mod media;
mod session;
mod signaling;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub(crate) use alone::words;
pub use ledger::{Entry, Frames, Sending};
use session::{Session, Stage};

use crate::presence::{News, Presence};
use crate::wire::{self, Frame};

/// Most connections at once; more are turned away.
const MOST_SESSIONS: usize = 1_000;
/// Ends of streams that are remembered for a meeting's rosters.
const MOST_ENDS: usize = 1_000;

/// A client connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(pub u64);

/// What the hall wants done.
#[derive(Debug, PartialEq, Eq)]
pub enum Output {
    /// A signaling frame for a client.
    Frame(SessionId, Vec<u8>),
    /// Close a client's connection: with a code, or as if the network broke.
    Close(SessionId, Option<u16>),
    /// A packet.
    Packet(SocketAddr, Vec<u8>),
}

/// A meeting, as far as the hall must remember more than its sessions.
#[derive(Default)]
struct Meeting {
    /// The last number given to a stream or a group.
    numbers: u32,
    /// Streams whose packets stopped.
    dropped: BTreeSet<u32>,
}

/// The meetings.
pub struct Hall {
    presence: Arc<dyn Presence>,
    /// Where packets come in.
    address: SocketAddr,
    sessions: BTreeMap<SessionId, Session>,
    meetings: BTreeMap<String, Meeting>,
    /// Whose packets come from an address.
    routes: BTreeMap<SocketAddr, SessionId>,
    /// Meetings whose people must be told something.
    dirty: BTreeSet<String>,
    out: VecDeque<Output>,
    next_mix: Instant,
    next_check: Instant,
    next_loudness: Instant,
}

impl Hall {
    /// No meetings yet. Clients send their packets to `address`.
    pub fn new(presence: Arc<dyn Presence>, address: SocketAddr, now: Instant) -> Self {
        Self {
            presence,
            address,
            sessions: BTreeMap::new(),
            meetings: BTreeMap::new(),
            routes: BTreeMap::new(),
            dirty: BTreeSet::new(),
            out: VecDeque::new(),
            next_mix: now,
            next_check: now,
            next_loudness: now,
        }
    }

    /// A client has connected to a meeting's signaling with a token. Whether the token is worth
    /// anything is asked at its JOIN.
    pub fn opened(&mut self, id: SessionId, meeting: &str, token: &str, now: Instant) {
        let full = self.sessions.len() >= MOST_SESSIONS;
        match Session::new(id, meeting, token, now) {
            Some(session) if !full => {
                self.sessions.insert(id, session);
            }
            // INFERRED: a server that is full closes with a code that clients try again after.
            _ => self.out.push_back(Output::Close(id, Some(4503))),
        }
    }

    /// The client's connection is gone, by whoever's doing.
    pub fn closed(&mut self, id: SessionId, now: Instant) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        session.peer = None;
        self.routes.retain(|_, owner| *owner != id);
        if session.stage != Stage::In {
            return self.remove(id, false);
        }
        let quiet = now.saturating_duration_since(session.last_packet).as_millis() as u64;
        if session.content {
            // INFERRED: a shared screen whose connection breaks is dropped at once.
            self.stop_source(id);
            self.tell(id, News::ContentDropped);
            return self.remove(id, true);
        }
        session.stage = Stage::Ghost;
        if let Some(visit) = session.visit {
            self.presence.silent(visit, quiet);
        }
        // INFERRED: the picture of a lost connection ends at once, the person only when dropped.
        self.stop_source(id);
    }

    /// The next thing to do, until there is nothing.
    pub fn output(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    /// Closes an attendee's connections as if the network broke. False if there is none.
    pub fn cut(&mut self, attendee: &str) -> bool {
        let ids: Vec<SessionId> = self.ids(|s| s.stage.lives() && s.is_of(attendee));
        for &id in &ids {
            self.lose(id);
        }
        !ids.is_empty()
    }

    /// Loses an attendee's packets, both ways, for a while. False if there is none.
    pub fn deafen(&mut self, attendee: &str, time: Duration, now: Instant) -> bool {
        let ids = self.ids(|s| s.stage.lives() && s.is_of(attendee));
        for id in &ids {
            if let Some(session) = self.sessions.get_mut(id) {
                session.deaf_until = Some(now + time);
            }
        }
        !ids.is_empty()
    }

    fn ids(&self, which: impl Fn(&Session) -> bool) -> Vec<SessionId> {
        self.sessions.values().filter(|s| which(s)).map(|s| s.id).collect()
    }

    /// Sends a frame to a client that still listens.
    fn send(&mut self, id: SessionId, mut frame: Frame) {
        if self.sessions.get(&id).is_some_and(|s| s.stage != Stage::Ghost && !s.lost) {
            frame.timestamp_ms = self.presence.now_ms().max(0) as u64;
            self.out.push_back(Output::Frame(id, wire::write(&frame)));
        }
    }

    /// A session whose connection was not broken.
    fn whole(&mut self, id: SessionId) -> Option<&mut Session> {
        self.sessions.get_mut(&id).filter(|s| !s.lost)
    }

    /// Breaks a connection; the client will come again.
    fn lose(&mut self, id: SessionId) {
        if let Some(session) = self.whole(id) {
            session.lost = true;
            session.peer = None;
            self.routes.retain(|_, owner| *owner != id);
            self.out.push_back(Output::Close(id, None));
        }
    }

    /// Forgets a session; `dropped` is what the others are told.
    fn remove(&mut self, id: SessionId, dropped: bool) {
        let Some(session) = self.sessions.remove(&id) else { return };
        self.routes.retain(|_, owner| *owner != id);
        if let Some(visit) = session.visit {
            self.presence.forget(visit);
        }
        if let Some(meeting) = self.meetings.get_mut(&session.meeting_id) {
            if dropped && session.audio_stream != 0 {
                meeting.dropped.insert(session.audio_stream);
                while meeting.dropped.len() > MOST_ENDS {
                    meeting.dropped.pop_first();
                }
            }
            self.dirty.insert(session.meeting_id.clone());
        }
        if !self.sessions.values().any(|s| s.meeting_id == session.meeting_id) {
            self.meetings.remove(&session.meeting_id);
        }
    }

    /// A new number of a meeting's streams. Numbers never come again while anybody is there.
    fn number(&mut self, meeting: &str) -> u32 {
        let numbers = &mut self.meetings.entry(meeting.into()).or_default().numbers;
        *numbers += 1;
        *numbers
    }

    /// Puts something about a session's attendee on the event bus.
    fn tell(&self, id: SessionId, news: News) {
        if let Some(seat) = self.sessions.get(&id).and_then(|s| s.seat.as_ref()) {
            self.presence.tell(seat, news);
        }
    }

    /// A session's picture ends.
    fn stop_source(&mut self, id: SessionId) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        self.dirty.insert(session.meeting_id.clone());
        let told = std::mem::take(&mut session.told_video);
        session.source = None;
        let content = session.content;
        if told {
            self.tell(id, if content { News::ContentVideo(false) } else { News::Video(false) });
        }
    }
}
