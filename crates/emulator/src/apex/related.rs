//! The record a meeting is about, and the people and accounts it names: `ChimeRelated`. Accounts,
//! contacts, leads, opportunities and cases are as public here as their objects are readable.

use serde_json::Value;

use super::call::{Answer, Call, quoted, text};

/// What a record says about a meeting from it.
#[derive(Debug, Default, Clone)]
pub struct About {
    /// Its name.
    pub name: Option<String>,
    /// Lookup fields of the meeting and their values.
    pub links: Vec<(&'static str, String)>,
    /// The person it names: lookup field of a seat, and the record.
    pub person: Option<(&'static str, String)>,
    /// The person's name.
    pub person_name: Option<String>,
    /// The person's address.
    pub person_email: Option<String>,
}

impl About {
    fn link(&mut self, field: &'static str, id: Option<&str>) {
        if let Some(id) = id {
            self.links.push((field, id.to_string()));
        }
    }

    fn linked(&self, field: &str) -> Option<String> {
        self.links.iter().find(|(name, _)| *name == field).map(|(_, id)| id.clone())
    }

    fn take_person(&mut self, field: &'static str, row: &Value) {
        self.person = text(row, "Id").map(|id| (field, id.to_string()));
        self.person_name = text(row, "Name").map(String::from);
        self.person_email = text(row, "Email").map(String::from);
    }
}

impl Call<'_> {
    /// What a record says; none if the user cannot see it.
    pub fn about(&self, id: &str) -> Answer<Option<About>> {
        let org = &self.apex.org;
        let package = org.package();
        let object =
            package.metadata.objects.values().find(|o| id.starts_with(o.key_prefix.as_str()));
        let Some(object) = object.filter(|o| self.actor.access(&o.name).read) else {
            return Ok(None);
        };
        let mut about = About::default();
        if self.find(&object.name, "Id", id)?.is_none() {
            return Ok(None);
        }
        match object.name.as_str() {
            "Opportunity" => {
                if let Some(row) = self.find("Opportunity", "Id, Name, AccountId", id)? {
                    about.link("Opportunity__c", Some(id));
                    about.name = text(&row, "Name").map(String::from);
                    about.link("Account__c", text(&row, "AccountId"));
                }
            }
            "Case" => {
                let fields = "Id, Name, Subject, AccountId, ContactId";
                if let Some(row) = self.find("Case", fields, id)? {
                    about.link("Case__c", Some(id));
                    about.name =
                        text(&row, "Subject").or_else(|| text(&row, "Name")).map(String::from);
                    about.link("Account__c", text(&row, "AccountId"));
                    about.link("Contact__c", text(&row, "ContactId"));
                }
            }
            "Lead" => {
                if let Some(row) = self.find("Lead", "Id, Name, Email", id)? {
                    about.link("Lead__c", Some(id));
                    about.name = text(&row, "Name").map(String::from);
                    about.take_person("Lead__c", &row);
                }
            }
            "Contact" => about.link("Contact__c", Some(id)),
            "Account" => about.link("Account__c", Some(id)),
            _ => {}
        }
        self.take_contact(&mut about)?;
        if object.name == "Account"
            && let Some(row) = self.find("Account", "Id, Name", id)?
        {
            about.name = text(&row, "Name").map(String::from);
        }
        Ok(Some(about))
    }

    fn take_contact(&self, about: &mut About) -> Answer<()> {
        let Some(id) = about.linked("Contact__c") else { return Ok(()) };
        match self.find("Contact", "Id, Name, Email, AccountId", &id)? {
            Some(row) => {
                about.take_person("Contact__c", &row);
                about.name = about.name.take().or_else(|| about.person_name.clone());
                if about.linked("Account__c").is_none() {
                    about.link("Account__c", text(&row, "AccountId"));
                }
            }
            None => about.links.retain(|(field, _)| *field != "Contact__c"),
        }
        Ok(())
    }

    /// A row the user may read; none without the right, or without the row.
    pub fn find(&self, object: &str, fields: &str, id: &str) -> Answer<Option<Value>> {
        if !self.actor.access(object).read {
            return Ok(None);
        }
        self.row(&format!("SELECT {fields} FROM {object} WHERE Id = {}", quoted(id)))
    }

    /// The proposed subject.
    pub fn subject_about(&self, about: Option<&About>) -> String {
        let subject = match about.and_then(|about| about.name.as_deref()) {
            Some(name) => self.filled("Chime_Default_Subject_About", &[name]),
            None => self.text("Chime_Default_Subject"),
        };
        subject.chars().take(255).collect()
    }
}
