//! From the start event to the ticket: 20 meetings a second are started as a click would, and each
//! host's page asks for its ticket until it opens and names the Chime meeting. What is timed is the
//! whole way: event, decode, commit, Chime meeting, commit, attendee, commit, sealed ticket in S3,
//! read over HTTP and opened with the join key.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use chime_contract::keys::JoinKey;
use chime_contract::ticket::{SealedTicket, TicketState, object_key, open};
use chime_emulator::apex::gateway::{Meeting, Wish};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::Options;
use crate::world::World;
use chime_bench::report::{Aim, Report, median, quantile};

/// Time between two starts.
pub const BEAT: Duration = Duration::from_millis(50);
/// Time between two looks at a ticket.
const LOOK: Duration = Duration::from_millis(1);

/// Runs it.
pub async fn run(options: &Options, report: &mut Report) -> anyhow::Result<()> {
    let mut world = World::new(&options.repository, |_| {}).await?;
    world.start().await?;
    let world = Arc::new(world);
    let http = reqwest::Client::builder().no_proxy().build()?;
    for _ in 0..5 {
        opened(world.clone(), http.clone()).await?; // connections are made, caches are filled
    }
    let rounds = options.rounds.max(1);
    let meetings = options.seconds * 20 / rounds as u64;
    let (mut halves, mut nearly_all, mut longest) = (Vec::new(), Vec::new(), 0.0);
    for round in 1..=rounds {
        let times = times(&world, &http, meetings).await?;
        let (p50, p99) = (median(&times), quantile(&times, 0.99));
        eprintln!("  round {round}: p50 {p50:.1} ms, p99 {p99:.1} ms");
        halves.push(p50);
        nearly_all.push(p99);
        longest = times.into_iter().fold(longest, f64::max);
    }
    report.row("start_to_ticket_p50", median(&halves), "ms", Aim::AtMost(15.0));
    report.row("start_to_ticket_p99", median(&nearly_all), "ms", Aim::AtMost(60.0));
    report.notes(
        "start_to_ticket",
        vec![
            format!("{meetings} meetings of two in each of {rounds} rounds, one each 50 ms; the median of the rounds counts. p50 of each: {halves:.1?} ms, p99 of each: {nearly_all:.1?} ms."),
            "From the moment before the event is published until the host's page has read and opened a ticket that names the Chime meeting, over HTTP, looking again each millisecond.".into(),
            format!("Longest of all: {longest:.0} ms. The emulator, the pages and the bridge share the machine."),
        ],
    );
    Ok(())
}

/// The times of so many meetings, one each beat.
async fn times(
    world: &Arc<World>,
    http: &reqwest::Client,
    meetings: u64,
) -> anyhow::Result<Vec<f64>> {
    let mut starts = JoinSet::new();
    let mut beat = interval(BEAT);
    beat.set_missed_tick_behavior(MissedTickBehavior::Burst);
    for _ in 0..meetings {
        beat.tick().await;
        starts.spawn(opened(world.clone(), http.clone()));
    }
    let mut times = Vec::new();
    while let Some(time) = starts.join_next().await {
        times.push(time??);
    }
    Ok(times)
}

/// Starts a meeting; milliseconds until its host's ticket is open.
async fn opened(world: Arc<World>, http: reqwest::Client) -> anyhow::Result<f64> {
    let wish = Wish { subject: "Bench".into(), policy: "Notice".into(), ..Wish::default() };
    let guests = world.two();
    let meeting = world.apex.insert(&wish, &guests)?;
    let payload = world.apex.payload(&wish, &guests, &meeting);
    let begun = Instant::now();
    world.apex.command("START_MEETING", &meeting.id, None, Some(&payload))?;
    until_open(&world, &http, &meeting, begun).await
}

async fn until_open(
    world: &World,
    http: &reqwest::Client,
    meeting: &Meeting,
    begun: Instant,
) -> anyhow::Result<f64> {
    let key = meeting.seats.first().context("a meeting has a host")?.key.as_str();
    let keys = JoinKey::parse(key)?.seat(&world.emulator.org.config.org_id);
    let url = format!("http://{}/{}", world.emulator.addresses.room, object_key(&keys.ticket));
    loop {
        let answer = http.get(&url).send().await?;
        if answer.status().is_success() {
            let sealed: SealedTicket = answer.json().await?;
            if open(&sealed, &keys)?.state == TicketState::Open {
                return Ok(begun.elapsed().as_secs_f64() * 1_000.0);
            }
        }
        if begun.elapsed() > Duration::from_secs(60) {
            bail!("the ticket of {} was not open after 60 s", meeting.id);
        }
        tokio::time::sleep(LOOK).await;
    }
}
