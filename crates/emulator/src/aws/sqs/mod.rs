//! SQS: standard queues over the JSON protocol. Notices and signals reach the bridge through them.
//!
//! Unkind as at AWS: messages come in any order within a window, are counted each time they are
//! handed out, come back when their visibility ends, move to the dead-letter queue after
//! `maxReceiveCount` and vanish after the retention. FIFO queues and the query protocol are not
//! served.

mod attributes;
mod batch;
mod door;
mod error;
mod message;
mod queue;
mod receive;
mod service;

pub use attributes::Attributes;
pub use error::{Code, SqsError};
pub use message::Message;
pub use service::Sqs;
