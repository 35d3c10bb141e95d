//! Who may see, control and record a meeting: `ChimeAccess`. A meeting is private: its owner sees
//! it, who has a seat in it (by a share), and who holds *View All Records*.

use serde_json::Value;

use super::call::{Answer, Call, quoted, text};
use super::settings::{HOST_AND_MANAGERS, NOBODY};

/// Custom permission: may control any meeting he can see.
pub const MANAGER: &str = "Chime_Meeting_Manager";
/// Custom permission: settings, health, privacy, dead letters.
pub const ADMIN: &str = "Chime_Admin";

/// A meeting the asking user can see.
pub struct Access {
    /// Its row.
    pub meeting: Value,
    /// The user's own seat; with two the host's counts.
    pub seat: Option<Value>,
    host: bool,
    control: bool,
    record: bool,
}

/// Ended, cancelled, failed.
pub fn is_final(status: Option<&str>) -> bool {
    matches!(status, Some("Ended" | "Cancelled" | "Failed"))
}

impl Access {
    /// The user is the host.
    pub fn is_host(&self) -> bool {
        self.host
    }

    /// The user may end the meeting, invite and remove people.
    pub fn may_control(&self) -> bool {
        self.control
    }

    /// The user may start and stop its recording.
    pub fn may_record(&self) -> bool {
        self.record
    }

    /// The meeting is over.
    pub fn is_final(&self) -> bool {
        is_final(text(&self.meeting, "Status__c"))
    }
}

impl Call<'_> {
    /// Access to a meeting, or none if the user cannot see it.
    pub fn access(&self, meeting: &str) -> Answer<Option<Access>> {
        self.may_read("Chime_Meeting__c")?;
        let id = quoted(meeting);
        let Some(row) = self.row(&format!(
            "SELECT Id, Name, OwnerId, Subject__c, Status__c, Status_Reason__c, Recording_State__c, \
             Consent_Policy__c, Auto_Record__c, Host__c, Participant_Count__c, Scheduled_Start__c, \
             Scheduled_End__c, Started_At__c, Ended_At__c FROM Chime_Meeting__c WHERE Id = {id}"
        ))?
        else {
            return Ok(None);
        };
        let me = self.me().to_string();
        let seats = self.rows(&format!(
            "SELECT Id, Role__c, Display_Name__c, Status__c, Consent__c FROM Chime_Participant__c \
             WHERE Meeting__c = {id} AND User__c = {} AND Status__c != 'Removed' \
             ORDER BY CreatedDate, Id",
            quoted(&me)
        ))?;
        let sees_all = self.actor.access("Chime_Meeting__c").view_all;
        if !sees_all && text(&row, "OwnerId") != Some(me.as_str()) && seats.is_empty() {
            return Ok(None);
        }
        let as_host = seats.iter().rev().find(|seat| text(seat, "Role__c") == Some("Host"));
        let seat = as_host.or_else(|| seats.first()).cloned();
        let host = text(&row, "Host__c") == Some(me.as_str()) || as_host.is_some();
        let control = host || self.holds(MANAGER);
        let record = match self.apex.settings.who_may_record.as_str() {
            NOBODY => false,
            HOST_AND_MANAGERS => control,
            _ => host,
        };
        Ok(Some(Access { meeting: row, seat, host, control, record }))
    }

    /// Access to a meeting, or a refusal.
    pub fn to(&self, meeting: &str) -> Answer<Access> {
        match self.access(meeting)? {
            Some(access) => Ok(access),
            None => self.refuse("Chime_Error_No_Meeting"),
        }
    }

    /// The same for somebody who may control it.
    pub fn to_control(&self, meeting: &str) -> Answer<Access> {
        let access = self.to(meeting)?;
        if access.may_control() { Ok(access) } else { self.refuse("Chime_Error_Not_Host") }
    }

    /// The same of a meeting that is not over.
    pub fn to_control_open(&self, meeting: &str) -> Answer<Access> {
        let access = self.to_control(meeting)?;
        if access.is_final() { self.refuse("Chime_Error_Over") } else { Ok(access) }
    }

    /// Refuses who is no Chime admin.
    pub fn require_admin(&self) -> Answer<()> {
        if self.holds(ADMIN) { Ok(()) } else { self.refuse("Chime_Error_Not_Admin") }
    }

    /// Whether the user may have a meeting of this host recorded by itself.
    pub fn may_record_for(&self, host: &str) -> bool {
        match self.apex.settings.who_may_record.as_str() {
            NOBODY => false,
            who => host == self.me() || (who == HOST_AND_MANAGERS && self.holds(MANAGER)),
        }
    }

    /// A recording the user can see.
    pub fn recording(&self, id: &str) -> Answer<Value> {
        self.may_read("Chime_Recording__c")?;
        let row = self.row(&format!(
            "SELECT Id, Name, Meeting__c, Recording_Key__c, Status__c, Legal_Hold__c \
             FROM Chime_Recording__c WHERE Id = {}",
            quoted(id)
        ))?;
        let seen = match row {
            Some(row) => {
                let meeting = text(&row, "Meeting__c").unwrap_or_default();
                self.access(meeting)?.map(|_| row)
            }
            None => None,
        };
        seen.map_or_else(|| self.refuse("Chime_Error_No_Recording"), Ok)
    }
}
