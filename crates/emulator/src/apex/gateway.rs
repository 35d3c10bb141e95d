//! The gateway: what a click on **Start meeting** does. Records first, in one transaction, then one
//! event after the commit.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::org::Org;
use crate::org::records::RecordError;

/// Why the click failed, as the user would read it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ClickError(String);

fn failed(error: RecordError) -> ClickError {
    ClickError(format!("{}: {}", error.code, error.message))
}

/// Somebody to be invited.
#[derive(Debug, Clone)]
pub struct Guest {
    /// Display name.
    pub name: String,
    /// `Role__c`.
    pub role: String,
}

/// A seat as it was made.
#[derive(Debug, Clone)]
pub struct Seat {
    /// Participant record id.
    pub participant: String,
    /// Display name.
    pub name: String,
    /// Join key, base64url: what the link carries.
    pub key: String,
    /// Host key, base64url; hosts only.
    pub host_key: Option<String>,
}

/// A meeting as it was made.
#[derive(Debug, Clone)]
pub struct Meeting {
    /// Record id.
    pub id: String,
    /// Its seats.
    pub seats: Vec<Seat>,
}

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// Subject.
    pub subject: String,
    /// `Consent_Policy__c`.
    pub policy: String,
    /// `Auto_Record__c`.
    pub auto_record: bool,
    /// Epoch milliseconds; `Some` makes it a scheduled meeting.
    pub scheduled_start: Option<i64>,
    /// Epoch milliseconds.
    pub scheduled_end: Option<i64>,
}

/// The gateway class.
#[derive(Clone)]
pub struct Gateway {
    org: Arc<Org>,
    user: String,
}

impl Gateway {
    /// Acts for this user (by user name).
    pub fn new(org: Arc<Org>, user: &str) -> Self {
        Self { org, user: user.to_string() }
    }

    /// Inserts meeting, participants and seat keys, and publishes START_MEETING (or
    /// SCHEDULE_MEETING for a wish with a start).
    pub fn start(&self, wish: &Wish, guests: &[Guest]) -> Result<Meeting, ClickError> {
        let meeting = self.insert(wish, guests)?;
        let action =
            if wish.scheduled_start.is_some() { "SCHEDULE_MEETING" } else { "START_MEETING" };
        let payload = self.payload(wish, guests, &meeting);
        self.command(action, &meeting.id, None, Some(&payload))?;
        Ok(meeting)
    }

    /// The records alone, without an event: as an import would.
    pub fn insert(&self, wish: &Wish, guests: &[Guest]) -> Result<Meeting, ClickError> {
        let scheduled = wish.scheduled_start.is_some();
        let policy = if wish.policy.is_empty() { "Everyone agrees" } else { wish.policy.as_str() };
        let id = self
            .org
            .insert(
                &self.user,
                "Chime_Meeting__c",
                json!({
                    "Subject__c": wish.subject,
                    "Status__c": if scheduled { "Scheduled" } else { "Requested" },
                    "Consent_Policy__c": policy,
                    "Auto_Record__c": wish.auto_record,
                    "Scheduled_Start__c": wish.scheduled_start.map(date),
                    "Scheduled_End__c": wish.scheduled_end.map(date),
                    "Recording_State__c": "None",
                }),
            )
            .map_err(failed)?;
        let mut seats = Vec::new();
        for guest in guests {
            seats.push(self.seat(&id, guest)?);
        }
        Ok(Meeting { id, seats })
    }

    /// One participant with its keys.
    pub fn seat(&self, meeting: &str, guest: &Guest) -> Result<Seat, ClickError> {
        let participant = self
            .org
            .insert(
                &self.user,
                "Chime_Participant__c",
                json!({
                    "Meeting__c": meeting,
                    "Display_Name__c": guest.name,
                    "Role__c": guest.role,
                    "Status__c": "Invited",
                    "Consent__c": "Not asked",
                }),
            )
            .map_err(failed)?;
        let key = random_key();
        let host_key = (guest.role == "Host").then(random_key);
        self.org
            .insert(
                &self.user,
                "Chime_Seat_Key__c",
                json!({ "Participant__c": participant, "Key__c": key, "Host_Key__c": host_key }),
            )
            .map_err(failed)?;
        Ok(Seat { participant, name: guest.name.clone(), key, host_key })
    }

    /// The payload of START_MEETING and SCHEDULE_MEETING.
    pub fn payload(&self, wish: &Wish, guests: &[Guest], meeting: &Meeting) -> Value {
        let mut payload = json!({
            "subject": wish.subject,
            "autoRecord": wish.auto_record,
            "seats": seats_json(guests, &meeting.seats),
        });
        if !wish.policy.is_empty() {
            payload["policy"] = json!(wish.policy);
        }
        if let Some(at) = wish.scheduled_start {
            payload["scheduledStart"] = json!(at);
        }
        if let Some(at) = wish.scheduled_end {
            payload["scheduledEnd"] = json!(at);
        }
        payload
    }

    /// Publishes a command.
    pub fn command(
        &self,
        action: &str,
        meeting: &str,
        target: Option<&str>,
        payload: Option<&Value>,
    ) -> Result<(), ClickError> {
        let asking = self.org.user(&self.user).map(|user| user.id);
        let fields = json!({
            "Action__c": action,
            "Meeting_Id__c": (!meeting.is_empty()).then_some(meeting),
            "Target_Id__c": target,
            "Requested_By__c": asking,
            "Payload__c": payload.map(Value::to_string),
        });
        self.org.publish(&self.user, "Chime_Command__e", fields).map_err(failed)?;
        Ok(())
    }
}

/// Seats as a command carries them.
pub fn seats_json(guests: &[Guest], seats: &[Seat]) -> Value {
    guests
        .iter()
        .zip(seats)
        .map(|(guest, seat)| {
            let mut row = json!({
                "participant": seat.participant,
                "role": guest.role,
                "name": seat.name,
                "key": seat.key,
            });
            if let Some(host_key) = &seat.host_key {
                row["hostKey"] = json!(host_key);
            }
            row
        })
        .collect()
}

/// A key as the package makes it: `Crypto.generateAesKey(256)`, base64url.
pub fn random_key() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}

/// Epoch milliseconds as RFC 3339.
pub fn date(at: i64) -> String {
    use time::format_description::well_known::Rfc3339;
    time::OffsetDateTime::from_unix_timestamp_nanos(i128::from(at) * 1_000_000)
        .ok()
        .and_then(|t| t.format(&Rfc3339).ok())
        .unwrap_or_default()
}
