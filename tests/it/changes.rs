//! What changed without anybody asking the bridge: deletes and undeletes, gaps and overflow, and
//! events that come doubled, share a position or cannot be read.

use chime_contract::ticket::TicketState;
use chime_emulator::apex::gateway::Wish;
use chime_emulator::faults::{Fault, FaultKind};
use chime_emulator::start::ADMIN;
use serde_json::{Value, json};

use crate::seat::{recorded, until_letter, until_letter_is, until_ticket, versions};
use crate::world::{World, claiming, guests, text, until};

const MEETING: &str = "Chime_Meeting__c";

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_meeting_is_erased_when_its_time_is_over_unless_it_came_back() {
    let world = World::with(claiming, &[("meeting.erase_after", "4000")]).await;
    let org = &world.emulator.org;
    let (kept, kept_key) = recorded(&world).await;
    let (lost, lost_key) = recorded(&world).await;
    let open = world.click(Wish { subject: "Open".into(), ..Wish::default() }, &["Ada"]);
    world.until_status(&open, "Open").await;

    org.delete(ADMIN, MEETING, &kept.id).unwrap();
    org.undelete(ADMIN, MEETING, &kept.id).unwrap();
    org.delete(ADMIN, MEETING, &lost.id).unwrap();
    // A meeting that is open ends with its record.
    org.delete(ADMIN, MEETING, &open.id).unwrap();
    until_ticket(&world, &open.seats[0], "the meeting is over", |t| t.state == TicketState::Ended)
        .await;
    until("the deleted one is erased, every version", || async {
        match versions(&world, &lost, &lost_key) {
            0 => Ok(()),
            left => Err(format!("{left} versions are left")),
        }
    })
    .await;
    assert!(versions(&world, &kept, &kept_key) > 0, "what came back in time stays");
    assert_eq!(world.field(MEETING, &kept.id, "Status__c"), "Ended");
    let soql = "SELECT Id FROM Chime_Recording__c WHERE Status__c = 'Available'";
    assert_eq!(world.query(soql).len(), 1);

    // A person's record that is deleted puts the person out.
    let (meeting, guest) = (world.click(Wish::default(), &["Ada", "Ben"]), 1);
    world.until_status(&meeting, "Open").await;
    let ben = world.person(&meeting, guest);
    ben.join();
    let seat = &meeting.seats[guest];
    world.until_field("Chime_Participant__c", &seat.participant, "Status__c", "In meeting").await;
    org.delete(ADMIN, "Chime_Participant__c", &seat.participant).unwrap();
    until_ticket(&world, seat, "removed", |t| t.state == TicketState::Removed).await;
    assert_eq!(world.letters(), vec![]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gap_has_the_record_read_again_and_an_overflow_has_everything_compared() {
    let world = World::new().await;
    let org = &world.emulator.org;
    let meeting = world.click(Wish { subject: "Before".into(), ..Wish::default() }, &["Ada"]);
    let over = world.click(Wish { subject: "Over".into(), ..Wish::default() }, &["Ben"]);
    world.until_status(&meeting, "Open").await;
    world.until_status(&over, "Open").await;
    world.apex.command("END_MEETING", &over.id, None, None).unwrap();
    world.until_status(&over, "Ended").await;
    world.emulator.triggers.turn_off();

    // A gap says that something changed, not what: the record is read. One that is over is read
    // in vain, without a letter.
    world.emulator.bus.gap_next(MEETING);
    org.update(ADMIN, MEETING, &over.id, json!({ "Subject__c": "Over and read" })).unwrap();
    world.emulator.bus.gap_next(MEETING);
    org.update(ADMIN, MEETING, &meeting.id, json!({ "Subject__c": "After" })).unwrap();
    until_ticket(&world, &meeting.seats[0], "the new subject", |t| t.subject == "After").await;
    assert_eq!(world.field(MEETING, &over.id, "Status__c"), "Ended");
    assert_eq!(world.field(MEETING, &meeting.id, "Status__c"), "Open");

    // A meeting nobody told of, and a cancellation nobody told of.
    let wish = Wish { subject: "Imported".into(), ..Wish::default() };
    let imported = world.apex.insert(&wish, &guests(&["Cem"])).unwrap();
    org.update(ADMIN, MEETING, &meeting.id, json!({ "Status__c": "Cancelled" })).unwrap();
    world.emulator.bus.overflow(&[MEETING.to_string()], ADMIN);
    world.until_status(&imported, "Open").await;
    until_ticket(&world, &meeting.seats[0], "cancelled", |t| t.state == TicketState::Ended).await;
    let cem = world.person(&imported, 0);
    cem.join();
    world.until_status(&imported, "Live").await;
    assert_eq!(world.chime_meetings(&imported), 1);
    assert_eq!(world.letters(), vec![]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_org_without_the_channel_filter_or_without_triggers_has_the_same_effect_once() {
    let world = World::with(|config| config.channel_filters = false, &[]).await;
    let org = &world.emulator.org;

    // Told twice, by trigger and by change event.
    let meeting = world.click(Wish { subject: "Both".into(), ..Wish::default() }, &["Ada", "Ben"]);
    let ben = meeting.seats[1].participant.clone();
    world.until_status(&meeting, "Open").await;
    world.person(&meeting, 1).join();
    world.until_field("Chime_Participant__c", &ben, "Status__c", "In meeting").await;
    org.update(ADMIN, "Chime_Participant__c", &ben, json!({ "Consent__c": "Given" })).unwrap();
    until_logged(&world, &ben, 1).await;
    org.update(ADMIN, MEETING, &meeting.id, json!({ "Subject__c": "Both told" })).unwrap();
    until_ticket(&world, &meeting.seats[1], "subject", |t| t.subject == "Both told").await;
    assert_eq!(world.chime_meetings(&meeting), 1, "the insert and the command are one start");

    // Told once, by change event alone; the meeting too: nobody published a command.
    world.emulator.triggers.turn_off();
    let wish = Wish { subject: "Imported".into(), ..Wish::default() };
    let imported = world.apex.insert(&wish, &guests(&["Cem", "Dan"])).unwrap();
    world.until_status(&imported, "Open").await;
    let dan = imported.seats[1].participant.clone();
    world.person(&imported, 1).join();
    world.until_field("Chime_Participant__c", &dan, "Status__c", "In meeting").await;
    org.update(ADMIN, "Chime_Participant__c", &dan, json!({ "Consent__c": "Declined" })).unwrap();
    until_logged(&world, &dan, 1).await;
    org.update(ADMIN, MEETING, &imported.id, json!({ "Status__c": "Ended" })).unwrap();
    until_ticket(&world, &imported.seats[1], "over", |t| t.state == TicketState::Ended).await;
    let reason = "Ended on the record";
    world.until_field(MEETING, &imported.id, "Status_Reason__c", reason).await;
    assert_eq!(world.chime_meetings(&imported), 1);

    org.delete(ADMIN, MEETING, &meeting.id).unwrap();
    until_ticket(&world, &meeting.seats[1], "deleted", |t| t.state == TicketState::Ended).await;
    until_logged(&world, &ben, 0).await; // went with its meeting
    until_logged(&world, &dan, 1).await;
    assert_eq!(world.letters(), vec![]);
}

#[tokio::test(flavor = "multi_thread")]
async fn events_that_come_twice_share_a_position_or_cannot_be_read_hold_nothing_up() {
    let world = World::new().await;
    let wish = |subject: &str| Wish { subject: subject.into(), ..Wish::default() };
    order(&world, FaultKind::Duplicate);
    let doubled = world.click(wish("Doubled"), &["Ada"]);
    world.until_status(&doubled, "Open").await;

    world.emulator.bus.share_replay_id(3);
    let sharing = [1, 2, 3].map(|n| world.click(wish(&format!("Shared {n}")), &["Ada"]));
    for meeting in &sharing {
        world.until_status(meeting, "Open").await;
    }

    order(&world, FaultKind::Corrupt);
    let damaged = world.click(wish("Damaged"), &["Ada"]);
    let letter = until_letter(&world, "CB-").await;
    assert_eq!(text(&letter["Step__c"]), "event");
    assert!(text(&letter["Detail__c"]).contains("/event/Chime_Command__e"));
    let after = world.click(wish("After"), &["Ada"]);
    world.until_status(&after, "Open").await;
    for meeting in sharing.iter().chain([&doubled, &after]) {
        assert_eq!(world.chime_meetings(meeting), 1);
    }

    // Tried again it is as damaged as before: the letter stays, nothing else happens. (What it
    // asked for is found by the next comparison, since the record says Requested.)
    let key = text(&letter["Letter_Key__c"]);
    world.apex.command("RETRY_DEAD_LETTER", "", Some(&key), None).unwrap();
    let later = world.click(wish("Later"), &["Ada"]);
    world.until_status(&later, "Open").await;
    until_letter_is(&world, &key, "Open").await;
    assert_eq!(world.letters().len(), 1);
    world.emulator.bus.overflow(&[MEETING.to_string()], ADMIN);
    world.until_status(&damaged, "Open").await;
}

fn order(world: &World, kind: FaultKind) {
    let (service, call) = ("pubsub".into(), "Chime_Command__e".into());
    world.emulator.faults.add(Fault { service, call, kind, times: 1, chance: 1.0 });
}

/// Waits until the log has so many consent entries of a seat.
async fn until_logged(world: &World, seat: &str, entries: usize) {
    let soql = format!(
        "SELECT Text__c FROM Chime_Meeting_Log__c WHERE Kind__c = 'Consent' \
         AND Participant__c = '{seat}'"
    );
    let _: Vec<Value> = world.until_rows(&soql, entries).await;
}
