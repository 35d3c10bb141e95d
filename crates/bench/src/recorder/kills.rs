//! `kill_loss`, `finisher`: a recorder is killed at a random time, as a host that vanishes; then
//! `chime-recorder finish` completes the file from S3. Lost is the time between the kill and the
//! clock in the last frame that can be decoded, so the way from page to encoder counts as lost too.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, ensure};
use chime_bench::report::{Aim, Report, Row, median};
use chime_recorder::clock::now;
use chime_recorder::testcard::read;
use tokio::process::Command;

use crate::load::{Others, QUIET};
use crate::pages::Show;
use crate::plain::{Made, Plain};
use crate::world::World;
use crate::{Options, mean, most, words};

/// Shortest time between the first durable fragment and the kill, seconds.
const SHORTEST: f64 = 1.0;

/// One kill.
struct Killed {
    lost: f64,
    finished_in: f64,
    recorded: f64,
    errors: Vec<String>,
    load: f64,
}

/// Runs it.
pub async fn run(options: &Options, world: &mut World, report: &mut Report) -> anyhow::Result<()> {
    let longest = options.longest.max(2);
    let mut kills = Vec::new();
    for number in 1..=options.kills.max(1) {
        let span = longest as f64 - SHORTEST;
        let after = SHORTEST + span * rand::random::<f64>();
        let killed = kill(world, Duration::from_secs_f64(after)).await?;
        eprintln!(
            "  kill {number} after {:.1} s: {:.2} s lost, finished in {:.2} s, {} decode errors, others {:.2} cores",
            killed.recorded,
            killed.lost,
            killed.finished_in,
            killed.errors.len(),
            killed.load
        );
        for line in killed.errors.iter().take(3) {
            eprintln!("    {line}");
        }
        kills.push(killed);
    }
    let others = Others::since_now();
    let peer = plain(world, Duration::from_secs(2 * longest)).await?;
    let peer_load = others.cores();
    let all = |of: &dyn Fn(&Killed) -> f64| kills.iter().map(of).collect::<Vec<f64>>();
    let (lost, finisher) = (all(&|k| k.lost), all(&|k| k.finished_in));
    let (load, losses) = (mean(&all(&|k| k.load)), peer.losses());
    for (name, value, theirs) in [
        ("kill_loss_p50", median(&lost), median(&losses)),
        ("kill_loss_max", most(&lost), most(&losses)),
    ] {
        let row = Row::new(name, value, "s", Aim::AtMost(3.0)).beside(Some(theirs));
        report.add(row.under(load).judged_up_to(QUIET));
    }
    let errors = all(&|k| k.errors.len() as f64).iter().sum();
    report.add(Row::new("kill_decode_errors", errors, "lines", Aim::AtMost(0.0)).under(load));
    report.add(Row::new("finisher", most(&finisher), "s", Aim::AtMost(10.0)).under(load));
    report.notes(
        "kills",
        vec![
            format!("{} kills (SIGKILL of the recorder, whose programs die with it) between {SHORTEST:.0} and {longest} s after the first durable fragment. Lost, s: {}. Recorded until then, s: {}. Others' load, cores: {}.", kills.len(), words(&lost), words(&all(&|k| k.recorded)), words(&all(&|k| k.load))),
            "Lost is the kill's time minus the time drawn into the last decoded frame, by the page's clock: painting, grabbing and encoding are in it. Errors are lines that FFmpeg writes when it decodes all of the completed file.".into(),
            format!("`chime-recorder finish`, process start to end, s: {}.", words(&finisher)),
            format!("The peer has no journal and nobody completes its upload, so a kill loses all of it. Counted here is only the time since its last whole 5 MiB part, computed from the bytes it wrote in {:.0} s of four videos ({:.2} Mb/s, {} whole parts), for a kill at each tenth of a second: {}. Others used {peer_load:.2} cores.", peer.seconds, peer.rate(), peer.parts(), words(&losses)),
        ],
    );
    Ok(())
}

async fn kill(world: &mut World, after: Duration) -> anyhow::Result<Killed> {
    let mut task = world.recorder(Show::Card)?;
    task.prepared().await?;
    let pages = &world.pages;
    task.until("the page", || pages.told().is_some()).await?;
    let others = Others::since_now();
    world.pages.say("live");
    world.until_durable(&mut task).await?;
    tokio::time::sleep(after).await;
    ensure!(task.child.alive(), "the recorder ended by itself: {:?}", task.child.tail().lines());
    let load = others.cores();
    let origin = world.pages.told().context("the page said nothing")?.origin;
    let recording = task.recording.clone();
    let killed_at = now().as_secs_f64() * 1_000.0;
    task.child.kill().await;

    let finished_in = world.finish(&recording).await?.as_secs_f64();
    let file = world.file(&recording).await?;
    let frames = read::frames(&file).await?;
    let mut cards = frames.iter().filter_map(|frame| frame.card);
    let last = cards.next_back().context("no frame of the card was recovered")?;
    let lost = (killed_at - origin - f64::from(last.drawn_ms)) / 1_000.0;
    ensure!((0.0..3_600.0).contains(&lost), "{lost} s lost cannot be: the clocks disagree");
    let recorded = world.note(&recording).await?.duration_ms as f64 / 1_000.0 + lost;
    let errors = decode_errors(&file).await?;
    std::fs::remove_file(file)?;
    Ok(Killed { lost, finished_in, recorded, errors, load })
}

/// What FFmpeg complains of when it decodes a file to its end.
async fn decode_errors(file: &Path) -> anyhow::Result<Vec<String>> {
    let run = Command::new("ffmpeg")
        .args(["-v", "error", "-i"])
        .arg(file)
        // With the file's own clock: times rounded to frames would coincide, which is no error of the file.
        .args(["-vsync", "passthrough", "-enc_time_base", "-1", "-f", "null", "-"])
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await?;
    let said = String::from_utf8_lossy(&run.stderr);
    let mut errors: Vec<String> = said.lines().map(String::from).collect();
    if !run.status.success() {
        errors.push(format!("FFmpeg ended with {}", run.status));
    }
    Ok(errors)
}

async fn plain(world: &World, run: Duration) -> anyhow::Result<Made> {
    world.pages.say("live");
    // The card hardly moves: it would be a minute and more to a part. The videos are kinder.
    let page = format!("{}/", world.pages.room(Show::Tiles(4)));
    let plain = Plain::start(world.folder.path(), &page).await?;
    let encoding = plain.encode()?;
    tokio::time::sleep(run).await;
    let made = encoding.finish().await?;
    plain.stop().await;
    Ok(made)
}
