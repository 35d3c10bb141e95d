//! Every outside fact becomes an [`Input`] here and nowhere else: the one door in. Pure: no clock,
//! no I/O; what cannot be understood becomes a dead letter with a clear reason and stops nothing.

pub mod change;
pub mod command;
pub mod fingerprint;
pub mod letter;
pub mod notice;
pub mod signal;

pub use letter::Origin;

use crate::clock::Millis;
use crate::inbox::delivery::{ForMeeting, Input, Target};
use crate::meeting::event::Event;

/// What reading a fact needs to know.
#[derive(Debug, Clone, Copy)]
pub struct Reading<'a> {
    /// Org id, 18 characters.
    pub org_id: &'a str,
    /// When it is read.
    pub now: Millis,
}

/// An event for the meeting with this record id.
pub(crate) fn to_meeting(id: &str, event: Event) -> Input {
    for_target(Target::Id(id.to_string()), event)
}

/// An event for a meeting named somehow.
pub(crate) fn for_target(to: Target, event: Event) -> Input {
    Input::Meeting(Box::new(ForMeeting {
        to,
        event,
        secrets: vec![],
        finishes: None,
        origin: None,
    }))
}
