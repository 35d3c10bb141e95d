//! What was measured: rows with their aims, printed, as JSON and as a page that names the command
//! and the machine.

use std::fmt::{self, Write as _};
use std::path::Path;

use anyhow::Context;
use serde::{Serialize, Serializer};

/// What a figure should be, in the row's own unit.
#[derive(Debug, Clone, Copy)]
pub enum Aim {
    /// No more than this.
    AtMost(f64),
    /// No less than this.
    AtLeast(f64),
}

impl Aim {
    fn holds(self, value: f64) -> bool {
        match self {
            Self::AtMost(most) => value <= most,
            Self::AtLeast(least) => value >= least,
        }
    }
}

impl fmt::Display for Aim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtMost(most) => write!(f, "≤ {most}"),
            Self::AtLeast(least) => write!(f, "≥ {least}"),
        }
    }
}

fn as_text<S: Serializer>(aim: &Aim, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(aim)
}

/// One figure.
#[derive(Debug, Serialize)]
pub struct Row {
    /// Name, for machines.
    pub name: &'static str,
    /// The figure.
    pub value: f64,
    /// Its unit.
    pub unit: &'static str,
    /// What it should be.
    #[serde(serialize_with = "as_text")]
    pub aim: Aim,
    /// What a peer did in the same run, where there is one; its unit stands in the notes.
    pub peer: Option<f64>,
}

/// The machine it was measured on.
#[derive(Debug)]
pub struct Machine {
    processor: String,
    cores: usize,
    kernel: String,
}

impl Machine {
    /// As Linux tells it.
    pub fn read() -> Self {
        let text = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
        let info = text("/proc/cpuinfo");
        let model = info.lines().find_map(|line| line.strip_prefix("model name"));
        let processor = model.map_or("unknown", |line| line.trim_start_matches([' ', '\t', ':']));
        Self {
            processor: processor.to_string(),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            kernel: text("/proc/sys/kernel/osrelease").trim().to_string(),
        }
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { processor, cores, kernel } = self;
        write!(f, "{processor}, {cores} cores, Linux {kernel}")
    }
}

/// All figures of a run.
#[derive(Debug)]
pub struct Report {
    machine: Machine,
    rows: Vec<Row>,
    notes: Vec<(&'static str, Vec<String>)>,
}

impl Report {
    /// An empty one.
    pub fn new(machine: Machine) -> Self {
        Self { machine, rows: Vec::new(), notes: Vec::new() }
    }

    /// Adds a figure, rounded to three digits behind the point.
    pub fn row(&mut self, name: &'static str, value: f64, unit: &'static str, aim: Aim) {
        self.row_beside(name, value, unit, aim, None);
    }

    /// Adds a figure beside a peer's.
    pub fn row_beside(
        &mut self,
        name: &'static str,
        value: f64,
        unit: &'static str,
        aim: Aim,
        peer: Option<f64>,
    ) {
        let rounded = |value: f64| (value * 1_000.0).round() / 1_000.0;
        let row = Row { name, value: rounded(value), unit, aim, peer: peer.map(rounded) };
        eprintln!("  {name}: {} {unit} (aim {aim})", row.value);
        self.rows.push(row);
    }

    /// Adds how a bench came to its figures.
    pub fn notes(&mut self, bench: &'static str, notes: Vec<String>) {
        for note in &notes {
            eprintln!("  {note}");
        }
        self.notes.push((bench, notes));
    }

    /// To standard output.
    pub fn print(&self) {
        println!("{}", self.machine);
        print!("{}", self.table());
    }

    fn table(&self) -> String {
        let mut text = String::from("| figure | value | unit | aim | holds | peer |\n");
        text.push_str("|---|---|---|---|---|---|\n");
        for Row { name, value, unit, aim, peer } in &self.rows {
            let holds = if aim.holds(*value) { "yes" } else { "**no**" };
            let peer = peer.map_or(String::new(), |peer| peer.to_string());
            let _ = writeln!(text, "| `{name}` | {value} | {unit} | {aim} | {holds} | {peer} |");
        }
        text
    }

    /// The rows as a JSON list.
    pub fn write_json(&self, path: &Path) -> anyhow::Result<()> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let text = serde_json::to_string_pretty(&self.rows)?;
        std::fs::write(path, text + "\n")
            .with_context(|| format!("{} cannot be written", path.display()))
    }

    /// The page in the documentation.
    pub fn write_page(&self, path: &Path) -> anyhow::Result<()> {
        let mut text = String::from(
            "# Measured\n\nWritten by `make bench`; do not edit. The bridge is its release binary, the org and the AWS account are the emulator on\n\
             the same machine, over loopback: what a real org and the internet add comes on top, what the emulator costs is in.\n\n",
        );
        let _ = writeln!(text, "Command: `make bench`. Machine: {}.\n", self.machine);
        text.push_str(&self.table());
        for (bench, notes) in &self.notes {
            let _ = writeln!(text, "\n## {bench}");
            for note in notes {
                let _ = writeln!(text, "- {note}");
            }
        }
        std::fs::write(path, text).with_context(|| format!("{} cannot be written", path.display()))
    }
}

/// The middle value; of an even number the higher of the two. 0 of none.
pub fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

/// The value below which this share of the values lies (nearest rank). 0 of none.
pub fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = (sorted.len() as f64 * share) as usize;
    sorted.get(at.min(sorted.len().saturating_sub(1))).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_values_that_were_measured() {
        let values: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        assert_eq!(median(&values), 51.0);
        assert_eq!(quantile(&values, 0.99), 100.0);
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[]), 0.0);
    }

    #[test]
    fn an_aim_is_written_as_it_is_read() {
        assert_eq!(Aim::AtMost(0.1).to_string(), "≤ 0.1");
        assert_eq!(Aim::AtLeast(2.0).to_string(), "≥ 2");
        assert!(Aim::AtMost(0.1).holds(0.1) && !Aim::AtLeast(2.0).holds(1.9));
    }
}
