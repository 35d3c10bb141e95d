//! Dead letters on their way to Salesforce, where an admin sees and retries them.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::clock::Millis;
use crate::outbox::row::{Change, Operation, RecordKey};
use crate::store::DeadLetter;

/// The object dead letters are mirrored to.
pub const OBJECT: &str = "Chime_Dead_Letter__c";
/// The lane of what belongs to no meeting.
pub const NO_MEETING: &str = "-";

/// Characters `Step__c` takes.
const STEP: usize = 80;
/// Characters `Cause__c` takes.
const SHORT: usize = 255;
/// Characters `Detail__c` takes.
const LONG: usize = 32_000;

/// The letter as a record. It names what failed and why; what is sealed stays in the store.
pub fn mirror(letter: &DeadLetter) -> Change {
    let mut fields = BTreeMap::from([
        ("Step__c".to_string(), json!(cut(&letter.step, STEP))),
        ("Cause__c".to_string(), json!(cut(&format!("{} {}", letter.code, letter.cause), SHORT))),
        ("Detail__c".to_string(), json!(cut(&letter.detail, LONG))),
        ("Occurred_At__c".to_string(), json!(date_time(letter.at))),
        ("State__c".to_string(), json!(letter.state)),
    ]);
    if let Some(meeting) = &letter.meeting {
        fields.insert("Meeting__c".to_string(), json!(meeting));
    }
    Change {
        object: OBJECT.into(),
        key: RecordKey::External { field: "Letter_Key__c".into(), value: letter.key.clone() },
        lane: letter.meeting.clone().unwrap_or_else(|| NO_MEETING.into()),
        operation: Operation::Write,
        fields,
    }
}

/// The same mirror row without its meeting: for a letter about a meeting that is not there.
pub fn without_meeting(change: &Change) -> Option<Change> {
    let names_one = change.fields.get("Meeting__c").is_some_and(|v| !v.is_null());
    (change.object == OBJECT && names_one).then(|| Change {
        lane: NO_MEETING.into(),
        fields: BTreeMap::from([("Meeting__c".to_string(), Value::Null)]),
        ..change.clone()
    })
}

/// Key of a letter about a row of the outbox: the same failure of the same record is one letter.
pub fn key_of(change: &Change, code: &str) -> String {
    let text = format!("outbox|{}|{}|{code}", change.object, change.key.value());
    hex::encode(&Sha256::digest(text)[..16])
}

/// RFC 3339 in UTC with milliseconds, as Salesforce takes it. A time outside the years that RFC
/// 3339 knows is written as the epoch.
pub fn date_time(at: Millis) -> String {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(at) * 1_000_000)
        .ok()
        .and_then(|t| t.format(&Rfc3339).ok())
        .unwrap_or_else(|| "1970-01-01T00:00:00Z".into())
}

fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(meeting: Option<&str>) -> DeadLetter {
        DeadLetter {
            key: "0".repeat(32),
            meeting: meeting.map(str::to_string),
            step: "outbox:Chime_Meeting__c".into(),
            code: "CB-210".into(),
            cause: "x".repeat(300),
            detail: "d".into(),
            at: 1_700_000_000_123,
            state: "Open".into(),
            sealed: vec![1, 2, 3],
        }
    }

    #[test]
    fn a_letter_is_mirrored_by_its_key_into_its_meetings_lane() {
        let change = mirror(&letter(Some("a01000000000001AAA")));
        assert_eq!(change.key.value(), "0".repeat(32));
        assert_eq!(change.lane, "a01000000000001AAA");
        assert_eq!(change.fields["Meeting__c"], "a01000000000001AAA");
        assert_eq!(change.fields["Occurred_At__c"], "2023-11-14T22:13:20.123Z");
        let cause = change.fields["Cause__c"].as_str().unwrap();
        assert!(cause.starts_with("CB-210 x"));
        assert_eq!(cause.chars().count(), 255);
    }

    #[test]
    fn a_letter_about_no_meeting_has_a_lane_of_its_own() {
        let change = mirror(&letter(None));
        assert_eq!(change.lane, NO_MEETING);
        assert!(!change.fields.contains_key("Meeting__c"));
        assert_eq!(without_meeting(&change), None);
    }

    #[test]
    fn a_letter_loses_a_meeting_that_is_not_there_once() {
        let change = mirror(&letter(Some("a01000000000001AAA")));
        let mut merged = change.clone();
        merged.merge(without_meeting(&change).unwrap());
        assert_eq!(merged.fields["Meeting__c"], Value::Null);
        assert_eq!(merged.fields["State__c"], "Open");
        assert_eq!(without_meeting(&merged), None);
    }
}
