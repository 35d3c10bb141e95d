//! Facts that come late, early or out of order.

use super::story::{DAY, HOUR, MINUTE, SECOND, START, Story, details, three};
use crate::meeting::event::{Event, PresenceKind};
use crate::meeting::records::date;

#[test]
fn late_facts_never_make_an_ended_meeting_live_and_correct_the_log() {
    let mut story = Story::live();
    story.wait(10 * MINUTE);
    story.send(Event::End);
    assert_eq!(story.person_says("host", "Seconds_Present__c"), 600);
    // The host had dropped and come back, and anna was there for a minute: Chime told late.
    story.wait(HOUR);
    for (seat, kind, at) in [
        ("host", PresenceKind::Joined, 8 * MINUTE),
        ("anna", PresenceKind::Left, 3 * MINUTE),
        ("host", PresenceKind::Dropped, 5 * MINUTE),
        ("anna", PresenceKind::Joined, 2 * MINUTE),
    ] {
        let fact = story.fact(seat, kind, START + at);
        story.send(fact);
    }
    assert_eq!(story.meeting_says("Status__c"), "Ended");
    assert_eq!(story.person_says("host", "Seconds_Present__c"), 420);
    assert_eq!(story.person_says("anna", "Seconds_Present__c"), 60);
    assert_eq!(story.meeting_says("Participant_Count__c"), 2);
    assert_eq!(story.rows_of("Chime_Participant_Session__c").len(), 3);
    story.assert_nothing_untold();
    // After 14 days the log is closed.
    story.wait(14 * DAY);
    let fact = story.fact("ben", PresenceKind::Joined, START + MINUTE);
    story.send(fact);
    assert_eq!(story.meeting_says("Participant_Count__c"), 2);
}

#[test]
fn a_beginning_told_late_takes_a_wrong_connection_back() {
    let mut story = Story::started();
    let second = story.fact("anna", PresenceKind::Joined, START + 60 * SECOND);
    story.now = START + 2 * MINUTE;
    story.send(second);
    story.leaves("anna");
    assert_eq!(story.person_says("anna", "Seconds_Present__c"), 60);
    // It was a network change: Chime now tells of the first connection and its drop.
    for (kind, at) in [(PresenceKind::Dropped, 60), (PresenceKind::Joined, 20)] {
        let fact = story.fact("anna", kind, START + at * SECOND);
        story.send(fact);
    }
    assert_eq!(story.person_says("anna", "Seconds_Present__c"), 100);
    assert_eq!(story.person_says("anna", "First_Joined_At__c"), date(START + 20 * SECOND));
    story.assert_nothing_untold();
}

#[test]
fn the_meeting_goes_live_although_the_end_was_told_before_the_beginning() {
    let mut story = Story::started();
    story.wait(MINUTE);
    story.leaves("host");
    let joined = story.fact("host", PresenceKind::Joined, story.now - 30 * SECOND);
    story.send(joined);
    assert_eq!(story.meeting_says("Status__c"), "Live");
    assert_eq!(story.person_says("host", "Seconds_Present__c"), 30);
}

#[test]
fn facts_of_a_chime_meeting_not_known_yet_wait_until_it_is() {
    let mut story = Story::new();
    story.held = vec!["create-meeting"];
    story.send(Event::Start(details(three())));
    let mut presence = crate::meeting::event::Presence {
        seat: "host".into(),
        chime_meeting: "chime-1".into(),
        attendee: "host@chime-1".into(),
        kind: PresenceKind::Joined,
        at: story.now,
    };
    story.send(Event::Presence(presence.clone()));
    assert_eq!(story.status(), "Requested");
    presence.chime_meeting = "stranger".into();
    story.send(Event::Presence(presence));
    story.release();
    assert_eq!(story.status(), "Live");
    assert_eq!(story.rows_of("Chime_Participant_Session__c").len(), 1);
}
