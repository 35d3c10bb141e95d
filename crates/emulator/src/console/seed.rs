//! Who and what is in the org when the console opens: an account with a contact, and three users
//! with the package's permission sets. Besides these sets each has what a standard user's profile
//! grants on standard objects.

use std::sync::Arc;

use anyhow::Context;
use serde_json::{Value, json};

use crate::org::Org;
use crate::org::metadata::PermissionSet;
use crate::org::metadata::permissions::ObjectAccess;
use crate::start::ADMIN;

/// A user of the console.
#[derive(Debug, Clone)]
pub(super) struct Persona {
    /// User record id.
    pub(super) id: String,
    /// User name.
    pub(super) username: String,
    /// First and last name.
    name: String,
    role: &'static str,
    sets: Vec<String>,
    permissions: Vec<String>,
}

impl Persona {
    /// As the page gets it.
    pub(super) fn told(&self) -> Value {
        json!({
            "id": self.id,
            "name": self.name,
            "username": self.username,
            "email": self.username,
            "role": self.role,
            "permissions": self.permissions,
            "sets": self.sets,
            "permissionSets": self.sets,
        })
    }
}

/// What was put into the org.
#[derive(Debug)]
pub(super) struct Seeded {
    /// Users; the host first.
    pub(super) personas: Vec<Persona>,
    /// The account.
    pub(super) account: String,
}

/// Users: name, role, permission sets. Sets that are not deployed are left out.
const USERS: [(&str, &str, &str, &[&str]); 3] = [
    ("Hanna", "Host", "host", &["Chime_Meeting_User"]),
    ("Carl", "Colleague", "colleague", &["Chime_Meeting_User"]),
    ("Alex", "Admin", "admin", &["Chime_Admin"]),
];
/// Sets of the package's other parts, for everybody.
const EVERYBODY: [&str; 2] = ["Chime_Meeting_Sales", "Chime_Meeting_Service"];
const STANDARD: [&str; 5] = ["Account", "Contact", "Lead", "Opportunity", "Case"];

/// Fills the org.
///
/// # Errors
/// The org refuses a row.
pub(super) fn seed(org: &Arc<Org>) -> anyhow::Result<Seeded> {
    let insert = |object: &str, row: Value| {
        org.insert(ADMIN, object, row)
            .map_err(|e| anyhow::anyhow!("{}: {}", e.code, e.message))
            .with_context(|| format!("a first {object} cannot be made"))
    };
    let mut personas = Vec::new();
    for (first, last, role, own) in USERS {
        let username = format!("{role}@console.example");
        let id = insert(
            "User",
            json!({
                "Username": username, "Email": username, "FirstName": first, "LastName": last,
                "IsActive": true,
            }),
        )?;
        let known = &org.package().permission_sets;
        let sets: Vec<PermissionSet> =
            own.iter().chain(&EVERYBODY).filter_map(|name| known.get(*name).cloned()).collect();
        personas.push(Persona {
            id,
            name: format!("{first} {last}"),
            role,
            sets: sets.iter().map(|set| set.label.clone()).collect(),
            permissions: sets.iter().flat_map(|set| set.custom.clone()).collect(),
            username: username.clone(),
        });
        org.grant(&username, sets.into_iter().chain([profile()]).collect());
    }
    let account = insert(
        "Account",
        json!({"Name": "Acme", "Phone": "+49 30 1234560", "Website": "https://acme.example"}),
    )?;
    insert(
        "Contact",
        json!({
            "FirstName": "Ben", "LastName": "Guest", "Email": "ben@acme.example",
            "AccountId": account,
        }),
    )?;
    Ok(Seeded { personas, account })
}

/// What a standard user's profile grants.
fn profile() -> PermissionSet {
    let all =
        ObjectAccess { create: true, read: true, edit: true, delete: true, ..Default::default() };
    PermissionSet {
        objects: STANDARD.iter().map(|name| ((*name).to_string(), all)).collect(),
        label: "Standard User".into(),
        ..PermissionSet::default()
    }
}
