//! People to be invited: who they are, why one cannot be, and what became of each. The classes
//! `ChimeInvitationList`, `ChimeInvitationPeople`, `ChimeInvitationSearch`, `ChimeSeatCheck`.
//!
//! No mail is sent here: an invitation is answered as in an org that could not send it, with the
//! reason of `ChimeMailCheck`.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::call::{Answer, Call, Refusal, long_id, text};
use super::same_person::SamePerson;
use super::seats::Wanted;

/// People that can be invited at a time.
const MOST: usize = 200;
/// People a search finds at most.
const MOST_FOUND: usize = 20;

/// Somebody on a list.
#[derive(Debug, Clone, Default)]
pub struct Invitee {
    /// `User`, `Contact`, `Lead` or `Email`.
    pub kind: String,
    /// The record.
    pub record: Option<String>,
    /// Name.
    pub name: Option<String>,
    /// Address.
    pub email: Option<String>,
}

impl Invitee {
    /// Reads a row of a form; none if it is none.
    pub fn read(row: &Value) -> Option<Self> {
        let row = row.as_object()?;
        let said = |name: &str| match row.get(name) {
            None | Some(Value::Null) => Some(None),
            Some(Value::String(text)) => Some(Some(text.clone())),
            Some(_) => None,
        };
        let record = match said("recordId")?.filter(|text| !text.trim().is_empty()) {
            Some(text) => Some(long_id(&text)?),
            None => None,
        };
        Some(Self {
            kind: said("kind")?.unwrap_or_default(),
            record,
            name: said("name")?,
            email: said("email")?,
        })
    }

    /// As a component gets it.
    pub fn told(&self) -> Value {
        json!({
            "kind": self.kind,
            "recordId": self.record,
            "name": self.name,
            "email": self.email,
        })
    }

    fn shown(&self) -> String {
        let name = self.name.as_deref().filter(|name| !name.trim().is_empty());
        name.or(self.email.as_deref()).unwrap_or_default().to_string()
    }
}

/// A list that was checked: seats of those who can be invited, and who cannot.
#[derive(Debug, Default)]
pub struct List {
    /// Seats and the names of who they are for.
    pub seats: Vec<(Wanted, String)>,
    /// What became of the invitations.
    pub result: Outcome,
}

/// What became of invitations: `ChimeInvitationResult`.
#[derive(Debug, Default)]
pub struct Outcome {
    /// How many were on the list.
    pub asked: usize,
    /// How many have a seat.
    pub invited: usize,
    /// Who could not be invited or told: name and reason.
    pub failures: Vec<(String, String)>,
}

impl Outcome {
    /// As a component gets it.
    pub fn told(&self) -> Value {
        let failures: Vec<Value> = self
            .failures
            .iter()
            .map(|(name, reason)| json!({"name": name, "reason": reason}))
            .collect();
        json!({
            "asked": self.asked,
            "invited": self.invited,
            // No mail leaves this machine.
            "mailed": 0,
            "failures": failures,
        })
    }

    /// Notes that somebody could not be invited or told.
    pub fn fail(&mut self, name: impl Into<String>, reason: impl Into<String>) {
        self.failures.push((name.into(), reason.into()));
    }
}

impl Call<'_> {
    /// Checks a list of people.
    pub fn invitees(&self, people: &[Invitee]) -> Answer<List> {
        let mut list = List::default();
        list.result.asked = people.len();
        let mut seen = BTreeSet::new();
        for one in people {
            let checked = match people.len() > MOST {
                true => Err(self.text("Chime_Invite_Too_Many")),
                false => self.invitee(one)?,
            };
            match checked {
                Ok(seat) if is_new(one, &seat, &mut seen) => list.seats.push((seat, one.shown())),
                Ok(_) => list.result.fail(one.shown(), self.text("Chime_Invite_Twice")),
                Err(problem) => list.result.fail(one.shown(), problem),
            }
        }
        Ok(list)
    }

    /// A seat for somebody, or why there is none. Names and addresses are the org's own; only a
    /// plain address is taken as it is.
    fn invitee(&self, one: &Invitee) -> Answer<Result<Wanted, String>> {
        if one.kind == "Email" {
            let address = one.email.as_deref().unwrap_or_default().trim();
            if !is_address(address) {
                return Ok(Err(self.text("Chime_Invite_Bad_Address")));
            }
            let name = one.name.as_deref().map(str::trim).filter(|name| !name.is_empty());
            let name = name.or_else(|| address.split('@').next());
            return Ok(Ok(Wanted::new("Guest", None).named(name, Some(address))));
        }
        let (lookup, role) = match one.kind.as_str() {
            "User" => ("User__c", "Attendee"),
            "Contact" => ("Contact__c", "Guest"),
            "Lead" => ("Lead__c", "Guest"),
            _ => return Ok(Err(self.text("Chime_Invite_Not_Found"))),
        };
        let fields = if one.kind == "User" { "Name, Email, IsActive" } else { "Name, Email" };
        let id = one.record.as_deref().unwrap_or_default();
        let Some(row) = self.find(&one.kind, fields, id)? else {
            return Ok(Err(self.text("Chime_Invite_Not_Found")));
        };
        if one.kind == "User" && row["IsActive"] != json!(true) {
            return Ok(Err(self.text("Chime_Mail_Problem_Inactive_User")));
        }
        let email = text(&row, "Email");
        if one.kind != "User" && email.is_none() {
            return Ok(Err(self.text("Chime_Invite_No_Address")));
        }
        Ok(Ok(Wanted::new(role, Some((lookup, id))).named(text(&row, "Name"), email)))
    }

    /// Of each seat of a new meeting, why it cannot be: the person twice, or not to be seen. A
    /// seat by address becomes that of the colleague who is named after it.
    pub fn seat_problems(&self, seats: &mut [Wanted]) -> Answer<Vec<Option<String>>> {
        let mut seated = SamePerson::default();
        let mut places = Vec::new();
        let mut problems = Vec::new();
        for at in 0..seats.len() {
            let row = seats[at].row();
            let mut problem = None;
            for (lookup, object) in [("Contact__c", "Contact"), ("Lead__c", "Lead")] {
                if let Some(id) = text(&row, lookup)
                    && self.find(object, "Id", id)?.is_none()
                {
                    problem = Some(self.text("Chime_Invite_Not_Found"));
                }
            }
            if problem.is_none() {
                match seated.known(self, &row)? {
                    Some(known) => {
                        problem = Some(self.text("Chime_Invite_Twice"));
                        if known.adopted
                            && let Some(fields) = seated.seat(known.place).as_object()
                        {
                            let owner: usize = places[known.place];
                            seats[owner].fields = fields.clone();
                        }
                    }
                    None => {
                        seated.take(self, row)?;
                        places.push(at);
                    }
                }
            }
            problems.push(problem);
        }
        Ok(problems)
    }

    /// Why no mail is sent, as `ChimeMailCheck` finds it; an org that has a sender address is
    /// told that this one sends none.
    pub fn mail_problem(&self) -> String {
        match self.apex.settings.sender {
            None => self.text("Chime_Mail_Problem_No_Sender"),
            Some(_) => self.filled("Chime_Mail_Problem_Other", &["EMULATOR_SENDS_NO_MAIL"]),
        }
    }

    /// Finds people by name: active users, contacts, leads.
    pub fn people_named(&self, term: &str) -> Answer<Vec<Invitee>> {
        let words = searchable(term);
        if words.chars().count() < 2 {
            return Ok(Vec::new());
        }
        let mut found = Vec::new();
        for (object, rule) in
            [("User", "IsActive = true"), ("Contact", "Id != null"), ("Lead", "Id != null")]
        {
            if !self.actor.access(object).read {
                continue;
            }
            let rows = self.rows(&format!(
                "SELECT Id, Name, Email FROM {object} WHERE {rule} ORDER BY Name LIMIT 2000"
            ))?;
            // Each word begins a word of the name, as SOSL's `word*` finds it.
            let named = rows.iter().filter(|row| {
                let name = text(row, "Name").unwrap_or_default().to_lowercase();
                let mut sought = words.split(' ');
                sought.all(|word| name.split(' ').any(|part| part.starts_with(word)))
            });
            found.extend(named.map(|row| Invitee {
                kind: object.into(),
                record: text(row, "Id").map(String::from),
                name: text(row, "Name").map(String::from),
                email: text(row, "Email").map(String::from),
            }));
        }
        found.truncate(MOST_FOUND);
        Ok(found)
    }

    /// The people of a form's JSON.
    pub fn read_invitees(&self, list: Option<&Value>) -> Answer<Vec<Invitee>> {
        let bad = || Refusal::Said(self.text("Chime_Schedule_Bad_Plan"));
        match list {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::Array(rows)) => {
                rows.iter().map(|row| Invitee::read(row).ok_or_else(bad)).collect()
            }
            Some(_) => Err(bad()),
        }
    }
}

/// One mailbox gets one link; a colleague gets the own seat, whoever else is written to there.
fn is_new(one: &Invitee, seat: &Wanted, seen: &mut BTreeSet<String>) -> bool {
    let row = seat.row();
    let address = text(&row, "Email__c").map(|address| address.trim().to_lowercase());
    let new_address = address.is_none_or(|address| seen.insert(address));
    let new_record = one.record.as_ref().is_none_or(|record| seen.insert(record.clone()));
    new_record && (new_address || one.kind == "User")
}

/// `name@host.tld`, nothing that ends a mail's header line.
fn is_address(text: &str) -> bool {
    let plain = |part: &str| {
        !part.is_empty()
            && part.chars().all(|c| {
                !c.is_whitespace() && !matches!(c, '@' | '"' | '<' | '>' | ',' | ';' | ':')
            })
    };
    let Some((name, host)) = text.split_once('@') else { return false };
    let Some((domain, end)) = host.rsplit_once('.') else { return false };
    plain(name) && plain(domain) && plain(end) && end.chars().count() >= 2
}

/// Words of names only: no sign of a search language is left.
fn searchable(term: &str) -> String {
    let kept: String = term
        .chars()
        .map(|c| if c.is_alphanumeric() || matches!(c, '.' | '@' | '_') { c } else { ' ' })
        .collect();
    let words = kept
        .split_whitespace()
        .filter(|word| !["and", "or", "not"].contains(&word.to_lowercase().as_str()));
    let words: Vec<&str> = words.collect();
    words.join(" ").to_lowercase().chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_from_other_texts() {
        for good in ["a@b.de", "first.last@mail.example.com"] {
            assert!(is_address(good), "{good}");
        }
        for bad in ["", "a", "a@b", "a@b.c", "a b@c.de", "a@b@c.de", "x@y.de\nBcc: z@y.de"] {
            assert!(!is_address(bad), "{bad}");
        }
    }

    #[test]
    fn a_search_keeps_words_of_names_only() {
        assert_eq!(searchable("  Ada* OR {Love'lace}"), "ada love lace");
    }
}
