//! The bank of AWS: Chime meetings, ECS tasks, S3 objects, SQS queues. Each file wraps the calls the
//! bridge makes of one service; what they mean for a meeting is decided elsewhere.

pub mod chime;
pub mod connect;
pub mod ecs;
pub mod error;
pub mod launch;
pub mod objects;
pub mod playback;
pub mod purge;
pub mod sqs;

#[cfg(test)]
mod wire_tests;

pub use connect::{Aws, AwsSettings};
pub use error::{AwsError, Class};
