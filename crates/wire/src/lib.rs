//! What comes in from outside, read: Avro payloads of the event stream, answers of the token
//! endpoint, and what a believed signal says. Pure: bytes in, values or an error out; no network,
//! no clock, no task. Safe on any bytes, with memory in proportion to them, and tried with more
//! random bytes than anything else here (`make fuzz`).

pub mod address;
pub mod answer;
pub mod schema;
pub mod signal;

/// Epoch milliseconds.
pub type Millis = i64;
