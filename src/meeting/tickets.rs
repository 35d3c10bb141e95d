//! What each seat's ticket says, as a function of the meeting's state, and which tickets have to
//! be written because it changed.

use chime_contract::recording as files;
use chime_contract::ticket::{TicketMeeting, TicketRole, TicketState};

use crate::clock::Millis;
use crate::meeting::effect::{Effect, TicketContent};
use crate::meeting::model::{Meeting, Seat, Status};
use crate::meeting::records::recording_state;

/// The writes that bring the tickets from the old state to the new one; raises revisions.
pub(super) fn writes(old: Option<&Meeting>, new: &mut Meeting, now: Millis) -> Vec<Effect> {
    if new.tickets_swept {
        return sweep(old, new);
    }
    let mut effects = Vec::new();
    let (before, after) = (old.map(Common::of), Common::of(new));
    let known = |id: &String| Some((old?, before.as_ref()?, old?.seats.get(id)?));
    let seats: Vec<String> = new.seats.keys().cloned().collect();
    for id in seats {
        let Some(wanted) = seat_ticket(new, &after, &new.seats[&id]) else { continue };
        let known = known(&id).and_then(|(m, common, seat)| seat_ticket(m, common, seat));
        if known.as_ref() == Some(&wanted) {
            continue;
        }
        if let Some(seat) = new.seats.get_mut(&id) {
            seat.ticket_revision = revision(seat.ticket_revision, now);
            effects.push(write(id, wanted, seat.ticket_revision));
        }
    }
    for index in 0..new.recordings.len() {
        for number in 0..new.recordings[index].attempts.len() {
            let wanted = recorder_ticket(new, &after, index, number);
            let known = old
                .filter(|m| m.recordings.get(index).is_some_and(|r| number < r.attempts.len()))
                .zip(before.as_ref())
                .map(|(m, common)| recorder_ticket(m, common, index, number));
            if known.as_ref() == Some(&wanted) {
                continue;
            }
            let recording = &mut new.recordings[index];
            let attempt = &mut recording.attempts[number];
            attempt.ticket_revision = revision(attempt.ticket_revision, now);
            let seat = files::seat(&recording.key, attempt.number);
            effects.push(write(seat, wanted, attempt.ticket_revision));
        }
    }
    effects
}

/// Rises even if the store was restored from a backup.
fn revision(last: u64, now: Millis) -> u64 {
    (last + 1).max(u64::try_from(now).unwrap_or(0))
}

fn write(seat: String, mut content: TicketContent, revision: u64) -> Effect {
    content.revision = revision;
    Effect::WriteTicket { seat, content: Box::new(content) }
}

fn sweep(old: Option<&Meeting>, new: &Meeting) -> Vec<Effect> {
    if old.is_some_and(|m| m.tickets_swept) {
        return vec![];
    }
    let of_seat = |seat: &Seat| {
        let named = |ticket: &String| (seat.id.clone(), ticket.clone());
        seat.tickets().map(named).collect::<Vec<_>>()
    };
    let people = new.seats.values().flat_map(of_seat);
    // A recorder's ticket is named by its key, which is derived when the ticket is deleted.
    let recorders = new.recordings.iter().flat_map(|recording| {
        let seat = |number| files::seat(&recording.key, number);
        recording.attempts.iter().map(move |attempt| (seat(attempt.number), String::new()))
    });
    let all = people.chain(recorders);
    all.map(|(seat, ticket)| Effect::DeleteTicket { seat, ticket }).collect()
}

/// What all tickets of a meeting say alike.
struct Common {
    chime: Option<TicketMeeting>,
    recording: &'static str,
}

impl Common {
    fn of(meeting: &Meeting) -> Self {
        let live = meeting.sessions.last().filter(|s| s.ended_at.is_none());
        Self { chime: live.and_then(|s| s.chime.clone()), recording: recording_state(meeting) }
    }
}

fn seat_ticket(meeting: &Meeting, common: &Common, seat: &Seat) -> Option<TicketContent> {
    if seat.ticket.is_empty() {
        return None;
    }
    let chime = common.chime.as_ref();
    let attendee = chime.and_then(|c| seat.attendees.get(&c.meeting_id)).cloned();
    let state = if seat.removed_at.is_some() {
        TicketState::Removed
    } else if meeting.status.is_final() {
        TicketState::Ended
    } else if attendee.is_some() {
        TicketState::Open
    } else {
        TicketState::Waiting
    };
    let open = state == TicketState::Open;
    let scheduled = meeting.status == Status::Scheduled && state == TicketState::Waiting;
    Some(TicketContent {
        ticket: seat.ticket.clone(),
        revision: 0,
        state,
        subject: meeting.subject.clone(),
        name: seat.name.clone(),
        role: seat.role.ticket(),
        policy: meeting.policy.ticket(),
        recording: common.recording.to_string(),
        opens_at: meeting.scheduled_start.filter(|_| scheduled),
        reason: seat
            .refusal
            .clone()
            .filter(|_| !open)
            .or_else(|| (meeting.status == Status::Failed).then(|| meeting.reason.clone())),
        meeting: chime.filter(|_| open).cloned(),
        attendee: attendee.filter(|_| open),
    })
}

fn recorder_ticket(
    meeting: &Meeting,
    common: &Common,
    index: usize,
    number: usize,
) -> TicketContent {
    let recording = &meeting.recordings[index];
    let attempt = &recording.attempts[number];
    let chime = common.chime.as_ref().filter(|_| recording.allowed);
    let attendee = chime.and_then(|c| attempt.attendees.get(&c.meeting_id)).cloned();
    let over = meeting.status.is_final()
        || recording.stop_at.is_some()
        || recording.settled()
        || attempt.gone_at.is_some();
    let state = if over {
        TicketState::Ended
    } else if attendee.is_some() {
        TicketState::Open
    } else {
        TicketState::Waiting
    };
    let open = state == TicketState::Open;
    TicketContent {
        ticket: String::new(), // named by the key that is derived when it is written
        revision: 0,
        state,
        subject: meeting.subject.clone(),
        name: "Recorder".into(),
        role: TicketRole::Recorder,
        policy: meeting.policy.ticket(),
        recording: common.recording.to_string(),
        opens_at: None,
        reason: None,
        meeting: chime.filter(|_| open).cloned(),
        attendee: attendee.filter(|_| open),
    }
}
