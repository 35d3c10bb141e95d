//! Whatever comes, in whatever order, late and twice: the promises hold, and a small model agrees.

use proptest::prelude::*;
use serde_json::{Map, json};

use super::acts::{Act, SEATS, act};
use super::model::Model;
use super::story::{ID, MINUTE, SECOND, START, Story, details, invite, scheduled, shown, three};
use super::world::World;
use crate::clock::Millis;
use crate::meeting::effect::{Effect, Outcome};
use crate::meeting::event::{Details, Event, Presence, PresenceKind, Said};
use crate::meeting::model::{Policy, RecordingStatus as RS, Role};
use chime_contract::ticket::TicketState;

struct Chaos {
    story: Story,
    model: Model,
    on_the_way: Vec<(Effect, Outcome)>,
    /// Session numbers for which a Chime meeting was wanted.
    numbers: std::collections::BTreeSet<u32>,
    told_ends: Vec<(String, Millis)>,
    used_instants: std::collections::BTreeSet<(usize, Millis)>,
}

impl Chaos {
    fn new() -> Self {
        Self {
            story: Story::new(),
            model: Model::default(),
            on_the_way: vec![],
            numbers: std::collections::BTreeSet::new(),
            told_ends: vec![],
            used_instants: std::collections::BTreeSet::new(),
        }
    }

    /// One fact reaches the bridge: it must hold what it promises, and a repeat must change nothing.
    fn tell(&mut self, event: Event) {
        let wanted_before = self.story.wanted.len();
        let must_end = self.model.ends_as(&event);
        self.model.hear(&event, self.story.now);
        self.story.tell(event.clone());
        let Some(meeting) = self.story.meeting.clone() else { return };
        let (status, is_final) = (meeting.status.label(), meeting.status.is_final());
        if let Some(must) = must_end {
            assert!(must.split('|').any(|s| s == status), "{status} after {event:?}, not {must}");
        }
        self.model.observe(status, &meeting.reason, is_final, self.story.now);
        self.check_sessions(&meeting);
        let wanted = self.story.wanted.split_off(wanted_before);
        for effect in &wanted {
            self.check_wanted(&meeting, effect);
        }
        self.story.wanted.extend(wanted);
        for id in meeting.seats.keys() {
            let ticket = self.story.ticket(id);
            let shut = is_final || meeting.seats[id].removed_at.is_some();
            assert!(!shut || ticket.state != TicketState::Open, "an open ticket for {id}");
            assert_eq!(ticket.state == TicketState::Open, ticket.attendee.is_some());
        }
        self.check_repeat(event);
    }

    fn check_sessions(&self, meeting: &crate::meeting::model::Meeting) {
        let live: Vec<u32> =
            meeting.sessions.iter().filter(|s| s.ended_at.is_none()).map(|s| s.number).collect();
        assert!(live.len() <= 1, "sessions {live:?} live at once");
        assert!(live.iter().all(|n| *n as usize == meeting.sessions.len()));
    }

    fn check_wanted(&mut self, meeting: &crate::meeting::model::Meeting, effect: &Effect) {
        if let Effect::CreateAttendee { seat, chime_meeting, .. } = effect {
            assert!(!meeting.status.is_final(), "an attendee for what is over");
            let live = meeting.sessions.last().filter(|s| s.ended_at.is_none());
            assert_eq!(live.and_then(|s| s.chime_id()), Some(chime_meeting.as_str()));
            assert!(!self.model.removed.contains(seat), "an attendee for {seat}, who was removed");
        }
        if let Effect::CreateMeeting { session, .. } = effect {
            assert!(!meeting.status.is_final(), "a Chime meeting for what is over");
            assert!(self.numbers.insert(*session), "session number {session} was used twice");
        }
    }

    /// Told at once again, the fact changes nothing that Salesforce shows.
    fn check_repeat(&self, event: Event) {
        let mut again = Story::new();
        again.sketch = true;
        again.now = self.story.now;
        again.settings = self.story.settings.clone();
        again.meeting = self.story.meeting.clone();
        again.rows = self.story.rows.clone();
        again.tell(event);
        assert_eq!(shown(&again.rows), shown(&self.story.rows), "a repeat changed the records");
        let logs = |story: &Story| story.rows_of("Chime_Meeting_Log__c").len();
        assert_eq!(logs(&again), logs(&self.story), "a repeat wrote another entry");
    }

    fn act(&mut self, act: Act) {
        let now = self.story.now;
        match act {
            Act::Start { auto, notice } => {
                let policy = notice.then_some(Policy::Notice);
                self.tell(Event::Start(Details { auto_record: auto, policy, ..details(three()) }));
            }
            Act::Schedule => self.tell(Event::Schedule(scheduled())),
            Act::End => self.tell(Event::End),
            Act::Cancel => self.tell(Event::Cancel),
            Act::Invite(seat, key) => {
                let mut invite = invite(SEATS[seat], Role::Guest);
                if key > 0 {
                    invite.ticket = format!("{}-{key}", invite.ticket);
                }
                self.tell(Event::Invite(vec![invite]));
            }
            Act::Remove(seat) => self.tell(Event::Remove { seat: SEATS[seat].into() }),
            Act::Arrive(seat, failed) => {
                let failed_meeting = failed.then(|| self.model.made.last().cloned()).flatten();
                self.signal(seat, Said::Arrived { failed_meeting });
            }
            Act::Consent(seat, given) => self.signal(seat, Said::Consent { given }),
            Act::Chime(seat, kind, late) => {
                let Some(chime_meeting) = self.model.made.last().cloned() else { return };
                let at = (now - late * SECOND) / SECOND * SECOND;
                if !self.story.world.could_be_in(&chime_meeting, SEATS[seat], at) {
                    return;
                }
                if !self.used_instants.insert((seat, at)) {
                    return; // two facts at one instant: see `connections`
                }
                let kind = [
                    PresenceKind::Joined,
                    PresenceKind::Joined,
                    PresenceKind::Left,
                    PresenceKind::Dropped,
                ][kind as usize];
                let attendee = World::attendee(&chime_meeting, SEATS[seat]);
                let seat = SEATS[seat].to_string();
                self.tell(Event::Presence(Presence { seat, chime_meeting, attendee, kind, at }));
            }
            Act::Record => self.tell(Event::StartRecording { by: "0055e000001host1AA".into() }),
            Act::Stop => self.tell(Event::StopRecording),
            Act::Check => self.tell(Event::Check),
            Act::Delete => {
                let object = "Chime_Meeting__c".to_string();
                self.tell(Event::RecordDeleted { object, id: ID.into(), at: now });
            }
            Act::Undelete => {
                let object = "Chime_Meeting__c".to_string();
                if self.story.meeting.as_ref().is_some_and(|m| m.deleted_at.is_some()) {
                    self.tell(Event::RecordUndeleted { object, id: ID.into() });
                }
            }
            Act::Die { told } => {
                let Some(chime) = self.story.world.chime.iter().next().cloned() else { return };
                self.story.world.chime.remove(&chime);
                let at = now / SECOND * SECOND;
                self.told_ends.push((chime.clone(), at));
                self.story.world.gone.insert(chime.clone(), at);
                if told {
                    self.tell(Event::ChimeEnded { chime_meeting: chime, at });
                }
            }
            Act::Refuse(on) => self.story.world.refusing = on.then_some(("RESOURCE", true)),
            Act::Wait(seconds) => self.wait(seconds * SECOND),
            Act::Run(n) => self.run(n),
            Act::Deliver(n, twice) => self.deliver(n, twice),
            Act::Again(n) => {
                if !self.story.results.is_empty() {
                    let (effect, outcome) =
                        self.story.results[n % self.story.results.len()].clone();
                    self.tell(Event::Result { effect, outcome });
                }
            }
            Act::Erase
            | Act::Hold(_)
            | Act::Playback
            | Act::Fragment
            | Act::RecorderIn(_)
            | Act::RecorderStops => self.on_recording(act),
        }
    }

    fn on_recording(&mut self, act: Act) {
        let last = self.story.meeting.as_ref().and_then(|m| m.recordings.last().cloned());
        let Some(recording) = last else { return };
        let (key, attempt, at) = (recording.key, recording.attempts.len() as u32, self.story.now);
        match act {
            Act::Erase => self.tell(Event::EraseRecording { recording: key }),
            Act::Playback => self.tell(Event::RefreshPlayback { recording: key, by: "005".into() }),
            Act::Hold(on) => {
                let mut values = Map::new();
                values.insert("Legal_Hold__c".into(), json!(on));
                values.insert("Recording_Key__c".into(), json!(key));
                let object = "Chime_Recording__c".to_string();
                self.tell(Event::RecordChanged { object, id: key, values });
            }
            Act::Fragment => {
                let alive = self.story.world.tasks.get(&World::arn(&key, attempt));
                if alive == Some(&crate::meeting::effect::TaskState::Alive) {
                    self.story.world.fragments.insert((key.clone(), attempt), at);
                    self.tell(Event::Fragment { recording: key, attempt, at });
                }
            }
            Act::RecorderIn(joined) => {
                let Some(chime_meeting) = self.model.made.last().cloned() else { return };
                let seat = chime_contract::recording::seat(&key, attempt);
                let attendee = World::attendee(&chime_meeting, &seat);
                let kind = if joined { PresenceKind::Joined } else { PresenceKind::Dropped };
                self.tell(Event::Presence(Presence { seat, chime_meeting, attendee, kind, at }));
            }
            _ => {
                self.story.world.stop(&key, attempt, "exited", at);
                self.tell(Event::Check);
            }
        }
    }

    fn signal(&mut self, seat: usize, said: Said) {
        if self.story.meeting.is_none() {
            return;
        }
        self.story.signals += 1;
        let (at, counter) = (self.story.now, self.story.signals);
        let (seat, load) = (SEATS[seat].to_string(), "load".to_string());
        self.tell(Event::Signal { seat, at, load, counter, said });
    }

    fn run(&mut self, n: usize) {
        let names: Vec<String> = self.story.waiting.keys().cloned().collect();
        if names.is_empty() {
            return;
        }
        let effect = self.story.waiting.remove(&names[n % names.len()]).unwrap();
        let outcome = self.story.world.run(&effect, self.story.now).unwrap();
        self.on_the_way.push((effect, outcome));
    }

    fn deliver(&mut self, n: usize, twice: bool) {
        if self.on_the_way.is_empty() {
            return;
        }
        let (effect, outcome) = self.on_the_way.remove(n % self.on_the_way.len());
        if twice {
            self.story.results.push((effect.clone(), outcome.clone()));
        }
        self.tell(Event::Result { effect, outcome });
    }

    /// Lets time pass, keeping every deadline; nothing is answered.
    fn wait(&mut self, time: Millis) {
        let until = self.story.now + time;
        for _ in 0..10_000 {
            let Some(at) = self.story.deadline.filter(|at| *at <= until) else {
                self.story.now = until;
                return;
            };
            self.story.now = self.story.now.max(at);
            self.tell(Event::Tick);
            assert!(self.story.deadline.is_none_or(|next| next > self.story.now), "busy loop");
        }
        panic!("too many deadlines");
    }

    /// Everything that is on its way arrives, and the clock runs until nothing is to come.
    fn drain(&mut self) {
        self.story.world.refusing = None;
        for _ in 0..5_000 {
            while !self.story.waiting.is_empty() || !self.on_the_way.is_empty() {
                self.run(0);
                self.deliver(0, false);
            }
            let Some(at) = self.story.deadline else { return };
            self.story.now = self.story.now.max(at);
            self.tell(Event::Tick);
        }
        panic!("it never comes to rest: {:?}", self.story.deadline);
    }

    fn finish(&mut self) {
        for (chime_meeting, at) in std::mem::take(&mut self.told_ends) {
            self.tell(Event::ChimeEnded { chime_meeting, at });
        }
        self.tell(Event::End);
        if let Some(recording) = self.story.meeting.as_ref().and_then(|m| m.recordings.last()) {
            // A hold would keep it waiting for ever, rightly.
            let (key, mut values) = (recording.key.clone(), Map::new());
            values.insert("Legal_Hold__c".into(), json!(false));
            let object = "Chime_Recording__c".to_string();
            self.tell(Event::RecordChanged { object, id: key, values });
        }
        self.drain();
        let Some(meeting) = self.story.meeting.clone() else { return };
        assert!(meeting.status.is_final());
        for recording in &meeting.recordings {
            let done = matches!(recording.status, RS::Available | RS::Failed | RS::Erased);
            assert!(done, "a recording stays {:?}", recording.status);
        }
        assert!(self.story.world.chime.is_empty(), "a Chime meeting is left behind");
        let alive = |t: &&crate::meeting::effect::TaskState| {
            **t == crate::meeting::effect::TaskState::Alive
        };
        assert_eq!(self.story.world.tasks.values().filter(alive).count(), 0, "a task is left");
        let left: Vec<_> = self.story.secrets.iter().filter(|s| !s.starts_with("seat")).collect();
        assert!(left.is_empty(), "secrets are left behind: {left:?}");
        if meeting.deleted_at.is_none() {
            self.story.assert_nothing_untold();
            self.check_totals();
        }
    }

    fn check_totals(&self) {
        for seat in SEATS.iter().filter(|seat| !self.model.removed.contains(**seat)) {
            if self.story.m().seats[*seat].facts.iter().any(|f| f.kind == PresenceKind::Removed) {
                continue; // removed and invited again: `people` has it
            }
            let told = self.story.person_says(seat, "Seconds_Present__c").as_i64().unwrap_or(0);
            let newest = self.used_instants.iter().map(|(_, at)| *at).max().unwrap_or(START);
            let until = self.model.over_at.max(newest) + MINUTE;
            assert_eq!(told * SECOND, self.model.present(seat, START, until), "{seat}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_promises_hold(
        first in (any::<bool>(), any::<bool>()),
        acts in prop::collection::vec(act(), 0..80),
    ) {
        let mut chaos = Chaos::new();
        chaos.act(Act::Start { auto: first.0, notice: first.1 });
        acts.into_iter().for_each(|act| chaos.act(act));
        chaos.finish();
    }

    #[test]
    fn whatever_comes_before_the_start_the_promises_hold(
        acts in prop::collection::vec(act(), 0..60),
    ) {
        let mut chaos = Chaos::new();
        acts.into_iter().for_each(|act| chaos.act(act));
        chaos.finish();
    }
}
