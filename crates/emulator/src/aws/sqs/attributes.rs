//! A queue's attributes: which there are, their bounds, their defaults.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::error::{Code, SqsError};

/// (name, least, most, default), in seconds or bytes.
const NUMBERS: [(&str, u64, u64, u64); 5] = [
    ("VisibilityTimeout", 0, 43_200, 30),
    ("MessageRetentionPeriod", 60, 1_209_600, 345_600),
    ("DelaySeconds", 0, 900, 0),
    ("ReceiveMessageWaitTimeSeconds", 0, 20, 0),
    ("MaximumMessageSize", 1_024, 1_048_576, 1_048_576),
];

/// Taken, kept and given back, without effect here.
const KEPT: [&str; 5] = [
    "Policy",
    "RedriveAllowPolicy",
    "KmsMasterKeyId",
    "KmsDataKeyReusePeriodSeconds",
    "SqsManagedSseEnabled",
];

/// What was set on a queue.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attributes {
    set: BTreeMap<String, String>,
}

/// Where messages go that were handed out too often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Redrive {
    /// Name of the dead-letter queue.
    pub(super) queue: String,
    /// Most times a message is handed out.
    pub(super) most: u32,
}

impl Attributes {
    /// Reads and checks the `Attributes` member of a request.
    pub fn read(value: Option<&Value>) -> Result<Self, SqsError> {
        let mut attributes = Self::default();
        let Some(map) = value.and_then(Value::as_object) else { return Ok(attributes) };
        for (name, value) in map {
            let text = value.as_str().ok_or_else(|| {
                SqsError::new(Code::Serialization, format!("Attribute {name} must be a string."))
            })?;
            attributes.put(name, text)?;
        }
        Ok(attributes)
    }

    /// Sets one attribute.
    pub fn put(&mut self, name: &str, value: &str) -> Result<(), SqsError> {
        let wrong = || {
            SqsError::new(
                Code::InvalidAttributeValue,
                format!("Invalid value for the parameter {name}."),
            )
        };
        if let Some((_, least, most, _)) = NUMBERS.iter().find(|n| n.0 == name) {
            let number: u64 = value.parse().map_err(|_| wrong())?;
            if number < *least || number > *most {
                return Err(wrong());
            }
        } else if name == "RedrivePolicy" {
            if !value.is_empty() && redrive(value).is_none() {
                return Err(wrong());
            }
        } else if !KEPT.contains(&name) {
            return Err(SqsError::new(
                Code::InvalidAttributeName,
                format!("Unknown Attribute {name}."),
            ));
        }
        if value.is_empty() {
            self.set.remove(name);
        } else {
            self.set.insert(name.into(), value.into());
        }
        Ok(())
    }

    /// Sets all of `other`.
    pub(super) fn merge(&mut self, other: &Self) -> Result<(), SqsError> {
        other.set.iter().try_for_each(|(name, value)| self.put(name, value))
    }

    /// True if each of `asked` has this value here: CreateQueue may then be repeated.
    pub(super) fn agrees_with(&self, asked: &Self) -> bool {
        asked.set.iter().all(|(name, value)| self.all().get(name) == Some(value))
    }

    /// A number attribute; 0 for a name that is none.
    pub(super) fn number(&self, name: &str) -> u64 {
        let default = NUMBERS.iter().find(|n| n.0 == name).map_or(0, |n| n.3);
        self.set.get(name).and_then(|v| v.parse().ok()).unwrap_or(default)
    }

    /// The redrive policy, if one is set.
    pub(super) fn redrive(&self) -> Option<Redrive> {
        redrive(self.set.get("RedrivePolicy")?)
    }

    /// All, with defaults.
    pub(super) fn all(&self) -> BTreeMap<String, String> {
        let mut all: BTreeMap<String, String> =
            NUMBERS.iter().map(|n| (n.0.to_string(), n.3.to_string())).collect();
        all.insert("SqsManagedSseEnabled".into(), "true".into());
        all.extend(self.set.clone());
        all
    }
}

fn redrive(text: &str) -> Option<Redrive> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Policy {
        dead_letter_target_arn: String,
        max_receive_count: Value,
    }
    let policy: Policy = serde_json::from_str(text).ok()?;
    let most = match &policy.max_receive_count {
        Value::String(text) => text.parse().ok()?,
        other => other.as_u64()?,
    };
    let queue = policy.dead_letter_target_arn.rsplit(':').next()?.to_string();
    (1..=1000).contains(&most).then_some(Redrive { queue, most: most as u32 })
}
