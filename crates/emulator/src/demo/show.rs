//! Shows the org's records as they change: one line a change, with the time since the start.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::org::Org;

/// A record's field as it was: (label, field) → value.
type Seen = BTreeMap<(String, String), String>;

/// What was seen, in order.
pub type History = Arc<Mutex<Vec<(String, String, String)>>>;

/// Objects and fields that are shown, with a word for the object.
const SHOWN: &[(&str, &str, &[&str])] = &[
    (
        "Chime_Meeting__c",
        "meeting",
        &["Status__c", "Status_Reason__c", "Recording_State__c", "Started_At__c", "Ended_At__c"],
    ),
    ("Chime_Participant__c", "participant", &["Status__c", "Consent__c", "Seconds_Present__c"]),
    (
        "Chime_Participant_Session__c",
        "connection",
        &["Joined_At__c", "Left_At__c", "End_Reason__c"],
    ),
    ("Chime_Recording__c", "recording", &["Status__c", "Failure_Reason__c", "Size_Bytes__c"]),
    ("Chime_Dead_Letter__c", "dead letter", &["Cause__c", "State__c"]),
];

/// Watches until `stop`; prints and remembers each change.
pub async fn watch(org: Arc<Org>, begun: Instant, history: History, stop: CancellationToken) {
    let mut seen = Seen::new();
    loop {
        look(&org, begun, &history, &mut seen);
        tokio::select! {
            () = stop.cancelled() => {
                look(&org, begun, &history, &mut seen);
                return;
            }
            () = tokio::time::sleep(Duration::from_millis(50)) => {}
        }
    }
}

fn look(org: &Org, begun: Instant, history: &History, seen: &mut Seen) {
    for (object, word, fields) in SHOWN {
        let soql = format!("SELECT Id, Name, {} FROM {object} ORDER BY Id", fields.join(", "));
        let Ok(rows) = org.query(&soql) else { continue };
        for row in rows {
            let name = text(&row["Name"]);
            for field in *fields {
                let value = text(&row[*field]);
                let place = (format!("{word} {name}"), field.to_string());
                let before = seen.insert(place.clone(), value.clone()).unwrap_or_default();
                if before != value {
                    tell(begun, &place, &before, &value);
                    let mut history = history.lock().unwrap_or_else(PoisonError::into_inner);
                    history.push((place.0, place.1, value));
                }
            }
        }
    }
}

fn tell(begun: Instant, place: &(String, String), before: &str, value: &str) {
    let field = place.1.trim_end_matches("__c").replace('_', " ");
    let arrow = if before.is_empty() { value.to_string() } else { format!("{before} → {value}") };
    println!("  {:>6.2} s  {:<22} {field}: {arrow}", begun.elapsed().as_secs_f64(), place.0);
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Says what is being done, between the records.
pub fn say(begun: Instant, words: &str) {
    println!("\x1b[1m{:>8.2} s  {words}\x1b[0m", begun.elapsed().as_secs_f64());
}
