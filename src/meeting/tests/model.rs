//! A second, smaller telling of the same rules, written from what is promised and not from
//! the code: what status a meeting may have, who was there, and for how long.

use std::collections::{BTreeMap, BTreeSet};

use crate::clock::Millis;
use crate::meeting::effect::{Effect, Outcome};
use crate::meeting::event::{Event, Presence, PresenceKind, SeatInvite};

/// One fact about a connection: (when, begins, attendee, Chime meeting).
pub(super) type Fact = (Millis, bool, String, String);

#[derive(Default)]
pub(super) struct Model {
    pub(super) known: bool,
    pub(super) scheduled: bool,
    /// (status, reason) once it is final: the first one wins.
    pub(super) over: Option<(String, String)>,
    pub(super) over_at: Millis,
    pub(super) facts: BTreeMap<String, BTreeSet<Fact>>,
    /// Chime meetings that were told to exist, in order, and when each was over.
    pub(super) made: Vec<String>,
    pub(super) ended: BTreeMap<String, Millis>,
    pub(super) removed: BTreeSet<String>,
    /// Keys (by ticket name) that each seat was given.
    invited: BTreeMap<String, BTreeSet<String>>,
}

impl Model {
    /// A fact reaches the bridge.
    pub(super) fn hear(&mut self, event: &Event, now: Millis) {
        match event {
            Event::Start(details) | Event::Schedule(details) if self.over.is_none() => {
                if !self.known {
                    self.scheduled = matches!(event, Event::Schedule(_));
                }
                self.scheduled &= matches!(event, Event::Schedule(_));
                self.known = true;
                for seat in &details.seats {
                    self.seat(seat);
                }
            }
            Event::Invite(seats) if self.known && self.over.is_none() => {
                for seat in seats {
                    self.seat(seat);
                    // Who was removed comes back by another key only.
                    let keys = self.invited.entry(seat.id.clone()).or_default();
                    if self.removed.contains(&seat.id) && keys.insert(seat.ticket.clone()) {
                        self.removed.remove(&seat.id);
                    }
                }
            }
            Event::Remove { seat } if self.over.is_none() && self.invited.contains_key(seat) => {
                self.removed.insert(seat.clone());
            }
            Event::Presence(presence) => self.presence(presence),
            // Chime's own word on the end of a session is better than the time it was found gone.
            Event::ChimeEnded { chime_meeting, at } if self.made.contains(chime_meeting) => {
                let end = self.ended.entry(format!("told:{chime_meeting}")).or_insert(*at);
                *end = (*end).min(*at);
            }
            Event::Result { effect, outcome } => self.result(effect, outcome, now),
            _ => {}
        }
    }

    /// A seat gets the first key that is told for it.
    fn seat(&mut self, seat: &SeatInvite) {
        let first = || BTreeSet::from([seat.ticket.clone()]);
        self.invited.entry(seat.id.clone()).or_insert_with(first);
    }

    fn presence(&mut self, presence: &Presence) {
        let begins = presence.kind == PresenceKind::Joined;
        if self.known && self.invited.contains_key(&presence.seat) {
            let fact =
                (presence.at, begins, presence.attendee.clone(), presence.chime_meeting.clone());
            self.facts.entry(presence.seat.clone()).or_default().insert(fact);
        }
    }

    fn result(&mut self, effect: &Effect, outcome: &Outcome, now: Millis) {
        match (effect, outcome) {
            (Effect::CreateMeeting { .. }, Outcome::MeetingCreated { meeting })
                if !self.made.contains(&meeting.meeting_id) =>
            {
                self.made.push(meeting.meeting_id.clone());
                self.scheduled = false;
            }
            (
                Effect::LookAtMeeting { chime_meeting, .. }
                | Effect::CreateAttendee { chime_meeting, .. },
                Outcome::MeetingGone,
            ) => {
                self.ended.entry(format!("gone:{chime_meeting}")).or_insert(now);
            }
            _ => {}
        }
    }

    /// When the bridge could know that a Chime session was over: found gone or deleted with the
    /// meeting, and then the earliest time anyone told.
    fn end_of(&self, chime: &str) -> Option<Millis> {
        let gone = self.ended.get(&format!("gone:{chime}")).copied();
        let over = self.over.as_ref().map(|_| self.over_at);
        let found = [gone, over].into_iter().flatten().min()?;
        let told = self.ended.get(&format!("told:{chime}")).copied();
        Some(told.map_or(found, |told| told.min(found)))
    }

    fn live(&self) -> Option<&String> {
        self.made.last().filter(|chime| self.end_of(chime).is_none())
    }

    /// At an instant a person is there if the newest beginning at or before it has not ended: by
    /// the attendee's own end, told before the next beginning, or else with its Chime session.
    pub(super) fn there(&self, seat: &str, at: Millis) -> bool {
        let facts = self.facts.get(seat).into_iter().flatten();
        let facts: Vec<&Fact> = facts.filter(|fact| self.made.contains(&fact.3)).collect();
        let Some(begun) = facts.iter().rposition(|fact| fact.1 && fact.0 <= at) else {
            return false;
        };
        let (_, _, attendee, chime) = facts[begun];
        let after = facts[begun + 1..].iter().take_while(|fact| !fact.1);
        let told = after.filter(|fact| fact.2 == *attendee).map(|fact| fact.0).next();
        told.or_else(|| self.end_of(chime)).is_none_or(|end| at < end)
    }

    /// Milliseconds a person was there until `until`; facts lie on whole seconds.
    pub(super) fn present(&self, seat: &str, from: Millis, until: Millis) -> Millis {
        let seconds = (from..until).step_by(1_000);
        1_000 * seconds.filter(|at| self.there(seat, *at)).count() as Millis
    }

    pub(super) fn anybody(&self, at: Millis) -> bool {
        self.facts.keys().any(|seat| !self.removed.contains(seat) && self.there(seat, at))
    }

    fn came(&self) -> bool {
        self.facts.values().flatten().any(|fact| fact.1 && self.made.contains(&fact.3))
    }

    /// The status the record must show, as long as it is not final.
    pub(super) fn status(&self) -> &'static str {
        let Some(live) = self.live() else {
            return match (self.made.is_empty(), self.scheduled) {
                (true, true) => "Scheduled|Requested",
                (true, false) => "Requested",
                (false, _) => "Open",
            };
        };
        let been = self.facts.values().flatten().any(|fact| fact.1 && &fact.3 == live);
        if been { "Live" } else { "Open" }
    }

    /// What a command that ends must make of it, if it is not over already.
    pub(super) fn ends_as(&self, event: &Event) -> Option<&'static str> {
        match event {
            _ if !self.known || self.over.is_some() => None,
            Event::Cancel if self.came() => Some("Ended"),
            Event::Cancel => Some("Cancelled"),
            Event::End if self.status().starts_with("Scheduled") => Some("Ended|Cancelled"),
            Event::End => Some("Ended"),
            _ => None,
        }
    }

    /// The bridge says the meeting is (or is not) final.
    pub(super) fn observe(&mut self, status: &str, reason: &str, is_final: bool, now: Millis) {
        let said = (status.to_string(), reason.to_string());
        match &self.over {
            Some(first) => assert_eq!(first, &said, "a final status changed"),
            None if is_final => {
                if reason.starts_with("Nobody") {
                    assert!(!self.anybody(now - 1), "ended as empty with people inside");
                }
                self.over = Some(said);
                self.over_at = now;
            }
            None => {
                let allowed = self.status();
                assert!(allowed.split('|').any(|s| s == status), "{status}, expected {allowed}");
            }
        }
    }
}
