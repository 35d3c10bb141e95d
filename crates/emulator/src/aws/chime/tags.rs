//! Tags of meetings.

use serde_json::{Value, json};

use super::check;
use super::error::ChimeError;
use super::service::{Chime, State};
use super::state::Meeting;
use super::wire::{Tag, TagResource};

/// Most tags of one resource.
const MOST: usize = 50;

/// Checks the tags of a request.
pub(super) fn check(tags: &[Tag]) -> Result<(), ChimeError> {
    if tags.len() > MOST {
        return Err(check::bad("Tags", "must have at most 50 entries"));
    }
    tags.iter().try_for_each(|t| check::tag(&t.key, &t.value))
}

impl Chime {
    pub(super) fn tag(&self, body: Value) -> Result<(), ChimeError> {
        let asked: TagResource = super::door::shape(body)?;
        check(&asked.tags)?;
        let mut state = self.state();
        let meeting = by_arn(&mut state, &asked.arn)?;
        let new = asked.tags.iter().filter(|t| !meeting.tags.contains_key(&t.key)).count();
        if meeting.tags.len() + new > MOST {
            return Err(ChimeError::TooManyTags(asked.arn));
        }
        meeting.tags.extend(asked.tags.into_iter().map(|t| (t.key, t.value)));
        Ok(())
    }

    pub(super) fn untag(&self, body: Value) -> Result<(), ChimeError> {
        let asked: TagResource = super::door::shape(body)?;
        let mut state = self.state();
        let meeting = by_arn(&mut state, &asked.arn)?;
        meeting.tags.retain(|key, _| !asked.keys.contains(key));
        Ok(())
    }

    pub(super) fn tags(&self, arn: &str) -> Result<Value, ChimeError> {
        let mut state = self.state();
        let tags: Vec<Value> = by_arn(&mut state, arn)?
            .tags
            .iter()
            .map(|(key, value)| json!({"Key": key, "Value": value}))
            .collect();
        Ok(json!({"Tags": tags}))
    }
}

fn by_arn<'a>(state: &'a mut State, arn: &str) -> Result<&'a mut Meeting, ChimeError> {
    if !arn.starts_with("arn:") {
        return Err(check::bad("ResourceARN", "is not an ARN"));
    }
    let id = arn.rsplit('/').next().unwrap_or_default();
    let found =
        state.meetings.get_mut(id).filter(|m| m.ended.is_none() && Meeting::arn(&m.id) == arn);
    found.ok_or_else(|| ChimeError::ResourceNotFound(arn.into()))
}
