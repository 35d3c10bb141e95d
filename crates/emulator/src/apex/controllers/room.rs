//! `ChimeRoomController`: the way into the room, and where the meeting stands.

use chime_contract::keys::JoinKey;
use serde_json::{Value, json};

use crate::apex::args::Args;
use crate::apex::call::{Answer, Call, quoted, text, told_of, whole};

/// A click is worth host power for half a day.
const HOST_SECONDS: i64 = 12 * 3_600;

/// What the user's own seat needs to enter.
pub(super) fn enter(call: &Call<'_>, args: &Args) -> Answer {
    let access = call.to(&args.some_id("meetingId")?)?;
    if access.is_final() {
        return call.refuse("Chime_Error_Over");
    }
    let Some(seat) = &access.seat else { return call.refuse("Chime_Error_No_Own_Seat") };
    let id = text(seat, "Id").unwrap_or_default();
    let keys = call.row(&format!(
        "SELECT Id, Key__c, Host_Key__c FROM Chime_Seat_Key__c WHERE Participant__c = {} \
         ORDER BY Id LIMIT 1",
        quoted(id)
    ))?;
    let is_key = |key: &&str| JoinKey::parse(key).is_ok();
    let key = keys.as_ref().and_then(|keys| text(keys, "Key__c")).filter(is_key);
    let Some(key) = key else { return call.refuse("Chime_Error_No_Key") };
    let host_key = keys.as_ref().and_then(|keys| text(keys, "Host_Key__c")).filter(is_key);
    let host = text(seat, "Role__c") == Some("Host");
    let expires = call.now() / 1_000 + HOST_SECONDS;
    let proof = host_key
        .filter(|_| host)
        .and_then(|key| JoinKey::parse(key).ok())
        .and_then(|key| Some(key.host_proof(u64::try_from(expires).ok()?)));
    let status = text(&access.meeting, "Status__c");
    Ok(json!({
        "roomUrl": call.apex.settings.room_url,
        "key": key,
        "hostExpires": proof.is_some().then_some(expires),
        "hostProof": proof,
        "role": seat["Role__c"],
        "seat": id,
        "displayName": seat["Display_Name__c"],
        "justIssued": matches!(status, Some("Requested" | "Scheduled")),
    }))
}

/// Where the meeting stands.
pub(super) fn state(call: &Call<'_>, args: &Args) -> Answer {
    let access = call.to(&args.some_id("meetingId")?)?;
    let meeting = &access.meeting;
    Ok(json!({
        "meetingId": meeting["Id"],
        "name": meeting["Name"],
        "subject": meeting["Subject__c"],
        "status": meeting["Status__c"],
        "statusReason": meeting["Status_Reason__c"],
        "recordingState": meeting["Recording_State__c"],
        "policy": meeting["Consent_Policy__c"],
        "isFinal": access.is_final(),
        "hasSeat": access.seat.is_some(),
        "mayControl": access.may_control(),
        "mayRecord": access.may_record(),
        "participantCount": whole(meeting, "Participant_Count__c"),
        "scheduledStart": told_of(meeting, "Scheduled_Start__c"),
        "scheduledEnd": told_of(meeting, "Scheduled_End__c"),
        "startedAt": told_of(meeting, "Started_At__c"),
        "endedAt": told_of(meeting, "Ended_At__c"),
        "myConsent": access.seat.as_ref().map_or(Value::Null, |seat| seat["Consent__c"].clone()),
    }))
}
