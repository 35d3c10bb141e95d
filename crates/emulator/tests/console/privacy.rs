//! What meetings know of a person, and how it is taken out.

use serde_json::{Value, json};

use super::world;

#[tokio::test]
async fn an_admin_finds_exports_and_erases_a_contact() {
    let world = world().await;
    let ben = world.rows("SELECT Id FROM Contact")[0]["Id"].clone();
    let started = world
        .ask(
            "host",
            "ChimeStartController.start",
            json!({"recordId": ben, "subject": "Ben Guest's offer"}),
        )
        .await;
    let id = started["meetingId"].as_str().unwrap();
    world.update("Chime_Meeting__c", id, json!({"Status__c": "Ended"}));
    world.insert(
        "Chime_Meeting_Log__c",
        json!({
            "Log_Key__c": "k1", "Meeting__c": id, "Kind__c": "Chat",
            "At__c": super::in_hours(0), "Text__c": "BEN GUEST came; Benjamin did not",
        }),
    );
    let person = json!({"kind": "Contact", "value": ben});
    let found = world.ask("admin", "ChimePrivacyController.find", person.clone()).await;
    let kinds: Vec<&str> =
        found.as_array().unwrap().iter().map(|t| t["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["Seat", "Meeting"]);
    assert_eq!(found[0]["meetingName"], started["name"]);

    let text = world.ask("admin", "ChimePrivacyController.exportPerson", person.clone()).await;
    let export: Value = serde_json::from_str(text.as_str().unwrap()).unwrap();
    assert_eq!(export["complete"], true);
    assert_eq!(export["seats"][0]["email"], "ben@acme.example");

    let erased = world.ask("admin", "ChimePrivacyController.erasePerson", person).await;
    assert_eq!(erased, 2, "a seat and a meeting");
    let row = world.emulator.org.get("Chime_Meeting__c", id).unwrap();
    assert_eq!((&row["Contact__c"], &row["Related_Record_Id__c"]), (&Value::Null, &Value::Null));
    assert_eq!(row["Subject__c"], "Erased person's offer");
    let log = world.rows("SELECT Text__c FROM Chime_Meeting_Log__c");
    assert_eq!(log[0]["Text__c"], "Erased person came; Benjamin did not");
    let seats = world.rows("SELECT Email__c FROM Chime_Participant__c WHERE Email__c != null");
    assert_eq!(seats.len(), 0);
}

#[tokio::test]
async fn a_host_of_an_open_meeting_is_not_erased_and_strangers_are_not_known() {
    let world = world().await;
    world.start().await;
    let host = json!({"kind": "User", "value": world.user("host")});
    let refused = world.refusal("admin", "ChimePrivacyController.erasePerson", host).await;
    assert!(refused.contains("MTG-"), "{refused}");
    for (kind, value) in [("Contact", "nobody"), ("Email", " "), ("Pet", "x")] {
        let args = json!({"kind": kind, "value": value});
        assert_eq!(
            world.refusal("admin", "ChimePrivacyController.find", args).await,
            world.label("Chime_Privacy_Who")
        );
    }
    let args = json!({"kind": "Email", "value": "nobody@example.org"});
    assert_eq!(world.ask("admin", "ChimePrivacyController.find", args).await, json!([]));
}
