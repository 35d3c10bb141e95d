//! When to send, and how much: lingering so that changes travel together, the wait after a call
//! failed as a whole, and lanes that may be the cause of it. Pure; the sender asks and tells.

use std::collections::HashMap;
use std::time::Duration;

use crate::clock::Millis;

/// How long a first change waits for company.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Waits {
    /// When little is going on.
    pub calm: Duration,
    /// When much is going on.
    pub busy: Duration,
    /// Records a second above which the wait grows; at four times as many it is longest.
    pub busy_from: f64,
}

impl Default for Waits {
    fn default() -> Self {
        Self { calm: Duration::from_millis(250), busy: Duration::from_secs(1), busy_from: 10.0 }
    }
}

/// The wait as it follows from what was told lately.
#[derive(Debug, Clone, Default)]
pub struct Linger {
    waits: Waits,
    /// Records told a second, smoothed.
    rate: f64,
    at: Millis,
}

/// Seconds over which the rate is smoothed.
const SMOOTH: f64 = 10.0;

impl Linger {
    /// With these waits.
    pub fn new(waits: Waits) -> Self {
        Self { waits, ..Self::default() }
    }

    /// `records` were told at `now`.
    pub fn told(&mut self, records: usize, now: Millis) {
        self.rate = self.rate_at(now) + records as f64 / SMOOTH;
        self.at = now;
    }

    /// How long to wait at `now`.
    pub fn wait(&self, now: Millis) -> Duration {
        let Waits { calm, busy, busy_from } = self.waits;
        let share = ((self.rate_at(now) - busy_from) / (busy_from * 3.0)).clamp(0.0, 1.0);
        calm + busy.saturating_sub(calm).mul_f64(share)
    }

    fn rate_at(&self, now: Millis) -> f64 {
        let seconds = (now - self.at).max(0) as f64 / 1000.0;
        self.rate * (-seconds / SMOOTH).exp()
    }
}

/// After a call failed as a whole: wait, then probe with one call at a time; after a few failures
/// with one lane only, so that a lane which is itself the cause shows.
#[derive(Debug, Clone, Default)]
pub struct Circuit {
    failures: u32,
    open_until: Millis,
}

/// With this many failures in a row only one lane travels.
const PROBE_ALONE: u32 = 3;

impl Circuit {
    /// A call was answered.
    pub fn succeeded(&mut self) {
        *self = Self::default();
    }

    /// A call failed as a whole; nothing is sent until `until`.
    pub fn failed(&mut self, until: Millis) {
        self.failures = self.failures.saturating_add(1);
        self.open_until = self.open_until.max(until);
    }

    /// Failures in a row.
    pub fn failures(&self) -> u32 {
        self.failures
    }

    /// True if nothing has failed since the last answer.
    pub fn is_closed(&self) -> bool {
        self.failures == 0
    }

    /// When the next call may go.
    pub fn open_until(&self) -> Millis {
        self.open_until
    }

    /// Calls allowed at once, of at most `most`.
    pub fn calls(&self, most: usize) -> usize {
        if self.is_closed() { most } else { 1 }
    }

    /// Lanes allowed in the next call.
    pub fn lanes(&self) -> usize {
        if self.failures < PROBE_ALONE { usize::MAX } else { 1 }
    }
}

/// Lanes that were in a call which failed as a whole. They travel alone until told; one that fails
/// alone while others succeed is the cause.
#[derive(Debug, Default)]
pub struct Suspects {
    lanes: HashMap<String, Strikes>,
    answered: u64,
}

#[derive(Debug, Default, Clone, Copy)]
struct Strikes {
    count: u32,
    answered: u64,
}

impl Suspects {
    /// True if the lane must travel alone.
    pub fn contains(&self, lane: &str) -> bool {
        self.lanes.contains_key(lane)
    }

    /// The lane was in a call that failed.
    pub fn add(&mut self, lane: &str) {
        let answered = self.answered;
        self.lanes.entry(lane.to_string()).or_insert(Strikes { count: 0, answered });
    }

    /// A call with these lanes was answered.
    pub fn cleared<'l>(&mut self, lanes: impl IntoIterator<Item = &'l String>) {
        self.answered += 1;
        for lane in lanes {
            self.lanes.remove(lane);
        }
    }

    /// The lane failed alone. Counts only if something else was answered since the last time: an
    /// org that is down is no lane's fault. Returns the strikes so far.
    pub fn strike(&mut self, lane: &str) -> u32 {
        let answered = self.answered;
        let strikes = self.lanes.entry(lane.to_string()).or_default();
        if strikes.count == 0 || strikes.answered < answered {
            *strikes = Strikes { count: strikes.count + 1, answered };
        }
        strikes.count
    }
}

/// 1 s, 2 s, 4 s … up to `most`, for the try after `attempts` failed ones.
pub fn back_off(first: Duration, attempts: u32, most: Duration) -> Duration {
    first.saturating_mul(1 << attempts.min(20)).min(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quiet_bridge_lingers_a_quarter_second_and_a_busy_one_a_second() {
        let mut linger = Linger::default();
        assert_eq!(linger.wait(0), Duration::from_millis(250));
        for second in 0..60 {
            linger.told(5, second * 1000);
        }
        assert_eq!(linger.wait(60_000), Duration::from_millis(250));
        for second in 60..120 {
            linger.told(100, second * 1000);
        }
        assert_eq!(linger.wait(120_000), Duration::from_secs(1));
        assert_eq!(linger.wait(240_000), Duration::from_millis(250), "calms down by itself");
    }

    #[test]
    fn an_open_circuit_probes_with_one_call_then_with_one_lane() {
        let mut circuit = Circuit::default();
        assert_eq!((circuit.calls(2), circuit.lanes()), (2, usize::MAX));
        circuit.failed(1_000);
        assert_eq!((circuit.calls(2), circuit.lanes()), (1, usize::MAX));
        circuit.failed(2_000);
        circuit.failed(1_500);
        assert_eq!(circuit.open_until(), 2_000, "an earlier end does not shorten the wait");
        assert_eq!((circuit.calls(2), circuit.lanes()), (1, 1));
        circuit.succeeded();
        assert_eq!((circuit.calls(2), circuit.lanes(), circuit.open_until()), (2, usize::MAX, 0));
    }

    #[test]
    fn a_lane_is_blamed_only_while_others_get_through() {
        let mut suspects = Suspects::default();
        suspects.add("m1");
        assert!(suspects.contains("m1"));
        assert_eq!(suspects.strike("m1"), 1);
        assert_eq!(suspects.strike("m1"), 1, "the whole org may be down");
        suspects.cleared([&"m2".to_string()]);
        assert_eq!(suspects.strike("m1"), 2);
        suspects.cleared([&"m1".to_string()]);
        assert!(!suspects.contains("m1"));
    }

    #[test]
    fn back_off_doubles_up_to_its_limit() {
        let most = Duration::from_secs(300);
        assert_eq!(back_off(Duration::from_secs(1), 0, most), Duration::from_secs(1));
        assert_eq!(back_off(Duration::from_secs(1), 3, most), Duration::from_secs(8));
        assert_eq!(back_off(Duration::from_secs(1), 60, most), most);
    }
}
