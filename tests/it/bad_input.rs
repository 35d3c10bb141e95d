//! What cannot be done is told, each with its code, as a dead letter or on the record; nothing
//! stops because of it.

use chime_contract::command::long_id;
use chime_emulator::apex::gateway::{Meeting, Wish, seats_json};
use chime_emulator::start::ADMIN;
use serde_json::{Value, json};

use crate::seat::{ticket, until_letter};
use crate::world::{World, guests, text};

#[tokio::test(flavor = "multi_thread")]
async fn each_bad_command_has_a_letter_with_its_code_and_nothing_stops() {
    let world = World::new().await;
    let good = world.click(Wish::default(), &["Ada"]);
    world.until_status(&good, "Open").await;
    let id = good.id.as_str();
    // An id no record has, one of another object, and one that was misspelt.
    let nobody = &long_id(&format!("{}nobody", &id[..9]));
    let account = &long_id("0015e0000000001");
    let misspelt = &format!("{}ZZZ", &id[..15]);

    for (code, action, meeting, target, payload) in [
        ("CB-001", "DANCE", id, "", ""),
        ("CB-003", "START_MEETING", id, "", "{\"subject\":\"top secret\""),
        ("CB-002", "END_MEETING", "not an id!", "", ""),
        ("CB-002", "REMOVE_PARTICIPANT", id, &"x<y".repeat(20), ""),
        ("CB-006", "START_MEETING", id, "", r#"{"policy":"Whatever"}"#),
        ("CB-007", "SCHEDULE_MEETING", id, "", "{}"),
        ("CB-010", "END_MEETING", nobody, "", ""),
        ("CB-010", "STOP_RECORDING", account, "", ""),
        ("CB-002", "END_MEETING", misspelt, "", ""),
        ("CB-011", "ERASE_RECORDING", nobody, "0123456789abcdef0123456789abcdef", ""),
        ("CB-016", "REMOVE_PARTICIPANT", id, nobody, ""),
        ("CB-048", "REFRESH_PLAYBACK", id, "0123456789abcdef0123456789abcdef", ""),
    ] {
        publish(&world, action, meeting, target, payload);
        let letter = until_letter(&world, code).await;
        let said = format!("{letter}");
        assert!(!said.contains("secret"), "no payload stands in a letter: {said}");
        assert!(!said.contains(&"x<y".repeat(20)), "nothing is quoted at length: {said}");
        resolve(&world, &letter);
    }
    assert_eq!(status(&world, &good), "Open", "the meeting is as it was");
    started(&world, "after all that").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seat_that_cannot_be_read_does_not_hold_the_others_back() {
    let world = World::new().await;
    let (wish, people) = (Wish::default(), guests(&["Ada", "Ben", "Cem", "Dan"]));
    let meeting = world.apex.insert(&wish, &people).unwrap();
    let mut payload = world.apex.payload(&wish, &people, &meeting);
    payload["seats"][1]["key"] = json!("");
    payload["seats"][2]["role"] = json!("Emperor");
    payload["region"] = json!("mars-north-1");
    world.apex.command("START_MEETING", &meeting.id, None, Some(&payload)).unwrap();
    world.until_status(&meeting, "Open").await;
    let keyless = until_letter(&world, "CB-004").await;
    assert!(text(&keyless["Cause__c"]).contains(&meeting.seats[1].participant));
    assert_eq!(text(&keyless["Meeting__c"]), meeting.id);
    until_letter(&world, "CB-008").await;
    let reason = world.field("Chime_Meeting__c", &meeting.id, "Status_Reason__c");
    assert!(reason.starts_with("CB-013"), "{reason}");
    for seat in [0, 3] {
        let person = world.person(&meeting, seat);
        person.join();
        let id = &meeting.seats[seat].participant;
        world.until_field("Chime_Participant__c", id, "Status__c", "In meeting").await;
    }
    assert!(ticket(&world, &meeting.seats[1]).await.is_none(), "no key, no ticket");

    // What has ended cannot be started again.
    world.apex.command("END_MEETING", &meeting.id, None, None).unwrap();
    world.until_status(&meeting, "Ended").await;
    world.apex.command("START_MEETING", &meeting.id, None, Some(&payload)).unwrap();
    until_letter(&world, "CB-014").await;
    assert_eq!(status(&world, &meeting), "Ended");
    started(&world, "another").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn three_hundred_people_are_told_how_many_fit_and_one_more_must_be_sent_apart() {
    let world = World::new().await;
    let names: Vec<String> = (0..301).map(|n| format!("Person {n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let wish = Wish { subject: "Town hall".into(), ..Wish::default() };
    let meeting = world.click(wish.clone(), &names[..300]);
    world.until_status(&meeting, "Open").await;
    let reason = world.field("Chime_Meeting__c", &meeting.id, "Status_Reason__c");
    assert!(reason.starts_with("CB-012: 300 people"), "{reason}");
    let last = world.person(&meeting, 299);
    last.join();
    let id = &meeting.seats[299].participant;
    world.until_field("Chime_Participant__c", id, "Status__c", "In meeting").await;

    // 301 in one command are too many; the same people in two commands are not.
    let people = guests(&names);
    let large = world.apex.insert(&wish, &people).unwrap();
    let all = world.apex.payload(&wish, &people, &large);
    world.apex.command("START_MEETING", &large.id, None, Some(&all)).unwrap();
    let letter = until_letter(&world, "CB-005").await;
    assert_eq!(text(&letter["Step__c"]), "command");
    assert_eq!(world.chime_meetings(&large), 0);
    let first = Meeting { id: large.id.clone(), seats: large.seats[..300].to_vec() };
    let payload = world.apex.payload(&wish, &people[..300], &first);
    world.apex.command("START_MEETING", &large.id, None, Some(&payload)).unwrap();
    let rest = json!({ "seats": seats_json(&people[300..], &large.seats[300..]) });
    world.apex.command("INVITE_PARTICIPANT", &large.id, None, Some(&rest)).unwrap();
    world.person(&large, 300).join();
    let id = &large.seats[300].participant;
    world.until_field("Chime_Participant__c", id, "Status__c", "In meeting").await;
}

fn publish(world: &World, action: &str, meeting: &str, target: &str, payload: &str) {
    let fields = json!({
        "Action__c": action,
        "Meeting_Id__c": meeting,
        "Target_Id__c": target,
        "Payload__c": payload,
    });
    world.emulator.org.publish(ADMIN, "Chime_Command__e", fields).unwrap();
}

/// An admin has read the letter: out of the way of the next one.
fn resolve(world: &World, letter: &Value) {
    let soql = format!(
        "SELECT Id FROM Chime_Dead_Letter__c WHERE Letter_Key__c = '{}'",
        text(&letter["Letter_Key__c"])
    );
    let id = text(&world.query(&soql)[0]["Id"]);
    let dropped = json!({ "State__c": "Dropped" });
    world.emulator.org.update(ADMIN, "Chime_Dead_Letter__c", &id, dropped).unwrap();
}

fn status(world: &World, meeting: &Meeting) -> String {
    world.field("Chime_Meeting__c", &meeting.id, "Status__c")
}

async fn started(world: &World, subject: &str) {
    let meeting = world.click(Wish { subject: subject.into(), ..Wish::default() }, &["Eve"]);
    world.until_status(&meeting, "Open").await;
}
