//! What was measured: rows with their aims, printed, as JSON and as a section of the page that names
//! the command and the machine. Each bench writes its own section and leaves the others alone.

use std::borrow::Cow;
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
    /// Only told.
    None,
}

impl Aim {
    fn holds(self, value: f64) -> bool {
        match self {
            Self::AtMost(most) => value <= most,
            Self::AtLeast(least) => value >= least,
            Self::None => true,
        }
    }
}

impl fmt::Display for Aim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtMost(most) => write!(f, "≤ {most}"),
            Self::AtLeast(least) => write!(f, "≥ {least}"),
            Self::None => Ok(()),
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
    pub name: Cow<'static, str>,
    /// The figure.
    pub value: f64,
    /// Its unit.
    pub unit: &'static str,
    /// What it should be.
    #[serde(serialize_with = "as_text")]
    pub aim: Aim,
    /// What a peer did in the same run, where there is one; its unit stands in the notes.
    pub peer: Option<f64>,
    /// Cores that other programs used meanwhile, where that was measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub load: Option<f64>,
    /// False: the machine was too busy with other things to judge this.
    #[serde(skip_serializing_if = "is_true")]
    pub judged: bool,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_true(judged: &bool) -> bool {
    *judged
}

impl Row {
    /// A figure with its aim, rounded to three digits behind the point.
    pub fn new(
        name: impl Into<Cow<'static, str>>,
        value: f64,
        unit: &'static str,
        aim: Aim,
    ) -> Self {
        let (name, value) = (name.into(), rounded(value));
        Self { name, value, unit, aim, peer: None, load: None, judged: true }
    }

    /// With what a peer did in the same run.
    pub fn beside(self, peer: Option<f64>) -> Self {
        Self { peer: peer.map(rounded), ..self }
    }

    /// With what other programs used meanwhile, cores.
    pub fn under(self, load: f64) -> Self {
        Self { load: Some(rounded(load)), ..self }
    }

    /// Judged only if other programs used no more than `most` cores; after `under`.
    pub fn judged_up_to(self, most: f64) -> Self {
        let judged = self.load.is_none_or(|load| load <= most);
        Self { judged, ..self }
    }

    fn verdict(&self) -> String {
        match (self.judged, self.aim) {
            (_, Aim::None) => String::new(),
            (false, _) => "not judged".into(),
            (true, aim) if aim.holds(self.value) => "yes".into(),
            (true, _) => "**no**".into(),
        }
    }
}

fn rounded(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}

/// A bench's place in the page.
#[derive(Debug, Clone, Copy)]
pub struct Section {
    /// Its name between the marks, unique in the page.
    pub mark: &'static str,
    /// Title.
    pub title: &'static str,
    /// Command that writes it.
    pub command: &'static str,
    /// What is measured and how.
    pub text: &'static str,
}

impl Section {
    fn begin(self) -> String {
        format!("<!-- {}: begin -->\n", self.mark)
    }

    fn end(self) -> String {
        format!("<!-- {}: end -->\n", self.mark)
    }

    /// The page with this section in its old place, or behind all others.
    fn put_into(self, page: &str, body: &str) -> String {
        let (begin, end) = (self.begin(), self.end());
        let new = format!("{begin}{body}{end}");
        let old = page.find(&begin).and_then(|from| {
            let to = from + page.get(from..)?.find(&end)? + end.len();
            Some((page.get(..from)?, page.get(to..)?))
        });
        match old {
            Some((before, after)) => format!("{before}{new}{after}"),
            None if page.is_empty() => format!("{HEAD}\n{new}"),
            None => format!("{}\n\n{new}", page.trim_end()),
        }
    }
}

const HEAD: &str = "# Measured\n\nWritten by `make bench`, `make bench-recorder` and `make bench-room`, each its own section; do not edit.\n";

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
    notes: Vec<(Cow<'static, str>, Vec<String>)>,
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
        self.add(Row::new(name, value, unit, aim).beside(peer));
    }

    /// Adds a row.
    pub fn add(&mut self, row: Row) {
        let Row { name, value, unit, aim, .. } = &row;
        let (peer, load) = (row.peer.map(|p| format!(", peer {p}")), row.load);
        let load = load.map(|l| format!(", others used {l} cores")).unwrap_or_default();
        let aim = if matches!(aim, Aim::None) { String::new() } else { format!(" (aim {aim})") };
        let judged = if row.judged { "" } else { ": not judged" };
        eprintln!("  {name}: {value} {unit}{aim}{}{load}{judged}", peer.unwrap_or_default());
        self.rows.push(row);
    }

    /// Adds how a bench came to its figures.
    pub fn notes(&mut self, bench: impl Into<Cow<'static, str>>, notes: Vec<String>) {
        for note in &notes {
            eprintln!("  {note}");
        }
        self.notes.push((bench.into(), notes));
    }

    /// To standard output.
    pub fn print(&self) {
        println!("{}", self.machine);
        print!("{}", self.table());
    }

    fn table(&self) -> String {
        // Only a bench that measures the load has a column for it.
        let loads = self.rows.iter().any(|row| row.load.is_some());
        let (head, line) = if loads { (" others' load |", "---|") } else { ("", "") };
        let mut text = format!("| figure | value | unit | aim | holds | peer |{head}\n");
        let _ = writeln!(text, "|---|---|---|---|---|---|{line}");
        for row in &self.rows {
            let Row { name, value, unit, aim, .. } = row;
            let number = |value: Option<f64>| value.map_or(String::new(), |v| v.to_string());
            let (verdict, peer) = (row.verdict(), number(row.peer));
            let load = if loads { format!(" {} |", number(row.load)) } else { String::new() };
            let _ = writeln!(
                text,
                "| `{name}` | {value} | {unit} | {aim} | {verdict} | {peer} |{load}"
            );
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

    /// This bench's section of the page in the documentation; the rest of the page stays.
    pub fn write_section(&self, path: &Path, section: Section) -> anyhow::Result<()> {
        let Section { title, command, text: about, .. } = section;
        let mut text = format!("## {title}\n\n{about}\n\n");
        let _ = writeln!(text, "Command: `{command}`. Machine: {}.\n", self.machine);
        text.push_str(&self.table());
        for (bench, notes) in &self.notes {
            let _ = writeln!(text, "\n### {bench}");
            for note in notes {
                let _ = writeln!(text, "- {note}");
            }
        }
        let page = match std::fs::read_to_string(path) {
            Ok(page) => page,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error).context(format!("{} cannot be read", path.display())),
        };
        std::fs::write(path, section.put_into(&page, &text))
            .with_context(|| format!("{} cannot be written", path.display()))
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

    #[test]
    fn a_section_is_replaced_and_the_others_stay() {
        let one = Section { mark: "one", title: "", command: "", text: "" };
        let two = Section { mark: "two", ..one };
        let page = two.put_into(&one.put_into("", "old 1\n"), "old 2\n");
        assert!(page.starts_with("# Measured") && page.contains("old 1") && page.contains("old 2"));
        let page = one.put_into(&page, "new 1\n");
        assert!(!page.contains("old 1") && page.contains("old 2"), "{page}");
        assert_eq!(two.put_into(&page, "old 2\n"), page);
    }

    #[test]
    fn a_busy_machine_is_not_judged_and_a_quiet_one_is() {
        let row = |load| Row::new("r", 1.0, "s", Aim::AtLeast(2.0)).under(load).judged_up_to(0.3);
        assert_eq!(row(0.4).verdict(), "not judged");
        assert_eq!(row(0.3).verdict(), "**no**");
        assert_eq!(Row::new("r", 2.0, "s", Aim::AtLeast(2.0)).verdict(), "yes");
    }
}
