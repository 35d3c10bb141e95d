//! REST calls when the org is busy: 20 meetings a second for a minute, each started, joined by two,
//! one of whom drops out and returns, and ended by the host. Everything the org counts as an API
//! API call is counted: heartbeat, limits and all. Signing in is none.

use std::sync::Arc;
use std::time::Duration;

use anyhow::ensure;
use chime_emulator::people::{Person, Phase};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use crate::Options;
use crate::latency::BEAT;
use crate::world::{World, until};
use chime_bench::report::{Aim, Report};

/// Runs it.
pub async fn run(options: &Options, report: &mut Report) -> anyhow::Result<()> {
    let mut world = World::new(&options.repository, |config| config.chime.drop_ms = 2_000).await?;
    world.start().await?;
    let world = Arc::new(world);
    let mut stories = JoinSet::new();
    let mut beat = interval(BEAT);
    beat.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let meetings = options.seconds * 20;
    for _ in 0..meetings {
        beat.tick().await;
        stories.spawn(story(world.clone()));
    }
    let mut ids = Vec::new();
    while let Some(id) = stories.join_next().await {
        ids.push(id??);
    }
    let ended = || ids.iter().all(|id| world.told(id, "Status__c") == "Ended");
    until("all meetings are told as ended", Duration::from_millis(500), ended).await?;
    world.drained().await?;
    let calls = world.calls();
    let sessions = "SELECT Id FROM Chime_Participant_Session__c";
    let sessions = world.emulator.org.query(sessions).map_or(0, |rows| rows.len());
    ensure!(sessions as u64 == meetings * 3, "{sessions} sessions are told of {meetings} meetings");
    let all: u64 = calls.values().sum();
    let each = all as f64 / meetings as f64;
    report.row("rest_calls_a_meeting_busy", each, "calls", Aim::AtMost(0.1));
    report.notes(
        "rest_calls_a_meeting_busy",
        vec![
            format!("{meetings} meetings at 20 a second: start, two joins, drop, return, end; {sessions} participant sessions told, three a meeting. {all} calls in all, by resource: {calls:?}."),
            "Counted is everything from the bridge's start until nothing was left to tell: heartbeat, limits, level check (signing in is no API call). A composite call counts once, with up to five collections of 200 records in it (INFERRED: what each sub-request costs is not documented for the daily limit).".into(),
        ],
    );
    Ok(())
}

/// One meeting's life, about twelve seconds.
async fn story(world: Arc<World>) -> anyhow::Result<String> {
    let meeting = world.click()?;
    let (host, guest) = (world.person(&meeting, 0)?, world.person(&meeting, 1)?);
    host.join();
    inside(&host).await?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    guest.join();
    inside(&guest).await?;
    tokio::time::sleep(Duration::from_secs(3)).await;
    guest.drop_out()?;
    tokio::time::sleep(Duration::from_secs(4)).await;
    guest.come_back();
    inside(&guest).await?;
    tokio::time::sleep(Duration::from_secs(3)).await;
    host.end().await?;
    Ok(meeting.id)
}

/// Waits until a person is in the meeting.
pub async fn inside(person: &Person) -> anyhow::Result<()> {
    let is_in = || person.view().phase == Phase::In;
    until("a person is in", Duration::from_millis(50), is_in).await
}
