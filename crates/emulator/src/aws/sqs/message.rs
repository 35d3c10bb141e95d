//! One message, and the hashes SQS gives back so that clients can check what they sent.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};

use super::error::{Code, SqsError};

/// A message attribute; a value is text or bytes (base64 on the wire).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct MessageAttribute {
    /// `String`, `Number` or `Binary`, with an optional label behind a dot.
    pub data_type: String,
    /// Text value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub string_value: Option<String>,
    /// Bytes, base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub binary_value: Option<String>,
}

/// By name.
pub type MessageAttributes = BTreeMap<String, MessageAttribute>;

/// A message in a queue.
#[derive(Debug, Clone)]
pub struct Message {
    /// GUID; a doubled message has the same one twice.
    pub id: String,
    /// Body text.
    pub body: String,
    /// Attributes as sent.
    pub attributes: MessageAttributes,
    /// When it was sent, epoch milliseconds.
    pub sent: i64,
    /// First time handed out.
    pub first_received: Option<i64>,
    /// How often handed out.
    pub received: u32,
    /// Not handed out before this time, epoch milliseconds.
    pub visible_at: i64,
    /// Number of this copy within the account.
    pub(super) copy: u64,
    /// The newest handle's number; older handles delete nothing.
    pub(super) handle: u64,
}

impl Message {
    /// Bytes that count against the size limit.
    pub(super) fn size(body: &str, attributes: &MessageAttributes) -> usize {
        let extra: usize = attributes
            .iter()
            .map(|(name, a)| {
                let value = a.string_value.as_deref().or(a.binary_value.as_deref());
                name.len() + a.data_type.len() + value.map_or(0, str::len)
            })
            .sum();
        body.len() + extra
    }
}

/// `MD5OfBody`.
pub(super) fn md5_of_body(body: &str) -> String {
    hex::encode(Md5::digest(body.as_bytes()))
}

/// `MD5OfMessageAttributes`: name, type and value of each, by name, each with its length before it.
pub(super) fn md5_of_attributes(attributes: &MessageAttributes) -> Option<String> {
    if attributes.is_empty() {
        return None;
    }
    let mut hash = Md5::new();
    let mut add = |bytes: &[u8], kind: Option<u8>| {
        // A value has one byte for its kind before the length: 1 text, 2 bytes.
        hash.update(kind.as_slice());
        hash.update((bytes.len() as u32).to_be_bytes());
        hash.update(bytes);
    };
    for (name, attribute) in attributes {
        add(name.as_bytes(), None);
        add(attribute.data_type.as_bytes(), None);
        match (&attribute.string_value, &attribute.binary_value) {
            (Some(text), _) => add(text.as_bytes(), Some(1)),
            (None, Some(text)) => add(&STANDARD.decode(text).unwrap_or_default(), Some(2)),
            (None, None) => add(b"", Some(1)),
        }
    }
    Some(hex::encode(hash.finalize()))
}

/// A handle: which queue, which copy, which handing out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Handle {
    pub(super) queue: String,
    pub(super) copy: u64,
    pub(super) number: u64,
}

impl Handle {
    pub(super) fn to_text(&self) -> String {
        STANDARD.encode(format!("{}|{}|{}", self.queue, self.copy, self.number))
    }

    pub(super) fn parse(text: &str, queue: &str) -> Result<Self, SqsError> {
        let read = || {
            let plain = String::from_utf8(STANDARD.decode(text).ok()?).ok()?;
            let mut parts = plain.split('|');
            let handle = Self {
                queue: parts.next()?.to_string(),
                copy: parts.next()?.parse().ok()?,
                number: parts.next()?.parse().ok()?,
            };
            (handle.queue == queue).then_some(handle)
        };
        read().ok_or_else(|| {
            SqsError::new(
                Code::ReceiptHandleIsInvalid,
                "The input receipt handle is invalid: this queue did not give it out.",
            )
        })
    }
}
