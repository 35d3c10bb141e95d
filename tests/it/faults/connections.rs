//! Connections that are cut, stalled, half open, slow or lose their answers, on each of the bridge's
//! three ways out. A proxy stands between the bridge and the emulator; neither knows of it.

use chime_emulator::apex::gateway::{Meeting, Wish};
use chime_emulator::faults::FaultKind;
use chime_emulator::people::Phase;

use crate::ledger::{
    assert_all_is_well, ends, fault, until_drained, until_logged, until_phase, until_unready,
};
use crate::proxy::{Line, Proxy, Way, world_behind};
use crate::world::{World, until};

/// Limits of a second or so, where the defaults are ten and more.
const QUICK: &[(&str, &str)] = &[
    ("salesforce.backoff_max_ms", "300"),
    ("salesforce.ping_ms", "400"),
    ("salesforce.ping_timeout_ms", "600"),
    ("salesforce.connect_timeout_ms", "1000"),
    ("salesforce.call_timeout_ms", "1000"),
    ("aws.connect_timeout_ms", "1000"),
    ("aws.try_timeout_ms", "700"),
    ("aws.call_timeout_ms", "1500"),
    ("effects.backoff_max_ms", "500"),
    ("outbox.backoff_min_ms", "200"),
    ("outbox.backoff_max_ms", "500"),
    ("queues.hidden_seconds", "2"),
];

/// A slow line takes its time: the limits are the usual ones.
const PATIENT: &[(&str, &str)] = &[("queues.hidden_seconds", "5")];

/// Nothing can come until the line passes again; the bridge notices by itself. That a user ends a
/// meeting is told by an event and by nothing else.
async fn the_stream_through(line: Line) {
    let (world, proxy) = world_behind(Way::Stream, QUICK).await;
    let ended = world.click(Wish::default(), &["Ada"]);
    let other = world.click(Wish::default(), &["Ben"]);
    world.until_status(&ended, "Open").await;
    world.until_status(&other, "Open").await;
    proxy.set(line);
    world.apex.command("END_MEETING", &ended.id, None, None).unwrap();
    until_unready(&world, "").await;
    // What is known goes on.
    ends(&world, &other).await;
    assert_eq!(world.field("Chime_Meeting__c", &ended.id, "Status__c"), "Open");
    proxy.set(Line::Pass);
    world.until_status(&ended, "Ended").await;
    let late = world.click(Wish::default(), &["Cleo"]);
    world.until_status(&late, "Open").await;
    assert_all_is_well(&world, &[ended, other, late]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_cut_while_events_flow_goes_on_where_it_was() {
    let (world, proxy) = world_behind(Way::Stream, QUICK).await;
    let mut meetings = Vec::new();
    for _ in 0..6 {
        let connections = proxy.connections();
        meetings.push(world.click(Wish::default(), &["Ada"]));
        proxy.cut();
        meetings.push(world.click(Wish::default(), &["Ben"]));
        until("the bridge has connected again", || async {
            let now = proxy.connections();
            if now > connections { Ok(()) } else { Err(format!("{now} connections")) }
        })
        .await;
    }
    for meeting in &meetings {
        world.until_status(meeting, "Open").await;
    }
    assert_all_is_well(&world, &meetings).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_is_refused_is_told_and_comes_back_by_itself() {
    the_stream_through(Line::Refuse).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stalled_stream_is_found_by_its_pings() {
    the_stream_through(Line::Stall).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_half_open_stream_is_found_by_its_pings() {
    the_stream_through(Line::HalfOpen).await;
}

/// The record tells of the meeting, and it is over before the event comes that started it.
#[tokio::test(flavor = "multi_thread")]
async fn a_meeting_held_to_its_end_while_the_stream_is_down_is_not_refused_when_its_start_comes() {
    let settings = [QUICK, &[("reconcile.every_ms", "1000")]].concat();
    let (world, proxy) = world_behind(Way::Stream, &settings).await;
    proxy.set(Line::Refuse);
    proxy.cut();
    let meeting = world.click(Wish::default(), &["Ada"]);
    world.until_status(&meeting, "Open").await;
    ends(&world, &meeting).await;
    proxy.set(Line::Pass);
    // What was clicked after it stands behind it in the stream.
    let later = world.click(Wish::default(), &["Ben"]);
    world.until_status(&later, "Open").await;
    assert_all_is_well(&world, &[meeting, later]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_stream_is_waited_for_and_loses_nothing() {
    let (world, proxy) = world_behind(Way::Stream, PATIENT).await;
    proxy.set(Line::Slow(3_000));
    let meetings: Vec<Meeting> =
        (0..5).map(|_| world.click(Wish::default(), &["Ada", "Ben"])).collect();
    for meeting in &meetings {
        world.until_status(meeting, "Open").await;
    }
    assert!(proxy.struck() > 0, "the stream was slowed");
    assert!(!world.log().contains("the event stream failed"), "slow is not dead: {}", world.log());
    assert_all_is_well(&world, &meetings).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_says_nothing_on_a_living_connection_is_opened_anew() {
    // Far above the keep-alive: a slow machine must not make a living stream look silent, or the
    // mute one would be a stream the bridge has left already.
    let settings = [QUICK, &[("salesforce.silence_ms", "4000"), ("salesforce.change_topic", "")]];
    let world = World::with(|config| config.bus.keepalive_ms = 200, &settings.concat()).await;
    let mark = world.log().len();
    // Pings are answered; neither events nor keep-alives come.
    fault(&world, "pubsub", "stream", FaultKind::Drop, 1);
    until("the stream is mute", || async {
        let left = world.emulator.faults.list();
        if left.is_empty() { Ok(()) } else { Err(format!("{left:?}")) }
    })
    .await;
    let meeting = world.click(Wish::default(), &["Ada"]);
    until_logged(&world, mark, "the event stream was silent").await;
    world.until_status(&meeting, "Open").await;
    ends(&world, &meeting).await;
    assert_all_is_well(&world, &[meeting]).await;
}

/// The bridge has met the trouble and said so.
async fn struck(world: &World, proxy: &Proxy, before: u64, mark: usize, word: &str) {
    until("the trouble is met", || async {
        if proxy.struck() > before { Ok(()) } else { Err("nothing was struck".into()) }
    })
    .await;
    until_logged(world, mark, word).await;
}

/// Salesforce hears nothing, or answers in vain, while people come.
async fn rest_through(line: Line) {
    let (world, proxy) = world_behind(Way::Rest, QUICK).await;
    let meeting = world.click(Wish::default(), &["Ada", "Ben"]);
    world.until_status(&meeting, "Open").await;
    let (ada, ben) = (world.person(&meeting, 0), world.person(&meeting, 1));
    ada.join();
    world.until_status(&meeting, "Live").await;
    until_drained(&world).await;
    let (before, mark) = (proxy.struck(), world.log().len());
    proxy.set(line);
    if line == Line::Refuse {
        proxy.cut();
    }
    ben.join();
    until_phase(&ben, Phase::In).await;
    struck(&world, &proxy, before, mark, "a call to tell Salesforce failed").await;
    proxy.set(Line::Pass);
    let seat = &meeting.seats[1].participant;
    world.until_field("Chime_Participant__c", seat, "Status__c", "In meeting").await;
    ada.end().await.unwrap();
    world.until_status(&meeting, "Ended").await;
    assert_all_is_well(&world, &[meeting]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rest_calls_that_are_cut_are_made_again() {
    rest_through(Line::Refuse).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rest_calls_whose_answers_are_lost_are_made_again_and_count_once() {
    rest_through(Line::LoseAnswers).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rest_calls_that_stall_are_given_up_and_made_again() {
    rest_through(Line::Stall).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rest_calls_on_a_half_open_connection_are_made_again_on_a_new_one() {
    rest_through(Line::HalfOpen).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_rest_connection_is_waited_for() {
    let (world, proxy) = world_behind(Way::Rest, PATIENT).await;
    proxy.set(Line::Slow(6_000));
    let meeting = world.click(Wish::default(), &["Ada"]);
    world.until_status(&meeting, "Open").await;
    ends(&world, &meeting).await;
    assert!(proxy.struck() > 0, "REST was slowed");
    assert!(!world.log().contains("a call to tell Salesforce failed"), "{}", world.log());
    assert_all_is_well(&world, &[meeting]).await;
}

/// AWS hears nothing, or answers in vain, when a meeting is to begin and when it is to end.
async fn aws_through(line: Line) {
    let (world, proxy) = world_behind(Way::Aws, QUICK).await;
    let (before, mark) = (proxy.struck(), world.log().len());
    proxy.set(line);
    let meeting = world.click(Wish::default(), &["Ada", "Ben"]);
    struck(&world, &proxy, before, mark, "An effect failed").await;
    assert_ne!(world.field("Chime_Meeting__c", &meeting.id, "Status__c"), "Open");
    proxy.set(Line::Pass);
    world.until_status(&meeting, "Open").await;
    let (ada, ben) = (world.person(&meeting, 0), world.person(&meeting, 1));
    ada.join();
    ben.join();
    world.until_status(&meeting, "Live").await;
    until_phase(&ben, Phase::In).await;

    let (before, mark) = (proxy.struck(), world.log().len());
    proxy.set(line);
    ada.end().await.unwrap();
    struck(&world, &proxy, before, mark, "A queue could not be polled").await;
    proxy.set(Line::Pass);
    world.until_status(&meeting, "Ended").await;
    let ledger = world.emulator.chime.ledger();
    assert!(ledger.meetings.iter().all(|m| m.ended_at.is_some()), "{:?}", ledger.meetings);
    assert_all_is_well(&world, &[meeting]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn aws_calls_that_are_cut_are_made_again() {
    aws_through(Line::Refuse).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn aws_calls_whose_answers_are_lost_are_made_again_and_count_once() {
    aws_through(Line::LoseAnswers).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn aws_calls_that_stall_are_given_up_and_a_late_arrival_counts_once() {
    aws_through(Line::Stall).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn aws_calls_on_a_half_open_connection_are_made_again_on_a_new_one() {
    aws_through(Line::HalfOpen).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_aws_connection_is_waited_for() {
    let (world, proxy) = world_behind(Way::Aws, PATIENT).await;
    proxy.set(Line::Slow(20_000));
    let meeting = world.click(Wish::default(), &["Ada"]);
    world.until_status(&meeting, "Open").await;
    ends(&world, &meeting).await;
    assert!(proxy.struck() > 0, "AWS was slowed");
    assert!(!world.log().contains("An effect failed"), "{}", world.log());
    assert_all_is_well(&world, &[meeting]).await;
}
