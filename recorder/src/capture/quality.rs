//! How much the encoder is asked to do. A machine that is too slow steps down, and the notes say so.

use serde::{Deserialize, Serialize};

/// Frames a second of full quality.
pub const FPS: u32 = 30;

/// What the encoder is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Quality {
    /// 30 frames a second, `veryfast`: 0.4 of a core, 0.7 to 2.7 Mb/s.
    Full,
    /// 30 frames a second, `ultrafast`: a third less work, up to 2.5 Mb/s.
    Fast,
    /// 15 frames a second, `ultrafast`.
    Slow,
    /// No picture: storage has been away for very long.
    SoundOnly,
}

impl Quality {
    /// The next lower, if the machine is too slow for this one.
    pub fn lower(self) -> Option<Self> {
        match self {
            Self::Full => Some(Self::Fast),
            Self::Fast => Some(Self::Slow),
            Self::Slow | Self::SoundOnly => None,
        }
    }

    /// Frames a second.
    pub fn fps(self) -> u32 {
        match self {
            Self::Full | Self::Fast => FPS,
            Self::Slow => FPS / 2,
            Self::SoundOnly => 0,
        }
    }

    /// x264's preset.
    pub fn preset(self) -> &'static str {
        match self {
            Self::Full => "veryfast",
            Self::Fast | Self::Slow | Self::SoundOnly => "ultrafast",
        }
    }
}
