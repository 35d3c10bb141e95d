//! Seats: invited, let in, removed, and what their pages may say.

use serde_json::json;

use super::story::{DAY, HOUR, MINUTE, SECOND, START, Story, details, invite, three};
use crate::meeting::effect::{Effect, Outcome};
use crate::meeting::event::{Event, PresenceKind, Said, SeatInvite};
use crate::meeting::model::Role;
use crate::meeting::records::date;
use chime_contract::Secret;
use chime_contract::ticket::TicketState;

fn crowd(n: usize) -> Story {
    let mut story = Story::new();
    let seats = (0..n).map(|i| invite(&format!("p{i:03}"), Role::Guest)).collect();
    story.send(Event::Start(details(seats)));
    story
}

#[test]
fn who_is_invited_later_gets_a_ticket_and_enters() {
    let mut story = Story::live();
    story.send(Event::Invite(vec![invite("carl", Role::Guest)]));
    assert_eq!(story.ticket("carl").state, TicketState::Waiting);
    // Nothing to tell: the record is as the package inserted it.
    assert_eq!(story.person_says("carl", "Status__c"), json!(null));
    story.joins("carl");
    assert_eq!(story.person_says("carl", "Status__c"), "In meeting");
}

#[test]
fn a_removed_person_is_out_at_once_and_stays_out() {
    let mut story = Story::live();
    story.wait(MINUTE);
    story.joins("anna");
    story.wait(MINUTE);
    story.send(Event::Remove { seat: "anna".into() });
    assert_eq!(story.ticket("anna").state, TicketState::Removed);
    assert_eq!(story.person_says("anna", "Status__c"), "Removed");
    assert!(story.world.attendees.iter().all(|(_, a)| a != "anna@chime-1"));
    assert!(!story.secrets.contains("attendee:anna@chime-1"));
    // Chime may never say so: the log is right all the same.
    assert_eq!(story.person_says("anna", "Seconds_Present__c"), 60);
    // Nothing the page says helps.
    let made = story.count("create-attendee");
    story.arrives("anna");
    story.consents("anna", true);
    assert_eq!(story.count("create-attendee"), made);
    assert_eq!(story.person_says("anna", "Consent__c"), json!(null));
    // The end Chime tells is the truth.
    story.wait(2 * SECOND);
    story.chime_tells("anna", PresenceKind::Deleted);
    assert_eq!(story.person_says("anna", "Seconds_Present__c"), 62);
    story.assert_nothing_untold();
}

#[test]
fn who_is_removed_while_the_attendee_is_made_does_not_get_in() {
    let mut story = Story::started();
    story.held = vec!["create-attendee"];
    story.arrives("anna");
    story.send(Event::Remove { seat: "anna".into() });
    story.release();
    assert_eq!(story.ticket("anna").state, TicketState::Removed);
    assert!(story.world.attendees.iter().all(|(_, a)| a != "anna@chime-1"));
    assert!(!story.secrets.contains("attendee:anna@chime-1"));
}

#[test]
fn who_is_invited_again_after_removal_gets_a_new_attendee() {
    let mut story = Story::live();
    story.joins("anna");
    story.send(Event::Remove { seat: "anna".into() });
    // A repeated START or a read record does not undo it.
    story.send(Event::Start(details(three())));
    story.arrives("anna");
    assert_eq!(story.ticket("anna").state, TicketState::Removed);
    story.wait(MINUTE);
    let anew = SeatInvite { ticket: "t-anna-2".into(), ..invite("anna", Role::Guest) };
    story.send(Event::Invite(vec![anew]));
    assert_eq!(story.ticket("anna").state, TicketState::Waiting);
    story.joins("anna");
    assert_eq!(story.ticket("anna").state, TicketState::Open);
    assert!(story.world.attendees.iter().any(|(_, a)| a == "anna@chime-1"));
    assert_eq!(story.person_says("anna", "Status__c"), "In meeting");
}

#[test]
fn the_key_of_an_invitation_that_comes_after_the_end_is_not_kept() {
    let mut story = Story::live();
    story.send(Event::End);
    let late = |id: &str, key: &str| SeatInvite { ticket: key.into(), ..invite(id, Role::Guest) };
    story.send(Event::Invite(vec![late("carl", "t-carl"), late("anna", "t-anna")]));
    assert!(story.dropped.contains("seat:carl:t-carl"));
    assert!(!story.dropped.contains("seat:anna:t-anna"), "that ticket must still be swept");
}

#[test]
fn the_link_that_was_taken_away_stays_closed_when_the_person_is_invited_again() {
    let with_key = |key: &str| SeatInvite { ticket: key.into(), ..invite("anna", Role::Guest) };
    let mut story = Story::live();
    story.joins("anna");
    // A new key alone opens nothing: only who was removed gets another.
    story.send(Event::Invite(vec![with_key("t-stray")]));
    assert_eq!(story.ticket("anna").ticket, "t-anna");
    assert!(story.dropped.contains("seat:anna:t-stray"));
    story.held = vec!["ticket"];
    story.send(Event::Remove { seat: "anna".into() });
    story.send(Event::Invite(vec![with_key("t-anna-2")]));
    // What the old key's ticket says last is still to be written, under its own name.
    assert_eq!(story.said_by_ticket("t-anna").state, TicketState::Removed);
    assert_eq!(story.said_by_ticket("t-anna-2").state, TicketState::Waiting);
    assert!(story.waiting.contains_key("ticket:anna:t-anna"));
    assert!(story.waiting.contains_key("ticket:anna:t-anna-2"));
    story.held.clear();
    story.release();
    story.wait(MINUTE);
    story.joins("anna");
    assert_eq!(story.said_by_ticket("t-anna-2").state, TicketState::Open);
    // Neither the old invitation nor the meeting read again brings the old key back.
    story.send(Event::Invite(vec![with_key("t-anna")]));
    story.send(Event::Remove { seat: "anna".into() });
    // Nor does a late copy of any invitation undo a removal.
    for known in ["t-anna", "t-anna-2", ""] {
        story.send(Event::Invite(vec![with_key(known)]));
        assert_eq!(story.said_by_ticket("t-anna").state, TicketState::Removed);
        assert_eq!(story.said_by_ticket("t-anna-2").state, TicketState::Removed);
    }
    assert!(!story.dropped.contains("seat:anna:t-anna"), "its ticket can still be written");
    // A week after the end, both tickets and both keys go.
    story.send(Event::End);
    assert_eq!(story.said_by_ticket("t-anna").state, TicketState::Removed);
    story.wait(8 * DAY);
    for ticket in ["t-anna", "t-anna-2"] {
        let gone = |e: &Effect| matches!(e, Effect::DeleteTicket { ticket: t, .. } if t == ticket);
        assert!(story.wanted.iter().any(gone), "{ticket}");
        assert!(story.dropped.contains(&format!("seat:anna:{ticket}")), "{ticket}");
    }
}

#[test]
fn nobody_is_invited_to_or_removed_from_what_is_over_or_was_never_there() {
    let mut story = Story::live();
    story.send(Event::Remove { seat: "nobody".into() });
    assert_eq!(story.refusals.last().unwrap().code, "CB-016");
    story.send(Event::End);
    let rows = story.rows.clone();
    story.send(Event::Invite(vec![invite("carl", Role::Guest)]));
    assert_eq!(story.refusals.last().unwrap().code, "CB-014");
    story.send(Event::Remove { seat: "host".into() });
    assert_eq!(story.rows, rows);
}

#[test]
fn asking_again_at_the_door_makes_one_attendee() {
    let mut story = Story::started();
    story.held = vec!["create-attendee"];
    for _ in 0..5 {
        story.arrives("anna");
        story.wait(SECOND);
    }
    story.release();
    story.arrives("anna");
    let made = story.wanted.iter().filter(|e| e.name() == "create-attendee:1:anna").count();
    assert_eq!(made, 1);
}

#[test]
fn a_second_attendee_for_one_seat_is_not_kept() {
    let mut story = Story::live();
    let effect = story.wanted.iter().find(|e| e.name() == "create-attendee:1:host").cloned();
    let again = Outcome::AttendeeCreated {
        attendee: "other".into(),
        join_token: Secret::new("token".into()),
    };
    story.world.attendees.insert(("chime-1".into(), "other".into()));
    story.give(effect.unwrap(), again);
    story.answer();
    assert_eq!(story.ticket("host").attendee.unwrap(), "host@chime-1");
    assert_eq!(story.world.attendees.len(), 1);
    assert!(!story.secrets.contains("attendee:other"));
}

#[test]
fn an_attendee_chime_refuses_is_told_at_the_door_and_may_try_again() {
    let mut story = Story::started();
    story.held = vec!["create-attendee"];
    story.arrives("anna");
    story.fail("create-attendee", "CB-031");
    assert_eq!(story.ticket("anna").reason.unwrap(), "CB-031: it would not");
    story.held.clear();
    story.arrives("anna");
    assert_eq!(story.ticket("anna").state, TicketState::Open);
    assert_eq!(story.ticket("anna").reason, None);
}

#[test]
fn three_hundred_people_may_be_invited_and_the_record_says_how_many_get_in() {
    let story = crowd(300);
    let reason = story.meeting_says("Status_Reason__c");
    let says = "CB-012: 300 people are invited; Amazon Chime lets 248 in at a time";
    assert_eq!(reason, says);
    assert_eq!(story.status(), "Open");
    // Also when they come in several commands.
    let mut story = crowd(200);
    assert_eq!(story.meeting_says("Status_Reason__c"), json!(null));
    let more = (200..300).map(|i| invite(&format!("p{i:03}"), Role::Guest)).collect();
    story.send(Event::Invite(more));
    assert_eq!(story.meeting_says("Status_Reason__c"), says);
}

#[test]
fn seat_two_hundred_and_forty_nine_finds_the_meeting_full_until_one_is_removed() {
    let mut story = crowd(249);
    story.settings.signals_per_minute = 600;
    for i in 0..249 {
        story.arrives(&format!("p{i:03}"));
        story.wait(1);
    }
    assert_eq!(story.world.attendees.len(), 248);
    let ticket = story.ticket("p248");
    assert_eq!(ticket.state, TicketState::Waiting);
    assert!(ticket.reason.unwrap().starts_with("CB-017"));
    story.send(Event::Remove { seat: "p000".into() });
    assert_eq!(story.ticket("p248").state, TicketState::Open);
    assert_eq!(story.world.attendees.len(), 248);
}

#[test]
fn a_crowd_at_the_door_when_the_meeting_is_made_does_not_overrun_it() {
    let mut story = Story::new();
    let seats = (0..300).map(|i| invite(&format!("p{i:03}"), Role::Guest)).collect();
    story.held = vec!["create-"];
    story.send(Event::Start(details(seats)));
    for i in (0..300).rev() {
        story.arrives(&format!("p{i:03}"));
        story.now += 1;
    }
    story.held = vec!["create-attendee"];
    story.answer();
    assert_eq!(story.count("create-attendee"), 248);
    // First come, first served.
    assert_eq!(story.ticket("p000").state, TicketState::Waiting);
    story.release();
    assert_eq!(story.ticket("p299").state, TicketState::Open);
}

#[test]
fn sixty_signals_a_minute_are_heard_and_no_more() {
    let mut story = Story::live();
    for n in 0..61 {
        story.says("anna", Said::Chat { text: format!("line {n}") });
    }
    assert_eq!(story.rows_of("Chime_Meeting_Log__c").len(), 60);
    story.wait(MINUTE);
    story.says("anna", Said::Chat { text: "again".into() });
    assert_eq!(story.rows_of("Chime_Meeting_Log__c").len(), 61);
}

#[test]
fn a_chat_line_told_twice_is_one_entry() {
    let mut story = Story::live();
    let said = Said::Chat { text: "hello".into() };
    let (seat, load, at) = ("anna".to_string(), "l1".to_string(), story.now);
    let signal = Event::Signal { seat, at, load, counter: 7, said };
    story.send(signal.clone());
    story.send(signal);
    let rows = story.rows_of("Chime_Meeting_Log__c");
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["Kind__c"], "Chat");
    assert_eq!(rows[0]["Text__c"], "hello");
    assert_eq!(rows[0]["Participant__c"], "anna");
}

#[test]
fn what_was_said_before_being_taken_away_counts_although_it_comes_after_it() {
    let mut story = Story::live();
    story.joins("anna");
    let said_at = story.now;
    story.wait(MINUTE);
    story.send(Event::Remove { seat: "anna".into() });
    let hears = |story: &mut Story, counter, at, said| {
        let (seat, load) = ("anna".to_string(), "l9".to_string());
        story.send(Event::Signal { seat, at, load, counter, said });
    };
    hears(&mut story, 1, said_at, Said::Consent { given: true });
    hears(&mut story, 2, said_at, Said::Chat { text: "a line before".into() });
    assert_eq!(story.person_says("anna", "Consent__c"), "Given");
    assert_eq!(story.rows_of("Chime_Meeting_Log__c").len(), 2);

    let later = story.now + 1;
    hears(&mut story, 3, later, Said::Consent { given: false });
    hears(&mut story, 4, later, Said::Chat { text: "a line after".into() });
    hears(&mut story, 5, said_at, Said::Arrived { failed_meeting: None });
    assert_eq!(story.person_says("anna", "Consent__c"), "Given");
    assert_eq!(story.rows_of("Chime_Meeting_Log__c").len(), 2);
    assert_eq!(story.ticket("anna").state, TicketState::Removed);
}

#[test]
fn a_host_may_remove_and_end_from_the_room_and_nobody_else_may() {
    let mut story = Story::live();
    story.joins("anna");
    for said in
        [Said::End, Said::Record, Said::StopRecording, Said::Remove { target: "host".into() }]
    {
        story.says("anna", said);
        assert_eq!(story.refusals.pop().unwrap().code, "CB-018");
    }
    assert_eq!(story.status(), "Live");
    assert_eq!(story.m().record_wanted, None);
    story.says("host", Said::Remove { target: "anna".into() });
    assert_eq!(story.person_says("anna", "Status__c"), "Removed");
    story.says("host", Said::End);
    assert_eq!(story.meeting_says("Status_Reason__c"), "Ended by the host");
}

#[test]
fn who_leaves_the_door_is_not_waited_for() {
    let mut story = Story::new();
    story.held = vec!["create-meeting"];
    story.send(Event::Start(details(three())));
    story.arrives("anna");
    story.wait(SECOND);
    story.says("anna", Said::Left);
    story.release();
    assert_eq!(story.ticket("anna").state, TicketState::Waiting);
    assert_eq!(story.person_says("anna", "Status__c"), "Invited");
}

#[test]
fn the_pages_goodbye_counts_where_chime_says_nothing_even_if_it_came_first() {
    let mut story = Story::started();
    story.arrives("anna");
    story.wait(MINUTE);
    story.says("anna", Said::Left);
    let joined = story.fact("anna", PresenceKind::Joined, START + 10 * SECOND);
    story.send(joined);
    assert_eq!(story.person_says("anna", "Status__c"), "Left");
    assert_eq!(story.person_says("anna", "Seconds_Present__c"), 50);
    let row = story.rows_of("Chime_Participant_Session__c")[0].clone();
    assert_eq!(row["Source__c"], "Room");
    let left = story.fact("anna", PresenceKind::Left, START + 62 * SECOND);
    story.send(left);
    assert_eq!(story.person_says("anna", "Seconds_Present__c"), 52);
    story.assert_nothing_untold();
}

#[test]
fn a_guest_in_a_tunnel_is_one_participant_with_two_sessions_and_the_right_total() {
    let mut story = Story::live();
    story.arrives("anna");
    // Out of order, and the drop is told twice.
    for (kind, at) in [
        (PresenceKind::Joined, 300),
        (PresenceKind::Dropped, 240),
        (PresenceKind::Joined, 60),
        (PresenceKind::Dropped, 240),
    ] {
        let fact = story.fact("anna", kind, START + at * SECOND);
        story.now = START + 301 * SECOND;
        story.send(fact);
    }
    assert_eq!(story.person_says("anna", "Status__c"), "In meeting");
    story.wait(299 * SECOND);
    story.send(Event::End);
    assert_eq!(story.person_says("anna", "Seconds_Present__c"), 180 + 300);
    assert_eq!(story.person_says("anna", "First_Joined_At__c"), date(START + MINUTE));
    let reasons: Vec<_> = story.rows_of("Chime_Participant_Session__c");
    let reasons: Vec<_> = reasons.iter().map(|r| r["End_Reason__c"].clone()).collect();
    assert_eq!(reasons, ["Dropped", "Meeting ended", "Meeting ended"]);
    story.assert_nothing_untold();
}

#[test]
fn an_orphan_is_closed_as_inferred_when_its_session_is_found_gone() {
    let mut story = Story::live();
    story.wait(12 * MINUTE);
    story.world.chime.clear();
    story.wait(4 * MINUTE);
    assert_eq!(story.status(), "Open");
    let row = story.rows_of("Chime_Participant_Session__c")[0].clone();
    assert_eq!(row["End_Reason__c"], "Inferred");
    assert_eq!(row["Source__c"], "Inferred");
    assert_eq!(row["Left_At__c"], date(START + 15 * MINUTE));
    // Chime's own word, late, is better.
    let at = START + 13 * MINUTE;
    story.send(Event::ChimeEnded { chime_meeting: "chime-1".into(), at });
    let row = story.rows_of("Chime_Participant_Session__c")[0].clone();
    assert_eq!(row["End_Reason__c"], "Meeting ended");
    assert_eq!(row["Left_At__c"], date(at));
    story.wait(HOUR);
    assert_eq!(story.status(), "Ended");
    assert_eq!(story.meeting_says("Ended_At__c"), date(at));
}

#[test]
fn a_seat_without_a_key_is_a_seat_without_a_ticket() {
    let mut story = Story::started();
    let keyless =
        crate::meeting::event::SeatInvite { ticket: String::new(), ..invite("carl", Role::Guest) };
    story.send(Event::Invite(vec![keyless]));
    assert!(story.wanted.iter().all(|e| !e.name().starts_with("ticket:carl")));
    story.send(Event::Invite(vec![invite("carl", Role::Guest)]));
    assert_eq!(story.ticket("carl").ticket, "t-carl");
}
