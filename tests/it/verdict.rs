//! The verdict on a world of streams: every difference between what the records say and what the
//! model allows, and everything that was done twice outside.

use std::collections::{BTreeMap, BTreeSet};

use chime_emulator::aws::chime::MeetingEntry;
use chime_emulator::aws::eventbridge::Entry;
use chime_emulator::start::{NOTICES, RECORDINGS_BUCKET, SIGNALS};
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::streams::Stream;
use crate::truth::{self, Deed, Span, Truth};
use crate::world::{World, text};

/// Everything that is not as it should be, one line each.
pub fn differences(world: &World, streams: &[Stream], rounds: &[i64]) -> Vec<String> {
    let ledger = world.emulator.chime.ledger();
    let notices = world.emulator.eventbridge.ledger();
    let mut found = outside(world, &ledger.meetings);
    for stream in streams {
        let of = Judge::new(world, stream, rounds, &ledger.meetings, &notices);
        let wrong = of.differences();
        if !wrong.is_empty() {
            let deeds: Vec<String> = stream.deeds.iter().map(|d| format!("{d:?}")).collect();
            found.push(format!("-- {} did {}", stream.meeting.id, deeds.join(", ")));
            found.extend(wrong);
        }
    }
    found
}

/// What may be there only once, and nothing that lives on.
fn outside(world: &World, chime: &[MeetingEntry]) -> Vec<String> {
    let mut found = Vec::new();
    let mut tokens = BTreeSet::new();
    for meeting in chime {
        if !tokens.insert(&meeting.client_request_token) {
            found.push(format!("two Chime meetings of one token: {meeting:?}"));
        }
        if meeting.ended_at.is_none() {
            found.push(format!("a Chime meeting is left behind: {meeting:?}"));
        }
        let mut seats = BTreeSet::new();
        for attendee in meeting.attendees.iter().filter(|a| !a.deleted) {
            if !seats.insert(&attendee.external_user_id) {
                found.push(format!("two attendees of one seat: {meeting:?}"));
            }
        }
    }
    for (n, one) in chime.iter().enumerate() {
        let twin = chime[n + 1..].iter().find(|other| {
            let ended = one.ended_at.min(other.ended_at).unwrap_or(i64::MAX);
            other.external_meeting_id == one.external_meeting_id
                && one.created_at.max(other.created_at) < ended
        });
        if let Some(twin) = twin {
            found.push(format!("two Chime meetings of one record at a time: {one:?}, {twin:?}"));
        }
    }
    let mut starts = BTreeSet::new();
    for task in world.emulator.ecs.tasks() {
        if task.status != "STOPPED" {
            found.push(format!("a task is left behind: {task:?}"));
        }
        if !starts.insert(task.started_by.clone()) {
            found.push(format!("two tasks of one token: {task:?}"));
        }
    }
    for queue in [NOTICES, SIGNALS] {
        let dead = world.emulator.sqs.peek(&format!("{queue}-dlq")).len();
        if dead > 0 {
            found.push(format!("{dead} messages of {queue} were given up"));
        }
    }
    found
}

struct Judge<'a> {
    world: &'a World,
    stream: &'a Stream,
    truth: Truth,
}

impl<'a> Judge<'a> {
    fn new(
        world: &'a World,
        stream: &'a Stream,
        rounds: &[i64],
        chime: &[MeetingEntry],
        notices: &[Entry],
    ) -> Self {
        let own = chime.iter().filter(|m| m.external_meeting_id == stream.meeting.id);
        let chime: Vec<MeetingEntry> = own.cloned().collect();
        let truth = Truth {
            scheduled: stream.scheduled,
            seats: stream.meeting.seats.iter().map(|s| s.participant.clone()).collect(),
            deeds: stream.deeds.clone(),
            rounds: rounds.to_vec(),
            notices: truth::about(notices, &chime),
            chime,
        };
        Self { world, stream, truth }
    }

    fn field(&self, name: &str) -> String {
        self.world.field("Chime_Meeting__c", &self.stream.meeting.id, name)
    }

    fn differences(&self) -> Vec<String> {
        let mut found = Vec::new();
        let (status, reason) = (self.field("Status__c"), self.field("Status_Reason__c"));
        let ends = self.truth.ends();
        if !ends.contains(&(status.as_str(), reason.as_str())) {
            found.push(format!("it is {status} ({reason}), expected one of {ends:?}"));
        }
        let started = self.field("Started_At__c");
        if seconds(&started) != self.truth.first().map(kept) {
            let first = self.truth.first();
            found.push(format!("it started at {started:?}, the first came at {first:?}"));
        }
        let came = self.truth.seats.iter().filter(|s| !self.truth.spans(s).is_empty()).count();
        let count = self.field("Participant_Count__c").parse::<f64>().unwrap_or(0.0) as usize;
        if count != came {
            found.push(format!("{count} have been there, expected {came}"));
        }
        for seat in &self.truth.seats {
            found.extend(self.seat(seat).into_iter().map(|wrong| format!("{seat}: {wrong}")));
        }
        found.extend(self.recordings());
        found.extend(self.letters());
        found
    }

    fn seat(&self, seat: &str) -> Vec<String> {
        let mut found = Vec::new();
        let field = |name| self.world.field("Chime_Participant__c", seat, name);
        let (status, consent) = (field("Status__c"), field("Consent__c"));
        let (statuses, consents) = (self.truth.statuses(seat), self.truth.consents(seat));
        if !statuses.contains(status.as_str()) {
            found.push(format!("is {status}, expected one of {statuses:?}"));
        }
        if !consents.contains(consent.as_str()) {
            found.push(format!("consent is {consent}, expected one of {consents:?}"));
        }
        let spans = self.truth.spans(seat);
        let first = seconds(&field("First_Joined_At__c"));
        if first != spans.first().map(|span| kept(span.from)) {
            found.push(format!("first joined at {first:?}, expected {:?}", spans.first()));
        }
        found.extend(self.sessions(seat, &spans));
        let least: i64 = spans.iter().map(|span| span.until.0 - span.from).sum();
        let most =
            spans.iter().fold(0_i64, |sum, span| sum.saturating_add(span.until.1 - span.from));
        let said = field("Seconds_Present__c").parse::<f64>().unwrap_or(0.0) as i64 * 1_000;
        if said < least - 1_000 || said > most.saturating_add(1_000) {
            found.push(format!("was there {said} ms, expected {least} to {most}"));
        }
        found
    }

    fn sessions(&self, seat: &str, spans: &[Span]) -> Vec<String> {
        let soql = format!(
            "SELECT Session_Key__c, Joined_At__c, Left_At__c, End_Reason__c \
             FROM Chime_Participant_Session__c WHERE Participant__c = '{seat}'"
        );
        let rows = self.world.query(&soql);
        let mut rows: BTreeMap<String, Value> =
            rows.into_iter().map(|row| (text(&row["Session_Key__c"]), row)).collect();
        let mut found = Vec::new();
        for span in spans {
            let key = format!("{seat}-{}-{}", span.attendee, span.from);
            let Some(row) = rows.remove(&key) else {
                found.push(format!("session {key} is missing"));
                continue;
            };
            let left = seconds(&text(&row["Left_At__c"]));
            let fits = kept(span.until.0)..=kept(span.until.1);
            if !left.is_some_and(|left| fits.contains(&left)) {
                found.push(format!("{row:?} ended, expected {span:?}"));
            }
            if !span.ends.contains(text(&row["End_Reason__c"]).as_str()) {
                found.push(format!("{row:?} ended so, expected {span:?}"));
            }
        }
        found.extend(rows.into_values().map(|row| format!("nobody had the session {row:?}")));
        found
    }

    fn recordings(&self) -> Vec<String> {
        let soql = format!(
            "SELECT Status__c, Failure_Reason__c, Recording_Key__c, Duration_Seconds__c \
             FROM Chime_Recording__c WHERE Meeting__c = '{}'",
            self.stream.meeting.id
        );
        let rows = self.world.query(&soql);
        let mut found = Vec::new();
        let asked = self.stream.auto || self.truth.deeds.iter().any(|d| d.deed == Deed::Record);
        let state = self.field("Recording_State__c");
        if !asked && (!rows.is_empty() || state != "None") {
            found.push(format!("nobody asked for a recording; {state}, {rows:?}"));
        }
        let agreed = |d: &truth::Done| matches!(d.deed, Deed::Consent(_, true));
        let allowed = !self.stream.everyone || self.truth.deeds.iter().any(agreed);
        let entered = self
            .truth
            .chime
            .iter()
            .flat_map(|m| &m.attendees)
            .any(|a| a.external_user_id.starts_with("recorder-") && !a.intervals.is_empty());
        if entered && !(asked && allowed) {
            found.push("a recorder was let in without consent".into());
        }
        for row in &rows {
            let key = text(&row["Recording_Key__c"]);
            let prefix = format!("recordings/{}/{key}/", self.stream.meeting.id);
            let s3 = &self.world.emulator.s3;
            let files = s3.list(RECORDINGS_BUCKET, &prefix);
            let erased = self.stream.erased.contains(&key);
            let pieces = files.iter().filter(|file| file.key.ends_with(".mp4")).count();
            let manifest = files.iter().any(|file| file.key.ends_with("manifest.json"));
            match text(&row["Status__c"]).as_str() {
                "Erased" if erased && s3.versions(RECORDINGS_BUCKET, &prefix).is_empty() => {}
                "Available" if !erased && pieces > 0 && manifest && entered => {}
                "Failed" if !erased && !text(&row["Failure_Reason__c"]).is_empty() => {}
                _ => found.push(format!("{row:?} with {files:?}")),
            }
        }
        found
    }

    fn letters(&self) -> Vec<String> {
        let soql = format!(
            "SELECT Step__c, Cause__c FROM Chime_Dead_Letter__c \
             WHERE State__c = 'Open' AND Meeting__c = '{}'",
            self.stream.meeting.id
        );
        let rows = self.world.query(&soql);
        let refused = |row: &Value| text(&row["Cause__c"]).starts_with("CB-014");
        let mut found: Vec<String> = Vec::new();
        for row in &rows {
            if !(refused(row) && self.truth.may_be_refused()) {
                found.push(format!("a dead letter: {row:?}"));
            }
        }
        if self.truth.must_be_refused() && !rows.iter().any(refused) {
            found.push("what came after the end was not refused".into());
        }
        found
    }
}

/// A date of a record, as Salesforce keeps it: in whole seconds.
fn seconds(date: &str) -> Option<i64> {
    // The offset is written without a colon.
    let date = date.replace("+0000", "Z");
    Some(OffsetDateTime::parse(&date, &Rfc3339).ok()?.unix_timestamp())
}

/// Milliseconds as they are kept.
fn kept(at: i64) -> i64 {
    at.div_euclid(1_000)
}
