//! What Chime remembers of a meeting and its attendees. Ended meetings are kept: an old request
//! token still answers with them, and the ledger shows all that ever was.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::features::Features;
use super::wire::Capabilities;
use crate::aws::ids::{ACCOUNT, REGION};

/// A meeting.
#[derive(Debug)]
pub(super) struct Meeting {
    pub(super) id: String,
    pub(super) external: String,
    pub(super) region: String,
    pub(super) token: String,
    /// The request that made it, without its token: the same token with another request conflicts.
    pub(super) request: Value,
    /// `Meeting` as it is answered.
    pub(super) description: Value,
    pub(super) features: Features,
    pub(super) created: i64,
    /// Since when nobody has an audio connection; counts only while nobody has.
    pub(super) silent_since: i64,
    pub(super) ended: Option<i64>,
    pub(super) attendees: Vec<Attendee>,
    pub(super) tags: BTreeMap<String, String>,
}

/// An attendee; stays after its deletion, so that its client can be told.
#[derive(Debug, Clone)]
pub(super) struct Attendee {
    pub(super) id: String,
    pub(super) external: String,
    pub(super) token: String,
    pub(super) capabilities: Capabilities,
    pub(super) deleted: bool,
    pub(super) presence: Presence,
    pub(super) created: i64,
    /// Connected from, and until (open while connected), epoch milliseconds.
    pub(super) intervals: Vec<(i64, Option<i64>)>,
}

/// An attendee's connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    /// None.
    Away,
    /// Connected, by the connection of this number.
    Here(u64),
    /// Its packets have stopped; counts as connected until `gone_at`.
    Silent { connection: u64, gone_at: i64 },
}

impl Presence {
    pub(super) fn number(self) -> Option<u64> {
        match self {
            Self::Away => None,
            Self::Here(connection) | Self::Silent { connection, .. } => Some(connection),
        }
    }
}

impl Meeting {
    /// Its ARN.
    pub(super) fn arn(id: &str) -> String {
        format!("arn:aws:chime:{REGION}:{ACCOUNT}:meeting/{id}")
    }

    /// The attendees that were not deleted: these count against the limit, connected or not.
    pub(super) fn living(&self) -> impl Iterator<Item = &Attendee> {
        self.attendees.iter().filter(|a| !a.deleted)
    }

    /// A living attendee.
    pub(super) fn attendee(&mut self, id: &str) -> Option<&mut Attendee> {
        self.attendees.iter_mut().find(|a| a.id == id && !a.deleted)
    }

    /// True while anyone counts as connected.
    pub(super) fn anyone(&self) -> bool {
        self.attendees.iter().any(|a| a.presence != Presence::Away)
    }
}

impl Attendee {
    /// Not connected any more.
    pub(super) fn gone(&mut self, at: i64) {
        self.presence = Presence::Away;
        if let Some((_, until @ None)) = self.intervals.last_mut() {
            *until = Some(at);
        }
    }

    /// `Attendee` as it is answered.
    pub(super) fn description(&self) -> Value {
        json!({
            "AttendeeId": self.id,
            "ExternalUserId": self.external,
            "JoinToken": self.token,
            "Capabilities": self.capabilities,
        })
    }
}
