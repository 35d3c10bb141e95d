//! One transaction of the inbox: facts in, everything that follows from them out.
//!
//! A meeting is loaded once, stepped for each of its facts in order, and written once.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::clock::Millis;
use crate::inbox::delivery::{Fact, ForMeeting, Input, Target};
use crate::inbox::engine::Parts;
use crate::inbox::story::{self, Story};
use crate::input::change::{self, Again};
use crate::input::{Origin, Reading, command, letter};
use crate::meeting::effect::{Effect, Failure, Outcome};
use crate::meeting::event::Event;
use crate::meeting::model::Meeting;
use crate::meeting::step::links;
use crate::meeting::story::turns;
use crate::meeting::{Context, Step, step};
use crate::outbox::letters;
use crate::outbox::row::Change;
use crate::store::{DeadLetter, Link, StoreError, Tx};
use crate::telemetry;

/// A delete for an unknown id is remembered this long, since two topics have no common order.
const TOMBSTONE: Millis = 72 * 3_600_000;

/// Who has to be woken after the commit.
#[derive(Debug, Default, Clone, Copy)]
pub struct Wake {
    /// New effects.
    pub effects: bool,
    /// New outbox rows.
    pub outbox: bool,
    /// Deadlines moved.
    pub deadlines: bool,
    /// A reconcile is wanted.
    pub reconcile: bool,
}

/// A transaction in the making.
pub struct Batch<'a> {
    parts: &'a Parts,
    tx: Box<dyn Tx>,
    now: Millis,
    meetings: HashMap<String, Known>,
    positions: BTreeMap<String, Vec<u8>>,
    wake: Wake,
    taken: u64,
    repeats: u64,
}

/// A meeting as this transaction sees it.
#[derive(Default)]
struct Known {
    meeting: Option<Meeting>,
    /// As it stands in the store.
    stored: Option<Meeting>,
    changed: bool,
    deadline: Option<Millis>,
    links: Vec<Link>,
}

impl<'a> Batch<'a> {
    /// Begins the transaction.
    pub async fn begin(parts: &'a Parts, now: Millis) -> Result<Batch<'a>, StoreError> {
        let tx = parts.store.begin().await?;
        let (meetings, positions, wake) = (HashMap::new(), BTreeMap::new(), Wake::default());
        Ok(Self { parts, tx, now, meetings, positions, wake, taken: 0, repeats: 0 })
    }

    /// The newest position of a topic wins.
    pub fn position(&mut self, topic: String, replay_id: Vec<u8>) {
        self.positions.insert(topic, replay_id);
    }

    /// Takes facts in order; those seen before change nothing.
    pub async fn take(&mut self, facts: &[&Fact]) -> Result<(), StoreError> {
        let keys: Vec<_> = facts.iter().filter_map(|f| f.fingerprint).collect();
        let unseen = self.tx.unseen(&keys, self.now).await?;
        let mut unseen = unseen.into_iter();
        for fact in facts {
            if fact.fingerprint.is_some() && !unseen.next().unwrap_or(true) {
                self.repeats += 1;
                continue;
            }
            self.taken += 1;
            self.input(fact.input.clone()).await?;
        }
        Ok(())
    }

    async fn input(&mut self, input: Input) -> Result<(), StoreError> {
        match input {
            Input::Meeting(fact) => self.for_meeting(*fact).await,
            Input::DeadLetter(letter) => self.dead_letter(*letter).await,
            Input::RetryDeadLetter(key) => self.retry(&key).await,
            Input::Reconcile { .. } => {
                self.wake.reconcile = true;
                Ok(())
            }
            Input::Nothing => Ok(()),
        }
    }

    async fn for_meeting(&mut self, fact: ForMeeting) -> Result<(), StoreError> {
        let Some(id) = self.resolve(&fact.to).await? else {
            return self.unknown(&fact).await;
        };
        if let Some((name, generation)) = &fact.finishes {
            let newest = self.tx.finish_effect(&id, name, *generation).await?;
            let failed = matches!(&fact.event, Event::Result { outcome: Outcome::Failed(_), .. });
            if failed && !newest {
                // Newer content waits, or has been done: what the older one could not do, such as
                // a ticket for somebody who was taken away meanwhile, nobody wants any more.
                return Ok(());
            }
        }
        for (name, value) in &fact.secrets {
            let sealed = self.sealed(value.expose(), name)?;
            self.tx.put_secret(name, &sealed).await?;
        }
        let origin = match (&fact.origin, &fact.event) {
            (Some(bytes), _) => Origin::from_bytes(bytes.expose()).ok(),
            (None, Event::Result { effect, .. }) => {
                let (meeting, effect) = (id.clone(), Box::new(effect.clone()));
                Some(Origin::Effect { meeting, effect })
            }
            _ => None,
        };
        let before = match self.load(&id).await {
            Err(StoreError::Corrupt { key, reason, .. }) => {
                // One unreadable meeting must not hold up the others.
                let text = format!("the stored meeting {key} cannot be read: {reason}");
                let failure = Failure { code: "CB-094".into(), text };
                return self.refuse(&id, &failure, origin.as_ref()).await;
            }
            loaded => loaded?,
        };
        let deleted_unknown = match (&before, &fact.event) {
            (None, Event::RecordDeleted { at, .. }) => Some(*at),
            _ => None,
        };
        if let Some(at) = deleted_unknown {
            return self.tx.put_tombstone(&id, at, self.now + TOMBSTONE).await;
        }
        let fresh = before.is_none();
        let outcome = self.step(before, &id, fact.event);
        let born = fresh && outcome.meeting.is_some();
        self.apply(&id, outcome, origin.as_ref()).await?;
        if born && let Some(at) = self.tx.tombstone(&id).await? {
            let object = "Chime_Meeting__c".to_string();
            let before = self.load(&id).await?;
            let deleted = Event::RecordDeleted { object, id: id.clone(), at };
            let outcome = self.step(before, &id, deleted);
            self.apply(&id, outcome, None).await?;
        }
        Ok(())
    }

    fn step(&self, before: Option<Meeting>, id: &str, event: Event) -> Step {
        let (org_id, settings) = (self.parts.org_id.as_str(), &*self.parts.settings);
        let heard = self.parts.hearing.until();
        step(before, id, event, Context { now: self.now, heard, org_id, settings })
    }

    async fn resolve(&mut self, to: &Target) -> Result<Option<String>, StoreError> {
        match to {
            Target::Id(id) => Ok(Some(id.clone())),
            Target::Link(link) => {
                // A meeting that this very transaction made or changed is not in the store yet.
                let fresh = self.meetings.iter().find(|(_, known)| known.links.contains(link));
                if let Some((id, _)) = fresh {
                    return Ok(Some(id.clone()));
                }
                self.tx.linked(link).await
            }
        }
    }

    /// A fact about something no meeting here owns.
    async fn unknown(&mut self, fact: &ForMeeting) -> Result<(), StoreError> {
        if let Event::RecordDeleted { id, at, .. } = &fact.event {
            self.tx.put_tombstone(id, *at, self.now + TOMBSTONE).await?;
        }
        telemetry::FACTS_UNKNOWN.add(1, &[]);
        Ok(())
    }

    async fn load(&mut self, id: &str) -> Result<Option<Meeting>, StoreError> {
        if let Some(known) = self.meetings.get(id) {
            return Ok(known.meeting.clone());
        }
        let meeting = self.tx.meeting(id).await?;
        let (meeting, stored) = (meeting.clone(), meeting);
        let known = Known { meeting: meeting.clone(), stored, ..Known::default() };
        self.meetings.insert(id.to_string(), known);
        Ok(meeting)
    }

    async fn apply(
        &mut self,
        id: &str,
        outcome: Step,
        origin: Option<&Origin>,
    ) -> Result<(), StoreError> {
        for (name, value) in &outcome.secrets {
            let sealed = self.sealed(value.expose(), name)?;
            self.tx.put_secret(name, &sealed).await?;
        }
        for name in &outcome.dropped_secrets {
            self.tx.drop_secret(name).await?;
        }
        self.want(id, &outcome.effects).await?;
        outcome.changes.iter().for_each(count_recordings);
        self.tell(outcome.changes).await?;
        for failure in outcome.refusals {
            self.refuse(id, &failure, origin).await?;
        }
        if outcome.meeting.is_some() {
            let known = self.meetings.entry(id.to_string()).or_default();
            known.changed = true;
            known.meeting = outcome.meeting;
            known.deadline = outcome.deadline;
            known.links = outcome.links;
            self.wake.deadlines = true;
        }
        Ok(())
    }

    async fn want(&mut self, meeting: &str, effects: &[Effect]) -> Result<(), StoreError> {
        self.wake.effects |= !effects.is_empty();
        self.tx.put_effects(meeting, effects, self.now, self.now).await
    }

    async fn tell(&mut self, changes: Vec<Change>) -> Result<(), StoreError> {
        self.wake.outbox |= !changes.is_empty();
        self.tx.put_changes(changes, self.now, self.now).await
    }

    async fn refuse(
        &mut self,
        meeting: &str,
        failure: &Failure,
        origin: Option<&Origin>,
    ) -> Result<(), StoreError> {
        let none = Origin::Effect {
            meeting: meeting.to_string(),
            effect: Box::new(Effect::ReadRecord { then: crate::meeting::effect::Pending::Know }),
        };
        let origin = origin.unwrap_or(&none);
        let letter = letter::letter(Some(meeting), origin, failure, String::new(), self.now);
        self.dead_letter(letter).await
    }

    async fn dead_letter(&mut self, mut letter: DeadLetter) -> Result<(), StoreError> {
        tracing::warn!(letter.key = %letter.key, letter.code = %letter.code,
            letter.step = %letter.step, meeting.id = letter.meeting.as_deref().unwrap_or("-"),
            cause = %letter.cause, "A dead letter was written");
        telemetry::DEAD_LETTERS_WRITTEN.add(1, &[]);
        letter.sealed = self.sealed(&letter.sealed, &letter.key)?;
        self.post(&letter).await
    }

    /// Writes a letter and has it mirrored, unless it is about a mirror.
    async fn post(&mut self, letter: &DeadLetter) -> Result<(), StoreError> {
        self.tx.put_dead_letter(letter).await?;
        if letter.step == "outbox:Chime_Dead_Letter__c" {
            return Ok(());
        }
        self.tell(vec![letters::mirror(letter)]).await
    }

    fn sealed(&self, plain: &[u8], context: &str) -> Result<Vec<u8>, StoreError> {
        self.parts.seal.seal(plain, context).map_err(|error| StoreError::Corrupt {
            table: "secrets",
            key: context.to_string(),
            reason: error.to_string(),
        })
    }

    /// Tries a dead letter again. It counts as resolved unless it fails again, which reopens it.
    async fn retry(&mut self, key: &str) -> Result<(), StoreError> {
        let letter = self.parts.store.dead_letter(key).await?;
        let Some(mut letter) = letter.filter(|l| l.state == "Open" || l.state == "Retrying") else {
            tracing::warn!(letter.key = %key, "A retry names no open dead letter");
            return Ok(());
        };
        let Ok(bytes) = self.parts.seal.open(&letter.sealed, &letter.key) else {
            tracing::error!(letter.key = %key, "A dead letter does not open with this key file");
            return Ok(());
        };
        if letter.step == "event" {
            let known = |id: &str| self.parts.schemas.known(id);
            let again =
                change::replay(bytes.expose(), known, &self.parts.namespace, self.reading());
            return match again {
                Again::Facts(facts) => {
                    self.mark(&mut letter, "Resolved").await?;
                    self.all(facts).await
                }
                // Whoever looks after marked letters fetches it and comes back (`bridge::letters`).
                Again::LacksSchema(id) => {
                    tracing::info!(letter.key = %key, schema.id = %id, "A retry waits for a schema");
                    self.mark(&mut letter, "Retrying").await
                }
                Again::Unreadable => self.still_unreadable(&mut letter).await,
            };
        }
        match Origin::from_bytes(bytes.expose()) {
            Ok(origin) => {
                self.mark(&mut letter, "Resolved").await?;
                self.replay(origin).await
            }
            Err(_) => self.still_unreadable(&mut letter).await,
        }
    }

    /// It is open again: nobody is to try it for ever.
    async fn still_unreadable(&mut self, letter: &mut DeadLetter) -> Result<(), StoreError> {
        tracing::warn!(letter.key = %letter.key, "A dead letter still cannot be read and stays open");
        self.mark(letter, "Open").await
    }

    async fn mark(&mut self, letter: &mut DeadLetter, state: &str) -> Result<(), StoreError> {
        if letter.state == state {
            return Ok(());
        }
        letter.state = state.into();
        self.post(letter).await
    }

    fn reading(&self) -> Reading<'a> {
        Reading { org_id: &self.parts.org_id, now: self.now }
    }

    async fn all(&mut self, facts: Vec<Fact>) -> Result<(), StoreError> {
        for fact in facts {
            Box::pin(self.input(fact.input)).await?;
        }
        Ok(())
    }

    async fn replay(&mut self, origin: Origin) -> Result<(), StoreError> {
        let reading = self.reading();
        let facts = match origin {
            Origin::Command { fields, uuid, by, at } => {
                command::read(&command::CommandEvent { uuid, by, at, fields }, reading)
            }
            Origin::Notice { body } => vec![crate::input::notice::read(&body, reading)],
            Origin::Effect { meeting, effect } => {
                return self.want(&meeting, std::slice::from_ref(&*effect)).await;
            }
            Origin::Change { change } => return self.tell(vec![*change]).await,
            Origin::Signal { .. } => vec![],
        };
        self.all(facts).await
    }

    /// Writes the meetings and positions, and makes all of it true at once. What happened to each
    /// meeting is for the log.
    pub async fn commit(mut self) -> Result<(Wake, Story), StoreError> {
        let mut story = Story::new();
        for (id, known) in self.meetings.drain().filter(|(_, known)| known.changed) {
            if let Some(meeting) = &known.meeting {
                // Those it had before are in the store since then.
                let before: HashSet<Link> = known.stored.iter().flat_map(links).collect();
                let fresh: Vec<Link> =
                    known.links.into_iter().filter(|link| !before.contains(link)).collect();
                self.tx.put_meeting(meeting, &fresh, known.deadline).await?;
                let turns = turns(known.stored.as_ref(), meeting);
                story.extend(turns.into_iter().map(|turn| (id.clone(), turn)));
            }
        }
        for (topic, replay_id) in &self.positions {
            self.tx.put_position(topic, replay_id, self.now).await?;
        }
        if !story.is_empty() {
            self.tx.put_note(story::NOTE, &story::to_note(&story)).await?;
        }
        self.tx.commit().await?;
        telemetry::FACTS_TAKEN.add(self.taken, &[]);
        telemetry::FACTS_REPEATED.add(self.repeats, &[]);
        Ok((self.wake, story))
    }
}

/// Recordings that have come to their verdict with this change.
fn count_recordings(change: &Change) {
    let status = change.fields.get("Status__c").and_then(serde_json::Value::as_str);
    match (change.object.as_str(), status) {
        ("Chime_Recording__c", Some("Available")) => telemetry::RECORDINGS_AVAILABLE.add(1, &[]),
        ("Chime_Recording__c", Some("Failed")) => telemetry::RECORDINGS_FAILED.add(1, &[]),
        _ => {}
    }
}

#[cfg(test)]
#[path = "batch_tests.rs"]
mod tests;
