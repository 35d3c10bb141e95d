//! Making, ending, cancelling and moving meetings: `ChimeMeetings`, `ChimePlanning`,
//! `ChimeMaking`.

use serde_json::{Map, Value, json};

use super::call::{Answer, Call, Refusal, quoted, text, time};
use super::gateway::date;
use super::related::About;
use super::seats::Wanted;
use super::settings::POLICIES;

/// An hour: how long a meeting lasts whose end nobody named.
pub const HOUR_MS: i64 = 3_600_000;

/// A meeting that is wanted.
#[derive(Debug, Default)]
pub struct Plan {
    /// The record it is about.
    pub record: Option<String>,
    /// What it is about; the proposal if blank.
    pub subject: String,
    /// Epoch milliseconds; with a start it is a scheduled meeting.
    pub start: Option<i64>,
    /// Epoch milliseconds.
    pub end: Option<i64>,
    /// Consent policy; that of the settings if absent.
    pub policy: Option<String>,
    /// Recorded by itself; as the settings say if absent.
    pub auto_record: Option<bool>,
    /// The record's person gets a seat.
    pub seat_person: bool,
    /// Seats besides the host's.
    pub seats: Vec<Wanted>,
}

/// A meeting that was made.
#[derive(Debug)]
pub struct Made {
    /// Record id.
    pub id: String,
    /// Its number.
    pub name: String,
    /// Of each seat, the host's first: its id, or why there is none.
    pub seats: Vec<Result<String, String>>,
    /// The seats as they were asked for, the host's first.
    pub asked: Vec<Wanted>,
}

impl Call<'_> {
    /// Makes a meeting with the user as host, its seats and keys, and sends the command that
    /// opens or announces it.
    pub fn make(&self, mut plan: Plan) -> Answer<Made> {
        let about = match &plan.record {
            Some(record) => self.about(record)?,
            None => None,
        };
        self.require(self.problem(&mut plan, about.as_ref()))?;
        let me = self.me().to_string();
        let mut seats = vec![Wanted::new("Host", Some(("User__c", &me)))];
        seats.append(&mut plan.seats);
        if let (true, Some(about)) = (plan.seat_person, &about) {
            add_person(&mut seats, about);
        }
        let problems = self.seat_problems(&mut seats)?;
        let record = self.meeting_row(&plan, about.as_ref());
        let id = self.insert_as_user("Chime_Meeting__c", record);
        let id = id.map_err(|error| match error.code.as_str() {
            // A row that could not be saved says why, as the platform worded it.
            "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY" | "INSUFFICIENT_ACCESS_OR_READONLY" => {
                self.shown(&error)
            }
            _ => Refusal::Said(error.message),
        })?;
        self.name_them(&mut seats)?;
        let made: Vec<Result<String, String>> = seats
            .iter()
            .zip(problems)
            .map(|(seat, problem)| problem.map_or_else(|| self.seat(&id, seat), Err))
            .collect();
        let seated: Vec<String> = made.iter().filter_map(|seat| seat.clone().ok()).collect();
        let keyed = self.with_keys(&seated)?;
        let action = if plan.start.is_some() { "SCHEDULE_MEETING" } else { "START_MEETING" };
        if !self.send_opening(action, &id, &keyed)? {
            self.fail(&id)?;
            return self.refuse("Chime_Error_Not_Sent");
        }
        let name =
            self.row(&format!("SELECT Name FROM Chime_Meeting__c WHERE Id = {}", quoted(&id)))?;
        let name = name.as_ref().and_then(|row| text(row, "Name")).unwrap_or_default().to_string();
        Ok(Made { id, name, seats: made, asked: seats })
    }

    fn problem(&self, plan: &mut Plan, about: Option<&About>) -> Option<String> {
        if plan.record.is_some() && about.is_none() {
            return Some(self.text("Chime_Error_No_Record"));
        }
        let policy = plan.policy.as_deref().filter(|policy| !policy.trim().is_empty());
        if policy.is_some_and(|policy| !POLICIES.contains(&policy)) {
            return Some(self.text("Chime_Error_No_Such_Policy"));
        }
        let start = plan.start?;
        let end = *plan.end.get_or_insert(start + HOUR_MS);
        self.times_problem(Some(start), Some(end))
    }

    fn meeting_row(&self, plan: &Plan, about: Option<&About>) -> Value {
        let settings = &self.apex.settings;
        let me = self.me();
        let subject = match plan.subject.trim() {
            "" => self.subject_about(about),
            said => said.chars().take(255).collect(),
        };
        let auto_record = match plan.auto_record {
            None => settings.auto_record,
            Some(wanted) => wanted && self.may_record_for(me),
        };
        let policy = plan.policy.clone().filter(|policy| !policy.trim().is_empty());
        let mut row = Map::from_iter([
            ("Subject__c".to_string(), json!(subject)),
            (
                "Status__c".to_string(),
                json!(if plan.start.is_some() { "Scheduled" } else { "Requested" }),
            ),
            ("Host__c".to_string(), json!(me)),
            ("Related_Record_Id__c".to_string(), json!(plan.record)),
            (
                "Consent_Policy__c".to_string(),
                json!(policy.unwrap_or_else(|| settings.policy.clone())),
            ),
            ("Auto_Record__c".to_string(), json!(auto_record)),
            ("Media_Region__c".to_string(), json!(settings.region)),
            ("Scheduled_Start__c".to_string(), json!(plan.start.map(date))),
            ("Scheduled_End__c".to_string(), json!(plan.end.map(date))),
        ]);
        for (field, id) in about.iter().flat_map(|about| &about.links) {
            if self.may_set("Chime_Meeting__c", field) {
                row.insert((*field).to_string(), json!(id));
            }
        }
        Value::Object(row)
    }

    /// Whether the user may set a field of an object.
    pub fn may_set(&self, object: &str, field: &str) -> bool {
        let package = self.apex.org.package();
        let def = package.metadata.objects.get(object);
        let field = def.and_then(|def| def.fields.iter().find(|f| f.name == field));
        field.is_some_and(|field| self.actor.edits(object, field))
    }

    /// The bridge never hears of this meeting: it fails, and its keys go.
    fn fail(&self, id: &str) -> Answer<()> {
        self.apex.triggers.tell(id, "Status__c", json!("Failed"));
        let failed = json!({
            "Status__c": "Failed",
            "Status_Reason__c": self.text("Chime_Reason_Not_Sent"),
        });
        self.update("Chime_Meeting__c", vec![(id.into(), failed)])?;
        let seats = self.rows(&format!(
            "SELECT Id FROM Chime_Participant__c WHERE Meeting__c = {}",
            quoted(id)
        ))?;
        let seats: Vec<String> =
            seats.iter().filter_map(|seat| text(seat, "Id").map(String::from)).collect();
        self.forget_keys(&seats)?;
        // Should the bridge have heard all the same, it closes what it opened.
        self.send("CANCEL_MEETING", id, None, None);
        Ok(())
    }

    /// Ends a meeting for everyone.
    pub fn end_now(&self, id: &str) -> Answer<()> {
        self.to_control_open(id)?;
        self.send_or_fail("END_MEETING", id, None)
    }

    /// Cancels a meeting that has not begun.
    pub fn cancel_meeting(&self, id: &str) -> Answer<()> {
        self.not_begun(id)?;
        self.apex.triggers.tell(id, "Status__c", json!("Cancelled"));
        self.update("Chime_Meeting__c", vec![(id.into(), json!({"Status__c": "Cancelled"}))])?;
        self.send_or_fail("CANCEL_MEETING", id, None)
    }

    /// Moves a meeting that has not begun; the trigger tells the bridge.
    pub fn move_meeting(&self, id: &str, start: Option<i64>, end: Option<i64>) -> Answer<()> {
        self.not_begun(id)?;
        let end = end.or_else(|| start.map(|start| start + HOUR_MS));
        self.require(self.times_problem(start, end))?;
        let times = json!({
            "Scheduled_Start__c": start.map(date),
            "Scheduled_End__c": end.map(date),
        });
        self.update("Chime_Meeting__c", vec![(id.into(), times)])
    }

    /// What is wrong with a meeting's times.
    pub fn times_problem(&self, start: Option<i64>, end: Option<i64>) -> Option<String> {
        match (start, end) {
            (Some(start), Some(end)) if end > start => {
                (end <= self.now()).then(|| self.text("Chime_Error_In_The_Past"))
            }
            _ => Some(self.text("Chime_Error_End_Before_Start")),
        }
    }

    fn not_begun(&self, id: &str) -> Answer<()> {
        let access = self.to_control_open(id)?;
        let begun = time(&access.meeting, "Started_At__c").is_some()
            || text(&access.meeting, "Status__c") == Some("Live");
        if begun { self.refuse("Chime_Error_Begun") } else { Ok(()) }
    }
}

/// A seat for the record's person, unless one of the list is his already.
fn add_person(seats: &mut Vec<Wanted>, about: &About) {
    let Some((lookup, id)) = &about.person else { return };
    if seats.iter().any(|seat| seat.fields.get(*lookup) == Some(&json!(id))) {
        return;
    }
    let seat = Wanted::new("Guest", Some((lookup, id)));
    seats.push(seat.named(about.person_name.as_deref(), about.person_email.as_deref()));
}
