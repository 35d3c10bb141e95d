//! A stand-in for the package's Apex, which does not run here: the gateway class, the after
//! triggers, and what components ask of the controllers. It publishes what the Apex would publish
//! (the rows of `vectors/commands.json`), writes records as the user or, where the class does so,
//! in system mode, and refuses in the words of the package's own labels. Shapes and parameters of
//! the controllers are compared with the `.cls` files by a test.

pub mod access;
pub mod args;
pub mod call;
pub mod controllers;
pub mod gateway;
mod guards;
mod invitees;
mod meetings;
mod privacy;
mod recordings;
mod related;
mod same_person;
mod schedule;
mod seats;
pub mod settings;
pub mod texts;
pub mod triggers;
