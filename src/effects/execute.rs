//! One effect, done: which bank it goes to and what its answer means. Everything here may run
//! twice; the rule that makes it harmless stands beside each.

use std::time::Duration;

use async_trait::async_trait;
use sha2::{Digest, Sha256};

use crate::aws::chime::{Chime, Wanted};
use crate::aws::objects::{Objects, Put};
use crate::aws::{AwsError, Class};
use crate::clock::{Millis, SharedClock};
use crate::effects::recorder::Recorder;
use crate::effects::runner::{Execute, Trouble};
use crate::effects::salesforce;
use crate::meeting::effect::{Effect, Failure, Outcome, TicketContent};
use crate::salesforce::rest::Rest;
use crate::store::EffectRow;
use crate::ticket::{TicketError, Tickets};
use chime_contract::ticket::object_key;

/// Everything an effect may touch.
pub struct Executor {
    /// Chime, at the control region.
    pub chime: Chime,
    /// S3.
    pub objects: Objects,
    /// Salesforce REST.
    pub rest: Rest,
    /// Ticket maker.
    pub tickets: Tickets,
    /// Recorder tasks and files.
    pub recorder: Recorder,
    /// Time.
    pub clock: SharedClock,
    /// Org id.
    pub org_id: String,
    /// Room bucket.
    pub room_bucket: String,
    /// When this process began: an effect wanted before may have run before.
    pub began_at: Millis,
}

#[async_trait]
impl Execute for Executor {
    async fn execute(&self, row: &EffectRow) -> Result<Outcome, Trouble> {
        let meeting = row.meeting.as_str();
        match &row.effect {
            Effect::CreateMeeting { session, region } => {
                self.create_meeting(meeting, *session, region, self.repeat(row)).await
            }
            Effect::CreateAttendee { chime_meeting, seat, receive_only, .. } => {
                self.create_attendee(chime_meeting, seat, *receive_only).await
            }
            // Deleting what is gone already answers like deleting it.
            Effect::DeleteAttendee { chime_meeting, attendee } => {
                self.chime.delete_attendee(chime_meeting, attendee).await.map_err(trouble)?;
                Ok(Outcome::Done)
            }
            Effect::DeleteMeeting { chime_meeting } => {
                self.chime.delete_meeting(chime_meeting).await.map_err(trouble)?;
                Ok(Outcome::Done)
            }
            Effect::LookAtMeeting { chime_meeting, .. } => {
                let found = self.chime.get_meeting(chime_meeting).await.map_err(trouble)?;
                Ok(if found.is_some() { Outcome::MeetingSeen } else { Outcome::MeetingGone })
            }
            Effect::WriteTicket { seat, content } => self.write_ticket(seat, content).await,
            Effect::DeleteTicket { seat, ticket } => {
                let key = match self.tickets.recorder(seat) {
                    Some(ticket) => object_key(&ticket),
                    None => object_key(ticket),
                };
                self.objects.delete(&self.room_bucket, &key).await.map_err(trouble)?;
                Ok(Outcome::Done)
            }
            Effect::RunRecorder { recording, attempt } => {
                self.recorder.run(meeting, recording, *attempt, self.repeat(row)).await
            }
            Effect::LookAtTask { recording, attempt, arn } => {
                self.recorder.look(recording, *attempt, arn).await
            }
            Effect::StopTask { arn, reason } => self.recorder.stop(arn, reason).await,
            Effect::DropLaunch { recording, attempt } => {
                self.recorder.drop_launch(recording, *attempt).await
            }
            Effect::GatherPieces { recording, gone } => {
                self.recorder.gather(meeting, recording, gone, self.clock.now()).await
            }
            Effect::WriteManifest { manifest } => self.recorder.write_manifest(manifest).await,
            Effect::EraseRecording { recording, arns } => {
                self.recorder.erase(meeting, recording, arns).await
            }
            Effect::PresignPlayback { keys, .. } => {
                self.recorder.presign(keys, self.clock.now()).await
            }
            Effect::ReadRecord { .. } => {
                salesforce::read_record(&self.rest, meeting, &self.org_id).await
            }
        }
    }
}

impl Executor {
    /// True if the effect may have been done before: it failed, or another life of this process
    /// wanted it and may have died between the call and the commit.
    fn repeat(&self, row: &EffectRow) -> bool {
        row.attempts > 0 || row.wanted_at <= self.began_at
    }

    /// The token names org, meeting and session, so a repeat finds the same Chime meeting. How
    /// Chime answers the token of a meeting that has ended is not documented: a repeat looks.
    async fn create_meeting(
        &self,
        meeting: &str,
        session: u32,
        region: &str,
        repeat: bool,
    ) -> Result<Outcome, Trouble> {
        let token = meeting_token(&self.org_id, meeting, session);
        let made = self.chime.create_meeting(&token, meeting, region).await.map_err(trouble)?;
        if repeat && self.chime.get_meeting(&made.meeting_id).await.map_err(trouble)?.is_none() {
            return Ok(Outcome::MeetingGone);
        }
        Ok(Outcome::MeetingCreated { meeting: made })
    }

    /// The external user id is Chime's idempotency token: one seat, one attendee a session.
    async fn create_attendee(
        &self,
        chime_meeting: &str,
        seat: &str,
        receive_only: bool,
    ) -> Result<Outcome, Trouble> {
        let wanted = Wanted { seat: seat.to_string(), receive_only };
        match self.chime.create_attendee(chime_meeting, &wanted).await {
            Ok(made) => {
                Ok(Outcome::AttendeeCreated { attendee: made.id, join_token: made.join_token })
            }
            Err(error) if error.is_not_found() => Ok(Outcome::MeetingGone),
            Err(error) => Err(trouble(error)),
        }
    }

    /// The newest content overwrites; the room ignores a lower revision.
    async fn write_ticket(&self, seat: &str, content: &TicketContent) -> Result<Outcome, Trouble> {
        let made = self.tickets.make(seat, content).await.map_err(|error| Trouble {
            again: matches!(error, TicketError::Store(_)),
            after: None,
            failure: Failure { code: error.code().into(), text: error.to_string() },
        })?;
        let Some((key, sealed)) = made else {
            return Ok(Outcome::Done); // the seat's key was dropped meanwhile
        };
        let body = serde_json::to_vec(&sealed).unwrap_or_default();
        let how = Put { cache_control: Some("no-store"), ..json() };
        self.objects.put(&self.room_bucket, &key, body, &how).await.map_err(trouble)?;
        Ok(Outcome::Done)
    }
}

/// `ClientRequestToken`: 32 hex characters.
pub fn meeting_token(org_id: &str, meeting: &str, session: u32) -> String {
    let digest = Sha256::digest(format!("meeting-v1|{org_id}|{meeting}|{session}"));
    hex::encode(&digest[..16])
}

/// A JSON object that may be overwritten.
pub(super) fn json() -> Put {
    Put { content_type: "application/json", cache_control: None, if_absent: false }
}

/// What a failed AWS call means for the effect.
pub(super) fn trouble(error: AwsError) -> Trouble {
    let (again, after) = match error.class() {
        Class::Retry | Class::Conflict => (true, None),
        Class::Throttled => (true, Some(Duration::from_secs(2))),
        // A role being mended: worth a few slow tries before somebody is told.
        Class::Denied => (true, Some(Duration::from_secs(10))),
        Class::NotFound | Class::Permanent => (false, None),
    };
    let failure = Failure { code: error.code().into(), text: error.to_string() };
    Trouble { again, after, failure }
}
