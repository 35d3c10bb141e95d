//! The heartbeat: one record a bridge, by which an admin sees that it lives and how it fares.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::clock::Millis;
use crate::outbox::letters::{NO_MEETING, date_time};
use crate::outbox::row::{Change, Operation, RecordKey};

/// `State__c`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HealthState {
    /// Not yet subscribed.
    Starting,
    /// All is well.
    Ready,
    /// Works, but a person should look: a brake, a missing field, a service that fails.
    Degraded,
    /// Shutting down.
    Draining,
}

impl HealthState {
    /// The picklist value.
    pub fn label(self) -> &'static str {
        match self {
            Self::Starting => "Starting",
            Self::Ready => "Ready",
            Self::Degraded => "Degraded",
            Self::Draining => "Draining",
        }
    }
}

/// What a heartbeat says.
#[derive(Debug, Clone, PartialEq)]
pub struct Heartbeat {
    /// `Instance_Key__c`: stays the same over restarts of the same bridge.
    pub instance: String,
    /// Now.
    pub at: Millis,
    /// Version of the bridge.
    pub version: String,
    /// State.
    pub state: HealthState,
    /// Age of the newest event when it was handled, seconds.
    pub event_lag_seconds: Option<i64>,
    /// Age of the oldest change not yet told, seconds.
    pub outbox_age_seconds: i64,
    /// Open dead letters.
    pub dead_letters: u64,
    /// Event deliveries the org has left today, if known.
    pub deliveries_left: Option<i64>,
}

/// The heartbeat as a record.
pub fn change(beat: &Heartbeat) -> Change {
    let fields: BTreeMap<String, Value> = [
        ("Heartbeat_At__c", json!(date_time(beat.at))),
        ("Version__c", json!(beat.version)),
        ("State__c", json!(beat.state.label())),
        ("Event_Lag_Seconds__c", json!(beat.event_lag_seconds)),
        ("Outbox_Age_Seconds__c", json!(beat.outbox_age_seconds)),
        ("Dead_Letters__c", json!(beat.dead_letters)),
        ("Deliveries_Left__c", json!(beat.deliveries_left)),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_string(), value))
    .collect();
    Change {
        object: "Chime_Bridge_Health__c".into(),
        key: RecordKey::External { field: "Instance_Key__c".into(), value: beat.instance.clone() },
        lane: NO_MEETING.into(),
        operation: Operation::Write,
        fields,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heartbeat_is_one_record_by_instance_and_unknown_numbers_are_empty() {
        let change = change(&Heartbeat {
            instance: "bridge-1".into(),
            at: 0,
            version: "0.1.0".into(),
            state: HealthState::Degraded,
            event_lag_seconds: None,
            outbox_age_seconds: 3,
            dead_letters: 2,
            deliveries_left: Some(24_000),
        });
        assert_eq!(change.key.value(), "bridge-1");
        assert_eq!(change.lane, "-");
        assert_eq!(change.fields["State__c"], "Degraded");
        assert_eq!(change.fields["Event_Lag_Seconds__c"], Value::Null);
        assert_eq!(change.fields["Deliveries_Left__c"], 24_000);
    }
}
