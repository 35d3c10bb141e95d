//! Bodies of the notices queue: Chime, ECS and S3. Promises: the kind is what source and
//! detail-type say, every member is the one in the body, an object's key is taken apart so that it
//! can be put together again, an error tells no content, memory in proportion to the body.

use chime_contract::notice::Notice;
use chime_contract::recording::{ObjectKind, object_kind, pieces_prefix};
use serde_json::Value;

use crate::memory::{SPARE, within};
use crate::samples::shows_content;

/// See the file's head.
pub fn notice(input: &[u8]) {
    let Ok(body) = std::str::from_utf8(input) else { return };
    let most = SPARE + body.len() * 512;
    let read = within(most, "a notice", || Notice::parse(body));
    let value: Value = serde_json::from_str(body).unwrap_or_default();
    let notice = match read {
        Ok(notice) => notice,
        Err(error) => {
            if let Some(shown) = shows_content(&error.to_string(), &value) {
                panic!("the error shows {shown:?} of the body: {error}");
            }
            return;
        }
    };
    assert_eq!(Notice::parse(body).ok().as_ref(), Some(&notice), "read in two ways");
    let said = (value["source"].as_str(), value["detail-type"].as_str());
    let detail = &value["detail"];
    match notice {
        Notice::Chime(chime) => {
            assert_eq!(said, (Some("aws.chime"), Some("Chime Meeting State Change")));
            assert_eq!(detail["eventType"], chime.event_type);
            assert_eq!(detail["timestamp"], chime.timestamp);
            assert_eq!(detail["meetingId"], chime.meeting_id);
            assert_eq!(detail["externalMeetingId"].as_str(), chime.external_meeting_id.as_deref());
            assert_eq!(detail["attendeeId"].as_str(), chime.attendee_id.as_deref());
            assert_eq!(detail["externalUserId"].as_str(), chime.external_user_id.as_deref());
        }
        Notice::Task(task) => {
            assert_eq!(said, (Some("aws.ecs"), Some("ECS Task State Change")));
            assert_eq!(detail["taskArn"], task.task_arn);
            assert_eq!(detail["version"], task.version);
            assert_eq!(detail["lastStatus"], task.last_status);
            assert_eq!(detail["startedBy"].as_str(), task.started_by.as_deref());
        }
        Notice::Object(object) => {
            assert_eq!(said, (Some("aws.s3"), Some("Object Created")));
            assert_eq!(detail["bucket"]["name"], object.bucket);
            assert_eq!(detail["object"]["key"], object.key);
            key(&object.key);
        }
        Notice::Other => {
            let ours = ["Chime Meeting State Change", "ECS Task State Change", "Object Created"];
            let source = ["aws.chime", "aws.ecs", "aws.s3"];
            let place = source.iter().position(|word| said.0 == Some(word));
            assert!(place.is_none_or(|at| said.1 != Some(ours[at])), "one of ours was left out");
        }
    }
}

fn key(key: &str) {
    match object_kind(key) {
        ObjectKind::Fragment { recording, attempt } => {
            let rest = key.strip_prefix(&format!("journal/{recording}/{attempt}"));
            assert!(rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-')), "{key}");
        }
        ObjectKind::PieceNote { meeting, recording, attempt, piece } => {
            let rest = key.strip_prefix(&pieces_prefix(&meeting, &recording)).unwrap_or_default();
            let numbers = rest.strip_suffix(".json").and_then(|name| name.split_once('-'));
            let same = |text: &str, number: u32| {
                text.bytes().all(|b| b.is_ascii_digit())
                    && text.trim_start_matches('0') == number.to_string().trim_start_matches('0')
            };
            assert!(numbers.is_some_and(|(a, p)| same(a, attempt) && same(p, piece)), "{key}");
        }
        ObjectKind::Other => {}
    }
}
