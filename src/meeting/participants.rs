//! Who was there, and for how long: a pure fold over connection facts, run again whenever a fact
//! comes late. Facts are ordered by event time, never by arrival, and equal facts are one.
//!
//! A connection begins with *joined*. It ends with *left*, *dropped* or *deleted*, with the next
//! *joined* (moved to another network or tab), or with its Chime session (an orphan: inferred
//! where nobody told of the end). The room's own *left* and our own removal count only where Chime
//! says nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::clock::Millis;
use crate::meeting::event::PresenceKind;
use crate::meeting::model::{Consent, Fact, Meeting, Seat, Session};

/// One connection of one seat: a `Chime_Participant_Session__c`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// Attendee id.
    pub attendee: String,
    /// Chime meeting id.
    pub chime_meeting: String,
    /// Event time.
    pub joined_at: Millis,
    /// Event time; `None` while it lasts.
    pub left_at: Option<Millis>,
    /// Why it ended; `None` while it lasts.
    pub end: Option<End>,
    /// Who told of the end.
    pub source: Source,
}

/// `End_Reason__c`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum End {
    /// Left.
    Left,
    /// Lost.
    Dropped,
    /// Replaced by a newer connection.
    Moved,
    /// Taken away.
    Removed,
    /// The meeting ended.
    MeetingEnded,
    /// Found gone.
    Inferred,
}

impl End {
    /// The picklist value.
    pub fn label(self) -> &'static str {
        match self {
            Self::Left => "Left",
            Self::Dropped => "Dropped",
            Self::Moved => "Moved",
            Self::Removed => "Removed",
            Self::MeetingEnded => "Meeting ended",
            Self::Inferred => "Inferred",
        }
    }
}

/// `Source__c`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Chime's events.
    Chime,
    /// The room page.
    Room,
    /// Concluded.
    Inferred,
}

impl Source {
    /// The picklist value.
    pub fn label(self) -> &'static str {
        match self {
            Self::Chime => "Chime",
            Self::Room => "Room",
            Self::Inferred => "Inferred",
        }
    }
}

/// The connections of a seat, oldest first. A fact about a Chime meeting that is not known (yet)
/// waits until it is: it may have come before the answer that the meeting was made.
pub fn connections(seat: &Seat, sessions: &[Session]) -> Vec<Connection> {
    let known =
        |fact: &&Fact| sessions.iter().any(|s| s.chime_id() == Some(fact.chime_meeting.as_str()));
    fold(seat.facts.iter().filter(known), sessions)
}

/// True if the seat is connected as far as the facts tell.
pub fn present(seat: &Seat, sessions: &[Session]) -> bool {
    connections(seat, sessions).last().is_some_and(|c| c.left_at.is_none())
}

/// Seats of people who are connected; somebody who was removed is on the way out already.
pub fn people_present(meeting: &Meeting) -> impl Iterator<Item = &Seat> {
    let inside = |seat: &&Seat| seat.removed_at.is_none() && present(seat, &meeting.sessions);
    meeting.seats.values().filter(inside)
}

/// Seats whose consent counts: of those who are connected, and of those who were let in and took
/// their word back in the room after the last that Chime told of them. These are there too, and the
/// notice of their coming is late or lost.
pub fn people_asked(meeting: &Meeting) -> impl Iterator<Item = &Seat> {
    let live = meeting.sessions.last().filter(|s| s.ended_at.is_none()).and_then(Session::chime_id);
    meeting.seats.values().filter(move |seat| {
        let withdrawn = seat.consent == Consent::Withdrawn
            && seat.spoke_in_the_room()
            && live.is_some_and(|chime| seat.attendees.contains_key(chime))
            && seat.consent_at > seat.facts.last().map(|fact| fact.at);
        seat.removed_at.is_none() && (withdrawn || present(seat, &meeting.sessions))
    })
}

/// Folds facts into connections.
pub fn fold<'a>(facts: impl Iterator<Item = &'a Fact>, sessions: &[Session]) -> Vec<Connection> {
    let mut facts: Vec<&Fact> = facts.collect();
    facts.sort(); // by event time; what else orders them only makes the answer always the same
    let ends = sessions.iter().filter_map(|s| s.chime_id().map(|id| (id, s))).collect();
    let mut folding = Folding { ends, open: None, done: vec![] };
    for instant in facts.chunk_by(|a, b| a.at == b.at) {
        folding.instant(instant);
    }
    folding.done()
}

/// The connection that is open while facts are folded.
struct Open {
    connection: Connection,
    /// An end somebody other than Chime told of: (when, why, who).
    hearsay: Option<(Millis, End, Source)>,
}

impl Open {
    /// The bridge has taken the attendee away.
    fn removed(&self) -> bool {
        matches!(self.hearsay, Some((_, End::Removed, _)))
    }
}

struct Folding<'a> {
    ends: BTreeMap<&'a str, &'a Session>,
    open: Option<Open>,
    done: Vec<Connection>,
}

impl Folding<'_> {
    /// At one instant an end comes before a beginning (a network change is told as both), unless
    /// nothing was open that it could end (a connection too short for the clock).
    fn instant(&mut self, facts: &[&Fact]) {
        let (begins, mut ends): (Vec<&Fact>, Vec<&Fact>) =
            facts.iter().copied().partition(|fact| fact.kind == PresenceKind::Joined);
        // Who is deleted also leaves; the deletion is the reason.
        ends.sort_by_key(|fact| fact.kind != PresenceKind::Deleted);
        let ended: Vec<bool> = ends.iter().map(|fact| self.end(fact)).collect();
        for fact in begins {
            self.begin(fact);
        }
        if !ended.contains(&true) {
            for fact in ends {
                self.end(fact);
            }
        }
    }

    fn begin(&mut self, fact: &Fact) {
        if let Some(open) = self.open.take() {
            let over = self.session_end(&open.connection).is_some_and(|(at, ..)| at < fact.at);
            let closed = if open.hearsay.is_some() || over {
                self.closed_at_last(open)
            } else {
                closed(open.connection, fact.at, End::Moved, Source::Chime)
            };
            self.done.push(closed);
        }
        let connection = Connection {
            attendee: fact.attendee.clone(),
            chime_meeting: fact.chime_meeting.clone(),
            joined_at: fact.at,
            left_at: None,
            end: None,
            source: Source::Chime,
        };
        self.open = Some(Open { connection, hearsay: None });
    }

    /// False if there is nothing it ends: an end without a beginning, or of an older attendee.
    fn end(&mut self, fact: &Fact) -> bool {
        let Some(mut open) = self.open.take_if(|o| o.connection.attendee == fact.attendee) else {
            return false;
        };
        let end = match fact.kind {
            PresenceKind::RoomLeft => {
                open.hearsay = Some((fact.at, End::Left, Source::Room));
                self.open = Some(open);
                return true;
            }
            PresenceKind::Removed => {
                open.hearsay.get_or_insert((fact.at, End::Removed, Source::Inferred));
                self.open = Some(open);
                return true;
            }
            PresenceKind::Deleted => End::Removed,
            // Chime tells when; why is what was done before.
            _ if open.removed() => End::Removed,
            PresenceKind::Dropped => End::Dropped,
            PresenceKind::Left | PresenceKind::Joined => End::Left,
        };
        self.done.push(closed(open.connection, fact.at, end, Source::Chime));
        true
    }

    fn done(mut self) -> Vec<Connection> {
        if let Some(open) = self.open.take() {
            let last = self.closed_at_last(open);
            self.done.push(last);
        }
        self.done
    }

    /// Chime says nothing more of it: open, unless hearsay or its session says otherwise.
    fn closed_at_last(&self, open: Open) -> Connection {
        let session = self.session_end(&open.connection);
        let first = [open.hearsay, session].into_iter().flatten().min_by_key(|(at, ..)| *at);
        match first {
            Some((at, end, source)) => closed(open.connection, at, end, source),
            None => open.connection,
        }
    }

    fn session_end(&self, connection: &Connection) -> Option<(Millis, End, Source)> {
        let session = self.ends.get(connection.chime_meeting.as_str())?;
        let (end, source) = match session.end_inferred {
            true => (End::Inferred, Source::Inferred),
            false => (End::MeetingEnded, Source::Chime),
        };
        Some((session.ended_at?, end, source))
    }
}

fn closed(mut connection: Connection, at: Millis, end: End, source: Source) -> Connection {
    connection.left_at = Some(at.max(connection.joined_at));
    connection.end = Some(end);
    connection.source = source;
    connection
}

/// Milliseconds in the union of the closed intervals.
pub fn present_ms(connections: &[Connection]) -> Millis {
    let mut spans: Vec<(Millis, Millis)> =
        connections.iter().filter_map(|c| c.left_at.map(|left| (c.joined_at, left))).collect();
    spans.sort_unstable();
    let mut total = 0;
    let mut until = Millis::MIN;
    for (from, to) in spans {
        total += (to - from.max(until)).max(0);
        until = until.max(to);
    }
    total
}
