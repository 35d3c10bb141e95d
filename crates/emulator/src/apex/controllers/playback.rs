//! `ChimePlaybackController`: the recordings of a meeting.

use serde_json::{Value, json};

use crate::apex::args::Args;
use crate::apex::call::{Answer, Call, quoted, told_of, whole};
use crate::apex::recordings::{is_erasable, is_playable};

/// A meeting's recordings, oldest first.
pub(super) fn recordings(call: &Call<'_>, args: &Args) -> Answer {
    let meeting = args.some_id("meetingId")?;
    let may_control = call.to(&meeting)?.may_control();
    call.may_read("Chime_Recording__c")?;
    let rows = call.rows(&format!(
        "SELECT Id, Name, Status__c, Failure_Reason__c, Started_At__c, Stopped_At__c, \
         Duration_Seconds__c, Gap_Seconds__c, Size_Bytes__c, Retain_Until__c, Legal_Hold__c \
         FROM Chime_Recording__c WHERE Meeting__c = {} ORDER BY CreatedDate, Id",
        quoted(&meeting)
    ))?;
    let told: Vec<Value> = rows
        .iter()
        .map(|row| {
            json!({
                "id": row["Id"],
                "name": row["Name"],
                "status": row["Status__c"],
                "failureReason": row["Failure_Reason__c"],
                "startedAt": told_of(row, "Started_At__c"),
                "stoppedAt": told_of(row, "Stopped_At__c"),
                "durationSeconds": whole(row, "Duration_Seconds__c"),
                "gapSeconds": whole(row, "Gap_Seconds__c"),
                "sizeBytes": whole(row, "Size_Bytes__c"),
                "retainUntil": told_of(row, "Retain_Until__c"),
                "legalHold": row["Legal_Hold__c"],
                "playable": is_playable(row),
                "mayErase": may_control && is_erasable(row),
            })
        })
        .collect();
    Ok(Value::Array(told))
}
