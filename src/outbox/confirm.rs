//! Writes down what became of the rows of one call: told, later, or a dead letter. All rows of a
//! call are confirmed in one transaction; should it fail they are sent again, which is harmless.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use crate::clock::{Clock, Entropy, Millis, jittered};
use crate::input::Origin;
use crate::outbox::batch::{Batch, Finding};
use crate::outbox::letters;
use crate::outbox::missing::MissingFields;
use crate::outbox::pace::back_off;
use crate::outbox::row::{Change, Operation, RecordKey};
use crate::outbox::send::SendSettings;
use crate::outbox::vault::Vault;
use crate::outbox::verdict::Verdict;
use crate::store::{DeadLetter, OutboxRow, Result, Store, Tx};

/// A row was refused for good.
pub const REFUSED: &str = "CB-210";
/// A row was put off too often.
pub const TIRED: &str = "CB-211";
/// Salesforce fails whenever it is sent this lane.
pub const POISON: &str = "CB-212";
/// A record was said to be a duplicate twice.
pub const DUPLICATE: &str = "CB-213";
/// The org lacks a field.
pub const NO_FIELD: &str = "CB-214";
/// A sealed value does not open.
pub const UNOPENED: &str = "CB-215";

/// What came of a call, in numbers and names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Rows told.
    pub told: usize,
    /// Rows that were out of date.
    pub newer: usize,
    /// Rows to be sent again.
    pub later: usize,
    /// Rows that became dead letters.
    pub refused: usize,
    /// Records that are not there any more: (object, id or external id).
    pub gone: Vec<(String, String)>,
    /// Of these, what Salesforce says was deleted: nobody may have told of it.
    pub deleted: Vec<Named>,
    /// Records that are new.
    pub made: Vec<Named>,
}

/// A record of a meeting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Lane: the meeting's record id.
    pub meeting: String,
    /// Object.
    pub object: String,
    /// What it was written by: an external id or the record id.
    pub key: String,
    /// Record id, or what is known of it.
    pub id: String,
}

/// Confirms rows. Remembers only which rows were called duplicates before.
pub struct Confirm {
    /// Store.
    pub store: Arc<dyn Store>,
    /// Seals what a dead letter keeps.
    pub vault: Arc<dyn Vault>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Jitter.
    pub entropy: Arc<dyn Entropy>,
    /// Fields the org lacks.
    pub missing: Arc<MissingFields>,
    /// Tries and waits.
    pub settings: SendSettings,
    /// Rows called duplicates once.
    pub(super) duplicates: HashSet<(String, RecordKey)>,
}

impl Confirm {
    /// Writes down the findings, one for each row of the batch.
    pub async fn findings(&mut self, batch: &Batch, findings: &[Finding]) -> Result<Report> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let mut report = Report::default();
        for (n, (row, finding)) in batch.rows().iter().zip(findings).enumerate() {
            let verdict = match finding {
                Finding::Verdict(verdict) => verdict,
                Finding::Again | Finding::Suspect => {
                    report.later += 1;
                    continue;
                }
            };
            let key = (row.change.object.clone(), row.change.key.clone());
            let again =
                matches!(verdict, Verdict::Duplicate) && self.duplicates.insert(key.clone());
            if !again {
                self.duplicates.remove(&key);
            }
            match verdict {
                Verdict::Told | Verdict::Made { .. } => {
                    report.told += 1;
                    if let Verdict::Made { id } = verdict {
                        report.made.push(Named {
                            meeting: row.change.lane.clone(),
                            object: row.change.object.clone(),
                            key: row.change.key.value().to_string(),
                            id: id.clone(),
                        });
                    }
                    tx.finish_change(row).await?;
                }
                Verdict::Found { ids } => {
                    for id in ids {
                        let mut change = row.change.clone();
                        change.key = RecordKey::Id(id.clone());
                        change.operation = Operation::Delete;
                        tx.put_changes(vec![change], now, now).await?;
                    }
                    report.told += 1;
                    tx.finish_change(row).await?;
                }
                Verdict::AlreadyNewer => {
                    report.newer += 1;
                    tx.finish_change(row).await?;
                }
                Verdict::Retry { code } if row.attempts + 1 >= self.settings.record_tries => {
                    let cause = format!("Salesforce put it off {} times with {code}", row.attempts);
                    self.bury(tx.as_mut(), row, TIRED, cause, now).await?;
                    report.refused += 1;
                }
                Verdict::Retry { .. } => {
                    let delay = back_off(
                        self.settings.first_wait,
                        row.attempts,
                        self.settings.longest_wait,
                    );
                    let due = later(now, jittered(delay, self.entropy.as_ref()));
                    tx.retry_change(row, row.attempts + 1, due).await?;
                    report.later += 1;
                }
                Verdict::Duplicate if again => {
                    tx.retry_change(row, row.attempts, now).await?;
                    report.later += 1;
                }
                Verdict::Duplicate => {
                    let cause = "another record has one of its unique values".to_string();
                    self.bury(tx.as_mut(), row, DUPLICATE, cause, now).await?;
                    report.refused += 1;
                }
                Verdict::DropField { field, .. } if batch.sent_field(n, field) => {
                    self.note_missing(tx.as_mut(), &row.change, field, now).await?;
                    report.later += 1;
                }
                Verdict::DropField { field, .. } => {
                    let cause = format!("Salesforce knows no {field}, which was not sent");
                    self.bury(tx.as_mut(), row, REFUSED, cause, now).await?;
                    report.refused += 1;
                }
                Verdict::Gone { code } => match letters::without_meeting(&row.change) {
                    // A letter about a meeting the org does not have is still worth reading.
                    Some(loose) => {
                        tx.put_changes(vec![loose], now, now).await?;
                        report.later += 1;
                    }
                    None => {
                        let name = row.change.key.value().to_string();
                        let object = row.change.object.clone();
                        if code == "ENTITY_IS_DELETED" {
                            report.deleted.push(Named {
                                meeting: row.change.lane.clone(),
                                object: object.clone(),
                                key: name.clone(),
                                id: name.clone(),
                            });
                        }
                        report.gone.push((object, name));
                        tx.finish_change(row).await?;
                    }
                },
                Verdict::Refused { text, .. } => match letters::without_meeting(&row.change) {
                    // Somebody commanded with an id that is no meeting's: the letter says so.
                    Some(loose) => {
                        tx.put_changes(vec![loose], now, now).await?;
                        report.later += 1;
                    }
                    None => {
                        self.bury(tx.as_mut(), row, REFUSED, text.clone(), now).await?;
                        report.refused += 1;
                    }
                },
            }
        }
        tx.commit().await?;
        tell_the_log(batch, findings);
        Ok(report)
    }

    /// Gives up rows for a reason that concerns the call.
    pub async fn give_up(
        &mut self,
        rows: impl Iterator<Item = &OutboxRow>,
        code: &str,
        cause: &str,
    ) -> Result<usize> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let mut count = 0;
        for row in rows {
            self.bury(tx.as_mut(), row, code, cause.to_string(), now).await?;
            count += 1;
        }
        tx.commit().await?;
        Ok(count)
    }

    /// Puts rows off without counting it against them.
    pub async fn put_off(&self, rows: &[OutboxRow], delay: Duration) -> Result<()> {
        let due = later(self.clock.now(), jittered(delay, self.entropy.as_ref()));
        let mut tx = self.store.begin().await?;
        for row in rows {
            tx.retry_change(row, row.attempts, due).await?;
        }
        tx.commit().await
    }

    async fn bury(
        &self,
        tx: &mut dyn Tx,
        row: &OutboxRow,
        code: &str,
        cause: String,
        now: Millis,
    ) -> Result<()> {
        let change = &row.change;
        let plain = Origin::Change { change: Box::new(change.clone()) }.to_bytes();
        let key = letters::key_of(change, code);
        let letter = DeadLetter {
            sealed: self.vault.seal(plain.expose(), &key),
            key,
            meeting: (change.lane != letters::NO_MEETING).then(|| change.lane.clone()),
            step: format!("outbox:{}", change.object),
            code: code.into(),
            cause,
            detail: format!(
                "{} {}; fields {}",
                change.object,
                change.key.value(),
                change.fields.keys().cloned().collect::<Vec<_>>().join(", ")
            ),
            at: now,
            state: "Open".into(),
        };
        tracing::warn!(
            record = change.key.value(),
            object = %change.object,
            code,
            cause = %letter.cause,
            "a change could not be told to Salesforce and is a dead letter now"
        );
        self.tell(tx, &letter, change, now).await?;
        tx.finish_change(row).await
    }

    async fn note_missing(
        &self,
        tx: &mut dyn Tx,
        change: &Change,
        field: &str,
        now: Millis,
    ) -> Result<()> {
        if !self.missing.add(&change.object, field) {
            return Ok(());
        }
        let field_of = RecordKey::Id(format!("{}.{field}", change.object));
        let letter = DeadLetter {
            key: letters::key_of(&Change { key: field_of, ..change.clone() }, NO_FIELD),
            meeting: None,
            step: format!("outbox:{}", change.object),
            code: NO_FIELD.into(),
            cause: format!(
                "the org has no field {field} on {}, or hides it from the integration user; it is left out until the bridge starts again",
                change.object
            ),
            detail: String::new(),
            at: now,
            state: "Open".into(),
            sealed: Vec::new(),
        };
        tracing::warn!(
            object = %change.object,
            field,
            code = NO_FIELD,
            "the org lacks a field; it is left out until the bridge starts again"
        );
        self.tell(tx, &letter, change, now).await
    }

    /// Writes a letter and mirrors it, unless it is about a mirrored letter: that would never end.
    async fn tell(
        &self,
        tx: &mut dyn Tx,
        letter: &DeadLetter,
        about: &Change,
        now: Millis,
    ) -> Result<()> {
        tx.put_dead_letter(letter).await?;
        if about.object != letters::OBJECT {
            tx.put_changes(vec![letters::mirror(letter)], now, now).await?;
        }
        Ok(())
    }
}

/// A line for each meeting that was told of: the story wants the ones with a status in them.
fn tell_the_log(batch: &Batch, findings: &[Finding]) {
    let told = |finding: &Finding| {
        matches!(finding, Finding::Verdict(Verdict::Told | Verdict::Made { .. }))
    };
    let mut lanes: BTreeMap<&str, (usize, Option<&str>, Option<&str>)> = BTreeMap::new();
    for (row, _) in batch.rows().iter().zip(findings).filter(|(_, finding)| told(finding)) {
        let change = &row.change;
        let (records, meeting, recording) = lanes.entry(&change.lane).or_default();
        *records += 1;
        let status = change.fields.get("Status__c").and_then(serde_json::Value::as_str);
        match change.object.as_str() {
            "Chime_Meeting__c" => *meeting = status.or(*meeting),
            "Chime_Recording__c" => *recording = status.or(*recording),
            _ => {}
        }
    }
    lanes.remove(letters::NO_MEETING);
    for (meeting, (records, status, recording)) in lanes {
        if status.is_some() || recording.is_some() {
            tracing::info!(meeting.id = meeting, records, status, recording, "Told to Salesforce");
        } else {
            tracing::debug!(meeting.id = meeting, records, "Told to Salesforce");
        }
    }
}

fn later(now: Millis, delay: Duration) -> Millis {
    now.saturating_add(Millis::try_from(delay.as_millis()).unwrap_or(Millis::MAX))
}
