//! Deletes into the Recycle Bin, with all details, and takes back from it.

use serde_json::{Value, json};

use super::table::Row;
use super::{RecordError, Transaction, ids};
use crate::org::bus::ChangeKind;
use crate::org::metadata::{DeleteRule, FieldKind, ObjectDef};

/// How a record depends on one it points to.
enum Tie {
    Detail,
    Cleared,
    Restricted,
}

impl<'a> Transaction<'a> {
    /// Deletes a record and its details; the 18-character id.
    ///
    /// INFERRED: the master's change comes before its details'.
    pub fn delete(&mut self, object: &ObjectDef, id: &str) -> Result<String, RecordError> {
        self.actor.may_delete(&object.name)?;
        let id = self.live_id(object, id)?;
        let fields = self.live(&object.name, &id).cloned().unwrap_or_default();
        self.lockable(object, Some(&id), &fields)?;
        let before = self.savepoint();
        let done = self.bin(object, &id, &id);
        if done.is_err() {
            self.rollback(before);
        }
        done.map(|()| id)
    }

    fn bin(&mut self, object: &ObjectDef, id: &str, root: &str) -> Result<(), RecordError> {
        let Some(mut fields) = self.live(&object.name, id).cloned() else { return Ok(()) };
        fields.insert("IsDeleted".into(), json!(true));
        self.stamp(&mut fields);
        let row = Row { fields, deleted_with: Some(root.into()) };
        self.write(object, id, row, Some(ChangeKind::Delete));
        for (child, child_id, field, tie) in self.dependents(&object.name, id) {
            match tie {
                Tie::Detail => self.bin(child, &child_id, root)?,
                Tie::Restricted => {
                    return Err(RecordError::new(
                        "DELETE_FAILED",
                        format!(
                            "Your attempt to delete {id} could not be completed because it is \
                                 associated with {child_id}"
                        ),
                    ));
                }
                // INFERRED: clearing a lookup makes no change event and does not stamp the row.
                Tie::Cleared => {
                    if let Some(mut fields) = self.live(&child.name, &child_id).cloned() {
                        fields.insert(field, Value::Null);
                        self.write(child, &child_id, Row { fields, deleted_with: None }, None);
                    }
                }
            }
        }
        Ok(())
    }

    /// Takes a deleted record back, with the details that went with it. Lookups that were cleared
    /// stay cleared.
    pub fn undelete(&mut self, object: &ObjectDef, id: &str) -> Result<String, RecordError> {
        let refused = |what: &str| RecordError::new("UNDELETE_FAILED", what.to_string());
        let id = ids::parse(id).ok_or_else(|| refused("the id is malformed"))?;
        let row = self.state.row(&object.name, &id).ok_or_else(|| refused("no such record"))?;
        match &row.deleted_with {
            None => return Err(refused("Entity is not in the recycle bin")),
            Some(root) if *root != id => {
                return Err(refused("it went with its master; take that back"));
            }
            Some(_) => {}
        }
        self.unique(object, Some(&id), &row.fields.clone())?;
        let back: Vec<(String, String)> = self
            .state
            .tables
            .iter()
            .flat_map(|(name, table)| {
                table
                    .rows()
                    .filter(|(_, row)| row.deleted_with.as_deref() == Some(id.as_str()))
                    .map(|(id, _)| (name.clone(), id.clone()))
            })
            .collect();
        // The master first, as at the insert.
        let (first, rest): (Vec<_>, Vec<_>) = back.into_iter().partition(|(_, one)| *one == id);
        for (name, one) in first.into_iter().chain(rest) {
            let Some(child) = self.schema.object(&name) else { continue };
            let Some(row) = self.state.row(&name, &one) else { continue };
            let mut fields = row.fields.clone();
            fields.insert("IsDeleted".into(), json!(false));
            self.stamp(&mut fields);
            let row = Row { fields, deleted_with: None };
            self.write(child, &one, row, Some(ChangeKind::Undelete));
        }
        Ok(id)
    }

    /// Live records that point here: (object, id, field, how).
    fn dependents(&self, to: &str, id: &str) -> Vec<(&'a ObjectDef, String, String, Tie)> {
        let schema = self.schema;
        let mut found = Vec::new();
        for object in schema.package.metadata.objects.values() {
            let Some(table) = self.state.tables.get(&object.name) else { continue };
            for field in &object.fields {
                let FieldKind::Reference { to: targets, master, .. } = &field.kind else {
                    continue;
                };
                if !targets.iter().any(|t| t == to) {
                    continue;
                }
                let rule = schema
                    .package
                    .delete_rules
                    .get(&object.name)
                    .and_then(|rules| rules.get(&field.name));
                for (child, row) in table.rows() {
                    if row.is_deleted() || row.fields.get(&field.name) != Some(&json!(id)) {
                        continue;
                    }
                    let tie = match (master, rule) {
                        (true, _) | (_, Some(DeleteRule::Cascade)) => Tie::Detail,
                        (_, Some(DeleteRule::Restrict)) => Tie::Restricted,
                        _ => Tie::Cleared,
                    };
                    found.push((object, child.clone(), field.name.clone(), tie));
                }
            }
        }
        found
    }
}
