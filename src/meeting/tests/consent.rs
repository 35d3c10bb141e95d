//! Consent: whose word counts, in which order, and what it does to a recording.

use serde_json::{Map, json};

use super::story::{MINUTE, SECOND, Story, USER, details, three};
use crate::meeting::event::{Details, Event, Said};
use crate::meeting::model::{Consent, Policy};

fn says(story: &mut Story, at: i64, load: &str, counter: u32, given: bool) {
    let (seat, load) = ("anna".to_string(), load.to_string());
    story.send(Event::Signal { seat, at, load, counter, said: Said::Consent { given } });
}

fn permutations<T: Copy>(items: &[T]) -> Vec<Vec<T>> {
    if items.is_empty() {
        return vec![vec![]];
    }
    let mut all = vec![];
    for i in 0..items.len() {
        let rest: Vec<T> = [&items[..i], &items[i + 1..]].concat();
        for mut tail in permutations(&rest) {
            tail.insert(0, items[i]);
            all.push(tail);
        }
    }
    all
}

/// The consent after these words, which must not depend on the order they come in.
fn folded(words: &[(i64, &str, u32, bool)]) -> Consent {
    let mut answers = vec![];
    for order in permutations(words) {
        let mut story = Story::started();
        story.sketch = true; // one of many
        story.now += MINUTE;
        let base = story.now - MINUTE;
        for (at, load, counter, given) in order {
            says(&mut story, base + at, load, counter, given);
        }
        answers.push((story.seat("anna").consent, story.seat("anna").consent_at));
        story.assert_nothing_untold();
    }
    assert!(answers.windows(2).all(|w| w[0] == w[1]), "{answers:?}");
    answers[0].0
}

#[test]
fn the_newest_word_by_queue_time_counts() {
    assert_eq!(folded(&[(1, "a", 1, false), (2, "b", 1, true)]), Consent::Given);
    assert_eq!(folded(&[(1, "a", 1, true), (2, "b", 1, false)]), Consent::Withdrawn);
    assert_eq!(folded(&[(1, "a", 9, false), (2, "b", 1, false)]), Consent::Declined);
    let three = [(1, "a", 1, true), (2, "a", 2, false), (3, "b", 1, true)];
    assert_eq!(folded(&three), Consent::Given);
}

#[test]
fn at_one_instant_a_pages_own_counter_decides_and_a_tie_of_pages_means_declined() {
    assert_eq!(folded(&[(1, "a", 1, false), (1, "a", 2, true)]), Consent::Given);
    assert_eq!(folded(&[(1, "a", 1, true), (1, "a", 2, false)]), Consent::Declined);
    assert_eq!(folded(&[(1, "a", 1, true), (1, "b", 1, false)]), Consent::Declined);
    let tie = [(1, "a", 1, false), (1, "a", 2, true), (1, "b", 1, true)];
    assert_eq!(folded(&tie), Consent::Given);
}

#[test]
fn every_word_on_consent_is_in_the_log_once() {
    let mut story = Story::started();
    story.consents("anna", true);
    story.wait(SECOND);
    story.consents("anna", false);
    let said: Vec<_> =
        story.rows_of("Chime_Meeting_Log__c").iter().map(|r| r["Text__c"].clone()).collect();
    assert_eq!(said.len(), 2);
    assert!(said.contains(&json!("Given")) && said.contains(&json!("Withdrawn")), "{said:?}");
    assert_eq!(story.person_says("anna", "Consent__c"), "Withdrawn");
}

#[test]
fn consent_set_on_the_record_counts_as_said_now() {
    let mut story = Story::live();
    let set = |story: &mut Story, value: &str| {
        let mut values = Map::new();
        values.insert("Consent__c".into(), json!(value));
        let object = "Chime_Participant__c".to_string();
        story.send(Event::RecordChanged { object, id: "anna".into(), values });
    };
    set(&mut story, "Given");
    assert_eq!(story.person_says("anna", "Consent__c"), "Given");
    assert_eq!(story.rows_of("Chime_Meeting_Log__c").len(), 1);
    set(&mut story, "Given");
    assert_eq!(story.rows_of("Chime_Meeting_Log__c").len(), 1);
    story.wait(SECOND);
    set(&mut story, "Withdrawn");
    assert_eq!(story.person_says("anna", "Consent__c"), "Withdrawn");
    // An older word of the page, delivered late, does not undo it.
    let at = story.now - 2 * SECOND;
    says(&mut story, at, "page", 1, true);
    assert_eq!(story.person_says("anna", "Consent__c"), "Withdrawn");
}

#[test]
fn under_everyone_agrees_a_recording_waits_for_all_who_are_there() {
    let mut story = Story::live();
    story.joins("anna");
    story.record();
    assert_eq!(story.meeting_says("Recording_State__c"), "Waiting for consent");
    story.consents("host", true);
    assert_eq!(story.meeting_says("Recording_State__c"), "Waiting for consent");
    // Ben is not there: he need not agree.
    story.consents("anna", true);
    assert_eq!(story.meeting_says("Recording_State__c"), "Starting");
    assert_eq!(story.recording_says("Status__c"), "Starting");
    assert_eq!(story.recording_says("Requested_By__c"), USER);
}

#[test]
fn someone_new_without_consent_pauses_the_start_until_they_agree() {
    let mut story = Story::live();
    story.consents("host", true);
    story.record();
    assert_eq!(story.meeting_says("Recording_State__c"), "Starting");
    let (key, attempt) = story.attempt();
    let recorder = chime_contract::recording::seat(&key, attempt);
    assert!(story.ticket(&recorder).meeting.is_some());
    story.joins("anna");
    assert_eq!(story.meeting_says("Recording_State__c"), "Waiting for consent");
    assert!(story.ticket(&recorder).meeting.is_none());
    story.wait(10 * MINUTE);
    assert_eq!(story.recording_says("Status__c"), "Preparing");
    assert_eq!(story.recording().attempts.len(), 1);
    story.consents("anna", true);
    assert!(story.ticket(&recorder).meeting.is_some());
    // It has its full time to begin, however long it has waited.
    story.wait(MINUTE);
    assert_eq!(story.recording().attempts.len(), 1);
    story.recorder_records();
    assert_eq!(story.meeting_says("Recording_State__c"), "Recording");
}

#[test]
fn someone_new_without_consent_does_not_stop_what_records_but_a_refusal_does() {
    let mut story = Story::live();
    story.consents("host", true);
    story.record();
    story.recorder_records();
    story.joins("anna");
    story.recording_for(MINUTE);
    assert_eq!(story.meeting_says("Recording_State__c"), "Recording");
    story.consents("anna", false);
    assert_eq!(story.meeting_says("Recording_State__c"), "Stopped");
    assert_eq!(story.recording_says("Status__c"), "Finishing");
}

#[test]
fn a_withdrawal_stops_the_recording_and_keeps_what_was_recorded() {
    let mut story = Story::live();
    story.consents("host", true);
    story.record();
    story.recorder_records();
    story.recording_for(MINUTE);
    story.consents("host", false);
    assert_eq!(story.meeting_says("Recording_State__c"), "Stopped");
    story.recorder_stops();
    assert_eq!(story.recording_says("Status__c"), "Available");
    // Agreeing again does not restart it: somebody has to ask.
    story.wait(SECOND);
    story.consents("host", true);
    assert_eq!(story.m().recordings.len(), 1);
    story.record();
    assert_eq!(story.m().recordings.len(), 2);
}

#[test]
fn a_withdrawal_counts_although_chime_tells_of_the_person_later() {
    let mut story = Story::live();
    story.consents("host", true);
    story.record();
    story.recorder_records();
    story.arrives("anna");
    story.consents("anna", false);
    assert_eq!(story.meeting_says("Recording_State__c"), "Recording");
    story.chime_tells("anna", crate::meeting::event::PresenceKind::Joined);
    assert_eq!(story.meeting_says("Recording_State__c"), "Stopped");
}

#[test]
fn a_withdrawal_counts_although_chime_never_tells_that_the_person_is_back() {
    let mut story = Story::live();
    story.consents("host", true);
    story.joins("anna");
    story.consents("anna", true);
    story.record();
    story.recorder_records();
    story.recording_for(MINUTE);
    story.leaves("anna");
    story.wait(SECOND);
    assert_eq!(story.meeting_says("Recording_State__c"), "Recording");
    story.consents("anna", false);
    assert_eq!(story.person_says("anna", "Consent__c"), "Withdrawn");
    assert_eq!(story.meeting_says("Recording_State__c"), "Stopped");
    story.recorder_stops();
    // Another one waits for her word, or for Chime to tell that she left.
    story.record();
    assert_eq!(story.meeting_says("Recording_State__c"), "Waiting for consent");
    story.wait(SECOND);
    story.leaves("anna");
    assert_eq!(story.meeting_says("Recording_State__c"), "Starting");
}

#[test]
fn under_notice_being_told_is_enough() {
    let mut story = Story::new();
    let asked = Details { policy: Some(Policy::Notice), ..details(three()) };
    story.send(Event::Start(asked));
    story.joins("host");
    story.record();
    assert_eq!(story.meeting_says("Recording_State__c"), "Starting");
    story.joins("anna");
    story.consents("anna", false);
    assert_eq!(story.meeting_says("Recording_State__c"), "Starting");
    story.recorder_records();
    assert_eq!(story.meeting_says("Recording_State__c"), "Recording");
}

#[test]
fn who_was_removed_is_not_asked() {
    let mut story = Story::live();
    story.joins("anna");
    story.consents("host", true);
    story.record();
    assert_eq!(story.meeting_says("Recording_State__c"), "Waiting for consent");
    story.send(Event::Remove { seat: "anna".into() });
    assert_eq!(story.meeting_says("Recording_State__c"), "Starting");
    // Not even if Chime tells that she slipped in while she was being taken out.
    story.wait(SECOND);
    let attendee = super::world::World::attendee("chime-1", "anna");
    let (kind, at) = (crate::meeting::event::PresenceKind::Joined, story.now);
    let (seat, chime_meeting) = ("anna".to_string(), "chime-1".to_string());
    let presence = crate::meeting::event::Presence { seat, chime_meeting, attendee, kind, at };
    story.send(Event::Presence(presence));
    assert_eq!(story.meeting_says("Recording_State__c"), "Starting");
}
