//! One client connection: what the hall knows of it.

use std::collections::BTreeSet;
use std::time::Instant;

use crate::meeting::roster::Roster;
use crate::meeting::sources::Source;
use crate::mixer::{Ear, Lately, Voice};
use crate::peer::Peer;
use crate::peer::line::Line;
use crate::presence::{Abilities, Seat, Visit};

use super::SessionId;

/// What a shared screen's session adds to its owner's token and id.
const CONTENT: &str = "#content";

/// How far a connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Has said nothing.
    Open,
    /// Is known and waits for its packets to flow.
    Joined,
    /// Is in the meeting.
    In,
    /// Was in the meeting; the connection is lost, and the others are not told yet.
    Ghost,
    /// Is over; the client is to close the connection.
    Leaving,
}

impl Stage {
    /// The client still listens and is known.
    pub(super) fn lives(self) -> bool {
        matches!(self, Self::Joined | Self::In)
    }
}

pub(super) struct Session {
    pub(super) id: SessionId,
    pub(super) meeting_id: String,
    /// The attendee's token, without what marks a shared screen. Never printed.
    pub(super) token: String,
    /// It is a shared screen's own connection.
    pub(super) content: bool,
    pub(super) seat: Option<Seat>,
    pub(super) stage: Stage,
    /// Its connection was broken on purpose: until the end of it is heard of, nothing of this
    /// session is used, for it may be half changed.
    pub(super) lost: bool,
    pub(super) visit: Option<Visit>,
    /// Number in the roster; 0 before the client is in.
    pub(super) audio_stream: u32,
    pub(super) muted: bool,
    /// The picture it sends.
    pub(super) source: Option<Source>,
    /// The event bus knows of the picture.
    pub(super) told_video: bool,
    /// The pictures it receives.
    pub(super) lines: Vec<Line>,
    pub(super) paused: BTreeSet<u32>,
    pub(super) peer: Option<Peer>,
    pub(super) voice: Voice,
    pub(super) ear: Ear,
    /// What this client was told.
    pub(super) told: Roster,
    pub(super) told_index: Option<(Vec<Source>, usize)>,
    pub(super) opened: Instant,
    pub(super) last_packet: Instant,
    pub(super) last_sound: Option<Instant>,
    /// The service was told that packets are missing.
    pub(super) silent: bool,
    pub(super) deaf_until: Option<Instant>,
    /// A connection that the client does not close itself is closed then, with this code.
    pub(super) close_at: Option<(Instant, u16)>,
    /// Loudness at the last look, decibels below full scale.
    pub(super) level: u8,
    /// How loud what comes in is, heard by others or not.
    pub(super) arrives: Lately,
    pub(super) packets: u64,
    pub(super) audio_frames: u64,
    pub(super) video_frames: u64,
}

impl Session {
    /// Nothing if the codec cannot be made.
    pub(super) fn new(id: SessionId, meeting: &str, token: &str, now: Instant) -> Option<Self> {
        let (token, content) = match token.strip_suffix(CONTENT) {
            Some(owner) => (owner, true),
            None => (token, false),
        };
        Some(Self {
            id,
            meeting_id: meeting.into(),
            token: token.into(),
            content,
            seat: None,
            stage: Stage::Open,
            lost: false,
            visit: None,
            audio_stream: 0,
            muted: false,
            source: None,
            told_video: false,
            lines: Vec::new(),
            paused: BTreeSet::new(),
            peer: None,
            voice: Voice::new().ok()?,
            ear: Ear::new().ok()?,
            told: Roster::new(),
            told_index: None,
            opened: now,
            last_packet: now,
            last_sound: None,
            silent: false,
            deaf_until: None,
            close_at: None,
            level: 127,
            arrives: Lately::default(),
            packets: 0,
            audio_frames: 0,
            video_frames: 0,
        })
    }

    /// The attendee's id as the others see it.
    pub(super) fn name(&self) -> String {
        let owner = self.owner();
        if self.content { format!("{owner}{CONTENT}") } else { owner.into() }
    }

    /// The attendee, also of a shared screen; empty before JOIN.
    pub(super) fn owner(&self) -> &str {
        self.seat.as_ref().map_or("", |seat| &seat.attendee_id)
    }

    /// True for the id as the others see it.
    pub(super) fn is_of(&self, attendee: &str) -> bool {
        self.name() == attendee
    }

    pub(super) fn may(&self) -> Abilities {
        self.seat.as_ref().map(|seat| seat.abilities).unwrap_or_default()
    }

    /// What this session's sound is may be sent: a screen's sound goes with the screen.
    pub(super) fn may_sound(&self) -> bool {
        let may = self.may();
        if self.content { may.content.send } else { may.audio.send }
    }

    pub(super) fn may_picture(&self) -> bool {
        let may = self.may();
        if self.content { may.content.send } else { may.video.send }
    }

    /// Is heard now: in, allowed and not muted.
    pub(super) fn speaks(&self) -> bool {
        self.stage == Stage::In && !self.muted && self.may_sound()
    }

    /// Packets are lost on purpose just now.
    pub(super) fn deaf(&self, now: Instant) -> bool {
        self.deaf_until.is_some_and(|until| now < until)
    }
}
