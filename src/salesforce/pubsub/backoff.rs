//! Waits that double. Jitter is added where the wait is made, so that this stays pure.

use std::time::Duration;

/// A wait that doubles up to a limit.
#[derive(Debug, Clone)]
pub(super) struct Backoff {
    first: Duration,
    most: Duration,
    next: Duration,
}

impl Backoff {
    pub(super) fn new(first: Duration, most: Duration) -> Self {
        Self { first, most: most.max(first), next: first }
    }

    /// The wait for this failure.
    pub(super) fn wait(&mut self) -> Duration {
        let wait = self.next;
        self.next = wait.saturating_mul(2).min(self.most);
        wait
    }

    /// Things work again.
    pub(super) fn reset(&mut self) {
        self.next = self.first;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_limit_and_begin_again_after_success() {
        let seconds = Duration::from_secs;
        let mut backoff = Backoff::new(seconds(1), seconds(5));
        let waits: Vec<_> = (0..5).map(|_| backoff.wait()).collect();
        assert_eq!(waits, [1, 2, 4, 5, 5].map(seconds));
        backoff.reset();
        assert_eq!(backoff.wait(), seconds(1));
    }
}
