//! Which permission sets a user holds, and writes in a user's name that ask no permission: what
//! Apex does in system mode. A user without sets may do everything, as an admin may.

use std::sync::{Arc, PoisonError};

use super::bus::{PublishError, Published, Record};
use super::metadata::{Package, PermissionSet};
use super::records::{Actor, RecordError, Transaction};
use super::{Org, soql};

impl Org {
    /// Gives a user these permission sets in place of what he held.
    pub fn grant(&self, username: &str, sets: Vec<PermissionSet>) {
        let mut grants = self.grants.lock().unwrap_or_else(PoisonError::into_inner);
        grants.insert(username.into(), Arc::new(sets));
    }

    /// What was granted to a user; none for somebody who may do everything.
    pub(super) fn granted(&self, username: &str) -> Option<Arc<Vec<PermissionSet>>> {
        let grants = self.grants.lock().unwrap_or_else(PoisonError::into_inner);
        grants.get(username).cloned()
    }

    /// A user as one who writes.
    pub fn actor_named(&self, username: &str) -> Option<Actor> {
        self.user(username).map(|user| self.actor(&user))
    }

    /// What was deployed.
    pub fn package(&self) -> Arc<Package> {
        self.schema.package.clone()
    }

    /// Several writes in one transaction in a user's name that ask for no permission.
    pub fn in_system_mode<R>(
        &self,
        user_id: &str,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<R, RecordError>,
    ) -> Result<R, RecordError> {
        let actor = Actor { id: user_id.into(), ..Actor::default() };
        self.write_as(&actor, work)
    }

    /// The same with the user's own permissions.
    pub fn write_as<R>(
        &self,
        actor: &Actor,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<R, RecordError>,
    ) -> Result<R, RecordError> {
        let done = self.transact(actor, |tx| {
            let before = tx.savepoint();
            let done = work(tx);
            if done.is_err() {
                tx.rollback(before);
            }
            done
        });
        done.0
    }

    /// How many records an object holds.
    pub fn count(&self, object: &str) -> usize {
        let actor = Actor::default();
        let counted = self.transact(&actor, |tx| {
            soql::run(tx, &format!("SELECT COUNT() FROM {object}"), false, "67.0")
        });
        counted.0.map_or(0, |found| found.total)
    }

    /// Publishes in a user's name, by his id, as Apex in system mode does.
    pub fn publish_as(
        &self,
        user_id: &str,
        event: &str,
        fields: Record,
    ) -> Result<Published, PublishError> {
        self.sink.publish(event, fields, user_id)
    }
}
