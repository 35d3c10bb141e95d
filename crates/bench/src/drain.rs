//! `drain_vs_node`: a backlog of change events, drained by the bridge (decode, dedupe, durable
//! commit) and read by Salesforce's Node client, which only decodes. Both take the same stream from
//! the same emulator in turn, some rounds; the ratio is of the medians.
//!
//! Both are timed alike: from the first event the emulator hands out until the last one is taken —
//! by the bridge's count of committed facts, by the client's own "last event".

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, bail};
use chime_bridge::store::{SqliteStore, Store};
use chime_emulator::org::bus::Bus;
use chime_emulator::start::{BRIDGE, CLIENT_ID};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;
use tokio::time::Instant;

use crate::Options;
use crate::stream;
use crate::world::{World, until};
use chime_bench::report::{Aim, Report, median};

const TOPIC: &str = "/data/Chime_Bridge__chn";
/// Meetings the events are about.
const MEETINGS: usize = 250;

/// Runs it.
pub async fn run(options: &Options, report: &mut Report) -> anyhow::Result<()> {
    let node_dir = options.node_dir.as_deref().context(
        "drain compares with a Node client: give --node-dir (config/dev/need.sh foreign names it)",
    )?;
    let mut world = World::new(&options.repository, |config| {
        config.channel_filters = false;
        // The Node client makes a number of a replay id.
        config.bus.replay_id_bytes = 8;
    })
    .await?;
    let meetings = known(&mut world).await?;
    let kept = keep(&world.dir())?;
    // The bridge stores a position when it has seen an event behind it, since several may share one
    // replay id. The last event is there for that alone.
    stream::publish(&world, &meetings, 0..options.events);
    let idle = stream::without_effect(options.events);
    stream::publish(&world, &meetings, idle..idle + 1);
    world.emulator.bus.encode_all();
    let last = world.emulator.bus.end() - 1;

    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 1..=options.rounds.max(1) {
        restore(&kept, &world.dir())?;
        let bridge = by_bridge(&mut world, options.events, last).await?;
        worked(&world, &meetings, options.events).await?;
        let node = by_node(&world, options, node_dir).await?;
        ours.push(bridge);
        theirs.push(node);
        eprintln!("  round {round}: bridge {bridge:.0} events/s, Node {node:.0} events/s");
    }
    let (bridge, node) = (median(&ours), median(&theirs));
    report.row_beside("drain_vs_node", bridge / node, "x", Aim::AtLeast(2.0), Some(1.0));
    let events = options.events;
    report.notes(
        "drain_vs_node",
        vec![
            format!("{events} change events of 12 fields about {MEETINGS} open meetings, 1 in {} with a new subject for the tickets, the others known and without effect.", stream::WORK_EVERY),
            format!("The bridge, decoding, checking each event against those seen, and committing: {bridge:.0} events/s (median of {} rounds: {ours:.0?}).", ours.len()),
            format!("Node client `salesforce-pubsub-api-client`, decoding alone: {node:.0} events/s ({theirs:.0?}). It reads as many events, from the oldest on."),
            "One after the other on the same emulator, whose own work is in both; between the rounds the bridge's store is put back to where it was.".into(),
        ],
    );
    Ok(())
}

/// Meetings the bridge has open; then the bridge is stopped.
async fn known(world: &mut World) -> anyhow::Result<Vec<String>> {
    world.start().await?;
    let mut ids = Vec::new();
    for _ in 0..MEETINGS {
        ids.push(world.click()?.id);
    }
    let open = || ids.iter().all(|id| world.told(id, "Status__c") == "Open");
    until("all meetings are open", Duration::from_millis(100), open).await?;
    world.drained().await?;
    world.stop().await?;
    Ok(ids)
}

/// The store's files, read.
fn keep(dir: &Path) -> anyhow::Result<Vec<(PathBuf, Vec<u8>)>> {
    stored(dir)?.into_iter().map(|path| Ok((path.clone(), std::fs::read(path)?))).collect()
}

fn restore(kept: &[(PathBuf, Vec<u8>)], dir: &Path) -> anyhow::Result<()> {
    for path in stored(dir)? {
        std::fs::remove_file(path)?;
    }
    for (path, bytes) in kept {
        std::fs::write(path, bytes)?;
    }
    Ok(())
}

fn stored(dir: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let files = std::fs::read_dir(dir)?.map(|entry| Ok(entry?.path()));
    let of_store = |path: &PathBuf| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("bridge.db"))
    };
    let all: anyhow::Result<Vec<PathBuf>> = files.collect();
    Ok(all?.into_iter().filter(of_store).collect())
}

async fn by_bridge(world: &mut World, events: usize, last: u64) -> anyhow::Result<f64> {
    let bus = world.emulator.bus.clone();
    let first = first_delivery(bus.clone());
    let ended = durable(world.store_path(), last, bus);
    let (started, begun, ended) = tokio::join!(world.start(), first, ended);
    started?;
    let spent = ended? - begun?;
    world.stop().await?;
    Ok(events as f64 / spent.as_secs_f64())
}

/// When the bus hands out the next event.
async fn first_delivery(bus: Bus) -> anyhow::Result<Instant> {
    let told = || bus.deliveries().iter().map(|told| told.events).sum::<u64>();
    let before = told();
    until("events are handed out", Duration::from_millis(1), || told() > before).await?;
    Ok(Instant::now())
}

/// When a position behind all these events is in the store: they are, too, then.
async fn durable(path: PathBuf, events: u64, bus: Bus) -> anyhow::Result<Instant> {
    let begun = Instant::now();
    let store = SqliteStore::open_beside(&path).await?;
    loop {
        let position = store.position(TOPIC).await?.unwrap_or_default();
        if bus.place(&position).is_some_and(|place| place >= events) {
            break;
        }
        if begun.elapsed() > Duration::from_secs(300) {
            bail!("the bridge has not drained the stream in 300 s");
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let ended = Instant::now();
    store.close().await;
    Ok(ended)
}

/// The events that cause work have done it: each meeting has its last subject.
async fn worked(world: &World, meetings: &[String], events: usize) -> anyhow::Result<()> {
    let store = SqliteStore::open_beside(&world.store_path()).await?;
    for (id, subject) in stream::subjects(meetings, events) {
        let known = store.meeting(id).await?.context("the store has lost a meeting")?;
        if known.subject != subject {
            bail!("{id} is called {:?} after all events, not {subject:?}", known.subject);
        }
    }
    store.close().await;
    Ok(())
}

async fn by_node(world: &World, options: &Options, node_dir: &Path) -> anyhow::Result<f64> {
    let data = world.emulator.data_dir.display().to_string();
    let first = first_delivery(world.emulator.bus.clone());
    let client = async {
        let mut client = Command::new(&options.node)
            .arg(options.repository.join("crates/bench/node/drain.mjs"))
            .arg(TOPIC)
            .arg(options.events.to_string())
            .env("LOGIN_URL", format!("http://{}", world.emulator.addresses.org))
            .env("CLIENT_ID", CLIENT_ID)
            .env("USER_NAME", BRIDGE)
            .env("KEY_FILE", format!("{data}/bridge-key.pem"))
            .env("PUBSUB", format!("localhost:{}", world.emulator.addresses.pubsub.port()))
            .env("CHIME_TEST_NODE_DIR", node_dir)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("node cannot be started")?;
        let out = client.stdout.take().context("node has no standard output")?;
        let said = BufReader::new(out).lines().next_line().await?;
        let ended = Instant::now();
        if said.as_deref() != Some("done") {
            bail!("the Node client did not read all events; it said {said:?}");
        }
        client.wait().await?;
        anyhow::Ok(ended)
    };
    let (begun, ended) = tokio::try_join!(first, client)?;
    Ok(options.events as f64 / (ended - begun).as_secs_f64())
}
