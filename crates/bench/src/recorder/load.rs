//! What programs cost, as Linux counts it: processor time and memory of a tree of processes, and
//! what all others used meanwhile. Frame rates say nothing on a machine that is busy elsewhere.

use std::collections::BTreeMap;
use std::path::Path;

use tokio::time::Instant;

/// Processor time is counted in this many ticks a second (`USER_HZ`, the same on all machines).
const TICKS: f64 = 100.0;
/// With more than this used by others, cores, frame rates are not judged.
pub const QUIET: f64 = 0.3;

/// One process.
struct Process {
    parent: u32,
    /// Ticks of its own, and of its ended children.
    ticks: u64,
}

fn processes() -> BTreeMap<u32, Process> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = entries.filter_map(|e| e.file_name().to_str()?.parse::<u32>().ok());
    ids.filter_map(|id| {
        let text = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        // The name in brackets may hold anything.
        let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
        let number = |at: usize| fields.get(at)?.parse::<u64>().ok();
        let ticks = number(11)? + number(12)? + number(13)? + number(14)?;
        Some((id, Process { parent: u32::try_from(number(1)?).ok()?, ticks }))
    })
    .collect()
}

/// These processes and all that descend from them.
fn tree(all: &BTreeMap<u32, Process>, roots: &[u32]) -> Vec<u32> {
    let mut found: Vec<u32> = roots.iter().copied().filter(|id| all.contains_key(id)).collect();
    let mut next = 0;
    while let Some(&of) = found.get(next) {
        next += 1;
        let children = all.iter().filter(|(_, p)| p.parent == of).map(|(id, _)| *id);
        let new: Vec<u32> = children.filter(|id| !found.contains(id)).collect();
        found.extend(new);
    }
    found
}

/// Processor time of a tree so far, seconds.
pub fn spent(roots: &[u32]) -> f64 {
    let all = processes();
    let ticks: u64 = tree(&all, roots).iter().filter_map(|id| Some(all.get(id)?.ticks)).sum();
    ticks as f64 / TICKS
}

/// Memory of a tree now, MB of 1,048,576 bytes: what is shared counts in shares (PSS).
pub fn memory_mb(roots: &[u32]) -> f64 {
    let of = |id: &u32| {
        let rollup = Path::new("/proc").join(id.to_string()).join("smaps_rollup");
        let text = std::fs::read_to_string(rollup).ok()?;
        let line = text.lines().find_map(|line| line.strip_prefix("Pss:"))?;
        line.split_whitespace().next()?.parse::<f64>().ok()
    };
    tree(&processes(), roots).iter().filter_map(of).sum::<f64>() / 1_024.0
}

/// Processor time of the whole machine so far, seconds: all but idling and waiting for disks.
/// What the host took away (steal) counts, since others had it.
fn machine() -> f64 {
    let text = std::fs::read_to_string("/proc/stat").unwrap_or_default();
    let line = text.lines().next().unwrap_or_default();
    // user nice system idle iowait irq softirq steal; guests' time is in user already.
    let ticks = line.split_whitespace().skip(1).take(8).enumerate();
    let busy = ticks.filter(|(at, _)| *at != 3 && *at != 4);
    busy.filter_map(|(_, n)| n.parse::<u64>().ok()).sum::<u64>() as f64 / TICKS
}

/// Counts what others use from now on. It is read before the tree is taken down: the time of a
/// process whose parent was killed is nobody's.
pub struct Others {
    begun: Instant,
    machine: f64,
    ours: f64,
}

impl Others {
    /// Begins to count.
    pub fn since_now() -> Self {
        let me = [std::process::id()];
        Self { begun: Instant::now(), machine: machine(), ours: spent(&me) }
    }

    /// Cores that other programs used; this one, the emulator in it, and all it started are ours.
    pub fn cores(&self) -> f64 {
        let ours = spent(&[std::process::id()]) - self.ours;
        let others = machine() - self.machine - ours;
        (others / self.begun.elapsed().as_secs_f64().max(0.01)).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_of_this_process_is_ours_and_its_memory_is_counted() {
        let me = [std::process::id()];
        let (others, before) = (Others::since_now(), spent(&me));
        let mut sum = 0u64;
        while spent(&me) - before < 0.3 {
            sum = (0..1_000_000u64).fold(sum, |sum, n| sum.wrapping_mul(31).wrapping_add(n));
        }
        assert!(std::hint::black_box(sum) != 1);
        let cores = std::thread::available_parallelism().unwrap().get() as f64;
        assert!(others.cores() <= cores, "{}", others.cores());
        assert!(memory_mb(&me) > 1.0);
    }
}
