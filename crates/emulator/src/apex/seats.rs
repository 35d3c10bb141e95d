//! Seats and their keys: `ChimeSeats`, `ChimeSeating`, `ChimePeople`.

use serde_json::{Map, Value, json};

use super::call::{Answer, Call, among, quoted, text};
use super::gateway::random_key;

/// Seats one command carries.
const MOST_IN_COMMAND: usize = 300;
/// Characters of a name in a command.
const MOST_NAME: usize = 80;

/// A seat that is wanted: fields of `Chime_Participant__c`.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Its fields.
    pub fields: Map<String, Value>,
}

impl Wanted {
    /// A seat of this role for a person by lookup, or for nobody the org knows.
    pub fn new(role: &str, person: Option<(&str, &str)>) -> Self {
        let mut fields = Map::new();
        fields.insert("Role__c".into(), json!(role));
        if let Some((lookup, id)) = person {
            fields.insert(lookup.into(), json!(id));
        }
        Self { fields }
    }

    /// With a name and an address.
    pub fn named(mut self, name: Option<&str>, email: Option<&str>) -> Self {
        for (field, value) in [("Display_Name__c", name), ("Email__c", email)] {
            if let Some(value) = value {
                let value: String = value.chars().take(255).collect();
                self.fields.insert(field.into(), json!(value));
            }
        }
        self
    }

    /// As a row of the org.
    pub fn row(&self) -> Value {
        Value::Object(self.fields.clone())
    }
}

/// A seat's row as a command carries it; none without a key.
fn written(seat: &Value, key: Option<&Value>) -> Option<Value> {
    let key = key?;
    let name = text(seat, "Display_Name__c").unwrap_or_default();
    let mut row = json!({
        "participant": text(seat, "Id")?,
        "role": text(seat, "Role__c"),
        "name": shortened(name),
        "key": text(key, "Key__c")?,
    });
    if let Some(host_key) = text(key, "Host_Key__c") {
        row["hostKey"] = json!(host_key);
    }
    Some(row)
}

/// At most eighty UTF-16 units, as Apex counts characters; none is cut in two.
fn shortened(name: &str) -> String {
    let mut units = 0;
    name.chars()
        .take_while(|c| {
            units += c.len_utf16();
            units <= MOST_NAME
        })
        .collect()
}

impl Call<'_> {
    /// Fills in names, addresses and roles from the records the seats name.
    pub fn name_them(&self, seats: &mut [Wanted]) -> Answer<()> {
        for seat in seats {
            let fields = &mut seat.fields;
            let mut known = None;
            for (lookup, object) in
                [("User__c", "User"), ("Contact__c", "Contact"), ("Lead__c", "Lead")]
            {
                if let (None, Some(id)) = (&known, fields.get(lookup).and_then(Value::as_str)) {
                    // A user is named, but his address stays his own.
                    let asked = if object == "User" { "Name" } else { "Name, Email" };
                    known = self.find(object, asked, id)?;
                }
            }
            let known = known.unwrap_or_default();
            for (field, source) in [("Email__c", "Email"), ("Display_Name__c", "Name")] {
                if !fields.contains_key(field)
                    && let Some(value) = text(&known, source)
                {
                    fields.insert(field.into(), json!(value));
                }
            }
            if !fields.contains_key("Display_Name__c")
                && let Some(email) = fields.get("Email__c").cloned()
            {
                fields.insert("Display_Name__c".into(), email);
            }
        }
        Ok(())
    }

    /// Inserts a seat in system mode; its id, or why not.
    pub fn seat(&self, meeting: &str, wanted: &Wanted) -> Result<String, String> {
        let mut fields = wanted.fields.clone();
        fields.insert("Meeting__c".into(), json!(meeting));
        fields.insert("Status__c".into(), json!("Invited"));
        fields.insert("Consent__c".into(), json!("Not asked"));
        self.insert("Chime_Participant__c", Value::Object(fields)).map_err(|e| e.message)
    }

    /// Seats with their keys, for commands; keys that are missing are made.
    pub fn with_keys(&self, seats: &[String]) -> Answer<Vec<Value>> {
        let ids = among(seats.iter().map(String::as_str));
        let rows = self.rows(&format!(
            "SELECT Id, Role__c, Display_Name__c FROM Chime_Participant__c WHERE Id IN {ids} \
             ORDER BY CreatedDate, Id"
        ))?;
        for row in &rows {
            self.give_key(row)?;
        }
        let keys = self.rows(&format!(
            "SELECT Id, Participant__c, Key__c, Host_Key__c FROM Chime_Seat_Key__c \
             WHERE Participant__c IN {ids} ORDER BY Id"
        ))?;
        let key = |row: &Value| keys.iter().find(|k| k["Participant__c"] == row["Id"]);
        Ok(rows.iter().filter_map(|row| written(row, key(row))).collect())
    }

    fn give_key(&self, seat: &Value) -> Answer<()> {
        let id = text(seat, "Id").unwrap_or_default();
        let host = text(seat, "Role__c") == Some("Host");
        let known = self.row(&format!(
            "SELECT Id, Host_Key__c FROM Chime_Seat_Key__c WHERE Participant__c = {} ORDER BY Id",
            quoted(id)
        ))?;
        match known {
            None => {
                let key = json!({
                    "Participant__c": id,
                    "Key__c": random_key(),
                    "Host_Key__c": host.then(random_key),
                });
                self.insert("Chime_Seat_Key__c", key).map(drop).map_err(|e| self.shown(&e))
            }
            Some(key) if host && text(&key, "Host_Key__c").is_none() => {
                let id = text(&key, "Id").unwrap_or_default().to_string();
                self.update("Chime_Seat_Key__c", vec![(id, json!({"Host_Key__c": random_key()}))])
            }
            Some(_) => Ok(()),
        }
    }

    /// Tells the bridge of seats, so many in a command as it may carry.
    pub fn send_invitations(&self, meeting: &str, seats: &[Value]) -> Answer<()> {
        for part in seats.chunks(MOST_IN_COMMAND) {
            let payload = json!({"seats": part});
            if !self.send("INVITE_PARTICIPANT", meeting, None, Some(&payload)) {
                return self.refuse("Chime_Error_Not_Sent");
            }
        }
        Ok(())
    }

    /// The command that opens or announces a meeting, and those for seats it does not carry.
    pub fn send_opening(&self, action: &str, meeting: &str, seats: &[Value]) -> Answer<bool> {
        let Some(row) = self.row(&format!(
            "SELECT Subject__c, Consent_Policy__c, Media_Region__c, Auto_Record__c, Host__c, \
             Scheduled_Start__c, Scheduled_End__c FROM Chime_Meeting__c WHERE Id = {}",
            quoted(meeting)
        ))?
        else {
            return Ok(false);
        };
        let (first, rest) = seats.split_at(seats.len().min(MOST_IN_COMMAND));
        let mut said = json!({
            "subject": text(&row, "Subject__c").unwrap_or_default(),
            "autoRecord": row["Auto_Record__c"] == json!(true),
            "seats": first,
        });
        let texts =
            [("policy", "Consent_Policy__c"), ("region", "Media_Region__c"), ("host", "Host__c")];
        for (name, field) in texts {
            if let Some(value) = text(&row, field) {
                said[name] = json!(value);
            }
        }
        for (name, field) in
            [("scheduledStart", "Scheduled_Start__c"), ("scheduledEnd", "Scheduled_End__c")]
        {
            if let Some(at) = super::call::time(&row, field) {
                said[name] = json!(at);
            }
        }
        Ok(self.send(action, meeting, None, Some(&said))
            && self.send_invitations(meeting, rest).is_ok())
    }

    /// Takes somebody out of a meeting.
    pub fn remove_seat(&self, id: &str) -> Answer<()> {
        self.may_read("Chime_Participant__c")?;
        let seat = self.row(&format!(
            "SELECT Id, Meeting__c, Status__c FROM Chime_Participant__c WHERE Id = {}",
            quoted(id)
        ))?;
        let Some(seat) = seat else { return self.refuse("Chime_Error_No_Seat") };
        let meeting = text(&seat, "Meeting__c").unwrap_or_default();
        if self.access(meeting)?.is_none() {
            return self.refuse("Chime_Error_No_Seat");
        }
        self.to_control_open(meeting)?;
        if text(&seat, "Status__c") == Some("Removed") {
            return Ok(());
        }
        self.apex.triggers.tell(id, "Status__c", json!("Removed"));
        self.update("Chime_Participant__c", vec![(id.into(), json!({"Status__c": "Removed"}))])?;
        self.forget_keys(std::slice::from_ref(&id.to_string()))?;
        self.send_or_fail("REMOVE_PARTICIPANT", meeting, Some(id))
    }

    /// Takes the keys of seats away: who is invited again gets another, and the link that was
    /// taken away opens nothing more.
    pub fn forget_keys(&self, seats: &[String]) -> Answer<()> {
        let keys = self.rows(&format!(
            "SELECT Id FROM Chime_Seat_Key__c WHERE Participant__c IN {}",
            among(seats.iter().map(String::as_str))
        ))?;
        let gone = self.apex.org.in_system_mode(self.me(), |tx| {
            let Some(object) = tx.schema().object("Chime_Seat_Key__c") else { return Ok(()) };
            keys.iter()
                .filter_map(|key| text(key, "Id"))
                .try_for_each(|id| tx.delete(object, id).map(drop))
        });
        gone.map_err(|error| self.shown(&error))
    }
}
