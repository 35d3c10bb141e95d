//! `ChimeStartController`, and what the schedule form begins with (`ChimeScheduleController`).

use serde_json::{Value, json};

use crate::apex::args::Args;
use crate::apex::call::{Answer, Call, quoted, told_of};
use crate::apex::invitees::Invitee;
use crate::apex::meetings::Plan;
use crate::apex::related::About;
use crate::apex::settings::POLICIES;

/// Running meetings that are offered at most.
const MOST_RUNNING: usize = 20;

/// What can be done from a record.
pub(super) fn offer(call: &Call<'_>, args: &Args) -> Answer {
    let record = args.id("recordId")?;
    let about = about(call, record.as_deref())?;
    let reason = refusal(call, record.as_deref(), about.as_ref());
    let reads = call.actor.access("Chime_Meeting__c").read;
    let running = match &record {
        Some(record) if about.is_some() && reads => running(call, record)?,
        _ => Vec::new(),
    };
    Ok(json!({
        "allowed": reason.is_none(),
        "reason": reason,
        "subject": call.subject_about(about.as_ref()),
        "running": running,
    }))
}

/// Starts a meeting now.
pub(super) fn start(call: &Call<'_>, args: &Args) -> Answer {
    let made = call.make(Plan {
        record: args.id("recordId")?,
        subject: args.text("subject")?.unwrap_or_default(),
        seat_person: true,
        ..Plan::default()
    })?;
    Ok(json!({"meetingId": made.id, "name": made.name}))
}

/// What the form begins with on a record.
pub(super) fn defaults(call: &Call<'_>, args: &Args) -> Answer {
    let record = args.id("recordId")?;
    let about = about(call, record.as_deref())?;
    let reason = if !call.actor.access("Chime_Meeting__c").create {
        Some(call.text("Chime_Schedule_Not_Allowed"))
    } else if record.is_some() && about.is_none() {
        Some(call.text("Chime_Error_No_Record"))
    } else {
        None
    };
    let settings = &call.apex.settings;
    Ok(json!({
        "subject": call.subject_about(about.as_ref()),
        "policy": settings.policy,
        "policies": POLICIES,
        "autoRecord": settings.auto_record,
        "allowed": reason.is_none(),
        "reason": reason,
        "suggested": about.as_ref().and_then(suggested).iter().map(Invitee::told).collect::<Vec<_>>(),
    }))
}

fn about(call: &Call<'_>, record: Option<&str>) -> Answer<Option<About>> {
    record.map_or(Ok(None), |record| call.about(record))
}

fn refusal(call: &Call<'_>, record: Option<&str>, about: Option<&About>) -> Option<String> {
    if !call.actor.access("Chime_Meeting__c").create {
        return Some(call.text("Chime_Error_Not_Licensed"));
    }
    (record.is_some() && about.is_none()).then(|| call.text("Chime_Error_No_Record"))
}

fn running(call: &Call<'_>, record: &str) -> Answer<Vec<Value>> {
    let rows = call.rows(&format!(
        "SELECT Id, Name, Subject__c, Status__c, Started_At__c FROM Chime_Meeting__c \
         WHERE Related_Record_Id__c = {} AND Status__c NOT IN ('Ended','Cancelled','Failed') \
         ORDER BY CreatedDate DESC, Id DESC",
        quoted(record)
    ))?;
    let mut seen = Vec::new();
    for row in rows {
        let id = row["Id"].as_str().unwrap_or_default();
        if call.access(id)?.is_some() && seen.len() < MOST_RUNNING {
            seen.push(json!({
                "meetingId": row["Id"],
                "name": row["Name"],
                "subject": row["Subject__c"],
                "status": row["Status__c"],
                "startedAt": told_of(&row, "Started_At__c"),
            }));
        }
    }
    Ok(seen)
}

fn suggested(about: &About) -> Option<Invitee> {
    let (lookup, id) = about.person.clone()?;
    about.person_email.as_ref()?;
    Some(Invitee {
        kind: if lookup == "Lead__c" { "Lead" } else { "Contact" }.into(),
        record: Some(id),
        name: about.person_name.clone(),
        email: about.person_email.clone(),
    })
}
