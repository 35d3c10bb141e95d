//! What an operator may set about meetings and recordings. Times are milliseconds.

use serde::{Deserialize, Serialize};

use crate::clock::Millis;
use crate::meeting::model::Policy;

/// Settings the domain decides by. Tests shorten the waits; nothing else differs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Policy of a meeting that names none.
    pub default_policy: Policy,
    /// Region of a meeting that names none.
    pub default_region: String,
    /// Regions a meeting may name.
    pub allowed_regions: Vec<String>,
    /// Region of the Chime control endpoint, stored with each session.
    pub control_region: String,
    /// Doors open this long before the scheduled start.
    pub doors_before: Millis,
    /// A meeting is over this long after its scheduled end.
    pub grace_after_end: Millis,
    /// A meeting is over after this long without a person.
    pub quiet_limit: Millis,
    /// A Chime session that should live is looked at this often.
    pub look_every: Millis,
    /// At least this long between two Chime sessions of a meeting.
    pub session_spacing: Millis,
    /// Most Chime sessions of a meeting.
    pub session_limit: u32,
    /// Most signals of a seat within a minute.
    pub signals_per_minute: u32,
    /// Most seats let into one Chime session (250 less two kept for recorders).
    pub seats_let_in: usize,
    /// Late facts are taken this long after the end.
    pub late_facts: Millis,
    /// When recorders are started ahead of the wish.
    pub prepare: Prepare,
    /// Auto-record starts with the first person instead of the second.
    pub auto_record_with_first: bool,
    /// An unused prepared recorder ends after this.
    pub unused_limit: Millis,
    /// A recorder that has not recorded by then after being allowed is replaced.
    pub start_limit: Millis,
    /// No fragment for this long: a successor is started.
    pub fragment_silence: Millis,
    /// A missing task without a fragment for this long is gone.
    pub missing_limit: Millis,
    /// Most attempts of a recording.
    pub attempt_limit: u32,
    /// A recorder told to stop is stopped by force after this.
    pub stop_limit: Millis,
    /// Pieces are waited for this long after the last attempt is gone.
    pub pieces_limit: Millis,
    /// A recorder task or its pieces are looked at this often.
    pub recording_look_every: Millis,
    /// A deleted recording is erased after this.
    pub erase_after: Millis,
    /// The recorder leaves after this long without a human.
    pub recorder_alone: Millis,
    /// The recorder stops after this long a recording.
    pub recorder_longest: Millis,
    /// A recording is kept this long when the record names no date; 0 = for ever.
    pub retain_for: Millis,
}

/// `recording.prepare`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Prepare {
    /// When the meeting records by itself.
    Auto,
    /// For every meeting.
    Always,
    /// Never.
    Never,
}

const SECOND: Millis = 1_000;
const MINUTE: Millis = 60 * SECOND;
const DAY: Millis = 24 * 60 * MINUTE;

impl Default for Settings {
    fn default() -> Self {
        Self {
            default_policy: Policy::Everyone,
            default_region: "eu-central-1".into(),
            allowed_regions: vec!["eu-central-1".into()],
            control_region: "eu-central-1".into(),
            doors_before: 10 * MINUTE,
            grace_after_end: 15 * MINUTE,
            quiet_limit: 15 * MINUTE,
            look_every: 5 * MINUTE,
            session_spacing: 30 * SECOND,
            session_limit: 20,
            signals_per_minute: 60,
            seats_let_in: 248,
            late_facts: 14 * DAY,
            prepare: Prepare::Auto,
            auto_record_with_first: false,
            unused_limit: 30 * MINUTE,
            start_limit: 3 * MINUTE,
            fragment_silence: 15 * SECOND,
            missing_limit: MINUTE,
            attempt_limit: 5,
            stop_limit: 60 * SECOND,
            pieces_limit: 5 * MINUTE,
            recording_look_every: 10 * SECOND,
            erase_after: 15 * DAY,
            recorder_alone: MINUTE,
            recorder_longest: 4 * 60 * MINUTE,
            retain_for: 0,
        }
    }
}
