//! The service's handle, its limits, its clockwork and its events.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::ledger::CallEntry;
use super::state::{Attendee, Meeting, Presence};
use crate::aws::eventbridge::EventBridge;
use crate::clock::Clock;

/// Quotas and waits. Times are milliseconds of the emulator's clock.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Limits {
    /// Meetings at once.
    pub meetings: usize,
    /// Attendees a meeting, counted until they are deleted.
    pub attendees: usize,
    /// A meeting without an audio connection ends after this time.
    pub silent_ms: i64,
    /// A meeting ends this long after its creation.
    pub life_ms: i64,
    /// Packets missing for this time mean dropped.
    ///
    /// INFERRED: a client has dropped after exactly 12 seconds; AWS says 10 to 15.
    pub drop_ms: i64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            meetings: 250,
            attendees: 250,
            silent_ms: 300_000,
            life_ms: 86_400_000,
            drop_ms: 12_000,
        }
    }
}

/// Where clients find the media part.
#[derive(Debug, Clone)]
pub struct Media {
    /// Signaling and its HTTP, as `ws://127.0.0.1:8804`.
    pub signaling: String,
    /// Audio, as `127.0.0.1:8803`.
    pub audio: String,
}

impl Default for Media {
    fn default() -> Self {
        Self { signaling: "ws://127.0.0.1:8804".into(), audio: "127.0.0.1:8803".into() }
    }
}

/// Chime of one account. Cloneable handle.
#[derive(Clone)]
pub struct Chime {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) clock: Clock,
    pub(super) limits: Limits,
    pub(super) media: Media,
    bridge: EventBridge,
    state: Mutex<State>,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) meetings: BTreeMap<String, Meeting>,
    /// Meeting id by request token. INFERRED: remembered for good.
    pub(super) tokens: BTreeMap<String, String>,
    pub(super) calls: Vec<CallEntry>,
    pub(super) connections: u64,
}

impl Chime {
    /// An account without meetings.
    pub fn new(clock: Clock, bridge: EventBridge, limits: Limits, media: Media) -> Self {
        let state = Mutex::default();
        Self { inner: Arc::new(Inner { clock, limits, media, bridge, state }) }
    }

    /// Ends meetings and connections when their time has come, until the task is dropped. Calls
    /// see a due end without it; it is there for the events.
    pub async fn keep_time(self) {
        loop {
            drop(self.state());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The state, brought up to now.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        let mut state = self.inner.state.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.inner.clock.now();
        for meeting in state.meetings.values_mut().filter(|m| m.ended.is_none()) {
            self.settle(meeting, now);
        }
        state
    }

    /// Plays what fell due up to `now`, each with the time at which it fell due.
    fn settle(&self, meeting: &mut Meeting, now: i64) {
        let last = meeting.created + self.inner.limits.life_ms;
        for i in 0..meeting.attendees.len() {
            if let Presence::Silent { gone_at, .. } = meeting.attendees[i].presence
                && gone_at <= now.min(last)
            {
                self.part(meeting, i, "chime:AttendeeDropped", gone_at);
            }
        }
        let silent = meeting.silent_since + self.inner.limits.silent_ms;
        let end = if meeting.anyone() { last } else { silent.min(last) };
        if end <= now {
            self.end(meeting, end);
        }
    }

    /// Ends a connection and says how.
    pub(super) fn part(&self, meeting: &mut Meeting, attendee: usize, how: &str, at: i64) {
        meeting.attendees[attendee].gone(at);
        if !meeting.anyone() {
            meeting.silent_since = meeting.silent_since.max(at);
        }
        let attendee = &meeting.attendees[attendee];
        self.tell(meeting, Some(attendee), how, at, json!({"networkType": "Voip"}));
    }

    /// Ends a meeting. INFERRED: those still connected get no leaving event of their own; whoever
    /// keeps intervals must close them at MeetingEnded.
    pub(super) fn end(&self, meeting: &mut Meeting, at: i64) {
        meeting.ended = Some(at);
        for attendee in &mut meeting.attendees {
            attendee.gone(at);
        }
        self.tell(meeting, None, "chime:MeetingEnded", at, json!({}));
    }

    /// Puts an event on the bus.
    pub(super) fn tell(
        &self,
        meeting: &Meeting,
        attendee: Option<&Attendee>,
        kind: &str,
        at: i64,
        more: Value,
    ) {
        let mut detail = json!({
            "version": "0",
            "eventType": kind,
            "timestamp": at,
            "meetingId": meeting.id,
            "externalMeetingId": meeting.external,
            "mediaRegion": meeting.region,
        });
        if let Some(attendee) = attendee {
            detail["attendeeId"] = attendee.id.clone().into();
            detail["externalUserId"] = attendee.external.clone().into();
        }
        if let (Value::Object(detail), Value::Object(more)) = (&mut detail, more) {
            detail.extend(more);
        }
        self.inner.bridge.put("aws.chime", "Chime Meeting State Change", detail);
    }
}
