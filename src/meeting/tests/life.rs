//! From the wish to the end of a meeting.

use serde_json::json;

use super::story::{
    DAY, HOUR, ID, MINUTE, SECOND, START, Story, details, invite, scheduled, three,
};
use crate::meeting::effect::Effect;
use crate::meeting::event::{Details, Event};
use crate::meeting::model::Role;
use crate::meeting::records::date;
use chime_contract::ticket::TicketState;

#[test]
fn a_started_meeting_opens_goes_live_and_ends() {
    let mut story = Story::new();
    story.held = vec!["create-meeting"];
    story.send(Event::Start(details(three())));
    assert_eq!(story.meeting_says("Status__c"), "Requested");
    assert_eq!(story.ticket("host").state, TicketState::Waiting);
    story.release();
    assert_eq!(story.meeting_says("Status__c"), "Open");
    assert_eq!(story.meeting_says("Chime_Meeting_Id__c"), "chime-1");
    // The one who pressed the button is in at once, the others when they come.
    assert_eq!(story.ticket("host").state, TicketState::Open);
    assert_eq!(story.ticket("anna").state, TicketState::Waiting);
    story.wait(30 * SECOND);
    story.joins("host");
    assert_eq!(story.meeting_says("Status__c"), "Live");
    assert_eq!(story.meeting_says("Started_At__c"), date(START + 30 * SECOND));
    story.wait(MINUTE);
    story.joins("anna");
    assert_eq!(story.person_says("anna", "Status__c"), "In meeting");
    assert_eq!(story.meeting_says("Participant_Count__c"), 2);
    story.wait(10 * MINUTE);
    story.send(Event::End);
    assert_eq!(story.meeting_says("Status__c"), "Ended");
    assert_eq!(story.meeting_says("Status_Reason__c"), "Ended by request");
    assert!(story.world.chime.is_empty());
    assert_eq!(story.ticket("anna").state, TicketState::Ended);
    assert_eq!(story.person_says("anna", "Seconds_Present__c"), 600);
    assert_eq!(story.keys_dropped, ["anna", "ben", "host"]);
    story.assert_nothing_untold();
    story.assert_it_comes_to_rest();
}

#[test]
fn starting_twice_makes_one_chime_meeting_and_changes_nothing() {
    let mut story = Story::live();
    let rows = story.rows.clone();
    story.wait(MINUTE);
    story.send(Event::Start(details(three())));
    assert_eq!(story.rows, rows);
    assert_eq!(story.count("create-meeting"), 1);
    // Not even when the Chime session has ended meanwhile: nobody is at the door.
    story.leaves("host");
    story.world.chime.clear();
    story.send(Event::ChimeEnded { chime_meeting: "chime-1".into(), at: story.now });
    story.wait(5 * MINUTE);
    story.send(Event::Start(details(three())));
    assert_eq!(story.count("create-meeting"), 1);
}

#[test]
fn a_start_in_two_parts_brings_all_seats() {
    let mut story = Story::started();
    story.send(Event::Start(details(vec![invite("carl", Role::Guest)])));
    assert_eq!(story.m().seats.len(), 4);
    assert_eq!(story.ticket("carl").state, TicketState::Waiting);
}

#[test]
fn who_is_early_waits_and_the_chime_meeting_is_made_when_the_doors_open() {
    let mut story = Story::new();
    story.send(Event::Schedule(scheduled()));
    assert_eq!(story.meeting_says("Status__c"), "Scheduled");
    story.wait(40 * MINUTE);
    story.arrives("anna");
    assert_eq!(story.ticket("anna").state, TicketState::Waiting);
    assert_eq!(story.ticket("anna").opens_at, Some(START + HOUR));
    assert_eq!(story.person_says("anna", "Status__c"), "Waiting");
    assert_eq!(story.deadline, Some(START + 50 * MINUTE));
    story.wait(10 * MINUTE - 1);
    assert_eq!(story.count("create-meeting"), 0);
    story.wait(1);
    assert_eq!(story.count("create-meeting"), 1);
    assert_eq!(story.meeting_says("Status__c"), "Open");
    assert_eq!(story.ticket("anna").state, TicketState::Open);
}

#[test]
fn open_doors_alone_make_no_chime_meeting_but_the_first_arrival_does() {
    let mut story = Story::new();
    story.send(Event::Schedule(scheduled()));
    story.wait(55 * MINUTE);
    assert_eq!(story.count("create-meeting"), 0);
    assert_eq!(story.status(), "Scheduled");
    story.arrives("ben");
    assert_eq!(story.count("create-meeting"), 1);
    assert_eq!(story.status(), "Open");
}

#[test]
fn the_start_button_opens_a_scheduled_meeting_before_its_time() {
    let mut story = Story::new();
    story.send(Event::Schedule(scheduled()));
    story.send(Event::Start(Details::default()));
    assert_eq!(story.status(), "Open");
    assert_eq!(story.ticket("host").state, TicketState::Open);
    // A schedule that comes late does not close it again.
    story.send(Event::Schedule(scheduled()));
    assert_eq!(story.status(), "Open");
}

#[test]
fn a_cancelled_meeting_stays_cancelled() {
    let mut story = Story::new();
    story.send(Event::Schedule(scheduled()));
    story.send(Event::Cancel);
    assert_eq!(story.meeting_says("Status__c"), "Cancelled");
    assert_eq!(story.ticket("anna").state, TicketState::Ended);
    story.send(Event::End);
    story.arrives("anna");
    story.send(Event::Start(details(three())));
    assert_eq!(story.status(), "Cancelled");
    assert_eq!(story.m().reason, "Cancelled by request");
    assert_eq!(story.refusals.last().unwrap().code, "CB-014");
    assert_eq!(story.count("create-meeting"), 0);
    story.assert_it_comes_to_rest();
}

#[test]
fn a_start_that_comes_when_all_is_over_was_done_if_it_was_asked_for_before() {
    let mut story = Story::live();
    story.send(Event::End);
    let ended = story.m().ended_at.unwrap();
    let asked = |asked_at| Event::Start(Details { asked_at: Some(asked_at), ..details(three()) });
    story.send(asked(ended - MINUTE));
    assert!(story.refusals.is_empty(), "{:?}", story.refusals);
    story.send(asked(ended + MINUTE));
    assert_eq!(story.refusals.last().unwrap().code, "CB-014");
    assert_eq!(story.status(), "Ended");
    assert_eq!(story.count("create-meeting"), 1);
}

#[test]
fn what_has_taken_place_is_not_cancelled_but_ended() {
    let mut story = Story::live();
    story.leaves("host");
    story.world.chime.clear();
    story.send(Event::Check);
    assert_eq!(story.status(), "Open");
    story.send(Event::Cancel);
    assert_eq!(story.status(), "Ended");
}

#[test]
fn a_quarter_of_an_hour_without_a_human_ends_the_meeting_when_the_last_one_left() {
    let mut story = Story::live();
    story.wait(HOUR);
    assert_eq!(story.status(), "Live");
    story.leaves("host");
    let left = story.now;
    story.wait(15 * MINUTE - 1);
    assert_eq!(story.status(), "Live");
    story.wait(1);
    assert_eq!(story.meeting_says("Status__c"), "Ended");
    assert_eq!(story.meeting_says("Status_Reason__c"), "Nobody was there any more");
    assert_eq!(story.meeting_says("Ended_At__c"), date(left));
}

#[test]
fn a_meeting_nobody_enters_ends_by_itself() {
    let mut story = Story::started();
    story.wait(15 * MINUTE);
    assert_eq!(story.meeting_says("Status_Reason__c"), "Nobody came");
    assert!(story.world.chime.is_empty());
    story.assert_it_comes_to_rest();
}

#[test]
fn before_its_scheduled_start_nobody_is_missed() {
    let mut story = Story::new();
    let start = START + 3 * DAY;
    let details = Details { scheduled_start: Some(start), ..details(three()) };
    story.send(Event::Schedule(details));
    story.wait(3 * DAY + 15 * MINUTE - 1);
    assert_eq!(story.status(), "Scheduled");
    story.wait(1);
    assert_eq!(story.status(), "Ended");
}

#[test]
fn the_scheduled_end_plus_grace_ends_it_even_with_people_inside() {
    let mut story = Story::new();
    story.send(Event::Schedule(scheduled()));
    story.wait(HOUR);
    story.joins("anna");
    story.wait(75 * MINUTE - 1);
    assert_eq!(story.status(), "Live");
    story.wait(1);
    assert_eq!(story.meeting_says("Status__c"), "Ended");
    assert_eq!(story.meeting_says("Status_Reason__c"), "The scheduled end has passed");
    assert_eq!(story.person_says("anna", "Last_Left_At__c"), date(START + 135 * MINUTE));
}

#[test]
fn tickets_and_secrets_leave_a_week_after_the_end() {
    let mut story = Story::live();
    story.send(Event::End);
    assert!(story.secrets.contains("attendee:host@chime-1"));
    story.wait(7 * DAY);
    assert_eq!(story.wanted.iter().filter(|e| matches!(e, Effect::DeleteTicket { .. })).count(), 3);
    assert!(story.secrets.is_empty());
    story.assert_it_comes_to_rest();
    assert_eq!(story.deadline, None);
}

#[test]
fn a_region_outside_the_allow_list_is_not_used_and_said_so() {
    let mut story = Story::new();
    let asked = Details { region: Some("us-east-1".into()), ..details(three()) };
    story.send(Event::Start(asked));
    let used =
        |e: &Effect| matches!(e, Effect::CreateMeeting { region, .. } if region == "eu-central-1");
    assert!(story.wanted.iter().any(used));
    let reason = story.meeting_says("Status_Reason__c");
    assert!(reason.as_str().unwrap().starts_with("CB-013"), "{reason}");
    // A final reason is not written over by such a remark.
    story.send(Event::End);
    let values = json!({"Media_Region__c": "us-east-1"}).as_object().unwrap().clone();
    story.send(Event::RecordChanged { object: "Chime_Meeting__c".into(), id: ID.into(), values });
    assert_eq!(story.meeting_says("Status_Reason__c"), "Ended by request");
}

#[test]
fn the_clock_ends_nothing_before_what_waits_in_the_queues_was_heard() {
    let mut story = Story::live();
    story.wait(MINUTE);
    story.leaves("host");
    let left = story.now;
    // Nobody listens for an hour.
    story.heard = Some(left + MINUTE);
    story.now += HOUR;
    story.send(Event::Tick);
    assert_eq!(story.meeting_says("Status__c"), "Live");
    assert!(story.deadline.is_some_and(|at| at <= story.now), "it stays due");
    // All that happened in the first quarter of it is heard, and nothing was there.
    story.heard = Some(left + 15 * MINUTE);
    story.send(Event::Tick);
    assert_eq!(story.meeting_says("Status__c"), "Ended");
    assert_eq!(story.meeting_says("Status_Reason__c"), "Nobody was there any more");
    assert_eq!(story.meeting_says("Ended_At__c"), date(left));
}
