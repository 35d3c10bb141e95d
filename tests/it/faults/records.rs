//! Salesforce that is locked, full, used up, forbidden or ahead of us, and records that are deleted
//! at bad moments: what can be told is told, nothing is lost, and a delete erases.

use chime_bridge::store::{SqliteStore, Store};
use chime_contract::ticket::TicketState;
use chime_emulator::apex::gateway::{Meeting, Wish};
use chime_emulator::faults::FaultKind;
use chime_emulator::people::{Person, Phase};
use chime_emulator::start::{ADMIN, ROOM_BUCKET};
use serde_json::json;

use crate::ledger::{
    assert_one_recording, fault, not_taken, reject, until_all_true, until_drained, until_phase,
    until_ready, untold,
};
use crate::seat::{recorded, until_letter, until_letter_is, until_ticket, versions};
use crate::world::{World, claiming, guests, text, until};

const MEETING: &str = "Chime_Meeting__c";
const PERSON: &str = "Chime_Participant__c";

/// Short waits, so that what is tried again is tried soon; and many of them.
const QUICK: &[(&str, &str)] = &[
    ("outbox.backoff_min_ms", "100"),
    ("outbox.backoff_max_ms", "300"),
    ("salesforce.limit_wait_ms", "300"),
    ("outbox.max_attempts", "1000"),
    ("reconcile.every_ms", "500"),
];

#[tokio::test(flavor = "multi_thread")]
async fn rest_that_throttles_fails_or_loses_answers_ends_in_one_record_of_each() {
    let world = World::with(claiming, QUICK).await;
    for call in ["composite", "query", "queryAll"] {
        fault(&world, "rest", call, reject(429, "TOO_MANY_REQUESTS"), 1);
        fault(&world, "rest", call, reject(503, "SERVER_UNAVAILABLE"), 1);
        fault(&world, "rest", call, FaultKind::LoseAnswer, 1);
    }
    let (meeting, _) = recorded(&world).await;
    until_all_true(&world, &meeting).await;
    assert_one_recording(&world, &meeting);
    until("each call was struck in each way", || async {
        let left = world.emulator.faults.list();
        if left.is_empty() { Ok(()) } else { Err(format!("{left:?}")) }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_throttles_fails_or_loses_its_answer_is_made_again() {
    let world = World::with(claiming, QUICK).await;
    let meeting = world.click(Wish::default(), &["Ada"]);
    world.until_status(&meeting, "Open").await;
    fault(&world, "oauth", "token", reject(429, "rate_limit"), 1);
    fault(&world, "oauth", "token", reject(503, "server_error"), 1);
    fault(&world, "oauth", "token", FaultKind::LoseAnswer, 1);
    world.emulator.org.expire_tokens();
    let ada = world.person(&meeting, 0);
    ada.join();
    world.until_status(&meeting, "Live").await;
    assert_eq!(world.emulator.faults.list(), vec![]);
    ada.end().await.unwrap();
    until_all_true(&world, &meeting).await;
    until_ready(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_row_is_told_when_it_is_let_go() {
    let world = World::with(claiming, QUICK).await;
    let (meeting, ada) = opened(&world).await;
    world.emulator.org.hold_lock(&meeting.id);
    ada.join();
    until("the lock was met", || async {
        let met = not_taken(&world).await;
        match met.contains(&MEETING.to_string()) && in_meeting(&ada) {
            true => Ok(()),
            false => Err(format!("{met:?}")),
        }
    })
    .await;
    // Another meeting's records are not held up by it.
    let other = world.click(Wish::default(), &["Ben"]);
    world.until_status(&other, "Open").await;
    assert_eq!(world.field(MEETING, &meeting.id, "Status__c"), "Open");
    world.emulator.org.release_lock(&meeting.id);
    world.until_status(&meeting, "Live").await;
    ada.end().await.unwrap();
    until_all_true(&world, &meeting).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_somebody_else_wrote_last_is_read_again_and_put_right() {
    let world = World::with(claiming, QUICK).await;
    let (meeting, ada) = opened(&world).await;
    ada.join();
    world.until_status(&meeting, "Live").await;
    until_drained(&world).await;
    let ahead = world.emulator.clock.now() + 3_600_000;
    let written = json!({ "Bridge_Revision__c": ahead, "Status__c": "Open" });
    world.emulator.org.update(ADMIN, MEETING, &meeting.id, written).unwrap();
    // What it says now is refused by the validation rule; the last word of a meeting, too.
    ada.end().await.unwrap();
    until_all_true(&world, &meeting).await;
    let revision = world.field(MEETING, &meeting.id, "Bridge_Revision__c");
    assert!(revision.parse::<f64>().unwrap() as i64 > ahead, "{revision}");
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_orgs_api_calls_are_used_up_it_waits_says_so_and_loses_nothing() {
    let world = World::with(claiming, QUICK).await;
    let (meeting, ada) = opened(&world).await;
    let (used, _) = world.emulator.org.api_usage();
    world.emulator.org.set_daily_limit(used);
    ada.join();
    until_phase(&ada, Phase::In).await;
    until("the log names the limit", || async {
        let told = world.log().contains("CB-204");
        if told { Ok(()) } else { Err("not yet".into()) }
    })
    .await;
    ada.end().await.unwrap();
    until_phase(&ada, Phase::Ended).await;
    assert_eq!(world.field(MEETING, &meeting.id, "Status__c"), "Open", "it could not be told");
    world.emulator.org.set_daily_limit(1_000_000);
    until_all_true(&world, &meeting).await;
    until_ready(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_deleted_under_us_is_let_go_and_the_person_is_put_out() {
    let world = World::with(claiming, QUICK).await;
    let meeting = world.click(Wish::default(), &["Ada", "Ben"]);
    world.until_status(&meeting, "Open").await;
    let (ada, ben) = (world.person(&meeting, 0), world.person(&meeting, 1));
    ada.join();
    world.until_status(&meeting, "Live").await;
    until_drained(&world).await;
    // Nobody tells of the delete: the next write finds it.
    fault(&world, "pubsub", "Chime_Participant__ChangeEvent", FaultKind::Drop, 0);
    let seat = &meeting.seats[1];
    world.emulator.org.delete(ADMIN, PERSON, &seat.participant).unwrap();
    ben.join();
    until_phase(&ben, Phase::Removed).await;
    until_ticket(&world, seat, "removed", |t| t.state == TicketState::Removed).await;
    assert_eq!(world.field(MEETING, &meeting.id, "Status__c"), "Live");
    ada.end().await.unwrap();
    world.until_status(&meeting, "Ended").await;
    until_drained(&world).await;
    let ada = world.field(PERSON, &meeting.seats[0].participant, "Status__c");
    assert_eq!(ada, "Left");
    assert_eq!(world.letters(), vec![]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_that_was_lost_becomes_a_letter_and_its_retry_tells_all() {
    let world = World::with(claiming, QUICK).await;
    let (meeting, ada) = opened(&world).await;
    fault(&world, "rest", PERSON, reject(403, "INSUFFICIENT_ACCESS_OR_READONLY"), 1);
    ada.join();
    let letter = until_letter(&world, "CB-210").await;
    assert_eq!(text(&letter["Step__c"]), format!("outbox:{PERSON}"));
    assert_eq!(text(&letter["Meeting__c"]), meeting.id);
    world.until_status(&meeting, "Live").await;

    let key = text(&letter["Letter_Key__c"]);
    world.apex.command("RETRY_DEAD_LETTER", "", Some(&key), None).unwrap();
    until_letter_is(&world, &key, "Resolved").await;
    let seat = &meeting.seats[0].participant;
    world.until_field(PERSON, seat, "Status__c", "In meeting").await;
    ada.end().await.unwrap();
    until_all_true(&world, &meeting).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_org_without_room_is_waited_for_and_gets_every_row_later() {
    let world = World::with(claiming, QUICK).await;
    let (meeting, ada) = opened(&world).await;
    let inserts = ["Chime_Participant_Session__c", "Chime_Recording__c", "Chime_Dead_Letter__c"];
    for object in inserts {
        fault(&world, "rest", object, reject(400, "STORAGE_LIMIT_EXCEEDED"), 0);
    }
    ada.join();
    world.until_status(&meeting, "Live").await;
    ada.end().await.unwrap();
    world.until_status(&meeting, "Ended").await;
    let waiting = untold(&world).await;
    assert!(waiting.contains(&"Chime_Participant_Session__c".to_string()), "{waiting:?}");
    world.emulator.faults.clear();
    until_all_true(&world, &meeting).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delete_while_the_bridge_is_down_still_erases() {
    let mut world = World::with(claiming, &[("meeting.erase_after", "1000")]).await;
    let (meeting, key) = recorded(&world).await;
    until_drained(&world).await;
    world.kill().await;
    world.emulator.org.delete(ADMIN, MEETING, &meeting.id).unwrap();
    world.start().await;
    until_erased(&world, &meeting, &key).await;
    until_no_ticket(&world).await;
    until_drained(&world).await;
    assert_eq!(world.letters(), vec![]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delete_whose_event_has_expired_still_erases() {
    let settings = [
        ("meeting.erase_after", "1000"),
        ("reconcile.every_ms", "500"),
        ("salesforce.on_lost_replay", "earliest"),
    ];
    let mut world = World::with(claiming, &settings).await;
    let (whole, whole_key) = recorded(&world).await;
    let (alone, alone_key) = recorded(&world).await;
    let (kept, kept_key) = recorded(&world).await;
    until_drained(&world).await;
    world.kill().await;
    let org = &world.emulator.org;
    org.delete(ADMIN, MEETING, &whole.id).unwrap();
    let soql = format!("SELECT Id FROM Chime_Recording__c WHERE Meeting__c = '{}'", alone.id);
    let record = text(&world.query(&soql)[0]["Id"]);
    org.delete(ADMIN, "Chime_Recording__c", &record).unwrap();
    // 72 hours have passed: Salesforce has forgotten both events.
    world.emulator.bus.reset_stream();
    world.start().await;
    until_erased(&world, &whole, &whole_key).await;
    until_erased(&world, &alone, &alone_key).await;
    assert!(versions(&world, &kept, &kept_key) > 0, "what stands there is kept here");
    until_drained(&world).await;
    assert_eq!(world.field(MEETING, &alone.id, "Status__c"), "Ended");
    assert_eq!(world.letters(), vec![]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undelete_whose_event_has_expired_still_keeps_the_recording() {
    let settings = [("reconcile.every_ms", "500"), ("salesforce.on_lost_replay", "earliest")];
    let mut world = World::with(claiming, &settings).await;
    let (kept, kept_key) = recorded(&world).await;
    let (lost, _) = recorded(&world).await;
    let org = world.emulator.org.clone();
    for meeting in [&kept, &lost] {
        org.delete(ADMIN, MEETING, &meeting.id).unwrap();
        until_to_be_erased(&world, meeting, true).await;
    }
    world.kill().await;
    org.undelete(ADMIN, MEETING, &kept.id).unwrap();
    world.emulator.bus.reset_stream();
    world.start().await;
    until_to_be_erased(&world, &kept, false).await;
    until_to_be_erased(&world, &lost, true).await;
    until_drained(&world).await;
    assert!(versions(&world, &kept, &kept_key) > 0, "what came back in time stays");
    assert_eq!(world.field(MEETING, &kept.id, "Status__c"), "Ended");
    assert_eq!(world.letters(), vec![]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_org_that_shows_no_meeting_at_all_erases_nothing() {
    let world = World::with(claiming, &[("reconcile.every_ms", "500")]).await;
    let (meeting, key) = recorded(&world).await;
    until_drained(&world).await;
    // Somebody took the right to see all meetings from the integration user.
    fault(&world, "rest", "queryAll", FaultKind::Drop, 0);
    until("the log says so", || async {
        let said = world.log().contains("shows the bridge no meeting at all");
        if said { Ok(()) } else { Err("not yet".into()) }
    })
    .await;
    until_to_be_erased(&world, &meeting, false).await;
    assert!(versions(&world, &meeting, &key) > 0);
    assert_eq!(world.field(MEETING, &meeting.id, "Status__c"), "Ended");
    assert_eq!(world.letters(), vec![]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delete_that_comes_before_its_meeting_ends_it_when_it_comes() {
    let world = World::new().await;
    let wish = Wish { subject: "Late".into(), ..Wish::default() };
    // The record comes and goes; the command is told only afterwards.
    fault(&world, "pubsub", "Chime_Command__e", FaultKind::Delay { ms: 600_000 }, 1);
    let meeting = world.apex.start(&wish, &guests(&["Ada"])).unwrap();
    world.emulator.org.delete(ADMIN, MEETING, &meeting.id).unwrap();
    let next = world.click(Wish::default(), &["Ben"]);
    world.until_status(&next, "Open").await;
    assert_eq!(world.chime_meetings(&meeting), 0, "nothing is known of it but its end");
    let payload = world.apex.payload(&wish, &guests(&["Ada"]), &meeting);
    world.apex.command("START_MEETING", &meeting.id, None, Some(&payload)).unwrap();
    let seat = &meeting.seats[0];
    until_ticket(&world, seat, "over", |t| t.state == TicketState::Ended).await;
    until_drained(&world).await;
    let ledger = world.emulator.chime.ledger();
    let alive = ledger.meetings.iter().filter(|m| m.ended_at.is_none()).count();
    assert_eq!(alive, 1, "only the other meeting lives");

    // It comes back from the bin: its record says what became of it.
    world.emulator.org.undelete(ADMIN, MEETING, &meeting.id).unwrap();
    world.until_status(&meeting, "Cancelled").await;
    let reason = "The record was deleted";
    assert_eq!(world.field(MEETING, &meeting.id, "Status_Reason__c"), reason);
    assert_eq!(world.letters(), vec![]);
}

async fn opened(world: &World) -> (Meeting, Person) {
    let meeting = world.click(Wish::default(), &["Ada"]);
    world.until_status(&meeting, "Open").await;
    let ada = world.person(&meeting, 0);
    (meeting, ada)
}

fn in_meeting(person: &Person) -> bool {
    person.view().phase == Phase::In
}

/// Waits until the bridge means to erase the meeting's recording, or no longer does.
async fn until_to_be_erased(world: &World, meeting: &Meeting, wanted: bool) {
    let file = world.dir().join("bridge.db");
    until("the bridge has heard of it", || async {
        let store = SqliteStore::open_beside(&file).await.unwrap();
        let known = store.meeting(&meeting.id).await.unwrap().unwrap();
        store.close().await;
        let erase = known.recordings.iter().all(|r| r.erase_at.is_some());
        if erase == wanted { Ok(()) } else { Err(format!("to be erased: {erase}")) }
    })
    .await;
}

/// Every version of every object is gone.
async fn until_erased(world: &World, meeting: &Meeting, key: &str) {
    until("every version is erased", || async {
        match versions(world, meeting, key) {
            0 => Ok(()),
            left => Err(format!("{left} versions are left; letters: {:?}", world.letters())),
        }
    })
    .await;
}

async fn until_no_ticket(world: &World) {
    until("every ticket is gone, the recorder's too", || async {
        let left = world.emulator.s3.list(ROOM_BUCKET, "tickets/");
        if left.is_empty() { Ok(()) } else { Err(format!("{left:?}")) }
    })
    .await;
}
