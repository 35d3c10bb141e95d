//! What the people of one meeting are told of each other: pure comparisons of what is with what
//! each was told before. Whoever missed a step is told the whole difference at the next.

pub mod message;
pub mod roster;
pub mod sources;
