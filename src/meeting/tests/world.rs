//! What lies outside the meeting, as far as its effects can tell: Chime, ECS, S3, the record.

use std::collections::{BTreeMap, BTreeSet};

use chime_contract::Secret;
use chime_contract::recording::{PieceNote, Verdict};
use chime_contract::ticket::{MediaPlacement, TicketMeeting};

use super::story::{HOUR, ID, stopped};
use crate::clock::Millis;
use crate::meeting::effect::{Effect, MeetingRecord, Outcome, TaskState};

#[derive(Default)]
pub(super) struct World {
    /// Chime meetings that live.
    pub(super) chime: BTreeSet<String>,
    /// Attendees that exist: (Chime meeting, attendee).
    pub(super) attendees: BTreeSet<(String, String)>,
    /// When each attendee was first made, and when each Chime meeting went.
    pub(super) made: BTreeMap<String, Millis>,
    pub(super) gone: BTreeMap<String, Millis>,
    /// ECS starts nothing: reason, lack of capacity.
    pub(super) refusing: Option<(&'static str, bool)>,
    pub(super) tasks: BTreeMap<String, TaskState>,
    pub(super) fragments: BTreeMap<(String, u32), Millis>,
    pub(super) first_fragment: BTreeMap<(String, u32), Millis>,
    pub(super) pieces: BTreeMap<String, Vec<PieceNote>>,
    /// Tasks do not stop when told to.
    pub(super) deaf: bool,
    /// Pieces have no sound.
    pub(super) silent: bool,
    pub(super) record: Option<MeetingRecord>,
    /// What a recorder that is gone has left cannot be completed yet.
    pub(super) unfinished: bool,
}

impl World {
    pub(super) fn attendee(chime_meeting: &str, seat: &str) -> String {
        format!("{seat}@{chime_meeting}")
    }

    pub(super) fn arn(recording: &str, attempt: u32) -> String {
        format!("arn:{}-{attempt}", &recording[..6])
    }

    /// The task is over; what it captured becomes a piece, as by the finisher.
    pub(super) fn stop(&mut self, recording: &str, attempt: u32, reason: &str, now: Millis) {
        self.tasks.insert(Self::arn(recording, attempt), stopped(reason));
        let Some(last) = self.fragments.get(&(recording.to_string(), attempt)) else { return };
        let notes = self.pieces.entry(recording.to_string()).or_default();
        if notes.iter().all(|n| n.attempt != attempt) {
            let key = (recording.to_string(), attempt);
            let first = self.first_fragment.get(&key).copied().unwrap_or(*last);
            notes.push(piece(recording, attempt, first, now.min(last + 2_000), !self.silent));
        }
    }

    /// True if the seat could be in that Chime meeting then.
    pub(super) fn could_be_in(&self, chime_meeting: &str, seat: &str, at: Millis) -> bool {
        let made = self.made.get(&Self::attendee(chime_meeting, seat));
        made.is_some_and(|made| *made <= at)
            && self.gone.get(chime_meeting).is_none_or(|gone| at <= *gone)
    }

    pub(super) fn run(&mut self, effect: &Effect, now: Millis) -> Option<Outcome> {
        for (key, at) in &self.fragments {
            self.first_fragment.entry(key.clone()).or_insert(*at);
        }
        Some(match effect {
            Effect::CreateMeeting { session, .. } => {
                let meeting = chime_meeting(&format!("chime-{session}"));
                self.chime.insert(meeting.meeting_id.clone());
                Outcome::MeetingCreated { meeting }
            }
            Effect::CreateAttendee { chime_meeting, seat, .. } => {
                if !self.chime.contains(chime_meeting) {
                    return Some(Outcome::MeetingGone);
                }
                let attendee = Self::attendee(chime_meeting, seat);
                self.attendees.insert((chime_meeting.clone(), attendee.clone()));
                self.made.entry(attendee.clone()).or_insert(now);
                Outcome::AttendeeCreated { attendee, join_token: Secret::new("token".into()) }
            }
            Effect::DeleteAttendee { chime_meeting, attendee } => {
                self.attendees.remove(&(chime_meeting.clone(), attendee.clone()));
                Outcome::Done
            }
            Effect::DeleteMeeting { chime_meeting } => {
                self.chime.remove(chime_meeting);
                self.gone.entry(chime_meeting.clone()).or_insert(now);
                Outcome::Done
            }
            Effect::LookAtMeeting { chime_meeting, .. } => {
                if self.chime.contains(chime_meeting) {
                    Outcome::MeetingSeen
                } else {
                    Outcome::MeetingGone
                }
            }
            Effect::RunRecorder { recording, attempt } => match self.refusing {
                Some((reason, capacity)) => {
                    Outcome::TaskRefused { reason: reason.into(), capacity }
                }
                None => {
                    let arn = Self::arn(recording, *attempt);
                    self.tasks.insert(arn.clone(), TaskState::Alive);
                    Outcome::TaskStarted { arn }
                }
            },
            Effect::LookAtTask { recording, attempt, arn } => Outcome::TaskSeen {
                task: self.tasks.get(arn).cloned().unwrap_or(TaskState::Missing),
                last_fragment_at: self.fragments.get(&(recording.clone(), *attempt)).copied(),
            },
            Effect::StopTask { arn, reason } => {
                let known = self.fragments.keys().find(|(r, a)| &Self::arn(r, *a) == arn).cloned();
                match (self.deaf, known) {
                    (true, _) => {}
                    (false, Some((recording, attempt))) => {
                        self.stop(&recording, attempt, reason, now);
                    }
                    (false, None) => drop(self.tasks.insert(arn.clone(), stopped(reason))),
                }
                Outcome::Done
            }
            Effect::GatherPieces { recording, .. } => Outcome::PiecesFound {
                unfinished: self.unfinished,
                pieces: self.pieces.get(recording).cloned().unwrap_or_default(),
            },
            Effect::EraseRecording { recording, arns } => {
                for arn in arns {
                    self.tasks.insert(arn.clone(), stopped("erased"));
                }
                let versions = self.pieces.remove(recording).map_or(0, |p| p.len() as u64);
                Outcome::Erased { versions }
            }
            Effect::PresignPlayback { keys, .. } => Outcome::PlaybackReady {
                links: Secret::new(keys.join("\n")),
                expires_at: now + HOUR,
            },
            Effect::ReadRecord { .. } => {
                Outcome::RecordRead { record: self.record.clone().map(Box::new), secrets: vec![] }
            }
            Effect::WriteTicket { .. }
            | Effect::DeleteTicket { .. }
            | Effect::DropLaunch { .. }
            | Effect::WriteManifest { .. } => Outcome::Done,
        })
    }
}

pub(super) fn chime_meeting(id: &str) -> TicketMeeting {
    TicketMeeting {
        meeting_id: id.into(),
        external_meeting_id: ID.into(),
        media_region: "eu-central-1".into(),
        media_placement: MediaPlacement {
            audio_host_url: String::new(),
            audio_fallback_url: String::new(),
            signaling_url: String::new(),
            event_ingestion_url: None,
        },
    }
}

pub(super) fn piece(
    recording: &str,
    attempt: u32,
    started_at: Millis,
    stopped_at: Millis,
    sound: bool,
) -> PieceNote {
    PieceNote {
        capture: None,
        spans: vec![],
        end: None,
        v: 1,
        recording: recording.into(),
        attempt,
        piece: 1,
        started_at,
        stopped_at,
        duration_ms: stopped_at - started_at,
        size_bytes: 1_000,
        sha256: format!("{attempt:064}"),
        verdict: Verdict { picture: true, sound, length: true, remark: String::new() },
    }
}
