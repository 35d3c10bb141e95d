//! CreateMeeting, GetMeeting, DeleteMeeting.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::check;
use super::error::ChimeError;
use super::features::Features;
use super::service::{Chime, Media, State};
use super::state::Meeting;
use super::tags;
use super::wire::CreateMeeting;
use crate::aws::ids::guid;

impl Chime {
    /// Makes a meeting, or finds the one this token made; with `attendees`, makes those too.
    pub(super) fn create_meeting(&self, body: Value, with: bool) -> Result<Value, ChimeError> {
        let asked: CreateMeeting = super::door::shape(body.clone())?;
        let features = self.check_meeting(&asked, with)?;
        let mut request = body;
        if let Some(request) = request.as_object_mut() {
            request.remove("ClientRequestToken");
        }
        let now = self.inner.clock.now();
        let mut state = self.state();
        let id = match state.tokens.get(&asked.client_request_token) {
            Some(id) => {
                let known = &state.meetings[id];
                // INFERRED: AWS does not say what another request under a known token answers.
                if known.request != request {
                    return Err(ChimeError::Conflict(
                        "The ClientRequestToken was used for another request.".into(),
                    ));
                }
                // INFERRED: a token outlives its meeting; the answer then describes the ended one.
                if known.ended.is_some() {
                    let attendees: Vec<Value> = Vec::new();
                    return Ok(answer(known, with.then_some((attendees, Vec::new()))));
                }
                id.clone()
            }
            None => self.insert(&mut state, &asked, request, features, now)?,
        };
        let made = match (&asked.attendees, with) {
            (Some(attendees), true) => {
                let meeting = live(&mut state, &id)?;
                Some(self.add_all(meeting, attendees, now))
            }
            _ => None,
        };
        Ok(answer(&state.meetings[&id], made))
    }

    fn check_meeting(&self, asked: &CreateMeeting, with: bool) -> Result<Features, ChimeError> {
        check::request_token(&asked.client_request_token)?;
        check::region(&asked.media_region)?;
        check::external_id("ExternalMeetingId", &asked.external_meeting_id)?;
        if let Some(host) = &asked.meeting_host_id {
            check::external_id("MeetingHostId", host)?;
        }
        if let Some(tenants) = &asked.tenant_ids {
            check::tenants(tenants)?;
        }
        if let Some(primary) = &asked.primary_meeting_id {
            check::external_id("PrimaryMeetingId", primary)?;
        }
        let network = asked.media_placement_network_type.as_deref();
        if network.is_some_and(|n| !matches!(n, "Ipv4Only" | "DualStack")) {
            return Err(check::bad("MediaPlacementNetworkType", "must be Ipv4Only or DualStack"));
        }
        tags::check(&asked.tags)?;
        let features =
            Features::read(asked.meeting_features.as_ref(), self.inner.limits.attendees)?;
        if with {
            let attendees = asked.attendees.as_deref().unwrap_or_default();
            if attendees.is_empty() || attendees.len() > 20 {
                return Err(check::bad("Attendees", "must have 1 to 20 entries"));
            }
            super::attendees::check_all(attendees, &features)?;
        }
        Ok(features)
    }

    fn insert(
        &self,
        state: &mut State,
        asked: &CreateMeeting,
        request: Value,
        features: Features,
        now: i64,
    ) -> Result<String, ChimeError> {
        let live = state.meetings.values().filter(|m| m.ended.is_none()).count();
        if live >= self.inner.limits.meetings {
            return Err(ChimeError::LimitExceeded(format!(
                "The account holds {live} meetings at once, which is its quota."
            )));
        }
        let id = guid();
        let meeting = Meeting {
            description: describe(&id, asked, &self.inner.media),
            id: id.clone(),
            external: asked.external_meeting_id.clone(),
            region: asked.media_region.clone(),
            token: asked.client_request_token.clone(),
            request,
            features,
            created: now,
            silent_since: now,
            ended: None,
            attendees: Vec::new(),
            tags: BTreeMap::from_iter(asked.tags.iter().map(|t| (t.key.clone(), t.value.clone()))),
        };
        self.tell(&meeting, None, "chime:MeetingStarted", now, json!({}));
        state.tokens.insert(meeting.token.clone(), id.clone());
        state.meetings.insert(id.clone(), meeting);
        Ok(id)
    }

    pub(super) fn get_meeting(&self, id: &str) -> Result<Value, ChimeError> {
        Ok(answer(live(&mut self.state(), id)?, None))
    }

    /// Ends a meeting.
    ///
    /// INFERRED: deleting a meeting that has ended succeeds; one that never was is not found.
    pub(super) fn delete_meeting(&self, id: &str) -> Result<(), ChimeError> {
        check::guid("MeetingId", id)?;
        let now = self.inner.clock.now();
        let mut state = self.state();
        let meeting = state.meetings.get_mut(id).ok_or_else(|| not_found(id))?;
        if meeting.ended.is_none() {
            self.end(meeting, now);
        }
        Ok(())
    }
}

/// A meeting that has not ended.
pub(super) fn live<'a>(state: &'a mut State, id: &str) -> Result<&'a mut Meeting, ChimeError> {
    check::guid("MeetingId", id)?;
    let meeting = state.meetings.get_mut(id).filter(|m| m.ended.is_none());
    meeting.ok_or_else(|| not_found(id))
}

fn not_found(id: &str) -> ChimeError {
    ChimeError::NotFound(format!("The meeting {id} was not found; it may have ended."))
}

fn answer(meeting: &Meeting, made: Option<(Vec<Value>, Vec<Value>)>) -> Value {
    let mut answer = json!({"Meeting": meeting.description});
    if let Some((attendees, errors)) = made {
        answer["Attendees"] = attendees.into();
        answer["Errors"] = errors.into();
    }
    answer
}

fn describe(id: &str, asked: &CreateMeeting, media: &Media) -> Value {
    let signaling = &media.signaling;
    let web = signaling.replacen("ws", "http", 1);
    let mut meeting = json!({
        "MeetingId": id,
        "ExternalMeetingId": asked.external_meeting_id,
        "MediaRegion": asked.media_region,
        "MeetingArn": Meeting::arn(id),
        "MediaPlacement": {
            "AudioHostUrl": media.audio,
            "AudioFallbackUrl": format!("{signaling}/calls/{id}"),
            "SignalingUrl": format!("{signaling}/control/{id}"),
            "TurnControlUrl": format!("{web}/v2/turn_sessions"),
        },
        "TenantIds": asked.tenant_ids.clone().unwrap_or_default(),
    });
    let more = [
        ("MeetingHostId", asked.meeting_host_id.clone().map(Value::from)),
        ("PrimaryMeetingId", asked.primary_meeting_id.clone().map(Value::from)),
        ("MeetingFeatures", asked.meeting_features.clone()),
    ];
    for (name, value) in more {
        if let Some(value) = value {
            meeting[name] = value;
        }
    }
    meeting
}
