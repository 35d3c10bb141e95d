//! People without media, driven by tickets a test seals as the bridge would.

use chime_contract::Secret;
use chime_contract::keys::JoinKey;
use chime_contract::signal::{Arrived, Consent, HostAct, Signal, SignalKind};
use chime_contract::ticket::{
    MediaPlacement, Ticket, TicketAttendee, TicketMeeting, TicketPolicy, TicketRole, TicketState,
    object_key, seal,
};
use chime_emulator::people::{Person, Phase};
use chime_emulator::start::{ROOM_BUCKET, SIGNALS};

use crate::{World, until, world};

/// A seat whose ticket the test writes.
pub struct Seat {
    key: JoinKey,
    host: JoinKey,
    revision: u64,
}

impl Seat {
    pub fn new() -> Self {
        Self { key: JoinKey::from_bytes([7; 32]), host: JoinKey::from_bytes([9; 32]), revision: 0 }
    }

    pub fn person(&self, w: &World) -> Person {
        let (key, host) = (self.key.to_text(), self.host.to_text());
        w.emulator.people.add("Ada", key.expose(), Some(host.expose())).unwrap()
    }

    fn write(&mut self, w: &World, state: TicketState, place: Option<(&str, &str, &str)>) {
        self.revision += 1;
        let ticket = Ticket {
            revision: self.revision,
            state,
            seat: "seat-1".into(),
            subject: "Review".into(),
            name: "Ada".into(),
            role: TicketRole::Host,
            policy: TicketPolicy::Notice,
            recording: "None".into(),
            opens_at: None,
            reason: None,
            meeting: place.map(|p| TicketMeeting {
                meeting_id: p.0.into(),
                external_meeting_id: "a015e00000000001AA".into(),
                media_region: "eu-central-1".into(),
                media_placement: MediaPlacement {
                    audio_host_url: String::new(),
                    audio_fallback_url: String::new(),
                    signaling_url: String::new(),
                    event_ingestion_url: None,
                },
            }),
            attendee: place.map(|p| TicketAttendee {
                attendee_id: p.1.into(),
                external_user_id: "seat-1".into(),
                join_token: Secret::new(p.2.into()),
            }),
        };
        let keys = self.key.seat(&w.org_id);
        let file = seal(&ticket, &keys, rand::random()).unwrap();
        let body = serde_json::to_vec(&file).unwrap();
        w.emulator.s3.put(ROOM_BUCKET, &object_key(&keys.ticket), body);
    }

    /// Opens a new Chime meeting and writes the ticket for it; gives the meeting's id.
    pub async fn open(&mut self, w: &World, token: &str) -> String {
        let meeting = w.meeting(token).await;
        let attendee = w.attendee(&meeting, "seat-1").await;
        let (id, token) = (attendee.attendee_id().unwrap(), attendee.join_token().unwrap());
        self.write(w, TicketState::Open, Some((&meeting, id, token)));
        meeting
    }

    /// All signals of a kind so far; each must bear this seat's signature.
    fn signals(&self, w: &World, kind: SignalKind) -> Vec<Signal> {
        let key = self.key.seat(&w.org_id).signal;
        let messages = w.emulator.sqs.peek(SIGNALS);
        let all = messages.iter().map(|m| Signal::parse(&m.body).unwrap());
        all.inspect(|s| assert!(s.signed_by(&key))).filter(|s| s.kind == kind).collect()
    }
}

pub async fn phase(person: &Person, wanted: Phase) {
    until(&format!("{wanted:?}"), async || (person.view().phase == wanted).then_some(())).await;
}

#[tokio::test]
async fn a_person_waits_rings_and_enters_when_the_ticket_opens() {
    let w = world().await;
    let mut seat = Seat::new();
    let person = seat.person(&w);
    person.join();
    phase(&person, Phase::Waiting).await;
    assert!(seat.signals(&w, SignalKind::Arrived).is_empty(), "no ticket, no bell");

    seat.write(&w, TicketState::Waiting, None);
    until("the bell", async || seat.signals(&w, SignalKind::Arrived).pop()).await;
    seat.open(&w, "token-1").await;
    phase(&person, Phase::In).await;
    assert!(w.events().iter().any(|e| e.0 == "chime:AttendeeJoined"));

    person.consent(true).await.unwrap();
    let consent = &seat.signals(&w, SignalKind::Consent)[0];
    assert!(serde_json::from_str::<Consent>(&consent.data).unwrap().given);
    person.leave().await.unwrap();
    assert_eq!(person.view().phase, Phase::Left);
    let left = &seat.signals(&w, SignalKind::Left)[0];
    assert_eq!(left.load, consent.load);
    assert!(left.counter > consent.counter);
    assert!(w.events().iter().any(|e| e.0 == "chime:AttendeeLeft"));
}

#[tokio::test]
async fn a_person_drops_and_comes_back() {
    let w = world().await;
    let mut seat = Seat::new();
    let person = seat.person(&w);
    seat.open(&w, "token-1").await;
    person.join();
    phase(&person, Phase::In).await;
    person.drop_out().unwrap();
    assert!(person.drop_out().is_err(), "there is no network to lose");
    w.emulator.clock.advance(3_000);
    person.come_back();
    phase(&person, Phase::In).await;
    let of = |word: &str| w.events().iter().filter(|e| e.0 == word).count();
    assert_eq!((of("chime:AttendeeDropped"), of("chime:AttendeeJoined")), (1, 2));
    assert!(seat.signals(&w, SignalKind::Left).is_empty());
}

#[tokio::test]
async fn a_stale_ticket_makes_the_person_ring_with_the_meeting_that_failed() {
    let w = world().await;
    let mut seat = Seat::new();
    let person = seat.person(&w);
    let gone = seat.open(&w, "token-1").await;
    w.chime.delete_meeting().meeting_id(&gone).send().await.unwrap();
    person.join();
    let bell = until("the bell", async || seat.signals(&w, SignalKind::Arrived).pop()).await;
    let said: Arrived = serde_json::from_str(&bell.data).unwrap();
    assert_eq!(said.failed_meeting_id, Some(gone));
    assert!(w.emulator.chime.ledger().meetings[0].attendees.iter().all(|a| !a.connected));
    let new = seat.open(&w, "token-2").await;
    phase(&person, Phase::In).await;
    assert_eq!(person.view().meeting_id, Some(new));
}

#[tokio::test]
async fn a_host_proves_it_and_a_guest_cannot() {
    let w = world().await;
    let mut seat = Seat::new();
    seat.open(&w, "token-1").await;
    let host = seat.person(&w);
    assert!(host.record().await.is_err(), "the page is not open");
    host.join();
    phase(&host, Phase::In).await;
    host.record().await.unwrap();
    host.stop_recording().await.unwrap();
    host.remove("seat-2").await.unwrap();
    host.end().await.unwrap();
    for kind in [SignalKind::Record, SignalKind::StopRecording, SignalKind::Remove, SignalKind::End]
    {
        let signal = seat.signals(&w, kind).pop().unwrap();
        let act: HostAct = serde_json::from_str(&signal.data).unwrap();
        assert!(seat.host.check_host_proof(act.exp, &act.proof));
        assert_eq!(act.target.as_deref(), (kind == SignalKind::Remove).then_some("seat-2"));
    }
    let guest = w.emulator.people.add("Bo", seat.key.to_text().expose(), None).unwrap();
    guest.join();
    assert!(guest.end().await.is_err());
}

#[tokio::test]
async fn the_ticket_ends_the_page() {
    let w = world().await;
    let mut seat = Seat::new();
    let person = seat.person(&w);
    let meeting = seat.open(&w, "token-1").await;
    person.join();
    phase(&person, Phase::In).await;
    seat.write(&w, TicketState::Ended, None);
    w.chime.delete_meeting().meeting_id(&meeting).send().await.unwrap();
    phase(&person, Phase::Ended).await;
}

#[tokio::test]
async fn one_key_on_two_devices_does_not_fight() {
    let w = world().await;
    let mut seat = Seat::new();
    seat.open(&w, "token-1").await;
    let (laptop, phone) = (seat.person(&w), seat.person(&w));
    laptop.join();
    phase(&laptop, Phase::In).await;
    phone.join();
    phase(&phone, Phase::In).await;
    phase(&laptop, Phase::Left).await;
    assert_eq!(phone.view().phase, Phase::In);
}
