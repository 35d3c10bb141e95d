//! Transactions: all or nothing, one after the other, and still there afterwards.

use std::time::Duration;

use super::{Place, change, letter, meeting, none, stop};
use crate::store::{Link, StoreError};

pub(super) async fn a_dropped_transaction_leaves_nothing(place: &Place) {
    let store = place.open().await;
    let mut tx = store.begin().await.unwrap();
    tx.unseen(&[[1; 16]], 1).await.unwrap();
    tx.put_meeting(&meeting("m"), &[Link { kind: "task", value: "t".into() }], Some(1))
        .await
        .unwrap();
    tx.put_effects("m", std::slice::from_ref(&stop("x")), 1, 1).await.unwrap();
    tx.put_changes(vec![change("O", "1", "m", &[])], 1, 1).await.unwrap();
    tx.put_secret("s", &[1]).await.unwrap();
    tx.put_position("t", &[1], 1).await.unwrap();
    tx.put_dead_letter(&letter("l", 1)).await.unwrap();
    tx.put_tombstone("d", 1, 9).await.unwrap();
    tx.put_note("n", "v").await.unwrap();
    drop(tx);
    let mut tx = store.begin().await.unwrap();
    assert_eq!(tx.unseen(&[[1; 16]], 1).await.unwrap(), [true]);
    assert!(tx.meeting("m").await.unwrap().is_none());
    assert!(tx.linked(&Link { kind: "task", value: "t".into() }).await.unwrap().is_none());
    assert!(tx.tombstone("d").await.unwrap().is_none());
    drop(tx);
    assert_eq!(store.counts().await.unwrap(), Default::default());
    assert_eq!(store.secret("s").await.unwrap(), None);
    assert_eq!(store.position("t").await.unwrap(), None);
    assert_eq!(store.note("n").await.unwrap(), None);
}

pub(super) async fn readers_see_nothing_before_the_commit(place: &Place) {
    let store = place.open().await;
    let mut tx = store.begin().await.unwrap();
    tx.put_meeting(&meeting("m"), &[], Some(1)).await.unwrap();
    assert!(store.meeting("m").await.unwrap().is_none());
    assert!(store.due_deadlines(9, 9).await.unwrap().is_empty());
    tx.commit().await.unwrap();
    assert!(store.meeting("m").await.unwrap().is_some());
}

/// Each writer reads a number and writes it back raised by one: a lost turn would show.
pub(super) async fn two_writers_take_turns_and_lose_nothing(place: &Place) {
    let store = place.open().await;
    let mut tx = store.begin().await.unwrap();
    tx.put_meeting(&meeting("m"), &[], None).await.unwrap();
    tx.commit().await.unwrap();
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let store = store.clone();
        writers.spawn(async move {
            for _ in 0..25 {
                let mut tx = store.begin().await.unwrap();
                let mut meeting = tx.meeting("m").await.unwrap().unwrap();
                tokio::task::yield_now().await;
                meeting.revision += 1;
                tx.put_meeting(&meeting, &[], None).await.unwrap();
                tx.commit().await.unwrap();
            }
        });
    }
    while let Some(done) = writers.join_next().await {
        done.unwrap();
    }
    assert_eq!(store.meeting("m").await.unwrap().unwrap().revision, 100);
}

/// Writers are aborted wherever they happen to be, between and within statements.
pub(super) async fn a_writer_cut_off_in_mid_statement_leaves_nothing(place: &Place) {
    let store = place.open().await;
    for round in 0..60u64 {
        let mut writers = tokio::task::JoinSet::new();
        writers.spawn({
            let store = store.clone();
            async move {
                let mut tx = store.begin().await.unwrap();
                let keys: Vec<_> = (0..400u32)
                    .map(|n| {
                        let mut key = [9; 16];
                        key[..4].copy_from_slice(&n.to_be_bytes());
                        key
                    })
                    .collect();
                tx.unseen(&keys, 1).await.unwrap();
                tx.put_note("half", "done").await.unwrap();
                std::future::pending::<()>().await;
            }
        });
        tokio::time::sleep(Duration::from_micros(round * 100)).await;
        drop(writers); // aborts
        let mut tx = store.begin().await.unwrap();
        assert_eq!(tx.unseen(&[[9; 16]], 1).await.unwrap(), [true]);
        let mut first = [9; 16];
        first[..4].copy_from_slice(&0u32.to_be_bytes());
        assert_eq!(tx.unseen(&[first], 1).await.unwrap(), [true], "round {round}");
        drop(tx);
        assert_eq!(store.note("half").await.unwrap(), None);
    }
}

pub(super) async fn a_store_opened_again_has_everything(place: &Place) {
    let store = place.open().await;
    let mut tx = store.begin().await.unwrap();
    tx.unseen(&[[1; 16]], 1).await.unwrap();
    tx.put_meeting(&meeting("m"), &[Link { kind: "task", value: "t".into() }], Some(7))
        .await
        .unwrap();
    tx.put_effects("m", std::slice::from_ref(&stop("x")), 1, 1).await.unwrap();
    tx.put_changes(vec![change("O", "1", "m", &[("A", 1)])], 1, 1).await.unwrap();
    tx.put_secret("s", &[1]).await.unwrap();
    tx.put_position("t", &[1], 1).await.unwrap();
    tx.put_dead_letter(&letter("l", 1)).await.unwrap();
    tx.put_tombstone("d", 1, 9).await.unwrap();
    tx.put_note("n", "v").await.unwrap();
    tx.commit().await.unwrap();
    let effect = store.due_effects(1, 9, &none()).await.unwrap().remove(0);
    let row = store.due_outbox(1, 9, &none()).await.unwrap().remove(0);
    let counts = store.counts().await.unwrap();
    drop(store);

    let store = place.open().await;
    assert_eq!(store.counts().await.unwrap(), counts);
    assert_eq!(store.meeting("m").await.unwrap(), Some(meeting("m")));
    assert_eq!(store.next_deadline().await.unwrap(), Some(7));
    assert_eq!(store.due_effects(1, 9, &none()).await.unwrap()[0], effect);
    assert_eq!(store.due_outbox(1, 9, &none()).await.unwrap(), [row]);
    assert_eq!(store.secret("s").await.unwrap(), Some(vec![1]));
    assert_eq!(store.position("t").await.unwrap(), Some(vec![1]));
    assert_eq!(store.dead_letter("l").await.unwrap(), Some(letter("l", 1)));
    assert_eq!(store.note("n").await.unwrap().as_deref(), Some("v"));
    let mut tx = store.begin().await.unwrap();
    assert_eq!(tx.unseen(&[[1; 16]], 2).await.unwrap(), [false]);
    assert_eq!(tx.tombstone("d").await.unwrap(), Some(1));
    tx.finish_effect("m", &effect.name, effect.generation).await.unwrap();
    tx.put_effects("m", std::slice::from_ref(&stop("x")), 1, 1).await.unwrap();
    tx.commit().await.unwrap();
    let anew = store.due_effects(1, 9, &none()).await.unwrap().remove(0);
    assert!(anew.generation > effect.generation, "generations rise across restarts");
}

pub(super) async fn a_second_bridge_on_the_same_store_is_refused(place: &Place) {
    let store = place.open().await;
    let refused = place.try_open().await.err().unwrap();
    assert!(matches!(refused, StoreError::Held { .. }), "{refused}");
    assert!(refused.to_string().contains("bridge.db"));
    drop(store);
    place.open().await;
}
