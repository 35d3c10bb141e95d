//! Topic names and what they stand for. A name is looked up in the metadata each time, so a topic
//! appears and goes with its event, object or channel.

use super::metadata::Metadata;

/// What a topic name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Topic {
    /// `/event/<Event>__e`.
    Event {
        /// API name of the platform event.
        event: String,
    },
    /// `/data/<Object>ChangeEvent` or `/data/<Object>__ChangeEvent`.
    Entity {
        /// API name of the object.
        object: String,
    },
    /// `/data/<Channel>__chn`.
    Channel {
        /// API name of the channel.
        channel: String,
    },
}

impl Topic {
    /// Looks a topic name up; `None` if the org has nothing by that name.
    pub fn find(metadata: &Metadata, name: &str) -> Option<Self> {
        if let Some(event) = name.strip_prefix("/event/") {
            return metadata
                .events
                .contains_key(event)
                .then(|| Self::Event { event: event.to_string() });
        }
        let data = name.strip_prefix("/data/")?;
        if metadata.channels.contains_key(data) {
            return Some(Self::Channel { channel: data.to_string() });
        }
        object_of(metadata, data).map(|object| Self::Entity { object: object.to_string() })
    }
}

/// Name of the change event of an object: `Account` → `AccountChangeEvent`, `Seat__c` →
/// `Seat__ChangeEvent`.
pub fn change_event(object: &str) -> String {
    match object.strip_suffix("__c") {
        Some(custom) => format!("{custom}__ChangeEvent"),
        None => format!("{object}ChangeEvent"),
    }
}

/// The object a change event belongs to.
pub fn object_of<'a>(metadata: &'a Metadata, change: &str) -> Option<&'a str> {
    metadata.objects.keys().find(|object| change_event(object) == change).map(String::as_str)
}
