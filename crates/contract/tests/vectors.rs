//! Checks our Rust against `vectors/*.json`, whose values another implementation computed. Each
//! row is used both ways where there are two: what we write equals the row, what the row holds is
//! read. A row that names what must be refused is refused for the reason it names.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests")]

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chime_contract::command::{self, Action, Details, RecordsChanged, SeatSpec, Seats};
use chime_contract::keys::{JoinKey, SeatKeys, derive};
use chime_contract::notice::{NotANotice, Notice};
use chime_contract::page::{NotAMessage, PageMessage};
use chime_contract::recording::{self, LaunchFile, Manifest, ObjectKind, PieceNote};
use chime_contract::recording::{RecorderEnvironment, Verdict};
use chime_contract::signal::{Arrived, Chat, Consent, HostAct, NotASignal, Signal, SignalKind};
use chime_contract::ticket::{self, SealedTicket, Ticket, TicketError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

const COMMANDS: &str = include_str!("../vectors/commands.json");
const KEYS: &str = include_str!("../vectors/keys.json");
const LAUNCH: &str = include_str!("../vectors/launch.json");
const NOTICES: &str = include_str!("../vectors/notices.json");
const OBJECTS: &str = include_str!("../vectors/objects.json");
const PAGE: &str = include_str!("../vectors/page.json");
const PIECES: &str = include_str!("../vectors/pieces.json");
const SIGNALS: &str = include_str!("../vectors/signals.json");
const TICKETS: &str = include_str!("../vectors/tickets.json");

/// The rows of one list of a file; an empty list would prove nothing.
fn rows(file: &str, list: &str) -> Vec<Value> {
    let file: Value = serde_json::from_str(file).unwrap();
    let rows = file[list].as_array().unwrap_or_else(|| panic!("no list `{list}`")).clone();
    assert!(!rows.is_empty(), "the list `{list}` is empty");
    rows
}

fn text<'a>(row: &'a Value, field: &str) -> &'a str {
    row[field].as_str().unwrap_or_else(|| panic!("no text `{field}` in {row}"))
}

fn number(row: &Value, field: &str) -> u32 {
    row[field].as_u64().and_then(|n| n.try_into().ok()).unwrap()
}

fn seat(row: &Value) -> SeatKeys {
    JoinKey::parse(text(row, "key")).unwrap().seat(text(row, "org"))
}

/// Reads a JSON text as `T` and writes it again.
fn again<T: DeserializeOwned + Serialize>(data: &str) -> Value {
    serde_json::to_value(serde_json::from_str::<T>(data).unwrap()).unwrap()
}

fn action(row: &Value) -> Result<Action, serde_json::Error> {
    serde_json::from_value(row["action"].clone())
}

/// Reads a payload as its action says; what was read as plain JSON, keys shown by ticket name.
fn payload(action: Action, payload: Option<&str>) -> Result<Value, serde_json::Error> {
    let seats = |seats: &[SeatSpec]| -> Value {
        let ticket = |s: &SeatSpec| JoinKey::parse(s.key.expose()).unwrap().seat("any").ticket;
        let host = |s: &SeatSpec| {
            s.host_key.as_ref().map(|k| JoinKey::parse(k.expose()).unwrap()).is_some()
        };
        let seat = |s: &SeatSpec| json!({"participant": s.participant, "role": s.role, "name": s.name, "ticket": ticket(s), "host": host(s)});
        seats.iter().map(seat).collect()
    };
    let text = payload.unwrap_or_default();
    Ok(match action {
        Action::StartMeeting | Action::ScheduleMeeting => {
            let d: Details = serde_json::from_str(text)?;
            json!({"details": {
                "subject": d.subject, "policy": d.policy, "region": d.region,
                "autoRecord": d.auto_record, "host": d.host, "scheduledStart": d.scheduled_start,
                "scheduledEnd": d.scheduled_end, "seats": seats(&d.seats),
            }})
        }
        Action::InviteParticipant => {
            json!({"seats": seats(&serde_json::from_str::<Seats>(text)?.seats)})
        }
        Action::RecordsChanged => {
            json!({"changes": serde_json::from_str::<RecordsChanged>(text)?})
        }
        Action::EndMeeting
        | Action::CancelMeeting
        | Action::StartRecording
        | Action::StopRecording
        | Action::RemoveParticipant
        | Action::RefreshPlayback
        | Action::EraseRecording
        | Action::RetryDeadLetter => {
            assert!(payload.is_none(), "{action:?} has no payload");
            json!({})
        }
    })
}

#[test]
fn a_command_of_every_action_is_read_as_apex_meant_it() {
    let mut seen = std::collections::HashSet::new();
    for row in rows(COMMANDS, "accepted") {
        let action = action(&row).unwrap();
        seen.insert(action);
        assert_eq!(serde_json::to_value(action).unwrap(), row["action"]);
        assert_eq!(payload(action, row["payload"].as_str()).unwrap(), row["reads"], "{row}");
        for id in ["meeting", "target"] {
            if let Some(id) = row[id].as_str().filter(|id| id.len() == 18) {
                assert!(command::is_record_id(id));
                assert_eq!(command::long_id(&id[..15]), id);
            }
        }
    }
    assert_eq!(seen.len(), 12, "each action has a row");
}

#[test]
fn a_command_that_makes_no_sense_is_refused() {
    for row in rows(COMMANDS, "refused") {
        let read = action(&row).and_then(|a| payload(a, row["payload"].as_str()));
        assert!(read.is_err(), "{row} was read as {read:?}");
    }
}

#[test]
fn a_short_record_id_grows_the_suffix_salesforce_gives_it() {
    for row in rows(COMMANDS, "longIds") {
        assert_eq!(command::long_id(text(&row, "short")), text(&row, "long"));
        assert_eq!(command::long_id(text(&row, "long")), text(&row, "long"));
    }
    for id in rows(COMMANDS, "notIds") {
        assert!(!command::is_record_id(id.as_str().unwrap()), "{id}");
    }
}

#[test]
fn a_join_key_yields_ticket_name_seal_key_and_signal_key() {
    for row in rows(KEYS, "seats") {
        let keys = seat(&row);
        assert_eq!(keys.ticket, text(&row, "ticket"));
        assert_eq!(hex::encode(keys.seal.expose()), text(&row, "seal"));
        assert_eq!(hex::encode(keys.signal.expose()), text(&row, "signal"));
        let key = JoinKey::parse(text(&row, "key")).unwrap();
        assert_eq!(key.to_text().expose(), text(&row, "key"));
    }
    for row in rows(KEYS, "recorders") {
        let info = format!("recorder-v1|{}|{}", text(&row, "recording"), row["attempt"]);
        let store_key = hex::decode(text(&row, "storeKey")).unwrap();
        let key = JoinKey::from_bytes(derive(&store_key, text(&row, "org"), &info));
        assert_eq!(key.to_text().expose(), text(&row, "key"));
        assert_eq!(key.seat("any").ticket, text(&row, "ticket"));
    }
}

#[test]
fn a_text_that_is_no_key_is_refused() {
    for row in rows(KEYS, "refused") {
        let refused = JoinKey::parse(text(&row, "text")).expect_err(text(&row, "what"));
        assert_eq!(refused.length, number(&row, "length") as usize, "{row}");
    }
}

#[test]
fn a_host_proof_holds_for_its_expiry_and_its_key_only() {
    for row in rows(KEYS, "hostProofs") {
        let key = JoinKey::parse(text(&row, "hostKey")).unwrap();
        let (exp, proof) = (row["exp"].as_u64().unwrap(), text(&row, "proof"));
        assert_eq!(key.host_proof(exp), proof);
        assert!(key.check_host_proof(exp, proof));
        assert!(!key.check_host_proof(exp + 1, proof));
        assert!(!key.check_host_proof(exp, &proof[..42]));
        assert!(!JoinKey::from_bytes([7; 32]).check_host_proof(exp, proof));
    }
}

#[test]
fn a_sealed_ticket_equals_the_vector_and_opens_again() {
    for row in rows(TICKETS, "sealed") {
        let keys = seat(&row);
        let file: SealedTicket = serde_json::from_value(row["file"].clone()).unwrap();
        assert_eq!(ticket::object_key(&keys.ticket), text(&row, "object"));

        let content: Ticket = serde_json::from_str(text(&row, "plain")).unwrap();
        let nonce = URL_SAFE_NO_PAD.decode(&file.nonce).unwrap().try_into().unwrap();
        let sealed = ticket::seal(&content, &keys, nonce).unwrap();
        assert_eq!(serde_json::to_value(sealed).unwrap(), row["file"], "{}", row["what"]);

        let opened = ticket::open(&file, &keys).unwrap();
        assert_eq!(serde_json::to_string(&opened).unwrap(), text(&row, "plain"));
    }
}

#[test]
fn a_ticket_with_any_byte_changed_does_not_open() {
    let row = &rows(TICKETS, "sealed")[1];
    let keys = seat(row);
    let file: SealedTicket = serde_json::from_value(row["file"].clone()).unwrap();
    let flipped = |text: &str, at: usize| {
        let mut bytes = URL_SAFE_NO_PAD.decode(text).unwrap();
        bytes[at] ^= 1 << (at % 8);
        URL_SAFE_NO_PAD.encode(bytes)
    };
    for at in 0..URL_SAFE_NO_PAD.decode(&file.sealed).unwrap().len() {
        let bad = SealedTicket { sealed: flipped(&file.sealed, at), ..file.clone() };
        assert!(matches!(ticket::open(&bad, &keys), Err(TicketError::Sealed)), "byte {at}");
    }
    for at in 0..12 {
        let bad = SealedTicket { nonce: flipped(&file.nonce, at), ..file.clone() };
        assert!(matches!(ticket::open(&bad, &keys), Err(TicketError::Sealed)), "nonce {at}");
    }
}

#[test]
fn a_ticket_that_is_not_this_seats_does_not_open() {
    for row in rows(TICKETS, "refused") {
        let file: SealedTicket = serde_json::from_value(row["file"].clone()).unwrap();
        let because = match ticket::open(&file, &seat(&row)) {
            Err(TicketError::Version(2)) => "version",
            Err(TicketError::Sealed) => "sealed",
            Err(TicketError::Content(_)) => "content",
            other => panic!("{row} gave {other:?}"),
        };
        assert_eq!(because, text(&row, "because"), "{row}");
    }
}

#[test]
fn a_signal_of_every_kind_is_signed_and_read_alike() {
    let mut seen = std::collections::HashSet::new();
    for row in rows(SIGNALS, "signed") {
        let keys = seat(&row);
        let signal = Signal::parse(text(&row, "body")).unwrap();
        assert_eq!(signal.kind.word(), text(&row, "kind"));
        assert!(signal.signed_by(&keys.signal), "{row}");
        let Signal { ticket, load, counter, kind, data, .. } = &signal;
        assert_eq!(ticket, &keys.ticket);
        let ours = Signal::sign(&keys.signal, ticket, load, *counter, *kind, data);
        assert_eq!(serde_json::to_string(&ours).unwrap(), text(&row, "body"));

        let plain = || serde_json::from_str::<Value>(data).unwrap();
        match kind {
            SignalKind::Arrived => assert_eq!(again::<Arrived>(data), plain()),
            SignalKind::Left => assert_eq!(data, ""),
            SignalKind::Consent => assert_eq!(again::<Consent>(data), plain()),
            SignalKind::Chat => assert_eq!(again::<Chat>(data), plain()),
            SignalKind::Record
            | SignalKind::StopRecording
            | SignalKind::Remove
            | SignalKind::End => {
                assert_eq!(again::<HostAct>(data), plain());
                let act: HostAct = serde_json::from_str(data).unwrap();
                let host = JoinKey::parse(text(&row, "hostKey")).unwrap();
                assert!(host.check_host_proof(act.exp, &act.proof));
                assert_eq!(act.target.is_some(), *kind == SignalKind::Remove);
            }
        }
        seen.insert(kind.word());
    }
    assert_eq!(seen.len(), 8, "each kind has a row");
}

#[test]
fn a_forged_signal_is_read_but_not_believed() {
    for row in rows(SIGNALS, "forged") {
        let signal = Signal::parse(text(&row, "body")).unwrap();
        assert!(!signal.signed_by(&seat(&row).signal), "{row}");
    }
}

#[test]
fn a_body_that_is_no_signal_is_refused() {
    for row in rows(SIGNALS, "refused") {
        let because = match Signal::parse(text(&row, "body")).expect_err(text(&row, "what")) {
            NotASignal::TooLarge(_) => "size",
            NotASignal::Shape(_) => "shape",
            NotASignal::Field(field) => field,
        };
        assert_eq!(because, text(&row, "because"), "{row}");
    }
}

#[test]
fn a_launch_file_carries_the_key_that_opens_the_recorders_ticket() {
    for row in rows(LAUNCH, "files") {
        let file: LaunchFile = serde_json::from_str(text(&row, "text")).unwrap();
        assert_eq!(serde_json::to_string(&file).unwrap(), text(&row, "text"));
        let keys = JoinKey::parse(file.join_key.expose()).unwrap().seat(&file.org_id);
        assert_eq!(keys.ticket, text(&row, "ticket"));
        assert!(!format!("{file:?}").contains(file.join_key.expose()), "the key was printed");
    }
    for row in rows(LAUNCH, "olderFiles") {
        let file: LaunchFile = serde_json::from_str(text(&row, "text")).unwrap();
        assert_eq!(file.max_seconds, number(&row, "maxSeconds"), "{row}");
    }
    for row in rows(LAUNCH, "refusedFiles") {
        assert!(serde_json::from_str::<LaunchFile>(text(&row, "text")).is_err(), "{row}");
    }
}

#[test]
fn a_recorders_environment_is_read_as_it_was_written() {
    let read = |variables: &Value| {
        RecorderEnvironment::from_variables(|name| variables[name].as_str().map(String::from))
    };
    for row in rows(LAUNCH, "environments") {
        let env = read(&row["variables"]).unwrap();
        let shown = json!({"recording": env.recording, "attempt": env.attempt,
            "workBucket": env.work_bucket, "recordingsBucket": env.recordings_bucket});
        assert_eq!(shown, row["reads"]);
        let written = env.variables().into_iter().map(|(k, v)| (k.to_string(), Value::from(v)));
        assert_eq!(Value::Object(written.collect()), row["variables"]);
    }
    for variables in rows(LAUNCH, "refusedEnvironments") {
        assert_eq!(read(&variables), None, "{variables}");
    }
}

#[test]
fn a_recorders_seat_and_task_token_are_derived() {
    for row in rows(LAUNCH, "tasks") {
        let (recording, attempt) = (text(&row, "recording"), number(&row, "attempt"));
        let token = recording::start_token(text(&row, "org"), recording, attempt);
        assert_eq!(token, text(&row, "startToken"));
        let seat = recording::seat(recording, attempt);
        assert_eq!(seat, text(&row, "seat"));
        assert_eq!(recording::parse_seat(&seat), Some((recording, attempt)));
    }
    for seat in rows(LAUNCH, "notRecorderSeats") {
        assert_eq!(recording::parse_seat(seat.as_str().unwrap()), None, "{seat}");
    }
}

#[test]
fn a_notice_is_read_for_where_to_look() {
    for row in rows(NOTICES, "read") {
        let read = match Notice::parse(text(&row, "body")).unwrap() {
            Notice::Chime(n) => json!({"kind": "chime", "eventType": n.event_type,
                "timestamp": n.timestamp, "meetingId": n.meeting_id, "attendeeId": n.attendee_id,
                "externalMeetingId": n.external_meeting_id, "externalUserId": n.external_user_id}),
            Notice::Task(n) => json!({"kind": "task", "taskArn": n.task_arn, "version": n.version,
                "lastStatus": n.last_status, "startedBy": n.started_by}),
            Notice::Object(n) => json!({"kind": "object", "bucket": n.bucket, "key": n.key,
                "sequencer": n.sequencer}),
            Notice::Other => json!({"kind": "other"}),
        };
        assert_eq!(read, row["reads"], "{}", row["what"]);
    }
    for row in rows(NOTICES, "refused") {
        let because = match Notice::parse(text(&row, "body")).expect_err(text(&row, "what")) {
            NotANotice::Envelope(_) => "envelope",
            NotANotice::Detail { .. } => "detail",
        };
        assert_eq!(because, text(&row, "because"), "{row}");
    }
}

#[test]
fn object_keys_are_made_and_read_alike() {
    for row in rows(OBJECTS, "keys") {
        let (meeting, key) = (text(&row, "meeting"), text(&row, "recording"));
        let (attempt, piece) = (number(&row, "attempt"), number(&row, "piece"));
        assert_eq!(recording::launch_key(key, attempt), text(&row, "launch"));
        assert_eq!(recording::journal_prefix(key), text(&row, "journal"));
        let (fragment, part) = (number(&row, "fragmentNumber"), number(&row, "part"));
        assert_eq!(recording::fragment_key(key, attempt, piece, fragment), text(&row, "fragment"));
        assert_eq!(recording::state_key(key, attempt, piece), text(&row, "state"));
        assert_eq!(recording::index_key(key, attempt, piece, part), text(&row, "index"));
        let screenshot = recording::screenshot_key(meeting, key, attempt, piece);
        assert_eq!(screenshot, text(&row, "screenshot"));
        assert_eq!(recording::pieces_prefix(meeting, key), text(&row, "pieces"));
        assert_eq!(recording::piece_key(meeting, key, attempt, piece), text(&row, "media"));
        assert_eq!(recording::note_key(meeting, key, attempt, piece), text(&row, "note"));
        assert_eq!(recording::manifest_key(meeting, key), text(&row, "manifest"));
    }
    for row in rows(OBJECTS, "kinds") {
        let read = match recording::object_kind(text(&row, "key")) {
            ObjectKind::Fragment { recording, attempt } => {
                json!({"kind": "fragment", "recording": recording, "attempt": attempt})
            }
            ObjectKind::PieceNote { meeting, recording, attempt, piece } => json!({
                "kind": "pieceNote", "meeting": meeting, "recording": recording,
                "attempt": attempt, "piece": piece}),
            ObjectKind::Other => json!({"kind": "other"}),
        };
        assert_eq!(read, row["reads"], "{}", row["key"]);
    }
}

#[test]
fn pieces_add_up_to_a_manifest_with_the_true_gap() {
    for row in rows(PIECES, "notes") {
        assert_eq!(again::<PieceNote>(text(&row, "text")), row["reads"]);
    }
    for row in rows(PIECES, "refusedNotes") {
        assert!(serde_json::from_str::<PieceNote>(text(&row, "text")).is_err(), "{row}");
    }
    for row in rows(PIECES, "manifests") {
        let expected: Manifest = serde_json::from_value(row["manifest"].clone()).unwrap();
        let given = serde_json::from_value(row["given"].clone()).unwrap();
        let manifest = Manifest::of(&expected.meeting, &expected.recording, given);
        assert_eq!(serde_json::to_value(&manifest).unwrap(), row["manifest"], "{}", row["what"]);
        assert_eq!(Some(Verdict::good(&manifest.verdict)), row["good"].as_bool());
    }
}

#[test]
fn a_message_of_the_page_is_read_in_every_state() {
    let mut seen = std::collections::HashSet::new();
    for row in rows(PAGE, "read") {
        let message =
            PageMessage::parse(text(&row, "text")).unwrap_or_else(|e| panic!("{row}: {e}"));
        assert_eq!(serde_json::to_value(&message).unwrap(), row["reads"], "{}", row["what"]);
        seen.insert(text(&row["reads"], "state").to_string());
    }
    assert_eq!(seen.len(), 7, "each state has a row");
}

#[test]
fn a_text_that_is_no_message_of_the_page_is_refused() {
    for row in rows(PAGE, "refused") {
        let because = match PageMessage::parse(text(&row, "text")).expect_err(text(&row, "what")) {
            NotAMessage::TooLong(_) => "size",
            NotAMessage::Version(_) => "version",
            NotAMessage::Shape(_) => "shape",
        };
        assert_eq!(because, text(&row, "because"), "{row}");
    }
}
