//! How a piece can stop being ours. S3 fences by itself: after Complete or Abort the upload id is
//! gone, and every later call on it is refused.

use std::fmt;

/// How a piece was lost. Whoever reads this stops for good and begins no new piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lost {
    /// The file is there: another one completed the piece, because this recorder seemed dead.
    AnotherFinished,
    /// Neither upload nor file is there: the recording was erased.
    Gone,
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AnotherFinished => "another one completed it",
            Self::Gone => "its upload was ended and there is no file",
        })
    }
}
