//! Who is there and who is muted, as frames that tell the difference.

use std::collections::BTreeMap;

use crate::wire::signal::{AudioStream, AudioStreams};
use crate::wire::{Frame, Kind, frame};

/// One who is there. The key beside it is the number of their audio stream: unique in the meeting,
/// and higher after a reconnect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Attendee; a shared screen's ends in `#content`.
    pub attendee_id: String,
    /// The id the attendee's maker gave.
    pub external_user_id: String,
    /// Says nothing.
    pub muted: bool,
}

/// A roster by audio stream.
pub type Roster = BTreeMap<u32, Entry>;

/// What to tell somebody who was told `before` and should know `after`; nothing if nothing changed.
/// `dropped` says of a stream that is gone whether its packets stopped.
///
/// New ones stand before those that are gone: who has come again under a new number is then never
/// missing.
pub fn difference(before: &Roster, after: &Roster, dropped: impl Fn(u32) -> bool) -> Option<Frame> {
    let mut streams = Vec::new();
    for (&number, entry) in after {
        match before.get(&number) {
            Some(known) if known == entry => {}
            Some(known) if known.attendee_id == entry.attendee_id => streams.push(AudioStream {
                audio_stream_id: Some(number),
                muted: Some(entry.muted),
                ..AudioStream::default()
            }),
            _ => streams.push(AudioStream {
                audio_stream_id: Some(number),
                attendee_id: Some(entry.attendee_id.clone()),
                external_user_id: Some(entry.external_user_id.clone()),
                muted: Some(entry.muted),
                dropped: None,
            }),
        }
    }
    for &number in before.keys().filter(|number| !after.contains_key(number)) {
        streams.push(AudioStream {
            audio_stream_id: Some(number),
            dropped: dropped(number).then_some(true),
            ..AudioStream::default()
        });
    }
    let audio_stream_id_info = Some(AudioStreams { streams });
    audio_stream_id_info
        .as_ref()
        .is_some_and(|info| !info.streams.is_empty())
        .then(|| Frame { audio_stream_id_info, ..frame(Kind::AudioStreamIdInfo) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, muted: bool) -> Entry {
        Entry { attendee_id: name.into(), external_user_id: format!("x-{name}"), muted }
    }

    fn streams(frame: Option<Frame>) -> Vec<AudioStream> {
        frame.and_then(|f| f.audio_stream_id_info).map(|i| i.streams).unwrap_or_default()
    }

    #[test]
    fn a_newcomer_is_told_everybody_and_the_others_only_of_the_newcomer() {
        let old = Roster::from([(1, entry("ada", false))]);
        let new = Roster::from([(1, entry("ada", false)), (2, entry("ben", true))]);
        assert_eq!(streams(difference(&Roster::new(), &new, |_| false)).len(), 2);
        let told = streams(difference(&old, &new, |_| false));
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].attendee_id.as_deref(), Some("ben"));
        assert_eq!(told[0].muted, Some(true));
    }

    #[test]
    fn a_mute_is_told_without_the_attendee() {
        let (old, new) = ([(1, entry("ada", false))].into(), [(1, entry("ada", true))].into());
        let told = streams(difference(&old, &new, |_| false));
        assert_eq!((told[0].muted, told[0].attendee_id.clone()), (Some(true), None));
    }

    #[test]
    fn who_leaves_has_a_number_alone_and_who_drops_says_so() {
        let old = Roster::from([(1, entry("ada", false)), (2, entry("ben", false))]);
        let told = streams(difference(&old, &Roster::new(), |number| number == 2));
        assert_eq!(told.iter().map(|s| s.dropped).collect::<Vec<_>>(), [None, Some(true)]);
        assert!(told.iter().all(|s| s.attendee_id.is_none() && s.muted.is_none()));
    }

    #[test]
    fn who_comes_again_is_told_new_before_old() {
        let old = Roster::from([(1, entry("ada", false))]);
        let new = Roster::from([(5, entry("ada", false))]);
        let told = streams(difference(&old, &new, |_| true));
        let numbers: Vec<_> = told.iter().filter_map(|s| s.audio_stream_id).collect();
        assert_eq!(numbers, [5, 1]);
    }

    #[test]
    fn nothing_new_is_no_frame() {
        let all = Roster::from([(1, entry("ada", false))]);
        assert!(difference(&all, &all, |_| false).is_none());
    }
}
