//! Memory of the release binary with a thousand open meetings of two people each, after a minute in
//! which nothing happens.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::interval;

use crate::Options;
use crate::busy::inside;
use crate::latency::BEAT;
use crate::world::{World, until};
use chime_bench::report::{Aim, Report};

/// Runs it.
pub async fn run(options: &Options, report: &mut Report) -> anyhow::Result<()> {
    // Idle pages look at their ticket; at a slower pace than real ones, to leave the machine quiet.
    let mut world =
        World::new(&options.repository, |config| config.poll = Duration::from_secs(5)).await?;
    world.start().await?;
    let first = world.resident_mb()?;
    let world = Arc::new(world);
    let mut joins = JoinSet::new();
    let mut beat = interval(BEAT);
    let mut ids = Vec::new();
    for _ in 0..options.meetings {
        beat.tick().await;
        let meeting = world.click()?;
        for seat in 0..2 {
            let person = world.person(&meeting, seat)?;
            joins.spawn(async move {
                person.join();
                inside(&person).await
            });
        }
        ids.push(meeting.id);
    }
    while let Some(joined) = joins.join_next().await {
        joined??;
    }
    let live = || ids.iter().all(|id| world.told(id, "Status__c") == "Live");
    until("all meetings are live", Duration::from_millis(500), live).await?;
    world.drained().await?;
    let busy = world.resident_mb()?;
    tokio::time::sleep(Duration::from_secs(options.idle)).await;
    let idle = world.resident_mb()?;
    report.row("resident_memory", idle, "MB", Aim::AtMost(40.0));
    report.notes(
        "resident_memory",
        vec![format!(
            "{} live meetings of two people, VmRSS of the release binary after {} s idle; {first:.1} MB when it was ready, {busy:.1} MB when the last had come. 1 MB is 1,048,576 bytes.",
            options.meetings, options.idle
        )],
    );
    Ok(())
}
