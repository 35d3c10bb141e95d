//! Chime as the media part sees it: whose token this is, who is in, what goes on the event bus.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chime_media::presence::{
    Abilities, Ability as Way, News, Presence, Refused, Seat, Standing as Stands, Visit,
};
use serde_json::json;

use super::presence::{Connection, JoinRefused, Standing};
use super::service::Chime;
use super::wire::{Ability, Capabilities};

/// Chime, and the media part's connections.
pub struct Doorkeeper {
    chime: Chime,
    visits: Mutex<Visits>,
}

#[derive(Default)]
struct Visits {
    last: u64,
    open: BTreeMap<Visit, Connection>,
}

impl Doorkeeper {
    /// Nobody has come yet.
    pub fn new(chime: Chime) -> Self {
        Self { chime, visits: Mutex::default() }
    }

    fn visits(&self) -> MutexGuard<'_, Visits> {
        self.visits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn connection(&self, visit: Visit) -> Option<Connection> {
        self.visits().open.get(&visit).cloned()
    }
}

fn way(ability: Ability) -> Way {
    Way { send: ability.sends(), receive: ability.receives() }
}

fn abilities(of: &Capabilities) -> Abilities {
    Abilities { audio: way(of.audio), video: way(of.video), content: way(of.content) }
}

fn refused(why: JoinRefused) -> Refused {
    match why {
        JoinRefused::Ended => Refused::Ended,
        JoinRefused::Removed => Refused::Removed,
        JoinRefused::Unauthorized => Refused::Unauthorized,
    }
}

impl Presence for Doorkeeper {
    fn seat(&self, meeting_id: &str, token: &str) -> Result<Seat, Refused> {
        let state = self.chime.state();
        let meeting = state.meetings.get(meeting_id).filter(|m| m.ended.is_none());
        let attendees = &meeting.ok_or(Refused::Ended)?.attendees;
        let same = |known: &str| chime_contract::keys::same(known.as_bytes(), token.as_bytes());
        let attendee = attendees.iter().find(|a| same(&a.token)).ok_or(Refused::Unauthorized)?;
        if attendee.deleted {
            return Err(Refused::Removed);
        }
        Ok(Seat {
            meeting_id: meeting_id.into(),
            attendee_id: attendee.id.clone(),
            external_user_id: attendee.external.clone(),
            abilities: abilities(&attendee.capabilities),
        })
    }

    fn join(&self, meeting_id: &str, token: &str) -> Result<Visit, Refused> {
        let seat = self.seat(meeting_id, token)?;
        let joined = self.chime.join(meeting_id, &seat.attendee_id, token);
        let connection = joined.map_err(refused)?;
        let mut visits = self.visits();
        visits.last += 1;
        let visit = Visit(visits.last);
        visits.open.insert(visit, connection);
        Ok(visit)
    }

    fn leave(&self, visit: Visit) {
        if let Some(connection) = self.connection(visit) {
            self.chime.leave(&connection);
        }
    }

    fn silent(&self, visit: Visit, ms: u64) {
        if let Some(connection) = self.connection(visit) {
            self.chime.silent_for(&connection, ms);
        }
    }

    fn heard(&self, visit: Visit) {
        if let Some(connection) = self.connection(visit) {
            self.chime.packets_again(&connection);
        }
    }

    fn standing(&self, visit: Visit) -> Stands {
        let Some(connection) = self.connection(visit) else { return Stands::Gone };
        match self.chime.standing(&connection) {
            Standing::Connected => {}
            Standing::Replaced => return Stands::Replaced,
            Standing::Removed => return Stands::Removed,
            Standing::Ended => return Stands::Ended,
            Standing::Gone => return Stands::Gone,
        }
        let state = self.chime.state();
        let meeting = state.meetings.get(&connection.meeting_id);
        let attendee =
            meeting.and_then(|m| m.attendees.iter().find(|a| a.id == connection.attendee_id));
        attendee.map_or(Stands::Removed, |a| Stands::Connected(abilities(&a.capabilities)))
    }

    fn forget(&self, visit: Visit) {
        self.visits().open.remove(&visit);
    }

    fn tell(&self, seat: &Seat, news: News) {
        let now = self.chime.inner.clock.now();
        let state = self.chime.state();
        let Some(meeting) = state.meetings.get(&seat.meeting_id) else { return };
        let found = meeting.attendees.iter().find(|a| a.id == seat.attendee_id);
        let Some(mut attendee) = found.cloned() else { return };
        // INFERRED: events after the meeting's end are not sent.
        if meeting.ended.is_some() {
            return;
        }
        let content = !matches!(news, News::Video(_));
        if content {
            // INFERRED: a shared screen's events name the attendee as the roster does; the
            // external id stays its owner's.
            attendee.id.push_str("#content");
        }
        let kind = match news {
            News::Video(true) => "chime:AttendeeVideoStarted",
            News::Video(false) => "chime:AttendeeVideoStopped",
            News::ContentJoined => "chime:AttendeeContentJoined",
            News::ContentLeft => "chime:AttendeeContentLeft",
            News::ContentDropped => "chime:AttendeeContentDropped",
            News::ContentVideo(true) => "chime:AttendeeContentVideoStarted",
            News::ContentVideo(false) => "chime:AttendeeContentVideoStopped",
        };
        self.chime.tell(meeting, Some(&attendee), kind, now, json!({}));
    }

    fn now_ms(&self) -> i64 {
        self.chime.inner.clock.now()
    }
}
