//! Story 3, first half: the bridge is killed with `kill -9` at the worst moments. Afterwards there
//! is one of everything, and nobody had to do anything.

use std::time::Duration;

use chime_emulator::apex::gateway::{Meeting, Wish};
use chime_emulator::faults::FaultKind;
use chime_emulator::org::Org;
use chime_emulator::people::{Person, Phase};
use rand::{Rng, SeedableRng, rngs::StdRng};
use tokio::task::JoinSet;

use crate::ledger::{
    assert_no_task_doubled, assert_one_of_each, assert_one_recording, attendees, calls, fault,
    until_drained,
};
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
    until("ECS has started the task", || async {
        match world.emulator.ecs.tasks().len() {
            0 => Err("none".into()),
            _ => Ok(()),
        }
    })
    .await;
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

/// Ada and Ben meet, are recorded, and Ada ends it. Whatever is refused is done again, as people do.
async fn meet(org: std::sync::Arc<Org>, meeting: Meeting, ada: Person, ben: Person) {
    let is = |field: &'static str, value: &'static str| {
        let (org, id) = (org.clone(), meeting.id.clone());
        async move {
            until(&format!("{field} of {id} is {value}"), || async {
                let record = org.get("Chime_Meeting__c", &id).unwrap_or_default();
                let now = record.get(field).and_then(|v| v.as_str()).unwrap_or_default();
                if now == value { Ok(()) } else { Err(format!("{now:?}")) }
            })
            .await;
        }
    };
    ada.join();
    ben.join();
    for person in [&ada, &ben] {
        until("a person is in", || async {
            let view = person.view();
            if view.phase == Phase::In { Ok(()) } else { Err(format!("{view:?}")) }
        })
        .await;
        person.consent(true).await.unwrap();
    }
    ada.record().await.unwrap();
    is("Recording_State__c", "Recording").await;
    ada.end().await.unwrap();
    is("Status__c", "Ended").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_ten_times_at_random_moments_nothing_is_lost_and_nothing_doubled() {
    const SEED: u64 = 20_260_117;
    let mut random = StdRng::seed_from_u64(SEED);
    let mut world =
        recording_world(&[("outbox.backoff_max_ms", "2000"), ("queues.hidden_seconds", "2")]).await;
    let (mut meetings, mut scripts) = (Vec::new(), JoinSet::new());
    for kill in 0..10 {
        if kill % 2 == 0 {
            let meeting = world.click(Wish::default(), &["Ada", "Ben"]);
            let (ada, ben) = (world.person(&meeting, 0), world.person(&meeting, 1));
            scripts.spawn(meet(world.emulator.org.clone(), meeting.clone(), ada, ben));
            meetings.push(meeting);
        }
        // A moment is so many calls from now; if nothing more happens, it is now.
        let until_calls = calls(&world) + random.random_range(1..12);
        let moment = async {
            while calls(&world) < until_calls {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        let _ = tokio::time::timeout(Duration::from_secs(3), moment).await;
        world.kill().await;
        world.launch();
    }
    while let Some(ended) = scripts.join_next().await {
        ended.expect("the script of a meeting ends");
    }
    let available = "SELECT Id FROM Chime_Recording__c WHERE Status__c = 'Available'";
    world.until_rows(available, meetings.len()).await;
    let open = "SELECT Id FROM Chime_Participant_Session__c WHERE Left_At__c = null";
    world.until_rows(open, 0).await;
    until_drained(&world).await;

    for meeting in &meetings {
        assert_one_of_each(&world, meeting);
        assert_one_recording(&world, meeting);
        let reason = world.field("Chime_Meeting__c", &meeting.id, "Status_Reason__c");
        assert_eq!(reason, "Ended by the host");
    }
    assert_no_task_doubled(&world);
    assert_eq!(world.emulator.ecs.tasks().len(), meetings.len(), "one recorder a meeting");
    assert_eq!(world.letters(), vec![]);
}
