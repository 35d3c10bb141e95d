//! The machine the bridge runs on: its disk is full, its clock is set, it is asked to end in the
//! middle of everything.

use std::sync::Arc;

use chime_bridge::bridge::Surroundings;
use chime_bridge::clock::Millis;
use chime_bridge::config::Sources;
use chime_bridge::supervisor::{DRAIN, Supervisor};
use chime_bridge::telemetry;
use chime_emulator::apex::gateway::{Meeting, Wish};
use chime_emulator::people::{Person, Phase};
use chime_emulator::tasks::spawn;
use tokio::sync::mpsc;

use crate::inside::Ahead;
use crate::ledger::{
    assert_all_is_well, assert_one_recording, fault, ready, reject, until_drained, until_phase,
    until_ready, until_unready,
};
use crate::world::{World, recorder, until};

#[tokio::test(flavor = "multi_thread")]
async fn asked_to_end_in_the_middle_of_everything_it_exits_well_and_the_next_one_goes_on() {
    let claims = |config: &mut chime_emulator::start::Config| {
        config.recorders.insert("chime-recorder".into(), recorder(&["--claim-media"]));
    };
    let settings = [("queues.hidden_seconds", "2"), ("outbox.backoff_max_ms", "1000")];
    let mut world = World::with(claims, &settings).await;
    // Each step is only begun when the bridge is asked to end.
    let meetings: Vec<Meeting> =
        (0..5).map(|_| world.click(Wish::default(), &["Ada", "Ben"])).collect();
    end_and_start(&mut world).await;
    for meeting in &meetings {
        world.until_status(meeting, "Open").await;
    }
    let pairs: Vec<[Person; 2]> =
        meetings.iter().map(|m| [world.person(m, 0), world.person(m, 1)]).collect();
    pairs.iter().flatten().for_each(Person::join);
    end_and_start(&mut world).await;
    for person in pairs.iter().flatten() {
        until_phase(person, Phase::In).await;
        person.consent(true).await.unwrap();
    }
    for [ada, _] in &pairs {
        ada.record().await.unwrap();
    }
    end_and_start(&mut world).await;
    for meeting in &meetings {
        let id = &meeting.id;
        world.until_field("Chime_Meeting__c", id, "Recording_State__c", "Recording").await;
    }
    for [ada, _] in &pairs {
        ada.end().await.unwrap();
    }
    end_and_start(&mut world).await;
    for meeting in &meetings {
        world.until_status(meeting, "Ended").await;
    }
    let available = "SELECT Id FROM Chime_Recording__c WHERE Status__c = 'Available'";
    world.until_rows(available, meetings.len()).await;
    assert_all_is_well(&world, &meetings).await;
    for meeting in &meetings {
        assert_one_recording(&world, meeting);
    }
    assert_eq!(world.emulator.ecs.tasks().len(), meetings.len(), "one recorder a meeting");
}

async fn end_and_start(world: &mut World) {
    assert_eq!(world.stop().await, Some(0), "log: {}", world.log());
    world.start().await;
}

/// Every write of the bridge to a file fails from now on, or none does any more: what a full disk
/// does, without filling one. The bridge was started with SIGXFSZ ignored, so that it gets an error.
#[cfg(target_os = "linux")]
async fn disk_takes(world: &World, anything: bool) {
    let limit = if anything { "unlimited" } else { "0" };
    let pid = world.pid().expect("the bridge runs").to_string();
    // The hard limit stays, so that nobody needs a right to raise the soft one again.
    let limit = format!("--fsize={limit}:unlimited");
    let mut command = tokio::process::Command::new("prlimit");
    let done = command.args(["--pid", &pid, &limit]).status().await.unwrap();
    assert!(done.success(), "{done}");
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_stops_what_cannot_be_kept_and_nothing_is_lost_when_there_is_room_again() {
    let mut world = World::without_bridge(|_| {}, &[("queues.hidden_seconds", "2")]).await;
    world.through = ["sh", "-c", "trap '' XFSZ; exec \"$0\" \"$@\""].map(String::from).to_vec();
    world.start().await;
    let open = world.click(Wish::default(), &["Ada", "Ben"]);
    world.until_status(&open, "Open").await;
    let (ada, ben) = (world.person(&open, 0), world.person(&open, 1));
    ada.join();
    world.until_status(&open, "Live").await;
    until_drained(&world).await;

    disk_takes(&world, false).await;
    let asked = world.click(Wish::default(), &["Cleo"]);
    ben.join();
    until_unready(&world, "nothing can be kept").await;
    // Taken up by nobody: the signal is still the queue's, the event the org's.
    let signals = chime_emulator::start::SIGNALS;
    until("Ben's ring is still the queue's: nothing is deleted that is not kept", || async {
        if world.emulator.sqs.peek(signals).is_empty() { Err("empty".into()) } else { Ok(()) }
    })
    .await;
    assert_eq!(world.chime_meetings(&asked), 0, "nothing is done that is not kept");
    assert!(world.runs(), "it waits for room");
    disk_takes(&world, true).await;
    until_phase(&ben, Phase::In).await;
    world.until_status(&asked, "Open").await;
    ada.end().await.unwrap();
    world.until_status(&open, "Ended").await;
    assert_all_is_well(&world, &[open, asked]).await;
}

/// Half an hour, milliseconds.
const HALF_AN_HOUR: Millis = 30 * 60_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_set_forward_and_back_delays_nothing_by_as_much() {
    let world = World::without_bridge(|_| {}, &[]).await;
    let file = Some(world.write_settings());
    let config = Sources { file, ..Sources::default() }.load().unwrap();
    let clock = Ahead::default();
    let (end, signals) = mpsc::channel(1);
    let mut around = Surroundings::of_process(telemetry::silent().unwrap());
    around.clock = Arc::new(clock.clone());
    let running = chime_bridge::bridge::run(config, Supervisor::new(DRAIN), signals, around);
    let running = spawn(async move { running.await.map(|exit| exit.code()) });
    until_ready(&world).await;
    let before = world.click(Wish::default(), &["Ada", "Ben"]);
    world.until_status(&before, "Open").await;
    let ada = world.person(&before, 0);
    ada.join();
    world.until_status(&before, "Live").await;

    clock.advance(HALF_AN_HOUR);
    // Salesforce and Chime fail meanwhile: what is to be tried again waits for a moment of the
    // clock that is wrong.
    fault(&world, "chime", "CreateMeeting", reject(503, "ServiceUnavailable"), 0);
    let meanwhile = world.click(Wish::default(), &["Cleo"]);
    until_effect_waits(&world).await;
    fault(&world, "rest", "*", reject(503, "SERVER_UNAVAILABLE"), 0);
    let ben = world.person(&before, 1);
    ben.join();
    until_phase(&ben, Phase::In).await;
    clock.advance(-2 * HALF_AN_HOUR);
    world.emulator.faults.clear();
    world.until_status(&meanwhile, "Open").await;
    let seat = &before.seats[1].participant;
    world.until_field("Chime_Participant__c", seat, "Status__c", "In meeting").await;
    clock.advance(HALF_AN_HOUR);
    ada.end().await.unwrap();
    world.until_status(&before, "Ended").await;
    assert_all_is_well(&world, &[before, meanwhile]).await;
    end.send("the test").await.unwrap();
    assert_eq!(running.await.unwrap().unwrap(), 0);
    assert_eq!(ready(&world).await.0, 0, "it has ended");
}

/// An effect has failed and waits for its next try.
async fn until_effect_waits(world: &World) {
    use chime_bridge::store::{SqliteStore, Store};
    let store = SqliteStore::open_beside(&world.dir().join("bridge.db")).await.unwrap();
    until("an effect has failed", || async {
        let rows = store.due_effects(Millis::MAX, 100, &Default::default()).await.unwrap();
        match rows.iter().any(|row| row.attempts > 0) {
            true => Ok(()),
            false => Err(format!("{rows:?}")),
        }
    })
    .await;
    store.close().await;
}
