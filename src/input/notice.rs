//! Notices → inputs. Kind and trust come from the queue; a notice only triggers a look, except for
//! attendees' connections, which nothing else can tell and which are folded by their own time.

use chime_contract::notice::{ChimeNotice, Notice, ObjectNotice, TaskNotice};
use chime_contract::recording::{ObjectKind, object_kind};

use crate::inbox::delivery::{Fact, Input, Target};
use crate::input::{Origin, Reading, fingerprint, for_target, letter, to_meeting};
use crate::meeting::effect::Failure;
use crate::meeting::event::{Event, Presence, PresenceKind};
use crate::store::Link;

/// Reads a message of the notices queue.
pub fn read(body: &str, reading: Reading<'_>) -> Fact {
    match Notice::parse(body) {
        Ok(Notice::Chime(notice)) => chime(&notice),
        Ok(Notice::Task(notice)) => task(&notice),
        Ok(Notice::Object(notice)) => object(&notice, reading),
        Ok(Notice::Other) => Fact { fingerprint: None, input: Input::Nothing },
        Err(error) => {
            let failure = Failure { code: "CB-020".into(), text: error.to_string() };
            let detail = format!("{} bytes", body.len());
            let origin = Origin::Notice { body: body.to_string() };
            let letter = letter::letter(None, &origin, &failure, detail, reading.now);
            Fact { fingerprint: None, input: Input::DeadLetter(Box::new(letter)) }
        }
    }
}

fn chime(notice: &ChimeNotice) -> Fact {
    let attendee = notice.attendee_id.clone().unwrap_or_default();
    let key =
        fingerprint::chime(&notice.meeting_id, &attendee, &notice.event_type, notice.timestamp);
    let input = chime_input(notice, attendee).unwrap_or(Input::Nothing);
    Fact { fingerprint: Some(key), input }
}

fn chime_input(notice: &ChimeNotice, attendee: String) -> Option<Input> {
    let meeting = notice.external_meeting_id.as_deref()?;
    if notice.event_type == "chime:MeetingEnded" {
        let chime_meeting = notice.meeting_id.clone();
        return Some(to_meeting(
            meeting,
            Event::ChimeEnded { chime_meeting, at: notice.timestamp },
        ));
    }
    let kind = match notice.event_type.as_str() {
        "chime:AttendeeJoined" => PresenceKind::Joined,
        "chime:AttendeeLeft" => PresenceKind::Left,
        "chime:AttendeeDropped" => PresenceKind::Dropped,
        "chime:AttendeeDeleted" => PresenceKind::Deleted,
        _ => return None,
    };
    if attendee.ends_with("#content") {
        return None; // a share, not a person
    }
    let presence = Presence {
        seat: notice.external_user_id.clone()?,
        chime_meeting: notice.meeting_id.clone(),
        attendee,
        kind,
        at: notice.timestamp,
    };
    Some(to_meeting(meeting, Event::Presence(presence)))
}

fn task(notice: &TaskNotice) -> Fact {
    let fingerprint = Some(fingerprint::task(&notice.task_arn, notice.version));
    // The token in `startedBy` is a hash: the meeting is found through the link its task left.
    let to = Target::Link(Link { kind: "task", value: notice.task_arn.clone() });
    let input = match notice.last_status.as_str() {
        "STOPPED" | "DEPROVISIONING" => for_target(to, Event::Check),
        _ => Input::Nothing,
    };
    Fact { fingerprint, input }
}

fn object(notice: &ObjectNotice, reading: Reading<'_>) -> Fact {
    let fingerprint = Some(fingerprint::object(&notice.bucket, &notice.key, &notice.sequencer));
    let link =
        |recording: &str| Target::Link(Link { kind: "recording", value: recording.to_string() });
    let input = match object_kind(&notice.key) {
        ObjectKind::Fragment { recording, attempt } => {
            for_target(link(&recording), Event::Fragment { recording, attempt, at: reading.now })
        }
        ObjectKind::PieceNote { recording, .. } => {
            for_target(link(&recording), Event::PieceHint { recording })
        }
        ObjectKind::Other => Input::Nothing,
    };
    Fact { fingerprint, input }
}
