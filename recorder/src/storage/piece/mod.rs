//! A piece while it is made: what it consists of (`content`), the work on it in the background
//! (`pump`), and the single tasks of that work (`jobs`).

mod content;
mod jobs;
pub(super) mod pump;

pub(super) use content::Piece;
