//! The notice: what EventBridge puts into the notices queue. A notice only triggers a look; its
//! trust comes from the queue it was read from, never from its body.

use serde::Deserialize;
use serde_json::Value;

/// A notice the bridge acts on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// Chime meeting state change.
    Chime(ChimeNotice),
    /// ECS task state change.
    Task(TaskNotice),
    /// S3 object created.
    Object(ObjectNotice),
    /// Known to be of no interest (another source or event type).
    Other,
}

/// Chime's `detail`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChimeNotice {
    /// `chime:AttendeeJoined` and so on.
    pub event_type: String,
    /// When it happened, epoch milliseconds: fold by this, never by arrival.
    pub timestamp: i64,
    /// Chime meeting id.
    pub meeting_id: String,
    /// The Salesforce meeting's record id.
    #[serde(default)]
    pub external_meeting_id: Option<String>,
    /// Attendee id; `…#content` is a share, not a person.
    #[serde(default)]
    pub attendee_id: Option<String>,
    /// The seat's id.
    #[serde(default)]
    pub external_user_id: Option<String>,
}

/// The part of an ECS task's `detail` that says where to look.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TaskNotice {
    /// Task ARN.
    pub task_arn: String,
    /// Rises with each change of the task.
    pub version: i64,
    /// `PROVISIONING` … `STOPPED`.
    pub last_status: String,
    /// The token of [`crate::recording::start_token`].
    #[serde(default)]
    pub started_by: Option<String>,
}

/// An object that came to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectNotice {
    /// Bucket name.
    pub bucket: String,
    /// Object key.
    pub key: String,
    /// Orders changes of one key.
    pub sequencer: String,
}

/// Why a body is not a notice. Says where, never what stands there.
#[derive(Debug, thiserror::Error)]
pub enum NotANotice {
    /// Not JSON, or not an EventBridge envelope.
    #[error("the body is not an EventBridge event (line {}, column {})", .0.line(), .0.column())]
    Envelope(serde_json::Error),
    /// The detail of a known kind lacks what it must have.
    #[error(
        "the detail of a {kind:?} event cannot be read: a member is missing or of another type"
    )]
    Detail {
        /// `detail-type`.
        kind: String,
        /// What is wrong. Not shown, and no `source`: it quotes the body.
        reason: serde_json::Error,
    },
}

#[derive(Deserialize)]
struct Envelope {
    source: String,
    #[serde(rename = "detail-type")]
    detail_type: String,
    detail: Value,
}

#[derive(Deserialize)]
struct S3Detail {
    bucket: S3Bucket,
    object: S3Object,
}

#[derive(Deserialize)]
struct S3Bucket {
    name: String,
}

#[derive(Deserialize)]
struct S3Object {
    key: String,
    #[serde(default)]
    sequencer: String,
}

impl Notice {
    /// Reads an EventBridge envelope.
    pub fn parse(body: &str) -> Result<Self, NotANotice> {
        let envelope: Envelope = serde_json::from_str(body).map_err(NotANotice::Envelope)?;
        let kind = envelope.detail_type.clone();
        let detail = |reason| NotANotice::Detail { kind, reason };
        match (envelope.source.as_str(), envelope.detail_type.as_str()) {
            ("aws.chime", "Chime Meeting State Change") => {
                serde_json::from_value(envelope.detail).map(Self::Chime).map_err(detail)
            }
            ("aws.ecs", "ECS Task State Change") => {
                serde_json::from_value(envelope.detail).map(Self::Task).map_err(detail)
            }
            ("aws.s3", "Object Created") => {
                let s3: S3Detail = serde_json::from_value(envelope.detail).map_err(detail)?;
                Ok(Self::Object(ObjectNotice {
                    bucket: s3.bucket.name,
                    key: s3.object.key,
                    sequencer: s3.object.sequencer,
                }))
            }
            _ => Ok(Self::Other),
        }
    }
}
