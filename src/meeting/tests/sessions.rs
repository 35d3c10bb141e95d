//! Chime sessions: made when somebody arrives, ended by Chime, made again for who returns.

use super::story::{MINUTE, SECOND, START, Story, details, three};
use super::world::chime_meeting;
use crate::meeting::effect::{Effect, Outcome};
use crate::meeting::event::{Event, Said};
use chime_contract::ticket::TicketState;

#[test]
fn a_session_that_chime_ended_returns_the_record_to_open_and_who_returns_gets_the_next() {
    let mut story = Story::live();
    story.leaves("host");
    story.wait(4 * MINUTE);
    story.world.chime.clear();
    let ended = story.now;
    story.wait(2 * SECOND);
    story.send(Event::ChimeEnded { chime_meeting: "chime-1".into(), at: ended });
    assert_eq!(story.meeting_says("Status__c"), "Open");
    assert_eq!(story.ticket("host").state, TicketState::Waiting);
    assert_eq!(story.m().sessions[0].ended_at, Some(ended));
    assert!(!story.m().sessions[0].end_inferred);
    story.wait(MINUTE);
    story.arrives("host");
    assert_eq!(story.ticket("host").meeting.unwrap().meeting_id, "chime-2");
    assert_eq!(story.meeting_says("Chime_Meeting_Id__c"), "chime-2");
    story.joins("host");
    assert_eq!(story.meeting_says("Status__c"), "Live");
    story.assert_nothing_untold();
}

#[test]
fn who_comes_back_to_a_dead_session_nobody_told_of_gets_the_next() {
    let mut story = Story::live();
    story.leaves("host");
    story.wait(2 * MINUTE);
    story.world.chime.clear();
    story.says("host", Said::Arrived { failed_meeting: Some("chime-1".into()) });
    assert_eq!(story.ticket("host").meeting.unwrap().meeting_id, "chime-2");
    assert!(story.m().sessions[0].end_inferred);
}

#[test]
fn a_session_that_only_seemed_dead_goes_on_and_leaves_nobody_waiting() {
    let mut story = Story::live();
    story.says("host", Said::Arrived { failed_meeting: Some("chime-1".into()) });
    assert_eq!(story.m().sessions.len(), 1);
    story.leaves("host");
    story.wait(MINUTE);
    story.world.chime.clear();
    story.send(Event::Check);
    assert_eq!(story.count("create-meeting"), 1);
    assert_eq!(story.status(), "Open");
}

#[test]
fn two_sessions_are_at_least_half_a_minute_apart() {
    let mut story = Story::started();
    story.wait(5 * SECOND);
    story.world.chime.clear();
    story.send(Event::Check);
    story.arrives("anna");
    assert_eq!(story.count("create-meeting"), 1);
    assert_eq!(story.deadline, Some(START + 30 * SECOND));
    story.wait(25 * SECOND);
    assert_eq!(story.count("create-meeting"), 2);
    assert_eq!(story.ticket("anna").state, TicketState::Open);
}

#[test]
fn a_token_whose_meeting_is_over_raises_the_session_number() {
    let mut story = Story::new();
    story.held = vec!["create-meeting"];
    story.send(Event::Start(details(three())));
    let first = story.waiting.remove("create-meeting:1").unwrap();
    story.give(first.clone(), Outcome::MeetingGone);
    assert!(story.waiting.contains_key("create-meeting:2"));
    // Told again, it changes nothing.
    story.give(first, Outcome::MeetingGone);
    assert_eq!(story.m().sessions.len(), 2);
    story.release();
    assert_eq!(story.ticket("host").meeting.unwrap().meeting_id, "chime-2");
}

#[test]
fn a_chime_meeting_that_comes_after_the_end_is_deleted() {
    let mut story = Story::new();
    story.held = vec!["create-meeting"];
    story.send(Event::Start(details(three())));
    story.send(Event::End);
    story.release();
    assert_eq!(story.status(), "Ended");
    assert!(story.world.chime.is_empty());
    assert_eq!(story.count("create-attendee"), 0);
}

#[test]
fn chime_refusing_the_meeting_fails_it_with_the_first_reason() {
    let mut story = Story::new();
    story.held = vec!["create-meeting"];
    story.send(Event::Start(details(three())));
    story.fail("create-meeting", "CB-030");
    assert_eq!(story.meeting_says("Status__c"), "Failed");
    assert_eq!(story.meeting_says("Status_Reason__c"), "CB-030: it would not");
    assert_eq!(story.ticket("host").reason.unwrap(), "CB-030: it would not");
    story.send(Event::End);
    assert_eq!(story.meeting_says("Status_Reason__c"), "CB-030: it would not");
    story.assert_it_comes_to_rest();
}

#[test]
fn chime_refusing_a_later_session_leaves_the_meeting_open_to_try_again() {
    let mut story = Story::live();
    story.leaves("host");
    story.world.chime.clear();
    story.send(Event::Check);
    story.held = vec!["create-meeting"];
    story.wait(MINUTE);
    story.arrives("anna");
    story.fail("create-meeting", "CB-030");
    assert_eq!(story.status(), "Open");
    assert_eq!(story.ticket("anna").reason.unwrap(), "CB-030: it would not");
    story.wait(MINUTE);
    story.arrives("anna");
    story.release();
    assert_eq!(story.ticket("anna").state, TicketState::Open);
    // The refusal of a session that is long replaced is nobody's reason any more.
    story.send(Event::End);
    let failure = crate::meeting::effect::Failure { code: "CB-030".into(), text: "late".into() };
    let effect = Effect::CreateMeeting { session: 2, region: String::new() };
    story.give(effect, Outcome::Failed(failure));
    assert_eq!(story.m().reason, "Ended by request");
}

#[test]
fn a_second_chime_meeting_for_one_session_is_not_kept() {
    let mut story = Story::live();
    let effect = Effect::CreateMeeting { session: 1, region: String::new() };
    story.world.chime.insert("other".into());
    story.give(effect, Outcome::MeetingCreated { meeting: chime_meeting("other") });
    story.answer();
    assert_eq!(story.chime(), "chime-1");
    assert!(!story.world.chime.contains("other"));
}

#[test]
fn a_meeting_uses_at_most_its_number_of_chime_sessions() {
    let mut story = Story::new();
    story.settings.session_limit = 2;
    story.send(Event::Start(details(three())));
    for _ in 0..2 {
        story.wait(MINUTE);
        story.world.chime.clear();
        story.send(Event::Check);
        story.arrives("anna");
    }
    assert_eq!(story.status(), "Ended");
    assert!(story.m().reason.starts_with("CB-015"));
}
