//! What is kept of a recording, and for how long: playback links, legal hold, retention, erasure.

use crate::clock::Millis;
use crate::meeting::effect::{Effect, Failure};
use crate::meeting::model::{Meeting, Recording, RecordingStatus as RS};
use crate::meeting::step::Work;
use crate::meeting::{pieces, records};
use chime_contract::recording as files;

/// An erasure that brought no answer is wanted again after this.
const ERASE_AGAIN: Millis = 3_600_000;

impl Work<'_> {
    pub(super) fn refresh_playback(&mut self, which: &str, by: &str) {
        let found = self.m.recordings.iter().find(|r| r.named(which));
        let Some(recording) = found.filter(|r| r.status == RS::Available && !r.erasing) else {
            let text = format!("REFRESH_PLAYBACK for recording {which}, which is not available");
            return self.refuse("CB-048", text);
        };
        let mut media: Vec<_> = pieces::media(recording).collect();
        media.sort_by_key(|p| p.started_at);
        let keys = media
            .iter()
            .map(|p| files::piece_key(&self.m.id, &recording.key, p.attempt, p.piece))
            .collect();
        let recording = recording.key.clone();
        let row_key = format!("playback|{recording}|{by}|{}", self.now);
        let text = format!("Playback of recording {recording} requested");
        let row =
            records::log_row(&self.m.id, "Playback", self.now, None, Some(by), &text, &row_key);
        self.changes.push(row);
        self.effects.push(Effect::PresignPlayback { recording, keys });
    }

    /// True if the link is wanted still.
    pub(super) fn playback_ready(&mut self, key: &str, expires_at: Millis) -> bool {
        let now = self.now;
        let Some(recording) = self.m.recordings.iter_mut().find(|r| r.key == key) else {
            return false;
        };
        let newer = recording.playback_expires_at.is_none_or(|known| known <= expires_at);
        let wanted = recording.status == RS::Available && !recording.erasing;
        if !wanted || !newer || expires_at <= now {
            return false;
        }
        recording.playback_expires_at = Some(expires_at);
        true
    }

    pub(super) fn expire_playback(&mut self, index: usize) {
        let now = self.now;
        let Some(recording) = self.m.recordings.get_mut(index) else { return };
        if recording.playback_expires_at.is_some_and(|at| now >= at) {
            recording.playback_expires_at = None;
            self.dropped_secrets.push(format!("playback:{}", recording.key));
        }
    }

    /// ERASE_RECORDING: now, every version, unless it is on hold.
    pub(super) fn erase_now(&mut self, which: &str) {
        let now = self.now;
        let Some(recording) = self.m.recordings.iter_mut().find(|r| r.named(which)) else {
            let text = format!("ERASE_RECORDING for recording {which}, which is not known");
            return self.refuse("CB-048", text);
        };
        if recording.hold {
            let text = format!("recording {} is on legal hold and was not erased", recording.key);
            return self.refuse("CB-049", text);
        }
        if !recording.erasing && recording.status != RS::Erased {
            recording.erase_at = Some(now);
            recording.erase_wanted = true;
        }
    }

    /// Deleted 15 days ago, asked for, or kept long enough.
    pub(super) fn erase_in_time(&mut self, index: usize) {
        let now = self.now;
        let Some(recording) = self.m.recordings.get_mut(index) else { return };
        if recording.status == RS::Erased || (recording.hold && !recording.erasing) {
            return;
        }
        let due = match recording.erasing {
            true => recording.look_at,
            false => due_for_erasure(recording),
        };
        if due.is_some_and(|at| now >= at) {
            if !recording.settled() && recording.shown && !recording.stopping() {
                self.m.record_wanted = None;
                self.m.record_stopped = true;
            }
            let arns = recording.attempts.iter().filter_map(|a| a.arn.clone()).collect();
            let effect = Effect::EraseRecording { recording: recording.key.clone(), arns };
            for attempt in recording.attempts.iter_mut().filter(|a| a.gone_at.is_none()) {
                attempt.gone_at = Some(now);
                attempt.gone_reason = "erased".into();
            }
            recording.stop_at.get_or_insert(now);
            recording.erasing = true;
            recording.look_at = Some(now + ERASE_AGAIN);
            if recording.playback_expires_at.take().is_some() {
                self.dropped_secrets.push(format!("playback:{}", recording.key));
            }
            self.effects.push(effect);
        }
    }

    pub(super) fn erased(&mut self, key: &str) {
        let now = self.now;
        if let Some(recording) = self.m.recordings.iter_mut().find(|r| r.key == key)
            && recording.status != RS::Erased
        {
            recording.erasing = false;
            recording.look_at = None;
            recording.status = RS::Erased;
            recording.erased_at = Some(now);
            recording.pieces.clear();
            recording.manifest = None;
        }
    }

    /// Erasure was given up for now; it is tried again in an hour, and the letter says so.
    pub(super) fn not_erased(&mut self, key: &str, failure: Failure) {
        let now = self.now;
        if let Some(recording) = self.m.recordings.iter_mut().find(|r| r.key == key && r.erasing) {
            recording.look_at = Some(now + ERASE_AGAIN);
        }
        self.refusals.push(failure);
    }

    pub(super) fn recording_named(&mut self, key: &str, id: String) {
        if let Some(recording) = self.m.recordings.iter_mut().find(|r| r.key == key) {
            recording.record_id = Some(id);
        }
    }

    pub(super) fn recording_effect_failed(&mut self, key: &str, failure: Failure) {
        if let Some(recording) = self.m.recordings.iter_mut().find(|r| r.key == key)
            && recording.failure.is_empty()
            && !recording.settled()
        {
            recording.failure = format!("{}: {}", failure.code, failure.text);
        }
        self.refusals.push(failure);
    }
}

impl Meeting {
    /// Deleted, erased, and no name is left: nothing of it can be lost or has to go any more.
    pub fn forgotten(&self) -> bool {
        let nameless = self.subject.is_empty() && self.seats.values().all(|s| s.name.is_empty());
        let erased = self.recordings.iter().all(|r| r.status == RS::Erased || !r.shown);
        self.deleted_at.is_some() && nameless && erased
    }
}

/// When a recording is to be erased, if ever. Retention does not touch what is still being made.
pub(super) fn due_for_erasure(recording: &Recording) -> Option<Millis> {
    let retained = recording.retain_until.filter(|_| recording.settled());
    [recording.erase_at, retained].into_iter().flatten().min()
}
