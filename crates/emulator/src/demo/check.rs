//! What came true: the org's records against what was played.

use serde_json::Value;

use crate::demo::script::Cast;
use crate::demo::show::History;
use crate::start::Emulator;

/// One line of the answer.
pub struct Line {
    /// What should be true.
    pub what: String,
    /// Whether it is.
    pub holds: bool,
    /// What was found.
    pub found: String,
}

/// Compares records, history and the emulator's own ledger with the script.
pub fn check(emulator: &Emulator, cast: &Cast, history: &History) -> anyhow::Result<Vec<Line>> {
    let org = &emulator.org;
    let mut lines = Vec::new();
    let mut line = |what: &str, holds: bool, found: String| {
        lines.push(Line { what: what.into(), holds, found });
    };
    let query =
        |soql: &str| org.query(soql).map_err(|e| anyhow::anyhow!("{}: {}", e.code, e.message));

    let id = &cast.meeting.id;
    let history = history.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let states: Vec<&str> = history
        .iter()
        .filter(|(place, field, _)| place.starts_with("meeting") && field == "Status__c")
        .map(|(_, _, value)| value.as_str())
        .collect();
    let wanted = ["Requested", "Open", "Live", "Ended"];
    line("the record went Requested → Open → Live → Ended", states == wanted, states.join(" → "));

    let ben = &cast.meeting.seats[1].participant;
    let soql = format!(
        "SELECT Joined_At__c, Left_At__c, Seconds__c, End_Reason__c \
         FROM Chime_Participant_Session__c WHERE Participant__c = '{ben}' ORDER BY Joined_At__c"
    );
    let ends: Vec<String> = query(&soql)?.iter().map(|row| text(&row["End_Reason__c"])).collect();
    let twice = ends.len() == 2 && ends[0] == "Dropped";
    line("Ben has one row for each of his two connections", twice, ends.join(", "));

    for seat in &cast.meeting.seats {
        let connected = emulator.chime.connected_ms(&seat.participant);
        let soql = format!(
            "SELECT Seconds_Present__c FROM Chime_Participant__c WHERE Id = '{}'",
            seat.participant
        );
        let told = query(&soql)?.first().and_then(|r| r["Seconds_Present__c"].as_f64());
        let holds = told == Some((connected / 1000) as f64);
        let what = format!("{}'s total is the time the service saw {0} connected", seat.name);
        line(&what, holds, format!("{} s told, {connected} ms seen", told.unwrap_or(-1.0)));
    }

    let soql = format!(
        "SELECT Status__c, Task_Arn__c, Failure_Reason__c, Size_Bytes__c FROM Chime_Recording__c \
         WHERE Meeting__c = '{id}'"
    );
    let recordings = query(&soql)?;
    let one = recordings.len() == 1;
    let first = recordings.first().cloned().unwrap_or(Value::Null);
    line(
        "one recording was asked for and ran as one task",
        one && emulator.ecs.tasks().len() == 1,
        format!("{} records, {} tasks", recordings.len(), emulator.ecs.tasks().len()),
    );
    let honest = text(&first["Status__c"]) == "Failed"
        && text(&first["Failure_Reason__c"]).contains("no media was captured");
    line(
        "its verdict is honest: the scripted recorder captures no media",
        honest,
        format!("{}: {}", text(&first["Status__c"]), text(&first["Failure_Reason__c"])),
    );

    let made = emulator.chime.ledger().meetings.len();
    line("one Chime meeting was made", made == 1, format!("{made}"));
    let letters = query("SELECT Id FROM Chime_Dead_Letter__c")?.len();
    line("no dead letter was written", letters == 0, format!("{letters}"));
    let keys = query("SELECT Id FROM Chime_Seat_Key__c")?.len();
    line("the seat keys are gone from Salesforce", keys == 0, format!("{keys} left"));
    let deliveries = emulator.bus.usage().used;
    line("the meeting cost at most 3 event deliveries", deliveries <= 3, format!("{deliveries}"));
    Ok(lines)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_string()
}
