//! The developers' viewer.

use serde_json::{Value, json};

use super::world;

#[tokio::test]
async fn records_show_with_labels_names_and_what_refers_to_them() {
    let world = world().await;
    let id = world.start().await;
    let objects = world.get("/api/objects").await;
    let objects = objects["objects"].as_array().unwrap();
    let meeting = objects.iter().find(|o| o["name"] == "Chime_Meeting__c").unwrap();
    assert_eq!((&meeting["label"], &meeting["count"]), (&json!("Chime Meeting"), &json!(1)));
    assert!(objects.iter().any(|o| o["name"] == "Chime_Command__e"));

    let list = world.get("/api/records/Chime_Meeting__c?limit=10").await;
    assert_eq!(list["total"], 1);
    assert_eq!(list["records"][0]["id"], json!(id));

    let record = world.get(&format!("/api/record/{id}")).await;
    let made = record["record"]["CreatedDate"].as_str().unwrap();
    assert!(made.ends_with(".000Z"), "times are as components take them: {made}");
    let field = |name: &str| {
        let fields = record["fields"].as_array().unwrap();
        fields.iter().find(|field| field["name"] == name).unwrap().clone()
    };
    assert_eq!(field("Auto_Record__c")["label"], "Record Automatically");
    let account = field("Account__c");
    assert_eq!((&account["display"], &account["refers"]), (&json!("Acme"), &json!("Account")));
    let related = record["related"].as_array().unwrap();
    let seats = related.iter().find(|r| r["object"] == "Chime_Participant__c").unwrap();
    assert_eq!(seats["count"], 1);

    let one = format!("/api/records/Chime_Participant__c?field=Meeting__c&value={id}");
    assert_eq!(world.get(&one).await["records"].as_array().unwrap().len(), 1);
    let gone = format!("{}/api/record/a0X5e0000000001AAA", world.console());
    assert_eq!(world.http.get(gone).send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn events_come_once_in_order_and_without_keys() {
    let world = world().await;
    world.start().await;
    let key = world.rows("SELECT Key__c, Host_Key__c FROM Chime_Seat_Key__c");
    let all = world.get("/api/events?after=0").await;
    let events = all["events"].as_array().unwrap();
    let command = events.iter().find(|e| e["name"] == "Chime_Command__e").unwrap();
    assert_eq!(command["channel"], "/event/Chime_Command__e");
    assert_eq!(command["fields"]["Action__c"], "START_MEETING");
    assert_eq!(command["fields"]["Payload__c"]["seats"][0]["key"], "(hidden, 43 characters)");
    let changes = events.iter().filter(|e| e["kind"] == "change").count();
    assert!(changes > 0, "the records' changes are there too");
    let entities = events.iter().filter(|e| e["kind"] == "change").map(|e| e["name"].clone());
    let entities: std::collections::BTreeSet<_> =
        entities.map(|name| name.as_str().unwrap().to_string()).collect();
    assert!(!entities.contains("Chime_Seat_Key__ChangeEvent"), "no channel tells of keys");
    let next = all["next"].as_u64().unwrap();
    assert_eq!(next, world.emulator.bus.end());
    let none = world.get(&format!("/api/events?after={next}")).await;
    assert_eq!(none, json!({"next": next, "events": []}));

    let shown = format!("{all}{}", world.get("/api/records/Chime_Seat_Key__c").await);
    for name in ["Key__c", "Host_Key__c"] {
        assert!(!shown.contains(key[0][name].as_str().unwrap()), "{name} is shown");
    }
}

#[tokio::test]
async fn a_save_from_the_page_has_the_users_rights() {
    let world = world().await;
    let id = world.start().await;
    let url = format!("{}/api/record/{id}", world.console());
    let save = async |role: &str, fields: Value| {
        let request = world.http.post(&url).header("x-console-user", world.user(role));
        request.json(&json!({"fields": fields})).send().await.unwrap().status().as_u16()
    };
    assert_eq!(save("host", json!({"Subject__c": "Other"})).await, 204);
    let row = world.emulator.org.get("Chime_Meeting__c", &id).unwrap();
    assert_eq!(row["Subject__c"], "Other");
    assert_eq!(row["LastModifiedById"], json!(world.user("host")));
    assert_eq!(save("colleague", json!({"Subject__c": "Mine"})).await, 400, "not his to see");
    assert_eq!(save("admin", json!({"Subject__c": "Mine"})).await, 400, "seen, but not his");
    assert_ne!(save("host", json!({"Nothing__c": "x"})).await, 204);
    assert_ne!(save("host", json!({"Chime_Meeting_Id__c": "x"})).await, 204, "not his field");
    assert_eq!(world.actions(), ["START_MEETING", "RECORDS_CHANGED"]);
    let limits = world.get("/api/limits").await;
    assert!(limits["deliveries"]["limit"].as_u64() > limits["deliveries"]["used"].as_u64());
}

#[tokio::test]
async fn the_guards_of_the_triggers_hold_for_saves_from_the_page() {
    let world = world().await;
    let id = world.start().await;
    let refused = async |id: &str, fields: Value| {
        let url = format!("{}/api/record/{id}", world.console());
        let answer = world.http.post(url).json(&json!({"fields": fields})).send().await.unwrap();
        assert_eq!(answer.status(), 400, "{fields}");
        answer.json::<Value>().await.unwrap()["message"].clone()
    };
    world.update("Chime_Meeting__c", &id, json!({"Recording_State__c": "Recording"}));
    assert_eq!(
        refused(&id, json!({"consent_policy__C": "Notice"})).await,
        json!(world.label("Chime_Error_Policy_Kept"))
    );
    let seat = world.insert(
        "Chime_Participant__c",
        json!({"Meeting__c": id, "Display_Name__c": "Dora", "Role__c": "Guest"}),
    );
    assert_eq!(
        refused(&seat, json!({"Consent__c": "Given"})).await,
        json!(world.label("Chime_Error_Consent_Not_Own"))
    );
    let recording = world.insert(
        "Chime_Recording__c",
        json!({"Meeting__c": id, "Recording_Key__c": "rec1", "Status__c": "Available"}),
    );
    assert_eq!(
        refused(&recording, json!({"Recording_Key__c": "rec2"})).await,
        json!(world.label("Chime_Error_Recording_Identity"))
    );
}
