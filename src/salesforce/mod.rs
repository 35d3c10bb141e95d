//! The bank of Salesforce: the session, the event stream coming in, and the way back (REST).

pub mod auth; // sessions: who we are to the org
pub mod error; // what can go wrong on this side, and its class
pub mod http; // the one place that builds an HTTP client
pub mod pubsub; // the event stream: credit, replay id, keep-alive, reconnect
pub mod records; // reading meetings back
pub mod rest; // queries and composite writes
pub mod schema; // Avro schema cache; payload and change-event decoding
pub mod session; // the session as those who use it see it
