//! A recording's way: prepared, allowed, recording, stopped, checked.

use serde_json::json;

use super::story::{HOUR, MINUTE, SECOND, START, Story, USER, details, scheduled, three};
use crate::meeting::effect::Effect;
use crate::meeting::event::{Details, Event, Said};
use crate::meeting::model::{Policy, RecordingStatus as RS};
use crate::meeting::records::date;
use crate::meeting::settings::Prepare;
use chime_contract::ticket::TicketState;

/// Under notice, with the host inside.
fn noticed(auto_record: bool) -> Story {
    let mut story = Story::new();
    let policy = Some(Policy::Notice);
    story.send(Event::Start(Details { policy, auto_record, ..details(three()) }));
    story.joins("host");
    story
}

#[test]
fn a_wanted_recording_starts_records_is_stopped_checked_and_shown() {
    let mut story = noticed(false);
    story.record();
    assert_eq!(story.recording_says("Status__c"), "Starting");
    assert_eq!(story.recording_says("Requested_By__c"), USER);
    story.wait(50 * SECOND);
    story.recorder_records();
    assert_eq!(story.recording_says("Status__c"), "Recording");
    assert_eq!(story.recording_says("Started_At__c"), date(START + 50 * SECOND));
    story.recording_for(10 * MINUTE);
    story.send(Event::StopRecording);
    assert_eq!(story.recording_says("Status__c"), "Finishing");
    assert_eq!(story.meeting_says("Recording_State__c"), "Stopped");
    let (key, attempt) = story.attempt();
    let recorder = chime_contract::recording::seat(&key, attempt);
    assert_eq!(story.ticket(&recorder).state, TicketState::Ended);
    story.wait(5 * SECOND);
    story.recorder_stops();
    assert_eq!(story.recording_says("Status__c"), "Available");
    assert_eq!(story.recording_says("Duration_Seconds__c"), 602);
    assert_eq!(story.recording_says("Gap_Seconds__c"), 0);
    assert_eq!(story.recording_says("Failure_Reason__c"), json!(null));
    assert_eq!(story.count("write-manifest"), 1);
    assert_eq!(story.count("stop-task"), 0);
    assert_eq!(story.status(), "Live");
    story.assert_nothing_untold();
    story.send(Event::End);
    story.assert_it_comes_to_rest();
}

#[test]
fn the_end_of_the_meeting_ends_the_recording_and_shows_it() {
    let mut story = noticed(false);
    story.says("host", Said::Record);
    assert_eq!(story.recording_says("Requested_By__c"), "host");
    story.recorder_records();
    story.recording_for(5 * MINUTE);
    story.send(Event::End);
    assert_eq!(story.recording_says("Status__c"), "Finishing");
    story.wait(4 * SECOND);
    story.recorder_stops();
    assert_eq!(story.recording_says("Status__c"), "Available");
    story.assert_it_comes_to_rest();
}

#[test]
fn a_meeting_that_records_by_itself_starts_with_the_second_human() {
    let mut story = noticed(true);
    assert_eq!(story.m().record_wanted, None);
    // The recorder is prepared meanwhile, and says so.
    assert_eq!(story.meeting_says("Recording_State__c"), "Preparing");
    assert_eq!(story.rows_of("Chime_Recording__c").len(), 0);
    story.joins("anna");
    assert_eq!(story.recording_says("Status__c"), "Starting");
    assert_eq!(story.recording_says("Requested_By__c"), "auto");
    assert_eq!(story.count("run-recorder"), 1);
    // A stop by hand is not undone by the next arrival.
    story.recorder_records();
    story.send(Event::StopRecording);
    story.recorder_stops();
    story.joins("ben");
    assert_eq!(story.m().recordings.len(), 1);
    assert_eq!(story.meeting_says("Recording_State__c"), "Stopped");
}

#[test]
fn by_setting_the_first_human_is_enough() {
    let mut story = Story::new();
    story.settings.auto_record_with_first = true;
    let policy = Some(Policy::Notice);
    story.send(Event::Start(Details { policy, auto_record: true, ..details(three()) }));
    assert_eq!(story.rows_of("Chime_Recording__c").len(), 0);
    story.joins("host");
    assert_eq!(story.recording_says("Status__c"), "Starting");
}

#[test]
fn a_recorder_that_waited_outside_for_long_has_its_full_time_to_begin() {
    let mut story = noticed(true);
    story.wait(25 * MINUTE);
    story.joins("anna");
    story.wait(2 * MINUTE);
    assert_eq!(story.recording().attempts.len(), 1);
    story.recorder_records();
    assert_eq!(story.recording_says("Status__c"), "Recording");
    assert_eq!(story.count("run-recorder"), 1);
}

#[test]
fn an_unused_prepared_recorder_ends_after_half_an_hour_and_leaves_no_record() {
    let mut story = noticed(true);
    story.wait(30 * MINUTE - SECOND);
    assert_eq!(story.count("stop-task"), 0);
    story.wait(MINUTE);
    assert_eq!(story.count("stop-task"), 1);
    assert_eq!(story.recording().status, RS::Failed);
    assert_eq!(story.rows_of("Chime_Recording__c").len(), 0);
    assert_eq!(story.meeting_says("Recording_State__c"), "None");
    // No other is prepared, but one that is wanted comes.
    story.wait(HOUR);
    assert_eq!(story.count("run-recorder"), 1);
    story.joins("anna");
    assert_eq!(story.count("run-recorder"), 2);
    assert_eq!(story.recording_says("Status__c"), "Starting");
}

#[test]
fn a_recorder_is_prepared_for_every_meeting_or_none_by_setting() {
    for (prepare, auto, runs) in [
        (Prepare::Always, false, 1),
        (Prepare::Auto, false, 0),
        (Prepare::Auto, true, 1),
        (Prepare::Never, true, 0),
    ] {
        let mut story = Story::new();
        story.settings.prepare = prepare;
        story.send(Event::Start(Details { auto_record: auto, ..details(three()) }));
        assert_eq!(story.count("run-recorder"), runs, "{prepare:?} {auto}");
    }
}

#[test]
fn a_recorder_is_not_started_before_there_is_a_meeting_to_enter() {
    let mut story = Story::new();
    story.settings.prepare = Prepare::Always;
    story.send(Event::Schedule(Details { policy: Some(Policy::Notice), ..scheduled() }));
    story.record();
    assert_eq!(story.count("run-recorder"), 0);
    story.wait(HOUR);
    story.joins("host");
    assert_eq!(story.recording_says("Status__c"), "Starting");
    assert_eq!(story.recording_says("Requested_By__c"), USER);
}

#[test]
fn a_stop_before_anything_was_recorded_says_so() {
    let mut story = Story::live();
    story.record();
    assert_eq!(story.recording_says("Status__c"), "Preparing");
    story.send(Event::StopRecording);
    story.wait(15 * SECOND);
    assert_eq!(story.recording_says("Status__c"), "Failed");
    assert_eq!(story.recording_says("Failure_Reason__c"), "Stopped before anything was recorded");
    assert_eq!(story.count("stop-task"), 1);
    assert_eq!(story.m().recordings.len(), 1);
}

#[test]
fn a_recorder_that_does_not_stop_is_stopped_by_force_and_its_piece_is_kept() {
    let mut story = noticed(false);
    story.record();
    story.recorder_records();
    story.recording_for(MINUTE);
    story.send(Event::StopRecording);
    story.wait(MINUTE - 1);
    assert_eq!(story.count("stop-task"), 0);
    story.wait(30 * SECOND);
    assert_eq!(story.count("stop-task"), 1);
    assert_eq!(story.recording_says("Status__c"), "Available");
}

#[test]
fn a_recorder_that_cannot_be_stopped_is_given_up() {
    let mut story = noticed(false);
    story.record();
    story.recorder_records();
    story.recording_for(MINUTE);
    story.world.deaf = true;
    story.send(Event::StopRecording);
    story.wait(2 * MINUTE + SECOND);
    assert_eq!(story.recording_says("Status__c"), "Checking");
    // Its piece never comes: after five minutes that is the verdict.
    story.wait(5 * MINUTE + 20 * SECOND);
    assert_eq!(story.recording_says("Status__c"), "Failed");
    assert_eq!(story.recording_says("Failure_Reason__c"), "did not stop when told");
}

#[test]
fn a_file_without_sound_is_not_shown_as_good() {
    let mut story = noticed(false);
    story.world.silent = true;
    story.record();
    story.recorder_records();
    story.recording_for(MINUTE);
    story.recorder_stops_for_good();
    assert_eq!(story.recording_says("Status__c"), "Failed");
    assert_eq!(story.recording_says("Failure_Reason__c"), "CB-043: no sound");
}

#[test]
fn the_recorder_leaving_an_empty_meeting_ends_the_recording_and_the_wish() {
    let mut story = noticed(false);
    story.record();
    story.recorder_records();
    story.recording_for(MINUTE);
    story.leaves("host");
    story.recording_for(MINUTE);
    story.recorder_stops();
    assert_eq!(story.recording_says("Status__c"), "Available");
    assert_eq!(story.meeting_says("Recording_State__c"), "Stopped");
    // Nobody is there: no second recorder is paid for.
    story.wait(MINUTE);
    assert_eq!(story.count("run-recorder"), 1);
    story.joins("host");
    assert_eq!(story.count("run-recorder"), 1);
    story.record();
    assert_eq!(story.count("run-recorder"), 2);
    assert_eq!(story.rows_of("Chime_Recording__c").len(), 2);
}

#[test]
fn a_meeting_that_records_by_itself_does_so_again_when_people_return() {
    let mut story = noticed(true);
    story.joins("anna");
    story.recorder_records();
    story.recording_for(MINUTE);
    story.leaves("host");
    story.leaves("anna");
    story.world.chime.clear();
    story.send(Event::Check);
    assert_eq!(story.status(), "Open");
    story.recorder_stops();
    assert_eq!(story.recording_says("Status__c"), "Available");
    assert_eq!(story.count("run-recorder"), 1);
    story.wait(MINUTE);
    story.joins("host");
    story.joins("anna");
    assert_eq!(story.m().recordings.len(), 2);
    assert_eq!(story.recording_says("Status__c"), "Starting");
    assert_eq!(story.recording_says("Requested_By__c"), "auto");
}

#[test]
fn recording_what_is_over_is_refused() {
    let mut story = Story::live();
    story.send(Event::End);
    story.record();
    assert_eq!(story.refusals.last().unwrap().code, "CB-014");
    story.send(Event::StopRecording);
    assert!(story.m().recordings.is_empty());
}

#[test]
fn the_launch_file_is_dropped_once_the_recorder_is_in() {
    let mut story = noticed(false);
    story.record();
    assert_eq!(story.count("drop-launch"), 0);
    story.recorder_records();
    assert!(story.count("drop-launch") >= 1);
    let receive_only = story.wanted.iter().any(|e| {
        matches!(e, Effect::CreateAttendee { seat, receive_only: true, .. } if seat.starts_with("recorder-"))
    });
    assert!(receive_only);
    // The recorder is no participant.
    assert_eq!(story.meeting_says("Participant_Count__c"), 1);
}
