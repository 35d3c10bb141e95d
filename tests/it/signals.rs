//! The signal door: what is not signed by the seat, or not a host's to say, changes nothing; and
//! nobody can fill the dead letters from outside.

use chime_contract::signal::{Consent, Signal, SignalKind};
use chime_emulator::apex::gateway::{Seat, Wish};
use chime_emulator::start::{ADMIN, NOTICES, SIGNALS};
use serde_json::json;

use crate::ledger::{fault, reject};
use crate::seat::{host_act, post, say, signal, signal_with, until_letter, until_taken};
use crate::world::{World, text, until};

const LOAD: &str = "00112233445566aa";

#[tokio::test(flavor = "multi_thread")]
async fn only_what_a_seat_signed_and_may_say_takes_effect_and_only_once() {
    // A stranger's signal is given up after three times out of sight.
    let world = World::with(|_| {}, &[("queues.hidden_seconds", "1")]).await;
    let meeting = world.click(Wish { subject: "Doors".into(), ..Wish::default() }, &["Ada", "Ben"]);
    world.until_status(&meeting, "Open").await;
    let (ada, ben) = (world.person(&meeting, 0), world.person(&meeting, 1));
    ada.join();
    ben.join();
    let [host, guest] = [&meeting.seats[0], &meeting.seats[1]];
    for seat in [host, guest] {
        let id = &seat.participant;
        world.until_field("Chime_Participant__c", id, "Status__c", "In meeting").await;
    }

    // The door itself: too large, or no object.
    assert_eq!(post(&world, &format!("{{\"v\":\"{}\"}}", "x".repeat(5_000))).await, 400);
    assert_eq!(post(&world, "[1]").await, 400);

    // A replayed consent does not come back after the withdrawal that followed it.
    let given = consent(&world, guest, 1, true);
    say(&world, &given).await;
    say(&world, &consent(&world, guest, 2, false)).await;
    until_consent(&world, guest, "Withdrawn").await;
    for _ in 0..3 {
        say(&world, &given).await;
    }
    until_taken(&world, SIGNALS).await;

    // Signed by nobody, by another seat, or for a ticket nobody has.
    let mut forged = consent(&world, guest, 3, true);
    forged.mac = "A".repeat(43);
    say(&world, &forged).await;
    let mut borrowed = consent(&world, host, 4, true);
    borrowed.ticket = given.ticket.clone();
    say(&world, &borrowed).await;
    let mut stranger = consent(&world, guest, 5, true);
    stranger.ticket = "0".repeat(64);
    say(&world, &stranger).await;

    // A host's acts by a guest: without a proof, with one by the wrong key; and the host's own
    // proof that has expired.
    let now = u64::try_from(world.emulator.clock.now() / 1_000).unwrap();
    let host_key = host.host_key.clone().unwrap();
    let end = SignalKind::End;
    say(&world, &signal(&world, guest, LOAD, 6, end)).await;
    let self_made = host_act(&guest.key, now + 3_600);
    say(&world, &signal_with(&world, guest, LOAD, 7, end, &self_made)).await;
    let stolen = host_act(&host_key, now + 3_600);
    say(&world, &signal_with(&world, guest, LOAD, 8, end, &stolen)).await;
    let expired = host_act(&host_key, now - 60);
    say(&world, &signal_with(&world, host, LOAD, 9, end, &expired)).await;

    // Kind and trust come from the queue: a notice on the signals queue is nothing.
    let chime_meeting = world.emulator.chime.ledger().meetings[0].meeting_id.clone();
    let notice = json!({
        "version": "0", "id": "00000000-0000-0000-0000-000000000001", "source": "aws.chime",
        "detail-type": "Chime Meeting State Change", "account": "000000000000",
        "region": "eu-central-1", "time": "2026-11-23T10:00:00Z", "resources": [],
        "detail": {
            "version": "0", "eventType": "chime:AttendeeLeft", "timestamp": 1_900_000_000_000_i64,
            "meetingId": chime_meeting, "externalMeetingId": meeting.id, "attendeeId": "x",
            "externalUserId": guest.participant, "mediaRegion": "eu-central-1",
        },
    });
    world.emulator.sqs.send(SIGNALS, notice.to_string()).unwrap();
    until_taken(&world, SIGNALS).await;

    // All of it was taken from the queue before this: it is on the record, and nothing else is.
    say(&world, &chat(&world, guest, 10, "still here")).await;
    let soql = "SELECT Text__c FROM Chime_Meeting_Log__c WHERE Kind__c = 'Chat'";
    assert_eq!(text(&world.until_rows(soql, 1).await[0]["Text__c"]), "still here");
    until_consent(&world, guest, "Withdrawn").await;
    assert_eq!(world.field("Chime_Meeting__c", &meeting.id, "Status__c"), "Live");
    assert_eq!(world.field("Chime_Participant__c", &guest.participant, "Status__c"), "In meeting");
    let soql = "SELECT Text__c FROM Chime_Meeting_Log__c WHERE Kind__c = 'Consent'";
    assert_eq!(world.query(soql).len(), 2, "given once, withdrawn once");
    assert_eq!(world.letters(), vec![], "a stranger cannot fill the letters");

    // Who holds a host key but is no host any more is refused, with a letter: this is no stranger.
    let demoted = json!({ "Role__c": "Guest" });
    let org = &world.emulator.org;
    org.update(ADMIN, "Chime_Participant__c", &host.participant, demoted).unwrap();
    crate::seat::until_ticket(&world, host, "a guest's ticket", |t| {
        t.role == chime_contract::ticket::TicketRole::Guest
    })
    .await;
    ada.end().await.unwrap();
    until_letter(&world, "CB-018").await;
    let promoted = json!({ "Role__c": "Host" });
    org.update(ADMIN, "Chime_Participant__c", &host.participant, promoted).unwrap();
    crate::seat::until_ticket(&world, host, "a host's ticket", |t| {
        t.role == chime_contract::ticket::TicketRole::Host
    })
    .await;
    ada.end().await.unwrap();
    world.until_status(&meeting, "Ended").await;
    until_taken(&world, NOTICES).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_that_overtakes_the_command_that_invites_its_seat_is_not_lost() {
    let mut world = World::without_bridge(|_| {}, &[("queues.hidden_seconds", "1")]).await;
    let meeting = world.click(Wish::default(), &["Ada"]);
    let seat = &meeting.seats[0];
    say(&world, &consent(&world, seat, 1, true)).await;
    // The queue is heard before the org is.
    fault(&world, "pubsub", "Subscribe", reject(14, "service.unavailable"), 0);
    fault(&world, "rest", "*", reject(503, "SERVER_UNAVAILABLE"), 0);
    world.launch();
    until("the signal was received", || async {
        match world.emulator.sqs.peek(SIGNALS).first().map(|message| message.received) {
            Some(0) => Err("not yet".into()),
            Some(_) => Ok(()),
            None => panic!("it was taken for a stranger's"),
        }
    })
    .await;
    world.emulator.faults.clear();
    until_consent(&world, seat, "Given").await;
    until_taken(&world, SIGNALS).await;
    assert_eq!(world.letters(), vec![]);
}

fn consent(world: &World, seat: &Seat, counter: u32, given: bool) -> Signal {
    let data = serde_json::to_string(&Consent { given }).unwrap();
    signal_with(world, seat, LOAD, counter, SignalKind::Consent, &data)
}

fn chat(world: &World, seat: &Seat, counter: u32, text: &str) -> Signal {
    let data = json!({ "text": text }).to_string();
    signal_with(world, seat, LOAD, counter, SignalKind::Chat, &data)
}

async fn until_consent(world: &World, seat: &Seat, consent: &str) {
    world.until_field("Chime_Participant__c", &seat.participant, "Consent__c", consent).await;
}
