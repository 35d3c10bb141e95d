//! Recordings: the wish, consent, and letting the recorder in.
//!
//! A recorder is prepared outside the meeting and let in when consent allows. Until it records,
//! someone new without consent pauses the start; once it records, a refusal stops it. What happens
//! to its tasks is in `attempts` and `recorder`, what becomes of its files in `pieces`.

use chime_contract::recording as files;
use sha2::{Digest, Sha256};

use crate::clock::Millis;
use crate::meeting::effect::Effect;
use crate::meeting::model::{Attempt, Consent, Policy, Recording, RecordingStatus as RS, Status};
use crate::meeting::participants;
use crate::meeting::settings::Prepare;
use crate::meeting::step::Work;

impl Recording {
    /// True if the text is its key or its record id.
    pub(super) fn named(&self, text: &str) -> bool {
        self.key == text || self.record_id.as_deref() == Some(text)
    }

    /// No attempt will come any more, and the verdict is known.
    pub fn settled(&self) -> bool {
        self.erasing || matches!(self.status, RS::Available | RS::Failed | RS::Erased)
    }

    /// The attempt that should be recording now.
    pub fn live(&self) -> Option<&Attempt> {
        self.attempts.iter().rev().find(|a| a.gone_at.is_none())
    }

    /// Told to stop, or will not be asked again.
    pub(super) fn stopping(&self) -> bool {
        self.stop_at.is_some()
    }

    /// A fragment is durable, or the recorder is in the meeting and begins by itself.
    pub(super) fn begun(&self) -> bool {
        self.attempts.iter().any(|a| a.last_fragment_at.is_some())
            || self.live().is_some_and(Attempt::connected)
    }

    fn new(key: String, by: &str, now: Millis, shown: bool) -> Self {
        Self {
            key,
            record_id: None,
            status: RS::Preparing,
            failure: String::new(),
            by: by.to_string(),
            attempts: vec![],
            shown,
            allowed: false,
            allowed_at: None,
            stop_at: None,
            forced: false,
            started_at: None,
            prepared_at: (!shown).then_some(now),
            gathering_since: None,
            look_at: None,
            pieces: vec![],
            unfinished: false,
            manifest: None,
            playback_expires_at: None,
            record_deleted: false,
            hold: false,
            retain_until: None,
            erase_at: None,
            erase_wanted: false,
            erasing: false,
            erased_at: None,
        }
    }
}

impl Attempt {
    /// The recorder is in the meeting, as far as its facts tell.
    pub(super) fn connected(&self) -> bool {
        participants::fold(self.facts.iter(), &[]).last().is_some_and(|c| c.left_at.is_none())
    }
}

impl Work<'_> {
    /// Somebody wants a recording. It begins as soon as consent allows.
    pub(super) fn want_recording(&mut self, by: String) {
        if self.refused_as_final("START_RECORDING") {
            return;
        }
        self.m.record_wanted.get_or_insert(by);
        self.m.record_stopped = false;
    }

    pub(super) fn stop_recording(&mut self) {
        if self.m.record_wanted.take().is_some() || self.current().is_some_and(|r| r.allowed) {
            self.m.record_stopped = true;
        }
        self.stop_recorders();
    }

    /// Nobody is there any more for whom it was wanted. Who comes back asks again; a meeting that
    /// records by itself does so again.
    pub(super) fn wish_is_over(&mut self) {
        self.m.record_wanted = None;
        self.m.auto_recorded = false;
    }

    /// The recording that is wanted or under way.
    pub(super) fn current(&self) -> Option<&Recording> {
        self.m.recordings.last().filter(|r| !r.settled() && !r.stopping())
    }

    /// All recorders that somebody wanted stop; an unused prepared one may stay until its limit,
    /// unless the meeting is over.
    pub(super) fn stop_recorders(&mut self) {
        let (now, over) = (self.now, self.m.status.is_final());
        for recording in self.m.recordings.iter_mut().filter(|r| !r.settled() && !r.stopping()) {
            if !recording.shown && !over {
                continue;
            }
            recording.stop_at = Some(now);
            recording.look_at = Some(now);
            if recording.allowed && recording.live().is_some() {
                recording.status = RS::Finishing;
            } else if !recording.begun() && recording.failure.is_empty() {
                recording.failure = "Stopped before anything was recorded".into();
            }
        }
    }

    /// Every person in the meeting has agreed (or being told is enough), and somebody is there.
    fn consented(&self) -> bool {
        let mut people = participants::people_asked(&self.m).peekable();
        if people.peek().is_none() {
            return false;
        }
        match self.m.policy {
            Policy::Notice => true,
            Policy::Everyone => people.all(|seat| seat.consent == Consent::Given),
        }
    }

    /// What follows for recordings from state and time.
    pub(super) fn settle_recordings(&mut self) {
        // One recording coming to rest may let the next begin, at the same moment.
        for _ in 0..4 {
            let before = self.m.recordings.clone();
            if !self.m.status.is_final() {
                self.auto_record();
                self.mind_consent();
                self.prepare();
                self.allow();
            }
            for index in 0..self.m.recordings.len() {
                self.settle_recording(index);
            }
            if self.m.recordings == before {
                return;
            }
        }
    }

    fn auto_record(&mut self) {
        let needed = if self.ctx.settings.auto_record_with_first { 1 } else { 2 };
        if self.m.auto_record
            && !self.m.auto_recorded
            && participants::people_present(&self.m).count() >= needed
        {
            self.m.auto_recorded = true;
            self.m.record_wanted.get_or_insert("auto".into());
            self.m.record_stopped = false;
        }
    }

    /// Under *everyone agrees*: a refusal by somebody there stops what records, and a withdrawal
    /// also what is about to. Otherwise consent that is missing again pauses the start.
    fn mind_consent(&mut self) {
        let Some(recording) = self.current().filter(|r| r.allowed) else { return };
        let begun = recording.begun();
        if self.m.policy == Policy::Everyone {
            let refused = participants::people_asked(&self.m).any(|seat| match seat.consent {
                Consent::Withdrawn => true,
                Consent::Declined => begun,
                Consent::NotAsked | Consent::Given => false,
            });
            if refused {
                return self.stop_recording();
            }
        }
        if !begun && !self.consented() {
            self.pause();
        }
    }

    /// Takes the permission back from a recorder that has not entered yet: its ticket says
    /// *waiting* again. Its attendee stays, since it will be wanted.
    fn pause(&mut self) {
        let Some(recording) = self.m.recordings.last_mut() else { return };
        recording.allowed = false;
        recording.allowed_at = None;
        recording.status = RS::Preparing;
    }

    /// Starts a recorder ahead of the wish, or for it, while there is a meeting to enter.
    fn prepare(&mut self) {
        let open = matches!(self.m.status, Status::Open | Status::Live);
        if !open || self.live_chime().is_none() || self.current().is_some() {
            return;
        }
        if self.m.recordings.last().is_some_and(|r| !r.settled() && r.live().is_some()) {
            return; // one recorder at a time; a stopping one finishes first
        }
        let unused = self.m.recordings.last().is_some_and(|r| !r.shown);
        let likely = match self.ctx.settings.prepare {
            Prepare::Always => !self.m.record_stopped,
            Prepare::Auto => self.m.auto_record && !self.m.auto_recorded,
            Prepare::Never => false,
        };
        let wanted = self.m.record_wanted.clone();
        if wanted.is_none() && (!likely || unused) {
            return;
        }
        self.m.recordings_made += 1;
        let key = recording_key(self.ctx.org_id, &self.m.id, self.m.recordings_made);
        let by = wanted.clone().unwrap_or_else(|| "auto".into());
        self.m.recordings.push(Recording::new(key, &by, self.now, wanted.is_some()));
        let index = self.m.recordings.len() - 1;
        self.attempt(index);
    }

    /// Lets the recorder in once it is wanted and consent allows.
    fn allow(&mut self) {
        let Some(by) = self.m.record_wanted.clone() else { return };
        let consented = self.consented();
        let (now, live) = (self.now, self.live_chime().is_some());
        let Some(recording) =
            self.m.recordings.last_mut().filter(|r| !r.settled() && !r.stopping())
        else {
            return;
        };
        if !recording.shown {
            recording.shown = true;
            recording.by = by;
        }
        recording.prepared_at = None;
        if recording.allowed || !consented || !live {
            return;
        }
        recording.allowed = true;
        recording.allowed_at = Some(now);
        recording.status = RS::Starting;
        self.let_recorder_in();
    }

    /// Makes the attendee of the live attempt; its ticket opens when it exists.
    pub(super) fn let_recorder_in(&mut self) {
        let Some(session) = self.live_session() else { return };
        let Some(chime_meeting) = session.chime_id().map(str::to_string) else { return };
        let session = session.number;
        let Some(recording) = self.current().filter(|r| r.allowed) else { return };
        let Some(attempt) = recording.live() else { return };
        if attempt.attendees.contains_key(&chime_meeting) {
            return;
        }
        let seat = files::seat(&recording.key, attempt.number);
        self.effects.push(Effect::CreateAttendee {
            session,
            chime_meeting,
            seat,
            receive_only: true,
        });
    }
}

/// Derived, so that making it again makes the same.
pub(super) fn recording_key(org_id: &str, meeting: &str, number: u32) -> String {
    let digest = Sha256::digest(format!("recording-v1|{org_id}|{meeting}|{number}"));
    hex::encode(&digest[..16])
}
