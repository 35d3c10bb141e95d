//! The stream to drain: saves of meetings the bridge knows, twelve fields each, as an org tells them
//! whose admin took the channel's filter away. Most are the bridge's own words coming back; one in a
//! hundred also carries a new subject, which has to reach the tickets.

use std::collections::BTreeMap;
use std::ops::Range;

use chime_emulator::org::bus::{ChangeKind, Record, RecordChange};
use serde_json::{Value, json};

use crate::world::World;

/// One event in so many causes work.
pub const WORK_EVERY: usize = 100;

/// Fields the bridge writes, which a save of its own changes.
const OURS: [&str; 10] = [
    "Status_Reason__c",
    "Status__c",
    "Recording_State__c",
    "Chime_Meeting_Id__c",
    "Started_At__c",
    "Ended_At__c",
    "Account__c",
    "Contact__c",
    "Related_Record_Id__c",
    "LastModifiedDate",
];

/// Publishes so many events about these meetings, one transaction each.
pub fn publish(world: &World, meetings: &[String], events: Range<usize>) {
    for n in events {
        world.emulator.bus.record_changes(vec![save(world, of(meetings, n), n)]);
    }
}

/// The first number from here on whose event causes no work.
pub fn without_effect(n: usize) -> usize {
    n + usize::from(n.is_multiple_of(WORK_EVERY))
}

/// The subject each meeting must have when so many events were taken, by meeting.
pub fn subjects(meetings: &[String], events: usize) -> BTreeMap<&str, String> {
    let work = (0..events).step_by(WORK_EVERY);
    work.map(|n| (of(meetings, n), format!("Subject {n}"))).collect()
}

/// A step aside after each that causes work, so that all meetings have their turn at it.
fn of(meetings: &[String], n: usize) -> &str {
    &meetings[(n + n / WORK_EVERY) % meetings.len()]
}

fn save(world: &World, meeting: &str, n: usize) -> RecordChange {
    let at = world.emulator.clock.now();
    let mut after = Record::new();
    for field in OURS {
        after.insert(field.into(), value(field, n));
    }
    after.insert("Bridge_Revision__c".into(), json!(at + n as i64));
    if n.is_multiple_of(WORK_EVERY) {
        after.insert("Subject__c".into(), json!(format!("Subject {n}")));
    } else {
        after.insert("Participant_Count__c".into(), json!(n % 7 + 1));
    }
    RecordChange {
        object: "Chime_Meeting__c".into(),
        id: meeting.into(),
        kind: ChangeKind::Update,
        before: Some(Record::new()),
        after,
        user: "0055e000000BrdgAAA".into(),
        client: Some("ChimeBridge".into()),
        at,
        transaction: format!("{n:08x}-bench-{:04x}", n % 65_536),
    }
}

fn value(field: &str, n: usize) -> Value {
    match field {
        "Status_Reason__c" => json!(format!("Reason {n}")),
        "Status__c" => json!("Open"),
        "Recording_State__c" => json!("None"),
        "Chime_Meeting_Id__c" => json!(format!("{n:08x}-0000-4000-8000-000000000713")),
        "Account__c" => json!("0015e000000AccoAAA"),
        "Contact__c" => json!("0035e000000ContAAA"),
        "Related_Record_Id__c" => json!("0015e000000AccoAAA"),
        _ => json!("2026-01-15T10:00:00.000Z"),
    }
}
