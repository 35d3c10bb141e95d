//! The shapes of requests and answers, in Chime's own names.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What an attendee may send and receive of one medium.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Ability {
    SendReceive,
    Send,
    Receive,
    None,
}

impl Ability {
    pub(super) fn sends(self) -> bool {
        matches!(self, Self::SendReceive | Self::Send)
    }

    pub(super) fn receives(self) -> bool {
        matches!(self, Self::SendReceive | Self::Receive)
    }
}

/// `AttendeeCapabilities`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Capabilities {
    pub(super) audio: Ability,
    pub(super) video: Ability,
    pub(super) content: Ability,
}

/// CreateMeeting and CreateMeetingWithAttendees.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateMeeting {
    #[serde(default)]
    pub(super) client_request_token: String,
    #[serde(default)]
    pub(super) media_region: String,
    #[serde(default)]
    pub(super) external_meeting_id: String,
    pub(super) meeting_host_id: Option<String>,
    pub(super) meeting_features: Option<Value>,
    pub(super) primary_meeting_id: Option<String>,
    pub(super) tenant_ids: Option<Vec<String>>,
    #[serde(default)]
    pub(super) tags: Vec<Tag>,
    pub(super) media_placement_network_type: Option<String>,
    pub(super) attendees: Option<Vec<CreateAttendee>>,
}

/// CreateAttendee, and an entry of the batches.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateAttendee {
    #[serde(default)]
    pub(super) external_user_id: String,
    pub(super) capabilities: Option<Capabilities>,
}

/// BatchCreateAttendee.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateAttendees {
    #[serde(default)]
    pub(super) attendees: Vec<CreateAttendee>,
}

/// UpdateAttendeeCapabilities, and the batch with exceptions.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UpdateCapabilities {
    pub(super) capabilities: Capabilities,
    #[serde(default)]
    pub(super) excluded_attendee_ids: Vec<ExcludedAttendee>,
}

/// One who is left as they are.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ExcludedAttendee {
    pub(super) attendee_id: String,
}

/// A tag.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Tag {
    pub(super) key: String,
    pub(super) value: String,
}

/// TagResource and UntagResource.
#[derive(Debug, Deserialize)]
pub(super) struct TagResource {
    #[serde(rename = "ResourceARN", default)]
    pub(super) arn: String,
    #[serde(rename = "Tags", default)]
    pub(super) tags: Vec<Tag>,
    #[serde(rename = "TagKeys", default)]
    pub(super) keys: Vec<String>,
}
