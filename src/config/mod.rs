//! Settings: a TOML file, then the environment (`CHIME_BRIDGE_SECTION__KEY`), then flags. One small
//! struct a section; every key has a default or is asked for by name. Unknown keys are errors, and
//! all problems are told at once, each with where it stands and what to do.
//!
//! Secrets are never settings: a setting names the file that holds one.

mod admin;
mod aws;
mod effects;
mod error;
mod findings; // what the checks of the sections have found
mod keys; // which keys there are
mod meeting;
mod outbox;
mod queues;
mod reconcile;
mod salesforce;
mod secret;
mod sources;
mod store;
mod telemetry;
#[cfg(test)]
mod tests;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::Millis;

pub use admin::Admin;
pub use aws::Aws;
pub use effects::Effects;
pub use error::{ConfigError, EXIT_CODE, Problem};
pub use meeting::Meeting;
pub use outbox::Outbox;
pub use queues::Queues;
pub use reconcile::Reconcile;
pub use salesforce::{Auth, FirstStart, OnLostReplay, Salesforce};
pub use secret::read_secret;
pub use sources::Sources;
pub use store::Store;
pub use telemetry::{Format, Telemetry};

/// All settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Names this bridge on its health record (`Instance_Key__c`); 1–80 characters.
    pub instance: String,
    /// Allows endpoints that are not Salesforce's or Amazon's own, and plain `http://`.
    pub emulator: bool,
    /// `[salesforce]`
    pub salesforce: Salesforce,
    /// `[aws]`
    pub aws: Aws,
    /// `[meeting]`
    pub meeting: Meeting,
    /// `[queues]`
    pub queues: Queues,
    /// `[effects]`
    pub effects: Effects,
    /// `[outbox]`
    pub outbox: Outbox,
    /// `[reconcile]`
    pub reconcile: Reconcile,
    /// `[store]`
    pub store: Store,
    /// `[admin]`
    pub admin: Admin,
    /// `[telemetry]`
    pub telemetry: Telemetry,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            instance: "chime-bridge".into(),
            emulator: false,
            salesforce: Salesforce::default(),
            aws: Aws::default(),
            meeting: Meeting::default(),
            queues: Queues::default(),
            effects: Effects::default(),
            outbox: Outbox::default(),
            reconcile: Reconcile::default(),
            store: Store::default(),
            admin: Admin::default(),
            telemetry: Telemetry::default(),
        }
    }
}

impl Config {
    /// The settings in force as TOML, for `config check`. Whatever should never have been written
    /// into a setting (a key's text, a password in an address) is hidden.
    pub fn effective(&self) -> String {
        keys::print(self)
    }

    /// Each section's own rules, and those between sections.
    fn check(&self, findings: &mut findings::Findings<'_>) {
        if !(1..=80).contains(&self.instance.chars().count()) {
            findings.add("instance", "the name has no or too many characters", "use 1 to 80");
        }
        self.salesforce.check(findings);
        self.aws.check(findings);
        meeting::check(&self.meeting, findings);
        self.queues.check(findings);
        self.effects.check(findings);
        self.outbox.check(findings);
        self.reconcile.check(findings);
        self.store.check(findings);
        self.admin.check(findings);
        self.telemetry.check(findings);
    }
}

/// A setting in milliseconds as a duration.
pub fn duration(ms: Millis) -> Duration {
    Duration::from_millis(u64::try_from(ms).unwrap_or_default())
}
