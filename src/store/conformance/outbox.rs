//! Work that waits: effects by name, changes by record, lanes.

use std::collections::HashSet;

use super::{Place, change, none, objects, stop};
use crate::meeting::effect::Effect;
use crate::outbox::row::{Change, Operation, RecordKey};
use crate::store::{OutboxRow, Store};

async fn want(store: &dyn Store, changes: &[(Change, i64, i64)]) {
    let mut tx = store.begin().await.unwrap();
    for (change, due_at, now) in changes {
        tx.put_changes(vec![change.clone()], *due_at, *now).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn due(store: &dyn Store, now: i64) -> Vec<OutboxRow> {
    store.due_outbox(now, 100, &none()).await.unwrap()
}

pub(super) async fn a_result_of_an_older_content_leaves_the_effect_waiting(place: &Place) {
    let store = place.open().await;
    let mut tx = store.begin().await.unwrap();
    tx.put_effects("m", std::slice::from_ref(&stop("first")), 10, 5).await.unwrap();
    tx.commit().await.unwrap();
    let first = store.due_effects(10, 10, &none()).await.unwrap().remove(0);
    let mut tx = store.begin().await.unwrap();
    tx.retry_effect(&first, 3, 50).await.unwrap();
    tx.put_effects("m", std::slice::from_ref(&stop("second")), 20, 8).await.unwrap();
    assert!(!tx.finish_effect("m", &first.name, first.generation).await.unwrap(), "older");
    tx.commit().await.unwrap();
    let rows = store.due_effects(20, 10, &none()).await.unwrap();
    assert_eq!(rows.len(), 1, "one name, one row");
    assert_eq!(rows[0].effect, stop("second"));
    assert!(rows[0].generation > first.generation);
    assert_eq!((rows[0].attempts, rows[0].due_at, rows[0].wanted_at), (0, 20, 5));
    let mut tx = store.begin().await.unwrap();
    assert!(tx.finish_effect("m", &first.name, rows[0].generation).await.unwrap(), "newest");
    tx.commit().await.unwrap();
    assert_eq!(store.next_effect().await.unwrap(), None);
}

pub(super) async fn a_failure_of_an_older_content_does_not_put_off_the_newer_one(place: &Place) {
    let store = place.open().await;
    let mut tx = store.begin().await.unwrap();
    tx.put_effects("m", std::slice::from_ref(&stop("first")), 10, 5).await.unwrap();
    tx.commit().await.unwrap();
    let first = store.due_effects(10, 10, &none()).await.unwrap().remove(0);
    let mut tx = store.begin().await.unwrap();
    tx.put_effects("m", std::slice::from_ref(&stop("second")), 20, 8).await.unwrap();
    tx.retry_effect(&first, 3, 500).await.unwrap();
    tx.commit().await.unwrap();
    let second = store.due_effects(20, 10, &none()).await.unwrap().remove(0);
    assert_eq!((&second.effect, second.attempts, second.due_at), (&stop("second"), 0, 20));
    let mut tx = store.begin().await.unwrap();
    tx.retry_effect(&second, 1, 50).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(store.next_effect().await.unwrap(), Some(50), "its own failure puts it off");
}

pub(super) async fn a_late_result_does_not_remove_an_effect_wanted_anew(place: &Place) {
    let store = place.open().await;
    let mut tx = store.begin().await.unwrap();
    tx.put_effects("m", std::slice::from_ref(&stop("first")), 10, 5).await.unwrap();
    tx.commit().await.unwrap();
    let first = store.due_effects(10, 10, &none()).await.unwrap().remove(0);
    let mut tx = store.begin().await.unwrap();
    tx.finish_effect("m", &first.name, first.generation).await.unwrap();
    tx.put_effects("m", std::slice::from_ref(&stop("first")), 10, 5).await.unwrap();
    tx.finish_effect("m", &first.name, first.generation).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(store.due_effects(10, 10, &none()).await.unwrap().len(), 1);
}

pub(super) async fn effects_come_when_due_without_those_running(place: &Place) {
    let store = place.open().await;
    let effect = |n: u32| Effect::RunRecorder { recording: "r".into(), attempt: n };
    let mut tx = store.begin().await.unwrap();
    for (n, due_at) in [(1, 30), (2, 10), (3, 20), (4, 40)] {
        tx.put_effects("m", std::slice::from_ref(&effect(n)), due_at, 1).await.unwrap();
    }
    tx.commit().await.unwrap();
    let second = store.due_effects(10, 10, &none()).await.unwrap().remove(0);
    let mut tx = store.begin().await.unwrap();
    tx.retry_effect(&second, 2, 25).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(store.next_effect().await.unwrap(), Some(20));
    let of = |rows: Vec<crate::store::EffectRow>| -> Vec<(Effect, u32)> {
        rows.into_iter().map(|row| (row.effect, row.attempts)).collect()
    };
    let rows = store.due_effects(30, 10, &none()).await.unwrap();
    assert_eq!(of(rows), [(effect(3), 0), (effect(2), 2), (effect(1), 0)]);
    let running = HashSet::from([format!("m/{}", effect(3).name())]);
    let rows = store.due_effects(30, 1, &running).await.unwrap();
    assert_eq!(of(rows), [(effect(2), 2)]);
    assert!(store.due_effects(19, 10, &none()).await.unwrap().is_empty());
}

pub(super) async fn what_waits_is_due_at_once_when_it_is_hastened(place: &Place) {
    let store = place.open().await;
    let mut tx = store.begin().await.unwrap();
    tx.put_effects("m", std::slice::from_ref(&stop("early")), 3, 1).await.unwrap();
    tx.put_effects("n", std::slice::from_ref(&stop("late")), 9_000, 1).await.unwrap();
    tx.put_changes(vec![change("A", "a", "m", &[("x", 1)])], 9_000, 1).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(store.due_effects(10, 10, &none()).await.unwrap().len(), 1);
    let mut tx = store.begin().await.unwrap();
    tx.hasten(10).await.unwrap();
    tx.commit().await.unwrap();
    let due = store.due_effects(10, 10, &none()).await.unwrap();
    assert_eq!(due.iter().map(|row| row.due_at).collect::<Vec<_>>(), [3, 10]);
    assert_eq!(store.due_outbox(10, 10, &none()).await.unwrap().len(), 1);
}

pub(super) async fn changes_of_one_record_merge_and_the_newest_value_wins(place: &Place) {
    let store = place.open().await;
    want(
        &*store,
        &[
            (change("O", "1", "m", &[("A", 1), ("B", 1)]), 10, 5),
            (change("O", "1", "m", &[("B", 2), ("C", 2)]), 10, 6),
        ],
    )
    .await;
    let rows = due(&*store, 10).await;
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].change, change("O", "1", "m", &[("A", 1), ("B", 2), ("C", 2)]));
    assert_eq!(rows[0].wanted_at, 5, "the oldest part counts");
}

pub(super) async fn a_delete_clears_what_waited_and_a_later_write_starts_anew(place: &Place) {
    let store = place.open().await;
    let mut delete = change("O", "1", "m", &[]);
    delete.operation = Operation::Delete;
    want(&*store, &[(change("O", "1", "m", &[("A", 1)]), 10, 5), (delete.clone(), 10, 6)]).await;
    assert_eq!(due(&*store, 10).await[0].change, delete);
    want(&*store, &[(change("O", "1", "m", &[("B", 2)]), 10, 7)]).await;
    assert_eq!(due(&*store, 10).await[0].change, change("O", "1", "m", &[("B", 2)]));
}

pub(super) async fn a_confirmation_of_an_older_generation_leaves_the_row(place: &Place) {
    let store = place.open().await;
    want(&*store, &[(change("O", "1", "m", &[("A", 1)]), 10, 5)]).await;
    let sent = due(&*store, 10).await.remove(0);
    want(&*store, &[(change("O", "1", "m", &[("A", 2)]), 10, 6)]).await;
    let mut tx = store.begin().await.unwrap();
    tx.finish_change(&sent).await.unwrap();
    tx.commit().await.unwrap();
    let rows = due(&*store, 10).await;
    assert_eq!(rows[0].change, change("O", "1", "m", &[("A", 2)]));
    assert!(rows[0].generation > sent.generation);
    let mut tx = store.begin().await.unwrap();
    tx.finish_change(&rows[0]).await.unwrap();
    tx.put_changes(vec![sent.change.clone()], 10, 7).await.unwrap();
    tx.finish_change(&rows[0]).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(due(&*store, 10).await.len(), 1, "told twice is not confirmed twice");
}

pub(super) async fn the_first_change_decides_when_a_record_is_told(place: &Place) {
    let store = place.open().await;
    want(
        &*store,
        &[(change("O", "1", "m", &[("A", 1)]), 10, 5), (change("O", "1", "m", &[("A", 2)]), 15, 6)],
    )
    .await;
    let row = due(&*store, 10).await.remove(0);
    let mut tx = store.begin().await.unwrap();
    tx.retry_change(&row, 1, 100).await.unwrap();
    tx.put_changes(vec![change("O", "1", "m", &[("A", 3)])], 20, 11).await.unwrap();
    tx.commit().await.unwrap();
    assert!(due(&*store, 99).await.is_empty(), "a newer change does not end the back-off");
    let row = due(&*store, 100).await.remove(0);
    assert_eq!((row.attempts, row.wanted_at), (1, 5));
    assert_eq!(row.change, change("O", "1", "m", &[("A", 3)]));
}

pub(super) async fn a_lane_travels_whole_masters_first_and_oldest_lane_first(place: &Place) {
    let store = place.open().await;
    want(
        &*store,
        &[
            (change("Chime_Recording__c", "r", "m1", &[]), 90, 9),
            (change("Chime_Participant__c", "p", "m1", &[]), 10, 8),
            (change("Chime_Meeting__c", "m1", "m1", &[]), 90, 7),
            (change("Chime_Meeting__c", "m2", "m2", &[]), 10, 6),
            (change("Chime_Meeting__c", "m3", "m3", &[]), 50, 1),
        ],
    )
    .await;
    assert_eq!(store.next_outbox().await.unwrap(), Some(10));
    let rows = due(&*store, 10).await;
    assert_eq!(
        objects(&rows),
        [
            ("m2", "Chime_Meeting__c"),
            ("m1", "Chime_Meeting__c"),
            ("m1", "Chime_Participant__c"),
            ("m1", "Chime_Recording__c"),
        ]
    );
}

pub(super) async fn a_lane_waits_while_one_of_its_rows_is_backing_off(place: &Place) {
    let store = place.open().await;
    want(
        &*store,
        &[
            (change("Chime_Meeting__c", "m1", "m1", &[]), 10, 5),
            (change("Chime_Participant__c", "p", "m1", &[]), 10, 5),
        ],
    )
    .await;
    let rows = due(&*store, 10).await;
    let mut tx = store.begin().await.unwrap();
    tx.retry_change(&rows[0], 1, 40).await.unwrap();
    tx.commit().await.unwrap();
    assert!(due(&*store, 39).await.is_empty());
    assert_eq!(store.next_outbox().await.unwrap(), Some(40), "not the participant's 10");
    assert_eq!(due(&*store, 40).await.len(), 2);
    let mut tx = store.begin().await.unwrap();
    tx.finish_change(&rows[0]).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(store.next_outbox().await.unwrap(), Some(10));
}

pub(super) async fn lanes_under_way_are_left_out_and_the_limit_counts_rows(place: &Place) {
    let store = place.open().await;
    let mut changes = Vec::new();
    for n in 0..3 {
        for object in ["A", "B"] {
            changes.push((change(object, &format!("{n}"), &format!("lane{n}"), &[]), 1, n));
        }
    }
    want(&*store, &changes).await;
    let lanes = |rows: &[OutboxRow]| -> Vec<String> {
        rows.iter().map(|row| row.change.lane.clone()).collect()
    };
    let rows = store.due_outbox(9, 3, &HashSet::from(["lane0".to_owned()])).await.unwrap();
    assert_eq!(lanes(&rows), ["lane1", "lane1", "lane2", "lane2"], "whole lanes");
    let rows = store.due_outbox(9, 2, &none()).await.unwrap();
    assert_eq!(lanes(&rows), ["lane0", "lane0"]);
    assert_eq!(store.next_outbox().await.unwrap(), Some(1));
}

pub(super) async fn records_named_by_id_and_by_external_id_are_not_confused(place: &Place) {
    let store = place.open().await;
    let mut external = change("O", "1", "m", &[("A", 2)]);
    external.key = RecordKey::External { field: "Key__c".into(), value: "1".into() };
    want(&*store, &[(change("O", "1", "m", &[("A", 1)]), 1, 1), (external.clone(), 1, 2)]).await;
    let rows = due(&*store, 1).await;
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[1].change, external);
    let mut tx = store.begin().await.unwrap();
    tx.finish_change(&rows[1]).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(due(&*store, 1).await[0].change.key, RecordKey::Id("1".into()));
}
