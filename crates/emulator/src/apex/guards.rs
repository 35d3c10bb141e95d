//! What may be saved from a page: sharing of meetings, and the guards of the before triggers
//! (`ChimeMeetingTriggerHandler`, `ChimeParticipantTriggerHandler`,
//! `ChimeRecordingTriggerHandler`). Writes of the bridge do not come here.

use serde_json::{Map, Value, json};

use super::access::is_final;
use super::call::{Answer, Apex, Call, Refusal, quoted, text};

impl Apex {
    /// Saves fields of a record with a user's rights, by user name.
    ///
    /// # Errors
    /// The user may not see or edit the record, a guard refuses, or the org does.
    pub fn save(
        &self,
        username: &str,
        german: bool,
        (object, id): (&str, &str),
        fields: &Map<String, Value>,
    ) -> Answer<()> {
        let actor = self.org.actor_named(username);
        let actor = actor.ok_or_else(|| Refusal::Malformed("there is no such user".into()))?;
        let call = Call { apex: self, actor, german };
        call.may_save(object, id, fields)?;
        let saved = self.org.write_as(&call.actor, |tx| match tx.schema().object(object) {
            Some(def) => tx.update(def, id, fields).map(drop),
            None => Ok(()),
        });
        saved.map_err(|error| Refusal::Said(error.message))
    }
}

impl Call<'_> {
    fn may_save(&self, object: &str, id: &str, fields: &Map<String, Value>) -> Answer<()> {
        let Some(row) = self.apex.org.get(object, id).map(Value::Object) else {
            return self.refuse("Chime_Error_No_Record");
        };
        let meeting = match object {
            "Chime_Meeting__c" => Some(id),
            _ => text(&row, "Meeting__c"),
        };
        if let Some(meeting) = meeting {
            self.may_edit_meeting(meeting)?;
        }
        // Names of fields are found whatever their case, so the guards look at them so.
        let saved = |name: &str| {
            fields.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
        };
        let label = match object {
            "Chime_Meeting__c" => self.meeting_problem(&row, &saved),
            "Chime_Participant__c" => self.seat_problem(&row, &saved),
            "Chime_Recording__c" => recording_problem(&row, &saved),
            _ => None,
        };
        label.map_or(Ok(()), |label| self.refuse(label))
    }

    /// A meeting is edited by its owner; a seat's share gives sight of it only.
    fn may_edit_meeting(&self, meeting: &str) -> Answer<()> {
        self.to(meeting)?;
        let owner = self
            .row(&format!("SELECT OwnerId FROM Chime_Meeting__c WHERE Id = {}", quoted(meeting)))?;
        let own = owner.as_ref().and_then(|row| text(row, "OwnerId")) == Some(self.me());
        let all = self.actor.access("Chime_Meeting__c").modify_all;
        if own || all { Ok(()) } else { self.refuse("Chime_Error_No_Access") }
    }

    fn meeting_problem<'v>(
        &self,
        old: &Value,
        saved: &impl Fn(&str) -> Option<&'v Value>,
    ) -> Option<&'static str> {
        // Who was told that everyone is asked is asked, once people may have come on that word.
        let loosened = text(old, "Consent_Policy__c") == Some("Everyone agrees")
            && saved("Consent_Policy__c").is_some_and(|new| new != "Everyone agrees");
        let recorded = text(old, "Recording_State__c").is_some_and(|state| state != "None");
        if loosened && (text(old, "Started_At__c").is_some() || recorded) {
            return Some("Chime_Error_Policy_Kept");
        }
        // The check box is no way round the setting who may record.
        let status = saved("Status__c").and_then(Value::as_str).or(text(old, "Status__c"));
        let wants = saved("Auto_Record__c") == Some(&json!(true))
            && old["Auto_Record__c"] != json!(true)
            && !is_final(status);
        let host = text(old, "Host__c").or(saved("Host__c").and_then(Value::as_str));
        (wants && !self.may_record_for(host.unwrap_or_default()))
            .then_some("Chime_Error_Not_Recorder")
    }

    /// Nobody agrees for somebody else; to decline or withdraw is always safe.
    fn seat_problem<'v>(
        &self,
        old: &Value,
        saved: &impl Fn(&str) -> Option<&'v Value>,
    ) -> Option<&'static str> {
        let agrees = saved("Consent__c") == Some(&json!("Given"))
            && text(old, "Consent__c") != Some("Given");
        let own = text(old, "User__c") == Some(self.me());
        (agrees && !own).then_some("Chime_Error_Consent_Not_Own")
    }
}

/// The bridge knows a recording by its key: under another one it would be erased in place of
/// another.
fn recording_problem<'v>(
    old: &Value,
    saved: &impl Fn(&str) -> Option<&'v Value>,
) -> Option<&'static str> {
    let fixed = ["Recording_Key__c", "Status__c", "Meeting__c"];
    let other = fixed.iter().any(|field| saved(field).is_some_and(|new| *new != old[*field]));
    other.then_some("Chime_Error_Recording_Identity")
}
