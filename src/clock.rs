//! Time and chance come in from outside. This is the one file that asks the system for either;
//! everything else is handed a [`Clock`] or an [`Entropy`], so that tests can hold them still.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// Epoch milliseconds.
pub type Millis = i64;

/// Tells the time.
pub trait Clock: Send + Sync + 'static {
    /// Now, in epoch milliseconds.
    fn now(&self) -> Millis;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "the one place that may")]
    fn now(&self) -> Millis {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }
}

/// Draws random bytes: nonces, jitter. Never ids that leave the process: those are derived.
pub trait Entropy: Send + Sync + 'static {
    /// Fills the buffer from a source fit for keys.
    fn fill(&self, buffer: &mut [u8]);
}

/// The operating system's source.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    #[allow(clippy::disallowed_methods, reason = "the one place that may")]
    fn fill(&self, buffer: &mut [u8]) {
        rand::Rng::fill(&mut rand::rng(), buffer);
    }
}

/// A clock shared by the parts.
pub type SharedClock = Arc<dyn Clock>;
/// An entropy source shared by the parts.
pub type SharedEntropy = Arc<dyn Entropy>;

/// `delay` with up to 25 % taken off or added at random, so that many waiters do not wake as one.
pub fn jittered(delay: std::time::Duration, entropy: &dyn Entropy) -> std::time::Duration {
    let mut byte = [0u8; 1];
    entropy.fill(&mut byte);
    delay.mul_f64(0.75 + f64::from(byte[0]) / 510.0)
}
