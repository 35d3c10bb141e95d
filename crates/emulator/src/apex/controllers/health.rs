//! `ChimeHealthController`: bridges, dead letters, and what of the set-up is missing.

use serde_json::{Value, json};

use crate::apex::args::Args;
use crate::apex::call::{Answer, Call, quoted, text, time, told_of, whole};
use crate::start::BRIDGE;

/// The bridge says every minute that it lives; three minutes are too long.
const SILENT_SECONDS: i64 = 180;
const MOST_LETTERS: usize = 100;
const MOST_BRIDGES: usize = 50;
const UNSETTLED: &str = "State__c IN ('Open','Retrying')";
/// Letters of the Apex's own: commands the bus did not take. The stand-in keeps none.
const OUR_LETTERS: &str = "apex:";

/// How the bridge and the set-up are.
pub(super) fn report(call: &Call<'_>, _: &Args) -> Answer {
    call.require_admin()?;
    call.may_read("Chime_Bridge_Health__c")?;
    call.may_read("Chime_Dead_Letter__c")?;
    let bridges = bridges(call)?;
    let letters = letters(call)?;
    let open = call.rows(&format!("SELECT Id FROM Chime_Dead_Letter__c WHERE {UNSETTLED}"))?.len();
    let setup = setup(call, bridges.first());
    Ok(json!({"bridges": bridges, "letters": letters, "openLetters": open, "setup": setup}))
}

/// Has a dead letter sent again.
pub(super) fn retry(call: &Call<'_>, args: &Args) -> Answer {
    call.require_admin()?;
    let letter = call.row(&format!(
        "SELECT Id, Letter_Key__c, Step__c, Meeting__c FROM Chime_Dead_Letter__c \
         WHERE Id = {} AND {UNSETTLED}",
        quoted(&args.some_id("letterId")?)
    ))?;
    let key = letter.as_ref().and_then(|letter| text(letter, "Letter_Key__c"));
    match key {
        Some(key) if !key.starts_with(OUR_LETTERS) => {
            call.send_or_fail("RETRY_DEAD_LETTER", "", Some(key))?;
            Ok(Value::Null)
        }
        _ => call.refuse("Chime_Error_No_Letter"),
    }
}

fn bridges(call: &Call<'_>) -> Answer<Vec<Value>> {
    let rows = call.rows(&format!(
        "SELECT Instance_Key__c, State__c, Heartbeat_At__c, Version__c, Event_Lag_Seconds__c, \
         Outbox_Age_Seconds__c, Dead_Letters__c, Deliveries_Left__c FROM Chime_Bridge_Health__c \
         ORDER BY Heartbeat_At__c DESC NULLS LAST LIMIT {MOST_BRIDGES}"
    ))?;
    let told = rows.iter().map(|row| {
        let heard = time(row, "Heartbeat_At__c").map(|at| (call.now() - at) / 1_000);
        json!({
            "instance": row["Instance_Key__c"],
            "state": row["State__c"],
            "heartbeatAt": told_of(row, "Heartbeat_At__c"),
            "secondsSinceHeartbeat": heard,
            "silent": heard.is_none_or(|seconds| seconds >= SILENT_SECONDS),
            "version": row["Version__c"],
            "eventLagSeconds": row["Event_Lag_Seconds__c"],
            "outboxAgeSeconds": row["Outbox_Age_Seconds__c"],
            "deadLetters": whole(row, "Dead_Letters__c"),
            "deliveriesLeft": whole(row, "Deliveries_Left__c"),
        })
    });
    Ok(told.collect())
}

fn letters(call: &Call<'_>) -> Answer<Vec<Value>> {
    let rows = call.rows(&format!(
        "SELECT Id, Cause__c, Step__c, Detail__c, Occurred_At__c, State__c, Meeting__c, \
         Meeting__r.Name FROM Chime_Dead_Letter__c WHERE {UNSETTLED} \
         ORDER BY Occurred_At__c DESC NULLS LAST, Id DESC LIMIT {MOST_LETTERS}"
    ))?;
    let told = rows.iter().map(|row| {
        json!({
            "id": row["Id"],
            "cause": row["Cause__c"],
            "step": row["Step__c"],
            "detail": row["Detail__c"],
            "occurredAt": told_of(row, "Occurred_At__c"),
            "state": row["State__c"],
            "meetingId": row["Meeting__c"],
            "meetingName": row["Meeting__r"]["Name"],
        })
    });
    Ok(told.collect())
}

fn setup(call: &Call<'_>, newest: Option<&Value>) -> Vec<Value> {
    let settings = &call.apex.settings;
    // The emulated org has its integration user from the start; it holds the set if that is
    // deployed, and there are no groups to be a member of: the emulated org shares with him.
    let users = i32::from(call.apex.org.user(BRIDGE).is_some());
    let integration = (users == 0).then_some("Chime_Check_Integration_Missing");
    let group = (users == 0).then_some("Chime_Check_Group_Missing");
    let sender = match settings.sender {
        None => Some("Chime_Check_Sender_Missing"),
        // No address of this org is an organization-wide one.
        Some(_) => Some("Chime_Check_Sender_Unknown"),
    };
    let heard = newest.filter(|bridge| bridge["silent"] == json!(false));
    let heartbeat = heard.is_none().then_some("Chime_Check_Heartbeat_Missing");
    let seconds = heard.and_then(|bridge| bridge["secondsSinceHeartbeat"].as_i64());
    let users = users.to_string();
    let checks = [
        ("Room", None, settings.room_url.clone()),
        ("Integration", integration, users.clone()),
        ("Group", group, users),
        ("Sender", sender, settings.sender.clone().unwrap_or_default()),
        ("Heartbeat", heartbeat, seconds.unwrap_or_default().to_string()),
    ];
    checks
        .into_iter()
        .map(|(name, problem, found)| {
            let text = match problem {
                Some(problem) => call.text(problem),
                None => call.filled(&format!("Chime_Check_{name}_Ok"), &[&found]),
            };
            json!({
                "name": call.text(&format!("Chime_Check_{name}")),
                "ok": problem.is_none(),
                "text": text,
            })
        })
        .collect()
}
