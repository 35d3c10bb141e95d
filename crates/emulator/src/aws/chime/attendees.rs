//! Attendees: make, look up, list, change, delete.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::check;
use super::error::ChimeError;
use super::features::Features;
use super::meetings::live;
use super::service::Chime;
use super::state::{Attendee, Meeting, Presence};
use super::wire::{Capabilities, CreateAttendee, CreateAttendees, UpdateCapabilities};
use crate::aws::ids::guid;

/// Checks entries of a batch. INFERRED: one bad entry refuses the whole request; only what fails
/// later (the limit) is told entry by entry.
pub(super) fn check_all(asked: &[CreateAttendee], features: &Features) -> Result<(), ChimeError> {
    for one in asked {
        check::external_id("ExternalUserId", &one.external_user_id)?;
        if let Some(capabilities) = &one.capabilities {
            features.check(capabilities)?;
        }
    }
    Ok(())
}

impl Chime {
    pub(super) fn create_attendee(&self, meeting: &str, body: Value) -> Result<Value, ChimeError> {
        let asked: CreateAttendee = super::door::shape(body)?;
        let now = self.inner.clock.now();
        let mut state = self.state();
        let meeting = live(&mut state, meeting)?;
        check_all(std::slice::from_ref(&asked), &meeting.features)?;
        Ok(json!({"Attendee": self.add(meeting, &asked, now)?}))
    }

    pub(super) fn create_attendees(&self, meeting: &str, body: Value) -> Result<Value, ChimeError> {
        let asked: CreateAttendees = super::door::shape(body)?;
        if asked.attendees.is_empty() || asked.attendees.len() > 100 {
            return Err(check::bad("Attendees", "must have 1 to 100 entries"));
        }
        let now = self.inner.clock.now();
        let mut state = self.state();
        let meeting = live(&mut state, meeting)?;
        check_all(&asked.attendees, &meeting.features)?;
        let (attendees, errors) = self.add_all(meeting, &asked.attendees, now);
        Ok(json!({"Attendees": attendees, "Errors": errors}))
    }

    /// Adds all; what fails stands in the second list.
    pub(super) fn add_all(
        &self,
        meeting: &mut Meeting,
        asked: &[CreateAttendee],
        now: i64,
    ) -> (Vec<Value>, Vec<Value>) {
        let (mut good, mut bad) = (Vec::new(), Vec::new());
        for one in asked {
            match self.add(meeting, one, now) {
                Ok(attendee) => good.push(attendee),
                Err(e) => bad.push(json!({
                    "ExternalUserId": one.external_user_id,
                    "ErrorCode": e.code(),
                    "ErrorMessage": e.to_string(),
                })),
            }
        }
        (good, bad)
    }

    /// INFERRED: an ExternalUserId that is in the meeting gets its attendee again, with the same
    /// token; capabilities asked then are not applied.
    fn add(
        &self,
        meeting: &mut Meeting,
        asked: &CreateAttendee,
        now: i64,
    ) -> Result<Value, ChimeError> {
        if let Some(known) = meeting.living().find(|a| a.external == asked.external_user_id) {
            return Ok(known.description());
        }
        let count = meeting.living().count();
        if count >= meeting.features.most {
            return Err(ChimeError::LimitExceeded(format!(
                "The meeting has {count} attendees, which is its limit."
            )));
        }
        let secret: [u8; 32] = rand::random();
        let attendee = Attendee {
            id: guid(),
            external: asked.external_user_id.clone(),
            // The client sends it as a WebSocket subprotocol: it must be a token of RFC 7230.
            token: URL_SAFE_NO_PAD.encode(secret),
            capabilities: asked
                .capabilities
                .unwrap_or_else(|| meeting.features.default_capabilities()),
            deleted: false,
            presence: Presence::Away,
            created: now,
            intervals: vec![],
        };
        self.tell(meeting, Some(&attendee), "chime:AttendeeAdded", now, json!({}));
        let description = attendee.description();
        meeting.attendees.push(attendee);
        Ok(description)
    }

    pub(super) fn get_attendee(&self, meeting: &str, id: &str) -> Result<Value, ChimeError> {
        let mut state = self.state();
        let attendee = live(&mut state, meeting)?.attendee(id).ok_or_else(|| not_found(id))?;
        Ok(json!({"Attendee": attendee.description()}))
    }

    pub(super) fn list_attendees(
        &self,
        meeting: &str,
        most: Option<&str>,
        next: Option<&str>,
    ) -> Result<Value, ChimeError> {
        // INFERRED: a list of attendees has pages of 100 when no size is asked for.
        let most = most.map_or(Ok(100), |text| {
            text.parse()
                .ok()
                .filter(|n| (1..=100).contains(n))
                .ok_or_else(|| check::bad("max-results", "must be 1 to 100"))
        })?;
        let mut state = self.state();
        let meeting = live(&mut state, meeting)?;
        // The token is the last id given; attendees are listed in order of creation.
        let start = match next {
            None => 0,
            Some(last) => meeting
                .attendees
                .iter()
                .position(|a| a.id == last)
                .map(|i| i + 1)
                .ok_or_else(|| check::bad("next-token", "was not given by this call"))?,
        };
        let mut rest = meeting.attendees[start..].iter().filter(|a| !a.deleted);
        let page: Vec<&Attendee> = rest.by_ref().take(most).collect();
        let mut answer =
            json!({"Attendees": page.iter().map(|a| a.description()).collect::<Vec<_>>()});
        if let (Some(_), Some(last)) = (rest.next(), page.last()) {
            answer["NextToken"] = last.id.clone().into();
        }
        Ok(answer)
    }

    /// Deletes an attendee: its token dies and its client is put out.
    pub(super) fn delete_attendee(&self, meeting: &str, id: &str) -> Result<(), ChimeError> {
        let now = self.inner.clock.now();
        let mut state = self.state();
        let meeting = live(&mut state, meeting)?;
        let found = meeting.attendees.iter().position(|a| a.id == id && !a.deleted);
        let i = found.ok_or_else(|| not_found(id))?;
        meeting.attendees[i].deleted = true;
        let attendee = &meeting.attendees[i];
        self.tell(meeting, Some(attendee), "chime:AttendeeDeleted", now, json!({}));
        // INFERRED: the client that is put out leaves, it does not drop.
        if attendee.presence != Presence::Away {
            self.part(meeting, i, "chime:AttendeeLeft", now);
        }
        Ok(())
    }

    pub(super) fn update_capabilities(
        &self,
        meeting: &str,
        id: &str,
        body: Value,
    ) -> Result<Value, ChimeError> {
        let asked: UpdateCapabilities = super::door::shape(body)?;
        let now = self.inner.clock.now();
        let mut state = self.state();
        let meeting = live(&mut state, meeting)?;
        meeting.features.check(&asked.capabilities)?;
        let attendee = meeting.attendee(id).ok_or_else(|| not_found(id))?;
        attendee.capabilities = asked.capabilities;
        let attendee = attendee.clone();
        self.tell_capabilities(meeting, &attendee, now);
        Ok(json!({"Attendee": attendee.description()}))
    }

    pub(super) fn update_capabilities_except(
        &self,
        meeting: &str,
        body: Value,
    ) -> Result<(), ChimeError> {
        let asked: UpdateCapabilities = super::door::shape(body)?;
        let except = &asked.excluded_attendee_ids;
        if except.is_empty() || except.len() > 250 {
            return Err(check::bad("ExcludedAttendeeIds", "must have 1 to 250 entries"));
        }
        let now = self.inner.clock.now();
        let mut state = self.state();
        let meeting = live(&mut state, meeting)?;
        meeting.features.check(&asked.capabilities)?;
        for i in 0..meeting.attendees.len() {
            let attendee = &mut meeting.attendees[i];
            if !attendee.deleted && !except.iter().any(|e| e.attendee_id == attendee.id) {
                attendee.capabilities = asked.capabilities;
                self.tell_capabilities(meeting, &meeting.attendees[i], now);
            }
        }
        Ok(())
    }

    fn tell_capabilities(&self, meeting: &Meeting, attendee: &Attendee, now: i64) {
        let Capabilities { audio, video, content } = attendee.capabilities;
        let more = json!({
            "success": 1,
            "attendeeCapabilities": {"audio": audio, "video": video, "content": content},
        });
        self.tell(meeting, Some(attendee), "chime:AttendeeCapabilitiesUpdated", now, more);
    }
}

fn not_found(id: &str) -> ChimeError {
    ChimeError::NotFound(format!("The attendee {id} was not found."))
}
