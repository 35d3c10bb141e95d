//! The object store and the task runner, over sockets, with the SDK clients the bridge uses.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail loudly")]

#[path = "storage/account.rs"]
mod account;
#[path = "storage/ecs.rs"]
mod ecs;
#[path = "storage/s3.rs"]
mod s3;
#[path = "storage/standin.rs"]
mod standin;
