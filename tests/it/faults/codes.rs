//! Each error code of the Pub/Sub API, played by the emulator on the open stream with a gRPC status
//! that misleads: the code decides, and no event is lost or doubled by it.

use std::collections::BTreeSet;

use chime_emulator::apex::gateway::Wish;

use crate::ledger::{fault, reject, until_drained, until_logged, until_ready, until_unready};
use crate::tree;
use crate::world::World;

/// INTERNAL: of what kind an error is does not follow from it.
const MISLEADING: u16 = 13;

const AGAIN: &[&str] = &[
    "service.unavailable",
    "topic.api.unavailable",
    "schema.api.unavailable",
    "subscription.internal.error",
    "subscription.fetch.replay.repeated",
    "publish.stream.sweeper.timeout",
];
const SIGN_IN: &[&str] =
    &["service.auth.error", "service.auth.refresh.invalid", "publish.auth.refresh.invalid"];
const SLOWER: &[&str] = &[
    "service.protection.stream.limit.triggered",
    "service.protection.triggered",
    "concurrent.client.limit.exceeded",
    "managed.subscription.already.active",
];
const SOMEBODY: &[&str] = &[
    "service.auth.headers.invalid",
    "service.tenant.license",
    "topic.not.found",
    "topic.meta.permission",
    "topic.validation.empty",
    "schema.meta.permission",
    "schema.validation.failed",
    "subscription.fetch.replayid.validation.failed",
    "subscription.fetch.requested.events.invalid",
    "subscription.fetch.topic.mismatch",
    "subscription.fetch.request.invalid",
    "subscription.topic.cannot.subscribe",
    "publish.event.count.invalid",
    "publish.topic.mismatch",
    "publish.topic.validation.empty",
    "managed.subscription.config.stopped",
    "managed.subscription.config.deleted",
    "managed.subscription.developer.name.not.found",
    "managed.subscription.subscription.id.not.found",
    "managed.subscription.subscription.id.invalid",
    "managed.subscription.id.or.developer.name.empty",
    "managed.subscription.fetch.request.events.invalid",
    "managed.subscription.fetch.request.invalid",
    "managed.subscription.commit.request.restricted",
    "managed.subscription.auth.request.restricted",
];
const LESS: &str = "subscription.fetch.overflow";
const USED_UP: &str = "subscription.limit.exceeded";
const LOST: &str = "subscription.fetch.replayid.corrupted";

/// One topic, so that a fault strikes a known stream, and waits that tell the verdicts apart.
const WAITS: &[(&str, &str)] = &[
    ("salesforce.change_topic", ""),
    ("salesforce.backoff_min_ms", "20"),
    ("salesforce.backoff_max_ms", "40"),
    ("salesforce.slow_wait_ms", "150"),
    ("salesforce.probe_ms", "101"),
    ("salesforce.allocation_wait_ms", "222"),
];

/// Each code once on the open stream, with a meeting asked for at the same time; then one code for
/// as long as it takes to see what `/ready` says. `wait` is the least that is logged.
async fn play(codes: &[&str], verdict: &str, wait: u64, sign_ins: usize) {
    let world = World::with(|_| {}, WAITS).await;
    let before = world.emulator.org.sessions.alive();
    let mut meetings = Vec::new();
    for code in codes {
        let mark = world.log().len();
        fault(&world, "pubsub", "stream", reject(MISLEADING, code), 1);
        meetings.push(world.click(Wish::default(), &["Ada"]));
        let log = until_logged(&world, mark, "the event stream is open").await;
        let told = log.lines().find(|line| line.contains("the event stream failed")).unwrap();
        assert!(told.contains(code), "{code}: {told}");
        assert!(told.contains(verdict), "{code}: {told}");
        let waits = told.split("wait_ms=").nth(1).and_then(|rest| tree::words(rest).next());
        let waits: u64 = waits.and_then(|number| number.parse().ok()).unwrap();
        assert!(waits >= wait, "{code} waits {waits} ms: {told}");
    }
    let signed_in = world.emulator.org.sessions.alive() - before;
    assert_eq!(signed_in, sign_ins, "sign-ins for {codes:?}");

    let last = codes.last().unwrap();
    for call in ["stream", "Subscribe"] {
        fault(&world, "pubsub", call, reject(MISLEADING, last), 0);
    }
    let late = world.click(Wish::default(), &["Ben"]);
    until_unready(&world, last).await;
    world.emulator.faults.clear();
    meetings.push(late);
    for meeting in &meetings {
        world.until_status(meeting, "Open").await;
    }
    until_ready(&world).await;
    until_drained(&world).await;
    for meeting in &meetings {
        assert_eq!(world.chime_meetings(meeting), 1, "Chime meetings of {}", meeting.id);
    }
    assert_eq!(world.letters(), vec![]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_passes_is_tried_again_from_the_stored_position() {
    play(AGAIN, "Retry", 20, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_about_the_session_leads_to_one_new_sign_in() {
    play(SIGN_IN, "Relogin", 20, SIGN_IN.len()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_asks_for_less_haste_is_given_time() {
    play(SLOWER, "Slow", 150, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_only_somebody_else_can_mend_is_told_and_looked_at_now_and_then() {
    play(SOMEBODY, "Permanent", 101, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_used_up_allocation_waits_by_its_own_clock_and_not_by_the_shorter_one() {
    play(&[USED_UP], "WaitForAllocation", 222, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_response_that_was_too_large_is_asked_for_in_smaller_parts() {
    play(&[LESS], "FetchAgainWithLessCredit", 20, 0).await;
}

#[test]
fn no_code_that_the_bridge_knows_is_left_out() {
    let text = tree::read("src/salesforce/pubsub/verdict.rs");
    let (_, known) = text.split_once("fn by_code").unwrap();
    let (known, _) = known.split_once("=> return None").unwrap();
    let known: BTreeSet<String> = tree::parts(known).strings.into_iter().collect();
    let played = [AGAIN, SIGN_IN, SLOWER, SOMEBODY, &[LESS, USED_UP, LOST]].concat();
    let played: BTreeSet<String> = played.into_iter().map(str::to_string).collect();
    assert_eq!(played, known);
}
