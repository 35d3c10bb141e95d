//! One record a call: what is taken, what is refused, in which words.

use chime_emulator::org::bus::ChangeKind;
use serde_json::json;

use crate::{ADMIN, BRIDGE, MEETING, PARTICIPANT, RECORDING, SESSION, World, code};

#[tokio::test]
async fn a_record_is_made_read_changed_and_deleted() {
    let world = World::start().await;
    let admin = world.admin().await;
    let path = format!("/sobjects/{MEETING}");
    let subject = json!({"Subject__c": "Talk", "Scheduled_Start__c": "2026-05-01T10:00:00Z"});
    let (status, made) = admin.call("POST", &path, subject).await;
    assert_eq!((status, &made["success"]), (201, &json!(true)), "{made}");
    let id = made["id"].as_str().unwrap().to_string();
    let change = world.last_transaction().remove(0);
    assert_eq!((change.kind, change.id.as_str()), (ChangeKind::Create, id.as_str()));

    let one = format!("{path}/{id}");
    let (_, row) = admin.get(&format!("{one}?fields=Name,Status__c,Scheduled_Start__c")).await;
    assert_eq!(row["Name"], "MTG-000001");
    assert_eq!(row["Status__c"], "Scheduled");
    assert_eq!(row["Scheduled_Start__c"], "2026-05-01T10:00:00.000+0000");
    assert_eq!(row["attributes"]["type"], MEETING);

    let (status, _) = admin.call("PATCH", &one, json!({"Subject__c": "Other"})).await;
    assert_eq!(status, 204);
    let change = world.last_transaction().remove(0);
    assert_eq!(change.before.unwrap()["Subject__c"], "Talk");
    assert_eq!(change.after["Subject__c"], "Other");
    let entry = world.org.ledger().pop().unwrap();
    assert_eq!((entry.fields, entry.user.as_str()), (vec!["Subject__c".to_string()], ADMIN));

    assert_eq!(admin.call("DELETE", &one, json!(null)).await.0, 204);
    assert_eq!(admin.get(&one).await.0, 404);
    let (status, body) = admin.call("DELETE", &one, json!(null)).await;
    assert_eq!((status, code(&body)), (404, "ENTITY_IS_DELETED"));
}

#[tokio::test]
async fn what_does_not_fit_is_refused_in_salesforces_words() {
    let world = World::start().await;
    let admin = world.admin().await;
    let meeting = world.meeting();
    let seat = world.participant(&meeting);
    let gone = world.meeting();
    world.org.delete(ADMIN, MEETING, &gone).unwrap();
    let absent = format!("{}ZZZ", &meeting[..12]);
    let cases = [
        (MEETING, json!({"Nonsense__c": 1}), "INVALID_FIELD"),
        (MEETING, json!({"Subject__c": "x".repeat(256)}), "STRING_TOO_LONG"),
        (MEETING, json!({"Status__c": "Perhaps"}), "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        (MEETING, json!({"CreatedById": "x"}), "INVALID_FIELD_FOR_INSERT_UPDATE"),
        (MEETING, json!({"Scheduled_Start__c": "tomorrow"}), "JSON_PARSER_ERROR"),
        (PARTICIPANT, json!({"Role__c": "Guest"}), "REQUIRED_FIELD_MISSING"),
        (PARTICIPANT, json!({"Meeting__c": "nonsense"}), "MALFORMED_ID"),
        (PARTICIPANT, json!({"Meeting__c": seat}), "MALFORMED_ID"),
        (PARTICIPANT, json!({"Meeting__c": gone}), "ENTITY_IS_DELETED"),
        (PARTICIPANT, json!({"Meeting__c": absent}), "INVALID_CROSS_REFERENCE_KEY"),
    ];
    for (object, body, want) in cases {
        let (_, answer) = admin.call("POST", &format!("/sobjects/{object}"), body.clone()).await;
        assert_eq!(code(&answer), want, "{body} → {answer}");
    }
    let (status, _) = admin.get(&format!("/sobjects/{MEETING}/{absent}")).await;
    assert_eq!(status, 404);
    assert_eq!(admin.get("/sobjects/Nothing__c").await.0, 404);
}

#[tokio::test]
async fn an_older_revision_is_refused_by_the_validation_rule() {
    let world = World::start().await;
    let bridge = world.bridge().await;
    let path = format!("/sobjects/{MEETING}/{}", world.meeting());
    let write = |revision: i64| json!({"Bridge_Revision__c": revision, "Status__c": "Open"});
    assert_eq!(bridge.call("PATCH", &path, write(1_900_000_000_000)).await.0, 204);
    let (status, body) = bridge.call("PATCH", &path, write(1_800_000_000_000)).await;
    assert_eq!((status, code(&body)), (400, "FIELD_CUSTOM_VALIDATION_EXCEPTION"));
    assert!(body[0]["message"].as_str().unwrap().starts_with("CB-REV"));
    assert_eq!(bridge.call("PATCH", &path, write(1_900_000_000_001)).await.0, 204);
}

#[tokio::test]
async fn an_upsert_creates_once_and_updates_after() {
    let world = World::start().await;
    let bridge = world.bridge().await;
    let meeting = world.meeting();
    let path = format!("/sobjects/{RECORDING}/Recording_Key__c/rec%2F1");
    let body = json!({"Meeting__c": meeting, "Status__c": "Preparing"});
    let (status, made) = bridge.call("PATCH", &path, body).await;
    assert_eq!((status, &made["created"]), (201, &json!(true)), "{made}");
    let (status, again) = bridge.call("PATCH", &path, json!({"Status__c": "Recording"})).await;
    assert_eq!((status, &again["id"]), (200, &made["id"]));
    assert_eq!(again["created"], false);
    // The case of a key counts.
    let other = format!("/sobjects/{RECORDING}/Recording_Key__c/REC%2F1");
    let (status, _) = bridge.call("PATCH", &other, json!({"Meeting__c": meeting})).await;
    assert_eq!(status, 201);
    let (status, body) = bridge.call("PATCH", &path, json!({"Recording_Key__c": "x"})).await;
    assert_eq!((status, code(&body)), (400, "INVALID_FIELD"));
    let (status, body) =
        bridge.call("PATCH", &format!("/sobjects/{RECORDING}/Checksum__c/x"), json!({})).await;
    assert_eq!((status, code(&body)), (404, "NOT_FOUND"));
    let body = json!({"Meeting__c": meeting, "Recording_Key__c": "rec/1"});
    let (_, body) = bridge.call("POST", &format!("/sobjects/{RECORDING}"), body).await;
    assert_eq!(code(&body), "DUPLICATE_VALUE");
}

#[tokio::test]
async fn the_integration_user_does_what_its_permission_set_grants() {
    let world = World::start().await;
    let bridge = world.bridge().await;
    let meeting = world.meeting();
    let command = json!({"Action__c": "START_MEETING", "Meeting_Id__c": meeting});
    let (_, body) = bridge.call("POST", "/sobjects/Chime_Command__e", command.clone()).await;
    assert_eq!(code(&body), "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY");
    assert!(world.heard.events.lock().unwrap().is_empty());
    let (_, body) = bridge.call("POST", &format!("/sobjects/{MEETING}"), json!({})).await;
    assert_eq!(code(&body), "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY");
    let (status, body) =
        bridge.call("DELETE", &format!("/sobjects/{MEETING}/{meeting}"), json!(null)).await;
    assert_eq!((status, code(&body)), (403, "INSUFFICIENT_ACCESS_OR_READONLY"));
    assert_eq!(world.org.get(MEETING, &meeting).unwrap()["IsDeleted"], false);

    let (status, body) =
        world.admin().await.call("POST", "/sobjects/Chime_Command__e", command).await;
    assert_eq!(status, 201, "{body}");
    assert_eq!(body["errors"][0]["statusCode"], "OPERATION_ENQUEUED");
    assert_eq!(body["errors"][0]["message"], "uuid-1");
    let (name, fields, user) = world.heard.events.lock().unwrap().remove(0);
    assert_eq!(
        (name.as_str(), &fields["Action__c"]),
        ("Chime_Command__e", &json!("START_MEETING"))
    );
    assert_eq!(user, world.org.user(ADMIN).unwrap().id);
}

#[tokio::test]
async fn the_client_named_in_the_call_options_stands_in_the_change() {
    let world = World::start().await;
    let bridge = world.bridge().await;
    let path = format!("/sobjects/{MEETING}/{}", world.meeting());
    let request = bridge.request("PATCH", &path).json(&json!({"Status__c": "Open"}));
    let answer = request.header("Sforce-Call-Options", "client=ChimeBridge").send().await.unwrap();
    assert_eq!(answer.status(), 204);
    assert_eq!(world.last_transaction()[0].client.as_deref(), Some("ChimeBridge"));
    assert_eq!(world.org.ledger().pop().unwrap().user, BRIDGE);
}

#[tokio::test]
async fn describe_names_the_fields_and_their_types() {
    let world = World::start().await;
    let admin = world.admin().await;
    let (status, body) = admin.get(&format!("/sobjects/{SESSION}/describe")).await;
    assert_eq!(status, 200);
    let fields = body["fields"].as_array().unwrap();
    let field = |name: &str| fields.iter().find(|f| f["name"] == name).unwrap();
    assert_eq!(field("Session_Key__c")["externalId"], true);
    assert_eq!(field("Participant__c")["referenceTo"], json!([PARTICIPANT]));
    assert_eq!(field("Participant__c")["relationshipName"], "Participant__r");
    assert_eq!(field("Source__c")["picklistValues"][0]["value"], "Chime");
    let (_, all) = admin.get("/sobjects").await;
    let names: Vec<_> = all["sobjects"].as_array().unwrap().iter().map(|s| &s["name"]).collect();
    assert!(names.contains(&&json!("Account")) && names.contains(&&json!("Chime_Command__e")));
}
