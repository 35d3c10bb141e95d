//! What holds for any bytes that come in. One function for each reader: it takes bytes, reads them
//! as the bridge does and panics if a promise does not hold. The fuzzer (`fuzz/`) calls these with
//! bytes it makes up; `tests/replay.rs` calls them with every input saved in `fuzz/seeds` and
//! `fuzz/findings`. Where it can, a promise is checked by a second reader that shares no code with
//! the first.

mod avro_payload;
mod bitmap;
pub mod memory;
mod notice;
mod samples;
mod signal;
mod token_answer;

pub use avro_payload::avro_payload;
pub use bitmap::bitmap;
pub use notice::notice;
pub use samples::SCHEMAS;
pub use signal::signal;
pub use token_answer::token_answer;

/// Reads bytes and panics if a promise does not hold.
pub type Promise = fn(&[u8]);

/// All of them, by the name of their fuzz target.
pub const ALL: [(&str, Promise); 5] = [
    ("avro_payload", avro_payload),
    ("bitmap", bitmap),
    ("signal", signal),
    ("notice", notice),
    ("token_answer", token_answer),
];
