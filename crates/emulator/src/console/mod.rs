//! The console (8800): the package's own components in a browser on the emulated org. Here is the
//! server behind the page: its files, the stand-in for Apex controllers, and a viewer of records
//! and events for developers.
//!
//! It listens on loopback only and takes no request that another site made a browser send.

mod door;
mod guard;
mod seed;
mod viewer;
mod words;

pub use door::Console;
