//! What the records must say at the end: a second, smaller telling of the rules, written from what
//! is promised. It shares no code with the bridge. It knows what people and admins did
//! (`Deed`), which connections Chime had and which notices it sent or lost (the emulator's
//! ledgers), and says from that what a record may show. Deeds of one round are in no order, except
//! that commands travel one after the other; where an order is free, all its ends are allowed.

use std::collections::BTreeSet;

use chime_emulator::aws::chime::MeetingEntry;
use chime_emulator::aws::eventbridge::{Entry, Fate};
use serde_json::Value;

/// The way a deed travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// A command: in order.
    Command,
    /// A signal of the room: in any order within its round.
    Signal,
}

/// Something that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// SCHEDULE_MEETING, once more.
    Announce,
    /// START_MEETING.
    Start,
    /// END_MEETING, or the host's signal.
    End,
    /// CANCEL_MEETING.
    Cancel,
    /// A wish to record.
    Record,
    /// INVITE_PARTICIPANT for a seat, by a new key.
    Invite(String),
    /// A repeat of a seat's first invitation, which undoes nothing.
    InviteRepeat(String),
    /// REMOVE_PARTICIPANT, or the host's signal.
    Remove(String),
    /// A word on consent.
    Consent(String, bool),
}

/// A deed, the round it fell into, and the way it took.
#[derive(Debug, Clone)]
pub struct Done {
    /// Round, from 0.
    pub round: usize,
    /// Way.
    pub way: Way,
    /// Deed.
    pub deed: Deed,
}

/// All that happened to one meeting.
pub struct Truth {
    /// Announced by SCHEDULE_MEETING first.
    pub scheduled: bool,
    /// Seats by participant id.
    pub seats: Vec<String>,
    /// In order.
    pub deeds: Vec<Done>,
    /// When each round began; all that was told before it was heard before it.
    pub rounds: Vec<i64>,
    /// Its Chime meetings.
    pub chime: Vec<MeetingEntry>,
    /// Every notice about them, lost ones too.
    pub notices: Vec<Entry>,
}

/// One connection that the bridge could know of.
#[derive(Debug, Clone)]
pub struct Span {
    /// Attendee.
    pub attendee: String,
    /// Epoch milliseconds.
    pub from: i64,
    /// Earliest and latest end the record may show.
    pub until: (i64, i64),
    /// `End_Reason__c` may be one of these.
    pub ends: BTreeSet<&'static str>,
}

impl Truth {
    fn told(&self, kind: &str, attendee: &str, at: i64) -> bool {
        self.notices.iter().any(|notice| {
            notice.fate == Fate::Delivered
                && text(&notice.detail, "eventType") == kind
                && text(&notice.detail, "attendeeId") == attendee
                && notice.detail["timestamp"] == at
        })
    }

    /// The connections of a seat whose beginning was told; nothing else can tell of one.
    pub fn spans(&self, seat: &str) -> Vec<Span> {
        let removed = self.deeds.iter().any(|d| d.deed == Deed::Remove(seat.into()));
        let mut all = Vec::new();
        for chime in &self.chime {
            let over = chime.ended_at.unwrap_or(i64::MAX);
            for attendee in chime.attendees.iter().filter(|a| a.external_user_id == seat) {
                for (from, to) in &attendee.intervals {
                    all.push((*from, to.unwrap_or(i64::MAX), over, attendee));
                }
            }
        }
        all.sort_by_key(|(from, ..)| *from);
        all.retain(|(from, _, _, a)| self.told("chime:AttendeeJoined", &a.attendee_id, *from));
        let begins: Vec<i64> = all.iter().map(|(from, ..)| *from).collect();
        let next = |n: usize| begins.get(n + 1).copied().unwrap_or(i64::MAX);
        let mut spans = Vec::new();
        for (n, (from, to, over, attendee)) in all.iter().enumerate() {
            let id = attendee.attendee_id.as_str();
            let told = |how: &str| self.told(how, id, *to);
            let left = told("chime:AttendeeLeft");
            let (dropped, deleted) = (told("chime:AttendeeDropped"), told("chime:AttendeeDeleted"));
            let mut ends = BTreeSet::new();
            let mut until = (*to, *to);
            if deleted {
                ends.insert("Removed");
            } else if left || dropped {
                ends.insert(if left { "Left" } else { "Dropped" });
                if removed {
                    ends.insert("Removed");
                }
            } else {
                // Nobody told: it ends with what is known next, or when it is found to be over. An
                // unheard end of a later connection may be taken for this one's.
                ends.extend(["Left", "Moved", "Meeting ended", "Inferred", "Dropped"]);
                if removed {
                    ends.insert("Removed");
                }
                // Never before it began; what lay between is unknown.
                let latest = if to == over { i64::MAX } else { next(n) };
                until = (*from, latest);
            }
            let attendee = id.to_string();
            spans.push(Span { attendee, from: *from, until, ends });
        }
        spans
    }

    /// The first told beginning of anybody.
    pub fn first(&self) -> Option<i64> {
        let spans = self.seats.iter().flat_map(|seat| self.spans(seat));
        spans.map(|span| span.from).min()
    }

    fn round_of_end(&self) -> usize {
        let ends = |d: &&Done| matches!(d.deed, Deed::End | Deed::Cancel);
        self.deeds.iter().find(ends).map_or(usize::MAX, |d| d.round)
    }

    /// What status and reason the record may show in the end: the first reason wins.
    pub fn ends(&self) -> BTreeSet<(&'static str, &'static str)> {
        let round = self.round_of_end();
        let of_round = || self.deeds.iter().filter(move |d| d.round == round);
        let is_end = |d: &&Done| matches!(d.deed, Deed::End | Deed::Cancel);
        let mut commands = of_round().filter(|d| d.way == Way::Command).filter(is_end);
        let signals = of_round().filter(|d| d.way == Way::Signal).filter(is_end);
        let mut ends = BTreeSet::new();
        for done in signals.chain(commands.next()) {
            match (&done.deed, done.way) {
                (Deed::End, way) => {
                    let reason = match way {
                        Way::Signal => "Ended by the host",
                        Way::Command => "Ended by request",
                    };
                    // What was only announced, and nobody came to, is cancelled.
                    let woken = self.deeds.iter().any(|d| d.deed == Deed::Start);
                    if !self.scheduled || woken || self.arrived() {
                        ends.insert(("Ended", reason));
                    }
                    let awake = self.before(round, &Deed::Start) || self.made_before(round);
                    if self.scheduled && !awake {
                        ends.insert(("Cancelled", reason));
                    }
                }
                _ => {
                    // What has taken place cannot be cancelled: it ends.
                    let first = self.first();
                    if first.is_some() {
                        ends.insert(("Ended", "Cancelled by request"));
                    }
                    if first.is_none() || !self.came_before(round) {
                        ends.insert(("Cancelled", "Cancelled by request"));
                    }
                }
            }
        }
        ends
    }

    fn before(&self, round: usize, deed: &Deed) -> bool {
        self.deeds.iter().any(|d| d.round < round && d.deed == *deed)
    }

    /// Anybody's beginning that was told and surely heard before this round.
    fn came_before(&self, round: usize) -> bool {
        let begun = self.rounds.get(round).copied().unwrap_or(i64::MAX);
        self.first().is_some_and(|first| first < begun)
    }

    /// There was a Chime meeting already when this round began.
    fn made_before(&self, round: usize) -> bool {
        let begun = self.rounds.get(round).copied().unwrap_or(i64::MAX);
        self.chime.iter().any(|meeting| meeting.created_at < begun)
    }

    /// Somebody has been at the door.
    fn arrived(&self) -> bool {
        !self.chime.is_empty()
    }

    /// A participant's statuses that the record may show in the end.
    pub fn statuses(&self, seat: &str) -> BTreeSet<&'static str> {
        let came = !self.spans(seat).is_empty();
        let here = if came { "Left" } else { "Invited" };
        let removed = self.removed(seat);
        removed.iter().map(|removed| if *removed { "Removed" } else { here }).collect()
    }

    /// Whether the seat may be removed in the end. After the end nobody is removed or invited.
    fn removed(&self, seat: &str) -> BTreeSet<bool> {
        let end = self.round_of_end();
        let mut now = BTreeSet::from([false]);
        let rounds: BTreeSet<usize> = self.deeds.iter().map(|d| d.round).collect();
        for round in rounds.into_iter().filter(|round| *round <= end) {
            let words = |way: Way| -> Vec<bool> {
                let of = self.deeds.iter().filter(|d| d.round == round && d.way == way);
                of.filter_map(|d| match &d.deed {
                    Deed::Remove(who) if who == seat => Some(true),
                    Deed::Invite(who) if who == seat => Some(false),
                    _ => None,
                })
                .collect()
            };
            let (commands, signals) = (words(Way::Command), words(Way::Signal));
            if commands.is_empty() && signals.is_empty() {
                continue;
            }
            let mut after: BTreeSet<bool> =
                commands.last().into_iter().chain(&signals).copied().collect();
            if round == end {
                // The end may have come before any of them.
                after.extend(commands.iter().chain(&signals));
                after.extend(&now);
            }
            now = after;
        }
        now
    }

    /// A participant's consent as the record may show it in the end. What a removed seat says is
    /// not heard; when it was removed is free.
    pub fn consents(&self, seat: &str) -> BTreeSet<&'static str> {
        let deaf = self.deeds.iter().any(|d| d.deed == Deed::Remove(seat.into()));
        let words = self.deeds.iter().filter_map(|d| match &d.deed {
            Deed::Consent(who, given) if who == seat => Some(*given),
            _ => None,
        });
        // (label, given before)
        let mut now = BTreeSet::from([("Not asked", false)]);
        for given in words {
            let said = |(_, before): &(&'static str, bool)| match (given, before) {
                (true, _) => ("Given", true),
                (false, true) => ("Withdrawn", true),
                (false, false) => ("Declined", false),
            };
            let mut after: BTreeSet<_> = now.iter().map(said).collect();
            if deaf {
                after.extend(&now);
            }
            now = after;
        }
        now.into_iter().map(|(label, _)| label).collect()
    }

    /// True if something was asked for that may have come after the end, and is then refused with
    /// a dead letter.
    pub fn may_be_refused(&self) -> bool {
        let end = self.round_of_end();
        self.deeds.iter().any(|d| d.round >= end && refusable(&d.deed))
    }

    /// True if something was surely asked for after the end.
    pub fn must_be_refused(&self) -> bool {
        let end = self.round_of_end();
        self.deeds.iter().any(|d| d.round > end && refusable(&d.deed))
    }
}

fn refusable(deed: &Deed) -> bool {
    matches!(
        deed,
        Deed::Announce | Deed::Start | Deed::Record | Deed::Invite(_) | Deed::InviteRepeat(_)
    )
}

/// A text of a notice's detail.
pub fn text(detail: &Value, name: &str) -> String {
    detail[name].as_str().unwrap_or_default().to_string()
}

/// Notices about these Chime meetings, by Chime meeting id.
pub fn about(notices: &[Entry], chime: &[MeetingEntry]) -> Vec<Entry> {
    let ids: BTreeSet<&str> = chime.iter().map(|m| m.meeting_id.as_str()).collect();
    let own = notices.iter().filter(|n| ids.contains(text(&n.detail, "meetingId").as_str()));
    own.cloned().collect()
}
