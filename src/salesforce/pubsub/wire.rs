//! The client generated from Salesforce's own wire description (`proto/pubsub_api.proto`).

#![allow(missing_docs, clippy::all)]

tonic::include_proto!("eventbus.v1");
