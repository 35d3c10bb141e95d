//! What is kept: playback links, holds, retention, deletion and its undoing, erasure.

use serde_json::{Map, Value, json};

use super::story::{DAY, HOUR, ID, MINUTE, SECOND, START, Story, USER, details, three};
use crate::meeting::effect::Effect;
use crate::meeting::event::{Details, Event};
use crate::meeting::model::{Policy, RecordingStatus as RS};
use crate::meeting::records::date;

const RECORD: &str = "a035e00000REC01AAA";

/// An ended meeting with a recording.
fn kept() -> Story {
    kept_with(|_| {})
}

fn kept_with(set: impl Fn(&mut Story)) -> Story {
    let mut story = Story::new();
    set(&mut story);
    story.send(Event::Start(Details { policy: Some(Policy::Notice), ..details(three()) }));
    story.joins("host");
    story.record();
    story.recorder_records();
    story.recording_for(MINUTE);
    story.send(Event::End);
    story.recorder_stops();
    let key = story.recording().key.clone();
    story.send(Event::RecordNamed { object: "Chime_Recording__c".into(), key, id: RECORD.into() });
    assert_eq!(story.recording_says("Status__c"), "Available");
    story
}

fn change(story: &mut Story, field: &str, value: Value) {
    let mut values = Map::new();
    values.insert(field.into(), value);
    let object = "Chime_Recording__c".to_string();
    story.send(Event::RecordChanged { object, id: RECORD.into(), values });
}

fn delete(story: &mut Story, object: &str, id: &str) {
    let at = story.now;
    story.send(Event::RecordDeleted { object: object.into(), id: id.into(), at });
}

#[test]
fn a_playback_link_is_told_refreshed_and_taken_away_when_it_expires() {
    let mut story = kept();
    let asked = Event::RefreshPlayback { recording: RECORD.into(), by: USER.into() };
    story.send(asked.clone());
    let (key, expires) = (story.recording().key.clone(), story.now + HOUR);
    let link = json!({ "$secret": format!("playback:{key}") });
    assert_eq!(story.recording_says("Playback_Link__c"), link);
    assert_eq!(story.recording_says("Playback_Expires_At__c"), date(expires));
    assert!(story.secrets.contains(&format!("playback:{key}")));
    let log = story.rows_of("Chime_Meeting_Log__c");
    assert_eq!((&log[0]["Kind__c"], &log[0]["User__c"]), (&json!("Playback"), &json!(USER)));
    // A refresh tells the link again, although its name is the same.
    story.wait(30 * MINUTE);
    story.rows.clear();
    story.send(asked);
    assert_eq!(story.recording_says("Playback_Link__c"), link);
    story.wait(HOUR);
    assert_eq!(story.recording_says("Playback_Link__c"), Value::Null);
    assert_eq!(story.recording_says("Playback_Expires_At__c"), Value::Null);
    assert!(!story.secrets.contains(&format!("playback:{key}")));
}

#[test]
fn what_is_not_available_has_no_playback() {
    let mut story = Story::live();
    story.send(Event::RefreshPlayback { recording: "nothing".into(), by: USER.into() });
    assert_eq!(story.refusals.last().unwrap().code, "CB-048");
    assert_eq!(story.count("presign"), 0);
}

#[test]
fn erase_means_now_and_every_version() {
    let mut story = kept();
    story.send(Event::RefreshPlayback { recording: RECORD.into(), by: USER.into() });
    story.send(Event::EraseRecording { recording: RECORD.into() });
    assert_eq!(story.recording_says("Status__c"), "Erased");
    assert_eq!(story.recording_says("Erased_At__c"), date(story.now));
    assert_eq!(story.recording_says("Playback_Link__c"), Value::Null);
    assert!(story.world.pieces.is_empty());
    assert!(!story.secrets.iter().any(|s| s.starts_with("playback:")));
    // Asked again, or answered again, it stays as it was.
    let rows = story.rows.clone();
    story.wait(MINUTE);
    story.send(Event::EraseRecording { recording: RECORD.into() });
    let (effect, outcome) =
        story.results.iter().rev().find(|(e, _)| e.name().starts_with("erase")).cloned().unwrap();
    story.give(effect, outcome);
    assert_eq!(story.rows, rows);
    assert_eq!(story.count("erase:"), 1);
    story.assert_it_comes_to_rest();
}

#[test]
fn erasing_what_still_records_stops_it_and_starts_no_other() {
    let mut story = Story::new();
    story.send(Event::Start(Details { policy: Some(Policy::Notice), ..details(three()) }));
    story.joins("host");
    story.record();
    story.recorder_records();
    let key = story.recording().key.clone();
    story.send(Event::EraseRecording { recording: key });
    assert_eq!(story.recording_says("Status__c"), "Erased");
    assert_eq!(story.meeting_says("Recording_State__c"), "Stopped");
    assert_eq!(story.m().recordings.len(), 1);
    story.wait(10 * MINUTE);
    assert_eq!(story.count("run-recorder"), 1);
}

#[test]
fn an_erasure_that_fails_is_told_and_tried_again() {
    let mut story = kept();
    story.held = vec!["erase:"];
    story.send(Event::EraseRecording { recording: RECORD.into() });
    story.fail("erase:", "CB-061");
    assert_eq!(story.refusals.last().unwrap().code, "CB-061");
    assert_ne!(story.recording().status, RS::Erased);
    story.wait(HOUR);
    story.release();
    assert_eq!(story.recording().status, RS::Erased);
}

#[test]
fn what_is_on_hold_is_not_erased_by_anyone() {
    let mut story = kept();
    change(&mut story, "Legal_Hold__c", json!(true));
    story.send(Event::EraseRecording { recording: RECORD.into() });
    assert_eq!(story.refusals.last().unwrap().code, "CB-049");
    let tomorrow = json!(story.now + DAY);
    change(&mut story, "Retain_Until__c", tomorrow);
    delete(&mut story, "Chime_Meeting__c", ID);
    story.wait(30 * DAY);
    assert_eq!(story.recording().status, RS::Available);
    story.assert_it_comes_to_rest();
    // Once the hold is lifted, what was due is done.
    change(&mut story, "Legal_Hold__c", json!(false));
    assert_eq!(story.recording().status, RS::Erased);
}

#[test]
fn a_deleted_meeting_is_erased_after_fifteen_days_and_forgets_the_names() {
    let mut story = kept();
    delete(&mut story, "Chime_Meeting__c", ID);
    let deleted = story.now;
    story.wait(15 * DAY - 1);
    assert_eq!(story.recording().status, RS::Available);
    story.wait(1);
    assert_eq!(story.recording().erased_at, Some(deleted + 15 * DAY));
    assert_eq!(story.m().subject, "");
    assert!(story.m().seats.values().all(|s| s.name.is_empty()));
    story.assert_it_comes_to_rest();
}

#[test]
fn nothing_is_told_about_a_deleted_record() {
    let mut story = kept();
    delete(&mut story, "Chime_Meeting__c", ID);
    let rows = story.rows.clone();
    let late = story.fact("anna", crate::meeting::event::PresenceKind::Joined, START);
    story.send(late);
    story.wait(20 * DAY);
    assert_eq!(story.rows, rows);
}

#[test]
fn deleting_the_record_of_a_running_meeting_ends_it_and_forgets_it_even_without_recordings() {
    let mut story = Story::live();
    delete(&mut story, "Chime_Meeting__c", ID);
    assert_eq!(story.status(), "Cancelled");
    assert!(story.world.chime.is_empty());
    story.wait(15 * DAY);
    assert_eq!(story.m().subject, "");
    story.assert_it_comes_to_rest();
    assert_eq!(story.deadline, None);
}

#[test]
fn undelete_cancels_the_erasure_and_tells_everything_again() {
    let mut story = kept();
    delete(&mut story, "Chime_Meeting__c", ID);
    story.wait(14 * DAY);
    story.rows.clear();
    let object = "Chime_Meeting__c".to_string();
    story.send(Event::RecordUndeleted { object, id: ID.into() });
    story.assert_nothing_untold();
    assert_eq!(story.meeting_says("Status__c"), "Ended");
    story.wait(60 * DAY);
    assert_eq!(story.recording().status, RS::Available);
    assert_ne!(story.m().subject, "");
}

#[test]
fn undelete_does_not_cancel_an_erasure_asked_for_by_name() {
    let mut story = kept();
    story.held = vec!["erase:"];
    story.send(Event::EraseRecording { recording: RECORD.into() });
    story.fail("erase:", "CB-061");
    delete(&mut story, "Chime_Meeting__c", ID);
    let object = "Chime_Meeting__c".to_string();
    story.send(Event::RecordUndeleted { object, id: ID.into() });
    story.wait(HOUR);
    story.release();
    assert_eq!(story.recording().status, RS::Erased);
}

#[test]
fn a_deleted_recording_alone_is_erased_after_fifteen_days_unless_it_comes_back() {
    let mut story = kept();
    delete(&mut story, "Chime_Recording__c", RECORD);
    story.wait(DAY);
    let object = "Chime_Recording__c".to_string();
    story.send(Event::RecordUndeleted { object, id: RECORD.into() });
    story.wait(20 * DAY);
    assert_eq!(story.recording().status, RS::Available);
    delete(&mut story, "Chime_Recording__c", RECORD);
    // Brought back with its meeting in the bin, it shares the meeting's date.
    story.wait(DAY);
    delete(&mut story, "Chime_Meeting__c", ID);
    let object = "Chime_Recording__c".to_string();
    story.send(Event::RecordUndeleted { object, id: RECORD.into() });
    story.wait(15 * DAY - SECOND);
    assert_eq!(story.recording().status, RS::Available);
    story.wait(SECOND);
    assert_eq!(story.recording().status, RS::Erased);
}

#[test]
fn a_deleted_participant_is_removed_and_no_longer_written_to() {
    let mut story = Story::live();
    story.joins("anna");
    delete(&mut story, "Chime_Participant__c", "anna");
    assert!(story.world.attendees.iter().all(|(_, a)| a != "anna@chime-1"));
    let before = story.rows.clone();
    story.chime_tells("anna", crate::meeting::event::PresenceKind::Left);
    assert_eq!(
        story.person_says("anna", "Seconds_Present__c"),
        before[&("Chime_Participant__c".to_string(), "anna".to_string())]
            .get("Seconds_Present__c")
            .cloned()
            .unwrap_or(Value::Null)
    );
    assert_eq!(story.rows_of("Chime_Participant_Session__c").len(), 2);
}

#[test]
fn retention_counts_from_the_setting_or_the_record_and_spares_what_still_records() {
    let mut story = kept_with(|story| story.settings.retain_for = 30 * DAY);
    story.wait(30 * DAY - SECOND);
    assert_eq!(story.recording().status, RS::Available);
    story.wait(MINUTE);
    assert_eq!(story.recording().status, RS::Erased);

    let mut story = kept();
    let tomorrow = json!(story.now + DAY);
    change(&mut story, "Retain_Until__c", tomorrow);
    story.wait(DAY);
    assert_eq!(story.recording().status, RS::Erased);

    let mut story = Story::new();
    story.send(Event::Start(Details { policy: Some(Policy::Notice), ..details(three()) }));
    story.joins("host");
    story.record();
    story.recorder_records();
    let (key, id) = (story.recording().key.clone(), RECORD.to_string());
    story.send(Event::RecordNamed { object: "Chime_Recording__c".into(), key, id });
    change(&mut story, "Retain_Until__c", json!(START));
    story.recording_for(MINUTE);
    assert_eq!(story.recording().status, RS::Recording);
}

#[test]
fn with_what_was_deleted_its_tickets_go_the_recorders_too() {
    let mut story = kept();
    delete(&mut story, "Chime_Meeting__c", ID);
    story.wait(16 * DAY);
    assert!(story.m().forgotten());
    let deleted = |seat: &str| {
        let of = |e: &&Effect| matches!(e, Effect::DeleteTicket { seat: s, .. } if s == seat);
        story.wanted.iter().filter(of).count()
    };
    let recorder = chime_contract::recording::seat(&story.recording().key, 1);
    for seat in story.m().seats.keys().chain([&recorder]) {
        assert_eq!(deleted(seat), 1, "{seat}");
    }
}

#[test]
fn tickets_of_a_meeting_that_is_to_be_erased_at_once_do_not_wait_a_week() {
    let mut story = kept_with(|story| story.settings.erase_after = MINUTE);
    delete(&mut story, "Chime_Meeting__c", ID);
    story.wait(2 * MINUTE);
    assert!(story.m().tickets_swept && story.m().forgotten());
}
