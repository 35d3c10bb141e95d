//! Reading meetings back from Salesforce: for an action on an unknown meeting, after a gap event,
//! and for reconcile. Only what the bridge needs is selected.

use chime_contract::Secret;
use chime_contract::command::SeatSpec;
use serde_json::{Map, Value};

use crate::clock::Millis;
use crate::input::command::seat;
use crate::meeting::effect::MeetingRecord;
use crate::meeting::event::SeatInvite;
use crate::meeting::model::Role;
use crate::salesforce::rest::query::{list, literal};
use crate::salesforce::rest::{Rest, RestError};
use crate::seal::SeatSecrets;

const MEETING: &str = "Id, IsDeleted, Status__c, Subject__c, Consent_Policy__c, Media_Region__c, \
                       Auto_Record__c, Host__c, Scheduled_Start__c, Scheduled_End__c, \
                       Bridge_Revision__c";

/// A meeting with the secrets of its seats.
pub type Read = (MeetingRecord, Vec<(String, Secret<Vec<u8>>)>);

/// Reads a meeting, its participants and their keys. `None`: there is no such record.
pub async fn meeting(rest: &Rest, id: &str, org_id: &str) -> Result<Option<Read>, RestError> {
    let soql = format!("SELECT {MEETING} FROM Chime_Meeting__c WHERE Id = {}", literal(id));
    let Some(row) = rest.query_all(&soql).await?.into_iter().next() else { return Ok(None) };
    let mut record = of_row(&row);
    if record.deleted {
        return Ok(Some((record, vec![])));
    }
    let soql = format!(
        "SELECT Id, Role__c, Display_Name__c FROM Chime_Participant__c WHERE Meeting__c = {} \
         ORDER BY Id",
        literal(id)
    );
    let people = rest.query(&soql).await?;
    let keys = seat_keys(rest, &people).await?;
    let mut secrets = Vec::new();
    for person in &people {
        let (invite, secret) = read_seat(person, &keys, org_id);
        record.seats.extend(invite);
        secrets.extend(secret);
    }
    Ok(Some((record, secrets)))
}

/// The rows of `Chime_Seat_Key__c`, oldest first: of two that a seat got at once, Apex too takes the first.
async fn seat_keys(
    rest: &Rest,
    people: &[Map<String, Value>],
) -> Result<Vec<Map<String, Value>>, RestError> {
    let mut keys = Vec::new();
    let ids: Vec<&str> = people.iter().filter_map(|p| p.get("Id")?.as_str()).collect();
    for chunk in ids.chunks(200) {
        let soql = format!(
            "SELECT Participant__c, Key__c, Host_Key__c FROM Chime_Seat_Key__c \
             WHERE Participant__c IN {} ORDER BY Id",
            list(chunk.iter().copied())
        );
        keys.extend(rest.query(&soql).await?);
    }
    Ok(keys)
}

type SeatRead = (Option<SeatInvite>, Option<(String, Secret<Vec<u8>>)>);

fn read_seat(person: &Map<String, Value>, keys: &[Map<String, Value>], org_id: &str) -> SeatRead {
    let text = |row: &Map<String, Value>, name: &str| {
        row.get(name).and_then(Value::as_str).map(str::to_string)
    };
    let Some(id) = text(person, "Id") else { return (None, None) };
    let key = keys.iter().find(|k| text(k, "Participant__c").as_deref() == Some(&id));
    let role = text(person, "Role__c").unwrap_or_else(|| "Guest".into());
    let name = text(person, "Display_Name__c").unwrap_or_default();
    let spec = key.and_then(|k| {
        Some(SeatSpec {
            participant: id.clone(),
            role: role.clone(),
            name: name.clone(),
            key: Secret::new(text(k, "Key__c")?),
            host_key: text(k, "Host_Key__c").map(Secret::new),
        })
    });
    match spec.map(|spec| seat(&spec, org_id)) {
        Some(Ok((invite, secrets))) => {
            let name = SeatSecrets::name(&invite.id, &invite.ticket);
            let secret = secrets.to_bytes().ok().map(|bytes| (name, bytes));
            (Some(invite), secret)
        }
        // Without a usable key the seat exists, but has no ticket.
        _ => {
            let role = Role::parse(&role).unwrap_or(Role::Guest);
            (Some(SeatInvite { id, role, name, ticket: String::new() }), None)
        }
    }
}

fn of_row(row: &Map<String, Value>) -> MeetingRecord {
    let text = |name: &str| row.get(name).and_then(Value::as_str).map(str::to_string);
    let flag = |name: &str| row.get(name).and_then(Value::as_bool).unwrap_or(false);
    MeetingRecord {
        deleted: flag("IsDeleted"),
        status: text("Status__c").unwrap_or_default(),
        subject: text("Subject__c").unwrap_or_default(),
        policy: text("Consent_Policy__c"),
        region: text("Media_Region__c"),
        auto_record: flag("Auto_Record__c"),
        host: text("Host__c"),
        scheduled_start: text("Scheduled_Start__c").as_deref().and_then(millis),
        scheduled_end: text("Scheduled_End__c").as_deref().and_then(millis),
        revision: row.get("Bridge_Revision__c").and_then(Value::as_f64).unwrap_or(0.0) as i64,
        seats: vec![],
    }
}

/// Salesforce writes `2026-11-23T10:00:00.000+0000`; RFC 3339 is taken too.
fn millis(text: &str) -> Option<Millis> {
    let text = match text.rsplit_once('+') {
        Some((head, zone)) if zone.len() == 4 => format!("{head}+{}:{}", &zone[..2], &zone[2..]),
        _ => text.to_string(),
    };
    let format = &time::format_description::well_known::Rfc3339;
    let at = time::OffsetDateTime::parse(&text, format).ok()?;
    i64::try_from(at.unix_timestamp_nanos() / 1_000_000).ok()
}

/// Ids and states of meetings in Salesforce that should be known to the bridge, changed since.
pub async fn requested(rest: &Rest) -> Result<Vec<String>, RestError> {
    let soql = "SELECT Id FROM Chime_Meeting__c WHERE Status__c IN ('Requested','Scheduled') \
                ORDER BY Id";
    let rows = rest.query(soql).await?;
    Ok(rows.iter().filter_map(|row| row.get("Id")?.as_str().map(str::to_string)).collect())
}

/// Which of these meetings still exist (deleted ones in the bin do not count), with their status
/// and revision.
pub async fn states(
    rest: &Rest,
    meetings: &[String],
) -> Result<Vec<(String, MeetingRecord)>, RestError> {
    let mut found = Vec::new();
    for chunk in meetings.chunks(200) {
        let soql = format!(
            "SELECT {MEETING} FROM Chime_Meeting__c WHERE Id IN {}",
            list(chunk.iter().map(String::as_str))
        );
        for row in rest.query_all(&soql).await? {
            if let Some(id) = row.get("Id").and_then(Value::as_str) {
                found.push((id.to_string(), of_row(&row)));
            }
        }
    }
    Ok(found)
}

/// True if the org shows the bridge any meeting, if only in the bin.
pub async fn any_meeting(rest: &Rest) -> Result<bool, RestError> {
    let rows = rest.query_all("SELECT Id FROM Chime_Meeting__c LIMIT 1").await?;
    Ok(!rows.is_empty())
}

/// A recording's record as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordingRow {
    /// Record id.
    pub id: String,
    /// `Recording_Key__c`. Two rows can have the same one: one of them is deleted then.
    pub key: String,
    /// In the bin.
    pub deleted: bool,
}

/// The records of these recordings, by their keys, deleted ones too.
pub async fn recordings(rest: &Rest, keys: &[&str]) -> Result<Vec<RecordingRow>, RestError> {
    let mut found = Vec::new();
    for chunk in keys.chunks(200) {
        let soql = format!(
            "SELECT Id, IsDeleted, Recording_Key__c FROM Chime_Recording__c \
             WHERE Recording_Key__c IN {}",
            list(chunk.iter().copied())
        );
        for row in rest.query_all(&soql).await? {
            let text = |name: &str| row.get(name).and_then(Value::as_str).map(str::to_string);
            let (Some(id), Some(key)) = (text("Id"), text("Recording_Key__c")) else { continue };
            let deleted = row.get("IsDeleted").and_then(Value::as_bool).unwrap_or(false);
            found.push(RecordingRow { id, key, deleted });
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::millis;

    #[test]
    fn dates_are_read_as_salesforce_and_as_rfc_3339_write_them() {
        assert_eq!(millis("2026-11-23T10:00:00.000+0000"), Some(1_795_428_000_000));
        assert_eq!(millis("2026-11-23T10:00:00.000Z"), Some(1_795_428_000_000));
        assert_eq!(millis("2026-11-23T11:00:00+01:00"), Some(1_795_428_000_000));
        assert_eq!(millis("tomorrow"), None);
    }
}
