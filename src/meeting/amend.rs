//! What people and admins changed in Salesforce without asking the bridge: field changes,
//! deletion, undeletion, and what reconcile found.

use serde_json::{Map, Value};

use crate::clock::Millis;
use crate::meeting::effect::{Effect, MeetingRecord, Outcome, Pending};
use crate::meeting::model::{Policy, Role, Status};
use crate::meeting::step::Work;

impl Work<'_> {
    pub(super) fn changed(&mut self, object: &str, id: &str, values: &Map<String, Value>) {
        match object {
            "Chime_Meeting__c" => self.meeting_changed(values),
            "Chime_Participant__c" => self.participant_changed(id, values),
            "Chime_Recording__c" => self.recording_changed(id, values),
            _ => {}
        }
    }

    fn meeting_changed(&mut self, values: &Map<String, Value>) {
        if let Some(subject) = text(values, "Subject__c") {
            self.m.subject = subject.unwrap_or_default();
        }
        if let Some(host) = text(values, "Host__c") {
            self.m.host = host;
        }
        if let Some(Some(policy)) = text(values, "Consent_Policy__c")
            && let Some(policy) = Policy::parse(&policy)
        {
            self.m.policy = policy;
        }
        if let Some(Some(region)) = text(values, "Media_Region__c")
            && region != self.m.region
        {
            self.choose_region(region);
        }
        if let Some(auto) = values.get("Auto_Record__c") {
            self.m.auto_record = auto.as_bool().unwrap_or(false);
        }
        if let Some(at) = values.get("Scheduled_Start__c") {
            self.m.scheduled_start = at.as_i64();
        }
        if let Some(at) = values.get("Scheduled_End__c") {
            self.m.scheduled_end = at.as_i64();
        }
        match text(values, "Status__c").flatten().as_deref() {
            None => {}
            Some(told) => self.status_told(told),
        }
    }

    /// A person may end or cancel on the record; any other status is ours to say.
    fn status_told(&mut self, told: &str) {
        match told {
            "Cancelled" => self.cancel(),
            "Ended" => self.end("Ended on the record"),
            _ => {}
        }
        self.retell |= told != self.m.status.label();
    }

    fn participant_changed(&mut self, id: &str, values: &Map<String, Value>) {
        if !self.m.seats.contains_key(id) {
            // A seat nobody told of, by an import perhaps: read it with its key.
            if !self.m.status.is_final() {
                self.effects.push(Effect::ReadRecord { then: Pending::Know });
            }
            return;
        }
        if let Some(seat) = self.m.seats.get_mut(id) {
            if let Some(Some(name)) = text(values, "Display_Name__c") {
                seat.name = name;
            }
            if let Some(role) = text(values, "Role__c").flatten().as_deref().and_then(Role::parse) {
                seat.role = role;
            }
        }
        match text(values, "Consent__c").flatten().as_deref() {
            Some("Given") => self.set_consent(id, true),
            Some("Declined" | "Withdrawn") => self.set_consent(id, false),
            Some(_) => self.retell = true,
            None => {}
        }
        match text(values, "Status__c").flatten().as_deref() {
            Some("Removed") => self.remove(id),
            Some(_) => self.retell = true,
            None => {}
        }
    }

    fn recording_changed(&mut self, id: &str, values: &Map<String, Value>) {
        let key = text(values, "Recording_Key__c").flatten();
        let Some(recording) =
            self.m.recordings.iter_mut().find(|r| r.named(id) || Some(&r.key) == key.as_ref())
        else {
            return;
        };
        if let Some(hold) = values.get("Legal_Hold__c") {
            recording.hold = hold.as_bool().unwrap_or(false);
        }
        if let Some(at) = values.get("Retain_Until__c") {
            recording.retain_until = at.as_i64();
        }
    }

    /// Delete means erase after 15 days; undelete cancels it. A hold keeps the recording.
    pub(super) fn deleted(&mut self, object: &str, id: &str, at: Millis) {
        let erase_at = at + self.ctx.settings.erase_after;
        match object {
            "Chime_Meeting__c" => {
                if self.m.deleted_at.is_some() {
                    return;
                }
                self.m.deleted_at = Some(at);
                if !self.m.status.is_final() {
                    self.conclude(Status::Cancelled, "The record was deleted", self.now);
                }
                for recording in &mut self.m.recordings {
                    recording.erase_at.get_or_insert(erase_at);
                }
            }
            "Chime_Participant__c" => {
                if let Some(seat) = self.m.seats.get_mut(id) {
                    seat.record_deleted = true;
                    self.remove(id);
                }
            }
            "Chime_Recording__c" => {
                if let Some(recording) = self.m.recordings.iter_mut().find(|r| r.named(id)) {
                    recording.record_deleted = true;
                    recording.erase_at.get_or_insert(erase_at);
                }
            }
            _ => {}
        }
    }

    pub(super) fn undeleted(&mut self, object: &str, id: &str) {
        match object {
            "Chime_Meeting__c" => {
                self.m.deleted_at = None;
                for recording in &mut self.m.recordings {
                    if !recording.record_deleted && !recording.erase_wanted {
                        recording.erase_at = None;
                    }
                }
            }
            "Chime_Participant__c" => {
                if let Some(seat) = self.m.seats.get_mut(id) {
                    seat.record_deleted = false;
                }
            }
            "Chime_Recording__c" => {
                if let Some(recording) = self.m.recordings.iter_mut().find(|r| r.named(id)) {
                    recording.record_deleted = false;
                    if !recording.erase_wanted {
                        let erase_after = self.ctx.settings.erase_after;
                        recording.erase_at = self.m.deleted_at.map(|at| at + erase_after);
                    }
                }
            }
            _ => return,
        }
        self.retell = true;
    }

    /// Reconcile read the record, or found that it is gone.
    pub(super) fn found(&mut self, record: Option<MeetingRecord>) {
        self.found_to(record, true);
    }

    fn found_to(&mut self, record: Option<MeetingRecord>, begin: bool) {
        let Some(record) = record else {
            return self.deleted("Chime_Meeting__c", "", self.now);
        };
        if record.deleted {
            return self.deleted("Chime_Meeting__c", "", self.now);
        }
        if self.m.deleted_at.is_some() {
            self.undeleted("Chime_Meeting__c", "");
        }
        let told = record.status.clone();
        let fresh = self.m.sessions.is_empty() && self.m.revision == 0 && self.m.seats.is_empty();
        self.take_record(record, fresh);
        if fresh && begin && told == "Requested" {
            self.begin();
        }
        match told.as_str() {
            // It has just been begun from this very record.
            "Requested" if fresh => {}
            told => self.status_told(told),
        }
    }

    /// The record was read for a command that waited for it.
    pub(super) fn record_read(&mut self, then: Pending, outcome: Outcome) {
        if let Outcome::RecordRead { record, secrets } = outcome {
            self.secrets.extend(secrets);
            // What is to be ended or cancelled is not begun first.
            self.found_to(record.map(|r| *r), !matches!(then, Pending::End | Pending::Cancel));
        }
        match then {
            Pending::Know | Pending::Changed => {}
            Pending::End => self.end("Ended by request"),
            Pending::Cancel => self.cancel(),
            Pending::StartRecording { by } => self.want_recording(by),
            Pending::StopRecording => self.stop_recording(),
            Pending::Invite { seats } => self.invite_again(seats),
            Pending::Remove { seat } => self.remove(&seat),
        }
    }
}

/// A text field: absent = not changed, `Some(None)` = cleared.
fn text(values: &Map<String, Value>, field: &str) -> Option<Option<String>> {
    values.get(field).map(|value| value.as_str().map(str::to_string))
}
