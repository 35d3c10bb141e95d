//! The recorder task as the domain sees it: its deadlines, its own connection, looks at ECS.

use crate::clock::Millis;
use crate::meeting::effect::{Effect, TaskState};
use crate::meeting::event::PresenceKind;
use crate::meeting::model::Fact;
use crate::meeting::step::Work;
use chime_contract::recording as files;

impl Work<'_> {
    /// What follows for one recording from state and time.
    pub(super) fn settle_recording(&mut self, index: usize) {
        self.erase_in_time(index);
        self.expire_playback(index);
        let Some(recording) = self.m.recordings.get(index) else { return };
        if recording.settled() {
            return;
        }
        if recording.live().is_none() {
            return self.settle_without_task(index);
        }
        self.retire_unused(index);
        self.settle_task(index);
        // It may have been given up just now.
        let given_up = |r: &crate::meeting::model::Recording| !r.settled() && r.live().is_none();
        if self.m.recordings.get(index).is_some_and(given_up) {
            self.settle_without_task(index);
        }
    }

    /// A prepared recorder nobody wanted ends after its limit.
    fn retire_unused(&mut self, index: usize) {
        let (now, limit) = (self.now, self.ctx.settings.unused_limit);
        let Some(recording) = self.m.recordings.get_mut(index) else { return };
        if let Some(prepared) = recording.prepared_at
            && !recording.allowed
            && !recording.stopping()
            && now >= prepared + limit
        {
            recording.stop_at = Some(now);
            recording.look_at = Some(now);
        }
    }

    /// The deadlines of a living attempt.
    fn settle_task(&mut self, index: usize) {
        let (now, settings) = (self.now, self.ctx.settings);
        let Some(recording) = self.m.recordings.get_mut(index) else { return };
        let key = recording.key.clone();
        let Some(attempt) = recording.live() else { return };
        let (number, arn) = (attempt.number, attempt.arn.clone());
        let began = attempt.last_fragment_at.is_some();
        // A prepared recorder has waited outside; its time to begin runs from being let in.
        let since = recording.allowed_at.unwrap_or(attempt.wanted_at).max(attempt.wanted_at);
        let late = now >= since + settings.start_limit;
        if let Some(stop) = recording.stop_at {
            let overdue = now >= stop + settings.stop_limit;
            if now >= stop + 2 * settings.stop_limit {
                return self.lose(&key, number, "did not stop when told");
            }
            if (overdue || !recording.allowed) && !recording.forced {
                recording.forced = true;
                match arn.clone() {
                    Some(arn) => {
                        let reason = "told to stop".to_string();
                        self.effects.push(Effect::StopTask { arn, reason });
                    }
                    None => return self.lose(&key, number, "stopped before it started"),
                }
            }
        } else if recording.allowed {
            // Silence is believed only after a look: a notice of a fragment may simply be late.
            if !began && late {
                return self.replace(&key, number, "CB-044: the recorder did not begin in time");
            }
        } else if arn.is_none() && late {
            return self.replace(&key, number, "CB-044: the recorder did not start in time");
        }
        let Some(recording) = self.m.recordings.get_mut(index) else { return };
        if recording.look_at.is_none_or(|at| now >= at) {
            recording.look_at = Some(now + settings.recording_look_every.max(1));
            self.look_at_task(&key, number);
        }
    }

    /// Gives an attempt up and stops its task.
    fn replace(&mut self, key: &str, attempt: u32, reason: &str) {
        let arn = self
            .m
            .recordings
            .iter()
            .find(|r| r.key == key)
            .and_then(|r| r.attempts.iter().find(|a| a.number == attempt))
            .and_then(|a| a.arn.clone());
        if let Some(arn) = arn {
            self.effects.push(Effect::StopTask { arn, reason: reason.to_string() });
        }
        self.lose(key, attempt, reason);
    }

    pub(super) fn look_at_task(&mut self, key: &str, attempt: u32) {
        let arn = self
            .m
            .recordings
            .iter()
            .find(|r| r.key == key && !r.settled())
            .and_then(|r| r.attempts.iter().find(|a| a.number == attempt && a.gone_at.is_none()))
            .and_then(|a| a.arn.clone());
        if let Some(arn) = arn {
            let recording = key.to_string();
            let effect = Effect::LookAtTask { recording, attempt, arn };
            if !self.effects.contains(&effect) {
                self.effects.push(effect);
            }
        }
    }

    pub(super) fn look_at_recordings(&mut self) {
        let live: Vec<(String, u32)> = self
            .m
            .recordings
            .iter()
            .filter(|r| !r.settled())
            .filter_map(|r| r.live().map(|a| (r.key.clone(), a.number)))
            .collect();
        for (key, attempt) in live {
            self.look_at_task(&key, attempt);
        }
    }

    /// What DescribeTasks and the journal said.
    pub(super) fn task_seen(
        &mut self,
        key: &str,
        attempt: u32,
        task: TaskState,
        last_fragment_at: Option<Millis>,
    ) {
        if let Some(at) = last_fragment_at {
            self.fragment(key, attempt, at);
        }
        let (now, settings) = (self.now, self.ctx.settings);
        let Some(recording) = self.m.recordings.iter().find(|r| r.key == key) else { return };
        let Some(found) = recording.attempts.iter().find(|a| a.number == attempt) else { return };
        if found.gone_at.is_some() {
            return;
        }
        let quiet = now - found.last_fragment_at.unwrap_or(found.wanted_at);
        let recording_now = recording.allowed && recording.stop_at.is_none();
        match task {
            TaskState::Stopped { reason } => self.lose(key, attempt, &reason),
            TaskState::Missing if quiet >= settings.missing_limit => {
                self.lose(key, attempt, "CB-045: the recorder's task is gone");
            }
            TaskState::Alive
                if recording_now
                    && found.last_fragment_at.is_some()
                    && quiet >= settings.fragment_silence =>
            {
                self.replace(key, attempt, "CB-046: the recorder fell silent");
            }
            TaskState::Alive | TaskState::Missing => {}
        }
    }

    /// The recorder's own connection: it dropped, so a successor need not wait for ECS.
    pub(super) fn recorder_presence(&mut self, seat: &str, fact: Fact) {
        let Some((key, number)) = files::parse_seat(seat) else { return };
        let (key, kind) = (key.to_string(), fact.kind);
        let Some(recording) = self.m.recordings.iter_mut().find(|r| r.key == key) else { return };
        let going_on = recording.allowed && !recording.stopping() && !recording.settled();
        let Some(attempt) = recording.attempts.iter_mut().find(|a| a.number == number) else {
            return;
        };
        attempt.facts.insert(fact);
        let connected = attempt.connected();
        if connected && kind == PresenceKind::Joined {
            let effect = Effect::DropLaunch { recording: key.clone(), attempt: number };
            self.effects.push(effect);
        }
        if kind == PresenceKind::Dropped && !connected && going_on {
            self.replace(&key, number, "CB-047: the recorder dropped out of the meeting");
        }
    }

    /// The recorder's attendee exists: its ticket opens, unless it is no longer wanted. True if its
    /// join token is worth keeping.
    pub(super) fn recorder_attendee_created(
        &mut self,
        seat: &str,
        chime_meeting: String,
        attendee: String,
        live: bool,
    ) -> bool {
        let Some((key, number)) = files::parse_seat(seat) else { return false };
        let Some(recording) = self.m.recordings.iter_mut().find(|r| r.key == key) else {
            return false;
        };
        // Made for a recorder that must wait again after all, it is kept: the ticket is not open.
        let wanted = !recording.stopping() && !recording.settled();
        let Some(found) = recording.attempts.iter_mut().find(|a| a.number == number) else {
            return false;
        };
        if !live {
            return false; // gone with its meeting
        }
        let known = found.attendees.get(&chime_meeting);
        if known == Some(&attendee) {
            return true; // told twice
        }
        if known.is_some() || !wanted || found.gone_at.is_some() {
            self.effects.push(Effect::DeleteAttendee { chime_meeting, attendee });
            return false;
        }
        found.attendees.insert(chime_meeting, attendee);
        true
    }
}
