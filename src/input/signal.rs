//! Signals → inputs. A signal is believed only if the key of its seat signed it; a host's act also
//! needs a proof made by Apex that has not expired. Whether the seat *may* is judged by the state.

use chime_contract::signal::{Arrived, Chat, Consent, HostAct, Signal, SignalKind};
use serde::de::DeserializeOwned;

use crate::clock::Millis;
use crate::inbox::delivery::{Fact, Input, Target};
use crate::input::{fingerprint, for_target};
use crate::meeting::event::{Event, Said};
use crate::seal::SeatSecrets;
use crate::store::Link;

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

/// Checks a parsed signal against its seat's secrets. `at` is the queue's time.
pub fn read(
    signal: &Signal,
    seat: &str,
    secrets: &SeatSecrets,
    at: Millis,
) -> Result<Fact, NotTaken> {
    if !signal.signed_by(&secrets.signal) {
        return Err(NotTaken::Signature);
    }
    let said = said(signal, secrets, at)?;
    let event = Event::Signal {
        seat: seat.to_string(),
        at,
        load: signal.load.clone(),
        counter: signal.counter,
        said,
    };
    let to = Target::Link(Link { kind: "ticket", value: signal.ticket.clone() });
    Ok(Fact {
        fingerprint: Some(fingerprint::signal(&signal.ticket, &signal.load, signal.counter)),
        input: for_target(to, event),
    })
}

fn said(signal: &Signal, secrets: &SeatSecrets, at: Millis) -> Result<Said, NotTaken> {
    Ok(match signal.kind {
        SignalKind::Arrived => {
            let arrived =
                if signal.data.is_empty() { Arrived::default() } else { data(&signal.data)? };
            Said::Arrived { failed_meeting: arrived.failed_meeting_id }
        }
        SignalKind::Left => Said::Left,
        SignalKind::Consent => Said::Consent { given: data::<Consent>(&signal.data)?.given },
        SignalKind::Chat => {
            let chat: Chat = data(&signal.data)?;
            Said::Chat { text: chat.text.chars().take(2_000).collect() }
        }
        SignalKind::Record => {
            host_act(signal, secrets, at)?;
            Said::Record
        }
        SignalKind::StopRecording => {
            host_act(signal, secrets, at)?;
            Said::StopRecording
        }
        SignalKind::Remove => {
            let target = host_act(signal, secrets, at)?.target.ok_or(NotTaken::Data)?;
            Said::Remove { target }
        }
        SignalKind::End => {
            host_act(signal, secrets, at)?;
            Said::End
        }
    })
}

fn host_act(signal: &Signal, secrets: &SeatSecrets, at: Millis) -> Result<HostAct, NotTaken> {
    let act: HostAct = data(&signal.data)?;
    let host = secrets.host_key().ok_or(NotTaken::Proof)?;
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

/// What a refused signal counts as.
pub fn ignored() -> Fact {
    Fact { fingerprint: None, input: Input::Nothing }
}
