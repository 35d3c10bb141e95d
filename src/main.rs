//! `chime-bridge`: reads the command line and the settings, does what was asked, and says with its
//! exit code how it went (0 well, 1 failed, 64 wrong settings or usage).

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    chime_bridge::cli::main(chime_bridge::cli::Arguments::parse())
}
