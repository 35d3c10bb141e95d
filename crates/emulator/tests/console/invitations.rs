//! The schedule form: defaults, search, announcing, moving, cancelling, inviting.

use serde_json::{Value, json};

use super::{World, in_hours, world};

async fn schedule(world: &World, invitees: Value) -> Value {
    let plan = json!({
        "recordId": world.home, "subject": "Plan", "start": in_hours(2), "end": in_hours(3),
        "policy": "Notice", "autoRecord": true, "invitees": invitees,
    });
    let args = json!({"planJson": plan.to_string()});
    world.ask("host", "ChimeScheduleController.schedule", args).await
}

#[tokio::test]
async fn the_form_begins_with_the_settings_and_the_records_person() {
    let world = world().await;
    let ben = world.rows("SELECT Id FROM Contact")[0]["Id"].clone();
    let defaults =
        world.ask("host", "ChimeScheduleController.defaults", json!({"recordId": ben})).await;
    assert_eq!(defaults["policy"], "Everyone agrees");
    assert_eq!(defaults["policies"], json!(["Everyone agrees", "Notice"]));
    assert_eq!(defaults["subject"], "Meeting about Ben Guest");
    assert_eq!(defaults["suggested"][0]["recordId"], ben);
    assert_eq!(defaults["suggested"][0]["kind"], "Contact");
}

#[tokio::test]
async fn people_are_found_by_the_beginnings_of_their_names() {
    let world = world().await;
    let names = async |term: &str| {
        let found = world.ask("host", "ChimeScheduleController.find", json!({"term": term})).await;
        let names =
            found.as_array().unwrap().iter().map(|p| p["name"].as_str().unwrap().to_string());
        names.collect::<Vec<_>>()
    };
    assert_eq!(names("be").await, ["Ben Guest"]);
    assert_eq!(names("coll ca").await, ["Carl Colleague"]);
    assert_eq!(names("b").await, Vec::<String>::new());
    assert_eq!(names("%").await, Vec::<String>::new());
    assert_eq!(names("olleague").await, Vec::<String>::new());
}

#[tokio::test]
async fn an_announced_meeting_seats_its_people_and_says_why_nobody_was_mailed() {
    let world = world().await;
    let ben = world.rows("SELECT Id FROM Contact")[0]["Id"].clone();
    let scheduled = schedule(
        &world,
        json!([
            {"kind": "User", "recordId": world.user("colleague"), "name": "C"},
            {"kind": "Contact", "recordId": ben, "name": "Ben"},
            {"kind": "Contact", "recordId": ben, "name": "Ben again"},
            {"kind": "Email", "email": "dora@example.org"},
            {"kind": "Email", "email": "no address"},
        ]),
    )
    .await;
    let invited = &scheduled["invited"];
    assert_eq!(
        (&invited["asked"], &invited["invited"], &invited["mailed"]),
        (&json!(5), &json!(3), &json!(0))
    );
    let reasons: Vec<&str> = invited["failures"]
        .as_array()
        .unwrap()
        .iter()
        .map(|failure| failure["reason"].as_str().unwrap())
        .collect();
    let count = |label: &str| reasons.iter().filter(|r| **r == world.label(label)).count();
    assert_eq!(count("Chime_Invite_Twice"), 1);
    assert_eq!(count("Chime_Invite_Bad_Address"), 1);
    assert_eq!(count("Chime_Mail_Problem_No_Sender"), 3);

    assert_eq!(world.actions(), ["SCHEDULE_MEETING"]);
    let fields = &world.commands()[0].1;
    let payload: Value = serde_json::from_str(fields["Payload__c"].as_str().unwrap()).unwrap();
    assert_eq!(payload["policy"], "Notice");
    assert_eq!(payload["autoRecord"], true);
    assert_eq!(payload["seats"].as_array().unwrap().len(), 4);
    assert!(payload["scheduledEnd"].as_i64() > payload["scheduledStart"].as_i64());
}

#[tokio::test]
async fn a_meeting_that_has_not_begun_is_moved_and_cancelled_and_told_once_each() {
    let world = world().await;
    let id = schedule(&world, json!([])).await["meetingId"].clone();
    let times = json!({"meetingId": id, "startAt": in_hours(4), "endAt": in_hours(5)});
    world.ask("host", "ChimeScheduleController.reschedule", times.clone()).await;
    world.ask("host", "ChimeScheduleController.cancel", json!({"meetingId": id})).await;
    assert_eq!(world.actions(), ["SCHEDULE_MEETING", "RECORDS_CHANGED", "CANCEL_MEETING"]);
    let refused = world.refusal("host", "ChimeScheduleController.reschedule", times).await;
    assert_eq!(refused, world.label("Chime_Error_Over"));
}

#[tokio::test]
async fn a_live_meeting_is_ended_not_cancelled() {
    let world = world().await;
    let id = world.start().await;
    world.update("Chime_Meeting__c", &id, json!({"Status__c": "Live"}));
    let refused =
        world.refusal("host", "ChimeScheduleController.cancel", json!({"meetingId": id})).await;
    assert_eq!(refused, world.label("Chime_Error_Begun"));
}

#[tokio::test]
async fn plans_that_cannot_be_are_refused_in_the_forms_words() {
    let world = world().await;
    let refused = async |plan: Value| {
        let args = json!({"planJson": plan.to_string()});
        world.refusal("host", "ChimeScheduleController.schedule", args).await
    };
    for (plan, label) in [
        (json!({"subject": "x"}), "Chime_Schedule_No_Start"),
        (json!({"start": in_hours(2), "end": in_hours(1)}), "Chime_Error_End_Before_Start"),
        (json!({"start": in_hours(-3), "end": in_hours(-2)}), "Chime_Error_In_The_Past"),
        (json!({"start": in_hours(-3), "end": in_hours(2)}), "Chime_Schedule_Past"),
        (json!({"start": in_hours(1), "end": in_hours(30)}), "Chime_Schedule_Too_Long"),
        (json!({"start": in_hours(1), "policy": "None"}), "Chime_Error_No_Such_Policy"),
        (json!({"start": "soon"}), "Chime_Schedule_Bad_Plan"),
        (json!({"start": in_hours(1), "invitees": [7]}), "Chime_Schedule_Bad_Plan"),
        (json!([]), "Chime_Schedule_Bad_Plan"),
    ] {
        assert_eq!(refused(plan.clone()).await, world.label(label), "{plan}");
    }
    assert_eq!(world.rows("SELECT Id FROM Chime_Meeting__c").len(), 0);
    assert_eq!(world.actions(), Vec::<String>::new());
}

#[tokio::test]
async fn inviting_somebody_again_seats_nobody_twice_and_lets_the_removed_in() {
    let world = world().await;
    let id = world.start().await;
    let people = json!([{"kind": "User", "recordId": world.user("colleague")}]).to_string();
    let args = json!({"meetingId": id, "inviteesJson": people});
    world.ask("host", "ChimeScheduleController.invite", args.clone()).await;
    world.ask("host", "ChimeScheduleController.invite", args.clone()).await;
    let seats = world.rows("SELECT Id FROM Chime_Participant__c WHERE Role__c = 'Attendee'");
    assert_eq!(seats.len(), 1);
    assert_eq!(world.actions(), ["START_MEETING", "INVITE_PARTICIPANT"]);
    world
        .ask(
            "host",
            "ChimeRoomController.removeParticipant",
            json!({"participantId": seats[0]["Id"]}),
        )
        .await;
    world.ask("host", "ChimeScheduleController.invite", args.clone()).await;
    let wanted =
        ["START_MEETING", "INVITE_PARTICIPANT", "REMOVE_PARTICIPANT", "INVITE_PARTICIPANT"];
    assert_eq!(world.actions(), wanted);
    let key = |at: usize| {
        let payload = world.commands()[at].1["Payload__c"].as_str().unwrap().to_string();
        serde_json::from_str::<Value>(&payload).unwrap()["seats"][0]["key"].clone()
    };
    assert_ne!(key(1), key(3), "the link that was taken away opens nothing more");

    // The same when the bridge wrote that the seat was taken away, as after a host's click in the
    // room.
    let seat = seats[0]["Id"].as_str().unwrap();
    world.update("Chime_Participant__c", seat, json!({"Status__c": "Removed"}));
    world.ask("host", "ChimeScheduleController.invite", args.clone()).await;
    let last = world.commands().len() - 1;
    assert_ne!(key(3), key(last));
    assert_eq!(
        world.refusal("colleague", "ChimeScheduleController.invite", args).await,
        world.label("Chime_Error_Not_Host")
    );
}

#[tokio::test]
async fn one_mailbox_gets_one_link_and_a_colleague_his_own_seat() {
    let world = world().await;
    let id = world.start().await;
    let invite = async |people: Value| {
        let args = json!({"meetingId": id, "inviteesJson": people.to_string()});
        world.ask("host", "ChimeScheduleController.invite", args).await
    };
    let ben = world.rows("SELECT Id FROM Contact")[0]["Id"].clone();
    let both = json!([
        {"kind": "Contact", "recordId": ben},
        {"kind": "Email", "email": "BEN@acme.example "},
    ]);
    assert_eq!(invite(both).await["invited"], 1, "the contact and his address are one");
    invite(json!([{"kind": "Email", "email": "ben@acme.example"}])).await;
    let seats = || {
        world.rows(
            "SELECT Id, User__c, Role__c, Email__c FROM Chime_Participant__c WHERE Role__c != 'Host' \
             ORDER BY Id",
        )
    };
    assert_eq!(seats().len(), 1);

    invite(json!([{"kind": "Email", "email": "colleague@console.example"}])).await;
    assert_eq!(seats()[1]["Role__c"], "Guest");
    invite(json!([{"kind": "User", "recordId": world.user("colleague")}])).await;
    let seats = seats();
    assert_eq!(seats.len(), 2, "the seat by address became his");
    assert_eq!(seats[1]["User__c"], json!(world.user("colleague")));
    assert_eq!(seats[1]["Role__c"], "Attendee");
    world.ask("colleague", "ChimeRoomController.enter", json!({"meetingId": id})).await;
}
