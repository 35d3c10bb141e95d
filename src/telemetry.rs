//! Log and figures. Every metric's name, unit and meaning stands in `telemetry::names` and nowhere
//! else; docs are made from it. Labels are few and bounded: topics, effect kinds, codes; never an
//! id, a name or an address.

mod names;
#[cfg(test)]
mod tests;

use std::io::IsTerminal;
use std::sync::Arc;

use metrics::{Label, Unit};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};
use tracing_subscriber::EnvFilter;

use crate::config::{Format, Telemetry};

pub use names::*;

/// Upper bounds of the duration histograms, seconds: from one local commit to a call timed out.
const BUCKETS: &[f64] =
    &[0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0];

/// Why logging or figures could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The level cannot be read.
    #[error("telemetry.level cannot be read: {0}")]
    Level(#[from] tracing_subscriber::filter::ParseError),
    /// Something else in this process has taken the place.
    #[error("{0} was set up before in this process")]
    Taken(&'static str),
    /// The exporter refused its settings: our bug.
    #[error("the metrics exporter cannot be built: {0}")]
    Exporter(#[from] metrics_exporter_prometheus::BuildError),
}

/// A number that only rises.
#[derive(Debug)]
pub struct Counter(pub(crate) Named);

/// A number that rises and falls.
#[derive(Debug)]
pub struct Gauge(pub(crate) Named);

/// Durations in seconds.
#[derive(Debug)]
pub struct Duration(pub(crate) Named);

/// What every metric has.
#[derive(Debug)]
pub struct Named {
    /// Full name, `bridge.…`; Prometheus shows dots as underscores.
    pub name: &'static str,
    /// Unit.
    pub unit: Unit,
    /// Meaning, and its labels.
    pub text: &'static str,
}

impl Counter {
    /// Raises it.
    pub fn add(&self, by: u64, labels: &[(&'static str, &str)]) {
        metrics::counter!(self.0.name, owned(labels)).increment(by);
    }
}

impl Gauge {
    /// Sets it.
    pub fn set(&self, value: f64, labels: &[(&'static str, &str)]) {
        metrics::gauge!(self.0.name, owned(labels)).set(value);
    }
}

impl Duration {
    /// Notes one duration.
    pub fn note(&self, took: std::time::Duration, labels: &[(&'static str, &str)]) {
        metrics::histogram!(self.0.name, owned(labels)).record(took.as_secs_f64());
    }
}

fn owned(labels: &[(&'static str, &str)]) -> Vec<Label> {
    labels.iter().map(|(key, value)| Label::new(*key, (*value).to_owned())).collect()
}

/// What the admin port shows. Cheap to clone.
#[derive(Clone)]
pub struct Metrics {
    handle: Arc<PrometheusHandle>,
}

impl Metrics {
    /// All figures as Prometheus reads them.
    pub fn render(&self) -> String {
        self.handle.render()
    }

    /// Folds what durations have gathered; call it every few seconds, or memory grows while
    /// nobody asks for figures.
    pub fn upkeep(&self) {
        self.handle.run_upkeep();
    }
}

/// Sets up the log (to standard error) and the figures, once a process.
pub fn install(settings: &Telemetry) -> Result<Metrics, TelemetryError> {
    install_log(settings)?;
    let (recorder, metrics) = recorder()?;
    metrics::set_global_recorder(recorder).map_err(|_| TelemetryError::Taken("the recorder"))?;
    names::describe();
    Ok(metrics)
}

/// Sets up the log alone: for commands that end soon.
pub fn install_log(settings: &Telemetry) -> Result<(), TelemetryError> {
    let log = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_new(&settings.level)?)
        .with_ansi(std::io::stderr().is_terminal())
        // The complaint about a log that cannot be written would go to the same place and end the
        // task with a panic: a full disk under the log must not end the bridge.
        .log_internal_errors(false)
        .with_writer(std::io::stderr);
    let taken = match settings.format {
        Format::Json => log.json().flatten_event(true).with_current_span(false).try_init(),
        Format::Human => log.try_init(),
    };
    taken.map_err(|_| TelemetryError::Taken("the log"))
}

fn recorder() -> Result<(PrometheusRecorder, Metrics), TelemetryError> {
    let recorder = PrometheusBuilder::new().set_buckets(BUCKETS)?.build_recorder();
    let handle = Arc::new(recorder.handle());
    Ok((recorder, Metrics { handle }))
}

/// Figures that nothing is added to: for a bridge inside a process whose figures and log are its
/// own affair.
pub fn silent() -> Result<Metrics, TelemetryError> {
    Ok(recorder()?.1)
}

/// Figures of their own, with one value in them.
#[cfg(test)]
pub(crate) fn for_tests() -> Metrics {
    let (recorder, metrics) = recorder().unwrap();
    metrics::with_local_recorder(&recorder, || MEETINGS_OPEN.set(3.0, &[]));
    metrics
}
