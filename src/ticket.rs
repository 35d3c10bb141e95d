//! Seals and writes tickets: joins what the domain wants a seat to know with the secrets that only
//! the store has, and puts the sealed file into the room bucket.

use std::sync::Arc;

use chime_contract::Secret;
use chime_contract::keys::SeatKeys;
use chime_contract::recording as files;
use chime_contract::ticket::{SealedTicket, Ticket, TicketAttendee, object_key, seal};

use crate::clock::SharedEntropy;
use crate::meeting::effect::TicketContent;
use crate::seal::{Seal, SeatSecrets};
use crate::store::{Store, StoreError};

/// Why a ticket could not be made.
#[derive(Debug, thiserror::Error)]
pub enum TicketError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A secret the ticket needs is not there or does not open.
    #[error("the ticket of seat {seat} cannot be made: {reason}")]
    Secret {
        /// Seat id.
        seat: String,
        /// What is missing.
        reason: String,
    },
}

impl TicketError {
    /// `CB-0nn`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Store(_) => "CB-090",
            Self::Secret { .. } => "CB-091",
        }
    }
}

/// Makes sealed tickets.
#[derive(Clone)]
pub struct Tickets {
    /// Secrets by name.
    pub store: Arc<dyn Store>,
    /// Opens them.
    pub seal: Arc<Seal>,
    /// Nonces: fresh at each write, never derived.
    pub entropy: SharedEntropy,
    /// Org id.
    pub org_id: String,
}

impl Tickets {
    /// The sealed file and its object key; `None` if the seat has no key (any more).
    pub async fn make(
        &self,
        seat: &str,
        content: &TicketContent,
    ) -> Result<Option<(String, SealedTicket)>, TicketError> {
        let fail = |reason: String| TicketError::Secret { seat: seat.to_string(), reason };
        let Some(keys) = self.keys(seat, &content.ticket).await? else { return Ok(None) };
        let attendee = match &content.attendee {
            Some(attendee) => Some(TicketAttendee {
                attendee_id: attendee.clone(),
                external_user_id: seat.to_string(),
                join_token: self.join_token(seat, attendee).await?,
            }),
            None => None,
        };
        let ticket = Ticket {
            revision: content.revision,
            state: content.state,
            seat: seat.to_string(),
            subject: content.subject.clone(),
            name: content.name.clone(),
            role: content.role,
            policy: content.policy,
            recording: content.recording.clone(),
            opens_at: content.opens_at,
            reason: content.reason.clone(),
            meeting: content.meeting.clone(),
            attendee,
        };
        let mut nonce = [0u8; 12];
        self.entropy.fill(&mut nonce);
        let sealed = seal(&ticket, &keys, nonce).map_err(|e| fail(e.to_string()))?;
        Ok(Some((object_key(&keys.ticket), sealed)))
    }

    /// Name of the ticket of a recorder's seat; `None` for a person's.
    pub fn recorder(&self, seat: &str) -> Option<String> {
        self.recorder_keys(seat).map(|keys| keys.ticket)
    }

    fn recorder_keys(&self, seat: &str) -> Option<SeatKeys> {
        let (recording, attempt) = files::parse_seat(seat)?;
        Some(self.seal.recorder_key(&self.org_id, recording, attempt).seat(&self.org_id))
    }

    /// The derived keys of a person's or a recorder's seat.
    async fn keys(&self, seat: &str, ticket: &str) -> Result<Option<SeatKeys>, TicketError> {
        if let Some(keys) = self.recorder_keys(seat) {
            return Ok(Some(keys));
        }
        let Some(sealed) = self.store.secret(&SeatSecrets::name(seat, ticket)).await? else {
            return Ok(None);
        };
        let secrets = self
            .seal
            .open_seat(seat, ticket, &sealed)
            .map_err(|e| TicketError::Secret { seat: seat.to_string(), reason: e.to_string() })?;
        Ok(Some(secrets.keys()))
    }

    async fn join_token(&self, seat: &str, attendee: &str) -> Result<Secret<String>, TicketError> {
        let fail = |reason: String| TicketError::Secret { seat: seat.to_string(), reason };
        let name = format!("attendee:{attendee}");
        let sealed = self
            .store
            .secret(&name)
            .await?
            .ok_or_else(|| fail("its join token is not in the store".into()))?;
        self.seal.open_text(&sealed, &name).map_err(|e| fail(e.to_string()))
    }
}
