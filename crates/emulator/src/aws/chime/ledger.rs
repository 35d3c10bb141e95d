//! The ledger: every meeting and attendee that ever was and every call that was made, for tests
//! that look for doubles. No join tokens.

use serde::Serialize;

use super::service::Chime;
use super::state::{Attendee, Presence};

/// All of it.
#[derive(Debug, Clone, Serialize)]
pub struct Ledger {
    /// Meetings by time of creation.
    pub meetings: Vec<MeetingEntry>,
    /// Calls in order of arrival.
    pub calls: Vec<CallEntry>,
}

/// A meeting. Times are epoch milliseconds.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MeetingEntry {
    /// Chime's id.
    pub meeting_id: String,
    /// The id its maker gave.
    pub external_meeting_id: String,
    /// Its maker's token.
    pub client_request_token: String,
    /// Creation.
    pub created_at: i64,
    /// End, if it has ended.
    pub ended_at: Option<i64>,
    /// All attendees ever made.
    pub attendees: Vec<AttendeeEntry>,
}

/// An attendee.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AttendeeEntry {
    /// Chime's id.
    pub attendee_id: String,
    /// The id its maker gave.
    pub external_user_id: String,
    /// Creation, epoch milliseconds.
    pub created_at: i64,
    /// Deleted by a call.
    pub deleted: bool,
    /// Counts as connected.
    pub connected: bool,
    /// Connected from, and until (open while connected), epoch milliseconds.
    pub intervals: Vec<(i64, Option<i64>)>,
}

/// One call over the wire.
#[derive(Debug, Clone, Serialize)]
pub struct CallEntry {
    /// Operation.
    pub operation: String,
    /// HTTP status answered.
    pub status: u16,
    /// Epoch milliseconds.
    pub at: i64,
}

impl AttendeeEntry {
    fn of(attendee: &Attendee) -> Self {
        Self {
            attendee_id: attendee.id.clone(),
            external_user_id: attendee.external.clone(),
            created_at: attendee.created,
            deleted: attendee.deleted,
            connected: attendee.presence != Presence::Away,
            intervals: attendee.intervals.clone(),
        }
    }
}

impl Chime {
    /// What there is and was.
    pub fn ledger(&self) -> Ledger {
        let state = self.state();
        let mut meetings: Vec<MeetingEntry> = state
            .meetings
            .values()
            .map(|m| MeetingEntry {
                meeting_id: m.id.clone(),
                external_meeting_id: m.external.clone(),
                client_request_token: m.token.clone(),
                created_at: m.created,
                ended_at: m.ended,
                attendees: m.attendees.iter().map(AttendeeEntry::of).collect(),
            })
            .collect();
        meetings.sort_by_key(|m| m.created_at);
        Ledger { meetings, calls: state.calls.clone() }
    }

    /// All attendees a meeting ever had, in the order of their making; none if it never was.
    pub fn attendees_of(&self, meeting_id: &str) -> Vec<AttendeeEntry> {
        let state = self.state();
        let meeting = state.meetings.get(meeting_id);
        meeting.map_or_else(Vec::new, |m| m.attendees.iter().map(AttendeeEntry::of).collect())
    }

    /// Milliseconds this external user was connected, over all meetings; open ends do not count.
    pub fn connected_ms(&self, external_user_id: &str) -> i64 {
        let ledger = self.ledger();
        let mut spans: Vec<(i64, i64)> = ledger
            .meetings
            .iter()
            .flat_map(|m| &m.attendees)
            .filter(|a| a.external_user_id == external_user_id)
            .flat_map(|a| &a.intervals)
            .filter_map(|(from, to)| Some((*from, (*to)?)))
            .collect();
        spans.sort_unstable();
        let (mut total, mut until) = (0, i64::MIN);
        for (from, to) in spans {
            total += (to - from.max(until)).max(0);
            until = until.max(to);
        }
        total
    }
}
