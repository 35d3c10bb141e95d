//! AWS that throttles, fails, loses answers, says no inside a yes, or hides what is not there.

use chime_emulator::apex::gateway::{Meeting, Wish};
use chime_emulator::aws::ecs::Outcome;
use chime_emulator::faults::FaultKind;
use chime_emulator::people::{Person, Phase};

use crate::ledger::{
    assert_one_recording, fault, reject, until_all_true, until_drained, until_phase, until_task,
};
use crate::seat::{http, keys, until_ticket, versions};
use crate::world::{World, claiming, guests, text, until};

/// Short waits, so that what is tried again is tried soon.
const QUICK: &[(&str, &str)] = &[
    ("effects.backoff_min_ms", "100"),
    ("effects.backoff_max_ms", "500"),
    ("meeting.recording_look_every", "500"),
    ("queues.hidden_seconds", "2"),
    ("reconcile.every_ms", "1000"),
];

#[tokio::test(flavor = "multi_thread")]
async fn chime_that_throttles_fails_or_loses_answers_ends_in_one_meeting_and_one_attendee_a_seat() {
    let calls =
        ["CreateMeeting", "GetMeeting", "DeleteMeeting", "CreateAttendee", "DeleteAttendee"];
    struck("chime", &calls, "ThrottlingException", "ServiceUnavailableException").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ecs_that_throttles_fails_or_loses_answers_ends_in_one_task() {
    let calls = ["RunTask", "DescribeTasks", "StopTask"];
    struck("ecs", &calls, "ThrottlingException", "ServerException").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_that_throttles_fails_or_loses_answers_loses_no_piece_and_erases_all_of_it() {
    let calls = [
        "PutObject",
        "GetObject",
        "ListObjectsV2",
        "DeleteObject",
        "ListMultipartUploads",
        "ListObjectVersions",
        "DeleteObjects",
    ];
    struck("s3", &calls, "SlowDown", "InternalError").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sqs_that_throttles_fails_or_loses_answers_loses_no_notice_and_no_signal() {
    let calls = ["ReceiveMessage", "DeleteMessageBatch"];
    struck("sqs", &calls, "ThrottlingException", "InternalFailure").await;
}

/// A whole meeting, recorded and erased, while each of these calls is throttled, fails and loses
/// its answer.
async fn struck(service: &str, calls: &[&str], throttled: &str, failed: &str) {
    let world = World::with(claiming, QUICK).await;
    // A note is read by the bridge; before, the recorder reads its orders with the same call.
    let late = |call: &&&str| **call == "GetObject";
    let strike = |call: &str| {
        fault(&world, service, call, reject(429, throttled), 1);
        fault(&world, service, call, reject(500, failed), 1);
        fault(&world, service, call, FaultKind::LoseAnswer, 1);
    };
    calls.iter().filter(|call| !late(call)).for_each(|call| strike(call));
    let wish = Wish { subject: "Struck".into(), policy: "Notice".into(), ..Wish::default() };
    let meeting = world.click(wish, &["Ada", "Ben", "Cem"]);
    let people = all_in(&world, &meeting).await;
    people[0].record().await.unwrap();
    until_recording(&world, &meeting).await;
    calls.iter().filter(late).for_each(|call| strike(call));
    people[0].remove(&meeting.seats[2].participant).await.unwrap();
    until_phase(&people[2], Phase::Removed).await;
    people[0].end().await.unwrap();
    let key = until_available(&world, &meeting).await;
    all_true(&world, &meeting).await;
    assert_eq!(world.emulator.ecs.tasks().len(), 1);
    assert!(versions(&world, &meeting, &key) > 0, "it is there to be erased");

    world.apex.command("ERASE_RECORDING", &meeting.id, Some(&key), None).unwrap();
    let erased = "SELECT Id FROM Chime_Recording__c WHERE Status__c = 'Erased'";
    world.until_rows(erased, 1).await;
    assert_eq!(versions(&world, &meeting, &key), 0);
    until_drained(&world).await;
    assert_eq!(world.emulator.faults.list(), vec![], "each call was struck in each way");
    assert_eq!(world.letters(), vec![]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_tasks_token_answered_as_success_starts_another_recorder() {
    let world = World::with(claiming, QUICK).await;
    let (meeting, ada) = live(&world).await;
    // The task dies at its start, and whoever asked for it never hears so.
    fault(&world, "ecs", "Start", reject(500, "CannotPullContainerError"), 1);
    fault(&world, "ecs", "RunTask", FaultKind::LoseAnswer, 0);
    ada.record().await.unwrap();
    until("the first task has died", || async {
        let tasks = world.emulator.ecs.tasks();
        match tasks.first().map(|task| task.status) {
            Some("STOPPED") => Ok(()),
            _ => Err(format!("{tasks:?}")),
        }
    })
    .await;
    world.emulator.faults.clear();
    until_recording(&world, &meeting).await;
    let asked = world.emulator.ecs.ledger();
    let dead = &asked.first().unwrap().client_token;
    let again = asked.iter().any(|row| row.outcome == Outcome::Again && row.client_token == *dead);
    assert!(again, "the dead task was answered as a success: {asked:?}");
    assert_ne!(*dead, asked.last().unwrap().client_token);
    ada.end().await.unwrap();
    until_available(&world, &meeting).await;
    assert_eq!(world.emulator.ecs.tasks().len(), 2);
    all_true(&world, &meeting).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conflict_that_names_a_task_adopts_it() {
    let mut world = World::with(claiming, QUICK).await;
    let (meeting, ada) = live(&world).await;
    fault(&world, "ecs", "RunTask", FaultKind::LoseAnswer, 0);
    ada.record().await.unwrap();
    until_task(&world).await;
    world.kill().await;
    world.emulator.faults.clear();
    // The settings have changed meanwhile, and ECS does not list yet what it has started.
    world.settings.push(("CHIME_BRIDGE_AWS__ASSIGN_PUBLIC_IP".into(), "true".into()));
    fault(&world, "ecs", "ListTasks", FaultKind::Drop, 0);
    world.start().await;
    until_recording(&world, &meeting).await;
    let asked = world.emulator.ecs.ledger();
    let conflict = asked.iter().find(|row| row.outcome == Outcome::Conflict).unwrap();
    assert_eq!(conflict.tasks, [world.emulator.ecs.tasks()[0].arn.clone()]);
    ada.end().await.unwrap();
    until_available(&world, &meeting).await;
    assert_eq!(world.emulator.ecs.tasks().len(), 1, "the one that records was adopted");
    all_true(&world, &meeting).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_object_answered_with_403_is_not_there_yet_and_never_the_end() {
    let mut world = World::without_bridge(claiming, QUICK).await;
    // A ticket: who opens the link before it is written waits at the door.
    let wish = Wish { subject: "Early".into(), policy: "Notice".into(), ..Wish::default() };
    let meeting = world.apex.start(&wish, &guests(&["Ada"])).unwrap();
    let name = chime_contract::ticket::object_key(&keys(&world, &meeting.seats[0]).ticket);
    let url = format!("http://{}/{name}", world.emulator.addresses.room);
    assert_eq!(http().get(url).send().await.unwrap().status(), 403);
    let ada = world.person(&meeting, 0);
    ada.join();
    until_phase(&ada, Phase::Waiting).await;
    world.start().await;
    until_phase(&ada, Phase::In).await;
    world.until_status(&meeting, "Live").await;

    // A launch file: the recorder that cannot read its orders ends, another one follows.
    fault(&world, "s3", "GetObject", reject(403, "AccessDenied"), 1);
    ada.record().await.unwrap();
    until_recording(&world, &meeting).await;
    assert_eq!(world.emulator.ecs.tasks().len(), 2);

    // A piece's note: the bridge lists again and reads what is there.
    fault(&world, "s3", "GetObject", reject(403, "AccessDenied"), 1);
    ada.end().await.unwrap();
    until_available(&world, &meeting).await;
    assert_eq!(world.emulator.faults.list(), vec![]);
    until_ticket(&world, &meeting.seats[0], "the end", |t| {
        t.state == chime_contract::ticket::TicketState::Ended
    })
    .await;
    all_true(&world, &meeting).await;
}

async fn live(world: &World) -> (Meeting, Person) {
    let wish = Wish { subject: "Recorded".into(), policy: "Notice".into(), ..Wish::default() };
    let meeting = world.click(wish, &["Ada"]);
    let ada = all_in(world, &meeting).await.remove(0);
    (meeting, ada)
}

async fn all_in(world: &World, meeting: &Meeting) -> Vec<Person> {
    let people: Vec<Person> = (0..meeting.seats.len()).map(|n| world.person(meeting, n)).collect();
    people.iter().for_each(Person::join);
    for seat in &meeting.seats {
        let id = &seat.participant;
        world.until_field("Chime_Participant__c", id, "Status__c", "In meeting").await;
    }
    people
}

async fn until_recording(world: &World, meeting: &Meeting) {
    let (object, field) = ("Chime_Meeting__c", "Recording_State__c");
    world.until_field(object, &meeting.id, field, "Recording").await;
}

/// Waits until the recording is available; its key.
async fn until_available(world: &World, meeting: &Meeting) -> String {
    let soql = format!(
        "SELECT Recording_Key__c FROM Chime_Recording__c WHERE Meeting__c = '{}' \
         AND Status__c = 'Available'",
        meeting.id
    );
    text(&world.until_rows(&soql, 1).await[0]["Recording_Key__c"])
}

async fn all_true(world: &World, meeting: &Meeting) {
    until_all_true(world, meeting).await;
    assert_one_recording(world, meeting);
}
