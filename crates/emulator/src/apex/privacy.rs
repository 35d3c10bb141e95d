//! What meetings know of a person: `ChimePrivacy`, `ChimePrivacyPerson`. How it is taken out:
//! `erasure`.

mod erasure;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::call::{Answer, Call, among, long_id, quoted, text, time, told, told_of};

/// Rows of a kind at most.
const MOST: usize = 1_000;
/// Characters of a log row that are shown.
const LONGEST_TEXT: usize = 500;

/// A person and where he stands.
pub struct Traces {
    kind: String,
    record: Option<String>,
    address: Option<String>,
    name: Option<String>,
    seats: Vec<Value>,
    meetings: Vec<Value>,
}

impl Traces {
    /// Looks for a person; admins only.
    pub fn of(call: &Call<'_>, kind: &str, value: &str) -> Answer<Self> {
        call.require_admin()?;
        let mut traces = Self {
            kind: kind.into(),
            record: None,
            address: None,
            name: None,
            seats: Vec::new(),
            meetings: Vec::new(),
        };
        match kind {
            "Email" if !value.trim().is_empty() => traces.address = Some(value.trim().into()),
            "Contact" | "Lead" | "User" => {
                let Some(id) = long_id(value) else { return call.refuse("Chime_Privacy_Who") };
                match call.find(kind, "Name, Email", &id)? {
                    Some(row) => {
                        traces.name = text(&row, "Name").map(String::from);
                        traces.address = text(&row, "Email").map(String::from);
                    }
                    // A record that is gone hides nothing; one that may not be read does.
                    None if !call.actor.access(kind).read => {
                        return call.refuse("Chime_Privacy_Unreadable");
                    }
                    None => {}
                }
                traces.record = Some(id);
            }
            _ => return call.refuse("Chime_Privacy_Who"),
        }
        traces.find_seats(call)?;
        traces.find_meetings(call)?;
        Ok(traces)
    }

    fn find_seats(&mut self, call: &Call<'_>) -> Answer<()> {
        let leads = call.knows_leads();
        let select = |condition: String| {
            format!(
                "SELECT Id, Name, Meeting__c, User__c, Contact__c{}, Email__c, Display_Name__c, \
                 Role__c, Status__c, Consent__c, Consent_At__c, First_Joined_At__c, \
                 Last_Left_At__c, Seconds_Present__c, CreatedDate, Meeting__r.Name, \
                 Meeting__r.Subject__c, Meeting__r.Status__c, Meeting__r.Scheduled_Start__c \
                 FROM Chime_Participant__c WHERE {condition} ORDER BY Id LIMIT {MOST}",
                if leads { ", Lead__c" } else { "" },
            )
        };
        if let (Some(lookup), Some(id)) = (lookup(&self.kind, leads), &self.record) {
            self.seats = call.rows(&select(format!("{lookup} = {}", quoted(id))))?;
        }
        if let Some(address) = &self.address {
            for row in call.rows(&select(format!("Email__c = {}", quoted(address))))? {
                // A shared mailbox may stand in the seats of several people.
                let others = ["User__c", "Contact__c", "Lead__c"];
                let another = others.iter().filter_map(|lookup| text(&row, lookup));
                let nobody_else =
                    another.into_iter().all(|other| Some(other) == self.record.as_deref());
                let known = self.seats.iter().any(|seat| seat["Id"] == row["Id"]);
                if !known && (self.kind == "Email" || nobody_else) {
                    self.seats.push(row);
                }
            }
        }
        Ok(())
    }

    fn find_meetings(&mut self, call: &Call<'_>) -> Answer<()> {
        let field = match self.kind.as_str() {
            "User" => Some("Host__c"),
            kind => lookup(kind, call.knows_leads()),
        };
        if let (Some(field), Some(id)) = (field, &self.record) {
            self.meetings = call.rows(&format!(
                "SELECT Id, Name, Subject__c, Status__c, Scheduled_Start__c, CreatedDate \
                 FROM Chime_Meeting__c WHERE {field} = {} ORDER BY Id LIMIT {MOST}",
                quoted(id)
            ))?;
        }
        Ok(())
    }

    fn is_user(&self) -> bool {
        self.kind == "User"
    }

    fn user(&self) -> Option<&str> {
        self.record.as_deref().filter(|_| self.is_user())
    }

    fn logs(&self, call: &Call<'_>) -> Answer<Vec<Value>> {
        let seats = among(ids(&self.seats));
        let users = among(self.user());
        call.rows(&format!(
            "SELECT Id, Name, Meeting__c, Meeting__r.Name, Kind__c, At__c, Text__c \
             FROM Chime_Meeting_Log__c WHERE Participant__c IN {seats} OR User__c IN {users} \
             ORDER BY At__c LIMIT {MOST}"
        ))
    }

    /// Recordings the user asked for; a user id stands there with 15 characters or with 18.
    fn asked_for(&self, call: &Call<'_>) -> Answer<Vec<Value>> {
        let Some(user) = self.user() else { return Ok(Vec::new()) };
        call.rows(&format!(
            "SELECT Id, Name, Status__c, Started_At__c, CreatedDate, Meeting__c, Meeting__r.Name \
             FROM Chime_Recording__c WHERE Requested_By__c IN ({}, {}) ORDER BY Id LIMIT {MOST}",
            quoted(user),
            quoted(&user[..15])
        ))
    }

    /// Every place that names the person.
    pub fn found(&self, call: &Call<'_>) -> Answer {
        let mut found = Vec::new();
        let mut names: BTreeMap<String, Value> = BTreeMap::new();
        let mut trace = |kind: &str, row: &Value, meeting: &str, said: String, at: Value| {
            found.push(json!({
                "kind": kind, "recordId": row["Id"], "name": row["Name"], "text": said,
                "at": at, "meetingId": meeting, "meetingName": Value::Null,
            }));
        };
        let name_of = |row: &Value| row["Meeting__r"]["Name"].clone();
        for seat in &self.seats {
            let meeting = text(seat, "Meeting__c").unwrap_or_default();
            names.insert(meeting.into(), name_of(seat));
            let fields = ["Display_Name__c", "Email__c", "Role__c", "Status__c", "Consent__c"];
            let said: Vec<&str> = fields.iter().filter_map(|field| text(seat, field)).collect();
            trace("Seat", seat, meeting, said.join(", "), told_of(seat, "CreatedDate"));
        }
        for meeting in &self.meetings {
            let id = text(meeting, "Id").unwrap_or_default();
            names.insert(id.into(), meeting["Name"].clone());
            let subject = text(meeting, "Subject__c").unwrap_or_default().to_string();
            trace("Meeting", meeting, id, subject, told_of(meeting, "CreatedDate"));
        }
        for row in self.logs(call)? {
            let meeting = text(&row, "Meeting__c").unwrap_or_default().to_string();
            names.insert(meeting.clone(), name_of(&row));
            let said: String =
                text(&row, "Text__c").unwrap_or_default().chars().take(LONGEST_TEXT).collect();
            let said = format!("{}: {said}", text(&row, "Kind__c").unwrap_or_default());
            trace("Log", &row, &meeting, said, told_of(&row, "At__c"));
        }
        for row in self.asked_for(call)? {
            let meeting = text(&row, "Meeting__c").unwrap_or_default().to_string();
            names.insert(meeting.clone(), name_of(&row));
            let status = text(&row, "Status__c").unwrap_or_default().to_string();
            let field =
                if text(&row, "Started_At__c").is_some() { "Started_At__c" } else { "CreatedDate" };
            trace("Recording", &row, &meeting, status, told_of(&row, field));
        }
        for one in &mut found {
            let meeting = one["meetingId"].as_str().unwrap_or_default();
            one["meetingName"] = names.get(meeting).cloned().unwrap_or_default();
        }
        Ok(Value::Array(found))
    }

    /// All that is stored, as JSON text for the person.
    pub fn told(&self, call: &Call<'_>) -> Answer {
        let seats: Vec<Value> = self.seats.iter().map(seat_told).collect();
        let named: Vec<Value> = self
            .meetings
            .iter()
            .map(|row| {
                json!({
                    "meeting": row["Name"], "subject": row["Subject__c"],
                    "status": row["Status__c"],
                    "scheduledStart": told_of(row, "Scheduled_Start__c"),
                })
            })
            .collect();
        let logged: Vec<Value> = self
            .logs(call)?
            .iter()
            .map(|row| {
                json!({"kind": row["Kind__c"], "at": told_of(row, "At__c"), "text": row["Text__c"]})
            })
            .collect();
        let meetings = self.meeting_ids();
        let recorded: Vec<Value> = call
            .rows(&format!(
                "SELECT Id, Name, Status__c, Started_At__c, Retain_Until__c FROM Chime_Recording__c \
                 WHERE Meeting__c IN {} AND Status__c != 'Erased' ORDER BY Id LIMIT {MOST}",
                among(meetings.iter().map(String::as_str))
            ))?
            .iter()
            .map(|row| {
                json!({
                    "recording": row["Name"], "status": row["Status__c"],
                    "startedAt": told_of(row, "Started_At__c"),
                    "retainUntil": told_of(row, "Retain_Until__c"),
                })
            })
            .collect();
        let connected: Vec<Value> = call
            .rows(&format!(
                "SELECT Participant__r.Name, Joined_At__c, Left_At__c, Seconds__c \
                 FROM Chime_Participant_Session__c WHERE Participant__c IN {} \
                 ORDER BY Joined_At__c LIMIT {MOST}",
                among(ids(&self.seats))
            ))?
            .iter()
            .map(|row| {
                json!({
                    "seat": row["Participant__r"]["Name"],
                    "joinedAt": told_of(row, "Joined_At__c"),
                    "leftAt": told_of(row, "Left_At__c"),
                    "seconds": row["Seconds__c"],
                })
            })
            .collect();
        let asked: Vec<Value> = self
            .asked_for(call)?
            .iter()
            .map(
                |row| json!({"recording": row["Name"], "startedAt": told_of(row, "Started_At__c")}),
            )
            .collect();
        let lists = [&seats, &named, &logged, &recorded, &asked, &connected];
        let all = json!({
            "madeAt": told(Some(call.now())),
            "complete": lists.iter().all(|list| list.len() < MOST),
            "seats": seats,
            "connections": connected,
            "meetingsAboutThePerson": named,
            "log": logged,
            "recordingsOfTheseMeetings": recorded,
            "recordingsAskedFor": asked,
        });
        Ok(json!(serde_json::to_string_pretty(&all).unwrap_or_default()))
    }

    fn meeting_ids(&self) -> BTreeSet<String> {
        let own = self.meetings.iter().filter_map(|row| text(row, "Id"));
        let seated = self.seats.iter().filter_map(|row| text(row, "Meeting__c"));
        own.chain(seated).map(String::from).collect()
    }
}

fn lookup(kind: &str, leads: bool) -> Option<&'static str> {
    match kind {
        "Contact" => Some("Contact__c"),
        "User" => Some("User__c"),
        "Lead" if leads => Some("Lead__c"),
        _ => None,
    }
}

fn ids(rows: &[Value]) -> impl Iterator<Item = &str> {
    rows.iter().filter_map(|row| text(row, "Id"))
}

fn seat_told(seat: &Value) -> Value {
    let scheduled = time(&seat["Meeting__r"], "Scheduled_Start__c");
    json!({
        "seat": seat["Name"],
        "meeting": seat["Meeting__r"]["Name"],
        "subject": seat["Meeting__r"]["Subject__c"],
        "scheduledStart": told(scheduled),
        "name": seat["Display_Name__c"],
        "email": seat["Email__c"],
        "role": seat["Role__c"],
        "status": seat["Status__c"],
        "consent": seat["Consent__c"],
        "consentAt": told_of(seat, "Consent_At__c"),
        "firstJoinedAt": told_of(seat, "First_Joined_At__c"),
        "lastLeftAt": told_of(seat, "Last_Left_At__c"),
        "secondsPresent": seat["Seconds_Present__c"],
    })
}
