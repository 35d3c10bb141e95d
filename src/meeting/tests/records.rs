//! What Salesforce asks, tells and is told: unknown meetings, records changed by people, reconcile.

use serde_json::{Map, Value, json};

use super::story::{ID, MINUTE, Story, USER, details, invite, three};
use crate::meeting::effect::{Effect, MeetingRecord, Outcome, Pending};
use crate::meeting::event::{Event, PresenceKind};
use crate::meeting::model::Role;
use chime_contract::ticket::TicketState;

fn record(status: &str) -> MeetingRecord {
    MeetingRecord {
        status: status.into(),
        subject: "Read".into(),
        revision: 7,
        seats: three(),
        ..MeetingRecord::default()
    }
}

fn unknown(status: Option<&str>) -> Story {
    let mut story = Story::new();
    story.world.record = status.map(record);
    story
}

fn change(story: &mut Story, object: &str, id: &str, field: &str, value: Value) {
    let mut values = Map::new();
    values.insert(field.into(), value);
    story.send(Event::RecordChanged { object: object.into(), id: id.into(), values });
}

fn commands() -> Vec<Event> {
    vec![
        Event::End,
        Event::Cancel,
        Event::StartRecording { by: USER.into() },
        Event::StopRecording,
        Event::Invite(vec![invite("carl", Role::Guest)]),
        Event::Remove { seat: "anna".into() },
    ]
}

#[test]
fn a_command_for_a_meeting_that_does_not_exist_is_refused_once() {
    for command in commands() {
        let mut story = unknown(None);
        story.send(command);
        assert_eq!(story.count("read-record"), 1);
        assert!(story.meeting.is_none());
        assert_eq!(story.refusals.len(), 1);
        assert_eq!(story.refusals[0].code, "CB-010");
    }
}

#[test]
fn a_change_of_a_meeting_that_does_not_exist_is_nothing() {
    let mut story = unknown(None);
    story.send(Event::ReadAgain);
    change(&mut story, "Chime_Meeting__c", ID, "Subject__c", json!("x"));
    assert!(story.refusals.is_empty() && story.meeting.is_none());
}

#[test]
fn a_recording_of_an_unknown_meeting_cannot_be_played_or_erased() {
    let mut story = unknown(None);
    story.send(Event::RefreshPlayback { recording: "r".into(), by: USER.into() });
    story.send(Event::EraseRecording { recording: "r".into() });
    assert_eq!(story.refusals.len(), 2);
    assert!(story.refusals.iter().all(|r| r.code == "CB-011"));
}

#[test]
fn an_unknown_meeting_that_exists_is_read_once_and_the_command_applied() {
    let mut story = unknown(Some("Requested"));
    story.send(Event::Invite(vec![invite("carl", Role::Guest)]));
    assert_eq!(story.status(), "Open");
    assert_eq!(story.m().seats.len(), 4);
    assert_eq!(story.m().subject, "Read");
    assert!(story.refusals.is_empty());
    // Later revisions are higher than the one that was read.
    assert!(story.meeting_says("Bridge_Revision__c").as_i64().unwrap() > 7);

    let mut story = unknown(Some("Scheduled"));
    story.send(Event::Remove { seat: "anna".into() });
    assert_eq!(story.status(), "Scheduled");
    assert_eq!(story.ticket("anna").state, TicketState::Removed);
}

#[test]
fn an_unknown_meeting_is_ended_or_cancelled_without_being_begun() {
    for (command, status) in [(Event::End, "Ended"), (Event::Cancel, "Cancelled")] {
        let mut story = unknown(Some("Requested"));
        story.send(command);
        assert_eq!(story.status(), status);
        assert_eq!(story.count("create-meeting"), 0);
        story.assert_it_comes_to_rest();
    }
}

#[test]
fn what_was_over_before_the_bridge_knew_it_is_left_alone() {
    for status in ["Ended", "Cancelled", "Failed"] {
        for (n, command) in commands().into_iter().enumerate() {
            let mut story = unknown(Some(status));
            story.send(command);
            assert!(story.meeting.is_none() && story.rows.is_empty());
            // Recording and inviting cannot be done; the rest is so already.
            let refused = [2, 4].contains(&n);
            assert_eq!(story.refusals.len(), usize::from(refused), "{status} {n}");
        }
        let mut story = unknown(None);
        story.send(Event::Found(Some(Box::new(record(status)))));
        assert!(story.meeting.is_none());
    }
}

#[test]
fn reconcile_begins_what_salesforce_asks_for_and_no_event_told() {
    let mut story = unknown(Some("Requested"));
    story.send(Event::ReadAgain);
    assert_eq!(story.status(), "Open");
    assert_eq!(story.ticket("host").state, TicketState::Open);
    // The event that comes after all changes nothing.
    let made = story.count("create-meeting");
    story.send(Event::Start(details(three())));
    assert_eq!(story.count("create-meeting"), made);
}

#[test]
fn facts_about_what_the_bridge_does_not_know_are_nothing() {
    let mut story = Story::new();
    let effect = Effect::CreateMeeting { session: 1, region: String::new() };
    for event in [
        Event::Tick,
        Event::Check,
        Event::Found(None),
        Event::ChimeEnded { chime_meeting: "c".into(), at: 0 },
        Event::Result { effect, outcome: Outcome::MeetingGone },
    ] {
        story.send(event);
    }
    assert!(story.meeting.is_none() && story.wanted.is_empty() && story.refusals.is_empty());
}

#[test]
fn people_may_end_or_cancel_on_the_record_but_not_rewrite_what_is_so() {
    let mut story = Story::live();
    change(&mut story, "Chime_Meeting__c", ID, "Status__c", json!("Open"));
    assert_eq!(story.meeting_says("Status__c"), "Live");
    change(&mut story, "Chime_Meeting__c", ID, "Status__c", json!("Ended"));
    assert_eq!(story.status(), "Ended");
    assert_eq!(story.m().reason, "Ended on the record");
    // Ended is final: the record is told so again.
    story.rows.clear();
    change(&mut story, "Chime_Meeting__c", ID, "Status__c", json!("Cancelled"));
    assert_eq!(story.meeting_says("Status__c"), "Ended");
    story.assert_nothing_untold();
}

#[test]
fn a_person_taken_away_or_miswritten_on_the_record() {
    let mut story = Story::live();
    story.joins("anna");
    story.rows.clear();
    change(&mut story, "Chime_Participant__c", "anna", "Status__c", json!("Left"));
    assert_eq!(story.person_says("anna", "Status__c"), "In meeting");
    change(&mut story, "Chime_Participant__c", "anna", "Status__c", json!("Removed"));
    assert_eq!(story.person_says("anna", "Status__c"), "Removed");
    change(&mut story, "Chime_Participant__c", "ben", "Display_Name__c", json!("Benno"));
    assert_eq!(story.ticket("ben").name, "Benno");
}

#[test]
fn a_seat_nobody_told_of_is_read_with_its_key() {
    let mut story = Story::live();
    let mut read = record("Live");
    read.seats.push(invite("carl", Role::Guest));
    story.world.record = Some(read);
    change(&mut story, "Chime_Participant__c", "carl", "Display_Name__c", json!("Carl"));
    assert_eq!(story.ticket("carl").state, TicketState::Waiting);
    assert_eq!(story.status(), "Live");
}

#[test]
fn reading_the_record_again_lets_nobody_back_in() {
    let mut story = Story::live();
    story.send(Event::Remove { seat: "anna".into() });
    story.world.record = Some(record("Live"));
    story.send(Event::ReadAgain);
    assert_eq!(story.ticket("anna").state, TicketState::Removed);
    // Nor does it refuse anything when the meeting is over.
    story.send(Event::End);
    story.world.record = Some(record("Live"));
    story.send(Event::ReadAgain);
    assert!(story.refusals.is_empty());
    assert_eq!(story.status(), "Ended");
}

#[test]
fn a_record_found_gone_ends_the_meeting() {
    let mut story = Story::live();
    story.send(Event::Found(None));
    assert_eq!(story.status(), "Cancelled");
    assert_eq!(story.m().reason, "The record was deleted");
    story.assert_it_comes_to_rest();
}

#[test]
fn a_pending_command_keeps_its_place_while_the_record_is_read() {
    let mut story = unknown(Some("Scheduled"));
    story.held = vec!["read-record"];
    story.send(Event::StartRecording { by: USER.into() });
    let by = USER.to_string();
    assert_eq!(story.wanted, [Effect::ReadRecord { then: Pending::StartRecording { by } }]);
    story.release();
    assert_eq!(story.m().record_wanted.as_deref(), Some(USER));
}

#[test]
fn revisions_rise_with_every_telling_and_are_the_same_within_one() {
    let mut story = Story::live();
    let mut last = 0;
    for n in 0..20 {
        let seat = ["anna", "ben"][n % 2];
        let kind = [PresenceKind::Joined, PresenceKind::Left][(n / 2) % 2];
        story.now += n as i64 % 3;
        let event = story.fact(seat, kind, story.now);
        let told = story.step(event.clone()).changes;
        let revisions: Vec<i64> =
            told.iter().filter_map(|c| c.fields.get("Bridge_Revision__c")?.as_i64()).collect();
        assert!(revisions.windows(2).all(|w| w[0] == w[1]));
        if let Some(revision) = revisions.first() {
            assert!(*revision > last && *revision >= story.now);
            last = *revision;
        }
        story.send(event);
    }
    story.wait(MINUTE);
    story.assert_nothing_untold();
}
