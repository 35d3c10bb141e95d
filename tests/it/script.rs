//! One meeting as people hold it, drawn at random and then played to its end: a button or a
//! schedule, joins, drops, returns, consent, chat, a recording, a removal, an end from the room or
//! from Salesforce, or a cancellation. It gives back what the books must say of it.
//!
//! Whatever a service has taken is said once: what is lost behind its door stays lost, and shows in
//! the books. Only what a door refused is said again, with the same bytes.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use chime_contract::keys::{JoinKey, SeatKeys};
use chime_contract::signal::{Chat, Consent, HostAct, Signal, SignalKind};
use chime_emulator::apex::gateway::{Gateway, Meeting, Seat, Wish};
use chime_emulator::clock::Clock;
use chime_emulator::org::Org;
use chime_emulator::people::{People, Person, Phase};
use rand::{Rng, rngs::StdRng};
use tokio::time::{Instant, sleep};

use crate::books::{Expected, Recorded};
use crate::world::{World, guests, until_within};

/// How long a script waits for one thing: the bridge may be dead for most of that time.
const PATIENCE: Duration = Duration::from_secs(120);
/// After this long without what a lost notice would have brought, people try something else.
const NUDGE: Duration = Duration::from_secs(8);

/// What a script may touch of the world while the world is killed and started.
#[derive(Clone)]
pub struct Stage {
    org: Arc<Org>,
    apex: Gateway,
    people: People,
    clock: Clock,
    room: SocketAddr,
    http: reqwest::Client,
    /// Events and notices may be lost on their way to the bridge.
    lossy: bool,
}

impl Stage {
    /// Of this world.
    pub fn new(world: &World, lossy: bool) -> Self {
        Self {
            org: world.emulator.org.clone(),
            apex: world.apex.clone(),
            people: world.emulator.people.clone(),
            clock: world.emulator.clock.clone(),
            room: world.emulator.addresses.room,
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
            lossy,
        }
    }

    fn field(&self, object: &str, id: &str, field: &str) -> String {
        let record = self.org.get(object, id).unwrap_or_default();
        record.get(field).and_then(|v| v.as_str()).unwrap_or_default().to_string()
    }
}

/// How it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// By the host in the room.
    Host,
    /// By END_MEETING.
    Command,
    /// By CANCEL_MEETING while people are in.
    Cancel,
    /// By CANCEL_MEETING before anybody came.
    Never,
}

/// What will happen in a meeting.
#[derive(Debug, Clone)]
pub struct Plan {
    people: usize,
    scheduled: bool,
    auto_record: bool,
    notice: bool,
    record: bool,
    declines: bool,
    drops: bool,
    returns: bool,
    chats: usize,
    removed: Option<bool>,
    withdraws: bool,
    stops: bool,
    ending: Ending,
    dwell: Duration,
}

impl Plan {
    /// Any meeting.
    pub fn any(random: &mut StdRng) -> Self {
        let people = random.random_range(1..=3);
        let record = random.random_bool(0.5);
        let withdraws = record && people > 1 && random.random_bool(0.2);
        Self {
            people,
            scheduled: random.random_bool(0.2),
            auto_record: record && people > 1 && random.random_bool(0.3),
            notice: random.random_bool(0.3),
            record,
            declines: !record && random.random_bool(0.3),
            drops: random.random_bool(0.5),
            returns: random.random_bool(0.4),
            chats: random.random_range(0..3),
            removed: (people > 1 && random.random_bool(0.3)).then(|| random.random_bool(0.5)),
            withdraws,
            stops: record && !withdraws && random.random_bool(0.3),
            ending: match random.random_range(0..10) {
                0 => Ending::Never,
                1 => Ending::Cancel,
                2..6 => Ending::Command,
                _ => Ending::Host,
            },
            dwell: Duration::from_millis(random.random_range(0..400)),
        }
    }

    /// Everything a story has: two people, a drop, a recording, the host ends it.
    pub fn story() -> Self {
        Self {
            people: 2,
            scheduled: false,
            auto_record: false,
            notice: false,
            record: true,
            declines: false,
            drops: true,
            returns: false,
            chats: 1,
            removed: None,
            withdraws: false,
            stops: false,
            ending: Ending::Host,
            dwell: Duration::ZERO,
        }
    }
}

/// One seat's hand: signs and posts what is said outside the page's own loop.
struct Hand {
    stage: Stage,
    keys: SeatKeys,
    host: Option<JoinKey>,
    load: String,
    counter: u32,
}

impl Hand {
    fn new(stage: &Stage, seat: &Seat) -> Self {
        let key = JoinKey::parse(&seat.key).unwrap();
        Self {
            keys: key.seat(&stage.org.config.org_id),
            host: seat.host_key.as_deref().map(|key| JoinKey::parse(key).unwrap()),
            load: hex::encode(rand::random::<[u8; 8]>()),
            counter: 0,
            stage: stage.clone(),
        }
    }

    /// Says it until the door has taken it; the same bytes each time.
    async fn say(&mut self, kind: SignalKind, data: &str) {
        self.counter += 1;
        let keys = &self.keys;
        let signal = Signal::sign(&keys.signal, &keys.ticket, &self.load, self.counter, kind, data);
        let body = serde_json::to_string(&signal).unwrap();
        let url = format!("http://{}/signals", self.stage.room);
        until(&format!("the door takes {}", kind.word()), || async {
            let post = self.stage.http.post(&url).header("content-type", "application/json");
            match post.body(body.clone()).send().await {
                Ok(answer) if answer.status().is_success() => Ok(()),
                Ok(answer) => Err(answer.status().to_string()),
                Err(error) => Err(error.to_string()),
            }
        })
        .await;
    }

    async fn consent(&mut self, given: bool) {
        self.say(SignalKind::Consent, &serde_json::to_string(&Consent { given }).unwrap()).await;
    }

    async fn host_act(&mut self, kind: SignalKind, target: Option<String>) {
        let exp = (self.stage.clock.now() / 1000 + 3600) as u64;
        let proof = self.host.as_ref().unwrap().host_proof(exp);
        let act = HostAct { exp, proof, target };
        self.say(kind, &serde_json::to_string(&act).unwrap()).await;
    }
}

/// A meeting being played.
struct Play {
    stage: Stage,
    plan: Plan,
    meeting: Meeting,
    people: Vec<Person>,
    hands: Vec<Hand>,
    expected: Expected,
}

/// Starts it and plays it to its end. Panics with what never came true.
pub async fn play(stage: Stage, plan: Plan, started: impl FnOnce(&Meeting)) -> Expected {
    let now = stage.clock.now();
    let wish = Wish {
        subject: "Soak".into(),
        policy: if plan.notice { "Notice".into() } else { String::new() },
        auto_record: plan.auto_record,
        scheduled_start: plan.scheduled.then_some(now + 1_500),
        scheduled_end: plan.scheduled.then_some(now + 3_600_000),
    };
    let guests = guests(&["Ada", "Ben", "Cem"][..plan.people]);
    let meeting = stage.apex.start(&wish, &guests).unwrap();
    started(&meeting);
    let people = meeting
        .seats
        .iter()
        .map(|s| stage.people.add(&s.name, &s.key, s.host_key.as_deref()).unwrap())
        .collect();
    let hands = meeting.seats.iter().map(|seat| Hand::new(&stage, seat)).collect();
    let expected = Expected::new(meeting.clone());
    let mut play = Play { stage, plan, meeting, people, hands, expected };
    play.go().await;
    play.expected
}

impl Play {
    async fn go(&mut self) {
        if self.plan.ending == Ending::Never {
            return self.cancelled().await;
        }
        for person in &self.people {
            person.join();
        }
        self.until_in().await;
        self.say_what_they_think().await;
        sleep(self.plan.dwell).await;
        if self.plan.drops {
            let person = &self.people[self.people.len() - 1];
            if person.drop_out().is_ok() {
                sleep(self.plan.dwell).await;
                person.come_back();
                self.until_in().await;
            }
        }
        if self.plan.record {
            self.record().await;
        }
        if self.plan.returns {
            let person = &self.people[0];
            // Away whether or not the door heard it.
            let _ = person.leave().await;
            person.join();
            self.until_in().await;
        }
        self.chat().await;
        self.remove().await;
        self.end().await;
    }

    async fn cancelled(&mut self) {
        let id = self.meeting.id.clone();
        // Where events change places, what is taken back before it is known comes afterwards.
        if self.stage.lossy && !self.plan.scheduled {
            self.until("the meeting is open", || self.status() != "Requested").await;
        }
        self.command("CANCEL_MEETING", None, || self.status() == "Cancelled").await;
        self.expected.end("Cancelled", "Cancelled by request");
        let status = self.stage.field("Chime_Meeting__c", &id, "Status__c");
        assert_eq!(status, "Cancelled", "{id}");
    }

    async fn until_in(&self) {
        for person in &self.people {
            let what = format!("{} is in {}", person.view().name, self.meeting.id);
            until(&what, || async {
                let view = person.view();
                if view.phase == Phase::In { Ok(()) } else { Err(format!("{view:?}")) }
            })
            .await;
        }
    }

    async fn say_what_they_think(&mut self) {
        let last = self.hands.len() - 1;
        for (index, hand) in self.hands.iter_mut().enumerate() {
            let given = !(self.plan.declines && index == last);
            hand.consent(given).await;
            let word = if given { "Given" } else { "Declined" };
            self.expected.said(index, word);
        }
    }

    async fn record(&mut self) {
        self.expected.recorded = Recorded::Once;
        if !self.plan.auto_record {
            self.hands[0].host_act(SignalKind::Record, None).await;
        }
        self.until_state("Recording").await;
        if self.plan.withdraws {
            let last = self.hands.len() - 1;
            self.hands[last].consent(false).await;
            self.expected.said(last, "Withdrawn");
            if !self.plan.notice {
                self.until_state("Stopped").await;
            }
        } else if self.plan.stops {
            self.hands[0].host_act(SignalKind::StopRecording, None).await;
            self.until_state("Stopped").await;
        }
    }

    /// Where notices are lost nobody may know that people are there: they load the page anew.
    async fn until_state(&self, wanted: &str) {
        let mut since = Instant::now();
        let what = format!("the recording of {} is {wanted}", self.meeting.id);
        until(&what, || {
            let state =
                self.stage.field("Chime_Meeting__c", &self.meeting.id, "Recording_State__c");
            if self.stage.lossy && wanted == "Recording" && since.elapsed() > NUDGE {
                since = Instant::now();
                self.people.iter().for_each(Person::join);
            }
            let is = state == wanted;
            async move { if is { Ok(()) } else { Err(state) } }
        })
        .await;
        if self.stage.lossy {
            self.until_in().await;
        }
    }

    async fn chat(&mut self) {
        for number in 0..self.plan.chats {
            let text = format!("line {number} of {}", self.meeting.id);
            let data = serde_json::to_string(&Chat { text: text.clone() }).unwrap();
            let index = number % self.hands.len();
            self.hands[index].say(SignalKind::Chat, &data).await;
            self.expected.chat.push(text);
        }
    }

    async fn remove(&mut self) {
        let Some(by_host) = self.plan.removed else { return };
        let last = self.people.len() - 1;
        let seat = self.meeting.seats[last].participant.clone();
        if by_host {
            self.hands[0].host_act(SignalKind::Remove, Some(seat.clone())).await;
        } else {
            let gone = || self.people[last].view().phase == Phase::Removed;
            self.command("REMOVE_PARTICIPANT", Some(&seat), gone).await;
        }
        let what = format!("{seat} is shown out");
        self.until(&what, || self.people[last].view().phase == Phase::Removed).await;
        self.expected.removed.insert(seat);
    }

    async fn end(&mut self) {
        if self.plan.ending == Ending::Host {
            self.hands[0].host_act(SignalKind::End, None).await;
        }
        if self.plan.ending == Ending::Cancel && !self.stage.lossy {
            // What is known to have taken place cannot be cancelled.
            self.until("the meeting is known to be live", || self.status() == "Live").await;
        }
        let over = || self.status() == "Ended";
        match self.plan.ending {
            Ending::Host => {
                self.until(&format!("{} has ended", self.meeting.id), over).await;
                self.expected.end("Ended", "Ended by the host");
            }
            Ending::Command => {
                self.command("END_MEETING", None, over).await;
                self.expected.end("Ended", "Ended by request");
            }
            Ending::Cancel | Ending::Never => {
                // Nobody told that anybody came: then it never took place.
                let over = || matches!(self.status().as_str(), "Ended" | "Cancelled");
                self.command("CANCEL_MEETING", None, over).await;
                self.expected.end("Ended", "Cancelled by request");
                if self.stage.lossy {
                    self.expected.end("Cancelled", "Cancelled by request");
                }
            }
        }
    }

    fn status(&self) -> String {
        self.stage.field("Chime_Meeting__c", &self.meeting.id, "Status__c")
    }

    /// Publishes a command once; where events are lost, again until it is done.
    async fn command(&self, action: &str, target: Option<&str>, done: impl Fn() -> bool) {
        let publish = || self.stage.apex.command(action, &self.meeting.id, target, None).unwrap();
        publish();
        let mut since = Instant::now();
        let what = format!("{action} of {} is done", self.meeting.id);
        self.until(&what, || {
            if self.stage.lossy && since.elapsed() > NUDGE {
                since = Instant::now();
                publish();
            }
            done()
        })
        .await;
    }

    async fn until(&self, what: &str, mut true_now: impl FnMut() -> bool) {
        until(what, || {
            let (is, status) = (true_now(), self.status());
            async move { if is { Ok(()) } else { Err(format!("the meeting is {status}")) } }
        })
        .await;
    }
}

/// As `world::until`, with the patience of a script.
async fn until<F>(what: &str, look: impl FnMut() -> F)
where
    F: Future<Output = Result<(), String>>,
{
    until_within(PATIENCE, what, look).await;
}
