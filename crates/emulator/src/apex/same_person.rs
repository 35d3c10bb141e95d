//! Which seat of a meeting is a person's already: `ChimeSamePerson`. A person is a record, or the
//! address behind it: one mailbox gets one link. A colleague has a seat of his own, whoever else
//! is written to at his address; a seat that only had the address becomes his.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::call::{Answer, Call, text};

/// Lookups of a seat that name a person, and their objects.
const PEOPLE: [(&str, &str); 3] =
    [("User__c", "User"), ("Contact__c", "Contact"), ("Lead__c", "Lead")];

/// The seats of one meeting by who sits there.
#[derive(Default)]
pub struct SamePerson {
    seats: Vec<Value>,
    by_record: BTreeMap<String, usize>,
    by_address: BTreeMap<String, usize>,
}

/// A seat that is a person's already.
pub struct Known {
    /// Its place among the seats.
    pub place: usize,
    /// It only had the person's address until now.
    pub adopted: bool,
}

impl SamePerson {
    /// Takes a seat that stands; its place.
    pub fn take(&mut self, call: &Call<'_>, seat: Value) -> Answer<usize> {
        let (record, address) = (record_of(&seat), call.address_of(&seat)?);
        let place = self.seats.len();
        self.seats.push(seat);
        self.note(record, address, place);
        Ok(place)
    }

    /// The seat the person of this one has already.
    pub fn known(&mut self, call: &Call<'_>, seat: &Value) -> Answer<Option<Known>> {
        let (record, address) = (record_of(seat), call.address_of(seat)?);
        let by = |map: &BTreeMap<String, usize>, key: &Option<String>| {
            key.as_ref().and_then(|key| map.get(key)).copied()
        };
        let found = by(&self.by_record, &record).or_else(|| by(&self.by_address, &address));
        let Some(place) = found else { return Ok(None) };
        let Some(user) = text(seat, "User__c") else {
            self.note(record, address, place);
            return Ok(Some(Known { place, adopted: false }));
        };
        let adopted = match text(&self.seats[place], "User__c") {
            Some(other) if other != user => return Ok(None),
            Some(_) => false,
            None => {
                self.seats[place]["User__c"] = json!(user);
                self.seats[place]["Role__c"] = json!(text(seat, "Role__c").unwrap_or("Attendee"));
                true
            }
        };
        self.note(record, address, place);
        Ok(Some(Known { place, adopted }))
    }

    /// A seat by its place.
    pub fn seat(&mut self, place: usize) -> &mut Value {
        &mut self.seats[place]
    }

    fn note(&mut self, record: Option<String>, address: Option<String>, place: usize) {
        if let Some(record) = record {
            self.by_record.entry(record).or_insert(place);
        }
        if let Some(address) = address {
            self.by_address.entry(address).or_insert(place);
        }
    }
}

fn record_of(seat: &Value) -> Option<String> {
    PEOPLE.iter().find_map(|(lookup, _)| text(seat, lookup)).map(String::from)
}

impl Call<'_> {
    /// Where mail to a seat goes: its address, else that of the record it names.
    fn address_of(&self, seat: &Value) -> Answer<Option<String>> {
        let mut address = text(seat, "Email__c").map(String::from);
        if address.is_none()
            && let Some((lookup, object)) =
                PEOPLE.iter().find(|(lookup, _)| text(seat, lookup).is_some())
        {
            let id = text(seat, lookup).unwrap_or_default();
            let person = self.find(object, "Email", id)?;
            address = person.as_ref().and_then(|row| text(row, "Email")).map(String::from);
        }
        let address = address.map(|address| address.trim().to_lowercase());
        Ok(address.filter(|address| !address.is_empty()))
    }
}
