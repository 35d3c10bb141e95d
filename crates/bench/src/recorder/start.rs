//! `start_to_prepared`: process start until the health file says that the recorder waits.
//! `told_to_durable`: its ticket is opened in the emulated room, until the first fragment lies in
//! the journal. The room's page looks at its ticket once a second.

use std::time::Duration;

use chime_bench::report::{Aim, Report, Row, median};
use tokio::time::Instant;

use crate::load::Others;
use crate::meeting::Meeting;
use crate::world::World;
use crate::{Options, mean, most, words};

/// A prepared recorder has its page open; this is time for the page to have read its ticket.
const SETTLE: Duration = Duration::from_secs(3);

/// Runs it.
pub async fn run(options: &Options, world: &mut World, report: &mut Report) -> anyhow::Result<()> {
    let (mut prepared, mut durable, mut loads) = (Vec::new(), Vec::new(), Vec::new());
    for number in 1..=options.starts.max(1) {
        let recording = world.next_recording();
        let mut meeting = Meeting::make(world, &recording).await?;
        meeting.wait(world)?;
        let room = format!("http://{}", world.emulator.addresses.room);
        let others = Others::since_now();
        let mut task = world.recorder_at(recording, room)?;
        prepared.push(task.prepared().await?);
        tokio::time::sleep(SETTLE).await;
        let begun = Instant::now();
        meeting.open(world)?;
        world.until_durable(&mut task).await?;
        durable.push(begun.elapsed().as_secs_f64());
        loads.push(others.cores());
        eprintln!(
            "  start {number}: prepared in {:.2} s, durable in {:.2} s",
            prepared.last().unwrap_or(&0.0),
            durable.last().unwrap_or(&0.0)
        );
        task.child.kill().await;
    }
    let load = mean(&loads);
    let aim = Aim::AtMost(6.0);
    report.add(Row::new("told_to_durable", most(&durable), "s", aim).under(load));
    report.add(Row::new("start_to_prepared", median(&prepared), "s", Aim::None).under(load));
    report.notes(
        "start",
        vec![
            format!("Ticket opened until a fragment is in the journal, s: {}. The page looks once a second, the first fragment lasts a second, and both are in it.", words(&durable)),
            format!("Process start until the health file says *waiting* (programs, self-test, page), s: {}. Median.", words(&prepared)),
            format!("Others' load, cores: {}.", words(&loads)),
        ],
    );
    Ok(())
}
