//! Recorders that do not come, or are lost: refused, silent, dropped, vanished.

use super::story::{MINUTE, SECOND, START, Story, details, three};
use super::world::World;
use crate::meeting::effect::{Effect, Outcome};
use crate::meeting::event::{Details, Event, PresenceKind};
use crate::meeting::model::Policy;
use crate::meeting::records::date;

fn noticed() -> Story {
    let mut story = Story::new();
    story.send(Event::Start(Details { policy: Some(Policy::Notice), ..details(three()) }));
    story.joins("host");
    story
}

/// A minute is recorded.
fn recorded() -> Story {
    let mut story = noticed();
    story.record();
    story.recorder_records();
    story.recording_for(MINUTE);
    story
}

#[test]
fn no_capacity_is_tried_again_for_three_minutes_and_then_told_with_the_first_reason() {
    let mut story = noticed();
    story.world.refusing = Some(("RESOURCE:FARGATE", true));
    story.record();
    assert_eq!(story.recording_says("Status__c"), "Starting");
    story.wait(3 * MINUTE - 1);
    assert_eq!(story.recording_says("Status__c"), "Starting");
    let tries = story.count("run-recorder");
    assert!((4..=10).contains(&tries), "{tries}");
    story.wait(1);
    assert_eq!(story.recording_says("Status__c"), "Failed");
    let reason = story.recording_says("Failure_Reason__c");
    let expected =
        format!("CB-040: no recorder capacity (RESOURCE:FARGATE), after {tries} attempts");
    assert_eq!(reason, expected);
    assert_eq!(story.meeting_says("Recording_State__c"), "Stopped");
    // It is not tried for ever, but may be asked for again.
    story.wait(10 * MINUTE);
    assert_eq!(story.count("run-recorder"), tries);
    story.world.refusing = None;
    story.record();
    assert_eq!(story.recording_says("Status__c"), "Starting");
    story.assert_nothing_untold();
}

#[test]
fn capacity_that_comes_back_in_time_is_used() {
    let mut story = noticed();
    story.world.refusing = Some(("RESOURCE:FARGATE", true));
    story.record();
    story.wait(MINUTE);
    story.world.refusing = None;
    story.wait(MINUTE);
    assert!(story.recording().live().is_some());
    story.recorder_records();
    assert_eq!(story.recording_says("Status__c"), "Recording");
    let row = story.recording_says("Failure_Reason__c");
    assert!(row.is_null(), "{row}");
}

#[test]
fn a_recorder_that_drops_is_followed_at_once_and_the_hole_is_measured() {
    let mut story = recorded();
    let (key, _) = story.attempt();
    let recorder = chime_contract::recording::seat(&key, 1);
    story.chime_tells(&recorder, PresenceKind::Dropped);
    assert_eq!(story.recording().attempts.len(), 2);
    // The truth until the successor records.
    assert_eq!(story.recording_says("Status__c"), "Starting");
    assert_eq!(story.meeting_says("Recording_State__c"), "Starting");
    story.wait(40 * SECOND);
    story.recorder_records();
    assert_eq!(story.recording_says("Status__c"), "Recording");
    story.recording_for(MINUTE);
    story.recorder_stops_for_good();
    assert_eq!(story.recording_says("Status__c"), "Available");
    let pieces = &story.world.pieces[&key];
    let hole = pieces[1].started_at - pieces[0].stopped_at;
    assert!(hole > 30 * SECOND, "{hole}");
    assert_eq!(story.recording_says("Gap_Seconds__c"), (hole + 999) / 1000);
    assert_eq!(story.recording_says("Duration_Seconds__c"), {
        pieces.iter().map(|p| p.duration_ms).sum::<i64>() / 1000
    });
    assert_eq!(story.recording_says("Started_At__c"), date(START));
    assert_eq!(story.recording_says("Stopped_At__c"), date(pieces[1].stopped_at));
    story.assert_nothing_untold();
}

#[test]
fn what_was_captured_before_the_first_piece_and_lost_is_stated_as_a_gap() {
    let mut story = recorded();
    let (key, _) = story.attempt();
    let recorder = chime_contract::recording::seat(&key, 1);
    story.chime_tells(&recorder, PresenceKind::Dropped);
    story.wait(40 * SECOND);
    story.recorder_records();
    let begun = story.now;
    story.recording_for(MINUTE);
    // Nothing came of what the first recorder had captured.
    story.world.pieces.remove(&key);
    story.recorder_stops_for_good();
    assert_eq!(story.recording_says("Status__c"), "Checking", "the other piece may still come");
    story.wait(6 * MINUTE);
    assert_eq!(story.recording_says("Status__c"), "Available");
    assert_eq!(story.recording_says("Started_At__c"), date(START));
    assert_eq!(story.recording_says("Gap_Seconds__c"), (begun - START + 999) / 1000);
    assert_eq!(story.recording().pieces.len(), 1);
}

#[test]
fn a_recorder_that_only_changed_networks_is_not_replaced() {
    let mut story = recorded();
    let (key, _) = story.attempt();
    let recorder = chime_contract::recording::seat(&key, 1);
    let dropped = story.fact(&recorder, PresenceKind::Dropped, story.now);
    story.chime_tells(&recorder, PresenceKind::Joined);
    story.send(dropped);
    assert_eq!(story.recording().attempts.len(), 1);
}

#[test]
fn a_recorder_that_falls_silent_is_replaced_after_a_look() {
    let mut story = recorded();
    story.wait(10 * SECOND);
    assert_eq!(story.recording().attempts.len(), 1);
    story.wait(20 * SECOND);
    assert_eq!(story.recording().attempts.len(), 2);
    assert_eq!(story.recording().attempts[0].gone_reason, "CB-046: the recorder fell silent");
    assert!(story.count("stop-task") == 1);
}

#[test]
fn late_notices_of_fragments_are_no_silence() {
    let mut story = recorded();
    for _ in 0..30 {
        story.wait(2 * SECOND);
        // The journal in S3 has it; the notice never comes.
        let (at, attempt) = (story.now, story.attempt());
        story.world.fragments.insert(attempt, at);
    }
    assert_eq!(story.recording().attempts.len(), 1);
}

#[test]
fn a_recorder_that_vanished_is_given_up_after_a_minute_without_a_fragment() {
    let mut story = recorded();
    let (key, attempt) = story.attempt();
    story.world.tasks.remove(&World::arn(&key, attempt));
    story.send(Event::Check);
    story.wait(50 * SECOND);
    assert_eq!(story.recording().attempts.len(), 1);
    story.wait(20 * SECOND);
    assert_eq!(story.recording().attempts.len(), 2);
    assert_eq!(story.recording().attempts[0].gone_reason, "CB-045: the recorder's task is gone");
}

#[test]
fn a_recorder_that_does_not_begin_in_time_is_replaced_until_the_limit() {
    let mut story = noticed();
    story.record();
    story.wait(3 * MINUTE - 1);
    assert_eq!(story.recording().attempts.len(), 1);
    story.wait(30 * SECOND);
    assert_eq!(story.recording().attempts.len(), 2);
    story.wait(30 * MINUTE);
    assert_eq!(story.recording().attempts.len(), 5);
    assert_eq!(story.recording_says("Status__c"), "Failed");
    assert_eq!(
        story.recording_says("Failure_Reason__c"),
        "CB-044: the recorder did not begin in time, after 5 attempts"
    );
    assert_eq!(story.count("run-recorder"), 5);
    assert_eq!(story.m().recordings.len(), 1);
}

#[test]
fn a_successor_that_is_refused_is_not_hammered_and_what_was_recorded_is_kept() {
    let mut story = recorded();
    story.world.refusing = Some(("RESOURCE:FARGATE", true));
    story.recorder_stops();
    story.wait(5 * SECOND);
    assert_eq!(story.count("run-recorder"), 2);
    story.wait(4 * MINUTE);
    assert!(story.count("run-recorder") < 12);
    assert_eq!(story.recording_says("Status__c"), "Available");
    // It was cut short, and that is said.
    let reason = story.recording_says("Failure_Reason__c");
    assert!(
        reason.as_str().unwrap().starts_with("Essential container exited (0), after"),
        "{reason}"
    );
}

#[test]
fn a_task_that_starts_after_it_was_given_up_is_stopped() {
    let mut story = noticed();
    story.held = vec!["run-recorder"];
    story.record();
    let effect = story.waiting.remove(&format!("run-recorder:{}:1", story.attempt().0)).unwrap();
    story.wait(3 * MINUTE);
    assert!(story.recording().attempts[0].gone_at.is_some());
    story.give(effect, Outcome::TaskStarted { arn: "arn:late".into() });
    let stop =
        story.wanted.iter().any(|e| matches!(e, Effect::StopTask { arn, .. } if arn == "arn:late"));
    assert!(stop);
}

#[test]
fn a_piece_still_being_finished_is_waited_for() {
    let mut story = recorded();
    let (key, attempt) = story.attempt();
    story.send(Event::StopRecording);
    story.world.stop(&key, attempt, "exited", story.now);
    let piece = story.world.pieces.remove(&key).unwrap();
    story.send(Event::Check);
    assert_eq!(story.recording_says("Status__c"), "Checking");
    story.wait(2 * MINUTE);
    assert_eq!(story.recording_says("Status__c"), "Checking");
    story.world.pieces.insert(key.clone(), piece);
    story.send(Event::PieceHint { recording: key });
    assert_eq!(story.recording_says("Status__c"), "Available");
}

#[test]
fn a_piece_that_comes_after_the_verdict_makes_the_recording_available() {
    let mut story = recorded();
    let (key, attempt) = story.attempt();
    story.send(Event::StopRecording);
    story.world.stop(&key, attempt, "exited", story.now);
    let pieces = story.world.pieces.remove(&key).unwrap();
    story.send(Event::Check);
    story.wait(6 * MINUTE);
    assert_eq!(story.recording_says("Status__c"), "Failed");

    let mut bad = pieces.clone();
    bad[0].verdict.sound = false;
    story.world.pieces.insert(key.clone(), bad);
    story.send(Event::PieceHint { recording: key.clone() });
    assert_eq!(story.recording_says("Status__c"), "Failed", "it is no better with it");
    story.world.pieces.insert(key.clone(), pieces);
    story.send(Event::PieceHint { recording: key });
    assert_eq!(story.recording_says("Status__c"), "Available");
    assert_eq!(story.recording_says("Failure_Reason__c"), serde_json::Value::Null);
    assert!(story.recording().manifest.is_some());
    story.assert_nothing_untold();
}

#[test]
fn a_piece_that_comes_late_lengthens_what_is_available_and_a_bad_one_does_not_spoil_it() {
    let mut story = recorded();
    let (key, _) = story.attempt();
    story.recorder_stops();
    story.recorder_records();
    story.recording_for(MINUTE);
    let first = story.world.pieces.get_mut(&key).unwrap().remove(0);
    story.recorder_stops_for_good();
    story.wait(6 * MINUTE);
    assert_eq!(story.recording_says("Status__c"), "Available");
    let (short, gap) = (story.recording_says("Duration_Seconds__c"), gap(&story));

    let mut bad = first.clone();
    bad.verdict.picture = false;
    story.world.pieces.get_mut(&key).unwrap().insert(0, bad);
    story.send(Event::PieceHint { recording: key.clone() });
    assert_eq!(story.recording_says("Duration_Seconds__c"), short);
    assert_eq!(story.recording_says("Status__c"), "Available");
    story.world.pieces.get_mut(&key).unwrap()[0] = first;
    story.send(Event::PieceHint { recording: key });
    assert_eq!(story.recording().pieces.len(), 2);
    assert!(story.recording_says("Duration_Seconds__c").as_i64() > short.as_i64());
    assert!(gap > self::gap(&story), "what was missing is there");
}

fn gap(story: &Story) -> i64 {
    story.recording_says("Gap_Seconds__c").as_i64().unwrap()
}

#[test]
fn an_older_list_of_pieces_does_not_take_a_newer_one_back() {
    let mut story = recorded();
    let (key, _) = story.attempt();
    story.recorder_stops();
    let gather = Effect::GatherPieces { recording: key, gone: vec![] };
    let found = story.world.run(&gather, story.now).unwrap();
    story.give(gather.clone(), found);
    story.give(gather, Outcome::PiecesFound { pieces: vec![], unfinished: false });
    story.recorder_records();
    story.recorder_stops_for_good();
    assert_eq!(story.recording().pieces.len(), 2);
}

#[test]
fn pieces_that_cannot_be_read_fail_the_recording_with_the_cause() {
    let mut story = recorded();
    story.held = vec!["gather-pieces"];
    story.send(Event::StopRecording);
    story.recorder_stops();
    story.fail("gather-pieces", "CB-060");
    assert_eq!(story.recording_says("Status__c"), "Failed");
    assert_eq!(story.recording_says("Failure_Reason__c"), "CB-060: it would not");
}

#[test]
fn what_a_killed_recorder_left_is_completed_before_the_verdict_and_asked_for_after_it() {
    let mut story = recorded();
    let (key, attempt) = story.attempt();
    story.recorder_stops();
    story.recorder_records();
    story.recording_for(MINUTE);
    story.world.unfinished = true;
    story.recorder_stops_for_good();
    let gone = story.wanted.iter().rev().find_map(|effect| match effect {
        Effect::GatherPieces { gone, .. } => Some(gone.clone()),
        _ => None,
    });
    let gone = gone.unwrap();
    assert_eq!(gone.iter().map(|a| a.number).collect::<Vec<_>>(), [attempt, attempt + 1]);
    assert!(gone.iter().all(|a| a.arn.is_some()));
    story.wait(2 * MINUTE);
    assert_eq!(story.recording_says("Status__c"), "Checking", "another piece may come");
    story.wait(4 * MINUTE);
    assert_eq!(story.recording_says("Status__c"), "Available", "what is there is shown");
    assert!(story.recording().unfinished, "and the level check asks again");
    story.world.unfinished = false;
    story.send(Event::PieceHint { recording: key });
    assert!(!story.recording().unfinished);
}

#[test]
fn a_recorder_that_captured_nothing_says_why_and_its_note_is_no_piece_to_play() {
    let mut story = noticed();
    story.record();
    for _ in 0..5 {
        let (key, attempt) = story.attempt();
        let mut note = super::world::piece(&key, attempt, story.now, story.now, false);
        (note.size_bytes, note.verdict.remark) = (0, "CB-050: the page had no media".into());
        story.world.pieces.entry(key.clone()).or_default().push(note);
        story.world.stop(&key, attempt, "exited", story.now);
        story.world.pieces.get_mut(&key).unwrap().retain(|piece| piece.size_bytes == 0);
        story.send(Event::Check);
        story.wait(MINUTE);
    }
    assert_eq!(story.recording_says("Status__c"), "Failed");
    let reason = story.recording_says("Failure_Reason__c");
    assert_eq!(reason, "CB-050: the page had no media, after 5 attempts");
}
