//! The recorder tasks of a recording, one after the other: wanted, started, refused, lost.
//!
//! A refusal is tried again with growing waits for as long as a start may take; a recorder that
//! was lost is followed by a successor while people are there, up to the limit of attempts.

use crate::clock::Millis;
use crate::meeting::effect::{Effect, Failure};
use crate::meeting::model::{Attempt, Recording, RecordingStatus as RS};
use crate::meeting::participants;
use crate::meeting::settings::Settings;
use crate::meeting::step::Work;

impl Work<'_> {
    /// Wants another recorder task for this recording.
    pub(super) fn attempt(&mut self, index: usize) {
        let now = self.now;
        let Some(recording) = self.m.recordings.get_mut(index) else { return };
        let number = recording.attempts.len() as u32 + 1;
        recording.attempts.push(Attempt {
            number,
            wanted_at: now,
            arn: None,
            ticket_revision: 0,
            last_fragment_at: None,
            facts: std::collections::BTreeSet::new(),
            attendees: std::collections::BTreeMap::new(),
            gone_at: None,
            gone_reason: String::new(),
        });
        recording.look_at = Some(now + self.ctx.settings.start_limit);
        let recording = recording.key.clone();
        self.effects.push(Effect::RunRecorder { recording, attempt: number });
        self.let_recorder_in();
    }

    pub(super) fn task_started(&mut self, key: &str, attempt: u32, arn: String) {
        let (now, every) = (self.now, self.ctx.settings.recording_look_every);
        let Some(recording) = self.m.recordings.iter_mut().find(|r| r.key == key) else { return };
        let stopping = recording.stopping();
        let Some(found) = recording.attempts.iter_mut().find(|a| a.number == attempt) else {
            return;
        };
        let told_twice = found.arn.as_ref() == Some(&arn);
        found.arn = Some(arn.clone());
        if found.gone_at.is_some() {
            let reason = "no longer wanted".to_string();
            return self.effects.push(Effect::StopTask { arn, reason });
        }
        if !told_twice {
            recording.look_at = Some(if stopping { now } else { now + every });
        }
    }

    /// ECS started nothing: tried again for a while.
    pub(super) fn task_refused(&mut self, key: &str, attempt: u32, reason: &str, capacity: bool) {
        let code =
            if capacity { "CB-040: no recorder capacity" } else { "CB-041: no recorder task" };
        self.lose(key, attempt, &format!("{code} ({reason})"));
    }

    pub(super) fn task_failed(&mut self, key: &str, attempt: u32, failure: Failure) {
        self.lose(key, attempt, &format!("{}: {}", failure.code, failure.text));
        self.refusals.push(failure);
    }

    /// An attempt will record no more. A successor follows while the recording should go on.
    pub(super) fn lose(&mut self, key: &str, attempt: u32, reason: &str) {
        let (now, settings) = (self.now, self.ctx.settings);
        let live = self.live_chime().map(|c| c.meeting_id);
        let Some(index) = self.m.recordings.iter().position(|r| r.key == key) else { return };
        let recording = &mut self.m.recordings[index];
        let Some(lost) = recording.attempts.iter_mut().find(|a| a.number == attempt) else {
            return;
        };
        if lost.gone_at.is_some() {
            return;
        }
        lost.gone_at = Some(now);
        lost.gone_reason = reason.to_string();
        let captured = lost.last_fragment_at.is_some();
        for (chime_meeting, attendee) in std::mem::take(&mut lost.attendees) {
            self.dropped_secrets.push(format!("attendee:{attendee}"));
            if live.as_ref() == Some(&chime_meeting) {
                self.effects.push(Effect::DeleteAttendee { chime_meeting, attendee });
            }
        }
        recording.look_at = Some(now);
        self.effects.push(Effect::DropLaunch { recording: key.to_string(), attempt });
        if !self.goes_on(index) {
            return; // settle_recording gathers the pieces
        }
        let recording = &mut self.m.recordings[index];
        if recording.status == RS::Recording {
            recording.status = RS::Starting; // true until the successor's first fragment
        }
        if captured && !spent(recording, settings, now) {
            return self.attempt(index);
        }
        // Nothing was captured: wait a little, so that a refusal is not hammered.
        let wait = settings.recording_look_every.max(1) * fruitless(recording).max(1);
        let latest = refused_since(recording).map_or(Millis::MAX, |at| at + settings.start_limit);
        recording.look_at = Some((now + wait).min(latest.max(now)));
    }

    /// True while another attempt is wanted when none lives.
    fn goes_on(&self, index: usize) -> bool {
        let people = participants::people_present(&self.m).next().is_some();
        let over = self.m.status.is_final();
        self.m.recordings.get(index).is_some_and(|r| {
            r.shown && !r.stopping() && !r.settled() && !over && (!r.allowed || people)
        })
    }

    /// No attempt lives: another one, or the pieces decide.
    pub(super) fn settle_without_task(&mut self, index: usize) {
        let (now, settings) = (self.now, self.ctx.settings);
        let goes_on = self.goes_on(index);
        let last = index + 1 == self.m.recordings.len();
        let Some(recording) = self.m.recordings.get_mut(index) else { return };
        if goes_on {
            if !spent(recording, settings, now) {
                if recording.look_at.is_none_or(|at| now >= at) {
                    self.attempt(index);
                }
                return; // started, or waiting for the next try
            }
            if recording.failure.is_empty() {
                let (first, tries) = (first_reason(recording), recording.attempts.len());
                recording.failure = format!("{first}, after {tries} attempts");
            }
            self.m.record_wanted = None;
            self.m.record_stopped = true;
        } else if last && recording.shown && !recording.stopping() {
            self.wish_is_over(); // the recorder left because everyone had
        }
        self.gather(index);
    }
}

/// No further attempt: the tasks are used up, or ECS has refused for as long as a start may take.
fn spent(recording: &Recording, settings: &Settings, now: Millis) -> bool {
    let tasks = recording.attempts.iter().filter(|a| a.arn.is_some()).count();
    let refused = refused_since(recording).is_some_and(|at| now >= at + settings.start_limit);
    tasks >= settings.attempt_limit as usize || refused
}

/// Since when one attempt after the other was refused.
fn refused_since(recording: &Recording) -> Option<Millis> {
    recording.attempts.iter().rev().take_while(|a| a.arn.is_none()).last().map(|a| a.wanted_at)
}

/// How many attempts in a row captured nothing.
fn fruitless(recording: &Recording) -> Millis {
    let row = recording.attempts.iter().rev().take_while(|a| a.last_fragment_at.is_none());
    i64::try_from(row.count()).unwrap_or(1)
}

pub(super) fn first_reason(recording: &Recording) -> &str {
    recording
        .attempts
        .iter()
        .map(|a| a.gone_reason.as_str())
        .find(|reason| !reason.is_empty())
        .unwrap_or("CB-042: the recorder left no file")
}
