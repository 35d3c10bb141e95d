//! Notices that come twice, late, in the wrong order or never: the records are true all the same.

use chime_emulator::apex::gateway::{Meeting, Wish};
use chime_emulator::faults::FaultKind;
use chime_emulator::people::{Person, Phase};

use crate::ledger::{assert_one_recording, attendees, fault, until_all_true, until_phase};
use crate::world::{World, claiming, until};

/// Looks at what no notice told of each half second instead of every few minutes.
const LOOKING: &[(&str, &str)] = &[
    ("reconcile.every_ms", "500"),
    ("meeting.recording_look_every", "500"),
    ("meeting.look_every", "500"),
];

#[tokio::test(flavor = "multi_thread")]
async fn notices_that_come_twice_count_once() {
    let world = World::with(claiming, &[]).await;
    fault(&world, "eventbridge", "*", FaultKind::Duplicate, 0);
    let (meeting, people) = recording(&world).await;
    drop_and_return(&world, &meeting, &people).await;
    people[0].end().await.unwrap();
    all_true(&world, &meeting, "Ended by the host").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn notices_out_of_order_are_told_in_the_order_in_which_things_happened() {
    let world = World::with(claiming, LOOKING).await;
    // Each is told after the one that follows it.
    for call in
        ["chime:AttendeeJoined", "chime:AttendeeDropped", "ECS Task State Change", "Object Created"]
    {
        fault(&world, "eventbridge", call, FaultKind::Reorder, 1);
    }
    let (meeting, people) = recording(&world).await;
    drop_and_return(&world, &meeting, &people).await;
    fault(&world, "eventbridge", "chime:AttendeeLeft", FaultKind::Reorder, 1);
    people[1].leave().await.unwrap();
    until_phase(&people[1], Phase::Left).await;
    people[0].end().await.unwrap();
    all_true(&world, &meeting, "Ended by the host").await;
    assert_eq!(world.emulator.faults.list(), vec![], "each was played");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_notice_told_of_is_found_by_looking() {
    let world = World::with(claiming, LOOKING).await;
    for call in ["ECS Task State Change", "Object Created", "chime:AttendeeDropped"] {
        fault(&world, "eventbridge", call, FaultKind::Drop, 0);
    }
    let (meeting, people) = recording(&world).await;
    drop_and_return(&world, &meeting, &people).await;
    // Everybody's end is lost, and the meeting's own: Chime ends it, and nobody hears of it.
    for call in ["chime:AttendeeLeft", "chime:MeetingEnded", "chime:AttendeeDeleted"] {
        fault(&world, "eventbridge", call, FaultKind::Drop, 0);
    }
    people[0].end().await.unwrap();
    all_true(&world, &meeting, "Ended by the host").await;
}

/// A meeting of two with a recorder that records, by the record.
async fn recording(world: &World) -> (Meeting, Vec<Person>) {
    let wish = Wish { subject: "Told".into(), policy: "Notice".into(), ..Wish::default() };
    let meeting = world.click(wish, &["Ada", "Ben"]);
    let people: Vec<Person> = (0..2).map(|n| world.person(&meeting, n)).collect();
    for person in &people {
        person.join();
        until_phase(person, Phase::In).await;
    }
    world.until_status(&meeting, "Live").await;
    people[0].record().await.unwrap();
    let id = &meeting.id;
    world.until_field("Chime_Meeting__c", id, "Recording_State__c", "Recording").await;
    (meeting, people)
}

/// The second person is cut off, Chime notices, and the person returns.
async fn drop_and_return(world: &World, meeting: &Meeting, people: &[Person]) {
    people[1].drop_out().unwrap();
    until("Chime has noticed", || async {
        let made = attendees(world, meeting);
        let seat = &meeting.seats[1].participant;
        match made.iter().find(|a| a.external_user_id == *seat) {
            Some(attendee) if !attendee.connected => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await;
    people[1].come_back();
    until_phase(&people[1], Phase::In).await;
}

/// One of everything, and the record says what the emulator saw.
async fn all_true(world: &World, meeting: &Meeting, reason: &str) {
    world.until_status(meeting, "Ended").await;
    let available = format!(
        "SELECT Id FROM Chime_Recording__c WHERE Meeting__c = '{}' AND Status__c = 'Available'",
        meeting.id
    );
    world.until_rows(&available, 1).await;
    until_all_true(world, meeting).await;
    assert_one_recording(world, meeting);
    assert_eq!(world.emulator.ecs.tasks().len(), 1);
    assert_eq!(world.field("Chime_Meeting__c", &meeting.id, "Status_Reason__c"), reason);
}
