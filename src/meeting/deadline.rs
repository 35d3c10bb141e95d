//! When a meeting has to be looked at again although nothing happened: every state that is not
//! final has such a moment.

use std::collections::BTreeMap;

use crate::clock::Millis;
use crate::meeting::keeping::due_for_erasure;
use crate::meeting::lifecycle::over_at;
use crate::meeting::model::{Meeting, Recording, RecordingStatus as RS, Status};
use crate::meeting::seats::key_secret;
use crate::meeting::settings::Settings;
use crate::meeting::step::Work;
use crate::outbox::row::{Change, Operation, RecordKey};

/// Tickets are deleted this long after the end.
const TICKETS_KEPT: Millis = 7 * 24 * 3_600_000;

/// The next moment the meeting has to be stepped with a tick.
pub(super) fn next(meeting: &Meeting, settings: &Settings) -> Option<Millis> {
    let mut moments = Vec::new();
    if meeting.status.is_final() {
        if !meeting.tickets_swept {
            moments.extend(meeting.ended_at.map(|at| at + TICKETS_KEPT));
        }
    } else {
        moments.extend(over_at(meeting, settings).map(|over| over.0));
        moments.extend(meeting.look_at);
        moments.extend(door(meeting, settings));
    }
    moments.extend(forget_at(meeting, settings));
    for recording in &meeting.recordings {
        moments.extend(of_recording(recording, settings));
    }
    moments.into_iter().min()
}

/// Somebody waits outside: when the doors open, or when another session may be made.
fn door(meeting: &Meeting, settings: &Settings) -> Option<Millis> {
    let waiting = meeting.seats.values().any(|s| s.waiting());
    let session = meeting.sessions.last();
    if !waiting || session.is_some_and(|s| s.ended_at.is_none()) {
        return None;
    }
    let spaced = session.map_or(Millis::MIN, |s| s.wanted_at + settings.session_spacing);
    let doors = match (meeting.status, meeting.scheduled_start) {
        (Status::Scheduled, Some(start)) => start - settings.doors_before,
        _ => Millis::MIN,
    };
    Some(spaced.max(doors).max(0))
}

fn of_recording(recording: &Recording, settings: &Settings) -> Option<Millis> {
    let mut moments = Vec::new();
    moments.extend(recording.playback_expires_at);
    if recording.status != RS::Erased && !recording.erasing && !recording.hold {
        moments.extend(due_for_erasure(recording));
    }
    if recording.erasing {
        moments.extend(recording.look_at);
    }
    if !recording.settled() {
        moments.extend(recording.look_at);
        let unused = recording.prepared_at.filter(|_| !recording.allowed && !recording.stopping());
        moments.extend(unused.map(|at| at + settings.unused_limit));
        if recording.live().is_some() {
            moments.extend(recording.stop_at.map(|at| {
                at + if recording.forced { 2 * settings.stop_limit } else { settings.stop_limit }
            }));
        }
    }
    moments.into_iter().min()
}

/// When a deleted meeting, whose recordings are erased, forgets the names in it.
fn forget_at(meeting: &Meeting, settings: &Settings) -> Option<Millis> {
    let erased = meeting.recordings.iter().all(|r| r.status == RS::Erased || !r.shown);
    let named = !meeting.subject.is_empty() || meeting.seats.values().any(|s| !s.name.is_empty());
    meeting.deleted_at.filter(|_| erased && named).map(|at| at + settings.erase_after)
}

/// The keys of a seat, which Apex made and whose record ids are not known here.
fn drop_seat_key(meeting: &str, seat: &str) -> Change {
    Change {
        object: "Chime_Seat_Key__c".into(),
        key: RecordKey::External { field: "Participant__c".into(), value: seat.into() },
        lane: meeting.into(),
        operation: Operation::DeleteBy,
        fields: BTreeMap::new(),
    }
}

impl Work<'_> {
    /// After the end: seat keys leave Salesforce at once, tickets leave the bucket a week later,
    /// and what was deleted and erased keeps neither names nor tickets, which hold names.
    pub(super) fn settle_tidying(&mut self) {
        if !self.m.status.is_final() {
            return;
        }
        if !self.m.keys_dropped {
            self.m.keys_dropped = true;
            self.changes.extend(self.m.seats.keys().map(|seat| drop_seat_key(&self.m.id, seat)));
        }
        let forget = forget_at(&self.m, self.ctx.settings).is_some_and(|at| self.now >= at);
        let long_over = self.m.ended_at.is_some_and(|at| self.now >= at + TICKETS_KEPT);
        if !self.m.tickets_swept && (forget || long_over) {
            self.m.tickets_swept = true;
            for seat in self.m.seats.values() {
                self.dropped_secrets.extend(seat.tickets().map(|t| key_secret(&seat.id, t)));
            }
            let seats = self.m.seats.values().map(|s| &s.attendees);
            let attempts = self.m.recordings.iter().flat_map(|r| &r.attempts).map(|a| &a.attendees);
            for attendee in seats.chain(attempts).flat_map(|made| made.values()) {
                self.dropped_secrets.push(format!("attendee:{attendee}"));
            }
        }
        if forget {
            self.m.subject.clear();
            for seat in self.m.seats.values_mut() {
                seat.name.clear();
            }
        }
    }
}
