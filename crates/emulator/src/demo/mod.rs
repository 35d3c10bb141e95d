//! `chime-emulator demo`: the emulator, the real bridge, the recorder, the room and the console on
//! one machine, for a person to try. With `--without-media` one scripted meeting instead, from the
//! click to the record, shown live.

pub mod bridge;
mod check;
mod company;
mod live;
mod options;
mod run;
mod script;
mod show;

use std::io::Write;

pub use options::Args;

/// Runs the demo; true if everything that was to come true did.
///
/// # Errors
/// Something could not be started.
pub async fn run(args: Args) -> anyhow::Result<bool> {
    if args.without_media { run::run(args).await } else { live::run(args).await }
}

/// A line for the person who looks. Whoever closed the terminal, or `head`, is no reason to fail:
/// what was started still has to be ended in order.
fn tell(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}
