//! `cores_…`, `peak_memory_…`: what a recorder and all it started use while its page plays one, four
//! or six videos; then the peer's programs on the same page. Processor time is the kernel's count
//! over the whole time, memory the largest of a look a second (PSS: shared pages count in shares).

use std::time::Duration;

use anyhow::{Context, ensure};
use chime_bench::report::{Aim, Report, Row};
use tokio::time::Instant;

use crate::Options;
use crate::load::{Others, memory_mb, spent};
use crate::pages::{Pages, Show};
use crate::plain::Plain;
use crate::world::World;

const TILES: [u32; 3] = [1, 4, 6];
/// After the page went live, or the encoder was started.
const SETTLE: Duration = Duration::from_secs(4);
/// The videos have 30; fewer than these shown means that the page did not play them.
const PLAYS: f64 = 15.0;

/// What one side used.
#[derive(Debug)]
struct Used {
    cores: f64,
    memory_mb: f64,
    /// Frames a second that each video showed.
    shown: f64,
    load: f64,
}

/// Runs it.
pub async fn run(options: &Options, world: &mut World, report: &mut Report) -> anyhow::Result<()> {
    let seconds = options.seconds.max(1);
    let wanted = |count: &u32| {
        let rows = [format!("cores_{count}"), format!("peak_memory_{count}")];
        let all = ["tiles", "cores", "peak_memory"];
        options.names.is_empty()
            || options.names.iter().any(|n| all.contains(&n.as_str()) || rows.contains(n))
    };
    let mut notes = vec![format!(
        "{seconds} s each, {} s after the page went live; memory from the start of the process on, so the self-test is in its peak. 1 MB is 1,048,576 bytes.",
        SETTLE.as_secs()
    )];
    for count in TILES.into_iter().filter(wanted) {
        let ours = ours(world, count, seconds).await?;
        eprintln!("  {count}: {ours:?}");
        let peer = peer(world, count, seconds).await?;
        eprintln!("  {count}, the peer: {peer:?}");
        let cores = Row::new(format!("cores_{count}"), ours.cores, "cores", Aim::AtMost(1.2));
        report.add(cores.beside(Some(peer.cores)).under(ours.load));
        let name = format!("peak_memory_{count}");
        let memory = Row::new(name, ours.memory_mb, "MB", Aim::AtMost(1_500.0));
        report.add(memory.beside(Some(peer.memory_mb)).under(ours.load));
        notes.push(format!(
            "{count} videos: each showed {:.1} frames a second, and {:.1} before the peer, during whose turn others used {:.2} cores.",
            ours.shown, peer.shown, peer.load
        ));
    }
    report.notes("tiles", notes);
    Ok(())
}

async fn ours(world: &mut World, count: u32, seconds: u64) -> anyhow::Result<Used> {
    let mut task = world.recorder(Show::Tiles(count))?;
    let roots = [task.id()?];
    let mut peak = 0f64;
    // Until it records, with a look at its memory now and then.
    let preparing = async {
        task.prepared().await?;
        let pages = &world.pages;
        task.until("the page", || pages.told().is_some()).await?;
        pages.say("live");
        world.until_durable(&mut task).await?;
        tokio::time::sleep(SETTLE).await;
        anyhow::Ok(())
    };
    let mut preparing = Box::pin(preparing);
    loop {
        tokio::select! {
            done = &mut preparing => break done?,
            () = tokio::time::sleep(Duration::from_secs(1)) => peak = peak.max(memory_mb(&roots)),
        }
    }
    drop(preparing);
    let used = measure(&world.pages, &roots, count, seconds, peak).await?;
    ensure!(task.terminate().await, "the recorder did not end well: {:?}", task.child.tail());
    let note = world.note(&task.recording).await?;
    ensure!(note.verdict.good(), "the recording is not good: {:?}", note.verdict);
    Ok(used)
}

async fn peer(world: &World, count: u32, seconds: u64) -> anyhow::Result<Used> {
    world.pages.say("live");
    let page = format!("{}/", world.pages.room(Show::Tiles(count)));
    let plain = Plain::start(world.folder.path(), &page).await?;
    let encoding = plain.encode()?;
    tokio::time::sleep(SETTLE).await;
    let roots = plain.roots(&encoding);
    let used = measure(&world.pages, &roots, count, seconds, 0.0).await?;
    encoding.finish().await?;
    plain.stop().await;
    Ok(used)
}

/// Cores and memory of these programs from now on.
async fn measure(
    pages: &Pages,
    roots: &[u32],
    count: u32,
    seconds: u64,
    mut peak: f64,
) -> anyhow::Result<Used> {
    let shown = || anyhow::Ok(pages.told().context("the page says nothing")?.frames as f64);
    let (others, begun) = (Others::since_now(), Instant::now());
    let (before, frames) = (spent(roots), shown()?);
    for _ in 0..seconds {
        tokio::time::sleep(Duration::from_secs(1)).await;
        peak = peak.max(memory_mb(roots));
    }
    let took = begun.elapsed().as_secs_f64();
    let cores = (spent(roots) - before) / took;
    let shown = (shown()? - frames) / took / f64::from(count);
    ensure!(shown >= PLAYS, "the page shows only {shown:.1} frames a second of each video");
    Ok(Used { cores, memory_mb: peak, shown, load: others.cores() })
}
