//! What came of effects: each outcome finds its way to the part of the meeting it concerns.

use crate::meeting::effect::{Effect, Failure, Outcome};
use crate::meeting::step::Work;

impl Work<'_> {
    pub(super) fn result(&mut self, effect: Effect, outcome: Outcome) {
        if let Outcome::Failed(failure) = outcome {
            return self.failed(effect, failure);
        }
        match (effect, outcome) {
            (Effect::CreateMeeting { session, .. }, Outcome::MeetingCreated { meeting }) => {
                self.meeting_created(session, meeting);
            }
            (Effect::CreateMeeting { session, .. }, Outcome::MeetingGone) => {
                self.meeting_was_gone(session);
            }
            (Effect::LookAtMeeting { session, .. }, Outcome::MeetingSeen) => {
                self.meeting_seen(session);
            }
            (
                Effect::CreateAttendee { seat, chime_meeting, .. },
                Outcome::AttendeeCreated { attendee, join_token },
            ) => {
                let token = join_token.expose().clone().into_bytes();
                let name = format!("attendee:{attendee}");
                if self.attendee_created(&seat, chime_meeting, attendee) {
                    self.secrets.push((name, chime_contract::Secret::new(token)));
                }
            }
            (Effect::CreateAttendee { session, .. }, Outcome::MeetingGone)
            | (Effect::LookAtMeeting { session, .. }, Outcome::MeetingGone) => {
                self.session_gone(session);
            }
            (Effect::RunRecorder { recording, attempt }, Outcome::TaskStarted { arn }) => {
                self.task_started(&recording, attempt, arn);
            }
            (
                Effect::RunRecorder { recording, attempt },
                Outcome::TaskRefused { reason, capacity },
            ) => self.task_refused(&recording, attempt, &reason, capacity),
            (
                Effect::LookAtTask { recording, attempt, .. },
                Outcome::TaskSeen { task, last_fragment_at },
            ) => self.task_seen(&recording, attempt, task, last_fragment_at),
            (
                Effect::GatherPieces { recording, .. },
                Outcome::PiecesFound { pieces, unfinished },
            ) => self.pieces_found(&recording, pieces, unfinished),
            (Effect::EraseRecording { recording, .. }, Outcome::Erased { .. }) => {
                self.erased(&recording);
            }
            (
                Effect::PresignPlayback { recording, .. },
                Outcome::PlaybackReady { links, expires_at },
            ) => {
                let text = links.expose().clone().into_bytes();
                let name = format!("playback:{recording}");
                if self.playback_ready(&recording, expires_at) {
                    self.secrets.push((name, chime_contract::Secret::new(text)));
                }
            }
            (Effect::ReadRecord { then }, outcome @ Outcome::RecordRead { .. }) => {
                self.record_read(then, outcome);
            }
            _ => {}
        }
    }

    fn failed(&mut self, effect: Effect, failure: Failure) {
        match effect {
            Effect::CreateMeeting { session, .. } => self.meeting_not_created(session, failure),
            Effect::CreateAttendee { seat, .. } => self.attendee_not_created(&seat, failure),
            Effect::RunRecorder { recording, attempt } => {
                self.task_failed(&recording, attempt, failure);
            }
            Effect::GatherPieces { recording, .. } => self.pieces_not_found(&recording, failure),
            Effect::EraseRecording { recording, .. } => self.not_erased(&recording, failure),
            Effect::WriteManifest { manifest } => {
                self.recording_effect_failed(&manifest.recording, failure);
            }
            // The rest has no state of its own to mend: looks are repeated by their deadlines,
            // deletions by reconcile; the letter tells the operator.
            _ => self.refusals.push(failure),
        }
    }
}
