//! Entering and leaving the meeting, by way of the emulator's control API: the stand-in has no
//! media connection that Chime could see.

use serde_json::json;

/// The door to the emulator's meetings.
pub struct Door {
    http: reqwest::Client,
    control: String,
}

/// Where the stand-in is let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Chime meeting id.
    pub meeting: String,
    /// Attendee id.
    pub attendee: String,
}

/// What came of an act at the door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Done.
    Done,
    /// Refused: the meeting or the attendee is gone, the next ticket names another place.
    Refused,
    /// Nobody answered; try again.
    NotReached,
}

impl Door {
    /// `control` is the control API's base URL.
    pub fn new(http: reqwest::Client, control: String) -> Self {
        Self { http, control: control.trim_end_matches('/').into() }
    }

    /// `POST /attendees/{attendee}/join`.
    pub async fn join(&self, place: &Place, token: &str) -> Answer {
        let body = json!({ "meetingId": place.meeting, "joinToken": token });
        self.post(place, "join", body).await
    }

    /// `POST /attendees/{attendee}/leave`. The meeting may be over: then there is nothing to leave.
    pub async fn leave(&self, place: &Place) {
        self.post(place, "leave", json!({ "meetingId": place.meeting })).await;
    }

    async fn post(&self, place: &Place, act: &str, body: serde_json::Value) -> Answer {
        let url = format!("{}/attendees/{}/{act}", self.control, place.attendee);
        match self.http.post(url).json(&body).send().await {
            Ok(answer) if answer.status().is_success() => Answer::Done,
            Ok(answer) => {
                let status = answer.status().as_u16();
                tracing::warn!(act, attendee.id = place.attendee, status, "refused at the door");
                if status < 500 { Answer::Refused } else { Answer::NotReached }
            }
            Err(error) => {
                tracing::warn!(act, attendee.id = place.attendee, %error, "no door");
                Answer::NotReached
            }
        }
    }
}
