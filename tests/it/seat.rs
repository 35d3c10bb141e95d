//! What tests look at and do from a seat: the ticket as its page opens it, signals signed by hand,
//! and the letters and queues behind it.

use chime_contract::keys::{JoinKey, SeatKeys};
use chime_contract::recording::pieces_prefix;
use chime_contract::signal::{HostAct, Signal, SignalKind};
use chime_contract::ticket::{self, SealedTicket, Ticket, object_key};
use chime_emulator::apex::gateway::{Meeting, Seat, Wish};
use chime_emulator::start::RECORDINGS_BUCKET;
use serde_json::Value;

use crate::world::{World, text, until};

/// The seat's keys, as its page derives them.
pub fn keys(world: &World, seat: &Seat) -> SeatKeys {
    JoinKey::parse(&seat.key).unwrap().seat(&world.emulator.org.config.org_id)
}

/// The seat's ticket as it is now; `None` while there is none.
pub async fn ticket(world: &World, seat: &Seat) -> Option<Ticket> {
    let keys = keys(world, seat);
    let url = format!("http://{}/{}", world.emulator.addresses.room, object_key(&keys.ticket));
    let answer = http().get(url).send().await.unwrap();
    if !answer.status().is_success() {
        return None;
    }
    let sealed: SealedTicket = answer.json().await.unwrap();
    Some(ticket::open(&sealed, &keys).unwrap())
}

/// Waits until the seat's ticket is as wished.
pub async fn until_ticket(world: &World, seat: &Seat, what: &str, wish: impl Fn(&Ticket) -> bool) {
    until(what, || async {
        match ticket(world, seat).await {
            Some(ticket) if wish(&ticket) => Ok(()),
            Some(ticket) => Err(format!("the ticket of {} is {:?}", ticket.seat, ticket.state)),
            None => Err("there is no ticket".into()),
        }
    })
    .await;
}

/// A client that knows no proxy.
pub fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

/// A signal of this seat, signed as its page would.
pub fn signal(world: &World, seat: &Seat, load: &str, counter: u32, kind: SignalKind) -> Signal {
    signal_with(world, seat, load, counter, kind, "")
}

/// The same, with data.
pub fn signal_with(
    world: &World,
    seat: &Seat,
    load: &str,
    counter: u32,
    kind: SignalKind,
    data: &str,
) -> Signal {
    let keys = keys(world, seat);
    Signal::sign(&keys.signal, &keys.ticket, load, counter, kind, data)
}

/// Data of a host's act, its proof made with this key, until this second.
pub fn host_act(key: &str, exp: u64) -> String {
    let proof = JoinKey::parse(key).unwrap().host_proof(exp);
    serde_json::to_string(&HostAct { exp, proof, target: None }).unwrap()
}

/// Posts a body to the signal door; the status it answers.
pub async fn post(world: &World, body: &str) -> u16 {
    let url = format!("http://{}/signals", world.emulator.addresses.room);
    let request = http().post(url).header("content-type", "application/json");
    request.body(body.to_string()).send().await.unwrap().status().as_u16()
}

/// Posts a signal, which the door takes.
pub async fn say(world: &World, signal: &Signal) {
    assert_eq!(post(world, &serde_json::to_string(signal).unwrap()).await, 200);
}

/// A meeting that was recorded and ended: itself, and the recording's key.
pub async fn recorded(world: &World) -> (Meeting, String) {
    let wish = Wish { subject: "Recorded".into(), policy: "Notice".into(), ..Wish::default() };
    let meeting = world.click(wish, &["Ada"]);
    let ada = world.person(&meeting, 0);
    ada.join();
    world.until_status(&meeting, "Live").await;
    ada.record().await.unwrap();
    world.until_field("Chime_Meeting__c", &meeting.id, "Recording_State__c", "Recording").await;
    ada.end().await.unwrap();
    let soql = format!(
        "SELECT Recording_Key__c FROM Chime_Recording__c \
         WHERE Meeting__c = '{}' AND Status__c = 'Available'",
        meeting.id
    );
    let key = text(&world.until_rows(&soql, 1).await[0]["Recording_Key__c"]);
    (meeting, key)
}

/// Versions of its objects that are left.
pub fn versions(world: &World, meeting: &Meeting, key: &str) -> usize {
    world.emulator.s3.versions(RECORDINGS_BUCKET, &pieces_prefix(&meeting.id, key)).len()
}

/// Waits until a queue is empty: the bridge deletes a message only when what follows from it is
/// durable.
pub async fn until_taken(world: &World, queue: &str) {
    until(&format!("all messages of {queue} are taken"), || async {
        match world.emulator.sqs.peek(queue).len() {
            0 => Ok(()),
            left => Err(format!("{left} are left")),
        }
    })
    .await;
}

/// Waits for the open dead letter with this code; its row.
pub async fn until_letter(world: &World, code: &str) -> Value {
    const OPEN: &str = "SELECT Letter_Key__c, Step__c, Cause__c, Detail__c, Meeting__c \
                        FROM Chime_Dead_Letter__c WHERE State__c = 'Open'";
    let found = || {
        let rows = world.query(OPEN);
        rows.into_iter().find(|row| text(&row["Cause__c"]).starts_with(code))
    };
    until(&format!("a dead letter {code}"), || async {
        match found() {
            Some(_) => Ok(()),
            None => Err(format!("there are {:?}", world.letters())),
        }
    })
    .await;
    found().unwrap()
}

/// Waits until a letter has this state.
pub async fn until_letter_is(world: &World, key: &str, state: &str) {
    let soql = format!(
        "SELECT Id FROM Chime_Dead_Letter__c WHERE Letter_Key__c = '{key}' AND State__c = '{state}'"
    );
    world.until_rows(&soql, 1).await;
}
