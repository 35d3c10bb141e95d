//! The log alone tells what happened to one meeting, also when the bridge was killed in the middle
//! of it: whoever filters the lines by `meeting.id` reads a story in order, without a name in it.

use std::time::Duration;

use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::Value;
use tokio::time::sleep;

use crate::kills::{SETTINGS, until_at_rest};
use crate::script::{Plan, Stage, play};
use crate::seed::seed;
use crate::world::{World, recorder, until};

/// What the story of a recorded meeting says, in this order; other lines may stand between.
const STORY: [&str; 12] = [
    "A meeting was heard of",
    "A Chime meeting was made",
    "An attendee was made",
    "A participant joined",
    "A participant spoke about recording",
    "A recorder is wanted",
    "The recording began",
    "The recording was told to stop",
    "The meeting is over",
    "A recorder is gone",
    "The recording has its verdict",
    "Told to Salesforce",
];

/// Told after a recorder was wanted; but its first words may come before, if the bridge was killed
/// between starting the task and saying so: then the task is asked for again, and found.
const STARTED: &str = "A recorder task was started";

/// Turns at which the bridge is killed, in the order of the story.
const KILLED_AT: [&str; 5] = [
    "A Chime meeting was made",
    "A participant joined",
    "A recorder is wanted",
    "The recording began",
    "The meeting is over",
];

#[tokio::test(flavor = "multi_thread")]
async fn the_log_alone_tells_the_story_of_a_meeting_through_kills() {
    let claims = |config: &mut chime_emulator::start::Config| {
        config.recorders.insert("chime-recorder".into(), recorder(&["--claim-media"]));
    };
    let mut world = World::with(claims, &SETTINGS).await;
    let (told, heard) = tokio::sync::oneshot::channel();
    let stage = Stage::new(&world, false);
    let script = chime_emulator::tasks::spawn(play(stage, Plan::story(), move |meeting| {
        let _ = told.send(meeting.clone());
    }));
    let meeting = heard.await.unwrap();
    // As soon as the log tells of a turn the bridge is killed, before much else can happen: a fast
    // machine would else have held the whole meeting before the first kill.
    let seed = seed();
    println!("CHIME_SEED={seed}");
    let mut random = StdRng::seed_from_u64(seed);
    for turn in KILLED_AT {
        let killed_at = format!("{turn:?}");
        until(turn, || async {
            if world.log().contains(&killed_at) { Ok(()) } else { Err("not told".into()) }
        })
        .await;
        sleep(Duration::from_millis(random.random_range(0..60))).await;
        world.kill().await;
        world.launch();
    }
    let kills = KILLED_AT.len();
    script.await.unwrap();
    until_at_rest(&world).await;
    world.stop().await;

    let log = world.log();
    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}")))
        .collect();
    let says = |line: &Value, message: &str| line["message"] == message;
    let of_meeting: Vec<&Value> =
        lines.iter().filter(|line| line["meeting.id"] == meeting.id.as_str()).collect();
    for line in &of_meeting {
        println!("{line}");
    }
    let mut rest = of_meeting.iter();
    for wanted in STORY {
        assert!(rest.any(|line| says(line, wanted)), "the story has no {wanted:?} there");
    }
    let mut since = of_meeting.iter().skip_while(|line| !says(line, "A recorder is wanted"));
    assert!(since.any(|line| says(line, STARTED)), "the story does not tell that one was started");
    let once = ["A meeting was heard of", "A Chime meeting was made", "The meeting is over"];
    for message in once {
        // At a start the newest transaction's lines are told again, and say so.
        let first = |line: &&&Value| says(line, message) && line["again"].is_null();
        // None, if it was killed between the commit and its words: then it is told again only.
        let told = of_meeting.iter().filter(first).count();
        assert!(told <= 1, "{message}: {told} times");
    }
    let over = of_meeting.iter().find(|line| says(line, "The meeting is over")).unwrap();
    assert_eq!(over["reason"], "Ended by the host");
    let starts = lines.iter().filter(|line| says(line, "Found in the store at the start")).count();
    assert!(starts > 1 && starts <= kills + 1, "{starts} starts were told of, {kills} kills");
    assert!(of_meeting.iter().any(|line| says(line, "Found waiting at the start")));
    for name in ["Ada", "Ben", "Soak"] {
        assert!(!log.contains(name), "the log names {name}");
    }
}
