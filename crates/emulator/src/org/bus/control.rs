//! What tests and the control API ask of the bus: counts, and the unkind things an org does.

use std::sync::Arc;

use super::log::{Body, Entry, Told};
use super::{Bus, ChangeKind, Delivered, Record, RecordChange, Usage, uuid};
use crate::org::change::{Settings, overflow};
use crate::org::filter::Filter;
use crate::org::metadata::{FieldDef, FieldKind, Metadata};

impl Bus {
    /// Deliveries by subscriber and topic since the start.
    pub fn deliveries(&self) -> Vec<Delivered> {
        self.state().allocation.totals()
    }

    /// Events told so far; the place of the next one.
    pub fn end(&self) -> u64 {
        self.state().log.end()
    }

    /// The place of the first event after this replay id; `None` if the id was never given out, or
    /// is too old. Several ids may stand for one place: an empty response brings a new one.
    pub fn place(&self, replay_id: &[u8]) -> Option<u64> {
        self.state().log.ids.after(replay_id)
    }

    /// Encodes what is kept and was never read, so that the first reader does not wait for it.
    pub fn encode_all(&self) {
        let kept: Vec<Entry> = self.state().log.from(0).map(|(_, entry)| entry.clone()).collect();
        for entry in kept {
            if let Body::Change(told) = &entry.body {
                told.payload();
            }
        }
    }

    /// The delivery allocation.
    pub fn usage(&self) -> Usage {
        let now = self.clock().now();
        self.state().allocation.usage(now)
    }

    /// Changes the delivery allocation.
    pub fn set_delivery_limit(&self, limit: u64) {
        self.state().allocation.set_limit(limit);
    }

    /// Changes the time after which a silent subscriber gets an empty response, milliseconds.
    pub fn set_keepalive(&self, ms: i64) {
        self.state().config.keepalive_ms = ms;
    }

    /// An admin adds a text field to a platform event, or to an object as its change events show
    /// it: what is told from now on has a new schema, what was told keeps its own. The field comes
    /// first of the custom ones, so that nobody reads the new form with the old schema. False if
    /// there is neither.
    pub fn add_field(&self, of: &str, name: &str) -> bool {
        let mut metadata = Metadata::clone(&self.state().metadata);
        let object = match metadata.events.get_mut(of) {
            Some(event) => event,
            None => match metadata.objects.get_mut(of) {
                Some(object) => object,
                None => return false,
            },
        };
        let fields = &mut object.fields;
        let first = fields.iter().position(|f| f.name.ends_with("__c")).unwrap_or(fields.len());
        let field = FieldDef {
            name: name.to_string(),
            kind: FieldKind::Text { length: 255 },
            required: false,
            unique: false,
            case_sensitive: false,
            external_id: false,
            createable: true,
            updateable: true,
        };
        fields.insert(first, field);
        self.metadata_changed(Arc::new(metadata));
        true
    }

    /// The next change of this object is told as a gap event.
    pub fn gap_next(&self, object: &str) {
        self.state().gaps.insert(object.to_string());
    }

    /// Tells an overflow for these objects, as after a transaction of over 100,000 changes.
    pub fn overflow(&self, objects: &[String], user: &str) {
        let now = self.clock().now();
        let transaction = uuid();
        {
            let mut state = self.state();
            let state = &mut *state;
            state.commit += 1;
            for object in objects {
                let like = RecordChange {
                    object: object.clone(),
                    id: String::new(),
                    kind: ChangeKind::Update,
                    before: None,
                    after: Record::new(),
                    user: user.to_string(),
                    client: None,
                    at: now,
                    transaction: transaction.clone(),
                };
                let settings = Settings { schemas: &state.schemas, config: &state.config };
                if let Some(event) = overflow(&like, state.commit, &settings) {
                    state.log.append(Body::Change(Arc::new(Told::new(event))), now);
                }
            }
        }
        self.wake();
    }

    /// The next `events` events share one replay id.
    pub fn share_replay_id(&self, events: usize) {
        self.state().log.share_next(events);
    }

    /// Resets the stream, as a move of the org does: kept events are gone and every replay id
    /// given out so far is unknown.
    pub fn reset_stream(&self) {
        self.state().log.reset();
        self.wake();
    }

    /// What is wrong with the channels: members without object, filters that cannot be read.
    /// Empty when all is well.
    pub fn problems(&self) -> Vec<String> {
        let metadata = self.state().metadata.clone();
        let members = metadata
            .channels
            .values()
            .flat_map(|channel| channel.members.iter().map(move |member| (&channel.name, member)));
        members
            .filter_map(|(channel, (entity, filter))| {
                if super::super::topic::object_of(&metadata, entity).is_none() {
                    return Some(format!("{channel}: no object has the change event {entity}"));
                }
                let error = Filter::parse(filter.as_deref()?).err()?;
                Some(format!("{channel}, {entity}: {error}"))
            })
            .collect()
    }

    /// Counts up to `events` for a subscriber and says how many may be delivered.
    pub(crate) fn deliver(&self, subscriber: &str, topic: &str, events: usize) -> usize {
        let now = self.clock().now();
        let allocation = &mut self.state().allocation;
        let granted = (events as u64).min(allocation.left(now));
        allocation.count(now, subscriber, topic, granted);
        granted as usize
    }
}
