//! What breaks under a recording: another piece follows, or the same goes on, and the notes say
//! what is missing. What S3 misses for a while is not missing in the file.

use std::process::{Command, Stdio};
use std::time::Duration;

use chime_contract::page::PageState;
use chime_contract::recording::{EndReason, PieceNote, SpanKind, piece_key};
use chime_emulator::faults::{Fault, FaultKind};
use chime_recorder::clock::now_ms;
use chime_recorder::testcard::read;
use rustix::process::Signal;
use tokio::time::Instant;

use crate::card::CardRoom;
use crate::ends::STORED;
use crate::kills::{decodes, variable};
use crate::processes::{named, renderer};
use crate::world::{MEETING, RECORDING, Task, World, quiet, until};

/// Does something bad to what a recorder has started.
type Harm = fn(u32);

/// Longest anything may be missing. The aim is half of it; a busy machine is slower.
const MISSING_MS: i64 = 16_000;

async fn live() -> (CardRoom, World, Task) {
    let room = CardRoom::open().await;
    let mut world = World::start().await;
    world.launch.room_url = room.url.clone();
    let mut task = world.recorder();
    world.until_more(&mut task, 1, 3).await;
    (room, world, task)
}

#[tokio::test(flavor = "multi_thread")]
async fn when_encoder_display_or_sound_dies_another_piece_follows() {
    let _quiet = quiet().await;
    let (_room, world, mut task) = live().await;
    let victims = [
        ("ffmpeg", EndReason::Encoder),
        ("Xvfb", EndReason::Display),
        ("pulseaudio", EndReason::Sound),
        ("parec", EndReason::Sound),
    ];
    for (piece, (name, _)) in (1..).zip(&victims) {
        named(task.child.id(), name).signal(Signal::KILL);
        world.until_more(&mut task, piece + 1, 3).await;
    }
    task.terminate();
    assert_eq!(task.ended().await.code(), Some(0), "{}", task.said());

    let mut before: Option<PieceNote> = None;
    let ends = victims.iter().map(|(_, end)| *end).chain([EndReason::Terminated]);
    for (piece, end) in (1..).zip(ends) {
        let note = world.note(piece).await.unwrap_or_else(|| panic!("no note {piece}"));
        assert_eq!(note.end, Some(end), "{note:?}");
        assert!(note.verdict.good(), "{note:?}");
        decodes(&world.file(piece).await).await;
        if let Some(before) = &before {
            let gap = note.started_at - before.stopped_at;
            let why = before.end;
            println!("{why:?}: {gap} ms between piece {} and {piece}", before.piece);
            assert!((0..=MISSING_MS).contains(&gap), "{gap} ms before {note:?}");
        }
        before = Some(note);
    }
    assert_eq!(world.journal(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn when_tab_or_browser_dies_or_hangs_the_same_piece_goes_on() {
    let _quiet = quiet().await;
    let (room, world, mut task) = live().await;
    let recorder = task.child.id();
    let mut faults: Vec<(&str, Harm)> = vec![
        ("tab crashed", |of| renderer(of).signal(Signal::KILL)),
        ("tab hung", |of| renderer(of).signal(Signal::STOP)),
        ("browser killed", |of| named(of, "chromium").signal(Signal::KILL)),
    ];
    if may_cut() {
        faults.push(("DevTools connection cut", |of| cut(devtools_port(of))));
    } else {
        println!("NOT CHECKED: a cut DevTools connection (needs root and the program ss)");
    }
    for (number, (_, fault)) in (1..).zip(&faults) {
        fault(recorder);
        until("the page is brought back", 40, || {
            task.still_runs();
            (task.said().matches("the page is brought back").count() >= number).then_some(())
        })
        .await;
        // The span ends with the first fragment that is clear of the fault, and two more follow.
        tokio::time::sleep(Duration::from_secs(4)).await;
    }
    room.say(PageState::Removed, 0);
    assert_eq!(task.ended().await.code(), Some(0), "{}", task.said());
    let note = world.note(1).await.unwrap();
    assert!(note.verdict.good(), "{note:?}");
    assert_eq!(note.end, Some(EndReason::Removed));
    assert!(world.note(2).await.is_none(), "one piece");
    decodes(&world.file(1).await).await;
    let missing: Vec<i64> =
        note.spans.iter().filter(|s| s.kind == SpanKind::NoPage).map(|s| s.ms).collect();
    let names: Vec<&str> = faults.iter().map(|(name, _)| *name).collect();
    println!("without page: {missing:?} ms after {names:?}");
    assert_eq!(missing.len(), faults.len(), "{:?}", note.spans);
    assert!(missing.iter().all(|ms| *ms <= MISSING_MS), "{missing:?}");
}

/// Sockets of others can be closed by root only.
fn may_cut() -> bool {
    let known = Command::new("ss").arg("-V").stdout(Stdio::null()).status();
    rustix::process::geteuid().is_root() && known.is_ok_and(|status| status.success())
}

/// Where a recorder's browser takes DevTools connections.
fn devtools_port(of: u32) -> u16 {
    let arguments = named(of, "chromium").arguments();
    let profile = arguments.iter().find_map(|a| a.strip_prefix("--user-data-dir=")).unwrap();
    let text = std::fs::read_to_string(format!("{profile}/DevToolsActivePort")).unwrap();
    text.lines().next().unwrap().parse().unwrap()
}

/// Cuts the connections to a port of this machine.
fn cut(port: u16) {
    let port = format!(":{port}");
    let mut ss = Command::new("ss");
    let done = ss.args(["-K", "dst", "127.0.0.1", "dport", "=", &port]);
    assert!(done.stdout(Stdio::null()).status().unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_while_s3_is_away_for_a_quarter_of_a_minute() {
    away(Duration::from_secs(15)).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "minutes: make test-long"]
async fn nothing_is_lost_while_s3_is_away_for_a_minute() {
    away(Duration::from_secs(variable("CHIME_RECORDER_AWAY").unwrap_or(60))).await;
}

async fn away(away: Duration) {
    let _quiet = quiet().await;
    let (_room, world, mut task) = live().await;
    assert_eq!(world.unhealthy(&task).await, None);
    let kind = FaultKind::Reject { status: 503, code: "ServiceUnavailable".into() };
    let fault = Fault { service: "s3".into(), call: "*".into(), kind, times: 0, chance: 1.0 };
    world.emulator.faults.add(fault);
    let back = Instant::now() + away;
    let mut complaint = None;
    while Instant::now() < back {
        task.still_runs();
        complaint = world.unhealthy(&task).await.or(complaint);
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    assert!(complaint.is_some_and(|c| c.contains("stored")), "unhealthy while S3 was away");
    world.emulator.faults.clear();
    let end = Instant::now() + Duration::from_secs(15);
    while let Some(complaint) = world.unhealthy(&task).await {
        task.still_runs();
        assert!(Instant::now() < end, "still unhealthy after S3 came back: {complaint}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    // And it is slow when the task is told to end.
    let kind = FaultKind::Delay { ms: 100 };
    let fault = Fault { service: "s3".into(), call: "*".into(), kind, times: 0, chance: 1.0 };
    world.emulator.faults.add(fault);
    let (told, asked) = (now_ms(), Instant::now());
    task.terminate();
    let file = piece_key(MEETING, RECORDING, world.launch.attempt, 1);
    until("the file", 60, || world.stored().contains(&file).then_some(())).await;
    println!("SIGTERM, 100 ms a call of S3: file after {:.2?}", asked.elapsed());
    assert!(asked.elapsed() <= STORED, "{:?}", asked.elapsed());
    assert_eq!(task.ended().await.code(), Some(0), "{}", task.said());
    world.emulator.faults.clear();

    let note = world.note(1).await.unwrap();
    assert!(note.verdict.good(), "{note:?}");
    assert!(world.note(2).await.is_none(), "one piece");
    let wall = told - note.started_at;
    println!("S3 away for {away:?}: {} ms in the file, {wall} ms by the clock", note.duration_ms);
    assert!((note.duration_ms - wall).abs() <= wall / 50, "{} of {wall} ms", note.duration_ms);
    let file = world.file(1).await;
    decodes(&file).await;
    let frames = read::frames(&file).await.unwrap();
    let hole = frames.windows(2).map(|w| w[1].at - w[0].at).fold(0.0, f64::max);
    println!("longest time between two frames: {hole:.3} s");
    assert!(hole < 1.0, "{hole} s without a frame");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recorder_that_wakes_after_its_piece_was_completed_ends_and_changes_nothing() {
    let _quiet = quiet().await;
    let (_room, world, mut task) = live().await;
    task.signal(Signal::STOP);
    let finish = world.finish().await;
    assert_eq!(finish.code, Some(0), "{}", finish.said);
    let file = std::fs::read(world.file(1).await).unwrap();
    let note = world.note(1).await.unwrap();
    assert_eq!(note.end, Some(EndReason::Killed));
    // It looks at its upload again once S3 has had nothing of it for ten seconds.
    tokio::time::sleep(Duration::from_secs(10)).await;
    task.signal(Signal::CONT);
    let status = task.ended().await;
    assert_eq!(status.code(), Some(4), "{}", task.said());
    assert_eq!(world.versions(1), (1, 1));
    assert!(std::fs::read(world.file(1).await).unwrap() == file, "the file has changed");
    assert_eq!(world.note(1).await.unwrap(), note);
    assert!(world.note(2).await.is_none(), "no other piece");
    assert_eq!(world.journal(), Vec::<String>::new(), "{}", task.said());
}
