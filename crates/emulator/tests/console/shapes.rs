//! The stand-in and the Apex classes say the same: methods, parameters, fields, types, labels.

use std::collections::BTreeSet;

use chime_emulator::apex::controllers::METHODS;
use chime_emulator::apex::texts::Texts;
use chime_emulator::org::metadata::Package;
use chime_emulator::org::values::millis;
use serde_json::{Value, json};

use super::source::Source;
use super::{force_app, in_hours, world};

#[test]
fn every_method_of_the_controllers_is_there_with_its_parameters() {
    let wanted: BTreeSet<(String, String, Vec<String>)> = Source::read()
        .methods
        .into_iter()
        .filter(|m| m.class.ends_with("Controller"))
        .map(|m| (m.class, m.name, m.parameters))
        .collect();
    let there: BTreeSet<(String, String, Vec<String>)> = METHODS
        .iter()
        .map(|m| {
            let parameters = m.parameters.iter().map(ToString::to_string).collect();
            (m.class.to_string(), m.name.to_string(), parameters)
        })
        .collect();
    assert!(wanted.len() > 20, "the classes were read: {wanted:?}");
    assert_eq!(there, wanted);
}

#[test]
fn every_label_the_stand_in_says_is_one_of_the_package() {
    let texts = Texts::read(&Package::folders(&force_app()).unwrap()).unwrap();
    let mut seen = BTreeSet::new();
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/apex");
    let folders = [root.clone(), root.join("controllers")];
    for file in folders.iter().flat_map(|folder| std::fs::read_dir(folder).unwrap()) {
        let path = file.unwrap().path();
        if !path.is_file() {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for part in text.split("\"Chime_").skip(1) {
            let name = format!("Chime_{}", part.split('"').next().unwrap());
            let is_label = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
                && !name.contains("__")
                && !["Chime_Meeting_Manager", "Chime_Admin"].contains(&name.as_str());
            if is_label {
                seen.insert(name);
            }
        }
    }
    for check in ["Room", "Integration", "Group", "Sender", "Heartbeat"] {
        seen.insert(format!("Chime_Check_{check}"));
        seen.insert(format!("Chime_Check_{check}_Ok"));
    }
    assert!(seen.len() > 40, "the labels were found: {seen:?}");
    let missing: Vec<&String> = seen.iter().filter(|name| !texts.has(name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// Compares answers with types; notes which classes were seen.
struct Judge {
    source: Source,
    seen: BTreeSet<String>,
}

impl Judge {
    fn take(&mut self, method: &str, answer: &Value) {
        let (class, name) = method.split_once('.').unwrap();
        let methods = &self.source.methods;
        let method = methods.iter().find(|m| m.class == class && m.name == name).unwrap();
        let kind = method.answers.clone();
        self.fits(&kind, answer, &format!("{class}.{name}"));
    }

    fn fits(&mut self, kind: &str, value: &Value, place: &str) {
        if let Some(of) = kind.strip_prefix("List<").and_then(|k| k.strip_suffix('>')) {
            for one in value.as_array().unwrap_or_else(|| panic!("{place} is no list: {value}")) {
                self.fits(of, one, place);
            }
            return;
        }
        let kind = kind.rsplit('.').next().unwrap();
        if let Some(fields) = self.source.shapes.get(kind).cloned() {
            let object =
                value.as_object().unwrap_or_else(|| panic!("{place} is no {kind}: {value}"));
            let there: BTreeSet<&String> = object.keys().collect();
            let wanted: BTreeSet<&String> = fields.keys().collect();
            assert_eq!(there, wanted, "{place}: fields of {kind}");
            self.seen.insert(kind.into());
            for (name, kind) in &fields {
                if !object[name].is_null() {
                    self.fits(kind, &object[name], &format!("{place}.{name}"));
                }
            }
            return;
        }
        let fits = match kind {
            "void" => value.is_null(),
            "String" => value.is_string(),
            "Id" => value.as_str().is_some_and(|id| id.len() == 18),
            "Boolean" => value.is_boolean(),
            "Integer" | "Long" => value.is_i64() || value.is_u64(),
            "Decimal" => value.is_number(),
            "Datetime" => value.as_str().is_some_and(|t| t.ends_with('Z') && millis(t).is_some()),
            other => panic!("{place}: the test does not know the type {other}"),
        };
        assert!(fits, "{place} is no {kind}: {value}");
    }
}

#[tokio::test]
async fn every_answer_has_the_fields_and_types_of_its_apex_class() {
    let world = world().await;
    let mut judge = Judge { source: Source::read(), seen: BTreeSet::new() };
    let ben = world.rows("SELECT Id FROM Contact")[0]["Id"].clone();
    let meeting = world.start().await;
    let seats = world.rows("SELECT Id FROM Chime_Participant__c");
    let now = in_hours(0);
    world.insert(
        "Chime_Participant_Session__c",
        json!({"Participant__c": seats[0]["Id"], "Session_Key__c": "s1", "Joined_At__c": now}),
    );
    world.update(
        "Chime_Participant__c",
        seats[0]["Id"].as_str().unwrap(),
        json!({"Seconds_Present__c": 3, "First_Joined_At__c": now, "Last_Left_At__c": now}),
    );
    world.update(
        "Chime_Meeting__c",
        &meeting,
        json!({"Participant_Count__c": 1, "Started_At__c": now, "Status__c": "Live"}),
    );
    let recording = world.insert(
        "Chime_Recording__c",
        json!({
            "Meeting__c": meeting, "Recording_Key__c": "rec0", "Status__c": "Available",
            "Started_At__c": now, "Stopped_At__c": now, "Retain_Until__c": in_hours(99),
            "Size_Bytes__c": 9_000_000_000_i64, "Duration_Seconds__c": 60, "Gap_Seconds__c": 0,
            "Playback_Link__c": "https://a.example/1", "Playback_Expires_At__c": in_hours(1),
        }),
    );
    world.insert(
        "Chime_Bridge_Health__c",
        json!({
            "Instance_Key__c": "one", "State__c": "Ready", "Heartbeat_At__c": now,
            "Version__c": "0.1.0", "Event_Lag_Seconds__c": 0.5, "Outbox_Age_Seconds__c": 1.5,
            "Dead_Letters__c": 1, "Deliveries_Left__c": 24_000,
        }),
    );
    let letter = world.insert(
        "Chime_Dead_Letter__c",
        json!({
            "Letter_Key__c": "letter-1", "Meeting__c": meeting, "State__c": "Open",
            "Cause__c": "CB-001", "Step__c": "Seat", "Detail__c": "…", "Occurred_At__c": now,
        }),
    );
    let plan = json!({
        "recordId": world.home, "start": in_hours(1),
        "invitees": [{"kind": "Contact", "recordId": ben}],
    });
    let one = json!([{"kind": "Email", "email": "dora@example.org"}]).to_string();
    let here = json!({"meetingId": meeting});
    let calls = [
        ("host", "ChimeStartController.offer", json!({"recordId": world.home})),
        ("host", "ChimeStartController.start", json!({"recordId": null, "subject": "x"})),
        ("host", "ChimeRoomController.enter", here.clone()),
        ("host", "ChimeRoomController.state", here.clone()),
        ("host", "ChimeRoomController.startRecording", here.clone()),
        ("host", "ChimeRoomController.stopRecording", here.clone()),
        ("host", "ChimeParticipantsController.people", here.clone()),
        ("host", "ChimePlaybackController.recordings", here.clone()),
        (
            "host",
            "ChimePlaybackController.requestLink",
            json!({"recordingId": recording, "renew": false}),
        ),
        (
            "host",
            "ChimePlaybackController.link",
            json!({"recordingId": recording, "newerThan": null}),
        ),
        ("host", "ChimePlaybackController.erase", json!({"recordingId": recording})),
        ("host", "ChimeScheduleController.defaults", json!({"recordId": ben})),
        ("host", "ChimeScheduleController.find", json!({"term": "Ben"})),
        ("host", "ChimeScheduleController.schedule", json!({"planJson": plan.to_string()})),
        (
            "host",
            "ChimeScheduleController.invite",
            json!({"meetingId": meeting, "inviteesJson": one}),
        ),
        ("admin", "ChimeHealthController.report", json!({})),
        ("admin", "ChimeHealthController.retry", json!({"letterId": letter})),
        ("admin", "ChimePrivacyController.find", json!({"kind": "Contact", "value": ben})),
        ("admin", "ChimePrivacyController.exportPerson", json!({"kind": "Contact", "value": ben})),
        ("admin", "ChimePrivacyController.erasePerson", json!({"kind": "Contact", "value": ben})),
        ("host", "ChimeRoomController.removeParticipant", json!({"participantId": seats[0]["Id"]})),
        ("host", "ChimeRoomController.endMeeting", here),
    ];
    for (user, method, args) in &calls {
        let answer = world.ask(user, method, args.clone()).await;
        judge.take(method, &answer);
    }
    let id = world.rows("SELECT Id FROM Chime_Meeting__c WHERE Status__c = 'Scheduled'");
    let id = &id[0]["Id"];
    let times = json!({"meetingId": id, "startAt": in_hours(2), "endAt": in_hours(3)});
    for (method, args) in [
        ("ChimeScheduleController.reschedule", times),
        ("ChimeScheduleController.cancel", json!({"meetingId": id})),
    ] {
        judge.take(method, &world.ask("host", method, args).await);
    }
    let tried = calls.len() + 2;
    assert_eq!(tried, METHODS.len(), "every method was called");
    let all: BTreeSet<String> = judge.source.shapes.keys().cloned().collect();
    let unseen: Vec<&String> =
        all.difference(&judge.seen).filter(|class| !class.ends_with("Action")).collect();
    assert!(unseen.is_empty(), "no answer had these classes: {unseen:?}");
}
