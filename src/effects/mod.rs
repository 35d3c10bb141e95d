//! Runs effects: takes what is due from the store, does it outside, and hands the outcome to the
//! inbox as an input. Each effect may run more than once; each is written so that this is harmless.

pub mod execute;
pub mod recorder;
pub mod runner;
pub mod salesforce;
