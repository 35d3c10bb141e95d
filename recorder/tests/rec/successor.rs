//! A successor: it completes what the recorder before it left, and gives up the picture, but never
//! the sound, when S3 is away for longer than memory and disk can hold.

use std::process::Command;
use std::time::Duration;

use chime_contract::recording::{EndReason, RecorderEnvironment, note_key};
use chime_emulator::aws::objects::Objects;
use chime_emulator::faults::{Fault, FaultKind};
use chime_emulator::start::{RECORDINGS_BUCKET, WORK_BUCKET};
use chime_recorder::clock::spawn;
use chime_recorder::orders::Settings;
use chime_recorder::record::{self, Outcome, Timing};
use chime_recorder::storage::Limits;
use tokio_util::sync::CancellationToken;

use crate::card::CardRoom;
use crate::processes::{Process, descendants};
use crate::world::{MEETING, RECORDING, World, quiet, until};

#[tokio::test(flavor = "multi_thread")]
async fn it_completes_its_predecessors_piece_and_keeps_the_sound_when_nothing_holds_the_picture() {
    let _quiet = quiet().await;
    let room = CardRoom::open().await;
    let mut world = World::start().await;
    world.launch.room_url = room.url.clone();
    let mut first = world.recorder();
    world.until_more(&mut first, 1, 3).await;
    first.kill();

    world.launch.attempt = 2;
    world.launch();
    let settings = Settings {
        task: RecorderEnvironment {
            recording: RECORDING.into(),
            attempt: 2,
            work_bucket: WORK_BUCKET.into(),
            recordings_bucket: RECORDINGS_BUCKET.into(),
        },
        s3: world.s3(),
        scratch: world.folder.path().join("successor"),
    };
    // Some seconds of the picture, where the real limits hold hours; then as many of the sound.
    let limits = Limits { memory: 100 << 10, spill: 10 << 10, ..Limits::default() };
    let timing = Timing { predecessor: Duration::from_secs(5), limits, ..Timing::default() };
    let stop = CancellationToken::new();
    let told = stop.clone();
    // On a worker, as in the program: children die with the thread that started them.
    let run = spawn(async move { record::run(&settings, timing, told).await });
    let note = note_key(MEETING, RECORDING, 1, 1);
    let body = loop {
        if let Some(body) = world.emulator.s3.get(RECORDINGS_BUCKET, &note).await {
            break body;
        }
        assert!(!run.is_finished(), "the successor ended");
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    let note: chime_contract::recording::PieceNote = serde_json::from_slice(&body).unwrap();
    assert_eq!(note.end, Some(EndReason::Killed));
    assert!(note.verdict.good(), "{note:?}");

    let stored = || world.fragments();
    until("its own fragments", 90, || (stored() >= 2).then_some(())).await;
    let kind = FaultKind::Reject { status: 503, code: "ServiceUnavailable".into() };
    let fault = Fault { service: "s3".into(), call: "*".into(), kind, times: 0, chance: 1.0 };
    world.emulator.faults.add(fault);
    until("an encoder of sound alone", 60, || {
        let all = descendants(std::process::id());
        let encoders = all.iter().filter(|p| p.name == "ffmpeg").map(Process::arguments);
        encoders.into_iter().find(|args| args.len() > 10 && !args.contains(&"x11grab".into()))
    })
    .await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    world.emulator.faults.clear();
    // The sound's piece ends when there is room again, and the picture is back.
    for piece in [1, 2] {
        for _ in 0..300 {
            if world.note(piece).await.is_some() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        let note = world.note(piece).await.unwrap_or_else(|| panic!("no note of piece {piece}"));
        assert_eq!(note.end, Some(EndReason::Storage), "{note:?}");
    }
    tokio::time::sleep(Duration::from_secs(3)).await;
    stop.cancel();
    let outcome = run.await.unwrap().unwrap();
    assert_eq!(outcome, Outcome::Done(EndReason::Terminated));
    let mut tracks = Vec::new();
    for piece in 1..=3 {
        let note = world.note(piece).await.unwrap();
        assert!(note.verdict.good(), "{note:?}");
        tracks.push(streams(&world.file(piece).await));
    }
    assert_eq!(tracks, ["h264,aac", "aac", "h264,aac"]);
    assert_eq!(world.journal(), Vec::<String>::new());
}

fn streams(file: &std::path::Path) -> String {
    let args = ["-v", "error", "-show_entries", "stream=codec_name", "-of", "csv=p=0"];
    let told = Command::new("ffprobe").args(args).arg(file).output().unwrap();
    String::from_utf8(told.stdout).unwrap().split_whitespace().collect::<Vec<_>>().join(",")
}
