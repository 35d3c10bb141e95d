//! Killed recorders, and who completes their pieces.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chime_contract::recording::{EndReason, fragment_key};
use chime_emulator::aws::objects::Objects;
use chime_emulator::aws::s3::Encryption;
use chime_recorder::finisher::{Finished, Finisher};
use chime_recorder::probe::Probe;
use chime_recorder::storage::{Facts, Lost, StorageError};

use crate::bucket::{Account, KEPT, RECORDING, WORK, When, buckets, push, start, until};
use crate::feed::{decode_errors, facts, stream};

/// Records until the world stops at this call, and kills the recorder there; how many fragments
/// were durable by then.
async fn killed(account: &Account, call: &'static str, n: usize, when: When) -> usize {
    killed_of(account, stream().fragments.len(), call, n, when).await
}

/// The same for a recorder that is told to end after so many fragments.
async fn killed_of(
    account: &Account,
    fragments: usize,
    call: &'static str,
    n: usize,
    when: When,
) -> usize {
    account.stop_at(call, n, when);
    let store = account.store().await;
    let backlog = store.backlog();
    let writer = store.begin(start()).unwrap();
    push(&writer, 0..fragments);
    let recording = async {
        let _ = writer.finish(EndReason::Stopped).await;
    };
    tokio::select! {
        () = account.stopped() => {}
        () = recording => panic!("it was over before {call} {n}"),
    }
    // The recorder is dropped by now, with all it had in memory.
    let durable = backlog.borrow().fragments_stored as usize;
    account.go_on();
    durable
}

/// Kills a recorder when S3 has these fragments and no more.
async fn left(account: &Account, fragments: usize) {
    let store = account.store().await;
    let backlog = store.backlog();
    let writer = store.begin(start()).unwrap();
    push(&writer, 0..fragments);
    let all = fragments as u64;
    until("all are stored", || backlog.borrow().fragments_stored == all).await;
}

/// Killed there, the piece is completed with at least what was durable; where all fragments were
/// stored before, it is the file the recorder would have made.
async fn killed_and_finished(fragments: usize, call: &'static str, n: usize, when: When) {
    let account = Account::open().await;
    let at = format!("killed at {call} {n}, {when:?}");
    let durable = killed_of(&account, fragments, call, n, when).await;
    let orphan = account.orphan().await;
    let finished = account.finisher().await.finish(&orphan).await;
    let finished = finished.unwrap_or_else(|e| panic!("{at}: {e}"));
    if finished == Finished::Nothing {
        // Of the four fragments on their way at once the first may be the last to arrive.
        assert_eq!((call, durable), ("fragment", 0), "{at}");
        account.assert_clean();
        return;
    }
    let file = account.file().await;
    let count = stream().count_in(&file);
    assert!(count >= durable, "{at}: {count} of {durable}");
    match finished {
        Finished::Complete(note) => {
            assert!(call != "note" || when == When::Before, "{at}");
            assert_eq!(note.end, Some(EndReason::Killed), "{at}");
            assert_eq!(note.size_bytes, file.len() as i64, "{at}");
            assert!(note.verdict.good(), "{at}: {}", note.verdict.remark);
        }
        Finished::AlreadyDone(note) => {
            assert!(call == "note" && when == When::After || call == "delete", "{at}");
            assert_eq!(note.end, Some(EndReason::Stopped), "{at}");
        }
        Finished::Nothing => unreachable!(),
    }
    account.assert_clean();
    // Files of as many fragments are the same bytes: one of them is decoded.
    static DECODED: Mutex<BTreeSet<usize>> = Mutex::new(BTreeSet::new());
    if DECODED.lock().unwrap().insert(count) {
        let path = account.folder.path().join("file.mp4");
        std::fs::write(&path, &file).unwrap();
        assert_eq!(decode_errors(&path), "", "{at}");
    }
}

/// With a second part that fills while it is recorded.
const LONG: usize = 11;
/// With a first part and a short second one.
const SHORT: usize = 7;

#[tokio::test]
async fn killed_after_any_fragment_nothing_durable_is_lost() {
    for n in [1, 2, 6] {
        killed_and_finished(SHORT, "fragment", n, When::After).await;
    }
}

#[tokio::test]
async fn killed_before_a_fragment_is_stored_the_ones_before_it_make_the_file() {
    killed_and_finished(SHORT, "fragment", 6, When::Before).await;
}

#[tokio::test]
async fn killed_before_a_part_is_stored_its_fragments_make_it() {
    killed_and_finished(LONG, "part", 1, When::Before).await;
}

#[tokio::test]
async fn killed_between_a_part_and_its_index_the_file_is_the_same() {
    killed_and_finished(LONG, "index", 1, When::Before).await;
}

#[tokio::test]
async fn killed_between_an_index_and_the_deletion_of_its_fragments_the_file_is_the_same() {
    killed_and_finished(LONG, "index", 1, When::After).await;
}

#[tokio::test]
async fn killed_when_the_fragments_of_a_part_are_deleted_the_file_is_the_same() {
    killed_and_finished(LONG, "delete", 1, When::After).await;
}

#[tokio::test]
async fn killed_around_complete_the_file_is_the_same() {
    killed_and_finished(SHORT, "complete", 1, When::Before).await;
    killed_and_finished(SHORT, "complete", 1, When::After).await;
}

#[tokio::test]
async fn killed_around_the_note_there_is_one_note() {
    killed_and_finished(SHORT, "note", 1, When::Before).await;
    killed_and_finished(SHORT, "note", 1, When::After).await;
}

#[tokio::test]
async fn killed_while_it_cleans_up_the_note_stands_and_the_rest_goes() {
    killed_and_finished(3, "delete", 1, When::After).await;
    killed_and_finished(3, "delete", 2, When::Before).await;
}

#[tokio::test]
async fn two_finishers_at_once_leave_one_file_and_one_note() {
    // With fragments alone, and with a part that is there already.
    for parts in [false, true] {
        let account = Account::open().await;
        let durable = if parts {
            killed(&account, "index", 1, When::After).await
        } else {
            left(&account, 4).await;
            4
        };
        let orphan = account.orphan().await;
        let (one, two) = (account.finisher().await, account.finisher().await);
        let (one, two) = tokio::join!(one.finish(&orphan), two.finish(&orphan));
        let notes = [one, two].map(|finished| match finished.unwrap() {
            Finished::Complete(note) | Finished::AlreadyDone(note) => note,
            Finished::Nothing => panic!("one of them found nothing"),
        });
        assert_eq!(notes[0], notes[1]);
        assert_eq!(account.note().await, notes[0]);
        assert!(stream().count_in(&account.file().await) >= durable);
        account.assert_clean();
    }
}

#[tokio::test]
async fn a_finisher_that_is_killed_itself_is_finished_by_the_next() {
    for (call, n, when) in
        [("part", 1, When::After), ("complete", 1, When::After), ("delete", 2, When::Before)]
    {
        let account = Account::open().await;
        left(&account, 6).await;
        let orphan = account.orphan().await;
        account.go_on();
        account.stop_at(call, n, when);
        let finisher = account.finisher().await;
        tokio::select! {
            () = account.stopped() => {}
            done = finisher.finish(&orphan) => panic!("{done:?} before {call} {n}"),
        }
        account.go_on();
        account.finisher().await.finish(&orphan).await.unwrap();
        assert_eq!(stream().count_in(&account.file().await), 6);
        account.assert_clean();
    }
}

#[tokio::test]
async fn a_finisher_and_the_recorder_itself_at_once_make_one_file() {
    let account = Account::open().await;
    let store = account.store().await;
    let backlog = store.backlog();
    let writer = store.begin(start()).unwrap();
    push(&writer, 0..3);
    until("three are stored", || backlog.borrow().fragments_stored == 3).await;
    let orphan = account.orphan().await;
    let finisher = account.finisher().await;
    let (recorder, finished) =
        tokio::join!(writer.finish(EndReason::Stopped), finisher.finish(&orphan));
    let finished = match finished.unwrap() {
        Finished::Complete(note) | Finished::AlreadyDone(note) => note,
        Finished::Nothing => panic!("nothing"),
    };
    // The same fragments: whoever won, it is the recorder's file.
    assert_eq!(recorder.unwrap().unwrap(), finished);
    assert_eq!(stream().count_in(&account.file().await), 3);
    account.assert_clean();
}

#[tokio::test]
async fn killed_before_its_first_fragment_a_piece_leaves_nothing() {
    let account = Account::open().await;
    assert_eq!(killed(&account, "fragment", 1, When::Before).await, 0);
    let orphan = account.orphan().await;
    let finished = account.finisher().await.finish(&orphan).await.unwrap();
    assert_eq!(finished, Finished::Nothing);
    account.assert_clean();
    assert!(account.s3.uploads(KEPT).is_empty());
}

#[tokio::test]
async fn of_an_erased_recording_nothing_is_made() {
    let account = Account::open().await;
    left(&account, 5).await;
    let orphan = account.orphan().await;
    let stone = format!("journal/{RECORDING}/erased");
    account.s3.put(WORK, &stone, "");
    let finished = account.finisher().await.finish(&orphan).await.unwrap();
    assert_eq!(finished, Finished::Nothing);
    assert_eq!(account.journal(), [stone]);
    assert!(account.s3.uploads(KEPT).is_empty());
    assert!(account.s3.versions(KEPT, "").is_empty());
}

#[tokio::test]
async fn where_nobody_can_look_at_the_file_it_is_made_and_the_note_is_left_to_one_who_can() {
    let account = Account::open().await;
    left(&account, 5).await;
    let orphan = account.orphan().await;
    let blind = Arc::new(Probe::with("no-ffmpeg-here", "no-ffprobe-here"));
    let blind = Finisher::new(account.client().await, buckets(), blind);
    let error = blind.finish(&orphan).await.unwrap_err();
    assert!(matches!(error, StorageError::Unchecked { .. }), "{error}");
    assert!(error.to_string().contains("install FFmpeg"), "{error}");
    let media = &orphan.state.media_key;
    let made = account.s3.get(KEPT, media).await.expect("the file is made");
    assert_eq!(account.s3.versions(KEPT, "").len(), 1, "there is no note yet");
    assert!(!account.journal().is_empty(), "what the note is made of is kept");

    let Finished::Complete(note) = account.finisher().await.finish(&orphan).await.unwrap() else {
        panic!("there was no note")
    };
    assert!(note.verdict.good(), "{note:?}");
    assert_eq!(account.file().await, made);
    account.assert_clean();
}

#[tokio::test]
async fn an_upload_that_was_aborted_without_a_stone_is_told_and_its_journal_kept() {
    let account = Account::open().await;
    left(&account, 5).await;
    let orphan = account.orphan().await;
    let before = account.journal();
    let client = account.client().await;
    let abort = client.abort_multipart_upload().bucket(KEPT).key(&orphan.state.media_key);
    abort.upload_id(&orphan.state.upload_id).send().await.unwrap();
    let error = account.finisher().await.finish(&orphan).await.unwrap_err();
    assert_eq!(error.lost(), Some(Lost::Gone));
    assert_eq!(account.journal(), before);
}

#[tokio::test]
async fn a_hole_in_the_journal_ends_the_piece_there_and_the_note_says_so() {
    let account = Account::open().await;
    left(&account, 6).await;
    let client = account.client().await;
    let hole = fragment_key(RECORDING, 1, 1, 2);
    client.delete_object().bucket(WORK).key(hole).send().await.unwrap();
    let orphan = account.orphan().await;
    let finished = account.finisher().await.finish(&orphan).await.unwrap();
    let Finished::Complete(note) = finished else { panic!("{finished:?}") };
    assert_eq!(stream().count_in(&account.file().await), 1);
    assert!(note.verdict.remark.contains("left out after a hole"), "{}", note.verdict.remark);
    account.assert_clean();
}

#[tokio::test]
async fn errors_and_lost_answers_at_random_do_not_change_the_file() {
    let account = Account::open().await;
    left(&account, 8).await;
    let orphan = account.orphan().await;
    account.unkind(11);
    account.finisher().await.finish(&orphan).await.unwrap();
    assert_eq!(stream().count_in(&account.file().await), 8);
}

#[tokio::test]
async fn a_finisher_says_what_s3_refuses_and_does_not_wait_for_ever() {
    let account = Account::open().await;
    left(&account, 3).await;
    let orphan = account.orphan().await;
    account.s3.configure(KEPT, |b| b.encryption = Encryption::KmsWithoutDecrypt);
    let error = account.finisher().await.finish(&orphan).await.unwrap_err();
    assert!(error.to_string().contains("AccessDenied"), "{error}");
    account.s3.configure(KEPT, |b| b.encryption = Encryption::S3);
    account.away(true);
    let finisher = account.finisher().await.trying_for(Duration::from_millis(300));
    let error = finisher.finish(&orphan).await.unwrap_err();
    assert!(error.to_string().contains("SlowDown"), "{error}");
    account.away(false);
    account.finisher().await.finish(&orphan).await.unwrap();
    account.assert_clean();
}

#[tokio::test]
async fn orphans_are_named_with_their_newest_fragment_and_why_they_ended_if_they_knew() {
    let account = Account::open().await;
    assert!(account.finisher().await.orphans(RECORDING).await.unwrap().is_empty());
    let before = account.clock.now();
    let store = account.store().await;
    let backlog = store.backlog();
    let writer = store.begin(start()).unwrap();
    push(&writer, 0..1);
    until("one is stored", || backlog.borrow().fragments_stored == 1).await;
    account.clock.advance(20_000);
    let last = Facts { end: Some(EndReason::Alone), ..facts(1) };
    writer.push(stream().fragments[1].clone(), last).unwrap();
    until("two are stored", || backlog.borrow().fragments_stored == 2).await;
    drop(writer);
    let orphan = account.orphan().await;
    assert_eq!((orphan.attempt, orphan.piece), (1, 1));
    // Listings have whole seconds at AWS.
    assert!(orphan.last_fragment_at >= before + 19_000, "{}", orphan.last_fragment_at - before);
    let finished = account.finisher().await.finish(&orphan).await.unwrap();
    let Finished::Complete(note) = finished else { panic!("{finished:?}") };
    assert_eq!(note.end, Some(EndReason::Alone));
    assert!(account.finisher().await.orphans(RECORDING).await.unwrap().is_empty());
    assert!(account.s3.get(KEPT, &orphan.state.media_key).await.is_some());
}
