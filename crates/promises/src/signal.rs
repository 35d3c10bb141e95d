//! A body from the signals queue: anybody may have written it. Promises: what is believed carries
//! the HMAC of its seat's key over exactly its own words, computed anew here; the same body with
//! one word changed is not believed; a host's act needs a proof that holds and has not expired;
//! no refusal shows what a guest wrote.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chime_contract::Secret;
use chime_contract::keys::JoinKey;
use chime_contract::signal::{HostAct, MAX_BODY, Signal, SignalKind};
use chime_wire::signal::{LONGEST_CHAT, NotTaken, Told, told};
use hmac::{Hmac, Mac};
use serde_json::Value;
use sha2::Sha256;

use crate::memory::{SPARE, within};
use crate::samples::shows_content;

/// The seat of the seeds: its key opens `crates/contract/vectors/signals.json`.
const SEAT: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
const ORG: &str = "00D5e000000EmuLEAS";
/// A host's second key.
const HOST: [u8; 32] = [0xb7; 32];
/// When the signal came: 1 January 2027.
const AT: i64 = 1_798_794_000_000;

/// See the file's head.
pub fn signal(input: &[u8]) {
    let Ok(body) = std::str::from_utf8(input) else { return };
    let most = SPARE + body.len().min(MAX_BODY) * 512;
    let signal = match within(most, "a signal", || Signal::parse(body)) {
        Ok(signal) => signal,
        Err(error) => {
            let value: Value = serde_json::from_str(body).unwrap_or_default();
            if let Some(shown) = shows_content(&error.to_string(), &value) {
                panic!("the refusal shows {shown:?} of a guest's body: {error}");
            }
            return;
        }
    };
    assert!(body.len() <= MAX_BODY);
    let written = serde_json::to_string(&signal).unwrap_or_default();
    let back = Signal::parse(&written);
    // Written anew it may be longer: an escape for a character that came as itself.
    if written.len() <= MAX_BODY {
        assert!(back.is_ok_and(|back| words(&back) == words(&signal)), "not the same when written");
    }
    let Ok(seat) = JoinKey::parse(SEAT) else { panic!("the seeds' key is none") };
    let key = seat.seat(ORG).signal;
    let host = JoinKey::from_bytes(HOST);
    believed_only_if_signed(&signal, &key, &host);
    let signed = again(&signal, &key);
    believed_only_if_signed(&signed, &key, &host);
    assert!(told(&signed, &key, Some(&host), AT) != Err(NotTaken::Signature));
    one_word_changed(&signed, &key, &host);
    host_acts(&signed, &key, &host);
}

fn words(signal: &Signal) -> (u8, &str, &str, u32, &str, &str, &str) {
    let Signal { v, ticket, load, counter, kind, data, mac } = signal;
    (*v, ticket, load, *counter, kind.word(), data, mac)
}

fn again(signal: &Signal, key: &Secret<[u8; 32]>) -> Signal {
    let Signal { ticket, load, counter, kind, data, .. } = signal;
    Signal::sign(key, ticket, load, *counter, *kind, data)
}

/// Computed here from the six lines, not by the crate under test.
fn hmac(signal: &Signal, key: &Secret<[u8; 32]>) -> String {
    let lines = [
        "signal-v1",
        &signal.ticket,
        &signal.load,
        &signal.counter.to_string(),
        signal.kind.word(),
        &signal.data,
    ]
    .join("\n");
    let Ok(mut hmac) = Hmac::<Sha256>::new_from_slice(key.expose()) else { panic!("no HMAC") };
    hmac.update(lines.as_bytes());
    URL_SAFE_NO_PAD.encode(hmac.finalize().into_bytes())
}

fn believed_only_if_signed(signal: &Signal, key: &Secret<[u8; 32]>, host: &JoinKey) {
    let told = told(signal, key, Some(host), AT);
    let signed = signal.mac == hmac(signal, key);
    assert_eq!(told == Err(NotTaken::Signature), !signed, "the HMAC and the answer disagree");
    let Ok(told) = told else { return };
    match told {
        Told::Chat { text } => assert!(text.chars().count() <= LONGEST_CHAT),
        Told::Record | Told::StopRecording | Told::Remove { .. } | Told::End => {
            let act: HostAct = match serde_json::from_str(&signal.data) {
                Ok(act) => act,
                Err(error) => panic!("a host's act without one: {error}"),
            };
            assert_eq!(act.proof, host.host_proof(act.exp), "a host's act without a proof");
            assert!(i128::from(act.exp) * 1000 >= i128::from(AT), "an expired proof was taken");
        }
        Told::Arrived { .. } | Told::Left | Told::Consent { .. } => {}
    }
}

fn one_word_changed(signed: &Signal, key: &Secret<[u8; 32]>, host: &JoinKey) {
    let change = |change: fn(&mut Signal)| {
        let mut other = signed.clone();
        change(&mut other);
        other
    };
    let mut others = vec![
        change(|s| s.counter = s.counter.wrapping_add(1)),
        change(|s| s.data.push(' ')),
        change(|s| s.load = s.load.chars().rev().collect::<String>() + "0"),
        change(|s| s.ticket.push('0')),
        change(|s| {
            s.kind = if s.kind == SignalKind::Left { SignalKind::End } else { SignalKind::Left }
        }),
        change(|s| s.mac.push('=')),
        change(|s| s.mac.clear()),
    ];
    // A line moved from one field into the next must not be the same message.
    if let Some((load, rest)) = signed.data.split_once('\n') {
        let mut other = signed.clone();
        (other.load, other.data) = (load.to_string(), rest.to_string());
        others.push(other);
    }
    for other in others {
        let told = told(&other, key, Some(host), AT);
        assert!(told == Err(NotTaken::Signature), "{} is believed, changed", other.kind.word());
    }
    let stranger = Secret::new([1; 32]);
    assert!(told(signed, &stranger, Some(host), AT) == Err(NotTaken::Signature));
}

/// With a proof made right, only its time decides.
fn host_acts(signed: &Signal, key: &Secret<[u8; 32]>, host: &JoinKey) {
    let Ok(mut act) = serde_json::from_str::<HostAct>(&signed.data) else { return };
    act.proof = host.host_proof(act.exp);
    let data = serde_json::to_string(&act).unwrap_or_default();
    let remake =
        |kind| Signal::sign(key, &signed.ticket, &signed.load, signed.counter, kind, &data);
    let in_time = i128::from(act.exp) * 1000 >= i128::from(AT);
    let wanted = if in_time { Ok(Told::End) } else { Err(NotTaken::Expired) };
    assert!(told(&remake(SignalKind::End), key, Some(host), AT) == wanted);
    assert!(told(&remake(SignalKind::End), key, None, AT) == Err(NotTaken::Proof));
    let other = JoinKey::from_bytes([2; 32]);
    assert!(told(&remake(SignalKind::End), key, Some(&other), AT) == Err(NotTaken::Proof));
    let removed = told(&remake(SignalKind::Remove), key, Some(host), AT);
    match act.target {
        Some(target) if in_time => assert!(removed == Ok(Told::Remove { target })),
        _ => assert!(removed.is_err()),
    }
}
