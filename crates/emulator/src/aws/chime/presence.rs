//! Who is connected. People without media and the media part report here; the events
//! Authorized, Joined, Left and Dropped come of it.

use serde_json::json;

use super::service::Chime;
use super::state::Presence;

/// A client's connection to a meeting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// Meeting.
    pub meeting_id: String,
    /// Attendee.
    pub attendee_id: String,
    number: u64,
}

/// Why a client is not let in, by the status the real client sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JoinRefused {
    /// 410.
    #[error("the meeting has ended or never was (410)")]
    Ended,
    /// 411.
    #[error("the attendee was deleted (411)")]
    Removed,
    /// 403.
    #[error("the join token is not this attendee's (403)")]
    Unauthorized,
}

/// How a connection stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Connected.
    Connected,
    /// The same attendee joined from another device.
    Replaced,
    /// The attendee was deleted.
    Removed,
    /// The meeting has ended.
    Ended,
    /// Left, or dropped for good.
    Gone,
}

impl Chime {
    /// Connects a client. An attendee has one connection: an older one is put out
    /// (`AudioJoinedFromAnotherDevice`); if its packets had stopped, it counts as dropped now.
    pub fn join(
        &self,
        meeting_id: &str,
        attendee_id: &str,
        token: &str,
    ) -> Result<Connection, JoinRefused> {
        let now = self.inner.clock.now();
        let mut state = self.state();
        state.connections += 1;
        let number = state.connections;
        let meeting = state.meetings.get_mut(meeting_id).filter(|m| m.ended.is_none());
        let meeting = meeting.ok_or(JoinRefused::Ended)?;
        let i = meeting.attendees.iter().position(|a| a.id == attendee_id);
        // INFERRED: an attendee that never was is refused as a wrong token is.
        let i = i.ok_or(JoinRefused::Unauthorized)?;
        let attendee = &meeting.attendees[i];
        if attendee.deleted {
            return Err(JoinRefused::Removed);
        }
        if !chime_contract::keys::same(attendee.token.as_bytes(), token.as_bytes()) {
            return Err(JoinRefused::Unauthorized);
        }
        let network = || json!({"networkType": "Voip"});
        // Seen in production logs before every first Joined, not only when a token is used again.
        self.tell(meeting, Some(attendee), "chime:AttendeeAuthorized", now, network());
        match attendee.presence {
            Presence::Away => {}
            // INFERRED: the client on the other device leaves, rather than drops.
            Presence::Here(_) => self.part(meeting, i, "chime:AttendeeLeft", now),
            Presence::Silent { .. } => self.part(meeting, i, "chime:AttendeeDropped", now),
        }
        meeting.attendees[i].presence = Presence::Here(number);
        meeting.attendees[i].intervals.push((now, None));
        self.tell(meeting, Some(&meeting.attendees[i]), "chime:AttendeeJoined", now, network());
        Ok(Connection { meeting_id: meeting_id.into(), attendee_id: attendee_id.into(), number })
    }

    /// The client goes properly. False if the connection was over already.
    pub fn leave(&self, connection: &Connection) -> bool {
        let now = self.inner.clock.now();
        let mut state = self.state();
        let Some(meeting) = state.meetings.get_mut(&connection.meeting_id) else { return false };
        let Some(i) = meeting.attendees.iter().position(|a| {
            a.id == connection.attendee_id && a.presence.number() == Some(connection.number)
        }) else {
            return false;
        };
        self.part(meeting, i, "chime:AttendeeLeft", now);
        true
    }

    /// The attendee goes properly, whichever connection it has.
    pub fn leave_as(&self, meeting_id: &str, attendee_id: &str) -> bool {
        let number = {
            let state = self.state();
            let meeting = state.meetings.get(meeting_id);
            let attendee = meeting.and_then(|m| m.attendees.iter().find(|a| a.id == attendee_id));
            attendee.and_then(|a| a.presence.number())
        };
        let connection = number.map(|number| Connection {
            meeting_id: meeting_id.into(),
            attendee_id: attendee_id.into(),
            number,
        });
        connection.is_some_and(|connection| self.leave(&connection))
    }

    /// The client's packets stop. It counts as connected until the drop time is over.
    pub fn drop_packets(&self, connection: &Connection) -> bool {
        self.silent_for(connection, 0)
    }

    /// The client's packets stopped `ms` ago. It counts as connected until the drop time is over.
    pub fn silent_for(&self, connection: &Connection, ms: u64) -> bool {
        let ms = i64::try_from(ms).unwrap_or(i64::MAX).min(self.inner.limits.drop_ms);
        let gone_at = self.inner.clock.now() + self.inner.limits.drop_ms - ms;
        let mut state = self.state();
        let Some(meeting) = state.meetings.get_mut(&connection.meeting_id) else { return false };
        let Some(attendee) = meeting.attendee(&connection.attendee_id) else { return false };
        if attendee.presence != Presence::Here(connection.number) {
            return false;
        }
        attendee.presence = Presence::Silent { connection: connection.number, gone_at };
        true
    }

    /// The client's packets come again, before the drop time was over.
    pub fn packets_again(&self, connection: &Connection) -> bool {
        let mut state = self.state();
        let meeting = state.meetings.get_mut(&connection.meeting_id);
        let Some(attendee) = meeting.and_then(|m| m.attendee(&connection.attendee_id)) else {
            return false;
        };
        let silent = matches!(attendee.presence, Presence::Silent { connection: number, .. } if number == connection.number);
        if silent {
            attendee.presence = Presence::Here(connection.number);
        }
        silent
    }

    /// How the connection stands now.
    pub fn standing(&self, connection: &Connection) -> Standing {
        let state = self.state();
        let Some(meeting) = state.meetings.get(&connection.meeting_id) else {
            return Standing::Ended;
        };
        if meeting.ended.is_some() {
            return Standing::Ended;
        }
        match meeting.attendees.iter().find(|a| a.id == connection.attendee_id) {
            Some(a) if a.deleted => Standing::Removed,
            None => Standing::Removed,
            Some(a) => match a.presence.number() {
                Some(n) if n == connection.number => Standing::Connected,
                Some(_) => Standing::Replaced,
                None => Standing::Gone,
            },
        }
    }
}
