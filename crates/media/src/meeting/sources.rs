//! The pictures of a meeting as each attendee may see them: without one's own, and without what
//! one may not receive.

use crate::presence::Abilities;
use crate::wire::signal::{Index, Medium, Stream};
use crate::wire::{Frame, Kind, frame};

/// Most pictures at once in a meeting, and most that a client takes. AWS: 25 cameras by default.
pub const MOST: usize = 25;

/// A picture that somebody sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Unique in the meeting, rising.
    pub stream: u32,
    /// Rises with each start; clients keep the highest of an attendee.
    pub group: u32,
    /// Who sends it; a shared screen's ends in `#content`.
    pub attendee_id: String,
    /// The id the attendee's maker gave.
    pub external_user_id: String,
    /// It is a shared screen.
    pub content: bool,
    /// What the sender says it may send.
    pub max_kbps: u32,
    /// Pictures a second it says it may send.
    pub framerate: u32,
}

/// What of `all` the attendee `own` gets to see.
pub fn visible<'a>(
    all: impl Iterator<Item = &'a Source>,
    own: &str,
    may: Abilities,
) -> Vec<Source> {
    let mine = |source: &Source| source.attendee_id.split('#').next() == Some(own);
    all.filter(|s| !mine(s) && if s.content { may.content.receive } else { may.video.receive })
        .cloned()
        .collect()
}

/// The list as a frame; `people` counts those who are there.
pub fn index(sources: &[Source], people: usize) -> Frame {
    let sources = sources
        .iter()
        .map(|source| Stream {
            stream_id: Some(source.stream),
            group_id: Some(source.group),
            attendee_id: Some(source.attendee_id.clone()),
            external_user_id: Some(source.external_user_id.clone()),
            media_type: Some(Medium::Video.into()),
            max_bitrate_kbps: Some(source.max_kbps),
            avg_bitrate_bps: Some(source.max_kbps.saturating_mul(1000)),
            framerate: Some(source.framerate),
            track_label: None,
        })
        .collect();
    let index = Index { at_capacity: Some(false), sources, num_participants: Some(people as u32) };
    Frame { index: Some(index), ..frame(Kind::Index) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::presence::Ability;

    fn all() -> Abilities {
        let both = Ability { send: true, receive: true };
        Abilities { audio: both, video: both, content: both }
    }

    fn source(attendee: &str, stream: u32) -> Source {
        Source {
            stream,
            group: stream,
            attendee_id: attendee.into(),
            external_user_id: "x".into(),
            content: attendee.ends_with("#content"),
            max_kbps: 600,
            framerate: 15,
        }
    }

    #[test]
    fn nobody_gets_their_own_camera_or_screen() {
        let everything = [source("ada", 1), source("ben", 2), source("ada#content", 3)];
        let seen = visible(everything.iter(), "ada", all());
        assert_eq!(seen.iter().map(|s| s.stream).collect::<Vec<_>>(), [2]);
    }

    #[test]
    fn who_may_not_receive_video_sees_only_screens() {
        let everything = [source("ben", 2), source("ben#content", 3)];
        let mut may = all();
        may.video.receive = false;
        let seen = visible(everything.iter(), "ada", may);
        assert_eq!(seen.iter().map(|s| s.stream).collect::<Vec<_>>(), [3]);
        may.content.receive = false;
        assert!(visible(everything.iter(), "ada", may).is_empty());
    }
}
