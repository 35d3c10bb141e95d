//! The subscription against a scripted server on this machine: real sockets, Salesforce's wire
//! format, one step after another. What the emulator tests as a whole is tested here case by case.

mod bench;
mod positions_only;
mod server;

use std::sync::atomic::Ordering;
use std::time::Duration;

use tonic::Code;

use self::bench::{bench, quick, scripted, taken};
use self::server::{Script, Step, failure};
use super::{FirstStart, ReplayLost, Settings, StreamState};

const LATEST: i32 = 0;
const EARLIEST: i32 = 1;
const CUSTOM: i32 = 2;

#[tokio::test]
async fn it_resumes_after_the_stored_position_and_stores_only_ids_that_are_over() {
    let steps = vec![
        Step::Expect,
        Step::Send(vec![("a", "1"), ("b", "2")]),
        Step::Send(vec![("c", "2"), ("d", "3")]),
    ];
    let mut bench = bench(quick(), Some("0"), vec![steps]).await;
    assert_eq!(bench.take().await, taken(&["a", "b"], Some("1")));
    assert_eq!(bench.take().await, taken(&["c", "d"], Some("2")));
    assert_eq!(bench.first_request(0).await, (CUSTOM, "0".into(), 100));
    let headers = bench.script.lock().unwrap().headers[0].clone();
    assert_eq!(headers["accesstoken"], "token-1");
    assert_eq!(headers["instanceurl"], "https://acme.my.salesforce.com");
    assert_eq!(headers["tenantid"], "00Dxx0000001gPLEAY");
    let status = bench.state(|state| *state == StreamState::Ready).await;
    assert_eq!((status.events, status.last_commit), (4, Some(1_700_000_000_000)));
    assert_eq!(bench.script.lock().unwrap().schema_calls, 1);
}

#[tokio::test]
async fn a_first_start_takes_the_preset_of_the_settings_and_asks_for_a_reconcile() {
    for (first_start, preset) in [(FirstStart::Latest, LATEST), (FirstStart::Earliest, EARLIEST)] {
        let settings = Settings { first_start, ..quick() };
        let mut bench = bench(settings, None, vec![vec![Step::Expect, Step::KeepAlive("9")]]).await;
        assert_eq!(bench.take().await, taken(&["*"], None));
        assert_eq!(bench.first_request(0).await, (preset, String::new(), 100));
    }
}

#[tokio::test]
async fn a_keep_alive_with_nothing_on_its_way_moves_the_position() {
    let steps = vec![Step::Expect, Step::KeepAlive("7")];
    let mut bench = bench(quick(), Some("0"), vec![steps]).await;
    assert_eq!(bench.take().await, taken(&[], Some("7")));
}

#[tokio::test]
async fn a_keep_alive_while_events_are_on_their_way_moves_it_no_further_than_them() {
    let steps = vec![Step::Expect, Step::Send(vec![("a", "1")]), Step::KeepAlive("9")];
    let mut bench = bench(quick(), Some("0"), vec![steps]).await;
    let (first, second) = (bench.next().await, bench.next().await);
    assert_eq!(bench.commit(first), taken(&["a"], None));
    assert_eq!(bench.commit(second), taken(&[], Some("1")));
}

#[tokio::test]
async fn credit_is_topped_up_at_half_and_never_exceeds_the_places() {
    let settings = Settings { queue_events: 4, credit: 4, ..quick() };
    let steps =
        vec![Step::Expect, Step::Send(vec![("a", "1"), ("b", "2"), ("c", "3"), ("d", "4")])];
    let mut bench = bench(settings, Some("0"), vec![steps]).await;
    let delivery = bench.next().await;
    assert_eq!(bench.script.lock().unwrap().requests[0].len(), 1, "no place, no request");
    bench.commit(delivery);
    bench.until(|script| script.requests[0].len() == 2).await;
    assert_eq!(bench.script.lock().unwrap().requests[0][1].num_requested, 4);
    assert_eq!(bench.first_request(0).await.2, 4);
}

#[tokio::test]
async fn after_a_stream_ends_the_next_begins_at_the_stored_position() {
    let streams = vec![
        vec![Step::Expect, Step::Send(vec![("a", "1"), ("b", "2")]), Step::End],
        vec![Step::Expect, Step::Fail(Code::Internal, "service.unavailable")],
        vec![Step::Expect, Step::Send(vec![("b", "2"), ("c", "3")])],
    ];
    let mut bench = bench(quick(), Some("0"), streams).await;
    assert_eq!(bench.take().await, taken(&["a", "b"], Some("1")));
    assert_eq!(bench.take().await, taken(&["b", "c"], Some("2")));
    assert_eq!(bench.first_request(1).await, (CUSTOM, "1".into(), 100));
    assert_eq!(bench.first_request(2).await, (CUSTOM, "1".into(), 100));
}

#[tokio::test]
async fn the_next_stream_waits_until_all_handed_over_is_settled() {
    let streams = vec![
        vec![Step::Expect, Step::Send(vec![("a", "1"), ("b", "2")]), Step::End],
        vec![Step::Expect],
    ];
    let mut bench = bench(quick(), Some("0"), streams).await;
    let delivery = bench.next().await;
    // Forty times the wait between streams: a second one would have come.
    let second = bench.until(|script| script.opened == 2);
    let early = tokio::time::timeout(Duration::from_millis(200), second).await;
    assert!(early.is_err(), "a stream was opened while events were on their way");
    bench.commit(delivery);
    assert_eq!(bench.first_request(1).await, (CUSTOM, "1".into(), 100));
}

#[tokio::test]
async fn what_the_inbox_hands_back_is_read_again_from_the_stored_position() {
    let streams = vec![
        vec![Step::Expect, Step::Send(vec![("a", "1"), ("b", "2")])],
        vec![Step::Expect, Step::Send(vec![("a", "1"), ("b", "2")])],
    ];
    let mut bench = bench(quick(), Some("0"), streams).await;
    drop(bench.next().await);
    assert_eq!(bench.take().await, taken(&["a", "b"], Some("1")));
    assert_eq!(bench.first_request(1).await, (CUSTOM, "0".into(), 100));
}

#[tokio::test]
async fn a_dead_token_causes_one_new_login() {
    let streams = vec![
        vec![Step::Expect, Step::Fail(Code::Unauthenticated, "service.auth.error")],
        vec![Step::Expect, Step::Send(vec![("a", "1")])],
    ];
    let mut bench = bench(quick(), Some("0"), streams).await;
    assert_eq!(bench.take().await, taken(&["a"], None));
    assert_eq!(bench.logins.load(Ordering::SeqCst), 2);
    assert_eq!(bench.script.lock().unwrap().headers[1]["accesstoken"], "token-2");
}

#[tokio::test]
async fn an_event_that_cannot_be_decoded_is_a_dead_letter_and_the_stream_goes_on() {
    let steps = vec![Step::Expect, Step::Raw(b"\x01", "1"), Step::Send(vec![("b", "2")])];
    let mut bench = bench(quick(), Some("0"), vec![steps]).await;
    assert_eq!(bench.take().await, taken(&["CB-143"], None));
    assert_eq!(bench.take().await, taken(&["b"], Some("1")));
    assert_eq!(bench.status.borrow().undecodable, 1);
}

#[tokio::test]
async fn an_event_waits_for_its_schema_and_is_not_skipped() {
    let script = Script {
        streams: vec![vec![Step::Expect, Step::Send(vec![("a", "1"), ("b", "2")])]],
        schema_failures: vec![
            failure(Code::Internal, "schema.api.unavailable"),
            failure(Code::Unauthenticated, "service.auth.error"),
            failure(Code::PermissionDenied, "schema.meta.permission"),
        ],
        ..Script::default()
    };
    let mut bench = scripted(quick(), Some("0"), script).await;
    let stopped = bench.state(|state| matches!(state, StreamState::Stopped(_))).await;
    let StreamState::Stopped(reason) = stopped.state else { panic!("not stopped") };
    assert!(reason.contains("schema.meta.permission"), "{reason}");
    assert_eq!(bench.take().await, taken(&["a", "b"], Some("1")));
    assert_eq!(bench.script.lock().unwrap().schema_calls, 4);
    assert_eq!(bench.script.lock().unwrap().opened, 1, "nothing was delivered twice");
    assert_eq!(bench.logins.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_schema_refused_for_too_long_makes_dead_letters() {
    let settings = Settings { schema_patience_ms: 60, ..quick() };
    let refused = || failure(Code::PermissionDenied, "schema.meta.permission");
    let script = Script {
        streams: vec![vec![Step::Expect, Step::Send(vec![("a", "1")])]],
        schema_failures: (0..1_000).map(|_| refused()).collect(),
        ..Script::default()
    };
    let mut bench = scripted(settings, Some("0"), script).await;
    assert_eq!(bench.take().await, taken(&["CB-142"], None));
}

#[tokio::test]
async fn a_lost_position_is_reconciled_and_read_again_from_the_earliest() {
    let lost = || Step::Fail(Code::InvalidArgument, "subscription.fetch.replayid.corrupted");
    let streams = vec![
        vec![Step::Expect, lost()],
        vec![Step::Expect, Step::Send(vec![("a", "1"), ("b", "2")]), Step::End],
        vec![Step::Expect],
    ];
    let mut bench = bench(quick(), Some("old"), streams).await;
    assert_eq!(bench.take().await, taken(&["*"], None));
    assert_eq!(bench.take().await, taken(&["a", "b"], Some("1")));
    assert_eq!(bench.first_request(0).await.0, CUSTOM);
    assert_eq!(bench.first_request(1).await, (EARLIEST, String::new(), 100));
    assert_eq!(bench.first_request(2).await, (CUSTOM, "1".into(), 100));
}

#[tokio::test]
async fn a_lost_position_with_the_policy_stop_is_told_and_reconciled_once() {
    let settings = Settings { on_replay_lost: ReplayLost::Stop, ..quick() };
    let lost = || {
        vec![
            Step::Expect,
            Step::Fail(Code::InvalidArgument, "subscription.fetch.replayid.corrupted"),
        ]
    };
    let mut bench = bench(settings, Some("old"), vec![lost(), lost(), lost(), lost()]).await;
    assert_eq!(bench.take().await, taken(&["*"], None));
    let _ = bench.state(|state| matches!(state, StreamState::Stopped(_))).await;
    bench.until(|script| script.opened >= 3).await;
    assert!(bench.inlet.try_recv().is_err(), "one reconcile is enough");
    assert_eq!(bench.first_request(2).await, (CUSTOM, "old".into(), 100));
}

#[tokio::test]
async fn a_used_up_allocation_waits_by_its_own_clock() {
    let streams = vec![
        vec![Step::Expect, Step::Fail(Code::ResourceExhausted, "subscription.limit.exceeded")],
        vec![Step::Expect, Step::Send(vec![("a", "1")])],
    ];
    let settings = Settings { allocation_first_ms: 300, allocation_most_ms: 300, ..quick() };
    let mut bench = bench(settings, Some("0"), streams).await;
    let status = bench.state(|state| matches!(state, StreamState::Waiting(_))).await;
    let since = tokio::time::Instant::now();
    assert!(
        matches!(status.state, StreamState::Waiting(reason) if reason.contains("limit.exceeded"))
    );
    assert_eq!(bench.take().await, taken(&["a"], None));
    // The ordinary wait is 5 ms; only a lower bound is asserted.
    assert!(since.elapsed() > Duration::from_millis(100));
}

#[tokio::test]
async fn a_missing_permission_is_told_and_looked_at_again_until_it_is_given() {
    let streams = vec![
        vec![Step::Expect, Step::Fail(Code::PermissionDenied, "topic.meta.permission")],
        vec![Step::Expect, Step::Send(vec![("a", "1")])],
    ];
    let mut bench = bench(quick(), Some("0"), streams).await;
    let _ = bench.state(|state| matches!(state, StreamState::Stopped(_))).await;
    assert_eq!(bench.take().await, taken(&["a"], None));
    let _ = bench.state(|state| *state == StreamState::Ready).await;
}

#[tokio::test]
async fn a_stream_that_overflows_is_asked_for_less() {
    let streams = vec![
        vec![Step::Expect, Step::Fail(Code::Internal, "subscription.fetch.overflow")],
        vec![Step::Expect, Step::Fail(Code::Internal, "subscription.fetch.overflow")],
        vec![Step::Expect, Step::Send(vec![("a", "1")])],
    ];
    let mut bench = bench(quick(), Some("0"), streams).await;
    bench.take().await;
    assert_eq!(bench.first_request(1).await.2, 50);
    assert_eq!(bench.first_request(2).await.2, 25);
}

#[tokio::test]
async fn a_silent_stream_is_left_for_a_new_one() {
    let settings = Settings { silence_ms: 200, ..quick() };
    let speaking = || vec![Step::Expect, Step::Send(vec![("a", "1")])];
    let streams = [vec![Step::Expect]].into_iter().chain((0..50).map(|_| speaking())).collect();
    let mut bench = bench(settings, Some("0"), streams).await;
    assert_eq!(bench.take().await, taken(&["a"], None));
    assert!(bench.status.borrow().connects >= 2);
}

#[tokio::test]
async fn without_a_stored_position_a_break_resumes_after_the_last_durable_event() {
    let streams = vec![
        vec![Step::Expect, Step::Send(vec![("a", "1")]), Step::End],
        vec![Step::Expect, Step::Send(vec![("b", "2")])],
    ];
    let mut bench = bench(quick(), None, streams).await;
    assert_eq!(bench.take().await, taken(&["*"], None));
    assert_eq!(bench.take().await, taken(&["a"], None));
    assert_eq!(bench.take().await, taken(&["*"], None), "a sibling of the id may have been missed");
    assert_eq!(bench.take().await, taken(&["b"], None));
    assert_eq!(bench.first_request(1).await, (CUSTOM, "1".into(), 100));
}

#[tokio::test]
async fn an_event_handed_back_is_no_place_to_resume_after() {
    let streams = vec![vec![Step::Expect, Step::Send(vec![("a", "1")])], vec![Step::Expect]];
    let mut bench = bench(quick(), None, streams).await;
    assert_eq!(bench.take().await, taken(&["*"], None));
    drop(bench.next().await);
    assert_eq!(bench.first_request(1).await, (LATEST, String::new(), 100));
}
