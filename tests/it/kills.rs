//! Kills at random moments under load: the real bridge is ended with `kill -9` while many meetings
//! are held, also while it is still starting, and launched again. Then everything is drained and
//! compared with the emulator's own ledger: nothing lost, nothing doubled. The emulator is not
//! touched. The long form (`make test-long`) does the same with 200 kills.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chime_emulator::faults::{Fault, FaultKind};
use rand::{Rng, SeedableRng, rngs::StdRng};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::books::{Books, Expected, Untold, compare};
use crate::ledger::{calls, until_drained};
use crate::script::{Plan, Stage, play};
use crate::seed::seed;
use crate::world::{World, recorder, until_within};

/// Meetings held at a time.
const AT_ONCE: usize = 6;
/// Everything must have come to rest by then.
const REST: Duration = Duration::from_secs(120);
/// A fault that is ordered so often is played until it is taken away, and says how often it was.
const MANY: u32 = 1_000_000;

/// Settings that shorten waits, so that a killed bridge is not waited for by a queue or a backoff.
pub const SETTINGS: [(&str, &str); 12] = [
    ("queues.hidden_seconds", "2"),
    ("outbox.backoff_min_ms", "200"),
    ("outbox.backoff_max_ms", "1000"),
    ("outbox.max_attempts", "100"),
    ("effects.backoff_min_ms", "100"),
    ("effects.backoff_max_ms", "1000"),
    ("effects.max_attempts", "100"),
    ("meeting.recording_look_every", "1000"),
    ("meeting.stop_limit", "5000"),
    ("meeting.pieces_limit", "6000"),
    ("reconcile.every_ms", "3000"),
    ("telemetry.format", "json"),
];

#[tokio::test(flavor = "multi_thread")]
async fn killed_25_times_under_load_nothing_is_lost_and_nothing_doubled() {
    soak(25, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_25_times_while_everything_else_fails_too_nothing_is_lost_and_nothing_doubled() {
    soak(25, true).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "minutes: make test-long"]
async fn killed_200_times_under_load_nothing_is_lost_and_nothing_doubled() {
    soak(200, false).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "minutes: make test-long"]
async fn killed_200_times_while_everything_else_fails_too_nothing_is_lost_and_nothing_doubled() {
    soak(200, true).await;
}

/// The load: meetings that begin as others end.
struct Load {
    stage: Stage,
    random: StdRng,
    scripts: JoinSet<Expected>,
    begun: Arc<Mutex<BTreeSet<String>>>,
    ended: Vec<Expected>,
    stuck: Vec<String>,
}

impl Load {
    fn new(stage: Stage, random: StdRng) -> Self {
        let (scripts, begun) = (JoinSet::new(), Arc::default());
        Self { stage, random, scripts, begun, ended: vec![], stuck: vec![] }
    }

    fn top_up(&mut self) {
        while let Some(done) = self.scripts.try_join_next() {
            self.take(done);
        }
        while self.scripts.len() < AT_ONCE {
            let plan = Plan::any(&mut self.random);
            self.begin(plan);
        }
    }

    fn begin(&mut self, plan: Plan) {
        let begun = self.begun.clone();
        self.scripts.spawn(play(self.stage.clone(), plan, move |meeting| {
            begun.lock().unwrap().insert(meeting.id.clone());
        }));
    }

    fn take(&mut self, done: Result<Expected, tokio::task::JoinError>) {
        match done {
            Ok(expected) => {
                self.begun.lock().unwrap().remove(&expected.meeting.id);
                self.ended.push(expected);
            }
            Err(error) => {
                let panic = error.into_panic();
                let text = panic.downcast::<String>().map_or("?".into(), |text| *text);
                self.stuck.push(text);
            }
        }
    }

    async fn finish(&mut self) {
        while let Some(done) = self.scripts.join_next().await {
            self.take(done);
        }
    }
}

async fn soak(kills: usize, faults: bool) {
    let seed = seed();
    println!("CHIME_SEED={seed}");
    let begun = Instant::now();
    let claims = |config: &mut chime_emulator::start::Config| {
        config.recorders.insert("chime-recorder".into(), recorder(&["--claim-media"]));
    };
    let mut world = World::with(claims, &SETTINGS).await;
    if faults {
        order_faults(&world);
    }
    let mut random = StdRng::seed_from_u64(seed);
    let stage = Stage::new(&world, faults);
    let mut load = Load::new(stage.clone(), StdRng::seed_from_u64(random.random()));
    let (mut ended_alone, mut busy) = (0, 0);
    for _ in 0..kills {
        load.top_up();
        let before = calls(&world);
        moment(&world, &mut random).await;
        busy += usize::from(calls(&world) > before);
        if !world.runs() {
            ended_alone += 1;
        }
        world.kill().await;
        world.launch();
    }
    let killed = begun.elapsed().as_secs();
    load.finish().await;
    let untold = take_faults_away(&world, faults);
    // After all that: one more, with everything in it. It also shakes loose what was held back.
    let mut last = Load::new(Stage::new(&world, false), StdRng::seed_from_u64(seed));
    last.begin(Plan::story());
    last.finish().await;
    load.ended.append(&mut last.ended);
    load.stuck.append(&mut last.stuck);
    if load.stuck.is_empty() {
        until_at_rest(&world).await;
    }
    let mut books = compare(&world, &load.ended, untold).await;
    books.lost.extend(load.stuck.drain(..).map(|what| format!("a meeting hangs: {what}")));
    let kind = if faults { "with faults" } else { "without faults" };
    let took = begun.elapsed().as_secs();
    println!("kills {kills} {kind}: {books}, seed {seed}, {took} s ({killed} s of kills)");
    settle_accounts(&world, &books, ended_alone);
    tells_no_secret(&world.log(), &load.ended);
    assert!(
        busy * 4 >= kills,
        "only {busy} of {kills} lives had made a call when they were killed"
    );
}

/// A log of so much going wrong holds no key and nobody's name.
fn tells_no_secret(log: &str, held: &[Expected]) {
    let seats = || held.iter().flat_map(|one| &one.meeting.seats);
    let keys = seats().map(|seat| seat.key.as_str());
    let host_keys = seats().filter_map(|seat| seat.host_key.as_deref());
    for key in keys.chain(host_keys) {
        assert!(!log.contains(key), "a join key is in the log");
    }
    // As words: three letters may stand anywhere in an id.
    let words: BTreeSet<&str> = log.split(|c: char| !c.is_alphanumeric()).collect();
    for seat in seats() {
        assert!(!words.contains(seat.name.as_str()), "the log names {}", seat.name);
    }
    assert!(log.contains("An effect failed") || log.contains("Told to Salesforce"), "it is a log");
}

/// Nothing lost, nothing doubled, no letters, and the bridge ended only when killed.
fn settle_accounts(world: &World, books: &Books, ended_alone: usize) {
    let letters = world.letters();
    let wrong = !books.lost.is_empty() || !books.doubled.is_empty() || !letters.is_empty();
    if wrong || ended_alone > 0 {
        let kept = std::env::temp_dir().join(format!("chime-kills-{}.log", std::process::id()));
        std::fs::write(&kept, world.log()).unwrap();
        panic!(
            "lost: {:#?}\ndoubled: {:#?}\nletters: {letters:#?}\nended by itself: {ended_alone}\n\
             the bridge's log: {}",
            books.lost,
            books.doubled,
            kept.display()
        );
    }
}

/// Waits for a random moment: so many calls from now, so many milliseconds, or while it starts.
async fn moment(world: &World, random: &mut StdRng) {
    match random.random_range(0..10) {
        0 | 1 => sleep(Duration::from_millis(random.random_range(0..300))).await,
        2 | 3 => sleep(Duration::from_millis(random.random_range(300..2_000))).await,
        _ => {
            let until_calls = calls(world) + random.random_range(1..40);
            let reached = async {
                while calls(world) < until_calls {
                    sleep(Duration::from_millis(1)).await;
                }
            };
            let _ = tokio::time::timeout(Duration::from_secs(2), reached).await;
        }
    }
}

/// Nothing waits, nothing runs, every row says how it ended.
pub async fn until_at_rest(world: &World) {
    let none = [
        "SELECT Id FROM Chime_Participant_Session__c WHERE Left_At__c = null",
        "SELECT Id, Status__c FROM Chime_Recording__c WHERE Status__c != 'Available' \
         AND Status__c != 'Failed'",
    ];
    for soql in none {
        until_within(REST, soql, || async {
            let rows = world.query(soql);
            if rows.is_empty() { Ok(()) } else { Err(format!("{rows:?}")) }
        })
        .await;
    }
    until_within(REST, "no task runs", || async {
        let tasks = world.emulator.ecs.tasks();
        let running: Vec<_> = tasks.iter().filter(|t| t.status != "STOPPED").collect();
        if running.is_empty() { Ok(()) } else { Err(format!("{running:?}")) }
    })
    .await;
    for queue in [chime_emulator::start::NOTICES, chime_emulator::start::SIGNALS] {
        until_within(REST, &format!("{queue} is empty"), || async {
            match world.emulator.sqs.peek(queue).len() {
                0 => Ok(()),
                left => Err(format!("{left} are left")),
            }
        })
        .await;
    }
    until_drained(world).await;
}

/// Every service fails now and then, each in its own ways.
fn order_faults(world: &World) {
    let order = |service: &str, call: &str, kind: FaultKind, chance: f64| {
        let (service, call) = (service.into(), call.into());
        world.emulator.faults.add(Fault { service, call, kind, times: MANY, chance });
    };
    let reject = |status: u16, code: &str| FaultKind::Reject { status, code: code.into() };
    let slow = || FaultKind::Delay { ms: 300 };
    for (service, status, code) in [
        ("chime", 429, "ThrottlingException"),
        ("chime", 500, "ServiceFailureException"),
        ("ecs", 400, "ThrottlingException"),
        ("ecs", 500, "ServerException"),
        ("sqs", 503, "ServiceUnavailable"),
    ] {
        order(service, "*", reject(status, code), 0.04);
    }
    order("ecs", "RunTask", reject(200, "RESOURCE:ENI"), 0.1);
    for call in ["PutObject", "GetObject", "DeleteObject", "ListObjectsV2"] {
        order("s3", call, reject(503, "SlowDown"), 0.03);
        order("s3", call, FaultKind::LoseAnswer, 0.02);
    }
    for service in ["chime", "ecs", "sqs", "s3"] {
        order(service, "*", FaultKind::LoseAnswer, 0.03);
        order(service, "*", slow(), 0.05);
    }
    order("sqs", "SendMessage", FaultKind::Duplicate, 0.05);

    order("oauth", "token", reject(503, "unavailable"), 0.05);
    order("oauth", "token", FaultKind::LoseAnswer, 0.05);
    order("rest", "*", reject(503, "SERVER_UNAVAILABLE"), 0.04);
    order("rest", "*", FaultKind::LoseAnswer, 0.05);
    order("rest", "*", FaultKind::Expire, 0.01);
    order("rest", "*", slow(), 0.05);
    order("rest", "record", reject(400, "UNABLE_TO_LOCK_ROW"), 0.04);
    order(
        "pubsub",
        "Subscribe",
        reject(14, "sfdc.platform.eventbus.grpc.service.unavailable"),
        0.1,
    );
    order("pubsub", "stream", FaultKind::LoseAnswer, 0.02);
    order("pubsub", "event", FaultKind::Drop, 0.03);
    order("pubsub", "event", FaultKind::Duplicate, 0.05);
    order("pubsub", "event", FaultKind::Reorder, 0.05);
    order("pubsub", "event", FaultKind::Delay { ms: 500 }, 0.05);

    for call in NOTICES_DROPPED {
        order("eventbridge", call, FaultKind::Drop, 0.03);
    }
    order("eventbridge", "*", FaultKind::Duplicate, 0.05);
    order("eventbridge", "*", FaultKind::Reorder, 0.05);
    order("eventbridge", "*", FaultKind::Delay { ms: 1_500 }, 0.05);

    order("room", "signal", reject(503, "unavailable"), 0.05);
    order("room", "signal", FaultKind::LoseAnswer, 0.05);
    order("room", "signal", FaultKind::Duplicate, 0.05);
    order("room", "ticket", reject(503, "unavailable"), 0.03);
}

const NOTICES_DROPPED: [&str; 6] = [
    "chime:AttendeeJoined",
    "chime:AttendeeLeft",
    "chime:AttendeeDropped",
    "chime:MeetingEnded",
    "ECS Task State Change",
    "Object Created",
];

/// All faults end; what they made unknowable is counted. Each fault must have been played.
fn take_faults_away(world: &World, ordered: bool) -> Untold {
    let played: Vec<(Fault, u32)> = world
        .emulator
        .faults
        .list()
        .into_iter()
        .map(|fault| {
            let times = MANY - fault.times;
            (fault, times)
        })
        .collect();
    world.emulator.faults.clear();
    let all: u32 = played.iter().map(|(_, times)| times).sum();
    println!("faults played: {all}");
    for (fault, times) in &played {
        println!("  {times:>5} {} {} {:?}", fault.service, fault.call, fault.kind);
    }
    let joins = played
        .iter()
        .filter(|(f, _)| f.call == NOTICES_DROPPED[0] && f.kind == FaultKind::Drop)
        .map(|(_, times)| *times as usize)
        .sum();
    Untold { joins, others: ordered }
}
