//! Every step failed, in the whole bridge: each kind of effect and each object told to Salesforce
//! is struck once at one of three points (`strike`), and each time the bridge is killed and started
//! again. One meeting goes through all of it, from an unknown record to tickets swept a week after
//! its end; at the end there is one of everything and the records are true.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use chime_bridge::bridge::Surroundings;
use chime_bridge::clock::Millis;
use chime_emulator::apex::gateway::{Meeting, Wish};
use chime_emulator::people::{Person, Phase};
use serde_json::Value;
use tokio::sync::mpsc;

use crate::inside::{Ahead, Inside};
use crate::ledger::{
    assert_no_task_doubled, assert_one_of_each, attendees, until_drained, until_phase,
};
use crate::seat::ticket;
use crate::strike::{Point, Strikes};
use crate::tree;
use crate::world::{World, guests, recorder, text, until};

/// Short waits, so that many deaths are a matter of seconds.
const QUICK: &[(&str, &str)] = &[
    ("effects.backoff_min_ms", "50"),
    ("meeting.pieces_limit", "1500"),
    ("meeting.recording_look_every", "300"),
    ("outbox.backoff_min_ms", "100"),
    ("outbox.backoff_max_ms", "500"),
    ("queues.hidden_seconds", "1"),
    ("salesforce.on_lost_replay", "earliest"),
];
/// Longer than tickets are kept after the end.
const EIGHT_DAYS: Millis = 8 * 24 * 3_600_000;

/// Every variant of `Effect`, read from where they are declared: a new one is missing below until
/// the story causes it.
fn effects() -> BTreeSet<String> {
    let source = tree::read("src/meeting/effect.rs");
    let (_, rest) = source.split_once("pub enum Effect {").unwrap();
    let (body, _) = rest.split_once("\n}\n").unwrap();
    let variants = body.lines().filter_map(|line| line.strip_prefix("    "));
    let named = variants.filter(|line| line.starts_with(|c: char| c.is_ascii_uppercase()));
    named.map(|line| line.trim_end_matches([' ', '{', ',']).to_string()).collect()
}

/// Every object of the package that the bridge writes by its outbox. Seat keys are deleted by an
/// effect; the command is an event.
fn objects() -> BTreeSet<String> {
    let folder = tree::root().join("force-app/core/main/default/objects");
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let names = names.map(|name| name.to_string_lossy().into_owned());
    names.filter(|name| name.ends_with("__c") && name != "Chime_Seat_Key__c").collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_effect_may_fail_and_die_before_its_call() {
    every_step(Point::Before, effects()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_effect_may_lose_its_answer_and_die_before_it_is_committed() {
    every_step(Point::Answered, effects()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_effect_may_die_after_it_is_committed() {
    every_step(Point::Committed, effects()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_object_may_die_before_it_is_told() {
    every_step(Point::Before, objects()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_object_may_die_after_it_was_told_and_before_that_is_noted() {
    every_step(Point::Answered, objects()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_object_may_die_after_it_is_noted_as_told() {
    every_step(Point::Committed, objects()).await;
}

async fn every_step(point: Point, steps: BTreeSet<String>) {
    assert!(steps.len() >= 7, "the places they are read from have moved: {steps:?}");
    let claims = |config: &mut chime_emulator::start::Config| {
        config.recorders.insert("chime-recorder".into(), recorder(&["--claim-media"]));
    };
    let world = World::without_bridge(claims, QUICK).await;
    let clock = Ahead::default();
    let (strikes, told) = Strikes::new(point, steps.clone());
    let around = {
        let (strikes, clock) = (strikes.clone(), clock.clone());
        move |mut around: Surroundings| {
            around.clock = Arc::new(clock.clone());
            strikes.around(around)
        }
    };
    tokio::select! {
        () = through_everything(&world, &clock) => {}
        () = kill_when_struck(&world, around, told) => {}
    }
    let left = strikes.left();
    assert!(left.is_empty(), "never struck at {point:?}: {left:?}");
}

/// Keeps a bridge running: kills it at each strike, starts it again.
async fn kill_when_struck(
    world: &World,
    around: impl Fn(Surroundings) -> Surroundings,
    mut told: mpsc::UnboundedReceiver<String>,
) {
    loop {
        let mut bridge = Inside::launch(world, &around);
        let why = tokio::select! {
            struck = told.recv() => format!("struck: {struck:?}"),
            ended = bridge.ended() => {
                // The one before has not quite let go.
                tokio::time::sleep(Duration::from_millis(20)).await;
                format!("ended: {ended}")
            }
        };
        eprintln!("{why}");
        bridge.kill();
    }
}

/// A meeting that needs every effect and tells of every object.
async fn through_everything(world: &World, clock: &Ahead) {
    // The bridge hears of it by a command for a record it does not know.
    let meeting = world.apex.insert(&Wish::default(), &guests(&["Ada", "Ben", "Cem"])).unwrap();
    let id = meeting.id.clone();
    world.apex.command("STOP_RECORDING", &id, None, None).unwrap();
    let people: Vec<Person> = (0..3).map(|seat| world.person(&meeting, seat)).collect();
    let [ada, ben, cem] = people.as_slice() else { panic!("three people") };
    world.until_status(&meeting, "Open").await;
    for person in &people {
        person.join();
    }
    for person in &people {
        until_phase(person, Phase::In).await;
    }
    // A recorder is started, waits for consent, and is not wanted any more.
    ada.record().await.unwrap();
    until("a recorder runs", || async {
        let tasks = world.emulator.ecs.tasks();
        if tasks.len() == 1 { Ok(()) } else { Err(format!("{tasks:?}")) }
    })
    .await;
    world.until_field("Chime_Meeting__c", &id, "Recording_State__c", "Waiting for consent").await;
    // The bridge knows the task: it stops it, and the recorder cannot have left by itself before.
    until_drained(world).await;
    ada.stop_recording().await.unwrap();
    until("the recorder is stopped", || async {
        let tasks = world.emulator.ecs.tasks();
        if tasks[0].status == "STOPPED" { Ok(()) } else { Err(format!("{tasks:?}")) }
    })
    .await;
    until_recordings(world, &meeting, &["Failed"]).await;
    ada.remove(&meeting.seats[2].participant).await.unwrap();
    until_phase(cem, Phase::Removed).await;
    ada.consent(true).await.unwrap();
    ben.consent(true).await.unwrap();
    ada.record().await.unwrap();
    world.until_field("Chime_Meeting__c", &id, "Recording_State__c", "Recording").await;
    // Somebody mistakes a record: the only thing that cannot be done.
    world.apex.command("REMOVE_PARTICIPANT", &id, Some(&meeting.id), None).unwrap();
    ada.end().await.unwrap();
    world.until_status(&meeting, "Ended").await;
    let rows = until_recordings(world, &meeting, &["Available", "Failed"]).await;
    let key = rows.iter().find(|row| text(&row["Status__c"]) == "Available");
    let key = text(&key.unwrap()["Recording_Key__c"]);
    world.apex.command("REFRESH_PLAYBACK", &id, Some(&key), None).unwrap();
    until("the link is on the record", || async {
        let rows = recordings(world, &meeting);
        let linked = rows.iter().any(|row| !text(&row["Playback_Link__c"]).is_empty());
        if linked { Ok(()) } else { Err(format!("{rows:?}")) }
    })
    .await;
    world.apex.command("ERASE_RECORDING", &id, Some(&key), None).unwrap();
    until_recordings(world, &meeting, &["Erased", "Failed"]).await;
    world.until_rows("SELECT Id FROM Chime_Dead_Letter__c", 1).await;
    until_drained(world).await;
    assert_all_is_true(world, &meeting);

    world.emulator.clock.advance(EIGHT_DAYS);
    clock.advance(EIGHT_DAYS);
    until("the tickets are swept", || async {
        for seat in &meeting.seats {
            if ticket(world, seat).await.is_some() {
                return Err(format!("{} has a ticket; {:?}", seat.participant, world.letters()));
            }
        }
        Ok(())
    })
    .await;
    until_drained(world).await;
    assert_all_is_true(world, &meeting);
}

fn recordings(world: &World, meeting: &Meeting) -> Vec<Value> {
    world.query(&format!(
        "SELECT Status__c, Recording_Key__c, Playback_Link__c, Failure_Reason__c \
         FROM Chime_Recording__c WHERE Meeting__c = '{}'",
        meeting.id
    ))
}

/// Waits until the meeting's recordings have these statuses, in any order; their rows.
async fn until_recordings(world: &World, meeting: &Meeting, wanted: &[&str]) -> Vec<Value> {
    until(&format!("recordings are {wanted:?}"), || async {
        let rows = recordings(world, meeting);
        let mut statuses: Vec<String> = rows.iter().map(|row| text(&row["Status__c"])).collect();
        statuses.sort();
        if statuses == wanted { Ok(()) } else { Err(format!("{rows:?}; {:?}", world.letters())) }
    })
    .await;
    recordings(world, meeting)
}

fn assert_all_is_true(world: &World, meeting: &Meeting) {
    assert_one_of_each(world, meeting);
    assert_no_task_doubled(world);
    assert_eq!(world.emulator.ecs.tasks().len(), 2, "one recorder a recording");
    let recorders = attendees(world, meeting);
    let recorders = recorders.iter().filter(|a| a.external_user_id.starts_with("recorder-"));
    assert_eq!(recorders.count(), 1, "only the second was let in");
    let field = |name| world.field("Chime_Meeting__c", &meeting.id, name);
    assert_eq!(field("Status__c"), "Ended");
    assert_eq!(field("Status_Reason__c"), "Ended by the host");
    assert_eq!(field("Participant_Count__c").parse(), Ok(3.0), "three have been there");
    for seat in &meeting.seats {
        let field = |name| world.field("Chime_Participant__c", &seat.participant, name);
        let now = (field("Status__c"), field("Consent__c"));
        let true_now =
            if seat.name == "Cem" { ("Removed", "Not asked") } else { ("Left", "Given") };
        assert_eq!((now.0.as_str(), now.1.as_str()), true_now, "{}", seat.participant);
    }
    let rows = recordings(world, meeting);
    let failed = rows.iter().find(|row| text(&row["Status__c"]) == "Failed").unwrap();
    assert_eq!(text(&failed["Failure_Reason__c"]), "Stopped before anything was recorded");
    assert!(world.query("SELECT Id FROM Chime_Seat_Key__c").is_empty(), "keys are dropped");
    let letters = world.letters();
    assert_eq!(letters.len(), 1, "{letters:?}");
    assert!(letters[0].1.starts_with("CB-016"), "{letters:?}");
}
