//! Facts that wait in a queue while nobody listens: what the clock would do to a meeting waits
//! until they were heard.

use chime_bridge::clock::{Clock, SystemClock};
use chime_emulator::apex::gateway::{Meeting, Wish};
use chime_emulator::faults::FaultKind;
use chime_emulator::people::{Person, Phase};
use chime_emulator::start::NOTICES;

use crate::ledger::{assert_one_of_each, fault, until_drained, until_phase};
use crate::seat::until_taken;
use crate::world::{World, until};

/// A meeting without a person is over after this.
const QUIET: i64 = 10_000;

/// Ada's network fails, and the bridge has heard of it.
async fn ada_drops(world: &World, meeting: &Meeting, ada: &Person) {
    let seat = &meeting.seats[0].participant;
    ada.drop_out().unwrap();
    world.until_field("Chime_Participant__c", seat, "Status__c", "Left").await;
}

/// She is back, and as much time has passed as would end a meeting that she had not come back to.
async fn ada_returns_unheard(ada: &Person) {
    ada.come_back();
    until_phase(ada, Phase::In).await;
    let over = SystemClock.now() + QUIET;
    until("an empty meeting would be over", || async {
        if SystemClock.now() > over { Ok(()) } else { Err("not yet".into()) }
    })
    .await;
}

/// The bridge works: what is asked for now is done, and its clock has looked at every meeting.
async fn another_meeting_opens(world: &World) {
    let other = world.click(Wish::default(), &["Zoe"]);
    world.until_status(&other, "Open").await;
    world.apex.command("END_MEETING", &other.id, None, None).unwrap();
    world.until_status(&other, "Ended").await;
}

fn the_queues_go_away(world: &World) {
    let gone = FaultKind::Reject { status: 503, code: "ServiceUnavailable".into() };
    fault(world, "sqs", "ReceiveMessage", gone, 0);
}

/// The last poll that was under way is over, and the next was refused.
async fn until_deaf(world: &World) {
    until("the notices cannot be polled", || async {
        let refused =
            |line: &&str| line.contains("could not be polled") && line.contains("queue=Notices");
        match world.log().lines().find(refused) {
            Some(_) => Ok(()),
            None => Err("not refused yet".into()),
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meeting_people_came_back_to_while_nobody_listened_is_not_ended_as_empty() {
    let quiet = QUIET.to_string();
    let settings = [("meeting.quiet_limit", quiet.as_str()), ("queues.hidden_seconds", "1")];
    let mut world = World::with(|_| {}, &settings).await;
    let meeting = world.click(Wish::default(), &["Ada"]);
    world.until_status(&meeting, "Open").await;
    let ada = world.person(&meeting, 0);
    ada.join();
    world.until_status(&meeting, "Live").await;

    // The queues are out of reach for longer than a meeting may be empty.
    ada_drops(&world, &meeting, &ada).await;
    the_queues_go_away(&world);
    until_deaf(&world).await;
    ada_returns_unheard(&ada).await;
    another_meeting_opens(&world).await;
    assert_eq!(world.field("Chime_Meeting__c", &meeting.id, "Status__c"), "Live");
    world.emulator.faults.clear();
    let seat = meeting.seats[0].participant.clone();
    world.until_field("Chime_Participant__c", &seat, "Status__c", "In meeting").await;

    // The bridge is away as long, and the queues are not there yet when it starts.
    ada_drops(&world, &meeting, &ada).await;
    world.kill().await;
    ada_returns_unheard(&ada).await;
    the_queues_go_away(&world);
    world.start().await;
    another_meeting_opens(&world).await;
    world.emulator.faults.clear();
    world.until_field("Chime_Participant__c", &seat, "Status__c", "In meeting").await;
    until_taken(&world, NOTICES).await;
    assert_eq!(world.field("Chime_Meeting__c", &meeting.id, "Status__c"), "Live");
    assert_eq!(ada.view().phase, Phase::In, "nobody threw her out");

    // Once it is truly empty it is over, as of the moment she left.
    ada_drops(&world, &meeting, &ada).await;
    world.until_status(&meeting, "Ended").await;
    let reason = world.field("Chime_Meeting__c", &meeting.id, "Status_Reason__c");
    assert_eq!(reason, "Nobody was there any more");
    until_drained(&world).await;
    assert_one_of_each(&world, &meeting);
    assert_eq!(world.letters(), vec![]);
}
