//! Faults on order: per service and call, a number of times or with a chance. Services ask
//! `take` at the points where a real service can fail.

use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

/// A fault somebody ordered through the control API (`POST /faults`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fault {
    /// `pubsub`, `rest`, `oauth`, `chime`, `ecs`, `s3`, `sqs`, `eventbridge`, `room`; `*` for any.
    pub service: String,
    /// Name of the call (`Subscribe`, `GetSchema`, `CreateMeeting`, `composite`, an error code's
    /// topic …); `*` for any.
    pub call: String,
    /// What happens.
    pub kind: FaultKind,
    /// How often; 0 = until taken away.
    #[serde(default = "once")]
    pub times: u32,
    /// Chance of each hit, 0.0 to 1.0.
    #[serde(default = "always")]
    pub chance: f64,
}

fn once() -> u32 {
    1
}

fn always() -> f64 {
    1.0
}

/// What happens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "do")]
pub enum FaultKind {
    /// Answer with an error instead of doing it: HTTP status (or gRPC code number) and the
    /// service's error code (`ThrottlingException`, `UNABLE_TO_LOCK_ROW`, a Pub/Sub `error-code`).
    Reject {
        /// HTTP status, or gRPC status number.
        status: u16,
        /// The service's own code.
        code: String,
    },
    /// Do it, but lose the answer (the connection is cut, or 500 where it cannot be).
    LoseAnswer,
    /// Answer late.
    Delay {
        /// Milliseconds.
        ms: u64,
    },
    /// Do not deliver (an event, a notice, a keep-alive).
    Drop,
    /// Deliver twice.
    Duplicate,
    /// Deliver after the next one.
    Reorder,
    /// The token or session counts as expired.
    Expire,
    /// The payload is damaged.
    Corrupt,
}

/// The ordered faults. Cloneable handle.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    list: Arc<Mutex<Vec<Fault>>>,
}

impl Faults {
    /// Orders a fault.
    pub fn add(&self, fault: Fault) {
        self.list.lock().unwrap_or_else(PoisonError::into_inner).push(fault);
    }

    /// Takes all orders back.
    pub fn clear(&self) {
        self.list.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// What is ordered now.
    pub fn list(&self) -> Vec<Fault> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The fault to play now for this call, if any; counts it down.
    pub fn take(&self, service: &str, call: &str) -> Option<FaultKind> {
        self.take_if(service, call, |_| true)
    }

    /// As `take`, but only for kinds the caller can play at this point.
    pub fn take_if(
        &self,
        service: &str,
        call: &str,
        can: impl Fn(&FaultKind) -> bool,
    ) -> Option<FaultKind> {
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        let hit = list.iter().position(|f| {
            (f.service == "*" || f.service == service)
                && (f.call == "*" || f.call == call)
                && can(&f.kind)
                && (f.chance >= 1.0 || rand::random::<f64>() < f.chance)
        })?;
        let kind = list[hit].kind.clone();
        match list[hit].times {
            0 => {}
            1 => {
                list.remove(hit);
            }
            _ => list[hit].times -= 1,
        }
        Some(kind)
    }
}
