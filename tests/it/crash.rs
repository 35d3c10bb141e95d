//! Story 3, first half: the bridge is killed with `kill -9` at the worst moments. Afterwards there
//! is one of everything, and nobody had to do anything.

use chime_emulator::apex::gateway::Wish;
use chime_emulator::faults::FaultKind;

use crate::ledger::{assert_one_recording, attendees, fault, until_task};
use crate::world::{World, recorder, until};

async fn recording_world(settings: &[(&str, &str)]) -> World {
    let claims = |config: &mut chime_emulator::start::Config| {
        config.recorders.insert("chime-recorder".into(), recorder(&["--claim-media"]));
    };
    World::with(claims, settings).await
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_between_making_the_meeting_and_saying_so_there_is_one_meeting_and_it_is_open() {
    let mut world = World::new().await;
    fault(&world, "chime", "CreateMeeting", FaultKind::LoseAnswer, 0);
    let meeting = world.click(Wish::default(), &["Ada"]);
    until("Chime has made the meeting", || async {
        match world.chime_meetings(&meeting) {
            0 => Err("none".into()),
            _ => Ok(()),
        }
    })
    .await;
    world.kill().await;
    let status = world.field("Chime_Meeting__c", &meeting.id, "Status__c");
    assert_eq!(status, "Requested", "the record cannot know it yet");
    world.emulator.faults.clear();
    world.start().await;
    world.until_status(&meeting, "Open").await;
    assert_eq!(world.chime_meetings(&meeting), 1);
    let made = &world.emulator.chime.ledger().meetings[0];
    assert_eq!(
        world.field("Chime_Meeting__c", &meeting.id, "Chime_Meeting_Id__c"),
        made.meeting_id
    );
    assert_eq!(made.ended_at, None, "the meeting that is told of lives");
    let ada = world.person(&meeting, 0);
    ada.join();
    world.until_status(&meeting, "Live").await;
    assert_eq!(world.letters(), vec![]);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_a_call_is_under_way_the_call_is_made_again_and_counts_once() {
    let mut world = World::new().await;
    fault(&world, "chime", "CreateMeeting", FaultKind::Delay { ms: 600_000 }, 1);
    let meeting = world.click(Wish::default(), &["Ada"]);
    until_taken(&world).await;
    world.kill().await;
    world.start().await;
    world.until_status(&meeting, "Open").await;
    assert_eq!(world.chime_meetings(&meeting), 1);

    // The same for the seat: its attendee is made, the answer is lost, the bridge dies.
    fault(&world, "chime", "CreateAttendee", FaultKind::LoseAnswer, 0);
    let ada = world.person(&meeting, 0);
    ada.join();
    until("Chime has made the attendee", || async {
        match attendees(&world, &meeting).len() {
            0 => Err("none".into()),
            _ => Ok(()),
        }
    })
    .await;
    world.kill().await;
    world.emulator.faults.clear();
    world.start().await;
    world.until_status(&meeting, "Live").await;
    assert_eq!(attendees(&world, &meeting).len(), 1);
    assert_eq!(world.letters(), vec![]);
}

/// The ordered fault is being played: the call it hit is under way.
async fn until_taken(world: &World) {
    until("the delayed call is under way", || async {
        match world.emulator.faults.list().as_slice() {
            [] => Ok(()),
            waiting => Err(format!("{waiting:?}")),
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_after_ecs_took_the_task_no_second_recorder_is_started() {
    let mut world = recording_world(&[]).await;
    let meeting = world.click(Wish { policy: "Notice".into(), ..Wish::default() }, &["Ada"]);
    world.until_status(&meeting, "Open").await;
    let ada = world.person(&meeting, 0);
    ada.join();
    world.until_status(&meeting, "Live").await;
    fault(&world, "ecs", "RunTask", FaultKind::LoseAnswer, 0);
    ada.record().await.unwrap();
    until_task(&world).await;
    world.kill().await;
    world.emulator.faults.clear();
    world.start().await;
    let id = meeting.id.clone();
    world.until_field("Chime_Meeting__c", &id, "Recording_State__c", "Recording").await;
    ada.end().await.unwrap();
    world.until_status(&meeting, "Ended").await;
    let available = format!(
        "SELECT Id FROM Chime_Recording__c WHERE Meeting__c = '{id}' AND Status__c = 'Available'"
    );
    world.until_rows(&available, 1).await;
    assert_eq!(world.emulator.ecs.tasks().len(), 1, "{:?}", world.emulator.ecs.tasks());
    assert_one_recording(&world, &meeting);
    assert_eq!(world.letters(), vec![]);
}
