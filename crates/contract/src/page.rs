//! What the room's page tells the recorder that looks at it (`https://ROOM/?role=recorder#KEY`).
//!
//! The page calls the binding [`BINDING`] (`window.chimeRecorder(text)`) with one JSON object
//! whenever something changed, and at least every five seconds. The recorder offers the binding
//! before the page is loaded; a page that finds none is looked at by somebody else.
//!
//! Somewhere in the picture something changes each second (a small clock is enough): by that a frozen
//! picture is told from a quiet meeting.

use serde::{Deserialize, Serialize};

/// Name of the function the recorder puts into the page.
pub const BINDING: &str = "chimeRecorder";

/// Longest message read, bytes.
pub const MAX_MESSAGE: usize = 4 * 1024;

/// One message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PageMessage {
    /// Format version, 1.
    pub v: u8,
    /// How the page stands.
    pub state: PageState,
    /// Humans in the meeting; recorders do not count. 0 unless live.
    #[serde(default)]
    pub people: u32,
    /// Why it is over or failed, in plain words without names; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// How the page stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PageState {
    /// The ticket is missing or says waiting: nothing may be recorded.
    Waiting,
    /// The ticket is open and the page is entering.
    Joining,
    /// In the meeting, its sound and picture are there.
    Live,
    /// The connection is lost and being restored; what is seen is not the meeting.
    Reconnecting,
    /// The meeting ended.
    Ended,
    /// The recorder was removed.
    Removed,
    /// The page cannot do its work and should be loaded anew.
    Failed,
}

/// Why a text is not a message.
#[derive(Debug, thiserror::Error)]
pub enum NotAMessage {
    /// Longer than [`MAX_MESSAGE`].
    #[error("the page's message has {0} bytes, more than {MAX_MESSAGE}")]
    TooLong(usize),
    /// Of another version.
    #[error("the page speaks version {0}, this program reads version 1")]
    Version(u8),
    /// Not the format.
    #[error("the page's message cannot be read: {0}")]
    Shape(#[from] serde_json::Error),
}

impl PageMessage {
    /// Reads a message.
    pub fn parse(text: &str) -> Result<Self, NotAMessage> {
        if text.len() > MAX_MESSAGE {
            return Err(NotAMessage::TooLong(text.len()));
        }
        let message: Self = serde_json::from_str(text)?;
        match message.v {
            1 => Ok(message),
            other => Err(NotAMessage::Version(other)),
        }
    }
}
