//! Takes a person out of all that is stored: `ChimePrivacyErasure`, `ChimePrivacyNames`,
//! `ChimePrivacyLogJob`. Proof of consent stays without the name. The log's rows are emptied in
//! the same breath here; an org does it in a batch job.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Traces, lookup};
use crate::apex::access::is_final;
use crate::apex::call::{Answer, Call, among, text};

/// Names shorter than this are not looked for in texts.
const SHORTEST: usize = 3;

impl Traces {
    /// Takes the person out of all that is stored; how many rows were changed. Proof of consent
    /// stays without the name.
    pub fn erase(&self, call: &Call<'_>) -> Answer {
        let meetings = self.meeting_ids();
        if meetings.is_empty() && !self.is_user() {
            return Ok(json!(0));
        }
        let open = self.meetings.iter().find(|m| !is_final(text(m, "Status__c")));
        if let (true, Some(open)) = (self.is_user(), open) {
            let name = text(open, "Name").unwrap_or_default();
            return call
                .require(Some(call.filled("Chime_Privacy_Hosts", &[name])))
                .map(|()| json!(0));
        }
        let erased = call.text("Chime_Privacy_Erased");
        let names = self.names(&erased);
        let seats = self.empty_seats(call, &erased)?;
        let changed = self.empty_meetings(call, &meetings, &names, &erased)?;
        let asked = self.empty_recordings(call)?;
        self.empty_logs(call, &meetings, &names, &erased)?;
        self.empty_letters(call, &meetings, &names, &erased)?;
        Ok(json!(seats + changed + asked))
    }

    /// Nobody is named as who asked for a recording.
    fn empty_recordings(&self, call: &Call<'_>) -> Answer<usize> {
        let rows: Vec<(String, Value)> = self
            .asked_for(call)?
            .iter()
            .filter_map(|row| Some((text(row, "Id")?.into(), json!({"Requested_By__c": null}))))
            .collect();
        let count = rows.len();
        call.update("Chime_Recording__c", rows)?;
        Ok(count)
    }

    /// Dead letters of the meetings may quote a name.
    fn empty_letters(
        &self,
        call: &Call<'_>,
        meetings: &BTreeSet<String>,
        names: &[String],
        erased: &str,
    ) -> Answer<()> {
        let stored = call.rows(&format!(
            "SELECT Id, Cause__c, Detail__c FROM Chime_Dead_Letter__c WHERE Meeting__c IN {}",
            among(meetings.iter().map(String::as_str))
        ))?;
        let mut rows = Vec::new();
        for letter in &stored {
            let clean = |field: &str| {
                let said = text(letter, field)?;
                Some(without(said, names, erased)).filter(|clean| clean != said)
            };
            let mut row = json!({});
            for field in ["Cause__c", "Detail__c"] {
                if let Some(clean) = clean(field) {
                    row[field] = json!(clean);
                }
            }
            if row.as_object().is_some_and(|row| !row.is_empty()) {
                rows.push((text(letter, "Id").unwrap_or_default().to_string(), row));
            }
        }
        call.update("Chime_Dead_Letter__c", rows)
    }

    fn empty_seats(&self, call: &Call<'_>, erased: &str) -> Answer<usize> {
        let leads = call.knows_leads();
        let mut rows = Vec::new();
        for seat in &self.seats {
            let id = text(seat, "Id").unwrap_or_default().to_string();
            let mut row = json!({
                "Display_Name__c": erased, "Email__c": null, "User__c": null, "Contact__c": null,
            });
            if leads {
                row["Lead__c"] = Value::Null;
            }
            let standing = !is_final(text(seat, "Meeting__r.Status__c"))
                && text(seat, "Status__c") != Some("Removed");
            if standing {
                row["Status__c"] = json!("Removed");
                call.apex.triggers.tell(&id, "Status__c", json!("Removed"));
                let meeting = text(seat, "Meeting__c").unwrap_or_default();
                call.send_or_fail("REMOVE_PARTICIPANT", meeting, Some(&id))?;
            }
            rows.push((id, row));
        }
        let count = rows.len();
        let removed: Vec<String> = rows
            .iter()
            .filter(|(_, row)| row.get("Status__c").is_some())
            .map(|(id, _)| id.clone())
            .collect();
        call.update("Chime_Participant__c", rows)?;
        call.forget_keys(&removed)?;
        Ok(count)
    }

    fn empty_meetings(
        &self,
        call: &Call<'_>,
        meetings: &BTreeSet<String>,
        names: &[String],
        erased: &str,
    ) -> Answer<usize> {
        let field = match self.kind.as_str() {
            "User" => Some("Host__c"),
            kind => lookup(kind, call.knows_leads()),
        };
        let stored = call.rows(&format!(
            "SELECT Id, Subject__c, Related_Record_Id__c FROM Chime_Meeting__c WHERE Id IN {}",
            among(meetings.iter().map(String::as_str))
        ))?;
        let mut rows = Vec::new();
        for meeting in &stored {
            let mut row = json!({});
            let named = self.meetings.iter().any(|m| m["Id"] == meeting["Id"]);
            if let (true, Some(field)) = (named, field) {
                row[field] = Value::Null;
            }
            let related = text(meeting, "Related_Record_Id__c");
            if related.is_some() && related == self.record.as_deref() {
                row["Related_Record_Id__c"] = Value::Null;
            }
            let subject = text(meeting, "Subject__c").unwrap_or_default();
            let clean = without(subject, names, erased);
            if clean != subject {
                row["Subject__c"] = json!(clean.chars().take(255).collect::<String>());
            }
            if row.as_object().is_some_and(|row| !row.is_empty()) {
                rows.push((text(meeting, "Id").unwrap_or_default().to_string(), row));
            }
        }
        let count = rows.len();
        call.update("Chime_Meeting__c", rows)?;
        Ok(count)
    }

    fn empty_logs(
        &self,
        call: &Call<'_>,
        meetings: &BTreeSet<String>,
        names: &[String],
        erased: &str,
    ) -> Answer<()> {
        let stored = call.rows(&format!(
            "SELECT Id, Participant__c, User__c, Kind__c, Text__c FROM Chime_Meeting_Log__c \
             WHERE Meeting__c IN {} OR User__c IN {} ORDER BY Id",
            among(meetings.iter().map(String::as_str)),
            among(self.user()),
        ))?;
        let mut rows = Vec::new();
        for log in &stored {
            let said = text(log, "Text__c").unwrap_or_default();
            let wrote = text(log, "Kind__c") == Some("Chat")
                && self.seats.iter().any(|seat| seat["Id"] == log["Participant__c"]);
            let clean = if wrote { erased.to_string() } else { without(said, names, erased) };
            let did = self.user().is_some() && text(log, "User__c") == self.user();
            if did || clean != said {
                let mut row = json!({"Text__c": clean});
                if did {
                    row["User__c"] = Value::Null;
                }
                rows.push((text(log, "Id").unwrap_or_default().to_string(), row));
            }
        }
        call.update("Chime_Meeting_Log__c", rows)
    }

    /// Names and addresses of the person, the longest first: the full address goes before the
    /// name that begins it.
    fn names(&self, erased: &str) -> Vec<String> {
        let own = [&self.name, &self.address].into_iter().flatten().cloned();
        let seated = self.seats.iter().flat_map(|seat| {
            let fields = ["Display_Name__c", "Email__c"];
            fields.into_iter().filter_map(|field| text(seat, field).map(String::from))
        });
        let all: BTreeSet<String> = own.chain(seated).map(|name| name.trim().to_string()).collect();
        let mut names: Vec<String> = all
            .into_iter()
            .filter(|name| name != erased && name.chars().count() >= SHORTEST)
            .collect();
        names.sort_by_key(|name| std::cmp::Reverse(name.chars().count()));
        names
    }
}

/// A text without names, whatever their case, where they stand as words of their own.
fn without(text: &str, names: &[String], instead: &str) -> String {
    names.iter().fold(text.to_string(), |text, name| replaced(&text, name, instead))
}

fn replaced(text: &str, name: &str, instead: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let sought: Vec<char> = name.chars().collect();
    let same = |a: char, b: char| a == b || a.to_lowercase().eq(b.to_lowercase());
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(c) = chars.get(at) {
        let end = at + sought.len();
        let fits = chars
            .get(at..end)
            .is_some_and(|part| part.iter().zip(&sought).all(|(a, b)| same(*a, *b)));
        let begins = at.checked_sub(1).is_none_or(|i| !chars[i].is_alphanumeric());
        let ends = chars.get(end).is_none_or(|c| !c.is_alphanumeric());
        if fits && begins && ends {
            out.push_str(instead);
            at = end;
        } else {
            out.push(*c);
            at += 1;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_where_they_are_words_of_their_own() {
        let names = ["ann.lee@x.example".to_string(), "Ann".to_string()];
        let text = "Annual talk with ANN (ann.lee@x.example), Hannah";
        assert_eq!(without(text, &names, "***"), "Annual talk with *** (***), Hannah");
    }
}
