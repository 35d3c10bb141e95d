//! One step of a meeting: (state, event, now) → (state, what to do, what to tell, when to wake).
//!
//! The rest is level-triggered: what Salesforce is told, what tickets say and when the meeting
//! wakes are each a function of the state; a step compares before and after and passes on only
//! the difference. So a fact that changes nothing costs nothing, and a fact told twice is harmless.

use chime_contract::Secret;

use crate::clock::Millis;
use crate::meeting::effect::{Effect, Failure, Pending};
use crate::meeting::event::Event;
use crate::meeting::model::Meeting;
use crate::meeting::settings::Settings;
use crate::meeting::{deadline, records, tickets};
use crate::outbox::row::Change;
use crate::store::Link;

/// What a step may know besides state and event.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// Now.
    pub now: Millis,
    /// Whatever people did before this moment has been heard: what waits in a queue is younger.
    pub heard: Millis,
    /// Org id, 18 characters: part of every derived id.
    pub org_id: &'a str,
    /// Settings.
    pub settings: &'a Settings,
}

/// What comes of a step.
#[derive(Debug, Default)]
pub struct Step {
    /// The new state; `None`: the meeting is still unknown.
    pub meeting: Option<Meeting>,
    /// What is to be done outside.
    pub effects: Vec<Effect>,
    /// What Salesforce is to be told.
    pub changes: Vec<Change>,
    /// Secrets to seal and store.
    pub secrets: Vec<(String, Secret<Vec<u8>>)>,
    /// Secrets no longer needed.
    pub dropped_secrets: Vec<String>,
    /// What could not be done: each becomes a dead letter.
    pub refusals: Vec<Failure>,
    /// When to wake.
    pub deadline: Option<Millis>,
    /// Ways to find this meeting.
    pub links: Vec<Link>,
}

/// A step in the making: the state being changed and what has come of it so far.
pub(super) struct Work<'a> {
    pub(super) m: Meeting,
    pub(super) now: Millis,
    pub(super) ctx: Context<'a>,
    pub(super) effects: Vec<Effect>,
    pub(super) changes: Vec<Change>,
    pub(super) secrets: Vec<(String, Secret<Vec<u8>>)>,
    pub(super) dropped_secrets: Vec<String>,
    pub(super) refusals: Vec<Failure>,
    /// Told to rewrite every record from the state (undelete, found to differ).
    pub(super) retell: bool,
}

/// Runs one step. Pure: same arguments, same answer.
pub fn step(before: Option<Meeting>, id: &str, event: Event, ctx: Context<'_>) -> Step {
    let known = before.is_some();
    if !known && let Some(answer) = unknown(id, &event) {
        return answer;
    }
    let fresh = || super::lifecycle::fresh(id, ctx);
    let old = before.clone().unwrap_or_else(fresh);
    let mut work = Work {
        m: before.unwrap_or_else(fresh),
        now: ctx.now,
        ctx,
        effects: vec![],
        changes: vec![],
        secrets: vec![],
        dropped_secrets: vec![],
        refusals: vec![],
        retell: false,
    };
    work.apply(event);
    work.settle();
    work.finish(known.then_some(&old))
}

/// What an unknown meeting can answer: some events make it, some ask Salesforce, some are nothing.
fn unknown(id: &str, event: &Event) -> Option<Step> {
    let read = |then: Pending| {
        Some(Step { effects: vec![Effect::ReadRecord { then }], ..Step::default() })
    };
    match event {
        Event::Start(_) | Event::Schedule(_) => None,
        Event::Found(Some(record)) if !super::lifecycle::over(record) => None,
        Event::Result { effect: Effect::ReadRecord { then }, outcome } => {
            super::lifecycle::answer_unknown(id, then, outcome)
        }
        Event::End => read(Pending::End),
        Event::Cancel => read(Pending::Cancel),
        Event::StartRecording { by } => read(Pending::StartRecording { by: by.clone() }),
        Event::StopRecording => read(Pending::StopRecording),
        Event::Invite(seats) => read(Pending::Invite { seats: seats.clone() }),
        Event::Remove { seat } => read(Pending::Remove { seat: seat.clone() }),
        Event::RecordChanged { .. } | Event::RecordUndeleted { .. } | Event::ReadAgain => {
            read(Pending::Changed)
        }
        Event::RefreshPlayback { .. } | Event::EraseRecording { .. } => Some(Step {
            refusals: vec![Failure {
                code: "CB-011".into(),
                text: format!("the recording belongs to a meeting the bridge does not know ({id})"),
            }],
            ..Step::default()
        }),
        // Facts about something this bridge did not make, or has forgotten: nothing to do.
        _ => Some(Step::default()),
    }
}

impl Work<'_> {
    fn apply(&mut self, event: Event) {
        match event {
            Event::Start(details) => self.start(details),
            Event::Schedule(details) => self.schedule(details),
            Event::End => self.end("Ended by request"),
            Event::Cancel => self.cancel(),
            Event::StartRecording { by } => self.want_recording(by),
            Event::StopRecording => self.stop_recording(),
            Event::Invite(seats) => self.invite_again(seats),
            Event::Remove { seat } => self.remove(&seat),
            Event::RefreshPlayback { recording, by } => self.refresh_playback(&recording, &by),
            Event::EraseRecording { recording } => self.erase_now(&recording),
            Event::RecordChanged { object, id, values } => self.changed(&object, &id, &values),
            Event::RecordDeleted { object, id, at } => self.deleted(&object, &id, at),
            Event::RecordUndeleted { object, id } => self.undeleted(&object, &id),
            Event::RecordNamed { key, id, .. } => self.recording_named(&key, id),
            Event::ReadAgain => self.effects.push(Effect::ReadRecord { then: Pending::Changed }),
            Event::Presence(presence) => self.presence(presence),
            Event::ChimeEnded { chime_meeting, at } => self.chime_ended(&chime_meeting, at),
            Event::Fragment { recording, attempt, at } => self.fragment(&recording, attempt, at),
            Event::PieceHint { recording } => self.piece_hint(&recording),
            Event::Signal { seat, at, load, counter, said } => {
                self.signal(&seat, at, &load, counter, said);
            }
            Event::Result { effect, outcome } => self.result(effect, outcome),
            Event::Tick => {}
            Event::Check => self.check(),
            Event::Found(record) => self.found(record.map(|r| *r)),
        }
    }

    /// What follows from the state and the time, whatever the event was.
    fn settle(&mut self) {
        self.settle_lifecycle();
        self.settle_recordings();
        self.settle_tidying();
    }

    /// Compares before and after: records, tickets, deadline, links.
    fn finish(mut self, old: Option<&Meeting>) -> Step {
        let ticket_writes = tickets::writes(old, &mut self.m, self.now);
        self.effects.extend(ticket_writes);
        let told = match old {
            _ if self.retell => records::Told::Doubtful,
            None => records::Told::Nothing,
            Some(old) => records::Told::State(old),
        };
        let changes = records::changes(told, &mut self.m, self.now);
        self.changes.extend(changes);
        Step {
            deadline: deadline::next(&self.m, self.ctx.settings),
            links: links(&self.m),
            meeting: Some(self.m),
            effects: self.effects,
            changes: self.changes,
            secrets: self.secrets,
            dropped_secrets: self.dropped_secrets,
            refusals: self.refusals,
        }
    }

    pub(super) fn refuse(&mut self, code: &str, text: impl Into<String>) {
        self.refusals.push(Failure { code: code.into(), text: text.into() });
    }
}

/// Every name by which a later fact may find this meeting.
pub fn links(meeting: &Meeting) -> Vec<Link> {
    let mut links = Vec::new();
    let mut add = |kind, value: &str| links.push(Link { kind, value: value.to_string() });
    for seat in meeting.seats.values() {
        add("participant", &seat.id);
        if !seat.ticket.is_empty() {
            add("ticket", &seat.ticket);
        }
    }
    for recording in &meeting.recordings {
        add("recording", &recording.key);
        for arn in recording.attempts.iter().filter_map(|a| a.arn.as_ref()) {
            add("task", arn);
        }
        if let Some(id) = &recording.record_id {
            add("recording-record", id);
        }
    }
    links
}
