//! Starting, entering, controlling and ending meetings.

use chime_contract::command::{Action, Details};
use chime_contract::keys::JoinKey;
use serde_json::{Value, json};

use super::world;

#[tokio::test]
async fn start_makes_a_meeting_about_the_record_and_tells_the_bridge_once() {
    let world = world().await;
    let offer =
        world.ask("host", "ChimeStartController.offer", json!({"recordId": world.home})).await;
    assert_eq!(offer["allowed"], true);
    assert_eq!(offer["subject"], "Meeting about Acme");
    assert_eq!(offer["running"], json!([]));

    let id = world.start().await;
    let row = world.emulator.org.get("Chime_Meeting__c", &id).unwrap();
    assert_eq!(row["Subject__c"], "Meeting about Acme");
    assert_eq!(row["Status__c"], "Requested");
    assert_eq!(row["Account__c"], json!(world.home));
    assert_eq!(row["Host__c"], json!(world.user("host")));
    assert_eq!(row["OwnerId"], json!(world.user("host")));

    let commands = world.commands();
    let [(action, fields)] = commands.as_slice() else { panic!("{commands:?}") };
    assert_eq!(action, "START_MEETING");
    assert_eq!(fields["Meeting_Id__c"], json!(id));
    assert_eq!(fields["Requested_By__c"], json!(world.user("host")));
    let payload: Value = serde_json::from_str(fields["Payload__c"].as_str().unwrap()).unwrap();
    // What the bridge reads it with.
    let details: Details = serde_json::from_value(payload.clone()).unwrap();
    assert_eq!(details.seats.len(), 1);
    assert_eq!(payload["host"], json!(world.user("host")));
    assert_eq!(payload["policy"], "Everyone agrees");
    assert_eq!(payload["seats"][0]["name"], "Hanna Host");
    assert_eq!(payload["seats"][0]["role"], "Host");
    assert!(serde_json::from_value::<Action>(json!(action)).is_ok());

    let offer =
        world.ask("host", "ChimeStartController.offer", json!({"recordId": world.home})).await;
    assert_eq!(offer["running"][0]["meetingId"], json!(id));
}

#[tokio::test]
async fn a_meeting_from_a_contact_has_a_seat_for_the_person() {
    let world = world().await;
    let ben = world.rows("SELECT Id FROM Contact")[0]["Id"].clone();
    let started = world
        .ask("host", "ChimeStartController.start", json!({"recordId": ben, "subject": "Hi"}))
        .await;
    let id = started["meetingId"].as_str().unwrap();
    let seats = world.rows(&format!(
        "SELECT Display_Name__c, Role__c, Contact__c, Email__c FROM Chime_Participant__c \
         WHERE Meeting__c = '{id}' ORDER BY Role__c DESC"
    ));
    assert_eq!(seats.len(), 2);
    assert_eq!(seats[1]["Display_Name__c"], "Ben Guest");
    assert_eq!(seats[1]["Contact__c"], ben);
    let meeting = world.emulator.org.get("Chime_Meeting__c", id).unwrap();
    assert_eq!(meeting["Account__c"], json!(world.home), "the contact's account");
}

#[tokio::test]
async fn the_host_enters_with_a_proof_and_nobody_with_another_ones_seat() {
    let world = world().await;
    let id = world.start().await;
    let entry = world.ask("host", "ChimeRoomController.enter", json!({"meetingId": id})).await;
    assert_eq!(entry["roomUrl"], json!(world.room()));
    assert_eq!(entry["role"], "Host");
    assert_eq!(entry["justIssued"], true);
    JoinKey::parse(entry["key"].as_str().unwrap()).unwrap();
    let keys = world.rows("SELECT Host_Key__c FROM Chime_Seat_Key__c");
    let host_key = JoinKey::parse(keys[0]["Host_Key__c"].as_str().unwrap()).unwrap();
    let expires = entry["hostExpires"].as_u64().unwrap();
    assert!(host_key.check_host_proof(expires, entry["hostProof"].as_str().unwrap()));

    // A private meeting is not seen by a colleague; an admin sees it and has no seat.
    let args = json!({"meetingId": id});
    let unseen = world.label("Chime_Error_No_Meeting");
    assert_eq!(world.refusal("colleague", "ChimeRoomController.enter", args.clone()).await, unseen);
    assert_eq!(world.refusal("colleague", "ChimeRoomController.state", args.clone()).await, unseen);
    assert_eq!(
        world.refusal("admin", "ChimeRoomController.enter", args.clone()).await,
        world.label("Chime_Error_No_Own_Seat")
    );
    let state = world.ask("admin", "ChimeRoomController.state", args.clone()).await;
    assert_eq!((&state["hasSeat"], &state["mayControl"]), (&json!(false), &json!(true)));

    world.update("Chime_Meeting__c", &id, json!({"Status__c": "Ended"}));
    assert_eq!(
        world.refusal("host", "ChimeRoomController.enter", args).await,
        world.label("Chime_Error_Over")
    );
}

#[tokio::test]
async fn a_colleague_with_a_seat_enters_and_controls_nothing() {
    let world = world().await;
    let id = world.start().await;
    let people = json!([{"kind": "User", "recordId": world.user("colleague")}]).to_string();
    let args = json!({"meetingId": id, "inviteesJson": people});
    let invited = world.ask("host", "ChimeScheduleController.invite", args).await;
    assert_eq!(invited["invited"], 1);

    let args = json!({"meetingId": id});
    let entry = world.ask("colleague", "ChimeRoomController.enter", args.clone()).await;
    assert_eq!(entry["displayName"], "Carl Colleague");
    assert_eq!((&entry["hostProof"], &entry["hostExpires"]), (&Value::Null, &Value::Null));
    let before = world.actions();
    let not_host = world.label("Chime_Error_Not_Host");
    let refused = world.refusal("colleague", "ChimeRoomController.endMeeting", args.clone()).await;
    assert_eq!(refused, not_host);
    let people = world.ask("colleague", "ChimeParticipantsController.people", args.clone()).await;
    let seat = people["people"].as_array().unwrap().iter().find(|p| p["role"] == "Host").unwrap();
    let one = json!({"participantId": seat["id"]});
    assert_eq!(
        world.refusal("colleague", "ChimeRoomController.removeParticipant", one).await,
        not_host
    );
    for method in ["startRecording", "stopRecording"] {
        let method = format!("ChimeRoomController.{method}");
        assert_eq!(
            world.refusal("colleague", &method, args.clone()).await,
            world.label("Chime_Error_Not_Recorder")
        );
    }
    assert_eq!(world.actions(), before, "nothing was told to the bridge");
}

#[tokio::test]
async fn the_host_removes_and_ends_with_one_command_each() {
    let world = world().await;
    let id = world.start().await;
    let people = json!([{"kind": "User", "recordId": world.user("colleague")}]).to_string();
    let args = json!({"meetingId": id, "inviteesJson": people});
    world.ask("host", "ChimeScheduleController.invite", args).await;
    let seat = world.rows("SELECT Id FROM Chime_Participant__c WHERE Role__c = 'Attendee'");
    let seat = seat[0]["Id"].as_str().unwrap();
    let one = json!({"participantId": seat});
    world.ask("host", "ChimeRoomController.removeParticipant", one.clone()).await;
    world.ask("host", "ChimeRoomController.removeParticipant", one).await;
    assert_eq!(
        world.refusal("colleague", "ChimeRoomController.state", json!({"meetingId": id})).await,
        world.label("Chime_Error_No_Meeting"),
        "who was removed sees the meeting no more"
    );
    world.ask("host", "ChimeRoomController.endMeeting", json!({"meetingId": id})).await;
    let wanted = ["START_MEETING", "INVITE_PARTICIPANT", "REMOVE_PARTICIPANT", "END_MEETING"];
    assert_eq!(world.actions(), wanted, "a save the command tells already is not told again");
    let commands = world.commands();
    assert_eq!(commands[2].1["Target_Id__c"], json!(seat));
}

#[tokio::test]
async fn classes_are_for_those_whose_permission_sets_grant_them() {
    let world = world().await;
    for (role, method) in [
        ("host", "ChimeHealthController.report"),
        ("colleague", "ChimeHealthController.report"),
        ("host", "ChimePrivacyController.find"),
        ("colleague", "ChimePrivacyController.erasePerson"),
    ] {
        let (status, _) = world.call(role, method, json!({})).await;
        assert_eq!(status, 403, "{role} {method}");
    }
    let (status, _) = world.call("admin", "ChimeHealthController.report", json!({})).await;
    assert_eq!(status, 200);
}

#[tokio::test]
async fn malformed_calls_are_refused_before_anything_runs() {
    let world = world().await;
    for (method, args) in [
        ("ChimeStartController.nothing", json!({})),
        ("Nothing.start", json!({})),
        ("start", json!({})),
        ("ChimeStartController.start", json!({"recordId": "Robert'); DROP"})),
        ("ChimeStartController.start", json!({"recordId": 7})),
        ("ChimeStartController.start", json!({"recordid": world.home})),
        ("ChimeRoomController.state", json!({"meetingId": "a0B"})),
    ] {
        world.refusal("host", method, args).await;
    }
    let unseen = world.refusal("host", "ChimeRoomController.state", json!({})).await;
    assert_eq!(unseen, world.label("Chime_Error_No_Meeting"));
    assert_eq!(world.actions(), Vec::<String>::new());
}

#[tokio::test]
async fn refusals_come_in_german_to_who_asks_for_it() {
    let world = world().await;
    let answer: Value = world
        .http
        .post(format!("{}/apex/ChimeRoomController.state", world.console()))
        .header("x-console-language", "de")
        .json(&json!({}))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let english = world.label("Chime_Error_No_Meeting");
    assert_ne!(answer["message"], json!(english));
    assert!(answer["message"].as_str().unwrap().contains("Meeting"), "{answer}");
}
