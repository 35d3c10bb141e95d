//! Amazon Chime SDK meetings: the control plane as botocore's model and the developer guide
//! describe it, the life of a meeting, and who is connected. Media is another part (`chime-media`),
//! which asks and reports here through [`Doorkeeper`]; people without media join as it does.
//!
//! Not served: transcription (answers ServiceUnavailable), replica meetings (a primary is taken
//! and not followed), SNS, SQS and Lambda targets of one meeting.

mod attendees;
mod check;
mod door;
mod doorkeeper;
mod error;
mod features;
mod ledger;
mod meetings;
mod presence;
mod service;
mod state;
mod tags;
mod wire;

pub use doorkeeper::Doorkeeper;
pub use error::ChimeError;
pub use ledger::{AttendeeEntry, CallEntry, Ledger, MeetingEntry};
pub use presence::{Connection, JoinRefused, Standing};
pub use service::{Chime, Limits, Media};
