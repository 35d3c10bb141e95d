//! What every store must do, whichever engine stands behind it. One test a promise; an engine
//! joins by giving a [`Place`] and one line of `suite!`.

mod facts;
mod outbox;
mod writers;

use std::path::PathBuf;
use std::sync::Arc;

use chime_contract::recording;

use crate::meeting::effect::Effect;
use crate::meeting::model::{Meeting, Policy, Status};
use crate::outbox::row::{Change, Operation, RecordKey};
use crate::store::{DeadLetter, SqliteStore, Store, StoreError};

/// Somewhere a store can be opened, closed and opened again.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("made").join("bridge.db")
    }

    async fn try_open(&self) -> Result<Arc<dyn Store>, StoreError> {
        Ok(Arc::new(SqliteStore::open(&self.file()).await?))
    }

    async fn open(&self) -> Arc<dyn Store> {
        self.try_open().await.unwrap()
    }
}

/// Runs each named promise on a fresh store.
macro_rules! suite {
    ($($module:ident :: $promise:ident),+ $(,)?) => {
        mod sqlite {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $promise() {
                    super::$module::$promise(&super::Place::new()).await;
                }
            )+
        }
    };
}

suite![
    facts::a_fact_is_new_once_across_and_within_calls,
    facts::thousands_of_facts_in_one_call_keep_their_order,
    facts::facts_out_of_time_are_forgotten_and_younger_ones_kept,
    facts::a_meeting_is_found_by_id_and_by_what_it_owns,
    facts::open_meetings_are_listed_in_order_and_final_ones_are_not,
    facts::deadlines_come_oldest_first_and_go_with_the_next_write,
    facts::secrets_are_replaced_and_dropped,
    facts::a_position_moves_only_with_its_commit,
    facts::tombstones_last_as_long_as_told,
    facts::a_dead_letter_is_one_however_often_it_is_written,
    facts::notes_are_kept,
    facts::counts_tell_what_waits,
    outbox::a_result_of_an_older_content_leaves_the_effect_waiting,
    outbox::a_failure_of_an_older_content_does_not_put_off_the_newer_one,
    outbox::a_late_result_does_not_remove_an_effect_wanted_anew,
    outbox::effects_come_when_due_without_those_running,
    outbox::what_waits_is_due_at_once_when_it_is_hastened,
    outbox::changes_of_one_record_merge_and_the_newest_value_wins,
    outbox::a_delete_clears_what_waited_and_a_later_write_starts_anew,
    outbox::a_confirmation_of_an_older_generation_leaves_the_row,
    outbox::the_first_change_decides_when_a_record_is_told,
    outbox::a_lane_travels_whole_masters_first_and_oldest_lane_first,
    outbox::a_lane_waits_while_one_of_its_rows_is_backing_off,
    outbox::lanes_under_way_are_left_out_and_the_limit_counts_rows,
    outbox::records_named_by_id_and_by_external_id_are_not_confused,
    writers::a_dropped_transaction_leaves_nothing,
    writers::readers_see_nothing_before_the_commit,
    writers::two_writers_take_turns_and_lose_nothing,
    writers::a_writer_cut_off_in_mid_statement_leaves_nothing,
    writers::a_store_opened_again_has_everything,
    writers::a_second_bridge_on_the_same_store_is_refused,
];

/// A meeting with nothing in it.
fn meeting(id: &str) -> Meeting {
    Meeting {
        id: id.into(),
        status: Status::Open,
        reason: String::new(),
        subject: "Review".into(),
        policy: Policy::Everyone,
        region: "eu-central-1".into(),
        host: None,
        auto_record: false,
        scheduled_start: None,
        scheduled_end: None,
        requested_at: 1,
        started_at: None,
        ended_at: None,
        seats: Default::default(),
        sessions: Vec::new(),
        recordings: Vec::new(),
        record_wanted: None,
        record_stopped: false,
        auto_recorded: false,
        deleted_at: None,
        revision: 0,
        look_at: None,
        keys_dropped: false,
        tickets_swept: false,
        recordings_made: 0,
    }
}

/// An effect whose content is told apart by `reason`, under one name.
fn stop(reason: &str) -> Effect {
    Effect::StopTask { arn: "arn:1".into(), reason: reason.into() }
}

/// A write to a record named by id.
fn change(object: &str, id: &str, lane: &str, fields: &[(&str, i64)]) -> Change {
    Change {
        object: object.into(),
        key: RecordKey::Id(id.into()),
        lane: lane.into(),
        operation: Operation::Write,
        fields: fields.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
    }
}

/// A dead letter.
fn letter(key: &str, at: i64) -> DeadLetter {
    DeadLetter {
        key: key.into(),
        meeting: None,
        step: "command".into(),
        code: "CB-017".into(),
        cause: "the action is not known".into(),
        detail: recording::launch_key("r", 1),
        at,
        state: "Open".into(),
        sealed: vec![0, 1, 2, 255],
    }
}

/// The lanes' names in the order they came, and each row's object.
fn objects(rows: &[crate::store::OutboxRow]) -> Vec<(&str, &str)> {
    rows.iter().map(|row| (row.change.lane.as_str(), row.change.object.as_str())).collect()
}

/// No lane, no effect.
fn none() -> std::collections::HashSet<String> {
    Default::default()
}
