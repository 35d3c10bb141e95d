//! What happened to a meeting between two of its states, in words a log can tell: the fourth
//! function of the state. Ids only; no name, no address, no key.

use serde::{Deserialize, Serialize};

use crate::meeting::model::{Consent, Meeting, Recording, RecordingStatus, Status};
use crate::meeting::participants::{self, Connection, End};

/// One turn of the story.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Turn {
    /// First word of it.
    Heard {
        /// As it begins.
        status: Status,
        /// People invited.
        seats: usize,
    },
    /// Chime made a meeting.
    SessionMade {
        /// Session number.
        session: u32,
        /// Chime meeting id.
        chime_meeting: String,
    },
    /// A Chime meeting is over.
    SessionOver {
        /// Session number.
        session: u32,
        /// Nobody told of the end.
        inferred: bool,
    },
    /// Chime made an attendee for a seat.
    AttendeeMade {
        /// Participant record id.
        seat: String,
        /// Attendee id.
        attendee: String,
    },
    /// Somebody is in.
    Joined {
        /// Participant record id.
        seat: String,
        /// Attendee id.
        attendee: String,
    },
    /// Somebody is out.
    Gone {
        /// Participant record id.
        seat: String,
        /// How.
        end: Option<End>,
    },
    /// A seat was taken away.
    SeatRemoved {
        /// Participant record id.
        seat: String,
    },
    /// Consent was given, declined or withdrawn.
    Consent {
        /// Participant record id.
        seat: String,
        /// What was said.
        word: Consent,
    },
    /// A recorder was asked for.
    RecorderAsked {
        /// Recording key.
        recording: String,
        /// Attempt, from 1.
        attempt: u32,
    },
    /// ECS started its task.
    RecorderStarted {
        /// Recording key.
        recording: String,
        /// Attempt.
        attempt: u32,
        /// Task ARN.
        task: String,
    },
    /// A recorder will record no more.
    RecorderGone {
        /// Recording key.
        recording: String,
        /// Attempt.
        attempt: u32,
        /// Why.
        reason: String,
    },
    /// The first fragment is durable.
    RecordingBegan {
        /// Recording key.
        recording: String,
    },
    /// Nothing more is to be recorded.
    RecordingStopped {
        /// Recording key.
        recording: String,
    },
    /// Available, Failed or Erased.
    RecordingVerdict {
        /// Recording key.
        recording: String,
        /// Which.
        status: RecordingStatus,
        /// Why it failed.
        failure: String,
    },
    /// The status changed.
    Is {
        /// To this.
        status: Status,
    },
    /// The status is final.
    Over {
        /// Which.
        status: Status,
        /// `Status_Reason__c`.
        reason: String,
    },
}

/// What happened between two states, in the order of a meeting's life.
pub fn turns(old: Option<&Meeting>, new: &Meeting) -> Vec<Turn> {
    if old == Some(new) {
        return vec![];
    }
    let mut turns = Vec::new();
    if old.is_none() {
        turns.push(Turn::Heard { status: new.status, seats: new.seats.len() });
    }
    sessions_made(old, new, &mut turns);
    seats(old, new, &mut turns);
    for recording in &new.recordings {
        let before = old.and_then(|m| m.recordings.iter().find(|r| r.key == recording.key));
        of_recording(before, recording, &mut turns);
    }
    for (index, session) in new.sessions.iter().enumerate() {
        let was_over =
            old.and_then(|m| m.sessions.get(index)).is_some_and(|s| s.ended_at.is_some());
        if session.ended_at.is_some() && session.chime.is_some() && !was_over {
            let (session, inferred) = (session.number, session.end_inferred);
            turns.push(Turn::SessionOver { session, inferred });
        }
    }
    let status = new.status;
    if old.map(|m| m.status) != Some(status) {
        if status.is_final() {
            turns.push(Turn::Over { status, reason: new.reason.clone() });
        } else if old.is_some() {
            turns.push(Turn::Is { status });
        }
    }
    turns
}

fn sessions_made(old: Option<&Meeting>, new: &Meeting, turns: &mut Vec<Turn>) {
    for (index, session) in new.sessions.iter().enumerate() {
        let known = old.and_then(|m| m.sessions.get(index)).is_some_and(|s| s.chime.is_some());
        if let Some(chime_meeting) = session.chime_id().filter(|_| !known) {
            let (session, chime_meeting) = (session.number, chime_meeting.to_string());
            turns.push(Turn::SessionMade { session, chime_meeting });
        }
    }
}

fn seats(old: Option<&Meeting>, new: &Meeting, turns: &mut Vec<Turn>) {
    let same_sessions = old.is_some_and(|m| m.sessions == new.sessions);
    for (id, seat) in &new.seats {
        let before = old.and_then(|m| m.seats.get(id));
        if same_sessions && before == Some(seat) {
            continue;
        }
        for attendee in seat.attendees.values() {
            if before.is_none_or(|s| !s.attendees.values().any(|known| known == attendee)) {
                let (seat, attendee) = (id.clone(), attendee.clone());
                turns.push(Turn::AttendeeMade { seat, attendee });
            }
        }
        if seat.consent_at.is_some() && before.is_none_or(|s| s.consent != seat.consent) {
            turns.push(Turn::Consent { seat: id.clone(), word: seat.consent });
        }
        if seat.removed_at.is_some() && before.is_none_or(|s| s.removed_at.is_none()) {
            turns.push(Turn::SeatRemoved { seat: id.clone() });
        }
        let known = match (old, before) {
            (Some(old), Some(before)) => participants::connections(before, &old.sessions),
            _ => vec![],
        };
        for connection in participants::connections(seat, &new.sessions) {
            of_connection(id, &known, &connection, turns);
        }
    }
}

fn of_connection(seat: &str, known: &[Connection], now: &Connection, turns: &mut Vec<Turn>) {
    let same = |c: &&Connection| c.attendee == now.attendee && c.joined_at == now.joined_at;
    let before = known.iter().find(same);
    if before.is_none() {
        let (seat, attendee) = (seat.to_string(), now.attendee.clone());
        turns.push(Turn::Joined { seat, attendee });
    }
    if now.left_at.is_some() && before.is_none_or(|c| c.left_at.is_none()) {
        turns.push(Turn::Gone { seat: seat.to_string(), end: now.end });
    }
}

fn of_recording(before: Option<&Recording>, now: &Recording, turns: &mut Vec<Turn>) {
    let recording = || now.key.clone();
    for attempt in &now.attempts {
        let known = before.and_then(|r| r.attempts.iter().find(|a| a.number == attempt.number));
        let number = attempt.number;
        if known.is_none() {
            turns.push(Turn::RecorderAsked { recording: recording(), attempt: number });
        }
        if let Some(task) = attempt.arn.clone()
            && known.is_none_or(|a| a.arn.is_none())
        {
            turns.push(Turn::RecorderStarted { recording: recording(), attempt: number, task });
        }
    }
    if now.started_at.is_some() && before.is_none_or(|r| r.started_at.is_none()) {
        turns.push(Turn::RecordingBegan { recording: recording() });
    }
    if now.stop_at.is_some() && before.is_none_or(|r| r.stop_at.is_none()) {
        turns.push(Turn::RecordingStopped { recording: recording() });
    }
    for attempt in now.attempts.iter().filter(|a| a.gone_at.is_some()) {
        let gone = |r: &Recording| {
            r.attempts.iter().any(|a| a.number == attempt.number && a.gone_at.is_some())
        };
        if !before.is_some_and(gone) {
            let (attempt, reason) = (attempt.number, attempt.gone_reason.clone());
            turns.push(Turn::RecorderGone { recording: recording(), attempt, reason });
        }
    }
    use RecordingStatus::{Available, Erased, Failed};
    let (status, decided) = (now.status, matches!(now.status, Available | Failed | Erased));
    if decided && before.map(|r| r.status) != Some(status) {
        let failure = now.failure.clone();
        turns.push(Turn::RecordingVerdict { recording: recording(), status, failure });
    }
}
