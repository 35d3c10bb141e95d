//! The event stream. One [`run`] a topic: it keeps a subscription open, asks for no more events
//! than the inbox has room for, decodes each by its own schema, and hands groups of facts on with
//! the replay position that is safe to store with them.

mod backoff;
mod channel;
mod credit;
mod delivered;
mod handover;
mod letter;
mod lookup;
mod position;
mod settings;
mod status;
mod stream;
mod subscription;
mod verdict;
mod wire;

pub use delivered::{DecodedEvent, RawEvent};
pub use letter::Sealer;
pub use lookup::schema;
pub use position::{Position, Start};
pub use settings::{FirstStart, ReplayLost, Settings};
pub use status::{StreamState, StreamStatus};
pub use subscription::{Deps, Mapper, run};
pub use verdict::{Verdict, verdict};

#[cfg(test)]
mod scripted_tests;
