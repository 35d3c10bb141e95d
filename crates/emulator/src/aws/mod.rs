//! The AWS account: one endpoint, told apart by the signature's service name.

pub mod adapters;
pub mod chime;
pub mod ecs;
pub mod eventbridge;
pub mod gateway;
pub mod ids;
pub mod lost;
pub mod objects;
pub mod s3;
pub mod sqs;
