//! Recording, playing, erasing.

use serde_json::{Value, json};

use super::{World, in_hours, world};

fn recording(world: &World, meeting: &str, more: Value) -> String {
    let mut row = json!({
        "Meeting__c": meeting, "Recording_Key__c": "rec0123456789abcdef", "Status__c": "Available",
        "Size_Bytes__c": 1_000, "Duration_Seconds__c": 12,
    });
    row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    world.insert("Chime_Recording__c", row)
}

#[tokio::test]
async fn the_host_and_a_manager_record_by_one_command() {
    let world = world().await;
    let id = world.start().await;
    world.ask("host", "ChimeRoomController.startRecording", json!({"meetingId": id})).await;
    world.ask("admin", "ChimeRoomController.stopRecording", json!({"meetingId": id})).await;
    assert_eq!(world.actions()[1..], ["START_RECORDING", "STOP_RECORDING"]);
    world.update("Chime_Meeting__c", &id, json!({"Status__c": "Ended"}));
    assert_eq!(
        world.refusal("host", "ChimeRoomController.startRecording", json!({"meetingId": id})).await,
        world.label("Chime_Error_Over")
    );
}

#[tokio::test]
async fn a_link_is_asked_for_once_and_given_when_it_has_come() {
    let world = world().await;
    let meeting = world.start().await;
    let id = recording(&world, &meeting, json!({}));
    let request = json!({"recordingId": id, "renew": false});
    for _ in 0..2 {
        let link = world.ask("host", "ChimePlaybackController.requestLink", request.clone()).await;
        assert_eq!((&link["ready"], &link["url"]), (&json!(false), &Value::Null));
        assert_eq!(link["pollAfterMs"], 2_000);
    }
    assert_eq!(world.actions()[1..], ["REFRESH_PLAYBACK"], "asked again within 20 s");
    assert_eq!(world.commands()[1].1["Target_Id__c"], "rec0123456789abcdef");

    let come = json!({
        "Playback_Link__c": "https://a.example/1\nhttps://a.example/2",
        "Playback_Expires_At__c": in_hours(1),
    });
    world.update("Chime_Recording__c", &id, come);
    let args = json!({"recordingId": id, "newerThan": null});
    let link = world.ask("host", "ChimePlaybackController.link", args).await;
    assert_eq!(link["ready"], true);
    assert_eq!(link["urls"], json!(["https://a.example/1", "https://a.example/2"]));
    let args = json!({"recordingId": id, "newerThan": link["expiresAt"]});
    let link = world.ask("host", "ChimePlaybackController.link", args).await;
    assert_eq!(link["ready"], false, "not newer than itself");

    let log = world.rows("SELECT Text__c, User__c FROM Chime_Meeting_Log__c");
    assert_eq!(log.len(), 3, "each question and the link that was given");
    assert!(log.iter().all(|row| !row["Text__c"].as_str().unwrap().contains("a.example")));
}

#[tokio::test]
async fn a_recording_on_hold_or_unseen_is_not_erased() {
    let world = world().await;
    let meeting = world.start().await;
    let held = recording(&world, &meeting, json!({"Legal_Hold__c": true}));
    let erase = "ChimePlaybackController.erase";
    let args = json!({"recordingId": held});
    assert_eq!(
        world.refusal("host", erase, args.clone()).await,
        world.label("Chime_Error_On_Hold")
    );
    assert_eq!(
        world.refusal("colleague", erase, args.clone()).await,
        world.label("Chime_Error_No_Recording")
    );
    world.update("Chime_Recording__c", &held, json!({"Legal_Hold__c": false}));
    world.ask("host", erase, args).await;
    assert_eq!(world.actions().last().unwrap(), "ERASE_RECORDING");
    world.update("Chime_Recording__c", &held, json!({"Status__c": "Erased"}));
    let args = json!({"recordingId": held, "renew": true});
    assert_eq!(
        world.refusal("host", "ChimePlaybackController.requestLink", args).await,
        world.label("Chime_Error_Not_Playable")
    );
}
