//! Row locks and the faults that are played on one record. A write locks the record and its
//! masters; a lock somebody else holds makes it fail, as contention does in a real org.

use super::error::RECORD_CODES;
use super::transaction::masters;
use super::{RecordError, Transaction};
use crate::faults::FaultKind;
use crate::org::bus::Record;
use crate::org::metadata::ObjectDef;

impl Transaction<'_> {
    /// Fails if a test holds the record or one of its masters, or ordered a record error.
    pub(super) fn lockable(
        &self,
        object: &ObjectDef,
        id: Option<&str>,
        fields: &Record,
    ) -> Result<(), RecordError> {
        self.ordered_fault(&object.name)?;
        let parents = masters(object, fields).into_iter().map(|(_, id)| id);
        let held = id
            .map(str::to_string)
            .into_iter()
            .chain(parents)
            .find(|id| self.state.locks.contains(id));
        match held {
            None => Ok(()),
            Some(held) => Err(lock_error(&held)),
        }
    }

    fn ordered_fault(&self, object: &str) -> Result<(), RecordError> {
        // Writes from inside the emulator are not calls.
        if self.actor.call == 0 {
            return Ok(());
        }
        let on_record = |kind: &FaultKind| match kind {
            FaultKind::Reject { code, .. } => RECORD_CODES.contains(&code.as_str()),
            _ => false,
        };
        let resources = self.actor.resources.iter().map(String::as_str);
        let hit = resources
            .chain(["record", object])
            .chain(RECORD_CODES)
            .find_map(|call| self.faults.take_if("rest", call, on_record));
        match hit {
            Some(FaultKind::Reject { code, .. }) if code == "UNABLE_TO_LOCK_ROW" => {
                Err(lock_error(""))
            }
            Some(FaultKind::Reject { code, .. }) => {
                Err(RecordError::new(&code, format!("{code} (ordered fault)")))
            }
            _ => Ok(()),
        }
    }
}

fn lock_error(id: &str) -> RecordError {
    RecordError::new(
        "UNABLE_TO_LOCK_ROW",
        format!("unable to obtain exclusive access to this record or 1 records: {id}"),
    )
}
