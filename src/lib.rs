//! Chime Bridge: the module list, read from top to bottom, is the way of a fact. A module calls
//! only downstream, or the store; what effects find out comes back as a row of inputs.

pub mod admin;
pub mod aws; // chime, ecs, objects (S3), sqs
pub mod bridge; // the parts put together: `run`
pub mod cli;
pub mod clock;
pub mod config;
pub mod deadlines; // what the clock brings
pub mod effects; // runs one effect, writes its result as an input
pub mod inbox; // owns the transaction: dedupe, load, meeting::step, write all
pub mod input; // every outside fact → Input (pure): the one door in
pub mod meeting; // the domain, no I/O
pub mod outbox; // what Salesforce must be told: coalesce, batch, send, confirm
pub mod queues; // notices and signals coming in (two queues, two pollers)
pub mod reconcile; // the level check against Salesforce, Chime, ECS, S3
pub mod salesforce; // the event stream and the way back: auth, pubsub, schema, rest
pub mod seal; // what is secret at rest
pub mod store; // one trait, SQLite
pub mod supervisor;
pub mod telemetry;
pub mod ticket; // seals and writes tickets
