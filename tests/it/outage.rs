//! Story 3, second half: the org is down, its tokens die, its schema changes, AWS throttles, the
//! stream is lost. Meetings go on, and afterwards every record is right.

use chime_bridge::store::{SqliteStore, Store};
use chime_emulator::apex::gateway::Wish;
use chime_emulator::faults::FaultKind;
use chime_emulator::people::Phase;

use crate::ledger::{
    assert_no_task_doubled, assert_one_of_each, assert_one_recording, fault, reject, until_drained,
    until_phase, until_ready, until_unready, untold,
};
use crate::world::{World, recorder, until};

/// Short waits, so that an hour's outage is a matter of seconds.
const QUICK: &[(&str, &str)] = &[
    ("outbox.backoff_max_ms", "1000"),
    ("queues.hidden_seconds", "2"),
    ("salesforce.allocation_wait_ms", "200"),
];

async fn world() -> World {
    let claims = |config: &mut chime_emulator::start::Config| {
        config.recorders.insert("chime-recorder".into(), recorder(&["--claim-media"]));
    };
    World::with(claims, QUICK).await
}

/// Nothing of the org answers.
fn org_goes_down(world: &World) {
    fault(world, "rest", "*", reject(503, "SERVER_UNAVAILABLE"), 0);
    fault(world, "oauth", "token", reject(503, "server_error"), 0);
    for call in ["Subscribe", "stream", "GetTopic", "GetSchema"] {
        fault(world, "pubsub", call, reject(14, "service.unavailable"), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_org_that_was_down_through_a_whole_meeting_has_true_records_afterwards() {
    let world = world().await;
    let meeting = world.click(Wish::default(), &["Ada", "Ben"]);
    world.until_status(&meeting, "Open").await;
    org_goes_down(&world);
    let (ada, ben) = (world.person(&meeting, 0), world.person(&meeting, 1));
    for person in [&ada, &ben] {
        person.join();
        until_phase(person, Phase::In).await;
        person.consent(true).await.unwrap();
    }
    ada.record().await.unwrap();
    until("the recorder is in the meeting", || async {
        let ledger = world.emulator.chime.ledger();
        let mut made = ledger.meetings.iter().flat_map(|m| &m.attendees);
        let recorder = made.any(|a| a.external_user_id.starts_with("recorder-") && a.connected);
        if recorder { Ok(()) } else { Err(format!("{:?}", world.emulator.ecs.tasks())) }
    })
    .await;
    ada.end().await.unwrap();
    until_phase(&ben, Phase::Ended).await;
    let status = world.field("Chime_Meeting__c", &meeting.id, "Status__c");
    assert_eq!(status, "Open", "the org heard nothing of it");
    until_unready(&world, "").await;

    // It comes back: all tokens have died, and an admin has deleted a field.
    world.emulator.org.expire_tokens();
    assert!(world.emulator.org.drop_field("Chime_Participant__c", "Consent_At__c"));
    world.emulator.faults.clear();
    world.until_status(&meeting, "Ended").await;
    let available = format!(
        "SELECT Id FROM Chime_Recording__c WHERE Meeting__c = '{}' AND Status__c = 'Available'",
        meeting.id
    );
    world.until_rows(&available, 1).await;
    until_ready(&world).await;
    until_drained(&world).await;
    assert_one_of_each(&world, &meeting);
    assert_one_recording(&world, &meeting);
    assert_no_task_doubled(&world);
    for seat in &meeting.seats {
        let consent = world.field("Chime_Participant__c", &seat.participant, "Consent__c");
        assert_eq!(consent, "Given", "what stands beside a field that is gone is written");
    }
    let reason = world.field("Chime_Meeting__c", &meeting.id, "Status_Reason__c");
    assert_eq!(reason, "Ended by the host");
    let letters = world.letters();
    assert_eq!(letters.len(), 1, "{letters:?}");
    assert!(letters[0].1.contains("Consent_At__c"), "the admin is told which: {letters:?}");
    let health = "SELECT Id FROM Chime_Bridge_Health__c WHERE State__c = 'Degraded'";
    world.until_rows(health, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn aws_that_throttles_fails_and_loses_answers_is_asked_again_until_all_is_right() {
    let world = world().await;
    for (service, call) in [
        ("chime", "CreateMeeting"),
        ("chime", "CreateAttendee"),
        ("chime", "DeleteMeeting"),
        ("chime", "DeleteAttendee"),
        ("chime", "GetMeeting"),
        ("ecs", "RunTask"),
        ("ecs", "DescribeTasks"),
        ("ecs", "ListTasks"),
        ("ecs", "StopTask"),
        ("s3", "PutObject"),
        ("s3", "ListObjectsV2"),
        ("s3", "DeleteObject"),
        ("sqs", "ReceiveMessage"),
        ("sqs", "DeleteMessageBatch"),
    ] {
        let slow_down = if service == "s3" { "SlowDown" } else { "ThrottlingException" };
        fault(&world, service, call, reject(429, slow_down), 2);
        fault(&world, service, call, reject(503, "ServiceUnavailable"), 2);
        fault(&world, service, call, FaultKind::LoseAnswer, 2);
    }
    let meeting = world.click(Wish::default(), &["Ada", "Ben"]);
    world.until_status(&meeting, "Open").await;
    let (ada, ben) = (world.person(&meeting, 0), world.person(&meeting, 1));
    for person in [&ada, &ben] {
        person.join();
        until_phase(person, Phase::In).await;
        person.consent(true).await.unwrap();
    }
    ada.record().await.unwrap();
    let id = meeting.id.clone();
    world.until_field("Chime_Meeting__c", &id, "Recording_State__c", "Recording").await;
    ada.end().await.unwrap();
    world.until_status(&meeting, "Ended").await;
    let available = "SELECT Id FROM Chime_Recording__c WHERE Status__c = 'Available'";
    world.until_rows(available, 1).await;
    until_drained(&world).await;
    let open = world.emulator.faults.list();
    for call in ["CreateMeeting", "CreateAttendee", "RunTask", "PutObject", "ReceiveMessage"] {
        assert!(open.iter().all(|f| f.call != call), "{call} was struck in every way: {open:?}");
    }
    assert_one_of_each(&world, &meeting);
    assert_one_recording(&world, &meeting);
    assert_eq!(world.emulator.ecs.tasks().len(), 1);
    assert_eq!(world.letters(), vec![]);
}

#[tokio::test(flavor = "multi_thread")]
async fn asked_to_end_it_tells_a_slow_org_all_it_knows_and_exits_well() {
    let mut world = world().await;
    let meeting = world.click(Wish::default(), &["Ada"]);
    world.until_status(&meeting, "Open").await;
    let ada = world.person(&meeting, 0);
    ada.join();
    world.until_status(&meeting, "Live").await;
    fault(&world, "rest", "*", FaultKind::Delay { ms: 1_500 }, 0);
    ada.end().await.unwrap();
    until_phase(&ada, Phase::Ended).await;
    assert_eq!(world.stop().await, Some(0), "log: {}", world.log());
    assert_eq!(world.field("Chime_Meeting__c", &meeting.id, "Status__c"), "Ended");
    assert_eq!(untold(&world).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_org_a_known_store_is_enough_to_start_and_an_end_in_time_keeps_what_is_untold()
{
    let mut world = world().await;
    let meeting = world.click(Wish::default(), &["Ada", "Ben"]);
    world.until_status(&meeting, "Open").await;
    let (ada, ben) = (world.person(&meeting, 0), world.person(&meeting, 1));
    ada.join();
    world.until_status(&meeting, "Live").await;
    world.kill().await;
    org_goes_down(&world);
    world.emulator.org.expire_tokens();
    world.launch();
    ben.join();
    until_phase(&ben, Phase::In).await;
    until_unready(&world, "stream").await;

    let asked = tokio::time::Instant::now();
    assert_eq!(world.stop().await, Some(0), "log: {}", world.log());
    assert!(asked.elapsed().as_secs() < 50, "the drain is 25 s, it took {:?}", asked.elapsed());
    let untold = untold(&world).await;
    assert!(untold.iter().any(|o| o == "Chime_Participant__c"), "Ben's coming: {untold:?}");

    world.emulator.faults.clear();
    world.start().await;
    let seat = meeting.seats[1].participant.clone();
    world.until_field("Chime_Participant__c", &seat, "Status__c", "In meeting").await;
    ada.end().await.unwrap();
    world.until_status(&meeting, "Ended").await;
    until_drained(&world).await;
    assert_one_of_each(&world, &meeting);
    assert_eq!(world.letters(), vec![]);
}

/// The bridge knows a meeting; while it is away the org moves and another meeting is asked for.
async fn lose_the_stream(world: &mut World) -> [chime_emulator::apex::gateway::Meeting; 2] {
    let known = world.click(Wish::default(), &["Ada"]);
    world.until_status(&known, "Open").await;
    until_drained(world).await;
    // A position is stored when something came after it: here a sign of life.
    world.emulator.bus.set_keepalive(100);
    let store = SqliteStore::open_beside(&world.dir().join("bridge.db")).await.unwrap();
    for topic in ["/event/Chime_Command__e", "/data/Chime_Bridge__chn"] {
        until("the position is stored", || async {
            store.position(topic).await.unwrap().map(drop).ok_or(topic.to_string())
        })
        .await;
    }
    store.close().await;
    world.kill().await;
    let unheard = world.click(Wish::default(), &["Ben"]);
    world.emulator.bus.reset_stream();
    [known, unheard]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_replay_position_stops_the_stream_says_so_and_compares_the_records() {
    let mut world = world().await;
    let [known, unheard] = lose_the_stream(&mut world).await;
    world.launch();
    until_unready(&world, "replay").await;
    // The event is gone for good; the record is not.
    world.until_status(&unheard, "Open").await;
    assert_eq!(world.chime_meetings(&known), 1);
    assert_eq!(world.chime_meetings(&unheard), 1);
    until_unready(&world, "salesforce.on_lost_replay").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_earliest_a_lost_replay_position_is_left_behind_and_nothing_is_doubled() {
    let mut world = world().await;
    let [known, unheard] = lose_the_stream(&mut world).await;
    // Told again after the move: events the bridge has acted on, and one it never saw.
    let again = world.apex.payload(&Wish::default(), &crate::world::guests(&["Ada"]), &known);
    world.apex.command("START_MEETING", &known.id, None, Some(&again)).unwrap();
    world.settings.push(("CHIME_BRIDGE_SALESFORCE__ON_LOST_REPLAY".into(), "earliest".into()));
    world.start().await;
    world.until_status(&unheard, "Open").await;
    let next = world.click(Wish::default(), &["Cleo"]);
    world.until_status(&next, "Open").await;
    until_drained(&world).await;
    for meeting in [&known, &unheard, &next] {
        assert_eq!(world.chime_meetings(meeting), 1);
    }
    assert_eq!(world.letters(), vec![]);
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_orgs_deliveries_are_used_up_it_waits_and_goes_on_without_a_loss() {
    let world = world().await;
    world.emulator.bus.set_delivery_limit(0);
    let meeting = world.click(Wish::default(), &["Ada"]);
    until_unready(&world, "limit.exceeded").await;
    assert_eq!(world.field("Chime_Meeting__c", &meeting.id, "Status__c"), "Requested");
    world.emulator.bus.set_delivery_limit(10_000);
    world.until_status(&meeting, "Open").await;
    until_ready(&world).await;
    assert_eq!(world.chime_meetings(&meeting), 1);
    assert_eq!(world.letters(), vec![]);
}
