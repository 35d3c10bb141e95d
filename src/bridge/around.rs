//! What surrounds the bridge: time, chance, figures, and what may stand between its parts and the
//! store or an effect. The binary knows one way to make it, [`Surroundings::of_process`]. A test
//! that runs the bridge inside its own process hands in another clock, or an executor and a store
//! with something of its own around them; no setting and no variable leads here.

use std::sync::Arc;

use crate::clock::{SharedClock, SharedEntropy, SystemClock, SystemEntropy};
use crate::effects::runner::Execute;
use crate::store::Store;
use crate::telemetry::Metrics;

/// Puts something around a part.
pub type Around<T> = Box<dyn FnOnce(Arc<T>) -> Arc<T> + Send>;

/// What surrounds the bridge.
pub struct Surroundings {
    /// Time.
    pub clock: SharedClock,
    /// Chance.
    pub entropy: SharedEntropy,
    /// The figures that the admin port shows.
    pub metrics: Metrics,
    /// Around the store.
    pub store: Around<dyn Store>,
    /// Around what does effects.
    pub executor: Around<dyn Execute>,
}

impl Surroundings {
    /// As the binary has them: the machine's clock and chance, and nothing in between.
    pub fn of_process(metrics: Metrics) -> Self {
        Self {
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
            metrics,
            store: Box::new(|store| store),
            executor: Box::new(|executor| executor),
        }
    }
}
