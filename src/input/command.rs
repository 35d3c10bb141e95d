//! `Chime_Command__e` → inputs. Authority is the event's own `CreatedById`; join keys are turned
//! into their derived values here and go no further.

use chime_contract::Secret;
use chime_contract::command::{
    Action, Details as RawDetails, MAX_SEATS, RecordsChanged, SeatSpec, Seats, is_record_id,
    long_id,
};
use chime_contract::keys::JoinKey;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::clock::Millis;
use crate::inbox::delivery::{Fact, ForMeeting, Input, Target};
use crate::input::{Origin, Reading, fingerprint, letter, to_meeting};
use crate::meeting::effect::Failure;
use crate::meeting::event::{Details, Event, SeatInvite};
use crate::meeting::model::{Policy, Role};
use crate::seal::SeatSecrets;

/// A decoded command event, names without namespace.
#[derive(Debug, Clone)]
pub struct CommandEvent {
    /// `EventUuid`, or the producer's id.
    pub uuid: String,
    /// `CreatedById`.
    pub by: String,
    /// `CreatedDate`.
    pub at: Option<Millis>,
    /// The custom fields.
    pub fields: Map<String, Value>,
}

/// Reads a command into one or more facts, each with a dedupe key of its own; seats that cannot be
/// read become dead letters of their own and do not hold the others back.
pub fn read(event: &CommandEvent, reading: Reading<'_>) -> Vec<Fact> {
    let mut inputs = match parse(event, reading) {
        Ok(inputs) => inputs,
        Err(failure) => vec![dead(event, failure, None, reading.now)],
    };
    if inputs.is_empty() {
        inputs.push(Input::Nothing);
    }
    inputs
        .into_iter()
        .enumerate()
        .map(|(n, input)| Fact {
            fingerprint: Some(fingerprint::platform_event(&event.uuid, event.at, n)),
            input,
        })
        .collect()
}

fn parse(event: &CommandEvent, reading: Reading<'_>) -> Result<Vec<Input>, Failure> {
    let text = |name: &str| event.fields.get(name).and_then(Value::as_str).unwrap_or("").trim();
    let action = text("Action__c");
    let action: Action = serde_json::from_value(Value::String(action.to_string()))
        .map_err(|_| bad("CB-001", format!("unknown action {}", quoted(action))))?;
    let target = text("Target_Id__c");
    let payload = text("Payload__c");
    match action {
        Action::RecordsChanged => return records_changed(payload),
        Action::RetryDeadLetter => return Ok(vec![Input::RetryDeadLetter(target.to_string())]),
        _ => {}
    }
    let meeting = record_id("Meeting_Id__c", text("Meeting_Id__c"))?;
    let by = event.by.clone();
    let what = match action {
        Action::StartMeeting | Action::ScheduleMeeting => {
            return details(event, action, &meeting, payload, reading);
        }
        Action::InviteParticipant => {
            let raw: Seats = json(payload)?;
            let (seats, secrets, refused) = read_seats(event, &meeting, raw.seats, reading)?;
            let mut inputs = vec![with(event, &meeting, Event::Invite(seats), secrets)];
            inputs.extend(refused);
            return Ok(inputs);
        }
        Action::EndMeeting => Event::End,
        Action::CancelMeeting => Event::Cancel,
        Action::StartRecording => Event::StartRecording { by },
        Action::StopRecording => Event::StopRecording,
        Action::RemoveParticipant => Event::Remove { seat: record_id("Target_Id__c", target)? },
        Action::RefreshPlayback => Event::RefreshPlayback { recording: recording(target)?, by },
        Action::EraseRecording => Event::EraseRecording { recording: recording(target)? },
        Action::RecordsChanged | Action::RetryDeadLetter => return Ok(vec![]),
    };
    Ok(vec![with(event, &meeting, what, vec![])])
}

type SeatsRead = (Vec<SeatInvite>, Vec<(String, Secret<Vec<u8>>)>, Vec<Input>);

fn details(
    event: &CommandEvent,
    action: Action,
    meeting: &str,
    payload: &str,
    reading: Reading<'_>,
) -> Result<Vec<Input>, Failure> {
    let raw: RawDetails = json(payload)?;
    let policy =
        match raw.policy.as_deref() {
            None => None,
            Some(policy) => Some(Policy::parse(policy).ok_or_else(|| {
                bad("CB-006", format!("unknown consent policy {}", quoted(policy)))
            })?),
        };
    let (seats, secrets, refused) = read_seats(event, meeting, raw.seats, reading)?;
    let details = Details {
        subject: raw.subject.chars().take(255).collect(),
        policy,
        region: raw.region,
        auto_record: raw.auto_record,
        host: raw.host,
        scheduled_start: raw.scheduled_start,
        scheduled_end: raw.scheduled_end,
        seats,
        by: event.by.clone(),
        asked_at: event.at,
    };
    let what = if action == Action::ScheduleMeeting {
        if details.scheduled_start.is_none() {
            return Err(bad("CB-007", "SCHEDULE_MEETING without a scheduledStart".into()));
        }
        Event::Schedule(details)
    } else {
        Event::Start(details)
    };
    let mut inputs = vec![with(event, meeting, what, secrets)];
    inputs.extend(refused);
    Ok(inputs)
}

fn read_seats(
    event: &CommandEvent,
    meeting: &str,
    specs: Vec<SeatSpec>,
    reading: Reading<'_>,
) -> Result<SeatsRead, Failure> {
    if specs.len() > MAX_SEATS {
        return Err(bad(
            "CB-005",
            format!(
                "{} seats in one command; send at most {MAX_SEATS} and the rest in \
                 INVITE_PARTICIPANT",
                specs.len()
            ),
        ));
    }
    let mut read: SeatsRead = (vec![], vec![], vec![]);
    for spec in specs {
        match seat(&spec, reading.org_id) {
            Ok((invite, secrets)) => {
                match secrets.to_bytes() {
                    Ok(bytes) => {
                        read.1.push((SeatSecrets::name(&invite.id, &invite.ticket), bytes));
                    }
                    Err(error) => {
                        let failure = bad("CB-004", format!("participant {}: {error}", invite.id));
                        read.2.push(dead(event, failure, Some(meeting), reading.now));
                        continue;
                    }
                }
                read.0.push(invite);
            }
            Err(failure) => read.2.push(dead(event, failure, Some(meeting), reading.now)),
        }
    }
    Ok(read)
}

/// Reads one seat and derives what is kept of its keys.
pub fn seat(spec: &SeatSpec, org_id: &str) -> Result<(SeatInvite, SeatSecrets), Failure> {
    let id = record_id("participant", &spec.participant)?;
    let role = Role::parse(&spec.role).ok_or_else(|| {
        bad("CB-008", format!("participant {id} has the unknown role {}", quoted(&spec.role)))
    })?;
    let key = JoinKey::parse(spec.key.expose())
        .map_err(|e| bad("CB-004", format!("participant {id} has no usable join key: {e}")))?;
    let host =
        match spec.host_key.as_ref().filter(|_| role == Role::Host) {
            None => None,
            Some(text) => Some(JoinKey::parse(text.expose()).map_err(|e| {
                bad("CB-004", format!("participant {id} has no usable host key: {e}"))
            })?),
        };
    let secrets = SeatSecrets::derive(&key, host.as_ref(), org_id);
    let name = spec.name.chars().take(80).collect();
    let invite = SeatInvite { id, role, name, ticket: secrets.ticket.clone() };
    Ok((invite, secrets))
}

fn records_changed(payload: &str) -> Result<Vec<Input>, Failure> {
    let raw: RecordsChanged = json(payload)?;
    raw.records
        .into_iter()
        .map(|change| {
            let meeting = record_id("meeting", &change.meeting)?;
            let id = record_id("id", &change.id)?;
            let event = Event::RecordChanged { object: change.object, id, values: change.values };
            Ok(to_meeting(&meeting, event))
        })
        .collect()
}

fn with(
    event: &CommandEvent,
    meeting: &str,
    what: Event,
    secrets: Vec<(String, Secret<Vec<u8>>)>,
) -> Input {
    Input::Meeting(Box::new(ForMeeting {
        to: Target::Id(meeting.to_string()),
        event: what,
        secrets,
        finishes: None,
        origin: Some(origin(event).to_bytes()),
    }))
}

fn origin(event: &CommandEvent) -> Origin {
    Origin::Command {
        fields: event.fields.clone(),
        uuid: event.uuid.clone(),
        by: event.by.clone(),
        at: event.at,
    }
}

fn dead(event: &CommandEvent, failure: Failure, meeting: Option<&str>, now: Millis) -> Input {
    let detail = format!("event {} published by {}", event.uuid, event.by);
    let named = event.fields.get("Meeting_Id__c").and_then(Value::as_str).map(long_id);
    let meeting = meeting.map(str::to_string).or(named.filter(|id| is_record_id(id)));
    Input::DeadLetter(Box::new(letter::letter(
        meeting.as_deref(),
        &origin(event),
        &failure,
        detail,
        now,
    )))
}

fn json<T: DeserializeOwned>(payload: &str) -> Result<T, Failure> {
    // The message of serde_json may quote the payload, which holds keys: only the place is told.
    serde_json::from_str(payload).map_err(|e| {
        bad(
            "CB-003",
            format!("the payload cannot be read (line {}, column {})", e.line(), e.column()),
        )
    })
}

fn record_id(field: &str, text: &str) -> Result<String, Failure> {
    // The last three of 18 characters follow from the others; Salesforce refuses a query otherwise.
    if is_record_id(text) && (text.len() == 15 || long_id(&text[..15]) == text) {
        Ok(long_id(text))
    } else {
        Err(bad("CB-002", format!("{field} holds {}, which is not a record id", quoted(text))))
    }
}

fn recording(text: &str) -> Result<String, Failure> {
    let key = text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit());
    if key || is_record_id(text) {
        Ok(text.to_string())
    } else {
        Err(bad("CB-002", format!("Target_Id__c holds {}, which names no recording", quoted(text))))
    }
}

fn bad(code: &str, text: String) -> Failure {
    Failure { code: code.into(), text }
}

/// What was given, if it is a single short word as an action, a role or a record id is. Anything
/// else could be a name, an address or a key in the wrong place, and is told by its length.
fn quoted(text: &str) -> String {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let length = text.chars().count();
    if length <= 24 && text.chars().all(word) {
        format!("\"{text}\"")
    } else {
        format!("a value of {length} characters")
    }
}
