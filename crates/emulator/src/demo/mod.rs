//! `chime-emulator demo`: the emulator and the real bridge on one machine, one meeting from the
//! click to the record, shown live. Ends by itself with `--once` and says whether all came true.

pub mod bridge;
mod check;
mod run;
mod script;
mod show;

pub use run::{Args, run};
