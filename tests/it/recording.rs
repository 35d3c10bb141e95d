//! Recording with consent, and recorders that are refused, die or cannot be had.

use chime_contract::recording::journal_prefix;
use chime_emulator::apex::gateway::{Meeting, Wish};
use chime_emulator::faults::{Fault, FaultKind};
use chime_emulator::people::Person;
use chime_emulator::start::WORK_BUCKET;
use serde_json::Value;

use crate::world::{World, claiming, text, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_waits_until_all_agree_stops_when_one_withdraws_or_starts_by_itself() {
    let world = World::with(claiming, &[]).await;
    let (meeting, people) = together(&world, Wish::default(), &["Ada", "Ben", "Cem"]).await;
    let [ada, ben, cem] = people.as_slice() else { panic!("three people") };
    let cem_seat = meeting.seats[2].participant.clone();
    ada.consent(true).await.unwrap();
    ben.consent(true).await.unwrap();
    ada.record().await.unwrap();
    until_state(&world, &meeting, "Waiting for consent").await;
    cem.consent(true).await.unwrap();
    until_state(&world, &meeting, "Recording").await;
    cem.consent(false).await.unwrap();
    until_state(&world, &meeting, "Stopped").await;
    world.until_field("Chime_Participant__c", &cem_seat, "Consent__c", "Withdrawn").await;
    let row = until_recording(&world, &meeting, "Available").await;
    assert_eq!(text(&row["Failure_Reason__c"]), "");
    let soql = format!(
        "SELECT Text__c FROM Chime_Meeting_Log__c WHERE Kind__c = 'Consent' \
         AND Participant__c = '{cem_seat}'"
    );
    assert_eq!(world.query(&soql).len(), 2, "agreed, then withdrawn");
    assert_eq!(world.field("Chime_Meeting__c", &meeting.id, "Status__c"), "Live");

    // With auto-record nobody asks: the recorder is prepared, and begins with the second person.
    let wish = Wish { auto_record: true, policy: "Notice".into(), ..Wish::default() };
    let (auto, _) = together(&world, wish, &["Dan", "Eve"]).await;
    until_state(&world, &auto, "Recording").await;
    assert_eq!(world.emulator.ecs.tasks().len(), 2, "one recorder a recording");
    world.apex.command("END_MEETING", &auto.id, None, None).unwrap();
    until_recording(&world, &auto, "Available").await;
    assert_eq!(world.letters(), vec![]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recorder_that_is_refused_is_asked_for_again_and_one_that_dies_has_a_successor() {
    let settings = [
        ("meeting.recording_look_every", "500"),
        ("meeting.fragment_silence", "3000"),
        ("meeting.pieces_limit", "3000"),
        ("meeting.stop_limit", "5000"),
    ];
    let world = World::with(claiming, &settings).await;
    let wish = Wish { policy: "Notice".into(), ..Wish::default() };
    let (meeting, people) = together(&world, wish, &["Ada"]).await;
    let kind = FaultKind::Reject { status: 200, code: "RESOURCE:ENI".into() };
    let (service, call) = ("ecs".into(), "RunTask".into());
    world.emulator.faults.add(Fault { service, call, kind, times: 1, chance: 1.0 });
    people[0].record().await.unwrap();
    until_state(&world, &meeting, "Recording").await;
    let asked = world.emulator.ecs.ledger();
    assert_eq!(asked.len(), 2, "refused inside a 200, then asked for with another token");
    assert_ne!(asked[0].client_token, asked[1].client_token);
    assert_eq!(asked[0].failures, ["RESOURCE:ENI"]);

    // Its host dies; ECS says RUNNING all along. The journal's silence tells.
    let dead = world.emulator.ecs.tasks()[0].arn.clone();
    assert!(world.emulator.ecs.kill_host(&dead, None));
    let key = text(&recordings(&world, &meeting)[0]["Recording_Key__c"]);
    until("the successor records", || async {
        let fragments = format!("{}3-", journal_prefix(&key));
        match world.emulator.s3.list(WORK_BUCKET, &fragments).len() {
            0 => Err(format!("{:?}", world.emulator.ecs.tasks())),
            _ => Ok(()),
        }
    })
    .await;
    until_state(&world, &meeting, "Recording").await;
    assert_eq!(world.emulator.ecs.tasks().len(), 2);
    people[0].end().await.unwrap();

    // The dead stand-in left nothing that could be completed (the true recorder does: see
    // `real_recorder`). What can be shown is the successor's piece, and the time before it is stated
    // as missing.
    let row = until_recording(&world, &meeting, "Available").await;
    assert!(number(&row["Gap_Seconds__c"]) >= 3.0, "the silence and what was before it: {row}");
    assert!(number(&row["Duration_Seconds__c"]) < 30.0);
    assert_eq!(recordings(&world, &meeting).len(), 1, "one recording, whatever its attempts");
    world.until_status(&meeting, "Ended").await;
    assert_eq!(world.letters(), vec![]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_for_which_there_is_no_recorder_fails_with_its_reason_and_the_meeting_goes_on()
{
    let settings = [("meeting.recording_look_every", "500"), ("meeting.start_limit", "3000")];
    let world = World::with(|_| {}, &settings).await;
    world.emulator.ecs.set_capacity(Some(0));
    let wish = Wish { policy: "Notice".into(), ..Wish::default() };
    let (meeting, people) = together(&world, wish, &["Ada"]).await;
    people[0].record().await.unwrap();
    let row = until_recording(&world, &meeting, "Failed").await;
    let reason = text(&row["Failure_Reason__c"]);
    assert!(reason.starts_with("CB-040: no recorder capacity"), "{reason}");
    until_state(&world, &meeting, "Stopped").await;
    assert!(world.emulator.ecs.tasks().is_empty());
    assert!(world.emulator.ecs.ledger().len() >= 2, "asked more than once");
    assert_eq!(world.field("Chime_Meeting__c", &meeting.id, "Status__c"), "Live");

    // It is not started again by itself; who asks again when there is room is served.
    assert_eq!(recordings(&world, &meeting).len(), 1);
    world.emulator.ecs.set_capacity(None);
    people[0].record().await.unwrap();
    until_state(&world, &meeting, "Recording").await;
    assert_eq!(recordings(&world, &meeting).len(), 2);
}

/// A meeting with all its people in it.
pub async fn together(world: &World, wish: Wish, names: &[&str]) -> (Meeting, Vec<Person>) {
    let meeting = world.click(Wish { subject: "Recorded".into(), ..wish }, names);
    let people: Vec<Person> = (0..names.len()).map(|n| world.person(&meeting, n)).collect();
    people.iter().for_each(Person::join);
    for seat in &meeting.seats {
        let id = &seat.participant;
        world.until_field("Chime_Participant__c", id, "Status__c", "In meeting").await;
    }
    (meeting, people)
}

pub fn recordings(world: &World, meeting: &Meeting) -> Vec<Value> {
    world.query(&format!(
        "SELECT Recording_Key__c, Status__c, Failure_Reason__c, Gap_Seconds__c, \
         Duration_Seconds__c FROM Chime_Recording__c WHERE Meeting__c = '{}'",
        meeting.id
    ))
}

pub async fn until_recording(world: &World, meeting: &Meeting, status: &str) -> Value {
    let found = || recordings(world, meeting).into_iter().find(|r| text(&r["Status__c"]) == status);
    until(&format!("a recording is {status}"), || async {
        found().map(drop).ok_or_else(|| format!("{:?}", recordings(world, meeting)))
    })
    .await;
    found().unwrap()
}

pub async fn until_state(world: &World, meeting: &Meeting, state: &str) {
    world.until_field("Chime_Meeting__c", &meeting.id, "Recording_State__c", state).await;
}

pub fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or(f64::NAN)
}
