//! The ticket: what one seat may know, sealed under that seat's key and written to
//! `tickets/<name>.json` in the room bucket. The room polls it; the bridge alone writes it.
//!
//! File: `{"v":1,"nonce":"<base64url 12 bytes>","sealed":"<base64url>"}`, AES-256-GCM, additional
//! data `v1|tickets/<name>.json`. The nonce is drawn anew at each write, never derived: all states
//! of a ticket share one key.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use crate::keys::SeatKeys;
use crate::{Secret, secret};

/// What the ticket tells the seat.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ticket {
    /// Rises with each write; the room ignores an older one.
    pub revision: u64,
    /// What the seat can do now.
    pub state: TicketState,
    /// The seat's id (participant record id, or `recorder-<recording>-<attempt>`).
    pub seat: String,
    /// Subject of the meeting.
    pub subject: String,
    /// The person's display name.
    pub name: String,
    /// Role in the room.
    pub role: TicketRole,
    /// `everyone` or `notice`.
    pub policy: TicketPolicy,
    /// State of recording, in the words of `Recording_State__c`.
    pub recording: String,
    /// When the doors open, epoch milliseconds; only while waiting for a scheduled meeting.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opens_at: Option<i64>,
    /// Why the seat cannot enter, in plain words, with an error code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The Chime meeting as amazon-chime-sdk-js takes it; only when open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meeting: Option<TicketMeeting>,
    /// The seat's attendee; only when open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attendee: Option<TicketAttendee>,
}

/// What a seat can do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TicketState {
    /// Not yet: doors closed, or the seat has not arrived.
    Waiting,
    /// Enter: meeting and attendee are here.
    Open,
    /// Over, for everyone.
    Ended,
    /// This seat was removed.
    Removed,
}

/// Role in the room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TicketRole {
    /// May record, remove and end (with a host proof).
    Host,
    /// Takes part.
    Attendee,
    /// Takes part, without a Salesforce login.
    Guest,
    /// The recorder: receives only.
    Recorder,
}

/// Consent policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TicketPolicy {
    /// Everyone present must have agreed.
    Everyone,
    /// Being told is enough.
    Notice,
}

/// Chime's own names: handed to `MeetingSessionConfiguration` as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TicketMeeting {
    /// Chime meeting id.
    pub meeting_id: String,
    /// The Salesforce meeting's record id.
    pub external_meeting_id: String,
    /// Media region.
    pub media_region: String,
    /// Where the client connects.
    pub media_placement: MediaPlacement,
}

/// Where the client connects; only the addresses the JavaScript client reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct MediaPlacement {
    /// Audio host.
    pub audio_host_url: String,
    /// Audio over WebSocket, legacy.
    pub audio_fallback_url: String,
    /// Signaling WebSocket.
    pub signaling_url: String,
    /// Where the client reports its own events; may be absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_ingestion_url: Option<String>,
}

/// Chime's own names.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TicketAttendee {
    /// Attendee id.
    pub attendee_id: String,
    /// The seat's id.
    pub external_user_id: String,
    /// Lets one client in; dies with the attendee.
    #[serde(serialize_with = "secret::exposed")]
    pub join_token: Secret<String>,
}

/// The file as it lies in the bucket.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SealedTicket {
    /// Format version, 1.
    pub v: u8,
    /// 12 bytes, base64url.
    pub nonce: String,
    /// Ciphertext and tag, base64url.
    pub sealed: String,
}

/// Why a ticket could not be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum TicketError {
    /// Not the format this version reads.
    #[error("the ticket is of version {0}, this program reads version 1")]
    Version(u8),
    /// Wrong key, wrong name, or changed on the way.
    #[error("the ticket does not open with this key")]
    Sealed,
    /// Opened, but not a ticket.
    #[error("the ticket opened but could not be read: {0}")]
    Content(#[from] serde_json::Error),
}

/// Object key of a ticket: `tickets/<name>.json`.
pub fn object_key(name: &str) -> String {
    format!("tickets/{name}.json")
}

/// Seals a ticket under the seat's key; `nonce` must be fresh and random.
pub fn seal(
    ticket: &Ticket,
    keys: &SeatKeys,
    nonce: [u8; 12],
) -> Result<SealedTicket, TicketError> {
    let plain = serde_json::to_vec(ticket)?;
    let aad = format!("v1|{}", object_key(&keys.ticket));
    let sealed = cipher(keys)
        .encrypt(Nonce::from_slice(&nonce), Payload { msg: &plain, aad: aad.as_bytes() })
        .map_err(|_| TicketError::Sealed)?;
    Ok(SealedTicket {
        v: 1,
        nonce: URL_SAFE_NO_PAD.encode(nonce),
        sealed: URL_SAFE_NO_PAD.encode(sealed),
    })
}

/// Opens a sealed ticket.
pub fn open(file: &SealedTicket, keys: &SeatKeys) -> Result<Ticket, TicketError> {
    if file.v != 1 {
        return Err(TicketError::Version(file.v));
    }
    let nonce = URL_SAFE_NO_PAD.decode(&file.nonce).map_err(|_| TicketError::Sealed)?;
    let nonce: [u8; 12] = nonce.try_into().map_err(|_| TicketError::Sealed)?;
    let sealed = URL_SAFE_NO_PAD.decode(&file.sealed).map_err(|_| TicketError::Sealed)?;
    let aad = format!("v1|{}", object_key(&keys.ticket));
    let plain = cipher(keys)
        .decrypt(Nonce::from_slice(&nonce), Payload { msg: &sealed, aad: aad.as_bytes() })
        .map_err(|_| TicketError::Sealed)?;
    Ok(serde_json::from_slice(&plain)?)
}

fn cipher(keys: &SeatKeys) -> Aes256Gcm {
    Aes256Gcm::new(keys.seal.expose().into())
}
