//! Facts, meetings, and the small tables beside them.

use super::{Place, letter, meeting};
use crate::meeting::model::Status;
use crate::store::{Fingerprint, Link};

fn print(n: u32) -> Fingerprint {
    let mut print = [7; 16];
    print[..4].copy_from_slice(&n.to_be_bytes());
    print
}

pub(super) async fn a_fact_is_new_once_across_and_within_calls(place: &Place) {
    let store = place.open().await;
    let mut tx = store.begin().await.unwrap();
    let first = tx.unseen(&[print(1), print(2), print(1)], 10).await.unwrap();
    assert_eq!(first, [true, true, false]);
    let same_transaction = tx.unseen(&[print(2), print(3)], 10).await.unwrap();
    assert_eq!(same_transaction, [false, true]);
    tx.commit().await.unwrap();
    let mut tx = store.begin().await.unwrap();
    assert_eq!(tx.unseen(&[print(3), print(4)], 11).await.unwrap(), [false, true]);
    assert!(tx.unseen(&[], 11).await.unwrap().is_empty());
}

pub(super) async fn thousands_of_facts_in_one_call_keep_their_order(place: &Place) {
    let store = place.open().await;
    let mut tx = store.begin().await.unwrap();
    let odd: Vec<_> = (0..1_300).map(|n| print(2 * n + 1)).collect();
    assert!(tx.unseen(&odd, 10).await.unwrap().into_iter().all(|new| new));
    let all: Vec<_> = (0..2_600).rev().map(print).collect();
    let new = tx.unseen(&all, 10).await.unwrap();
    let even: Vec<bool> = (0..2_600).rev().map(|n| n % 2 == 0).collect();
    assert_eq!(new, even);
}

pub(super) async fn facts_out_of_time_are_forgotten_and_younger_ones_kept(place: &Place) {
    let store = place.open().await;
    let mut tx = store.begin().await.unwrap();
    tx.unseen(&[print(1)], 10).await.unwrap();
    tx.unseen(&[print(2)], 20).await.unwrap();
    tx.forget(20, 20).await.unwrap();
    assert_eq!(tx.unseen(&[print(1), print(2)], 30).await.unwrap(), [true, false]);
}

pub(super) async fn a_meeting_is_found_by_id_and_by_what_it_owns(place: &Place) {
    let store = place.open().await;
    let mut one = meeting("m1");
    let ticket = Link { kind: "ticket", value: "abc".into() };
    let task = Link { kind: "task", value: "abc".into() };
    let mut tx = store.begin().await.unwrap();
    tx.put_meeting(&one, std::slice::from_ref(&ticket), None).await.unwrap();
    assert_eq!(tx.meeting("m1").await.unwrap().unwrap(), one);
    assert_eq!(tx.linked(&ticket).await.unwrap().as_deref(), Some("m1"));
    one.revision = 9;
    tx.put_meeting(&one, &[], None).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(store.meeting("m1").await.unwrap().unwrap().revision, 9);
    assert!(store.meeting("m2").await.unwrap().is_none());
    let found = store.linked(&ticket).await.unwrap();
    assert_eq!(found.as_deref(), Some("m1"), "a later write without links takes none away");
    assert!(store.linked(&task).await.unwrap().is_none(), "the kind is part of the link");
}

pub(super) async fn open_meetings_are_listed_in_order_and_final_ones_are_not(place: &Place) {
    let store = place.open().await;
    let mut tx = store.begin().await.unwrap();
    for id in ["c", "a", "d", "b"] {
        let mut meeting = meeting(id);
        if id == "b" {
            meeting.status = Status::Ended;
        }
        tx.put_meeting(&meeting, &[], None).await.unwrap();
    }
    tx.commit().await.unwrap();
    assert_eq!(store.open_meetings("", 10).await.unwrap(), ["a", "c", "d"]);
    assert_eq!(store.open_meetings("a", 1).await.unwrap(), ["c"]);
    assert!(store.open_meetings("d", 10).await.unwrap().is_empty());
    assert_eq!(store.final_meetings("", 10).await.unwrap(), ["b"]);
    assert!(store.final_meetings("b", 10).await.unwrap().is_empty());
}

pub(super) async fn deadlines_come_oldest_first_and_go_with_the_next_write(place: &Place) {
    let store = place.open().await;
    assert_eq!(store.next_deadline().await.unwrap(), None);
    let mut tx = store.begin().await.unwrap();
    for (id, deadline) in [("a", Some(30)), ("b", Some(10)), ("c", None), ("d", Some(20))] {
        tx.put_meeting(&meeting(id), &[], deadline).await.unwrap();
    }
    tx.commit().await.unwrap();
    assert_eq!(store.next_deadline().await.unwrap(), Some(10));
    assert_eq!(store.due_deadlines(20, 10).await.unwrap(), ["b", "d"]);
    assert_eq!(store.due_deadlines(99, 1).await.unwrap(), ["b"]);
    assert!(store.due_deadlines(9, 10).await.unwrap().is_empty());
    let mut tx = store.begin().await.unwrap();
    tx.put_meeting(&meeting("b"), &[], None).await.unwrap();
    tx.put_meeting(&meeting("d"), &[], Some(40)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(store.due_deadlines(99, 10).await.unwrap(), ["a", "d"]);
    assert_eq!(store.next_deadline().await.unwrap(), Some(30));
}

pub(super) async fn secrets_are_replaced_and_dropped(place: &Place) {
    let store = place.open().await;
    let mut tx = store.begin().await.unwrap();
    tx.put_secret("seat:1", &[1, 0, 255]).await.unwrap();
    tx.put_secret("seat:2", &[2]).await.unwrap();
    tx.put_secret("seat:1", &[3]).await.unwrap();
    tx.drop_secret("seat:2").await.unwrap();
    tx.drop_secret("never").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(store.secret("seat:1").await.unwrap(), Some(vec![3]));
    assert_eq!(store.secret("seat:2").await.unwrap(), None);
}

pub(super) async fn a_position_moves_only_with_its_commit(place: &Place) {
    let store = place.open().await;
    let mut tx = store.begin().await.unwrap();
    tx.put_position("/event/A", &[0, 1], 1).await.unwrap();
    tx.put_position("/event/B", &[9; 10], 1).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = store.begin().await.unwrap();
    tx.put_position("/event/A", &[0, 2], 2).await.unwrap();
    drop(tx);
    assert_eq!(store.position("/event/A").await.unwrap(), Some(vec![0, 1]));
    assert_eq!(store.position("/event/B").await.unwrap(), Some(vec![9; 10]));
    assert_eq!(store.position("/event/C").await.unwrap(), None);
}

pub(super) async fn tombstones_last_as_long_as_told(place: &Place) {
    let store = place.open().await;
    let mut tx = store.begin().await.unwrap();
    tx.put_tombstone("a", 5, 100).await.unwrap();
    tx.put_tombstone("b", 6, 200).await.unwrap();
    tx.forget(0, 99).await.unwrap();
    assert_eq!(tx.tombstone("a").await.unwrap(), Some(5));
    tx.forget(0, 100).await.unwrap();
    assert_eq!(tx.tombstone("a").await.unwrap(), None);
    assert_eq!(tx.tombstone("b").await.unwrap(), Some(6));
}

pub(super) async fn a_dead_letter_is_one_however_often_it_is_written(place: &Place) {
    let store = place.open().await;
    let mut tx = store.begin().await.unwrap();
    tx.put_dead_letter(&letter("one", 1)).await.unwrap();
    tx.put_dead_letter(&letter("two", 2)).await.unwrap();
    let mut again = letter("one", 3);
    again.meeting = Some("m1".into());
    tx.put_dead_letter(&again).await.unwrap();
    tx.commit().await.unwrap();
    let all = store.dead_letters(false, 10).await.unwrap();
    assert_eq!(all, [again.clone(), letter("two", 2)], "newest first, whole");
    assert_eq!(store.dead_letters(false, 1).await.unwrap(), [again.clone()]);
    again.state = "Resolved".into();
    let mut tx = store.begin().await.unwrap();
    tx.put_dead_letter(&again).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(store.dead_letters(false, 10).await.unwrap(), [letter("two", 2)]);
    assert_eq!(store.dead_letters(true, 10).await.unwrap().len(), 2);
    assert_eq!(store.dead_letter("one").await.unwrap(), Some(again));
    assert_eq!(store.dead_letter("none").await.unwrap(), None);
}

pub(super) async fn notes_are_kept(place: &Place) {
    let store = place.open().await;
    let mut tx = store.begin().await.unwrap();
    tx.put_note("org", "00D").await.unwrap();
    tx.put_note("org", "00D5").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(store.note("org").await.unwrap().as_deref(), Some("00D5"));
    assert_eq!(store.note("mark").await.unwrap(), None);
}

pub(super) async fn counts_tell_what_waits(place: &Place) {
    let store = place.open().await;
    assert_eq!(store.counts().await.unwrap(), Default::default());
    let mut tx = store.begin().await.unwrap();
    let mut ended = meeting("b");
    ended.status = Status::Failed;
    tx.put_meeting(&meeting("a"), &[], None).await.unwrap();
    tx.put_meeting(&ended, &[], None).await.unwrap();
    tx.put_effects("a", std::slice::from_ref(&super::stop("x")), 5, 4).await.unwrap();
    tx.put_changes(vec![super::change("O", "1", "a", &[])], 9, 7).await.unwrap();
    tx.put_changes(vec![super::change("O", "2", "a", &[])], 9, 6).await.unwrap();
    tx.put_dead_letter(&letter("one", 1)).await.unwrap();
    tx.commit().await.unwrap();
    let counts = store.counts().await.unwrap();
    assert_eq!((counts.open_meetings, counts.effects, counts.outbox), (1, 1, 2));
    assert_eq!((counts.outbox_oldest, counts.dead_letters), (Some(6), 1));
}
