//! Who is connected and what flows, for tests and demos. No tokens.

use std::time::{Duration, Instant};

use serde::Serialize;

use super::Hall;
use super::session::Stage;

/// Sound older than this is not being sent any more.
const FRESH: Duration = Duration::from_secs(1);

/// One connection.
#[derive(Debug, Clone, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// Meeting.
    pub meeting_id: String,
    /// Attendee; a shared screen's own connection ends in `#content`.
    pub attendee_id: String,
    /// The id the attendee's maker gave.
    pub external_user_id: String,
    /// In the meeting: packets have flowed.
    pub joined: bool,
    /// The connection stands; false for one that was lost and counts as there still.
    pub connected: bool,
    /// The client says it is muted.
    pub muted: bool,
    /// No packets for some seconds.
    pub silent: bool,
    /// What comes in now.
    pub sending: Sending,
    /// UDP packets that came in.
    pub packets: u64,
    /// Frames that came in.
    pub frames: Frames,
    /// Loudness at the last look of what the others hear, decibels below full scale; 127 is
    /// silence.
    pub level: u8,
    /// The loudest that came in within the last second, muted or not, decibels below full scale;
    /// 127 is silence.
    pub arrives: u8,
    /// Whose pictures this client gets.
    pub receiving: Vec<String>,
}

/// What somebody sends.
#[derive(Debug, Clone, Copy, Serialize, PartialEq, Eq)]
pub struct Sending {
    /// Sound that the others hear.
    pub audio: bool,
    /// A camera.
    pub video: bool,
    /// A shared screen, by the attendee's second connection.
    pub content: bool,
}

/// Whole frames that came in.
#[derive(Debug, Clone, Copy, Serialize, PartialEq, Eq)]
pub struct Frames {
    /// Of sound.
    pub audio: u64,
    /// Of pictures.
    pub video: u64,
}

impl Hall {
    /// Everybody who is known, by order of connecting.
    pub fn ledger(&self, now: Instant) -> Vec<Entry> {
        let known = self.sessions.values().filter(|s| s.seat.is_some());
        known
            .filter(|s| s.stage != Stage::Leaving)
            .map(|s| {
                let fresh = s.last_sound.is_some_and(|at| now.duration_since(at) < FRESH);
                let screen = |o: &super::Session| {
                    o.content
                        && o.owner() == s.owner()
                        && o.meeting_id == s.meeting_id
                        && o.source.is_some()
                };
                let sender = |stream: u32| {
                    let of = |o: &&super::Session| {
                        o.meeting_id == s.meeting_id
                            && o.source.as_ref().is_some_and(|p| p.stream == stream)
                    };
                    self.sessions.values().find(of).map(super::Session::name)
                };
                Entry {
                    meeting_id: s.meeting_id.clone(),
                    attendee_id: s.name(),
                    external_user_id: s
                        .seat
                        .as_ref()
                        .map(|x| x.external_user_id.clone())
                        .unwrap_or_default(),
                    joined: matches!(s.stage, Stage::In | Stage::Ghost),
                    connected: s.stage.lives(),
                    muted: s.muted,
                    silent: s.silent,
                    sending: Sending {
                        audio: fresh && s.speaks(),
                        video: !s.content && s.source.is_some(),
                        content: self.sessions.values().any(screen),
                    },
                    packets: s.packets,
                    frames: Frames { audio: s.audio_frames, video: s.video_frames },
                    level: s.level,
                    arrives: s.arrives.loudest(now),
                    receiving: s.lines.iter().filter_map(|line| sender(line.stream)).collect(),
                }
            })
            .collect()
    }
}
