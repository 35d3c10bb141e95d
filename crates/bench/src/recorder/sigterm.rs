//! `sigterm_to_object_…`: a recorder that records is told to stop, as Fargate does it, while S3
//! answers at once, 100 ms late or 500 ms late. Measured until the whole file is in S3.

use std::time::Duration;

use anyhow::ensure;
use chime_bench::report::{Aim, Report, Row, median};
use chime_emulator::faults::{Fault, FaultKind};
use tokio::time::Instant;

use crate::load::Others;
use crate::pages::Show;
use crate::world::World;
use crate::{Options, mean, most, words};

const LATENCIES: [u64; 3] = [0, 100, 500];
/// Recorded before the stop, after the first durable fragment.
const RECORDED: Duration = Duration::from_secs(10);

/// One stop: seconds to the object, seconds to the note and the process's end, others' load.
struct Stop {
    object: f64,
    ended: f64,
    load: f64,
}

/// Runs it.
pub async fn run(options: &Options, world: &mut World, report: &mut Report) -> anyhow::Result<()> {
    let wanted = |ms: &u64| {
        let name = format!("sigterm_to_object_{ms}");
        let all = ["sigterm", "sigterm_to_object"];
        options.names.is_empty()
            || options.names.iter().any(|n| all.contains(&n.as_str()) || *n == name)
    };
    let mut notes = vec![format!(
        "{} stops for each latency of every S3 call, after {} s and more of the test card; the worst counts.",
        options.stops.max(1),
        RECORDED.as_secs()
    )];
    for latency in LATENCIES.into_iter().filter(wanted) {
        let mut stops = Vec::new();
        for _ in 0..options.stops.max(1) {
            stops.push(stop(world, latency).await?);
        }
        let all = |of: &dyn Fn(&Stop) -> f64| stops.iter().map(of).collect::<Vec<f64>>();
        let (object, load) = (all(&|s| s.object), all(&|s| s.load));
        let name = format!("sigterm_to_object_{latency}");
        report.add(Row::new(name, most(&object), "s", Aim::AtMost(5.0)).under(mean(&load)));
        notes.push(format!(
            "{latency} ms: {}. Until the checked note is there too and the process has ended: median {:.2}.",
            words(&object),
            median(&all(&|s| s.ended))
        ));
    }
    report.notes("sigterm", notes);
    Ok(())
}

async fn stop(world: &mut World, latency: u64) -> anyhow::Result<Stop> {
    let mut task = world.recorder(Show::Card)?;
    task.prepared().await?;
    let pages = &world.pages;
    task.until("the page", || pages.told().is_some()).await?;
    if latency > 0 {
        world.emulator.faults.add(Fault {
            service: "s3".into(),
            call: "*".into(),
            kind: FaultKind::Delay { ms: latency },
            times: 0,
            chance: 1.0,
        });
    }
    let others = Others::since_now();
    world.pages.say("live");
    world.until_durable(&mut task).await?;
    tokio::time::sleep(RECORDED).await;
    let recording = task.recording.clone();
    let begun = Instant::now();
    let (well, object) = tokio::join!(task.terminate(), async {
        while !world.is_complete(&recording) && begun.elapsed() < Duration::from_secs(60) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        begun.elapsed().as_secs_f64()
    });
    let ended = begun.elapsed().as_secs_f64();
    let load = others.cores();
    world.emulator.faults.clear();
    let said = task.child.tail().lines().join("\n");
    ensure!(well && world.is_complete(&recording), "the recorder did not end well:\n{said}");
    let note = world.note(&recording).await?;
    ensure!(note.verdict.good(), "the stopped recording is not good: {:?}", note.verdict);
    Ok(Stop { object, ended, load })
}
