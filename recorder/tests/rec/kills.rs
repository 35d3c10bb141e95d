//! A recorder that is killed in the middle: at most three seconds are lost, a finisher makes the
//! rest a good file, and nothing the recorder had started goes on.

use std::time::Duration;

use chime_contract::recording::EndReason;
use chime_recorder::testcard::read;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::card::{CardRoom, between};
use crate::processes::{descendants, left};
use crate::world::{World, quiet};

/// Most that a kill may lose.
const LOST: Duration = Duration::from_secs(3);
/// Longest a finisher may take.
const FINISH: Duration = Duration::from_secs(10);
/// Time in which all children are gone.
const GONE: u64 = 5;

#[tokio::test(flavor = "multi_thread")]
async fn five_recorders_killed_at_random_moments_lose_three_seconds_at_most() {
    kills(5, 3.0..7.0).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "minutes: make test-long"]
async fn fifty_recorders_killed_at_random_moments_lose_three_seconds_at_most() {
    kills(variable("CHIME_RECORDER_KILLS").unwrap_or(50), 3.0..12.0).await;
}

/// A setting of a long form.
pub fn variable(name: &str) -> Option<u64> {
    std::env::vars().find(|(known, _)| known == name)?.1.parse().ok()
}

async fn kills(count: u64, seconds: std::ops::Range<f64>) {
    let _quiet = quiet().await;
    let seed = variable("CHIME_RECORDER_SEED").unwrap_or_else(rand::random);
    println!("kills with CHIME_RECORDER_SEED={seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let room = CardRoom::open().await;
    let mut world = World::start().await;
    world.launch.room_url = room.url.clone();
    let (mut lost, mut finished) = (Vec::new(), Vec::new());
    for number in 1..=count {
        world.launch.attempt = u32::try_from(number).unwrap();
        let after = Duration::from_secs_f64(random.random_range(seconds.clone()));
        let (gone, took) = kill(&world, &room, after, number == 1).await;
        println!("kill {number} after {after:.1?}: lost {gone:.2?}, finisher {took:.1?}");
        lost.push(gone);
        finished.push(took);
    }
    lost.sort_unstable();
    finished.sort_unstable();
    let (half, last) = (lost.len() / 2, lost.len() - 1);
    println!("lost: p50 {:.2?}, max {:.2?}", lost[half], lost[last]);
    println!("finisher: p50 {:.2?}, max {:.2?}", finished[half], finished[last]);
    assert!(lost[last] <= LOST, "{lost:?}");
    assert!(finished[last] <= FINISH, "{finished:?}");
}

/// Kills one recorder and completes its piece; how much was lost, and how long completing took.
async fn kill(
    world: &World,
    room: &CardRoom,
    after: Duration,
    two_finishers: bool,
) -> (Duration, Duration) {
    let mut task = world.recorder();
    world.until_piece(&mut task, 1).await;
    tokio::time::sleep(after).await;
    task.still_runs();
    let started = descendants(task.child.id());
    for name in ["Xvfb", "pulseaudio", "chromium", "ffmpeg", "parec"] {
        assert!(started.iter().any(|p| p.name == name), "no {name} in {started:?}");
    }
    let captured = room.page_ms();
    task.kill();
    let end = tokio::time::Instant::now() + Duration::from_secs(GONE);
    loop {
        let left = left(&started, &task.scratch);
        if left.is_empty() {
            break;
        }
        assert!(tokio::time::Instant::now() < end, "still there: {left:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }

    let took = if two_finishers {
        let (one, two) = tokio::join!(world.finish(), world.finish());
        assert_eq!((one.code, two.code), (Some(0), Some(0)), "{}\n{}", one.said, two.said);
        one.took.max(two.took)
    } else {
        let run = world.finish().await;
        assert_eq!(run.code, Some(0), "{}", run.said);
        run.took
    };
    assert_eq!(world.versions(1), (1, 1), "one file and one note");
    assert_eq!(world.journal(), Vec::<String>::new());
    let note = world.note(1).await.unwrap();
    assert!(note.verdict.good(), "{note:?}");
    assert_eq!(note.end, Some(EndReason::Killed));

    let file = world.file(1).await;
    decodes(&file).await;
    let frames = read::frames(&file).await.unwrap();
    let last = frames.iter().rev().find_map(|f| f.card).expect("a frame of the card");
    (between(last.drawn_ms, captured), took)
}

/// Fails if FFmpeg has anything to say against the file.
pub async fn decodes(file: &std::path::Path) {
    let name = file.to_string_lossy();
    let run = tokio::process::Command::new("ffmpeg")
        .args(["-v", "error", "-xerror", "-i", &name, "-map", "0"])
        // The file's own times: rounded to thirtieths two late frames would be one.
        .args(["-vsync", "passthrough", "-enc_time_base", "-1", "-f", "null", "-"])
        .output();
    let run = run.await.unwrap();
    let complaints = String::from_utf8_lossy(&run.stderr).into_owned();
    assert!(run.status.success() && complaints.is_empty(), "{name}: {complaints}");
}
