//! Looks at the log as a developer does: platform events, and changes of the objects a channel has
//! as members, decoded, in order. Nothing is counted as a delivery.

use serde_json::{Map, Value, json};

use super::Bus;
use super::log::{Body, Entry};
use crate::org::change::Change;

/// One event as it was told.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Its place, from 1.
    pub n: u64,
    /// When it was told, epoch milliseconds.
    pub at: i64,
    /// `/event/…` or `/data/…`.
    pub channel: String,
    /// The platform event, or the change event.
    pub name: String,
    /// True for a change event.
    pub change: bool,
    /// Replay id in hex.
    pub replay_id: String,
    /// Its fields.
    pub fields: Value,
}

impl Bus {
    /// Events among the `most` places after place `after`, or among the last ones; with the last
    /// place that was looked at.
    pub fn look(&self, after: Option<u64>, most: usize) -> (u64, Vec<Seen>) {
        let (metadata, next, entries): (_, u64, Vec<(u64, Entry)>) = {
            let state = self.state();
            let newest = state.log.end().saturating_sub(most as u64).max(state.log.start());
            let from = after.unwrap_or(newest);
            let places = state.log.from(from).take(most);
            let entries: Vec<_> = places.map(|(at, entry)| (at, entry.clone())).collect();
            let next = entries.last().map_or(from, |(at, _)| at + 1);
            (state.metadata.clone(), next, entries)
        };
        let told = |entry: &Entry| match &entry.body {
            Body::Sent(_) => true,
            Body::Change(told) => metadata.channels.values().any(|channel| {
                channel.members.iter().any(|(entity, _)| *entity == told.change.schema.name)
            }),
        };
        let seen = entries.iter().filter(|(_, entry)| told(entry));
        (next, seen.map(|(at, entry)| self.seen(at + 1, entry)).collect())
    }

    fn seen(&self, n: u64, entry: &Entry) -> Seen {
        let (channel, name, change, fields) = match &entry.body {
            Body::Sent(sent) => {
                let fields = self.schema(&sent.schema_id).and_then(|schema| {
                    let mut bytes = sent.payload.as_slice();
                    let value =
                        apache_avro::from_avro_datum(&schema.avro, &mut bytes, None).ok()?;
                    Value::try_from(value).ok()
                });
                let fields = fields.unwrap_or_else(|| json!({"undecodable": sent.payload.len()}));
                (format!("/event/{}", sent.event), sent.event.clone(), false, fields)
            }
            Body::Change(told) => {
                let name = told.change.schema.name.clone();
                (format!("/data/{name}"), name, true, change_fields(&told.change))
            }
        };
        let replay_id = hex::encode(&entry.replay_id);
        Seen { n, at: entry.at, channel, name, change, replay_id, fields }
    }
}

fn change_fields(change: &Change) -> Value {
    let header = &change.header;
    let mut fields = Map::new();
    let told = json!({
        "entityName": header.entity,
        "recordIds": header.records,
        "changeType": header.kind.symbol().1,
        "changeOrigin": header.origin,
        "transactionKey": header.transaction,
        "sequenceNumber": header.sequence,
        "commitTimestamp": header.at,
        "commitUser": header.user,
        "changedFields": change.changed,
        "nulledFields": change.nulled,
    });
    fields.insert("ChangeEventHeader".into(), told);
    fields.extend(change.fields.clone());
    Value::Object(fields)
}
