//! The bridge inside the test's own process, so that a test can stand between its parts: put
//! together by the same function as the binary, on a runtime of its own, which is dropped where it
//! stands when the bridge is killed. What it had in memory is gone, its sockets are closed, the
//! lock on the store is free; only the store's file stays.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chime_bridge::bridge::{self, Surroundings};
use chime_bridge::clock::{Clock, Millis, SystemClock};
use chime_bridge::config::{Config, Sources};
use chime_bridge::supervisor::{DRAIN, Supervisor};
use chime_bridge::telemetry;
use tokio::runtime::Runtime;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::world::World;

/// The machine's clock, put forward.
#[derive(Clone, Default)]
pub struct Ahead(Arc<AtomicI64>);

impl Ahead {
    /// Puts it forward by so many milliseconds.
    pub fn advance(&self, by: Millis) {
        self.0.fetch_add(by, Ordering::SeqCst);
    }
}

impl Clock for Ahead {
    fn now(&self) -> Millis {
        SystemClock.now() + self.0.load(Ordering::SeqCst)
    }
}

/// A bridge that runs.
pub struct Inside {
    runtime: Option<Runtime>,
    run: JoinHandle<String>,
    /// Its signals; while this lives, none comes.
    _signals: mpsc::Sender<&'static str>,
}

impl Inside {
    /// Starts it with the world's settings, and waits for nothing.
    pub fn launch(world: &World, around: impl FnOnce(Surroundings) -> Surroundings) -> Self {
        let config = config(world);
        let around = around(Surroundings::of_process(telemetry::silent().unwrap()));
        let runtime = Runtime::new().unwrap();
        let (signals, heard) = mpsc::channel(1);
        let run = runtime.spawn(async move {
            match bridge::run(config, Supervisor::new(DRAIN), heard, around).await {
                Ok(exit) => format!("{exit:?}"),
                Err(error) => format!("{error:#}"),
            }
        });
        Self { runtime: Some(runtime), run, _signals: signals }
    }

    /// Waits until it ends by itself, and says how: one that follows another may find its port or
    /// its store held for a moment yet.
    pub async fn ended(&mut self) -> String {
        (&mut self.run).await.unwrap_or_else(|error| error.to_string())
    }

    /// Ends it where it stands: no task is told, nothing is drained.
    pub fn kill(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The settings the binary would be started with.
fn config(world: &World) -> Config {
    let file = world.dir().join("bridge.toml");
    let text = world.emulator.bridge_settings(world.dir(), world.admin());
    std::fs::write(&file, text).unwrap();
    let environment = world.settings.clone();
    Sources { file: Some(file), environment, ..Sources::default() }.load().unwrap()
}
