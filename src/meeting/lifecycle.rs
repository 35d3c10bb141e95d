//! From the wish to the end: start, schedule, doors, end, cancel, and what the clock brings.
//!
//! The record says Live while somebody is or was in the current Chime session, Open when people
//! can enter; it is final once, and the first reason wins.

use crate::clock::Millis;
use crate::meeting::effect::{Effect, Failure, MeetingRecord, Outcome, Pending};
use crate::meeting::event::Details;
use crate::meeting::model::{Meeting, Policy, Role, Status};
use crate::meeting::participants;
use crate::meeting::settings::Settings;
use crate::meeting::step::{Context, Step, Work};

/// A meeting nobody has said anything about yet.
pub(super) fn fresh(id: &str, ctx: Context<'_>) -> Meeting {
    Meeting {
        id: id.to_string(),
        status: Status::Requested,
        reason: String::new(),
        subject: String::new(),
        policy: ctx.settings.default_policy,
        region: ctx.settings.default_region.clone(),
        host: None,
        auto_record: false,
        scheduled_start: None,
        scheduled_end: None,
        requested_at: ctx.now,
        started_at: None,
        ended_at: None,
        seats: std::collections::BTreeMap::new(),
        sessions: vec![],
        recordings: vec![],
        record_wanted: None,
        record_stopped: false,
        auto_recorded: false,
        deleted_at: None,
        revision: 0,
        look_at: None,
        keys_dropped: false,
        tickets_swept: false,
        recordings_made: 0,
    }
}

/// The record of an unknown meeting was read: absent or over means the command cannot be done.
pub(super) fn answer_unknown(id: &str, then: &Pending, outcome: &Outcome) -> Option<Step> {
    let refused = |code: &str, text: String| {
        let refusals = vec![Failure { code: code.into(), text }];
        Some(Step { refusals, ..Step::default() })
    };
    match outcome {
        Outcome::RecordRead { record: Some(record), .. } if over(record) => match then {
            Pending::StartRecording { .. } | Pending::Invite { .. } => {
                let word = then.word();
                refused("CB-014", format!("{word} for meeting {id}, which is over already"))
            }
            // It was over before this bridge knew it: what is asked for is so already.
            _ => Some(Step::default()),
        },
        Outcome::RecordRead { record: Some(_), .. } => None,
        Outcome::RecordRead { record: None, .. } => match then {
            Pending::Know | Pending::Changed => Some(Step::default()),
            _ => {
                refused("CB-010", format!("{} for meeting {id}, which does not exist", then.word()))
            }
        },
        Outcome::Failed(failure) => {
            Some(Step { refusals: vec![failure.clone()], ..Step::default() })
        }
        _ => Some(Step::default()),
    }
}

/// Nothing can begin from this record any more.
pub(super) fn over(record: &MeetingRecord) -> bool {
    record.deleted || matches!(record.status.as_str(), "Ended" | "Cancelled" | "Failed")
}

impl Work<'_> {
    /// START is idempotent by meeting: the first one begins it, a later one only brings seats.
    pub(super) fn start(&mut self, details: Details) {
        if self.overtaken(&details) || self.refused_as_final("START_MEETING") {
            return self.forget_keys(&details.seats);
        }
        if !self.m.sessions.is_empty() {
            return self.invite(details.seats);
        }
        self.take_details(details);
        self.begin();
    }

    /// The one who pressed the button is at the door, and the Chime meeting is made for it.
    pub(super) fn begin(&mut self) {
        if self.m.status == Status::Scheduled {
            self.m.status = Status::Requested;
        }
        let host = self.m.seats.values().find(|s| s.role == Role::Host).map(|s| s.id.clone());
        if let Some(host) = host {
            self.arrive(&host, self.now);
        }
        if self.live_session().is_none() {
            self.begin_session(true);
        }
    }

    pub(super) fn schedule(&mut self, details: Details) {
        if self.overtaken(&details) || self.refused_as_final("SCHEDULE_MEETING") {
            return self.forget_keys(&details.seats);
        }
        let untouched = self.m.sessions.is_empty() && self.m.status == Status::Requested;
        self.take_details(details);
        if untouched {
            self.m.status = Status::Scheduled;
        }
    }

    /// True if it was asked for before all was over. The record may have been read, and the meeting
    /// held or cancelled, before the event came: then nothing is left to do, and nothing is wrong.
    fn overtaken(&self, details: &Details) -> bool {
        match (details.asked_at, self.m.ended_at) {
            (Some(asked), Some(ended)) => self.m.status.is_final() && asked <= ended,
            _ => false,
        }
    }

    /// True, and a refusal, if nothing can be begun any more.
    pub(super) fn refused_as_final(&mut self, command: &str) -> bool {
        let over = self.m.status.is_final();
        if over {
            let (id, status) = (&self.m.id, self.m.status.label());
            let text = format!("{command} for meeting {id}, which is {status} already");
            self.refuse("CB-014", text);
        }
        over
    }

    /// A remark on the record; a final reason is never written over.
    pub(super) fn remark(&mut self, reason: String) {
        if !self.m.status.is_final() {
            self.m.reason = reason;
        }
    }

    fn take_details(&mut self, details: Details) {
        if !details.subject.is_empty() {
            self.m.subject = details.subject;
        }
        if let Some(policy) = details.policy {
            self.m.policy = policy;
        }
        if let Some(region) = details.region {
            self.choose_region(region);
        }
        self.m.auto_record |= details.auto_record;
        self.m.host = details.host.or(self.m.host.take());
        self.m.scheduled_start = details.scheduled_start.or(self.m.scheduled_start);
        self.m.scheduled_end = details.scheduled_end.or(self.m.scheduled_end);
        self.invite(details.seats);
    }

    pub(super) fn choose_region(&mut self, region: String) {
        if self.ctx.settings.allowed_regions.contains(&region) {
            self.m.region = region;
        } else {
            let used = &self.m.region;
            self.remark(format!(
                "CB-013: media region {region} is not in the allow-list; {used} is used"
            ));
        }
    }

    pub(super) fn end(&mut self, reason: &str) {
        if self.m.status == Status::Scheduled {
            return self.conclude(Status::Cancelled, reason, self.now);
        }
        self.conclude(Status::Ended, reason, self.now);
    }

    /// What has taken place cannot be cancelled: it ends.
    pub(super) fn cancel(&mut self) {
        let took_place = self.m.started_at.is_some();
        let status = if took_place { Status::Ended } else { Status::Cancelled };
        self.conclude(status, "Cancelled by request", self.now);
    }

    /// Makes the meeting final. The first reason wins.
    pub(super) fn conclude(&mut self, status: Status, reason: &str, ended_at: Millis) {
        if self.m.status.is_final() {
            return;
        }
        self.m.status = status;
        self.m.reason = reason.to_string();
        self.m.ended_at = Some(ended_at);
        self.m.look_at = None;
        // A session whose Chime meeting is still being made is deleted when the answer comes.
        for session in self.m.sessions.iter_mut().filter(|s| s.ended_at.is_none()) {
            if let Some(chime_meeting) = session.chime_id().map(str::to_string) {
                let told = session.end_told.unwrap_or(self.now);
                session.ended_at = Some(told.min(self.now));
                self.effects.push(Effect::DeleteMeeting { chime_meeting });
            }
        }
        for seat in self.m.seats.values_mut() {
            seat.arrived_at = None;
            seat.entering = None;
        }
        self.m.record_wanted = None;
        self.stop_recorders();
    }

    /// What state and clock bring to the meeting itself.
    pub(super) fn settle_lifecycle(&mut self) {
        self.settle_presence();
        if self.m.status.is_final() {
            return;
        }
        // Somebody may have come while nobody listened: the clock ends nothing before all that
        // happened until then has been heard.
        if let Some((at, reason, ended_at)) = over_at(&self.m, self.ctx.settings)
            && self.now >= at
            && self.ctx.heard >= at
        {
            return self.conclude(Status::Ended, reason, ended_at);
        }
        let waiting = self.m.seats.values().any(|s| s.waiting());
        if waiting && self.live_session().is_none() && self.doors_open() {
            self.begin_session(false);
        }
        self.let_people_in();
        if self.m.look_at.is_some_and(|at| self.now >= at) {
            self.look_at_session();
            self.m.look_at = Some(self.now + self.ctx.settings.look_every);
        }
    }

    /// Started and Live follow from the facts, in whatever order they came.
    fn settle_presence(&mut self) {
        let live = self.live_chime().map(|c| c.meeting_id);
        let mut somebody = false;
        let mut first: Option<Millis> = None;
        for seat in self.m.seats.values() {
            for connection in participants::connections(seat, &self.m.sessions) {
                first = Some(first.map_or(connection.joined_at, |at| at.min(connection.joined_at)));
                somebody |= live.as_deref() == Some(connection.chime_meeting.as_str());
            }
        }
        self.m.started_at = first;
        if somebody && matches!(self.m.status, Status::Requested | Status::Open) {
            self.m.status = Status::Live;
        }
    }

    /// True once people may be let in.
    fn doors_open(&self) -> bool {
        match (self.m.status, self.m.scheduled_start) {
            (Status::Scheduled, Some(start)) => self.now >= start - self.ctx.settings.doors_before,
            _ => true,
        }
    }

    /// Reconcile wants the meeting looked at.
    pub(super) fn check(&mut self) {
        self.look_at_session();
        self.look_at_recordings();
    }

    /// Applies what the record says to a meeting that is known now.
    pub(super) fn take_record(&mut self, record: MeetingRecord, fresh: bool) {
        self.m.revision = self.m.revision.max(record.revision);
        if self.m.status.is_final() {
            return;
        }
        if fresh && record.status == "Scheduled" {
            self.m.status = Status::Scheduled;
        }
        self.m.subject = record.subject;
        if let Some(policy) = record.policy.as_deref().and_then(Policy::parse) {
            self.m.policy = policy;
        }
        if let Some(region) = record.region.filter(|r| *r != self.m.region) {
            self.choose_region(region);
        }
        self.m.auto_record = record.auto_record;
        self.m.host = record.host;
        self.m.scheduled_start = record.scheduled_start;
        self.m.scheduled_end = record.scheduled_end;
        self.invite(record.seats);
    }
}

/// When the meeting is over without anybody ending it: (at, reason, `Ended_At__c`).
pub(super) fn over_at(
    meeting: &Meeting,
    settings: &Settings,
) -> Option<(Millis, &'static str, Millis)> {
    if meeting.status.is_final() {
        return None;
    }
    let scheduled = meeting.scheduled_end.map(|end| {
        let at = end.max(meeting.requested_at) + settings.grace_after_end;
        (at, "The scheduled end has passed", at)
    });
    let quiet = quiet_since(meeting).map(|quiet| {
        let came = meeting.started_at.is_some();
        let reason = if came { "Nobody was there any more" } else { "Nobody came" };
        (quiet + settings.quiet_limit, reason, quiet)
    });
    [scheduled, quiet].into_iter().flatten().min_by_key(|(at, ..)| *at)
}

/// Since when nobody has been there; `None` while somebody is. An arrival counts as being there
/// at that moment, and before a scheduled start nobody is missed.
fn quiet_since(meeting: &Meeting) -> Option<Millis> {
    let mut quiet = meeting.requested_at.max(meeting.scheduled_start.unwrap_or(Millis::MIN));
    for session in &meeting.sessions {
        quiet = quiet.max(session.wanted_at);
    }
    for seat in meeting.seats.values() {
        quiet = quiet.max(seat.arrived_at.unwrap_or(Millis::MIN));
        for connection in participants::connections(seat, &meeting.sessions) {
            match connection.left_at {
                Some(left) => quiet = quiet.max(left),
                None if seat.removed_at.is_none() => return None,
                None => {}
            }
        }
    }
    Some(quiet)
}
