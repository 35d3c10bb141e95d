//! What a signal says, if it is to be believed: the key of its seat signed it, its data fits its
//! kind, and a host's act carries a proof made by Apex that has not expired. Whether the seat
//! *may* is judged by the meeting's state, later.

use chime_contract::Secret;
use chime_contract::keys::JoinKey;
use chime_contract::signal::{Arrived, Chat, Consent, HostAct, Signal, SignalKind};
use serde::de::DeserializeOwned;

use crate::Millis;

/// Longest chat text kept, in characters.
pub const LONGEST_CHAT: usize = 2_000;

/// What a believed signal says.
#[derive(Clone, PartialEq, Eq)]
pub enum Told {
    /// The person is at the door.
    Arrived {
        /// The Chime meeting the room failed on.
        failed_meeting: Option<String>,
    },
    /// The page is closing.
    Left,
    /// Agreed to recording, or not.
    Consent {
        /// True: agreed.
        given: bool,
    },
    /// Written by a person, at most [`LONGEST_CHAT`] characters.
    Chat {
        /// The text.
        text: String,
    },
    /// Host: record.
    Record,
    /// Host: stop recording.
    StopRecording,
    /// Host: remove this seat.
    Remove {
        /// The seat meant.
        target: String,
    },
    /// Host: end the meeting.
    End,
}

/// Why a signal was not taken. Guests can send anything: counted, logged without content, never a
/// dead letter (a stranger could otherwise fill the letters).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    /// The seat's key did not sign it.
    #[error("the signature is not the seat's")]
    Signature,
    /// The data does not fit the kind.
    #[error("the data does not fit the kind of signal")]
    Data,
    /// No host key, or the proof does not hold.
    #[error("the host proof does not hold")]
    Proof,
    /// The proof's time is over.
    #[error("the host proof has expired")]
    Expired,
}

/// Checks a parsed signal against its seat's key and, for a host, the host key. `at` is the
/// queue's time.
pub fn told(
    signal: &Signal,
    key: &Secret<[u8; 32]>,
    host: Option<&JoinKey>,
    at: Millis,
) -> Result<Told, NotTaken> {
    if !signal.signed_by(key) {
        return Err(NotTaken::Signature);
    }
    let act = || host_act(signal, host, at);
    Ok(match signal.kind {
        SignalKind::Arrived => {
            let arrived =
                if signal.data.is_empty() { Arrived::default() } else { data(&signal.data)? };
            Told::Arrived { failed_meeting: arrived.failed_meeting_id }
        }
        SignalKind::Left => Told::Left,
        SignalKind::Consent => Told::Consent { given: data::<Consent>(&signal.data)?.given },
        SignalKind::Chat => {
            let chat: Chat = data(&signal.data)?;
            Told::Chat { text: chat.text.chars().take(LONGEST_CHAT).collect() }
        }
        SignalKind::Record => act().map(|_| Told::Record)?,
        SignalKind::StopRecording => act().map(|_| Told::StopRecording)?,
        SignalKind::Remove => Told::Remove { target: act()?.target.ok_or(NotTaken::Data)? },
        SignalKind::End => act().map(|_| Told::End)?,
    })
}

fn host_act(signal: &Signal, host: Option<&JoinKey>, at: Millis) -> Result<HostAct, NotTaken> {
    let act: HostAct = data(&signal.data)?;
    let host = host.ok_or(NotTaken::Proof)?;
    if !host.check_host_proof(act.exp, &act.proof) {
        return Err(NotTaken::Proof);
    }
    let expires = i64::try_from(act.exp).unwrap_or(i64::MAX).saturating_mul(1000);
    if at > expires {
        return Err(NotTaken::Expired);
    }
    Ok(act)
}

fn data<T: DeserializeOwned>(text: &str) -> Result<T, NotTaken> {
    serde_json::from_str(text).map_err(|_| NotTaken::Data)
}
