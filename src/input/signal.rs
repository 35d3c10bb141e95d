//! Signals → inputs. What a signal says, and whether it is believed, is read in `crates/wire`;
//! whether the seat *may* is judged by the state.

use chime_contract::signal::Signal;
use chime_wire::signal::{Told, told};

use crate::clock::Millis;
use crate::inbox::delivery::{Fact, Input, Target};
use crate::input::{fingerprint, for_target};
use crate::meeting::event::{Event, Said};
use crate::seal::SeatSecrets;
use crate::store::Link;

pub use chime_wire::signal::NotTaken;

/// Checks a parsed signal against its seat's secrets. `at` is the queue's time.
pub fn read(
    signal: &Signal,
    seat: &str,
    secrets: &SeatSecrets,
    at: Millis,
) -> Result<Fact, NotTaken> {
    let said = said(told(signal, &secrets.signal, secrets.host_key().as_ref(), at)?);
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

/// The domain's own word for it: inputs are stored, so their form is not the wire's.
fn said(told: Told) -> Said {
    match told {
        Told::Arrived { failed_meeting } => Said::Arrived { failed_meeting },
        Told::Left => Said::Left,
        Told::Consent { given } => Said::Consent { given },
        Told::Chat { text } => Said::Chat { text },
        Told::Record => Said::Record,
        Told::StopRecording => Said::StopRecording,
        Told::Remove { target } => Said::Remove { target },
        Told::End => Said::End,
    }
}

/// What a refused signal counts as.
pub fn ignored() -> Fact {
    Fact { fingerprint: None, input: Input::Nothing }
}
