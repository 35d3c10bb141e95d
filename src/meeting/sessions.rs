//! Chime sessions: one meeting owns several of them, since Chime ends one after five minutes without
//! audio and after 24 hours. A session is made when somebody arrives. One that ended by itself
//! returns the record to Open until the meeting is final; whoever comes back gets the next one.

use chime_contract::ticket::TicketMeeting;

use crate::clock::Millis;
use crate::meeting::effect::{Effect, Failure};
use crate::meeting::model::{Session, Status};
use crate::meeting::step::Work;

impl Work<'_> {
    /// The Chime session people are in or on their way to.
    pub(super) fn live_session(&self) -> Option<&Session> {
        self.m.sessions.last().filter(|s| s.ended_at.is_none())
    }

    /// The Chime meeting people can enter now.
    pub(super) fn live_chime(&self) -> Option<TicketMeeting> {
        self.live_session().and_then(|s| s.chime.clone())
    }

    /// Wants a Chime meeting. `at_once` passes over the spacing between sessions.
    pub(super) fn begin_session(&mut self, at_once: bool) {
        let settings = self.ctx.settings;
        let spaced = self
            .m
            .sessions
            .last()
            .is_none_or(|last| self.now >= last.wanted_at + settings.session_spacing);
        if !spaced && !at_once {
            return; // settle_lifecycle tries again at the deadline
        }
        if self.m.sessions.len() >= settings.session_limit as usize {
            let reason = format!(
                "CB-015: the meeting has used its {} Chime sessions",
                settings.session_limit
            );
            return self.conclude(Status::Ended, &reason, self.now);
        }
        let number = self.m.sessions.len() as u32 + 1;
        self.m.sessions.push(Session {
            number,
            chime: None,
            wanted_at: self.now,
            ended_at: None,
            end_inferred: false,
            end_told: None,
            control_region: settings.control_region.clone(),
        });
        self.effects.push(Effect::CreateMeeting { session: number, region: self.m.region.clone() });
        if self.m.status == Status::Scheduled {
            self.m.status = Status::Requested;
        }
    }

    pub(super) fn meeting_created(&mut self, number: u32, meeting: TicketMeeting) {
        let (now, over) = (self.now, self.m.status.is_final());
        let chime_meeting = meeting.meeting_id.clone();
        let used = self
            .m
            .sessions
            .iter()
            .any(|s| s.number != number && s.chime_id() == Some(chime_meeting.as_str()));
        let Some(session) = self.m.sessions.iter_mut().find(|s| s.number == number) else {
            return;
        };
        match session.chime_id() {
            Some(known) if known == chime_meeting => return, // told twice
            Some(_) => return self.effects.push(Effect::DeleteMeeting { chime_meeting }),
            None => {}
        }
        if used {
            // Chime answered with a meeting of an earlier session: raise the number, repeat.
            if session.ended_at.is_none() {
                session.ended_at = Some(now);
                self.begin_session(true);
            }
            return;
        }
        session.chime = Some(meeting);
        if over || session.ended_at.is_some() {
            // Nobody waits for it any more.
            session.ended_at.get_or_insert(now);
            return self.effects.push(Effect::DeleteMeeting { chime_meeting });
        }
        self.m.look_at = Some(now + self.ctx.settings.look_every);
        if matches!(self.m.status, Status::Requested | Status::Scheduled) {
            self.m.status = Status::Open;
        }
    }

    /// Chime would not make the meeting. Without it a new meeting has failed; one that has taken
    /// place stays Open, and people may try again.
    pub(super) fn meeting_not_created(&mut self, number: u32, failure: Failure) {
        let now = self.now;
        let reason = format!("{}: {}", failure.code, failure.text);
        self.refusals.push(failure);
        let waited_for = |s: &&mut Session| s.number == number && s.chime.is_none();
        let Some(session) = self.m.sessions.iter_mut().find(waited_for) else { return };
        if session.ended_at.is_some() {
            return; // told twice
        }
        session.ended_at = Some(now);
        if self.m.started_at.is_none() {
            return self.conclude(Status::Failed, &reason, now);
        }
        for seat in self.m.seats.values_mut().filter(|s| s.arrived_at.is_some()) {
            seat.arrived_at = None;
            seat.refusal = Some(reason.clone());
        }
        self.remark(reason);
    }

    /// The token's meeting is over already: the next number makes a new one.
    pub(super) fn meeting_was_gone(&mut self, number: u32) {
        let pending = |s: &Session| s.number == number && s.chime.is_none() && s.ended_at.is_none();
        if self.m.sessions.iter().any(pending) {
            self.session_gone(number);
            if self.live_session().is_none() && !self.m.status.is_final() {
                self.begin_session(true);
            }
        }
    }

    /// Chime says a meeting ended: verified by a look, since a notice only triggers one.
    pub(super) fn chime_ended(&mut self, chime_meeting: &str, at: Millis) {
        let Some(session) =
            self.m.sessions.iter_mut().find(|s| s.chime_id() == Some(chime_meeting))
        else {
            return;
        };
        match session.ended_at {
            // The event's own time is better than the time we found out.
            Some(known) if at < known => {
                session.ended_at = Some(at);
                session.end_inferred = false;
            }
            Some(_) => {}
            None => {
                session.end_told = Some(session.end_told.map_or(at, |told| told.min(at)));
                let (session, chime_meeting) = (session.number, chime_meeting.to_string());
                self.effects.push(Effect::LookAtMeeting { session, chime_meeting });
            }
        }
    }

    /// It lives. Who arrived because it seemed dead can enter with the attendee they have.
    pub(super) fn meeting_seen(&mut self, number: u32) {
        let now = self.now;
        let Some(session) = self.m.sessions.iter_mut().find(|s| s.number == number) else {
            return;
        };
        session.end_told = None;
        let Some(chime_meeting) = session.chime_id() else { return };
        for seat in self.m.seats.values_mut() {
            if seat.attendees.contains_key(chime_meeting) {
                seat.served_at = seat.arrived_at.max(Some(now));
            }
        }
    }

    /// The session is over. People who came after they had been let in want another one; whoever
    /// was let in and did not come again has gone with it.
    pub(super) fn session_gone(&mut self, number: u32) {
        let now = self.now;
        let Some(session) = self.m.sessions.iter_mut().find(|s| s.number == number) else {
            return;
        };
        if session.ended_at.is_some() {
            return;
        }
        session.ended_at = Some(session.end_told.map_or(now, |told| told.min(now)));
        session.end_inferred = session.end_told.is_none();
        let chime_meeting = session.chime_id().map(str::to_string);
        self.m.look_at = None;
        if self.m.status.is_final() {
            return;
        }
        for seat in self.m.seats.values_mut() {
            seat.entering = None;
            if seat.served_at >= seat.arrived_at {
                seat.arrived_at = None;
            }
        }
        if self.m.status == Status::Live {
            self.m.status = Status::Open;
        }
        if chime_meeting.is_some() {
            self.wish_is_over();
            self.stop_recorders();
        }
        // settle_lifecycle makes the next session if somebody waits.
    }

    pub(super) fn look_at_session(&mut self) {
        let Some(session) = self.live_session() else { return };
        let Some(chime_meeting) = session.chime_id().map(str::to_string) else { return };
        let session = session.number;
        self.effects.push(Effect::LookAtMeeting { session, chime_meeting });
    }
}
