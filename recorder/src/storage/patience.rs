//! How long a call is tried again. The recorder never gives up on an error that may pass, since
//! what it holds is nowhere else; a finisher comes back later anyway, so it tells its caller.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::backlog::Backlog;
use super::error::{Class, Result, StorageError};

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(5);
/// Between tries of what a person must mend.
const SLOW: Duration = Duration::from_secs(30);

/// How long a call is tried again.
#[derive(Clone)]
pub(crate) enum Patience {
    /// For ever, as long as the error may pass or can be mended from outside; what stays denied
    /// becomes an alarm.
    Endless(Arc<Backlog>),
    /// Errors that may pass, for this long; all others at once.
    Bounded(Duration),
}

impl Patience {
    /// Does `try_once` until it succeeds, or trying again makes no sense.
    pub async fn call<T, F>(&self, mut try_once: impl FnMut() -> F) -> Result<T>
    where
        F: Future<Output = Result<T>> + Send,
    {
        let begun = Instant::now();
        let mut denied_since = None;
        let mut alarmed = false;
        let mut tries = 0;
        loop {
            let error = match try_once().await {
                Ok(done) => {
                    if let (true, Self::Endless(backlog)) = (alarmed, self) {
                        backlog.denied(None);
                    }
                    return Ok(done);
                }
                Err(error) => error,
            };
            let mut wait = pause(tries);
            match (error.class(), self) {
                (Class::Passing, Self::Endless(_)) => denied_since = None,
                (Class::Passing, Self::Bounded(longest)) if begun.elapsed() + wait < *longest => {}
                (Class::Denied, Self::Endless(backlog)) => {
                    let since = *denied_since.get_or_insert_with(Instant::now);
                    if since.elapsed() >= backlog.limits().denied_after {
                        if !alarmed {
                            tracing::error!(alarm = "denied", %error, "storage is refused");
                            backlog.denied(Some(error.to_string()));
                            alarmed = true;
                        }
                        wait = SLOW.mul_f64(0.75 + rand::random::<f64>() / 2.0);
                    }
                }
                _ => return Err(error),
            }
            log(tries, &error);
            tries += 1;
            sleep(wait).await;
        }
    }
}

/// Grows from a tenth of a second to five, between half of that and all of it: two recorders that
/// lost S3 at the same moment do not come back at the same moment.
fn pause(tries: u32) -> Duration {
    let whole = FIRST.saturating_mul(1 << tries.min(10)).min(LONGEST);
    whole.mul_f64(0.5 + rand::random::<f64>() / 2.0)
}

fn log(tries: u32, error: &StorageError) {
    match tries {
        0 => tracing::warn!(%error, "S3 is asked again"),
        n if n % 20 == 0 => tracing::warn!(%error, tries = n, "S3 is still asked again"),
        _ => tracing::debug!(%error, tries, "S3 is asked again"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_stay_under_five_seconds() {
        for tries in 0..40 {
            let pause = pause(tries);
            assert!(pause >= FIRST / 2 && pause <= LONGEST, "{tries}: {pause:?}");
        }
        assert!(pause(12) >= LONGEST / 2);
    }
}
