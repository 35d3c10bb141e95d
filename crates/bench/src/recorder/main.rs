//! `make bench-recorder`: what the recorder promises, measured on this machine in one run, beside
//! the plain pipeline of the AWS sample on the same pages. Everything is on loopback, and ends by
//! itself; Ctrl-C leaves nothing behind.
//!
//! Read from top to bottom: [`world`] starts emulator and recorder, [`pages`] is what they look at,
//! [`plain`] the peer · [`sync`], [`kills`], [`sigterm`], [`tiles`] and [`start`] measure, [`load`]
//! says what that cost and what else the machine did · `chime_bench::report` writes it down.

mod kills;
mod load;
mod meeting;
mod pages;
mod plain;
mod sigterm;
mod start;
mod sync;
mod tiles;
mod world;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::bail;
use chime_bench::report::{Machine, Report, Section, median};
use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};

use crate::world::World;

/// Measures the recorder. Without names all is measured; a name is that of a bench (sync, kills,
/// sigterm, tiles, start) or of a row.
#[derive(Debug, Clone, Parser)]
pub struct Options {
    /// Benches or rows to measure.
    names: Vec<String>,
    /// Kills of a recorder at a random time.
    #[arg(long, default_value_t = 10)]
    kills: u32,
    /// Starts of all programs in `sync`, and of the recorder in `start`.
    #[arg(long, default_value_t = 10)]
    starts: u32,
    /// Stops of a recorder for each latency in `sigterm`.
    #[arg(long, default_value_t = 3)]
    stops: u32,
    /// Seconds each measurement of cores lasts; recordings in `sync` last half of it.
    #[arg(long, default_value_t = 20)]
    seconds: u64,
    /// Longest time before a kill, seconds; the peer runs twice as long, once.
    #[arg(long, default_value_t = 45)]
    longest: u64,
    /// The repository: metadata.
    #[arg(long, default_value = ".")]
    repository: PathBuf,
    /// Where the figures are written as JSON.
    #[arg(long, default_value = "target/bench-recorder.json")]
    json: PathBuf,
    /// The page whose section is written; only when everything was measured.
    #[arg(long, default_value = "docs/benchmarks.md")]
    page: PathBuf,
}

/// The benches, and how their rows' names begin.
const ALL: [(&str, &[&str]); 5] = [
    ("sync", &["unique_fps", "av_offset", "av_spread"]),
    ("kills", &["kill_loss", "finisher"]),
    ("sigterm", &["sigterm_to_object"]),
    ("tiles", &["cores", "peak_memory"]),
    ("start", &["told_to_durable", "start_to_prepared"]),
];

const SECTION: Section = Section {
    mark: "recorder",
    title: "The recorder",
    command: "make bench-recorder",
    text: "The recorder looks at pages that keep its page contract, through Chromium, Xvfb, PulseAudio and FFmpeg, and stores into the\n\
           emulated S3. A page is the test card (it draws its clock into every frame and beeps at a known time) or a grid of looping\n\
           VP8 videos, 640x360, 30 frames a second; WebRTC itself is not in these figures. The peer is the pipeline of the AWS sample\n\
           for Chime recordings: `-f x11grab` and `-f pulse` in one FFmpeg, the sound late by a fixed 350 ms, uploaded in 5 MiB parts;\n\
           same run, same page, our display, sound server and browser, its upload for free.\n\
           \n\
           Traps: *others' load* is what programs other than this bench used of the machine meanwhile, in cores, what the host took\n\
           away (steal) with it; above 0.3, frame rates, sync and losses at a kill are not judged. Emulator and pages run in the\n\
           bench's process and are in no row of cores or memory, but they share the machine. Each second's beep has its own pitch, so\n\
           an offset of more than half a second is not taken for a small one. A figure with an aim is the worst of its\n\
           measurements unless its notes say median.",
};

impl Options {
    fn wants(&self, bench: &str, rows: &[&str]) -> bool {
        let named = |name: &String| name == bench || rows.iter().any(|row| name.starts_with(row));
        self.names.is_empty() || self.names.iter().any(named)
    }

    fn unknown(&self) -> Option<&String> {
        let known = |name: &str| {
            ALL.iter()
                .any(|(bench, rows)| name == *bench || rows.iter().any(|row| name.starts_with(row)))
        };
        self.names.iter().find(|name| !known(name))
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    // On a worker: its thread lives as long as the runtime, and children die with their parent's.
    let mut work = chime_recorder::clock::spawn(work(Options::parse()));
    let told = async {
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            },
            Err(_) => tokio::signal::ctrl_c().await.unwrap_or_default(),
        }
    };
    let done = tokio::select! {
        done = &mut work => done,
        () = told => {
            // What it holds is dropped, and so killed, before this program ends.
            work.abort();
            let _ = work.await;
            return ExitCode::from(130);
        }
    };
    match done {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(error)) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("bench: it broke: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn work(options: Options) -> anyhow::Result<()> {
    if let Some(unknown) = options.unknown() {
        let names: Vec<&str> =
            ALL.iter().flat_map(|(bench, rows)| [&[*bench], *rows].concat()).collect();
        bail!("there is no bench or row {unknown}; there are {}", names.join(", "));
    }
    let mut report = Report::new(Machine::read());
    let build = if cfg!(debug_assertions) { "debug" } else { "release" };
    report.notes("run", vec![format!("Build of recorder and bench: {build}.")]);
    for (name, _) in ALL.into_iter().filter(|(name, rows)| options.wants(name, rows)) {
        eprintln!("bench: {name}");
        let mut world = World::start(&options).await?;
        match name {
            "sync" => sync::run(&options, &world, &mut report).await?,
            "kills" => kills::run(&options, &mut world, &mut report).await?,
            "sigterm" => sigterm::run(&options, &mut world, &mut report).await?,
            "tiles" => tiles::run(&options, &mut world, &mut report).await?,
            _ => start::run(&options, &mut world, &mut report).await?,
        }
    }
    report.print();
    report.write_json(&options.json)?;
    if options.names.is_empty() {
        report.write_section(&options.page, SECTION)?;
    }
    Ok(())
}

/// The largest of some values; 0 of none.
fn most(values: &[f64]) -> f64 {
    values.iter().copied().reduce(f64::max).unwrap_or(0.0)
}

/// The smallest of some values; 0 of none.
fn least(values: &[f64]) -> f64 {
    values.iter().copied().reduce(f64::min).unwrap_or(0.0)
}

fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / values.len() as f64 }
}

/// Some values in words.
fn words(values: &[f64]) -> String {
    let (least, most) = (least(values), most(values));
    format!("median {:.2}, from {least:.2} to {most:.2}, n = {}", median(values), values.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_values_below_zero_are_found_too() {
        assert_eq!((most(&[-3.0, -7.0]), least(&[-3.0, -7.0])), (-3.0, -7.0));
        assert_eq!((most(&[]), least(&[]), mean(&[])), (0.0, 0.0, 0.0));
    }

    #[test]
    fn a_bench_is_wanted_by_its_name_or_that_of_a_row() {
        let options = |names: &[&str]| Options::parse_from([&["bench"], names].concat());
        assert!(options(&[]).wants("kills", &["kill_loss"]));
        assert!(options(&["kill_loss_max"]).wants("kills", &["kill_loss"]));
        assert!(!options(&["cores_4"]).wants("kills", &["kill_loss"]));
        assert!(options(&["cores_4", "nothing"]).unknown().is_some_and(|name| name == "nothing"));
    }
}
