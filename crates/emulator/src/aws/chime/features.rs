//! Meeting features and attendee capabilities, and how the one limits the other.

use serde::Deserialize;
use serde_json::Value;

use super::check::bad;
use super::error::ChimeError;
use super::wire::{Ability, Capabilities};

/// What the features of a meeting allow.
#[derive(Debug, Clone)]
pub(super) struct Features {
    /// Attendees at most.
    pub(super) most: usize,
    /// False: `Video.MaxResolution` is `None`.
    video: bool,
    /// False: `Content.MaxResolution` is `None`.
    content: bool,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Asked {
    audio: Option<Audio>,
    video: Option<Resolution>,
    content: Option<Resolution>,
    attendee: Option<Attendee>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Audio {
    echo_reduction: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Resolution {
    max_resolution: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Attendee {
    max_count: Option<i64>,
}

impl Features {
    /// Reads `MeetingFeatures`; `most` is the account's limit of attendees.
    pub(super) fn read(value: Option<&Value>, most: usize) -> Result<Self, ChimeError> {
        let asked: Asked = match value {
            None | Some(Value::Null) => Asked::default(),
            Some(value) => serde_json::from_value(value.clone())
                .map_err(|_| bad("MeetingFeatures", "does not have its shape"))?,
        };
        let one_of = |name: &str, value: Option<String>, words: &[&str]| match value {
            Some(v) if !words.contains(&v.as_str()) => {
                Err(bad(name, &format!("must be one of {}", words.join(", "))))
            }
            other => Ok(other),
        };
        let echo = asked.audio.and_then(|a| a.echo_reduction);
        one_of("EchoReduction", echo, &["AVAILABLE", "UNAVAILABLE"])?;
        let video = asked.video.and_then(|v| v.max_resolution);
        let video = one_of("Video.MaxResolution", video, &["None", "HD", "FHD"])?;
        let content = asked.content.and_then(|v| v.max_resolution);
        let content = one_of("Content.MaxResolution", content, &["None", "FHD", "UHD"])?;
        let count = asked.attendee.and_then(|a| a.max_count);
        if count.is_some_and(|n| !(1..=250).contains(&n)) {
            return Err(bad("Attendee.MaxCount", "must be 1 to 250"));
        }
        let large = video.as_deref() == Some("FHD") || content.as_deref() == Some("UHD");
        if large && count.is_none_or(|n| n > 25) {
            return Err(bad("Attendee.MaxCount", "must be given and at most 25 for FHD or UHD"));
        }
        Ok(Self {
            most: count.map_or(most, |n| most.min(n as usize)),
            video: video.as_deref() != Some("None"),
            content: content.as_deref() != Some("None"),
        })
    }

    /// What an attendee gets when nothing is asked. INFERRED: media the meeting does not have
    /// are left out, rather than refused.
    pub(super) fn default_capabilities(&self) -> Capabilities {
        let of = |has: bool| if has { Ability::SendReceive } else { Ability::None };
        Capabilities {
            audio: Ability::SendReceive,
            video: of(self.video),
            content: of(self.content),
        }
    }

    /// Checks what is asked for an attendee.
    pub(super) fn check(&self, asked: &Capabilities) -> Result<(), ChimeError> {
        if !self.video && asked.video != Ability::None {
            return Err(bad("Capabilities.Video", "must be None: the meeting has no video"));
        }
        if !self.content && asked.content != Ability::None {
            return Err(bad("Capabilities.Content", "must be None: the meeting has no content"));
        }
        if asked.content.receives() && !asked.video.receives() {
            return Err(bad("Capabilities.Content", "can receive only when Video can"));
        }
        Ok(())
    }
}
