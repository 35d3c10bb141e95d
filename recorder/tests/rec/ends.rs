//! What ends a recording, and that it is stored before the recorder says so.

use std::time::Duration;

use chime_contract::page::PageState;
use chime_contract::recording::{
    EndReason, RecorderEnvironment, note_key, piece_key, screenshot_key,
};
use chime_contract::ticket::TicketState;
use chime_emulator::aws::objects::Objects;
use chime_emulator::faults::{Fault, FaultKind};
use chime_emulator::start::{RECORDINGS_BUCKET, WORK_BUCKET};
use chime_recorder::clock::spawn;
use chime_recorder::orders::Settings;
use chime_recorder::record::{self, RecordError, Timing};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::card::CardRoom;
use crate::kills::decodes;
use crate::world::{MEETING, RECORDING, World, quiet, until};

/// Longest from SIGTERM to the complete file. The aim is half of it; a busy machine is slower.
pub const STORED: Duration = Duration::from_secs(10);
/// Longest until the file is checked, has its note, and the recorder has ended: Fargate gives 120 s.
const ENDED: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
#[ignore = "minutes: make test-long"]
async fn told_to_terminate_it_completes_its_file_however_slow_s3_is() {
    terminated(&[0, 100, 500]).await;
}

async fn terminated(delays: &[u64]) {
    let _quiet = quiet().await;
    let room = CardRoom::open().await;
    let mut world = World::start().await;
    world.launch.room_url = room.url.clone();
    for (attempt, &ms) in (1..).zip(delays) {
        world.launch.attempt = attempt;
        let mut task = world.recorder();
        world.until_piece(&mut task, 1).await;
        let kind = FaultKind::Delay { ms };
        let fault = Fault { service: "s3".into(), call: "*".into(), kind, times: 0, chance: 1.0 };
        world.emulator.faults.add(fault);
        world.until_more(&mut task, 1, 3).await;
        let told = Instant::now();
        task.terminate();
        let file = piece_key(MEETING, RECORDING, attempt, 1);
        until("the file", 60, || world.stored().contains(&file).then_some(())).await;
        let stored = told.elapsed();
        let status = task.ended().await;
        let ended = told.elapsed();
        world.emulator.faults.clear();
        println!("SIGTERM, {ms} ms a call of S3: file {stored:.2?}, checked and ended {ended:.2?}");
        assert_eq!(status.code(), Some(0), "{}", task.said());
        assert!(stored <= STORED, "{stored:?}");
        assert!(ended <= ENDED, "{ended:?}");
        let note = world.note(1).await.unwrap();
        assert_eq!(note.end, Some(EndReason::Terminated));
        assert!(note.verdict.good(), "{note:?}");
        decodes(&world.file(1).await).await;
        assert_eq!(world.journal(), Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn stopped_recorded_again_in_another_meeting_and_left_alone() {
    let _quiet = quiet().await;
    let mut world = World::start().await;
    world.launch.alone_seconds = 1;
    world.meet("one").await;
    world.ticket(TicketState::Open);
    let ada = world.person("seat-ada").await;
    let mut task = world.recorder();
    world.until_more(&mut task, 1, 2).await;

    // Nobody is there for three seconds: that ends nothing.
    assert!(world.emulator.chime.leave(&ada));
    tokio::time::sleep(Duration::from_secs(3)).await;
    let _ada = world.person("seat-ada").await;
    world.until_more(&mut task, 1, 9).await;

    // Stopped by command, then recorded again: another piece of the same attempt.
    world.ticket(TicketState::Waiting);
    let note = note_key(MEETING, RECORDING, 1, 1);
    until("the note of piece 1", 20, || world.stored().contains(&note).then_some(())).await;
    task.still_runs();
    world.ticket(TicketState::Open);
    world.until_more(&mut task, 2, 2).await;

    // The Chime meeting is gone; the ticket names another.
    world.unmeet().await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    world.meet("two").await;
    let ben = world.person("seat-ben").await;
    world.ticket(TicketState::Open);
    world.until_more(&mut task, 2, 4).await;

    assert!(world.emulator.chime.leave(&ben));
    let left = Instant::now();
    let status = task.ended().await;
    println!("alone: ended {:.1?} after the last one had left", left.elapsed());
    assert_eq!(status.code(), Some(0), "{}", task.said());
    assert!(left.elapsed() >= Duration::from_secs(10), "shorter than the debounce");
    let (first, second) = (world.note(1).await.unwrap(), world.note(2).await.unwrap());
    assert_eq!((first.end, second.end), (Some(EndReason::Stopped), Some(EndReason::Alone)));
    assert!(first.verdict.good() && second.verdict.good(), "{first:?} {second:?}");
    assert!(first.spans.is_empty(), "{first:?}");
    let away = second.without_page_ms();
    println!("between two meetings: {away} ms");
    assert!((1_000..=16_000).contains(&away), "{second:?}");
    assert!(world.note(3).await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn never_let_in_it_leaves_nothing() {
    let _quiet = quiet().await;
    let mut world = World::start().await;
    world.launch.unused_seconds = 1;
    world.ticket(TicketState::Waiting);
    let mut task = world.recorder();
    assert_eq!(task.ended().await.code(), Some(3), "{}", task.said());
    assert!(world.stored().is_empty() && world.journal().is_empty());

    // Told to stop while it waits.
    world.launch.attempt = 2;
    world.launch.unused_seconds = 60;
    let mut task = world.recorder();
    let health = chime_recorder::health::file(&task.scratch);
    until("the recorder waits", 60, || {
        task.still_runs();
        let text = std::fs::read_to_string(&health).ok()?;
        text.contains("\"doing\":\"waiting\"").then_some(())
    })
    .await;
    task.terminate();
    assert_eq!(task.ended().await.code(), Some(0), "{}", task.said());
    assert!(world.stored().is_empty() && world.journal().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_never_has_media_leaves_a_note_with_the_reason_and_a_picture() {
    let _quiet = quiet().await;
    let room = CardRoom::open().await;
    room.say(PageState::Joining, 0);
    let mut world = World::start().await;
    world.launch.room_url = room.url.clone();
    world.launch();
    let settings = Settings {
        task: RecorderEnvironment {
            recording: RECORDING.into(),
            attempt: 1,
            work_bucket: WORK_BUCKET.into(),
            recordings_bucket: RECORDINGS_BUCKET.into(),
        },
        s3: world.s3(),
        scratch: world.folder.path().join("scratch"),
    };
    let timing = Timing { page: Duration::from_secs(2), ..Timing::default() };
    // On a worker, as in the program: children die with the thread that started them.
    let run = spawn(async move { record::run(&settings, timing, CancellationToken::new()).await });
    let error = run.await.unwrap().unwrap_err();
    assert!(matches!(&error, RecordError::Page(why) if why.starts_with("CB-050")), "{error}");
    let note = world.note(1).await.unwrap();
    assert!(!note.has_media() && note.verdict.remark.starts_with("CB-050"), "{note:?}");
    assert_eq!(note.end, Some(EndReason::Page));
    let picture = screenshot_key(MEETING, RECORDING, 1, 1);
    let picture = world.emulator.s3.get(RECORDINGS_BUCKET, &picture).await.unwrap();
    assert!(picture.starts_with(b"\x89PNG") && picture.len() > 2_000, "a picture of the page");
    assert_eq!(world.stored().len(), 2, "note and picture");
    assert!(world.journal().is_empty());
}
