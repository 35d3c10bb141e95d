//! How loud what came in the last second was: who looks ten times a second misses no word.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// What is older does not count.
const SPAN: Duration = Duration::from_secs(1);

/// The loudest of the last second.
#[derive(Debug, Default)]
pub struct Lately {
    /// Each is later and quieter than the one before; what was quieter and earlier cannot matter.
    kept: VecDeque<(Instant, u8)>,
}

impl Lately {
    /// Something came, so many decibels below full scale.
    pub fn note(&mut self, level: u8, now: Instant) {
        while self.kept.back().is_some_and(|(_, kept)| *kept >= level) {
            self.kept.pop_back();
        }
        self.kept.push_back((now, level));
    }

    /// The loudest, decibels below full scale; 127 if there was nothing.
    pub fn loudest(&self, now: Instant) -> u8 {
        let mut fresh =
            self.kept.iter().filter(|(at, _)| now.saturating_duration_since(*at) < SPAN);
        fresh.next().map_or(127, |(_, level)| *level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loudest_counts_for_a_second_and_then_the_loudest_since() {
        let start = tokio::time::Instant::now().into_std();
        let at = |ms| start + Duration::from_millis(ms);
        let mut lately = Lately::default();
        assert_eq!(lately.loudest(start), 127);
        for (ms, level) in [(0, 30), (100, 20), (200, 50), (300, 40), (400, 127)] {
            lately.note(level, at(ms));
        }
        let heard = [0, 400, 1_099, 1_100, 1_299, 1_300, 1_400].map(|ms| lately.loudest(at(ms)));
        assert_eq!(heard, [20, 20, 20, 40, 40, 127, 127]);
    }

    #[test]
    fn little_is_kept_however_much_comes() {
        let start = tokio::time::Instant::now().into_std();
        let mut lately = Lately::default();
        for k in 0..10_000u64 {
            lately.note((k % 128) as u8, start + Duration::from_millis(k));
        }
        assert!(lately.kept.len() <= 128);
    }
}
