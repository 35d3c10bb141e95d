//! Story 1: a meeting starts, is recorded and ends; the record tells it as it was.

use chime_emulator::apex::gateway::Wish;

use crate::world::{World, recorder, text};

#[tokio::test(flavor = "multi_thread")]
async fn a_meeting_is_started_recorded_and_ended_and_the_record_says_so() {
    let world = World::with(
        |config| {
            config.recorders.insert("chime-recorder".into(), recorder(&["--claim-media"]));
        },
        &[],
    )
    .await;
    let wish = Wish { subject: "Offer".into(), ..Wish::default() };
    let meeting = world.click(wish, &["Ada", "Ben"]);
    world.until_status(&meeting, "Open").await;
    let (ada, ben) = (world.person(&meeting, 0), world.person(&meeting, 1));
    ada.join();
    ben.join();
    world.until_status(&meeting, "Live").await;
    let ben_seat = meeting.seats[1].participant.clone();
    world.until_field("Chime_Participant__c", &ben_seat, "Status__c", "In meeting").await;

    ada.consent(true).await.unwrap();
    ben.consent(true).await.unwrap();
    ada.record().await.unwrap();
    let id = meeting.id.clone();
    world.until_field("Chime_Meeting__c", &id, "Recording_State__c", "Recording").await;
    ada.end().await.unwrap();
    world.until_status(&meeting, "Ended").await;

    let soql = format!(
        "SELECT Status__c, S3_Uri__c, Checksum__c, Size_Bytes__c FROM Chime_Recording__c \
         WHERE Meeting__c = '{id}' AND Status__c = 'Available'"
    );
    let recording = &world.until_rows(&soql, 1).await[0];
    assert_eq!(text(&recording["Checksum__c"]).len(), 64);
    assert!(text(&recording["S3_Uri__c"]).contains(&id));
    assert_eq!(world.field("Chime_Meeting__c", &id, "Status_Reason__c"), "Ended by the host");
    assert_eq!(world.chime_meetings(&meeting), 1);
    assert_eq!(world.emulator.ecs.tasks().len(), 1);
    assert_eq!(world.letters(), vec![]);
    assert!(world.emulator.bus.usage().used <= 3, "event deliveries of one meeting");
}
