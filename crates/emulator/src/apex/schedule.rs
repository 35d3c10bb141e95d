//! Announcing meetings and inviting people: `ChimeSchedule`, `ChimeSchedulePlan`,
//! `ChimeInvitationAddition`.

use serde_json::{Value, json};

use super::call::{Answer, Call, Refusal, long_id, quoted, text};
use super::invitees::{Invitee, Outcome};
use super::meetings::{HOUR_MS, Plan};
use super::same_person::SamePerson;
use crate::org::values;

/// A meeting lasts a day at most.
const MOST_HOURS: i64 = 24;

impl Call<'_> {
    /// Announces the meeting of a form and invites its people.
    pub fn announce(&self, plan: &str) -> Answer {
        let (mut plan, people) = self.read_plan(plan)?;
        let list = self.invitees(&people)?;
        let end = plan.end.or_else(|| plan.start.map(|start| start + HOUR_MS));
        self.require(self.problem_of_time(plan.start, end))?;
        let mut result = list.result;
        let names: Vec<String> = list.seats.iter().map(|(_, name)| name.clone()).collect();
        plan.seats = list.seats.into_iter().map(|(seat, _)| seat).collect();
        let made = self.make(plan)?;
        // The host's seat comes first.
        for (name, seat) in names.iter().zip(made.seats.iter().skip(1)) {
            match seat {
                Ok(_) => {
                    result.invited += 1;
                    result.fail(name, self.mail_problem());
                }
                Err(problem) => result.fail(name, problem),
            }
        }
        Ok(json!({"meetingId": made.id, "name": made.name, "invited": result.told()}))
    }

    fn read_plan(&self, text: &str) -> Answer<(Plan, Vec<Invitee>)> {
        let bad = || Refusal::Said(self.text("Chime_Schedule_Bad_Plan"));
        let said: Value = serde_json::from_str(text).map_err(|_| bad())?;
        let said = said.as_object().ok_or_else(bad)?;
        let word = |name: &str| match said.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.trim().is_empty() => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(bad()),
        };
        let at = |name: &str| match word(name)? {
            Some(text) => values::millis(&text).map(Some).ok_or_else(bad),
            None => Ok(None),
        };
        let record = match word("recordId")? {
            Some(text) => Some(long_id(&text).ok_or_else(bad)?),
            None => None,
        };
        let auto_record = match said.get("autoRecord") {
            None | Some(Value::Null) => None,
            Some(Value::Bool(flag)) => Some(*flag),
            Some(_) => return Err(bad()),
        };
        let plan = Plan {
            record,
            subject: word("subject")?.unwrap_or_default(),
            start: at("start")?,
            end: at("end")?,
            policy: word("policy")?,
            auto_record,
            // The form names the record's person among the people, unless it was taken off.
            seat_person: false,
            seats: Vec::new(),
        };
        Ok((plan, self.read_invitees(said.get("invitees"))?))
    }

    /// Moves a meeting; nobody can be told by mail.
    pub fn reschedule(&self, id: &str, start: Option<i64>, end: Option<i64>) -> Answer {
        self.require(self.problem_of_time(start, end))?;
        self.move_meeting(id, start, end)?;
        // Only who was mailed before is told; here that is nobody.
        Ok(Outcome::default().told())
    }

    /// Invites people to a meeting that stands.
    pub fn invite(&self, id: &str, people: &str) -> Answer {
        let bad = || Refusal::Said(self.text("Chime_Schedule_Bad_Plan"));
        let said: Value = serde_json::from_str(people).map_err(|_| bad())?;
        let list = self.invitees(&self.read_invitees(Some(&said))?)?;
        self.to_control_open(id)?;
        let mut result = list.result;
        let standing = self.rows(&format!(
            "SELECT Id, User__c, Contact__c, Email__c, Role__c, Status__c{} \
             FROM Chime_Participant__c WHERE Meeting__c = {} ORDER BY CreatedDate, Id",
            if self.knows_leads() { ", Lead__c" } else { "" },
            quoted(id)
        ))?;
        let mut people = SamePerson::default();
        for seat in standing {
            people.take(self, seat)?;
        }
        let mut told = Vec::new();
        for (seat, name) in list.seats {
            let mut one = [seat];
            self.name_them(&mut one)?;
            let mut row = one[0].row();
            let seated = match people.known(self, &row)? {
                Some(known) => {
                    let seat = people.seat(known.place);
                    let removed = text(seat, "Status__c") == Some("Removed");
                    if removed {
                        // Whoever took the seat away, its keys went with it: in an org the trigger
                        // takes them; here they go at the latest now.
                        let gone = text(seat, "Id").map(String::from);
                        self.forget_keys(gone.as_slice())?;
                        seat["Status__c"] = json!("Invited");
                    }
                    if removed || known.adopted {
                        told.extend(self.let_in_again(seat)?);
                    }
                    Ok(())
                }
                None => self.seat(id, &one[0]).map(|made| {
                    row["Id"] = json!(made);
                    told.push(made);
                }),
            };
            if row.get("Id").is_some() {
                people.take(self, row)?;
            }
            match seated {
                Ok(_) => {
                    result.invited += 1;
                    result.fail(name, self.mail_problem());
                }
                Err(problem) => result.fail(name, problem),
            }
        }
        let seats = self.with_keys(&told)?;
        self.send_invitations(id, &seats)?;
        Ok(result.told())
    }

    /// A seat that stands is somebody's again, or the colleague's it turned out to be.
    fn let_in_again(&self, seat: &Value) -> Answer<Option<String>> {
        let Some(id) = text(seat, "Id") else { return Ok(None) };
        let mut row = json!({});
        for field in ["Status__c", "Role__c"] {
            row[field] = seat[field].clone();
            self.apex.triggers.tell(id, field, seat[field].clone());
        }
        row["User__c"] = seat["User__c"].clone();
        self.update("Chime_Participant__c", vec![(id.into(), row)])?;
        Ok(Some(id.to_string()))
    }

    /// The package's sales part is deployed.
    pub fn knows_leads(&self) -> bool {
        let package = self.apex.org.package();
        let object = package.metadata.objects.get("Chime_Participant__c");
        object.is_some_and(|object| object.fields.iter().any(|field| field.name == "Lead__c"))
    }

    fn problem_of_time(&self, start: Option<i64>, end: Option<i64>) -> Option<String> {
        let Some(from) = start else { return Some(self.text("Chime_Schedule_No_Start")) };
        if let Some(problem) = self.times_problem(start, end) {
            return Some(problem);
        }
        if from < self.now() {
            return Some(self.text("Chime_Schedule_Past"));
        }
        let too_long = end.is_some_and(|end| end > from + MOST_HOURS * HOUR_MS);
        too_long.then(|| self.text("Chime_Schedule_Too_Long"))
    }
}
