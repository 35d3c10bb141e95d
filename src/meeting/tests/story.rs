//! A meeting on a stage: drives `step` with a clock moved by hand, answers its effects from a small
//! world (Chime, ECS, S3, the record in Salesforce), and keeps what Salesforce would show.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::clock::Millis;
use crate::meeting::effect::{Effect, Failure, Outcome, TaskState, TicketContent};
use crate::meeting::event::{Details, Event, Presence, PresenceKind, Said, SeatInvite};
use crate::meeting::model::{Meeting, Recording, Role, Seat};
use crate::meeting::records::{self, Told};
use crate::meeting::settings::Settings;
use crate::meeting::{Context, Step, step};
use crate::outbox::row::{Change, Operation};

use super::world::World;

pub(super) const ORG: &str = "00D5e000000EmuLAA0";
pub(super) const ID: &str = "a015e00000MTG01AAA";
pub(super) const USER: &str = "0055e000001host1AA";
pub(super) const SECOND: Millis = 1_000;
pub(super) const MINUTE: Millis = 60 * SECOND;
pub(super) const HOUR: Millis = 60 * MINUTE;
pub(super) const DAY: Millis = 24 * HOUR;
pub(super) const START: Millis = 1_800_000_000_000;

pub(super) type Rows = BTreeMap<(String, String), BTreeMap<String, Value>>;

pub(super) struct Story {
    pub(super) now: Millis,
    /// Up to when the queues were heard; none: up to now.
    pub(super) heard: Option<Millis>,
    pub(super) settings: Settings,
    pub(super) meeting: Option<Meeting>,
    pub(super) world: World,
    /// Effects that wait for an answer, by name.
    pub(super) waiting: BTreeMap<String, Effect>,
    /// Every effect ever wanted, in order.
    pub(super) wanted: Vec<Effect>,
    /// The newest ticket of each seat.
    pub(super) tickets: BTreeMap<String, TicketContent>,
    /// Names of effects that are not answered, by beginning.
    pub(super) held: Vec<&'static str>,
    /// Results given so far, to be told again.
    pub(super) results: Vec<(Effect, Outcome)>,
    pub(super) rows: Rows,
    /// Seats whose keys Salesforce is to forget, as often as it was said.
    pub(super) keys_dropped: Vec<String>,
    pub(super) secrets: BTreeSet<String>,
    /// Secrets ever dropped.
    pub(super) dropped: BTreeSet<String>,
    pub(super) refusals: Vec<Failure>,
    pub(super) deadline: Option<Millis>,
    pub(super) signals: u32,
    /// A hand-made state: not driven on when the story is over.
    pub(super) sketch: bool,
}

impl Drop for Story {
    /// Each story's end state comes to rest or goes on; none runs in circles.
    fn drop(&mut self) {
        let small = self.meeting.as_ref().is_some_and(|m| m.seats.len() < 10);
        if small && !self.sketch && !std::thread::panicking() {
            self.assert_it_comes_to_rest();
        }
    }
}

impl Story {
    pub(super) fn new() -> Self {
        Self {
            now: START,
            heard: None,
            settings: Settings::default(),
            meeting: None,
            world: World::default(),
            waiting: BTreeMap::new(),
            wanted: vec![],
            tickets: BTreeMap::new(),
            held: vec![],
            results: vec![],
            rows: Rows::new(),
            keys_dropped: vec![],
            secrets: BTreeSet::new(),
            dropped: BTreeSet::new(),
            refusals: vec![],
            deadline: None,
            signals: 0,
            sketch: false,
        }
    }

    /// A started meeting with a host and two guests; the host's ticket is open.
    pub(super) fn started() -> Self {
        let mut story = Self::new();
        story.send(Event::Start(details(three())));
        story
    }

    /// A started meeting with the host in it.
    pub(super) fn live() -> Self {
        let mut story = Self::started();
        story.joins("host");
        story
    }

    pub(super) fn m(&self) -> &Meeting {
        self.meeting.as_ref().unwrap()
    }

    pub(super) fn seat(&self, id: &str) -> &Seat {
        &self.m().seats[id]
    }

    /// The newest recording.
    pub(super) fn recording(&self) -> &Recording {
        self.m().recordings.last().unwrap()
    }

    pub(super) fn step(&self, event: Event) -> Step {
        let heard = self.heard.unwrap_or(self.now);
        let ctx = Context { now: self.now, heard, org_id: ORG, settings: &self.settings };
        step(self.meeting.clone(), ID, event, ctx)
    }

    /// One step, its effects left waiting.
    pub(super) fn tell(&mut self, event: Event) {
        let out = self.step(event);
        if out.meeting.is_some() {
            self.meeting = out.meeting;
        }
        self.deadline = out.deadline;
        for effect in out.effects {
            if let Effect::WriteTicket { seat, content } = &effect {
                self.tickets.insert(seat.clone(), content.as_ref().clone());
            }
            self.wanted.push(effect.clone());
            self.waiting.insert(effect.name(), effect);
        }
        out.changes.into_iter().for_each(|change| self.lay(change));
        self.secrets.extend(out.secrets.into_iter().map(|(name, _)| name));
        for name in out.dropped_secrets {
            self.secrets.remove(&name);
            self.dropped.insert(name);
        }
        self.refusals.extend(out.refusals);
        self.check_deadline();
    }

    /// Every state that is not final has a deadline.
    fn check_deadline(&self) {
        let Some(meeting) = &self.meeting else { return };
        if !meeting.status.is_final() {
            assert!(self.deadline.is_some(), "no deadline in {:?}", meeting.status);
        }
        for recording in &meeting.recordings {
            if !recording.settled() || recording.erasing {
                assert!(self.deadline.is_some(), "no deadline, recording {:?}", recording.status);
            }
        }
    }

    fn lay(&mut self, change: Change) {
        let at = (change.object.clone(), change.key.value().to_string());
        match change.operation {
            Operation::Delete => drop(self.rows.remove(&at)),
            Operation::DeleteBy => {
                assert_eq!(at.0, "Chime_Seat_Key__c");
                self.keys_dropped.push(at.1);
            }
            Operation::Write => self.rows.entry(at).or_default().extend(change.fields),
        }
    }

    /// One step, and answers to all that follows from it.
    pub(super) fn send(&mut self, event: Event) {
        self.tell(event);
        self.answer();
    }

    /// Answers what waits, until nothing does but what is held.
    pub(super) fn answer(&mut self) {
        for _ in 0..1_000 {
            let held = &self.held;
            let next = self.waiting.keys().find(|name| !held.iter().any(|h| name.starts_with(h)));
            let Some(name) = next.cloned() else { return };
            let effect = self.waiting.remove(&name).unwrap();
            if let Some(outcome) = self.world.run(&effect, self.now) {
                self.give(effect, outcome);
            }
        }
        panic!("effects never end: {:?}", self.waiting.keys());
    }

    pub(super) fn give(&mut self, effect: Effect, outcome: Outcome) {
        self.results.push((effect.clone(), outcome.clone()));
        self.tell(Event::Result { effect, outcome });
    }

    /// Answers what is held after all.
    pub(super) fn release(&mut self) {
        self.held.clear();
        self.answer();
    }

    /// Answers one waiting effect in the given way.
    pub(super) fn fail(&mut self, name: &str, code: &str) {
        let key = self.waiting.keys().find(|n| n.starts_with(name)).unwrap().clone();
        let effect = self.waiting.remove(&key).unwrap();
        let failure = Failure { code: code.into(), text: "it would not".into() };
        self.give(effect, Outcome::Failed(failure));
        self.answer();
    }

    /// Lets time pass; every deadline on the way is kept.
    pub(super) fn wait(&mut self, time: Millis) {
        let until = self.now + time;
        let mut ticks = 0;
        while let Some(at) = self.deadline.filter(|at| *at <= until) {
            self.now = self.now.max(at);
            self.send(Event::Tick);
            assert!(self.deadline != Some(at) || at > self.now, "a tick at {at} changed nothing");
            ticks += 1;
            assert!(ticks < 100_000, "busy loop");
        }
        self.now = until;
    }

    // ---- people

    pub(super) fn chime(&self) -> String {
        self.m().sessions.last().and_then(|s| s.chime_id()).unwrap().to_string()
    }

    pub(super) fn fact(&self, seat: &str, kind: PresenceKind, at: Millis) -> Event {
        let chime_meeting = self.chime();
        let attendee = World::attendee(&chime_meeting, seat);
        Event::Presence(Presence { seat: seat.into(), chime_meeting, attendee, kind, at })
    }

    pub(super) fn chime_tells(&mut self, seat: &str, kind: PresenceKind) {
        let event = self.fact(seat, kind, self.now);
        self.send(event);
    }

    /// Arrives and enters.
    pub(super) fn joins(&mut self, seat: &str) {
        self.arrives(seat);
        self.chime_tells(seat, PresenceKind::Joined);
    }

    pub(super) fn leaves(&mut self, seat: &str) {
        self.chime_tells(seat, PresenceKind::Left);
    }

    pub(super) fn says(&mut self, seat: &str, said: Said) {
        self.signals += 1;
        let (seat, at, counter) = (seat.to_string(), self.now, self.signals);
        self.send(Event::Signal { load: format!("load-{seat}"), seat, at, counter, said });
    }

    pub(super) fn arrives(&mut self, seat: &str) {
        self.says(seat, Said::Arrived { failed_meeting: None });
    }

    pub(super) fn consents(&mut self, seat: &str, given: bool) {
        self.says(seat, Said::Consent { given });
    }

    // ---- recorder

    pub(super) fn record(&mut self) {
        self.send(Event::StartRecording { by: USER.into() });
    }

    /// The newest attempt's recorder is in the meeting and has written its first fragment.
    pub(super) fn recorder_records(&mut self) {
        let (key, attempt) = self.attempt();
        let seat = chime_contract::recording::seat(&key, attempt);
        self.chime_tells(&seat, PresenceKind::Joined);
        self.fragment();
    }

    pub(super) fn attempt(&self) -> (String, u32) {
        let recording = self.recording();
        (recording.key.clone(), recording.attempts.last().unwrap().number)
    }

    pub(super) fn fragment(&mut self) {
        let ((recording, attempt), at) = (self.attempt(), self.now);
        self.world.fragments.insert((recording.clone(), attempt), at);
        self.send(Event::Fragment { recording, attempt, at });
    }

    /// Lets time pass while the newest attempt writes fragments.
    pub(super) fn recording_for(&mut self, time: Millis) {
        let until = self.now + time;
        while self.now < until {
            self.wait((2 * SECOND).min(until - self.now));
            self.fragment();
        }
    }

    /// The newest attempt's task has stopped by itself, its piece in S3 (if it captured any).
    pub(super) fn recorder_stops(&mut self) {
        let (recording, attempt) = self.attempt();
        self.world.stop(&recording, attempt, "Essential container exited (0)", self.now);
        self.send(Event::Check);
    }

    /// Stopped by hand, and the recorder obeys.
    pub(super) fn recorder_stops_for_good(&mut self) {
        self.send(Event::StopRecording);
        self.recorder_stops();
    }

    // ---- what the world sees

    pub(super) fn status(&self) -> &'static str {
        self.m().status.label()
    }

    pub(super) fn told(&self, object: &str, key: &str, field: &str) -> Value {
        let row = self.rows.get(&(object.to_string(), key.to_string()));
        row.and_then(|r| r.get(field)).cloned().unwrap_or(Value::Null)
    }

    pub(super) fn meeting_says(&self, field: &str) -> Value {
        self.told("Chime_Meeting__c", ID, field)
    }

    pub(super) fn person_says(&self, seat: &str, field: &str) -> Value {
        self.told("Chime_Participant__c", seat, field)
    }

    pub(super) fn recording_says(&self, field: &str) -> Value {
        self.told("Chime_Recording__c", &self.recording().key, field)
    }

    /// The newest ticket of a seat.
    pub(super) fn ticket(&self, of: &str) -> TicketContent {
        self.tickets[of].clone()
    }

    /// What the ticket of one key says, which need not be the seat's newest.
    pub(super) fn said_by_ticket(&self, name: &str) -> TicketContent {
        let written = self.wanted.iter().rev().filter_map(|effect| match effect {
            Effect::WriteTicket { content, .. } => Some(content.as_ref()),
            _ => None,
        });
        written.into_iter().find(|content| content.ticket == name).unwrap().clone()
    }

    /// How many effects were wanted whose name begins so.
    pub(super) fn count(&self, name: &str) -> usize {
        self.wanted.iter().filter(|e| e.name().starts_with(name)).count()
    }

    /// Rows of an object.
    pub(super) fn rows_of(&self, object: &str) -> Vec<&BTreeMap<String, Value>> {
        self.rows.iter().filter(|((o, _), _)| o == object).map(|(_, fields)| fields).collect()
    }

    /// What was told, merged, is what a full telling of the state would say.
    pub(super) fn assert_nothing_untold(&self) {
        let mut meeting = self.m().clone();
        let mut full = Self::new();
        let changes = records::changes(Told::Doubtful, &mut meeting, self.now);
        changes.into_iter().for_each(|change| full.lay(change));
        let (told, full) = (shown(&self.rows), shown(&full.rows));
        assert_eq!(told, full);
    }

    /// Drives a thousand deadlines: each moves on, and none comes back.
    pub(super) fn assert_it_comes_to_rest(&mut self) {
        let mut last = Millis::MIN;
        for _ in 0..1_000 {
            let Some(at) = self.deadline else { return };
            assert!(at > last, "deadline {at} after {last} does not move on");
            last = at.max(self.now);
            self.now = last;
            self.send(Event::Tick);
        }
    }
}

/// Rows without what says nothing: log rows (they are no projection), revisions, empty fields and
/// what the package inserts.
pub(super) fn shown(rows: &Rows) -> Rows {
    let says = |name: &str, value: &Value| {
        let inserted = (name == "Status__c" && value == "Invited")
            || (name == "Consent__c" && value == "Not asked")
            || (name == "Seconds_Present__c" && value == 0);
        !value.is_null() && !inserted && name != "Bridge_Revision__c"
    };
    rows.iter()
        .filter(|((object, _), _)| object != "Chime_Meeting_Log__c")
        .map(|(key, fields)| {
            let fields = fields.iter().filter(|(name, value)| says(name, value));
            (key.clone(), fields.map(|(n, v)| (n.clone(), v.clone())).collect())
        })
        .filter(|(_, fields): &(_, BTreeMap<String, Value>)| !fields.is_empty())
        .collect()
}

pub(super) fn invite(id: &str, role: Role) -> SeatInvite {
    SeatInvite { id: id.into(), role, name: format!("Name of {id}"), ticket: format!("t-{id}") }
}

/// A host, `anna` and `ben`.
pub(super) fn three() -> Vec<SeatInvite> {
    vec![invite("host", Role::Host), invite("anna", Role::Guest), invite("ben", Role::Attendee)]
}

pub(super) fn details(seats: Vec<SeatInvite>) -> Details {
    Details { subject: "Quarter".into(), seats, by: USER.into(), ..Details::default() }
}

/// Scheduled in an hour, for an hour.
pub(super) fn scheduled() -> Details {
    Details {
        scheduled_start: Some(START + HOUR),
        scheduled_end: Some(START + 2 * HOUR),
        ..details(three())
    }
}

/// A task that ECS will report.
pub(super) fn stopped(reason: &str) -> TaskState {
    TaskState::Stopped { reason: reason.into() }
}
