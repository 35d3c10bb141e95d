//! The fold of connection facts, fact by fact.

use crate::clock::Millis;
use crate::meeting::event::PresenceKind;
use crate::meeting::event::PresenceKind::{Deleted, Dropped, Joined, Left, Removed, RoomLeft};
use crate::meeting::model::{Fact, Session};
use crate::meeting::participants::{Connection, End, Source, fold, present_ms};
use chime_contract::ticket::{MediaPlacement, TicketMeeting};

fn fact(at: Millis, kind: PresenceKind) -> Fact {
    Fact { at, kind, attendee: "a1".into(), chime_meeting: "c1".into() }
}

fn session(ended_at: Option<Millis>, end_inferred: bool) -> Session {
    Session {
        number: 1,
        chime: Some(TicketMeeting {
            meeting_id: "c1".into(),
            external_meeting_id: "m".into(),
            media_region: "eu-central-1".into(),
            media_placement: MediaPlacement {
                audio_host_url: String::new(),
                audio_fallback_url: String::new(),
                signaling_url: String::new(),
                event_ingestion_url: None,
            },
        }),
        wanted_at: 0,
        ended_at,
        end_inferred,
        end_told: None,
        control_region: "eu-central-1".into(),
    }
}

fn spans(facts: &[Fact], sessions: &[Session]) -> Vec<(Millis, Option<Millis>, Option<End>)> {
    let set: std::collections::BTreeSet<Fact> = facts.iter().cloned().collect();
    fold(set.iter(), sessions).into_iter().map(|c| (c.joined_at, c.left_at, c.end)).collect()
}

#[test]
fn a_drop_and_a_return_are_two_connections_whatever_order_they_arrive_in() {
    let facts = [fact(90, Left), fact(10, Joined), fact(60, Joined), fact(40, Dropped)];
    assert_eq!(
        spans(&facts, &[session(None, false)]),
        vec![(10, Some(40), Some(End::Dropped)), (60, Some(90), Some(End::Left))]
    );
}

#[test]
fn a_lost_end_is_closed_by_the_next_beginning() {
    let facts = [fact(10, Joined), fact(60, Joined), fact(90, Left)];
    assert_eq!(
        spans(&facts, &[session(None, false)]),
        vec![(10, Some(60), Some(End::Moved)), (60, Some(90), Some(End::Left))]
    );
}

#[test]
fn a_network_change_told_at_one_instant_ends_first_and_begins_then() {
    let facts = [fact(10, Joined), fact(50, Joined), fact(50, Dropped), fact(90, Left)];
    assert_eq!(
        spans(&facts, &[session(None, false)]),
        vec![(10, Some(50), Some(End::Dropped)), (50, Some(90), Some(End::Left))]
    );
}

#[test]
fn an_orphan_is_closed_with_its_session_and_says_whether_that_was_told_or_found() {
    let facts = [fact(10, Joined)];
    assert_eq!(
        spans(&facts, &[session(Some(80), false)]),
        vec![(10, Some(80), Some(End::MeetingEnded))]
    );
    assert_eq!(
        spans(&facts, &[session(Some(80), true)]),
        vec![(10, Some(80), Some(End::Inferred))]
    );
}

#[test]
fn an_end_without_a_beginning_makes_nothing() {
    assert_eq!(spans(&[fact(10, Left), fact(11, Dropped)], &[session(None, false)]), vec![]);
}

#[test]
fn the_rooms_word_counts_only_where_chime_is_silent() {
    let silent = [fact(10, Joined), fact(50, RoomLeft)];
    assert_eq!(spans(&silent, &[session(None, false)]), vec![(10, Some(50), Some(End::Left))]);
    let told = [fact(10, Joined), fact(50, RoomLeft), fact(52, Left)];
    assert_eq!(spans(&told, &[session(None, false)]), vec![(10, Some(52), Some(End::Left))]);
}

#[test]
fn a_removed_attendee_ends_as_removed() {
    let facts = [fact(10, Joined), fact(30, Deleted)];
    assert_eq!(spans(&facts, &[session(None, false)]), vec![(10, Some(30), Some(End::Removed))]);
}

#[test]
fn overlapping_intervals_are_counted_once() {
    let of = |joined_at, left_at| Connection {
        attendee: "a".into(),
        chime_meeting: "c".into(),
        joined_at,
        left_at: Some(left_at),
        end: Some(End::Left),
        source: Source::Chime,
    };
    assert_eq!(present_ms(&[of(0, 100), of(50, 150), of(200, 210)]), 160);
}

#[test]
fn a_connection_too_short_for_the_clock_is_over_and_not_open_for_ever() {
    let facts = [fact(10, Joined), fact(10, Left)];
    assert_eq!(spans(&facts, &[session(None, false)]), vec![(10, Some(10), Some(End::Left))]);
    // Two ends told at the instant of a change of networks do not end what begins then.
    let facts = [fact(10, Joined), fact(50, Left), fact(50, Dropped), fact(50, Joined)];
    assert_eq!(
        spans(&facts, &[session(None, false)]),
        vec![(10, Some(50), Some(End::Left)), (50, None, None)]
    );
}

#[test]
fn our_own_removal_counts_only_until_chime_tells_the_end() {
    let silent = [fact(10, Joined), fact(30, Removed)];
    assert_eq!(spans(&silent, &[session(None, false)]), vec![(10, Some(30), Some(End::Removed))]);
    let told = [fact(10, Joined), fact(30, Removed), fact(31, Deleted)];
    assert_eq!(spans(&told, &[session(None, false)]), vec![(10, Some(31), Some(End::Removed))]);
}

#[test]
fn who_was_taken_away_ends_as_removed_whatever_word_chime_has_for_the_going() {
    let removed = Some(End::Removed);
    let by_us = [fact(10, Joined), fact(30, Removed), fact(31, Left)];
    assert_eq!(spans(&by_us, &[session(None, false)]), vec![(10, Some(31), removed)]);
    let at_once = [fact(10, Joined), fact(30, Left), fact(30, Deleted)];
    assert_eq!(spans(&at_once, &[session(None, false)]), vec![(10, Some(30), removed)]);
}
