//! `chime-bridge`: reads the command line and the settings, does what was asked, and says with its
//! exit code how it went (0 well, 1 failed, 64 wrong settings or usage).

use std::process::ExitCode;

use clap::Parser;

/// Whatever is freed is wiped, also the copies that parsers and connections made of a secret.
#[global_allocator]
static MEMORY: zeroizing_alloc::ZeroAlloc<std::alloc::System> =
    zeroizing_alloc::ZeroAlloc(std::alloc::System);

fn main() -> ExitCode {
    chime_bridge::cli::main(chime_bridge::cli::Arguments::parse())
}
