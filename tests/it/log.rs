//! Story 2: a guest is early, drops and returns; Chime's events come doubled, out of order, late or
//! never. The log shows who was there and for how long all the same.

use chime_emulator::apex::gateway::{Meeting, Wish};
use chime_emulator::faults::{Fault, FaultKind};
use chime_emulator::people::{Person, Phase};
use serde_json::Value;

use crate::world::{World, text, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_who_was_early_dropped_and_returned_is_one_participant_with_the_right_total() {
    let world = World::with(
        // Nobody counts as dropped before they return, however slow the machine is.
        |config| config.chime.drop_ms = 60_000,
        &[("meeting.doors_before", "1000")],
    )
    .await;
    let now = world.emulator.clock.now();
    let wish = Wish {
        subject: "Story 2".into(),
        scheduled_start: Some(now + 4_000),
        scheduled_end: Some(now + 3_600_000),
        ..Wish::default()
    };
    let meeting = world.click(wish, &["Ada", "Ben", "Cem"]);
    let [ada, ben, cem] = [0, 1, 2].map(|seat| world.person(&meeting, seat));
    let ben_seat = meeting.seats[1].participant.clone();
    let cem_seat = meeting.seats[2].participant.clone();

    // Early: the waiting room. Then the doors open; the first of the two notices comes after the
    // second, and one comes twice.
    order(&world, "chime:AttendeeJoined", FaultKind::Reorder);
    order(&world, "chime:AttendeeJoined", FaultKind::Duplicate);
    ben.join();
    until_status(&world, &ben_seat, "Waiting").await;
    ada.join();
    world.until_status(&meeting, "Live").await;
    until_status(&world, &ben_seat, "In meeting").await;

    // After a while the tunnel, and another network. The notice of the drop never comes.
    until_connected(&world, &ben_seat, 0).await;
    order(&world, "chime:AttendeeDropped", FaultKind::Drop);
    ben.drop_out().unwrap();
    ben.come_back();
    let sessions = sessions_of(&ben_seat);
    world.until_rows(&sessions, 2).await;
    until_phase(&ben, Phase::In).await;

    // Cem joins, but Chime tells of it twenty minutes later: long after the end.
    order(&world, "chime:AttendeeJoined", FaultKind::Delay { ms: 20 * 60_000 });
    cem.join();
    until_phase(&cem, Phase::In).await;

    // Ben leaves some seconds later; the notice of it comes after that of the end.
    until_connected(&world, &ben_seat, 1).await;
    order(&world, "chime:AttendeeLeft", FaultKind::Reorder);
    ben.leave().await.unwrap();
    ada.end().await.unwrap();
    world.until_status(&meeting, "Ended").await;

    let total = || (world.emulator.chime.connected_ms(&ben_seat) / 1_000).to_string();
    until("Ben's total is what Chime knows", || async {
        let told = world.field("Chime_Participant__c", &ben_seat, "Seconds_Present__c");
        let told = told.strip_suffix(".0").unwrap_or(&told).to_string();
        if told == total() { Ok(()) } else { Err(format!("told {told}, true {}", total())) }
    })
    .await;
    // In one call the participant's row comes before its sessions: between them only one is told.
    until("both connections are told with their end", || async {
        let rows = world.query(&sessions);
        let closed = rows.iter().filter(|row| !text(&row["Left_At__c"]).is_empty()).count();
        if (rows.len(), closed) == (2, 2) { Ok(()) } else { Err(format!("{rows:?}")) }
    })
    .await;
    let rows = world.query(&sessions);
    assert!(world.emulator.chime.connected_ms(&ben_seat) >= 4_000);
    let mut reasons: Vec<String> = rows.iter().map(|row| text(&row["End_Reason__c"])).collect();
    reasons.sort();
    assert_eq!(reasons, ["Left", "Moved"], "the lost drop shows as a move");
    assert_eq!(world.field("Chime_Participant__c", &ben_seat, "Status__c"), "Left");
    assert_eq!(count(&world, &meeting), 2);
    assert_eq!(world.query(&sessions_of(&cem_seat)), Vec::<Value>::new());

    // The late fact is taken, judged by its own time, and wakes nothing up.
    world.emulator.clock.advance(21 * 60_000);
    world.until_rows(&sessions_of(&cem_seat), 1).await;
    until("Cem counts too", || async {
        let came = count(&world, &meeting);
        if came == 3 { Ok(()) } else { Err(format!("{came} came")) }
    })
    .await;
    assert_eq!(world.field("Chime_Meeting__c", &meeting.id, "Status__c"), "Ended");
    let row = &world.query(&sessions_of(&cem_seat))[0];
    assert_eq!(text(&row["End_Reason__c"]), "Meeting ended");
    assert_eq!(world.chime_meetings(&meeting), 1);
    assert_eq!(world.letters(), vec![]);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_was_in_when_chime_forgot_the_meeting_is_closed_as_inferred_and_can_return() {
    let settings = [("meeting.look_every", "1000"), ("meeting.session_spacing", "0")];
    let world = World::with(|_| {}, &settings).await;
    let meeting = world.click(Wish { subject: "Silence".into(), ..Wish::default() }, &["Ada"]);
    let ada = world.person(&meeting, 0);
    ada.join();
    world.until_status(&meeting, "Live").await;
    order(&world, "chime:AttendeeDropped", FaultKind::Drop);
    order(&world, "chime:MeetingEnded", FaultKind::Drop);
    ada.drop_out().unwrap();
    let chime = || world.emulator.chime.ledger().meetings.remove(0);
    until("Chime has noticed the drop", || async {
        match chime().attendees.iter().any(|a| a.connected) {
            true => Err("still connected".into()),
            false => Ok(()),
        }
    })
    .await;
    world.emulator.clock.advance(6 * 60_000);
    until("Chime has forgotten the meeting", || async {
        chime().ended_at.map(drop).ok_or_else(|| "it lives".to_string())
    })
    .await;

    // Only a look can find that out: nothing was told.
    world.until_status(&meeting, "Open").await;
    let seat = &meeting.seats[0].participant;
    let inferred = format!("{} AND End_Reason__c = 'Inferred'", sessions_of(seat));
    let row = world.until_rows(&inferred, 1).await.remove(0);
    assert_eq!(text(&row["Source__c"]), "Inferred");
    until_status(&world, seat, "Left").await;

    // Who returns gets the next Chime meeting of the same record.
    ada.come_back();
    world.until_status(&meeting, "Live").await;
    world.until_rows(&sessions_of(seat), 2).await;
    assert_eq!(world.chime_meetings(&meeting), 2);
    assert_eq!(world.letters(), vec![]);
}

fn order(world: &World, call: &str, kind: FaultKind) {
    let (service, call) = ("eventbridge".into(), call.into());
    world.emulator.faults.add(Fault { service, call, kind, times: 1, chance: 1.0 });
}

fn sessions_of(seat: &str) -> String {
    format!(
        "SELECT Joined_At__c, Left_At__c, End_Reason__c, Source__c \
         FROM Chime_Participant_Session__c WHERE Participant__c = '{seat}'"
    )
}

fn count(world: &World, meeting: &Meeting) -> i64 {
    let record = world.emulator.org.get("Chime_Meeting__c", &meeting.id).unwrap();
    record["Participant_Count__c"].as_f64().unwrap_or_default() as i64
}

async fn until_status(world: &World, seat: &str, status: &str) {
    world.until_field("Chime_Participant__c", seat, "Status__c", status).await;
}

/// Waits until a seat's connection, counted from 0, has lasted two seconds: a total of nothing
/// would prove nothing.
async fn until_connected(world: &World, seat: &str, connection: usize) {
    until(&format!("connection {connection} has lasted a while"), || async {
        let ledger = world.emulator.chime.ledger();
        let seats = ledger.meetings.iter().flat_map(|m| &m.attendees);
        let mut spans = seats.filter(|a| a.external_user_id == seat).flat_map(|a| &a.intervals);
        let now = world.emulator.clock.now();
        match spans.nth(connection) {
            Some((from, None)) if now - from >= 2_000 => Ok(()),
            other => Err(format!("{other:?}, now {now}")),
        }
    })
    .await;
}

async fn until_phase(person: &Person, phase: Phase) {
    until(&format!("a person is {phase:?}"), || async {
        let view = person.view();
        if view.phase == phase { Ok(()) } else { Err(format!("{view:?}")) }
    })
    .await;
}
