//! The people of a meeting: invited, at the door, let in, present, removed; their signals and
//! their consent.

use crate::clock::Millis;
use crate::meeting::effect::{Effect, Failure};
use crate::meeting::event::{Presence, PresenceKind, Said, SeatInvite};
use crate::meeting::model::{Consent, ConsentMark, Fact, Role, Seat, Session};
use crate::meeting::records;
use crate::meeting::step::Work;

/// The secret that holds what is kept of one key of a seat.
pub(super) fn key_secret(seat: &str, ticket: &str) -> String {
    format!("seat:{seat}:{ticket}")
}

/// Stands for the page load where consent was set on the record.
const BY_RECORD: &str = "salesforce";

impl Work<'_> {
    /// INVITE_PARTICIPANT: a removed person who is invited again may come in again, by a key the
    /// seat never had. Any other key is a repeat of an older invitation, and the link that was
    /// taken away stays closed.
    pub(super) fn invite_again(&mut self, seats: Vec<SeatInvite>) {
        if self.refused_as_final("INVITE_PARTICIPANT") {
            return self.forget_keys(&seats);
        }
        for invite in &seats {
            if let Some(seat) = self.m.seats.get_mut(&invite.id)
                && seat.removed_at.is_some()
                && seat.take_ticket(&invite.ticket)
            {
                seat.removed_at = None;
            }
        }
        self.invite(seats);
    }

    /// Secrets that were put aside for seats before it was known that nothing becomes of them.
    pub(super) fn forget_keys(&mut self, seats: &[SeatInvite]) {
        for invite in seats.iter().filter(|invite| !invite.ticket.is_empty()) {
            if !self.m.seats.get(&invite.id).is_some_and(|seat| seat.had(&invite.ticket)) {
                self.dropped_secrets.push(key_secret(&invite.id, &invite.ticket));
            }
        }
    }

    /// Adds seats; a seat that is known only learns what was missing.
    pub(super) fn invite(&mut self, seats: Vec<SeatInvite>) {
        for invite in seats {
            match self.m.seats.get_mut(&invite.id) {
                Some(seat) => {
                    seat.role = invite.role;
                    if !invite.name.is_empty() {
                        seat.name = invite.name;
                    }
                    if seat.ticket.is_empty() {
                        seat.ticket = invite.ticket;
                    } else if !invite.ticket.is_empty() && !seat.had(&invite.ticket) {
                        // Each key has its own secret, put aside before the step.
                        self.dropped_secrets.push(key_secret(&invite.id, &invite.ticket));
                    }
                }
                None => {
                    self.m.seats.insert(invite.id.clone(), Seat::new(invite));
                }
            }
        }
        let (invited, limit) = (self.m.seats.len(), self.ctx.settings.seats_let_in);
        if invited > limit {
            self.remark(format!(
                "CB-012: {invited} people are invited; Amazon Chime lets {limit} in at a time"
            ));
        }
    }

    /// Takes a seat away: one attendee deleted, one ticket rewritten.
    pub(super) fn remove(&mut self, id: &str) {
        let now = self.now;
        let live = self.live_chime().map(|c| c.meeting_id);
        let Some(seat) = self.m.seats.get_mut(id) else {
            let text = format!("REMOVE_PARTICIPANT {id}, who is not in meeting {}", self.m.id);
            return self.refuse("CB-016", text);
        };
        if seat.removed_at.is_some() || self.m.status.is_final() {
            return;
        }
        seat.removed_at = Some(now);
        seat.arrived_at = None;
        seat.entering = None; // an attendee still being made is deleted when the answer comes
        if let Some(chime_meeting) = live
            && let Some(attendee) = seat.attendees.remove(&chime_meeting)
        {
            seat.facts.insert(Fact {
                at: now,
                kind: PresenceKind::Removed,
                attendee: attendee.clone(),
                chime_meeting: chime_meeting.clone(),
            });
            self.dropped_secrets.push(format!("attendee:{attendee}"));
            self.effects.push(Effect::DeleteAttendee { chime_meeting, attendee });
        }
    }

    /// Somebody is at the door. settle_lifecycle makes a session or lets the seat in.
    pub(super) fn arrive(&mut self, id: &str, at: Millis) {
        let live = self.live_chime().map(|c| c.meeting_id);
        let Some(seat) = self.m.seats.get_mut(id) else { return };
        if seat.removed_at.is_some() || self.m.status.is_final() {
            return;
        }
        let at = at.min(self.now);
        seat.arrived_at = Some(seat.arrived_at.map_or(at, |known| known.max(at)));
        seat.refusal = None;
        if live.is_some_and(|live| seat.attendees.contains_key(&live)) {
            seat.served_at = seat.arrived_at; // the ticket is open already
        }
    }

    /// The room could not enter this Chime meeting: look whether it still lives. If it does not,
    /// the one who told is waiting for the next.
    fn return_to_dead(&mut self, id: &str, failed_meeting: &str) {
        if self.live_session().and_then(|s| s.chime_id()) != Some(failed_meeting) {
            return;
        }
        if let Some(seat) = self.m.seats.get_mut(id)
            && let Some(served) = seat.served_at
        {
            seat.arrived_at = seat.arrived_at.max(Some(served + 1));
        }
        self.look_at_session();
    }

    /// Makes an attendee for everyone who waits while there is room, first come first served.
    pub(super) fn let_people_in(&mut self) {
        let Some(session) = self.live_session() else { return };
        let Some(chime_meeting) = session.chime_id().map(str::to_string) else { return };
        let session = session.number;
        let has_place = |s: &Seat| {
            s.attendees.contains_key(&chime_meeting) || s.entering.as_ref() == Some(&chime_meeting)
        };
        let mut inside = self.m.seats.values().filter(|s| has_place(s)).count();
        let limit = self.ctx.settings.seats_let_in;
        let mut waiting: Vec<&mut Seat> =
            self.m.seats.values_mut().filter(|s| s.waiting() && !has_place(s)).collect();
        waiting.sort_by_key(|s| s.arrived_at);
        for seat in waiting {
            if inside >= limit {
                seat.refusal = Some(format!(
                    "CB-017: the meeting is full; Amazon Chime lets {limit} people in at a time"
                ));
                continue;
            }
            inside += 1;
            seat.refusal = None;
            seat.entering = Some(chime_meeting.clone());
            self.effects.push(Effect::CreateAttendee {
                session,
                chime_meeting: chime_meeting.clone(),
                seat: seat.id.clone(),
                receive_only: false,
            });
        }
    }

    /// The attendee exists: the ticket opens, unless the world has moved on meanwhile. True if its
    /// join token is worth keeping.
    pub(super) fn attendee_created(
        &mut self,
        seat: &str,
        chime_meeting: String,
        attendee: String,
    ) -> bool {
        let (now, live) = (self.now, self.live_chime().map(|c| c.meeting_id));
        let live = live.as_ref() == Some(&chime_meeting);
        let Some(seat) = self.m.seats.get_mut(seat) else {
            return self.recorder_attendee_created(seat, chime_meeting, attendee, live);
        };
        if !live {
            return false; // gone with its meeting
        }
        if seat.entering.as_ref() == Some(&chime_meeting) {
            seat.entering = None;
        }
        let known = seat.attendees.get(&chime_meeting);
        if known == Some(&attendee) {
            return true; // told twice
        }
        if known.is_some() || seat.removed_at.is_some() {
            self.effects.push(Effect::DeleteAttendee { chime_meeting, attendee });
            return false;
        }
        seat.attendees.insert(chime_meeting, attendee);
        seat.served_at = Some(now.max(seat.arrived_at.unwrap_or(now)));
        seat.refusal = None;
        true
    }

    pub(super) fn attendee_not_created(&mut self, seat: &str, failure: Failure) {
        if let Some(seat) = self.m.seats.get_mut(seat)
            && seat.entering.take().is_some()
        {
            seat.arrived_at = None;
            seat.refusal = Some(format!("{}: {}", failure.code, failure.text));
        }
        self.refusals.push(failure);
    }

    /// Chime told of a connection. Late facts are taken and judged by their own time.
    pub(super) fn presence(&mut self, presence: Presence) {
        let fact = Fact {
            at: presence.at,
            kind: presence.kind,
            attendee: presence.attendee,
            chime_meeting: presence.chime_meeting,
        };
        if let Some(ended) = self.m.ended_at
            && self.now > ended + self.ctx.settings.late_facts
        {
            return;
        }
        if !self.m.seats.contains_key(&presence.seat) {
            return self.recorder_presence(&presence.seat, fact);
        }
        // Started, Live, the log: all follow from the facts when the step settles.
        if let Some(seat) = self.m.seats.get_mut(&presence.seat) {
            seat.facts.insert(fact);
        }
    }

    /// A verified signal. Role and target are judged from the state, never from the signal.
    pub(super) fn signal(&mut self, id: &str, at: Millis, load: &str, counter: u32, said: Said) {
        let limit = self.ctx.settings.signals_per_minute as usize;
        let Some(seat) = self.m.seats.get_mut(id) else { return };
        seat.recent_signals.retain(|sent| *sent > at - 60_000);
        // A queue keeps no order: what somebody said before being taken away may come after it, and
        // was said all the same. Nothing else of theirs counts any more.
        let gone = match (seat.removed_at, &said) {
            (Some(removed), Said::Consent { .. } | Said::Chat { .. }) => at >= removed,
            (removed, _) => removed.is_some(),
        };
        if seat.recent_signals.len() >= limit || gone {
            return;
        }
        seat.recent_signals.push(at);
        let host = seat.role == Role::Host;
        match said {
            Said::Arrived { failed_meeting } => {
                self.arrive(id, at);
                if let Some(failed_meeting) = failed_meeting {
                    self.return_to_dead(id, &failed_meeting);
                }
            }
            Said::Left => self.room_left(id, at),
            Said::Consent { given } => self.consent_said(id, at, load, counter, given),
            Said::Chat { text } => {
                let key = format!("{id}|{load}|{counter}");
                let row = records::log_row(&self.m.id, "Chat", at, Some(id), None, &text, &key);
                self.changes.push(row);
            }
            Said::Record if host => self.want_recording(id.to_string()),
            Said::StopRecording if host => self.stop_recording(),
            Said::Remove { target } if host => self.remove(&target),
            Said::End if host => self.end("Ended by the host"),
            Said::Record | Said::StopRecording | Said::Remove { .. } | Said::End => {
                let text = format!("a host's act signalled by seat {id}, which is not a host");
                self.refuse("CB-018", text);
            }
        }
    }

    /// The page closed: out of the meeting if Chime does not know better, and away from the door.
    fn room_left(&mut self, id: &str, at: Millis) {
        let Some(session) = self.m.sessions.iter().rev().find_map(Session::chime_id) else {
            return self.leave_the_door(id, at);
        };
        if let Some(seat) = self.m.seats.get_mut(id)
            && let Some(attendee) = seat.attendees.get(session).cloned()
        {
            let (kind, chime_meeting) = (PresenceKind::RoomLeft, session.to_string());
            seat.facts.insert(Fact { at, kind, attendee, chime_meeting });
        }
        self.leave_the_door(id, at);
    }

    fn leave_the_door(&mut self, id: &str, at: Millis) {
        if let Some(seat) = self.m.seats.get_mut(id)
            && seat.arrived_at.is_some_and(|arrived| arrived <= at)
        {
            seat.arrived_at = None;
        }
    }

    /// Consent set on the record in Salesforce: as if said now. What is so already is an echo.
    pub(super) fn set_consent(&mut self, id: &str, given: bool) {
        let so_already = |s: &Seat| (s.consent == Consent::Given) == given;
        let asked = |s: &Seat| s.consent != Consent::NotAsked;
        if self.m.seats.get(id).is_some_and(|s| !(asked(s) && so_already(s))) {
            self.consent_said(id, self.now, BY_RECORD, 0, given);
        }
    }

    fn consent_said(&mut self, id: &str, at: Millis, load: &str, counter: u32, given: bool) {
        let Some(seat) = self.m.seats.get_mut(id) else { return };
        let said = seat.hear_consent(at, load, counter, given);
        let key = format!("{id}|{load}|{counter}|{at}");
        let row = records::log_row(&self.m.id, "Consent", at, Some(id), None, said.label(), &key);
        self.changes.push(row);
    }
}

impl Seat {
    pub(super) fn new(invite: SeatInvite) -> Self {
        Self {
            id: invite.id,
            role: invite.role,
            name: invite.name,
            ticket: invite.ticket,
            former_tickets: vec![],
            ticket_revision: 0,
            consent: Consent::NotAsked,
            consent_at: None,
            consent_mark: None,
            consent_first_given: None,
            arrived_at: None,
            served_at: None,
            entering: None,
            removed_at: None,
            record_deleted: false,
            refusal: None,
            attendees: std::collections::BTreeMap::new(),
            facts: std::collections::BTreeSet::new(),
            recent_signals: vec![],
        }
    }

    /// Goes over to the ticket of a new key, and says whether it was one. A key the seat had
    /// before does not come back.
    fn take_ticket(&mut self, ticket: &str) -> bool {
        if ticket.is_empty() || self.had(ticket) {
            return false;
        }
        let former = std::mem::replace(&mut self.ticket, ticket.to_string());
        self.former_tickets.extend(Some(former).filter(|former| !former.is_empty()));
        true
    }

    fn had(&self, ticket: &str) -> bool {
        self.tickets().any(|known| known == ticket)
    }

    /// The ticket, if the key is known, and those of former keys.
    pub(super) fn tickets(&self) -> impl Iterator<Item = &String> {
        let now = Some(&self.ticket).filter(|ticket| !ticket.is_empty());
        now.into_iter().chain(&self.former_tickets)
    }

    /// At the door and not answered yet.
    pub(super) fn waiting(&self) -> bool {
        self.removed_at.is_none() && self.arrived_at.is_some() && self.served_at < self.arrived_at
    }

    /// The newest word on consent was said in the room.
    pub(super) fn spoke_in_the_room(&self) -> bool {
        let mark = self.consent_mark.as_ref();
        mark.is_some_and(|mark| mark.words.keys().any(|load| load != BY_RECORD))
    }

    /// Consent folds by queue time, then by counter within a page load; a tie between loads means
    /// declined. Returns what this word was; the order of arrival does not matter.
    fn hear_consent(&mut self, at: Millis, load: &str, counter: u32, given: bool) -> Consent {
        if given {
            self.consent_first_given = Some(self.consent_first_given.map_or(at, |t| t.min(at)));
        }
        let first_given = self.consent_first_given;
        let of = |at: Millis, given: bool| match given {
            true => Consent::Given,
            false if first_given.is_some_and(|first| first < at) => Consent::Withdrawn,
            false => Consent::Declined,
        };
        let mut mark = match self.consent_mark.take() {
            Some(mark) if mark.at >= at => mark,
            _ => ConsentMark { at, words: std::collections::BTreeMap::new() },
        };
        if mark.at == at {
            let word = mark.words.entry(load.to_string()).or_insert((counter, given));
            *word = (*word).max((counter, given));
        }
        let agreed = mark.words.values().all(|(_, given)| *given);
        self.consent = of(mark.at, agreed);
        self.consent_at = Some(mark.at);
        self.consent_mark = Some(mark);
        of(at, given)
    }
}
