//! The signal: what the room tells the bridge through the one write-only door. Signed with the
//! seat's signal key; each page load draws a random 64-bit `load` and counts within it, so the
//! same (ticket, load, counter) is a repeat. Time is the queue's, never the guest's.
//!
//! Signature: base64url HMAC-SHA256 over the six lines
//! `signal-v1`, ticket, load, counter, kind, data joined by `\n`. `data` travels as a *string* of
//! JSON, so that both languages sign the same bytes.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use crate::Secret;
use crate::keys::{mac, same};

/// Largest body taken, in bytes.
pub const MAX_BODY: usize = 4096;

/// A signal as it lies in the queue.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signal {
    /// Format version, 1.
    pub v: u8,
    /// The seat's ticket name (64 lower-case hex characters).
    pub ticket: String,
    /// This page load: 16 lower-case hex characters.
    pub load: String,
    /// Counts from 1 within the load.
    pub counter: u32,
    /// What happened.
    pub kind: SignalKind,
    /// JSON text, or empty.
    pub data: String,
    /// Base64url HMAC-SHA256.
    pub mac: String,
}

/// What a room can say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignalKind {
    /// The person is at the door. Data: [`Arrived`].
    Arrived,
    /// The page is closing (signed in advance). No data.
    Left,
    /// Data: [`Consent`].
    Consent,
    /// Hand-written chat, at the end. Data: [`Chat`].
    Chat,
    /// Host: start recording. Data: [`HostAct`].
    Record,
    /// Host: stop recording. Data: [`HostAct`].
    StopRecording,
    /// Host: remove a seat. Data: [`HostAct`] with `target`.
    Remove,
    /// Host: end the meeting. Data: [`HostAct`].
    End,
}

impl SignalKind {
    /// The word that is signed.
    pub fn word(self) -> &'static str {
        match self {
            Self::Arrived => "arrived",
            Self::Left => "left",
            Self::Consent => "consent",
            Self::Chat => "chat",
            Self::Record => "record",
            Self::StopRecording => "stop-recording",
            Self::Remove => "remove",
            Self::End => "end",
        }
    }
}

/// Data of `arrived`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Arrived {
    /// The Chime meeting the room failed on, if any: heals a ticket whose meeting has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed_meeting_id: Option<String>,
}

/// Data of `consent`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Consent {
    /// True: recording is agreed to.
    pub given: bool,
}

/// Data of `chat`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Chat {
    /// What was written, at most 2,000 characters.
    pub text: String,
}

/// Data of the host's acts.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HostAct {
    /// Expiry of the host proof, epoch seconds.
    pub exp: u64,
    /// [`crate::keys::JoinKey::host_proof`].
    pub proof: String,
    /// The seat meant, for `remove`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
}

/// Why a body is not a signal.
#[derive(Debug, thiserror::Error)]
pub enum NotASignal {
    /// Too large.
    #[error("the body has {0} bytes, at most {MAX_BODY} are taken")]
    TooLarge(usize),
    /// Not this shape. Only the place is shown: the parser's own message quotes the guest.
    #[error("the body is not a signal (line {}, column {})", .0.line(), .0.column())]
    Shape(serde_json::Error),
    /// A field is out of bounds.
    #[error("the field `{0}` is not what a signal holds")]
    Field(&'static str),
}

impl Signal {
    /// Reads a body and checks its bounds; the signature is checked by [`Signal::signed_by`].
    pub fn parse(body: &str) -> Result<Self, NotASignal> {
        if body.len() > MAX_BODY {
            return Err(NotASignal::TooLarge(body.len()));
        }
        let signal: Self = serde_json::from_str(body).map_err(NotASignal::Shape)?;
        let hex = |text: &str, length: usize| {
            text.len() == length && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        };
        if signal.v != 1 {
            return Err(NotASignal::Field("v"));
        }
        if !hex(&signal.ticket, 64) {
            return Err(NotASignal::Field("ticket"));
        }
        if !hex(&signal.load, 16) {
            return Err(NotASignal::Field("load"));
        }
        if signal.counter == 0 {
            return Err(NotASignal::Field("counter"));
        }
        Ok(signal)
    }

    /// Makes a signed signal.
    pub fn sign(
        key: &Secret<[u8; 32]>,
        ticket: &str,
        load: &str,
        counter: u32,
        kind: SignalKind,
        data: &str,
    ) -> Self {
        let mut signal = Self {
            v: 1,
            ticket: ticket.into(),
            load: load.into(),
            counter,
            kind,
            data: data.into(),
            mac: String::new(),
        };
        signal.mac = signal.signature(key);
        signal
    }

    /// True if the signature is this key's; constant time.
    pub fn signed_by(&self, key: &Secret<[u8; 32]>) -> bool {
        same(self.signature(key).as_bytes(), self.mac.as_bytes())
    }

    fn signature(&self, key: &Secret<[u8; 32]>) -> String {
        let message = format!(
            "signal-v1\n{}\n{}\n{}\n{}\n{}",
            self.ticket,
            self.load,
            self.counter,
            self.kind.word(),
            self.data
        );
        URL_SAFE_NO_PAD.encode(mac(key.expose(), message.as_bytes()))
    }
}
