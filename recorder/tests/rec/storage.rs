//! The recorder's own way into S3.

use std::time::Duration;

use bytes::Bytes;
use chime_contract::recording::{EndReason, SpanKind, note_key, screenshot_key, state_key};
use chime_emulator::aws::objects::Objects;
use chime_emulator::aws::s3::Encryption;
use chime_emulator::faults::{Fault, FaultKind};
use chime_recorder::finisher::Finished;
use chime_recorder::storage::{Failure, Level, Limits, Lost, PieceStart, StorageError};
use sha2::{Digest, Sha256};

use crate::bucket::{Account, KEPT, MEETING, RECORDING, WORK, push, start, until};
use crate::feed::{STARTED_AT, decode_errors, facts, packets, stream};

#[tokio::test]
async fn a_finished_piece_is_one_fast_start_file_with_ffmpegs_own_packets() {
    let account = Account::open().await;
    let store = account.store().await;
    let writer = store.begin(start()).unwrap();
    let all = stream().fragments.len();
    push(&writer, 0..all);
    let note = writer.finish(EndReason::MeetingOver).await.unwrap().unwrap();

    let file = account.file().await;
    assert_eq!(stream().count_in(&file), all);
    assert_eq!(&file[4..8], b"ftyp");
    let first_moov = file.windows(4).position(|w| w == b"moov").unwrap();
    let first_mdat = file.windows(4).position(|w| w == b"mdat").unwrap();
    assert!(first_moov < first_mdat);
    let [made, raw] = ["made.mp4", "raw.mp4"].map(|name| account.folder.path().join(name));
    std::fs::write(&made, &file).unwrap();
    std::fs::write(&raw, &stream().raw).unwrap();
    assert_eq!(packets(&made), packets(&raw));
    assert_eq!(decode_errors(&made), "");

    assert_eq!(account.note().await, note);
    assert_eq!(note.size_bytes, file.len() as i64);
    assert_eq!(note.sha256, hex::encode(Sha256::digest(&file)));
    assert!(note.verdict.good(), "{}", note.verdict.remark);
    assert_eq!((note.started_at, note.end), (STARTED_AT, Some(EndReason::MeetingOver)));
    assert_eq!(note.stopped_at, STARTED_AT + 1_000 * all as i64);
    assert!((note.duration_ms - 12_000).abs() < 100, "{}", note.duration_ms);
    let capture = note.capture.unwrap();
    assert_eq!((capture.frames, capture.duplicated), (30 * all as u64, 1));
    assert_eq!(capture.calibration_ms, 12.5);
    let spans: Vec<_> = note.spans.iter().map(|s| (s.kind, s.from_ms, s.ms)).collect();
    assert_eq!(spans, [(SpanKind::NoPage, 3_000, 1_000)]);
    account.assert_clean();

    let durable = store.backlog().borrow().clone();
    assert_eq!((durable.fragments_pushed, durable.fragments_stored), (all as u64, all as u64));
    assert_eq!((durable.backlog_bytes, durable.level), (0, Level::Normal));
    assert!(durable.last_stored_at.is_some());
}

#[tokio::test]
async fn from_the_end_to_the_file_it_is_four_calls() {
    let account = Account::open().await;
    let store = account.store().await;
    let backlog = store.backlog();
    let writer = store.begin(start()).unwrap();
    push(&writer, 0..6);
    until("six are stored", || backlog.borrow().fragments_stored == 6).await;
    let before = account.log().len();
    push(&writer, 6..7);
    writer.finish(EndReason::Terminated).await.unwrap().unwrap();
    let log = account.log().split_off(before);
    // The last fragment, then part 1 and the last part at once, then the file is there.
    assert_eq!(log[..4], ["fragment", "part", "part", "complete"], "{log:?}");
    account.assert_clean();
}

#[tokio::test]
async fn two_pieces_can_be_written_while_the_first_is_still_finished() {
    let account = Account::open().await;
    let store = account.store().await;
    let first = store.begin(start()).unwrap();
    push(&first, 0..2);
    let second = store.begin(PieceStart { piece: 2, ..start() }).unwrap();
    let ending = first.finish(EndReason::Encoder);
    push(&second, 0..3);
    let (first, second) = tokio::join!(ending, second.finish(EndReason::Stopped));
    let sizes = [first, second].map(|note| note.unwrap().unwrap().size_bytes as usize);
    assert_eq!(sizes, [stream().file(2).len(), stream().file(3).len()]);
    account.assert_clean();
}

#[tokio::test]
async fn s3_away_from_the_very_start_costs_nothing_but_room_on_disk() {
    let account = Account::open().await;
    account.away(true);
    let limits = Limits { memory: 3 << 20, ..Limits::default() };
    let store = account.store_with(limits).await;
    let scratch = account.folder.path().join("scratch/fragments");
    let files = || std::fs::read_dir(&scratch).unwrap().count();
    let backlog = store.backlog();
    let writer = store.begin(start()).unwrap();
    let all = stream().fragments.len();
    push(&writer, 0..all);
    let in_memory = || {
        let durable = backlog.borrow().clone();
        durable.backlog_bytes - durable.spilled_bytes
    };
    until("memory is back within its limit", || in_memory() <= 3 << 20).await;
    assert_eq!(backlog.borrow().level, Level::Spilling);
    assert!(files() >= 8, "{} files", files());
    assert_eq!(backlog.borrow().fragments_stored, 0);
    until("it is asked again and again", || account.turned_away() >= 6).await;

    account.away(false);
    let note = writer.finish(EndReason::Stopped).await.unwrap().unwrap();
    assert_eq!(stream().count_in(&account.file().await), all);
    assert!(note.verdict.good(), "{}", note.verdict.remark);
    assert_eq!((files(), backlog.borrow().backlog_bytes), (0, 0));
    assert_eq!(backlog.borrow().level, Level::Normal);
    account.assert_clean();
}

#[tokio::test]
async fn a_full_disk_asks_for_sound_only_and_what_nothing_takes_is_told() {
    let account = Account::open().await;
    account.away(true);
    let limits = Limits { memory: 2 << 20, spill: 4 << 20, ..Limits::default() };
    let store = account.store_with(limits).await;
    let backlog = store.backlog();
    let writer = store.begin(start()).unwrap();
    push(&writer, 0..8);
    until("the disk is full", || backlog.borrow().level == Level::SoundOnly).await;
    let durable = backlog.borrow().clone();
    assert!(durable.spilled_bytes <= 4 << 20 && durable.backlog_bytes <= 9 << 20, "{durable:?}");
    let full = writer.push(stream().fragments[8].clone(), facts(8));
    assert!(matches!(full, Err(StorageError::Full { .. })), "{full:?}");
    assert_eq!(backlog.borrow().refused, 1);

    account.away(false);
    until("all is stored", || backlog.borrow().fragments_stored == 8).await;
    assert_eq!(backlog.borrow().level, Level::Normal);
    push(&writer, 9..10);
    let note = writer.finish(EndReason::Stopped).await.unwrap().unwrap();
    assert!(note.verdict.remark.contains("1 fragments lost"), "{}", note.verdict.remark);
    account.assert_clean();
}

#[tokio::test]
async fn errors_and_lost_answers_at_random_give_the_same_file() {
    // Long enough for a part with its index, and a few fragments in one part.
    for (seed, fragments) in [(3, 11), (77, 3)] {
        let account = Account::open().await;
        account.unkind(seed);
        let store = account.store().await;
        let writer = store.begin(start()).unwrap();
        push(&writer, 0..fragments);
        let note = writer.finish(EndReason::Stopped).await.unwrap().unwrap();
        assert_eq!(stream().count_in(&account.file().await), fragments, "seed {seed}");
        assert_eq!(account.note().await, note, "seed {seed}");
    }
}

#[tokio::test]
async fn a_complete_whose_answer_is_lost_is_our_own() {
    let account = Account::open().await;
    let store = account.store().await;
    for call in ["CompleteMultipartUpload", "CreateMultipartUpload"] {
        let (service, call) = ("s3".into(), call.into());
        account.faults.add(Fault {
            service,
            call,
            kind: FaultKind::LoseAnswer,
            times: 1,
            chance: 1.0,
        });
    }
    let writer = store.begin(start()).unwrap();
    push(&writer, 0..3);
    writer.finish(EndReason::Stopped).await.unwrap().unwrap();
    assert_eq!(stream().count_in(&account.file().await), 3);
    assert_eq!(store.backlog().borrow().lost, None);
    account.assert_clean();
}

#[tokio::test]
async fn a_zombie_whose_piece_was_finished_learns_it_with_its_next_part_and_stops() {
    let account = Account::open().await;
    let store = account.store().await;
    let backlog = store.backlog();
    let writer = store.begin(start()).unwrap();
    push(&writer, 0..2);
    until("two are stored", || backlog.borrow().fragments_stored == 2).await;
    let orphan = account.orphan().await;
    let done = account.finisher().await.finish(&orphan).await.unwrap();
    assert!(matches!(done, Finished::Complete(_)));

    push(&writer, 2..stream().fragments.len());
    until("it learns it", || backlog.borrow().lost == Some(Lost::AnotherFinished)).await;
    let error = writer.finish(EndReason::Stopped).await.unwrap_err();
    assert_eq!(error.lost(), Some(Lost::AnotherFinished));
    assert_eq!(stream().count_in(&account.file().await), 2);
    let next = store.begin(PieceStart { piece: 2, ..start() });
    assert_eq!(next.err().and_then(|e| e.lost()), Some(Lost::AnotherFinished));
    // Its late fragments belong to nothing.
    assert_eq!(account.journal(), Vec::<String>::new());
}

#[tokio::test]
async fn after_a_silence_of_its_own_a_recorder_asks_whether_it_is_still_the_one() {
    let account = Account::open().await;
    let limits = Limits { quiet: Duration::from_millis(200), ..Limits::default() };
    let store = account.store_with(limits).await;
    let backlog = store.backlog();
    let writer = store.begin(start()).unwrap();
    push(&writer, 0..1);
    until("one is stored", || backlog.borrow().fragments_stored == 1).await;
    let orphan = account.orphan().await;
    account.finisher().await.finish(&orphan).await.unwrap();
    tokio::time::sleep(Duration::from_millis(250)).await;
    push(&writer, 1..2);
    until("it learns it", || backlog.borrow().lost == Some(Lost::AnotherFinished)).await;
    assert!(writer.push(stream().fragments[2].clone(), facts(2)).is_err());
}

#[tokio::test]
async fn a_recorder_whose_recording_is_erased_stops_and_leaves_nothing() {
    let account = Account::open().await;
    let store = account.store().await;
    let backlog = store.backlog();
    let writer = store.begin(start()).unwrap();
    push(&writer, 0..2);
    until("two are stored", || backlog.borrow().fragments_stored == 2).await;
    let stone = format!("journal/{RECORDING}/erased");
    account.s3.put(WORK, &stone, "");
    let upload = account.s3.uploads(KEPT).remove(0);
    let client = account.client().await;
    let abort = client.abort_multipart_upload().bucket(KEPT).key(upload.key);
    abort.upload_id(upload.upload_id).send().await.unwrap();

    let error = writer.finish(EndReason::Stopped).await.unwrap_err();
    assert_eq!(error.lost(), Some(Lost::Gone));
    assert_eq!(backlog.borrow().lost, Some(Lost::Gone));
    assert_eq!(account.journal(), [stone]);
    assert!(account.s3.versions(KEPT, "").is_empty());
}

#[tokio::test]
async fn a_role_without_decrypt_is_an_alarm_with_its_reason_and_goes_on_once_mended() {
    let account = Account::open().await;
    let limits = Limits { denied_after: Duration::from_millis(300), ..Limits::default() };
    let store = account.store_with(limits).await;
    let backlog = store.backlog();
    account.s3.configure(KEPT, |b| b.encryption = Encryption::KmsWithoutDecrypt);
    let writer = store.begin(start()).unwrap();
    push(&writer, 0..stream().fragments.len());
    until("the alarm", || backlog.borrow().denied.is_some()).await;
    let why = backlog.borrow().denied.clone().unwrap();
    assert!(why.contains("UploadPart") && why.contains("kms:Decrypt"), "{why}");
    let all = stream().fragments.len() as u64;
    until("the journal has all", || backlog.borrow().fragments_stored == all).await;
    drop(writer);

    let orphan = account.orphan().await;
    let error = account.finisher().await.finish(&orphan).await.unwrap_err();
    assert!(error.to_string().contains("kms:Decrypt"), "{error}");
    account.s3.configure(KEPT, |b| b.encryption = Encryption::Kms);
    account.finisher().await.finish(&orphan).await.unwrap();
    assert_eq!(stream().count_in(&account.file().await), all as usize);
    account.assert_clean();
}

#[tokio::test]
async fn a_piece_without_a_fragment_leaves_nothing() {
    let account = Account::open().await;
    let store = account.store().await;
    let writer = store.begin(start()).unwrap();
    until("it is begun", || account.journal() == [state_key(RECORDING, 1, 1)]).await;
    assert_eq!(writer.finish(EndReason::Display).await.unwrap(), None);
    account.assert_clean();
    assert!(account.s3.uploads(KEPT).is_empty());
    assert!(account.s3.versions(KEPT, "").is_empty());
}

#[tokio::test]
async fn bytes_that_are_no_fragment_are_refused_and_the_piece_goes_on() {
    let account = Account::open().await;
    let store = account.store().await;
    let writer = store.begin(start()).unwrap();
    push(&writer, 0..1);
    let bad = writer.push(Bytes::from_static(b"\0\0\0\x08mdat"), facts(1));
    assert!(matches!(bad, Err(StorageError::Media { .. })), "{bad:?}");
    let again = writer.push(stream().fragments[0].clone(), facts(1));
    assert!(matches!(again, Err(StorageError::Media { .. })), "{again:?}");
    push(&writer, 1..2);
    writer.finish(EndReason::Stopped).await.unwrap();
    assert_eq!(stream().count_in(&account.file().await), 2);
    assert_eq!(store.backlog().borrow().fragments_pushed, 2);
}

#[tokio::test]
async fn a_piece_that_never_began_tells_why_with_a_picture() {
    let account = Account::open().await;
    account.unkind(5);
    let failure = Failure {
        meeting: MEETING.into(),
        recording: RECORDING.into(),
        attempt: 1,
        piece: 1,
        reason: "the page never showed media".into(),
        end: EndReason::Page,
        screenshot: Some(b"PNG".to_vec()),
    };
    account.store().await.failed_note(failure).await.unwrap();
    let note = account.note().await;
    assert!(!note.has_media() && !note.verdict.good());
    assert_eq!(note.verdict.remark, "the page never showed media");
    assert_eq!(note.end, Some(EndReason::Page));
    let picture = account.s3.get(KEPT, &screenshot_key(MEETING, RECORDING, 1, 1)).await;
    assert_eq!(picture.as_deref(), Some(b"PNG".as_slice()));
    let notes = account.s3.versions(KEPT, &note_key(MEETING, RECORDING, 1, 1));
    assert_eq!(notes.len(), 1);
}

#[tokio::test]
async fn fragments_are_durable_while_the_piece_is_made_and_not_only_in_the_end() {
    let account = Account::open().await;
    let store = account.store().await;
    let backlog = store.backlog();
    let writer = store.begin(start()).unwrap();
    for at in 0..stream().fragments.len().min(6) {
        push(&writer, at..at + 1);
        until("it is stored", || backlog.borrow().fragments_stored == at as u64 + 1).await;
    }
    assert!(!account.log().contains(&"part"), "part 1 is held back");
}
