//! `unique_fps`, `av_offset`, `av_spread`: the test card recorded through the recorder's own display,
//! sound, browser and encoder, all started anew each time, set right by their own self-test; then
//! the peer on the same display and page. Both files are judged by the same eyes and ears.

use std::path::Path;
use std::time::Duration;

use chime_bench::report::{Aim, Report, Row, median};
use chime_recorder::capture::encoder::{Encoder, Setup};
use chime_recorder::capture::quality::Quality;
use chime_recorder::record::prepare;
use chime_recorder::scratch::Scratch;
use chime_recorder::selftest;
use chime_recorder::stack::Stack;
use chime_recorder::testcard::{address, judge::Judged, judge::judge, read};

use crate::load::{Others, QUIET};
use crate::plain::Encoding;
use crate::world::World;
use crate::{Options, least, mean, most, words};

/// A page that was just opened is not judged.
const SETTLE: Duration = Duration::from_secs(4);

/// FFmpeg's own start is not judged: seconds of the file.
const BEGINS: f64 = 1.0;

/// One start: what we recorded, what the peer did, and the load meanwhile.
struct Start {
    tested: f64,
    ours: Judged,
    peer: Judged,
    load: (f64, f64),
}

/// Runs it.
pub async fn run(options: &Options, world: &World, report: &mut Report) -> anyhow::Result<()> {
    let seconds = (options.seconds / 2).max(4);
    let mut starts = Vec::new();
    for number in 1..=options.starts.max(1) {
        let start = start(world.folder.path(), seconds).await?;
        eprintln!("  start {number}: {:?}, peer {:?}", start.ours, start.peer);
        starts.push(start);
    }
    let all = |of: &dyn Fn(&Start) -> f64| starts.iter().map(of).collect::<Vec<f64>>();
    let spread = |values: &[f64]| most(values) - least(values);
    let (ours, peers) = (all(&|s| s.ours.offset_ms), all(&|s| s.peer.offset_ms));
    let (fps, peer_fps) = (all(&|s| s.ours.unique_fps), all(&|s| s.peer.unique_fps));
    let (load, peer_load) = (all(&|s| s.load.0), all(&|s| s.load.1));
    let add = |report: &mut Report, name: &'static str, value, unit, aim, peer| {
        let row = Row::new(name, value, unit, aim).beside(Some(peer));
        report.add(row.under(mean(&load)).judged_up_to(QUIET));
    };
    let (fps_now, peer_fps_now) = (median(&fps), median(&peer_fps));
    add(report, "unique_fps", fps_now, "frames/s", Aim::AtLeast(29.5), peer_fps_now);
    let (offset, peer_offset) = (mean(&ours).abs(), mean(&peers).abs());
    add(report, "av_offset", offset, "ms", Aim::AtMost(40.0), peer_offset);
    add(report, "av_spread", spread(&ours), "ms", Aim::AtMost(40.0), spread(&peers));
    let duplicates = all(&|s| s.ours.duplicates * 100.0);
    report.notes(
        "sync",
        vec![
            format!("{} starts of all programs; {seconds} s of the test card each, after {} s in which the page settles; the first second of each file, FFmpeg's start, is left out. `unique_fps` is the median, `av_offset` the mean without its sign, `av_spread` the largest minus the smallest.", starts.len(), SETTLE.as_secs()),
            format!("Sound minus picture, ms, each start: {ours:.0?}; the peer's: {peers:.0?}. What the self-test had found and set right: {:.0?}.", all(&|s| s.tested)),
            format!("Largest distance of one beep from its recording's offset, ms: {}; the peer's: {}.", words(&all(&|s| s.ours.offset_spread_ms)), words(&all(&|s| s.peer.offset_spread_ms))),
            format!("New frames a second: {}; the peer's: {}. Frames that show nothing new, %: {}. Longest time without a new frame, ms: {}.", words(&fps), words(&peer_fps), words(&duplicates), words(&all(&|s| s.ours.longest_gap_ms))),
            format!("Others' load, cores: {}; while the peer ran: {}.", words(&load), words(&peer_load)),
        ],
    );
    Ok(())
}

async fn start(folder: &Path, seconds: u64) -> anyhow::Result<Start> {
    let scratch = Scratch::make(folder)?;
    let (stack, calibration) = prepare(&scratch).await?;
    let page = stack.open(&address()).await?;
    tokio::time::sleep(SETTLE).await;

    let others = Others::since_now();
    let file = ours(&stack, &scratch, calibration, seconds).await?;
    let load = others.cores();
    let ours = judged(&file).await?;

    let others = Others::since_now();
    let encoding = Encoding::start(&scratch, &stack.display.name, &stack.sound.address)?;
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    let made = encoding.finish().await?;
    let load = (load, others.cores());
    let peer = judged(&made.file).await?;
    drop(page);
    stack.stop().await;
    Ok(Start { tested: -calibration * 1_000.0, ours, peer, load })
}

async fn ours(
    stack: &Stack,
    scratch: &Scratch,
    calibration: f64,
    seconds: u64,
) -> anyhow::Result<std::path::PathBuf> {
    let (display, quality) = (stack.display.name.as_str(), Quality::Full);
    let setup = Setup { scratch, display, quality, calibration, number: 1 };
    let mut encoder = Encoder::start(&setup, stack.reader.tap())?;
    let end = tokio::time::Instant::now() + Duration::from_secs(seconds);
    let mut made = Vec::new();
    while let Ok(Some(one)) = tokio::time::timeout_at(end, encoder.made.recv()).await {
        made.push(one);
    }
    stack.reader.untap();
    encoder.finish(true, |one| made.push(one)).await;
    let file = scratch.join("tmp/ours.mp4");
    selftest::write(&file, &made).await?;
    Ok(file)
}

async fn judged(file: &Path) -> anyhow::Result<Judged> {
    let (frames, sound) = tokio::try_join!(read::frames(file), read::sound(file))?;
    let started: Vec<_> = frames.into_iter().filter(|frame| frame.at >= BEGINS).collect();
    let judged = judge(&started, &sound);
    anyhow::ensure!(judged.frames > 0 && judged.beeps > 0, "no card or no beep in it: {judged:?}");
    Ok(judged)
}
