//! `ChimeParticipantsController`: who was invited, who is there, who came again.

use serde_json::{Value, json};

use crate::apex::args::Args;
use crate::apex::call::{Answer, Call, among, quoted, text, time, told_of, whole};

/// Who returns within a minute has reconnected; who returns later has come again.
const RECONNECT_SECONDS: i64 = 60;

/// The people of a meeting.
pub(super) fn people(call: &Call<'_>, args: &Args) -> Answer {
    let meeting = args.some_id("meetingId")?;
    let access = call.to(&meeting)?;
    call.may_read("Chime_Participant__c")?;
    let seats = call.rows(&format!(
        "SELECT Id, Display_Name__c, User__c, Role__c, Status__c, Consent__c, Consent_At__c, \
         First_Joined_At__c, Last_Left_At__c, Seconds_Present__c FROM Chime_Participant__c \
         WHERE Meeting__c = {} ORDER BY Role__c, Display_Name__c, Id",
        quoted(&meeting)
    ))?;
    let connections = call.rows(&format!(
        "SELECT Participant__c, Joined_At__c, Left_At__c FROM Chime_Participant_Session__c \
         WHERE Participant__c IN {} ORDER BY Joined_At__c, Session_Key__c",
        among(seats.iter().filter_map(|seat| text(seat, "Id")))
    ))?;
    let people: Vec<Value> = seats
        .iter()
        .map(|seat| {
            let own: Vec<&Value> =
                connections.iter().filter(|c| c["Participant__c"] == seat["Id"]).collect();
            json!({
                "id": seat["Id"],
                "name": seat["Display_Name__c"],
                "role": seat["Role__c"],
                "status": seat["Status__c"],
                "consent": seat["Consent__c"],
                "consentAt": told_of(seat, "Consent_At__c"),
                "firstJoinedAt": told_of(seat, "First_Joined_At__c"),
                "lastLeftAt": told_of(seat, "Last_Left_At__c"),
                "secondsPresent": whole(seat, "Seconds_Present__c"),
                "connections": own.len(),
                "reconnects": reconnects(&own),
                "isMe": text(seat, "User__c") == Some(call.me()),
            })
        })
        .collect();
    Ok(json!({
        "isFinal": access.is_final(),
        "mayControl": access.may_control(),
        "people": people,
    }))
}

/// Gaps of at most a minute between connections, which come in the order they began and may
/// overlap.
fn reconnects(connections: &[&Value]) -> usize {
    let mut present_until: Option<i64> = None;
    let mut count = 0;
    for connection in connections {
        let joined = time(connection, "Joined_At__c");
        let left = time(connection, "Left_At__c");
        if let (Some(until), Some(joined)) = (present_until, joined)
            && joined >= until
        {
            count += usize::from((joined - until) / 1_000 <= RECONNECT_SECONDS);
        }
        if present_until.is_none() || left > present_until {
            present_until = left;
        }
    }
    count
}
