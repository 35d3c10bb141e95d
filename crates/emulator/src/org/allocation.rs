//! The delivery allocation: how many events the org may deliver to all its subscribers together
//! in rolling 24 hours. Counted by the minute.

use std::collections::{BTreeMap, VecDeque};

use super::bus::{Delivered, Usage};

const DAY_MS: i64 = 24 * 3_600_000;
/// INFERRED: deliveries become free again after a day by the minute.
const MINUTE_MS: i64 = 60_000;

/// The count.
#[derive(Debug)]
pub struct Allocation {
    limit: u64,
    minutes: VecDeque<(i64, u64)>,
    used: u64,
    totals: BTreeMap<(String, String), u64>,
}

impl Allocation {
    /// Nothing delivered yet.
    pub fn new(limit: u64) -> Self {
        Self { limit, minutes: VecDeque::new(), used: 0, totals: BTreeMap::new() }
    }

    /// Changes the limit.
    pub fn set_limit(&mut self, limit: u64) {
        self.limit = limit;
    }

    /// How many more may be delivered now.
    pub fn left(&mut self, now: i64) -> u64 {
        while self.minutes.front().is_some_and(|(at, _)| *at <= now - DAY_MS) {
            if let Some((_, count)) = self.minutes.pop_front() {
                self.used -= count;
            }
        }
        self.limit.saturating_sub(self.used)
    }

    /// Counts `events` delivered to a subscriber.
    pub fn count(&mut self, now: i64, subscriber: &str, topic: &str, events: u64) {
        let minute = now - now.rem_euclid(MINUTE_MS);
        match self.minutes.back_mut() {
            Some((at, count)) if *at >= minute => *count += events,
            _ => self.minutes.push_back((minute, events)),
        }
        self.used += events;
        *self.totals.entry((subscriber.to_string(), topic.to_string())).or_default() += events;
    }

    /// As `/limits` shows it.
    pub fn usage(&mut self, now: i64) -> Usage {
        self.left(now);
        Usage { limit: self.limit, used: self.used }
    }

    /// Totals since the start.
    pub fn totals(&self) -> Vec<Delivered> {
        self.totals
            .iter()
            .map(|((subscriber, topic), events)| Delivered {
                subscriber: subscriber.clone(),
                topic: topic.clone(),
                events: *events,
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_delivered_a_day_ago_is_free_again() {
        let mut allocation = Allocation::new(10);
        allocation.count(0, "a", "/event/X__e", 4);
        allocation.count(DAY_MS / 2, "b", "/event/X__e", 5);
        assert_eq!(allocation.left(DAY_MS / 2), 1);
        assert_eq!(allocation.left(DAY_MS), 5);
        assert_eq!(allocation.usage(2 * DAY_MS).used, 0);
        assert_eq!(allocation.totals().len(), 2);
    }
}
