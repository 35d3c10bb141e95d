//! `make bench`: the figures the project promises, measured on this machine in one run. Each bench
//! starts its own emulator and the release binary of the bridge, and ends by itself.
//!
//! Read from top to bottom: [`world`] starts both · [`drain`], [`latency`], [`busy`], [`costs`] and
//! [`memory`] measure · [`chime_bench::report`] prints, writes `bench.json` and the page's section.

mod busy;
mod costs;
mod drain;
mod latency;
mod memory;
mod stream;
mod world;

use std::path::PathBuf;

use anyhow::bail;
use clap::Parser;

use chime_bench::report::{Machine, Report, Section};

/// Measures the bridge. Without names it runs all: drain, latency, busy, costs, memory.
#[derive(Debug, Parser)]
pub struct Options {
    /// Benches to run.
    names: Vec<String>,
    /// Change events to drain.
    #[arg(long, default_value_t = 250_000)]
    events: usize,
    /// Rounds of `drain` and `latency`; the median counts.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Seconds of load in `latency` and `busy`.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Open meetings in `memory`.
    #[arg(long, default_value_t = 1_000)]
    meetings: usize,
    /// Idle time before memory is read, seconds.
    #[arg(long, default_value_t = 60)]
    idle: u64,
    /// Folder whose `node_modules` holds the Node client (`config/dev/need.sh foreign` names it).
    #[arg(long)]
    node_dir: Option<PathBuf>,
    /// Node.js that runs it, 22 or newer.
    #[arg(long, default_value = "node")]
    node: PathBuf,
    /// The repository: metadata and scripts.
    #[arg(long, default_value = ".")]
    repository: PathBuf,
    /// Where the figures are written as JSON.
    #[arg(long, default_value = "target/bench.json")]
    json: PathBuf,
    /// The page whose section is written; only when all benches ran.
    #[arg(long, default_value = "docs/benchmarks.md")]
    page: PathBuf,
}

const SECTION: Section = Section {
    mark: "bridge",
    title: "The bridge",
    command: "make bench",
    text: "The bridge is its release binary, the org and the AWS account are the emulator on the same machine, over loopback:\n\
           what a real org and the internet add comes on top, what the emulator costs is in.",
};

const ALL: [&str; 5] = ["drain", "latency", "busy", "costs", "memory"];

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    if let Some(unknown) = options.names.iter().find(|name| !ALL.contains(&name.as_str())) {
        bail!("there is no bench {unknown}; there are {}", ALL.join(", "));
    }
    let wanted = |name: &str| options.names.is_empty() || options.names.iter().any(|n| n == name);
    let mut report = Report::new(Machine::read());
    for name in ALL.into_iter().filter(|name| wanted(name)) {
        eprintln!("bench: {name}");
        match name {
            "drain" => drain::run(&options, &mut report).await?,
            "latency" => latency::run(&options, &mut report).await?,
            "busy" => busy::run(&options, &mut report).await?,
            "costs" => costs::run(&options, &mut report).await?,
            _ => memory::run(&options, &mut report).await?,
        }
    }
    report.print();
    report.write_json(&options.json)?;
    if options.names.is_empty() {
        report.write_section(&options.page, SECTION)?;
    }
    Ok(())
}
