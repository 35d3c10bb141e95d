//! Every command, through the running bridge: what Apex asks for happens, and the record says so.

use chime_contract::keys::JoinKey;
use chime_contract::recording::{journal_prefix, pieces_prefix};
use chime_contract::ticket::TicketState;
use chime_emulator::apex::gateway::{Meeting, Seat, Wish, date, seats_json};
use chime_emulator::people::Phase;
use chime_emulator::start::{ADMIN, RECORDINGS_BUCKET, WORK_BUCKET};
use serde_json::{Value, json};

use crate::seat::{http, ticket, until_letter, until_letter_is, until_ticket};
use crate::world::{World, guests, recorder, text, until};

#[tokio::test(flavor = "multi_thread")]
async fn started_twice_is_one_meeting_and_seats_come_and_go_until_it_is_ended() {
    let world = World::new().await;
    let (wish, names) = (Wish { subject: "Twice".into(), ..Wish::default() }, ["Ada", "Ben"]);
    let mut meeting = world.click(wish.clone(), &names);
    let again = world.apex.payload(&wish, &guests(&names), &meeting);
    world.apex.command("START_MEETING", &meeting.id, None, Some(&again)).unwrap();
    world.until_status(&meeting, "Open").await;
    let (ada, ben) = (world.person(&meeting, 0), world.person(&meeting, 1));
    ada.join();
    ben.join();

    // A third person is invited while the meeting runs.
    let newcomers = guests(&["Host", "Cem"]).split_off(1);
    let seat = world.apex.seat(&meeting.id, &newcomers[0]).unwrap();
    let payload = json!({ "seats": seats_json(&newcomers, std::slice::from_ref(&seat)) });
    world.apex.command("INVITE_PARTICIPANT", &meeting.id, None, Some(&payload)).unwrap();
    meeting.seats.push(seat.clone());
    let cem = world.person(&meeting, 2);
    cem.join();
    for seat in &meeting.seats {
        let id = &seat.participant;
        world.until_field("Chime_Participant__c", id, "Status__c", "In meeting").await;
    }

    // And is put out: attendee deleted, ticket says so, the connection is over.
    let gone = meeting.seats[2].participant.clone();
    world.apex.command("REMOVE_PARTICIPANT", &meeting.id, Some(&gone), None).unwrap();
    world.until_field("Chime_Participant__c", &gone, "Status__c", "Removed").await;
    until_ticket(&world, &meeting.seats[2], "the ticket says removed", |t| {
        t.state == TicketState::Removed && t.meeting.is_none() && t.attendee.is_none()
    })
    .await;
    until_phase(&cem, Phase::Removed).await;
    let attendee = attendees(&world, &meeting).into_iter().find(|a| a.0 == gone).unwrap();
    assert!(attendee.1, "the attendee is deleted");
    cem.join();
    until_phase(&cem, Phase::Removed).await;
    assert_eq!(attendees(&world, &meeting).iter().filter(|a| a.0 == gone).count(), 1);

    // Invited again, that person has another key; the link that was taken away stays closed.
    let again = Seat { key: JoinKey::from_bytes([7; 32]).to_text().expose().clone(), ..seat };
    let payload = json!({ "seats": seats_json(&newcomers, std::slice::from_ref(&again)) });
    world.apex.command("INVITE_PARTICIPANT", &meeting.id, None, Some(&payload)).unwrap();
    meeting.seats.push(again);
    world.person(&meeting, 3).join();
    until_ticket(&world, &meeting.seats[3], "the new ticket is open", |t| {
        t.state == TicketState::Open && t.attendee.is_some()
    })
    .await;
    let old = ticket(&world, &meeting.seats[2]).await.unwrap();
    assert_eq!(old.state, TicketState::Removed);

    world.apex.command("END_MEETING", &meeting.id, None, None).unwrap();
    world.until_status(&meeting, "Ended").await;
    assert_eq!(reason(&world, &meeting), "Ended by request");
    until_phase(&ada, Phase::Ended).await;
    until_phase(&ben, Phase::Ended).await;
    let soql = "SELECT Id, End_Reason__c FROM Chime_Participant_Session__c \
                WHERE End_Reason__c = 'Removed'";
    assert_eq!(world.until_rows(soql, 1).await.len(), 1);
    world.until_rows("SELECT Id FROM Chime_Seat_Key__c", 0).await;
    assert_eq!(world.chime_meetings(&meeting), 1);
    assert!(world.emulator.chime.ledger().meetings.iter().all(|m| m.ended_at.is_some()));
    assert_eq!(world.letters(), vec![]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scheduled_meeting_opens_its_doors_in_time_and_a_cancelled_one_never_does() {
    let world = World::with(|_| {}, &[("meeting.doors_before", "2000")]).await;
    let now = world.emulator.clock.now();
    let wish = |in_ms: i64| Wish {
        subject: "Later".into(),
        scheduled_start: Some(now + in_ms),
        scheduled_end: Some(now + 3_600_000),
        ..Wish::default()
    };
    let soon = world.click(wish(8_000), &["Ada", "Ben"]);
    let never = world.click(wish(600_000), &["Cem"]);
    let ben = world.person(&soon, 1);
    ben.join();
    until_ticket(&world, &never.seats[0], "a ticket that waits", |t| {
        t.state == TicketState::Waiting && t.opens_at == Some(now + 600_000)
    })
    .await;
    world.apex.command("CANCEL_MEETING", &never.id, None, None).unwrap();
    world.until_status(&never, "Cancelled").await;
    assert_eq!(reason(&world, &never), "Cancelled by request");

    // Whoever is early is let in when the doors open, and not a moment before.
    world.until_status(&soon, "Live").await;
    until_phase(&ben, Phase::In).await;
    let ledger = world.emulator.chime.ledger();
    let made = ledger.meetings.iter().find(|m| m.external_meeting_id == soon.id).unwrap();
    assert!(made.created_at >= now + 6_000, "the doors open two seconds before the start");
    assert_eq!(world.chime_meetings(&never), 0);
    until_ticket(&world, &never.seats[0], "a ticket that is over", |t| {
        t.state == TicketState::Ended
    })
    .await;
    assert_eq!(world.letters(), vec![]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_is_made_shown_for_a_while_and_erased_by_command() {
    let world = World::with(claiming, &[("aws.playback_minutes", "1")]).await;
    let (shown, shown_id, shown_key) = recorded(&world).await;
    world.apex.command("REFRESH_PLAYBACK", &shown.id, Some(&shown_key), None).unwrap();
    let link = until_link(&world, &shown_id).await;
    let answer = http().get(&link).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    assert!(!answer.bytes().await.unwrap().is_empty());
    assert_ne!(world.field("Chime_Recording__c", &shown_id, "Playback_Expires_At__c"), "");

    // What is on hold is not erased: the letter says so, and can be retried when the hold is gone.
    let (held, held_id, held_key) = recorded(&world).await;
    change(&world, &held_id, json!({ "Legal_Hold__c": true }));
    world.apex.command("ERASE_RECORDING", &held.id, Some(&held_key), None).unwrap();
    let letter = until_letter(&world, "CB-049").await;
    assert_eq!(text(&letter["Step__c"]), "command");
    assert_eq!(text(&letter["Meeting__c"]), held.id);
    assert!(versions(&world, &held, &held_key) > 0);
    assert_eq!(world.field("Chime_Recording__c", &held_id, "Status__c"), "Available");
    change(&world, &held_id, json!({ "Legal_Hold__c": false }));
    let letter = text(&letter["Letter_Key__c"]);
    world.apex.command("RETRY_DEAD_LETTER", &held.id, Some(&letter), None).unwrap();
    world.until_field("Chime_Recording__c", &held_id, "Status__c", "Erased").await;
    until_letter_is(&world, &letter, "Resolved").await;
    assert_eq!(versions(&world, &held, &held_key), 0, "every version is gone");
    assert_ne!(world.field("Chime_Recording__c", &held_id, "Erased_At__c"), "");

    // A minute later the link is dead and off the record; the recording stays.
    world.until_field("Chime_Recording__c", &shown_id, "Playback_Link__c", "").await;
    assert!(!http().get(&link).send().await.unwrap().status().is_success());
    assert_eq!(world.field("Chime_Recording__c", &shown_id, "Playback_Expires_At__c"), "");
    assert!(versions(&world, &shown, &shown_key) > 0);

    // Kept long enough, says the record.
    let past = date(world.emulator.clock.now() - 1_000);
    change(&world, &shown_id, json!({ "Retain_Until__c": past }));
    world.until_field("Chime_Recording__c", &shown_id, "Status__c", "Erased").await;
    assert_eq!(versions(&world, &shown, &shown_key), 0);
    assert_eq!(world.letters(), vec![]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_change_on_the_records_is_obeyed() {
    let world = World::with(claiming, &[]).await;
    let wish = Wish { subject: "Before".into(), ..Wish::default() };
    let meeting = world.click(wish, &["Ada", "Ben"]);
    let (ada, ben) = (world.person(&meeting, 0), world.person(&meeting, 1));
    ada.join();
    ben.join();
    let (org, seat) = (&world.emulator.org, &meeting.seats[1]);
    world.until_field("Chime_Participant__c", &seat.participant, "Status__c", "In meeting").await;
    org.update(ADMIN, "Chime_Meeting__c", &meeting.id, json!({ "Subject__c": "After" })).unwrap();
    let name = json!({ "Display_Name__c": "Benjamin", "Consent__c": "Given" });
    org.update(ADMIN, "Chime_Participant__c", &seat.participant, name).unwrap();
    until_ticket(&world, seat, "the new subject and name", |t| {
        t.subject == "After" && t.name == "Benjamin"
    })
    .await;
    let soql = "SELECT Text__c FROM Chime_Meeting_Log__c WHERE Kind__c = 'Consent'";
    assert_eq!(text(&world.until_rows(soql, 1).await[0]["Text__c"]), "Given");

    // Ada never agreed; when being told is enough, nobody has to.
    world.apex.command("START_RECORDING", &meeting.id, None, None).unwrap();
    until_state(&world, &meeting, "Waiting for consent").await;
    let told = json!({ "Consent_Policy__c": "Notice" });
    org.update(ADMIN, "Chime_Meeting__c", &meeting.id, told).unwrap();
    until_state(&world, &meeting, "Recording").await;

    // Ended on the record is ended.
    let ended = json!({ "Status__c": "Ended" });
    org.update(ADMIN, "Chime_Meeting__c", &meeting.id, ended).unwrap();
    until_phase(&ada, Phase::Ended).await;
    until_reason(&world, &meeting, "Ended on the record").await;
    assert_eq!(ticket(&world, seat).await.unwrap().state, TicketState::Ended);
    assert_eq!(world.letters(), vec![]);
}

fn claiming(config: &mut chime_emulator::start::Config) {
    config.recorders.insert("chime-recorder".into(), recorder(&["--claim-media"]));
}

/// A meeting that was recorded by command: (meeting, recording's id, its key).
async fn recorded(world: &World) -> (Meeting, String, String) {
    let wish = Wish { subject: "Recorded".into(), policy: "Notice".into(), ..Wish::default() };
    let meeting = world.click(wish, &["Ada"]);
    world.person(&meeting, 0).join();
    world.until_status(&meeting, "Live").await;
    world.apex.command("START_RECORDING", &meeting.id, None, None).unwrap();
    until_state(world, &meeting, "Recording").await;
    world.apex.command("STOP_RECORDING", &meeting.id, None, None).unwrap();
    until_state(world, &meeting, "Stopped").await;
    let soql = format!(
        "SELECT Id, Recording_Key__c, Requested_By__c FROM Chime_Recording__c \
         WHERE Meeting__c = '{}' AND Status__c = 'Available'",
        meeting.id
    );
    let row = world.until_rows(&soql, 1).await.remove(0);
    let admin = world.emulator.org.user(ADMIN).unwrap().id;
    assert_eq!(text(&row["Requested_By__c"]), admin, "the event's own CreatedById");
    (meeting, text(&row["Id"]), text(&row["Recording_Key__c"]))
}

async fn until_link(world: &World, recording: &str) -> String {
    let link = || world.field("Chime_Recording__c", recording, "Playback_Link__c");
    until("a playback link", || async {
        if link().is_empty() { Err(format!("{:?}", world.letters())) } else { Ok(()) }
    })
    .await;
    link()
}

async fn until_state(world: &World, meeting: &Meeting, state: &str) {
    world.until_field("Chime_Meeting__c", &meeting.id, "Recording_State__c", state).await;
}

async fn until_reason(world: &World, meeting: &Meeting, reason: &str) {
    world.until_field("Chime_Meeting__c", &meeting.id, "Status_Reason__c", reason).await;
}

async fn until_phase(person: &chime_emulator::people::Person, phase: Phase) {
    until(&format!("a person is {phase:?}"), || async {
        let view = person.view();
        if view.phase == phase { Ok(()) } else { Err(format!("{view:?}")) }
    })
    .await;
}

fn reason(world: &World, meeting: &Meeting) -> String {
    world.field("Chime_Meeting__c", &meeting.id, "Status_Reason__c")
}

fn change(world: &World, recording: &str, values: Value) {
    world.emulator.org.update(ADMIN, "Chime_Recording__c", recording, values).unwrap();
}

/// All attendees of a meeting ever made: (seat, deleted).
fn attendees(world: &World, meeting: &Meeting) -> Vec<(String, bool)> {
    let ledger = world.emulator.chime.ledger();
    let of = ledger.meetings.iter().filter(|m| m.external_meeting_id == meeting.id);
    of.flat_map(|m| &m.attendees).map(|a| (a.external_user_id.clone(), a.deleted)).collect()
}

/// How many versions and journal fragments of a recording there are (the stone does not count).
fn versions(world: &World, meeting: &Meeting, key: &str) -> usize {
    let s3 = &world.emulator.s3;
    let pieces = s3.versions(RECORDINGS_BUCKET, &pieces_prefix(&meeting.id, key)).len();
    let journal = s3.list(WORK_BUCKET, &journal_prefix(key));
    pieces + journal.iter().filter(|o| !o.key.ends_with("/erased")).count()
}
