//! The record half with the real event bus behind it.

use std::sync::Arc;

use chime_emulator::clock::Clock;
use chime_emulator::faults::Faults;
use chime_emulator::org::bus::{Bus, BusConfig};
use chime_emulator::org::{Org, OrgConfig};
use serde_json::json;

use crate::{ADMIN, MEETING, RECORDING};

fn org_with_bus() -> (Arc<Org>, Bus) {
    let (clock, faults) = (Clock::default(), Faults::default());
    let package = crate::package();
    let config = OrgConfig::default();
    let bus = Bus::new(
        package.metadata.clone(),
        clock.clone(),
        faults.clone(),
        config.org_id.clone(),
        BusConfig::default(),
    );
    let org = Org::new(package, Arc::new(bus.clone()), clock, faults, config);
    bus.set_reader(org.reader());
    (org, bus)
}

#[test]
fn a_command_reaches_the_bus_and_a_wrong_one_does_not() {
    let (org, _bus) = org_with_bus();
    let meeting = org.insert(ADMIN, MEETING, json!({"Subject__c": "Talk"})).unwrap();
    let command = json!({"Action__c": "START_MEETING", "Meeting_Id__c": meeting});
    let published = org.publish(ADMIN, "Chime_Command__e", command).unwrap();
    assert!(!published.uuid.is_empty() && !published.replay_id.is_empty());
    let wrong = org.publish(ADMIN, "Chime_Command__e", json!({"Nope__c": 1})).unwrap_err();
    assert_eq!(wrong.code, "INVALID_FIELD");
    org.delete(ADMIN, MEETING, &meeting).unwrap();
    org.undelete(ADMIN, MEETING, &meeting).unwrap();
}

#[test]
fn a_removed_field_gives_the_change_event_another_schema() {
    let (org, bus) = org_with_bus();
    let schema = || bus.current_schema("Chime_Recording__ChangeEvent").unwrap().id.clone();
    let before = schema();
    assert!(org.drop_field(RECORDING, "Checksum__c"));
    assert_ne!(schema(), before);
}
