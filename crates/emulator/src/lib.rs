//! A Salesforce org and an AWS account on one laptop, over real sockets with the real protocols,
//! so that the bridge, the recorder and the room run unchanged. Never linked into the bridge.
//!
//! Rules that are our inference and not documented by the vendor carry the comment `INFERRED:`
//! in the code and a line in `docs/emulator.md`.

pub mod account;
pub mod apex;
pub mod aws;
pub mod bots;
pub mod clients;
pub mod clock;
pub mod console;
pub mod control;
pub mod demo;
pub mod ending;
pub mod faults;
pub mod org;
pub mod people;
pub mod room;
pub mod salesforce;
pub mod site;

pub mod standin;
pub mod start;
pub mod tasks;

/// Generated from `proto/pubsub_api.proto`.
#[allow(missing_docs, clippy::all)]
pub mod wire {
    tonic::include_proto!("eventbus.v1");
}
