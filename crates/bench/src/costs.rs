//! What one meeting alone costs the org: event deliveries when it is started, recorded and ended
//! from Salesforce, and REST calls when people come, drop out and return.

use std::time::Duration;

use anyhow::Context;

use crate::Options;
use crate::busy::inside;
use crate::world::{World, until};
use chime_bench::report::{Aim, Report};

/// Between two acts of a meeting: far longer than changes wait for company.
const BREATH: Duration = Duration::from_secs(4);

/// Runs it.
pub async fn run(options: &Options, report: &mut Report) -> anyhow::Result<()> {
    let me = std::env::current_exe().context("this program's own place is not known")?;
    let recorder = me.with_file_name("chime-emulator").display().to_string();
    let mut world = World::new(&options.repository, |config| {
        config.chime.drop_ms = 2_000;
        let command = [recorder.as_str(), "stand-in", "--pace-ms", "200", "--claim-media"];
        config.recorders.insert("chime-recorder".into(), command.map(String::from).to_vec());
    })
    .await?;
    world.start().await?;
    tokio::time::sleep(BREATH).await;
    deliveries(&world, report).await?;
    rest_calls(&world, report).await?;
    world.stop().await
}

async fn deliveries(world: &World, report: &mut Report) -> anyhow::Result<()> {
    let before = world.deliveries();
    let meeting = world.click()?;
    let is = |field: &'static str, value: &'static str| {
        let id = meeting.id.clone();
        let look = move || world.told(&id, field) == value;
        until(value, Duration::from_millis(50), look)
    };
    is("Status__c", "Open").await?;
    let host = world.person(&meeting, 0)?;
    host.join();
    is("Status__c", "Live").await?;
    world.apex.command("START_RECORDING", &meeting.id, None, None)?;
    is("Recording_State__c", "Recording").await?;
    world.apex.command("END_MEETING", &meeting.id, None, None)?;
    is("Status__c", "Ended").await?;
    let available = "SELECT Id FROM Chime_Recording__c WHERE Status__c = 'Available'";
    let checked = || world.emulator.org.query(available).is_ok_and(|rows| rows.len() == 1);
    until("the recording is available", Duration::from_millis(100), checked).await?;
    world.drained().await?;
    let spent = world.deliveries() - before;
    report.row("deliveries_a_meeting", spent as f64, "events", Aim::AtMost(3.0));
    let note = "A meeting started, recorded and ended by commands from Salesforce, the channel filter as shipped; counted by the emulated org. A playback click is one more each.";
    report.notes("deliveries_a_meeting", vec![note.into()]);
    Ok(())
}

async fn rest_calls(world: &World, report: &mut Report) -> anyhow::Result<()> {
    tokio::time::sleep(BREATH).await;
    let before = world.calls();
    let meeting = world.click()?;
    let (host, guest) = (world.person(&meeting, 0)?, world.person(&meeting, 1)?);
    tokio::time::sleep(BREATH).await;
    host.join();
    inside(&host).await?;
    tokio::time::sleep(BREATH).await;
    guest.join();
    inside(&guest).await?;
    tokio::time::sleep(BREATH).await;
    guest.drop_out()?;
    tokio::time::sleep(BREATH).await;
    guest.come_back();
    inside(&guest).await?;
    tokio::time::sleep(BREATH).await;
    host.end().await?;
    let ended = || world.told(&meeting.id, "Status__c") == "Ended";
    until("the meeting is told as ended", Duration::from_millis(50), ended).await?;
    world.drained().await?;
    let mut spent = world.calls();
    for (resource, count) in &mut spent {
        *count -= before.get(resource).copied().unwrap_or_default();
    }
    spent.retain(|_, count| *count > 0);
    let all: u64 = spent.values().sum();
    report.row("rest_calls_a_meeting_alone", all as f64, "calls", Aim::AtMost(8.0));
    let note = format!(
        "Start, two joins, drop, return, end, {} s apart so that no two share a call; by resource: {spent:?}. Heartbeats that fell into that time are among them.",
        BREATH.as_secs()
    );
    report.notes("rest_calls_a_meeting_alone", vec![note]);
    Ok(())
}
