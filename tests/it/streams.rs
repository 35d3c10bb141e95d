//! Random streams through the whole bridge: what people and admins do is drawn from a seed, many
//! meetings at a time, under bad weather (`weather`). When all is drained the records must say what
//! the model says (`truth`). `CHIME_SEED` runs the streams of another seed; their deeds and the
//! weather's kinds are the same again, the machine's own timing is not.

use std::collections::BTreeSet;
use std::time::Duration;

use chime_emulator::apex::gateway::{Gateway, Guest, Meeting, Wish, random_key, seats_json};
use chime_emulator::aws::eventbridge::Fate;
use chime_emulator::people::Person;
use chime_emulator::start::{Config, NOTICES, SIGNALS};
use futures::future::join_all;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::json;

use crate::ledger::until_drained;
use crate::truth::{Deed, Done, Way};
use crate::verdict;
use crate::weather::Weather;
use crate::world::{World, guests, recorder, text, until};

/// Rounds of a stream; between two of them everything that was done is heard.
const ROUNDS: usize = 4;
/// Deeds in a round.
const DEEDS: usize = 3;

const QUICK: &[(&str, &str)] = &[
    ("effects.backoff_min_ms", "100"),
    ("meeting.pieces_limit", "2000"),
    ("meeting.recording_look_every", "1000"),
    ("meeting.session_spacing", "500"),
    ("meeting.signals_per_minute", "1000"),
    ("meeting.stop_limit", "5000"),
    ("outbox.backoff_min_ms", "100"),
    ("outbox.backoff_max_ms", "1000"),
    ("queues.hidden_seconds", "1"),
    ("reconcile.every_ms", "3000"),
];

/// The seed of the short form, unless `CHIME_SEED` names another.
const SEED: u64 = 20_261_123;

fn seed() -> u64 {
    let given = std::env::var_os("CHIME_SEED").map(|text| text.to_string_lossy().into_owned());
    given.map_or(SEED, |text| text.parse().expect("CHIME_SEED is a number"))
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_random_streams_end_in_the_records_the_model_says() {
    streams(seed(), 20).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "long: `make test-long`"]
async fn hundreds_of_random_streams_end_in_the_records_the_model_says() {
    for world in 0..15 {
        streams(seed() + 1 + world, 20).await;
    }
}

/// One meeting, the people around it, and what was done so far.
pub struct Stream {
    /// The meeting.
    pub meeting: Meeting,
    /// Announced first.
    pub scheduled: bool,
    /// Under *everyone agrees*.
    pub everyone: bool,
    /// Records by itself.
    pub auto: bool,
    /// In order.
    pub deeds: Vec<Done>,
    /// Keys of recordings that were erased.
    pub erased: BTreeSet<String>,
    wish: Wish,
    guests: Vec<Guest>,
    people: Vec<Person>,
    apex: Gateway,
    random: StdRng,
}

impl Stream {
    fn begin(world: &World, seed: u64) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let scheduled = random.random_bool(0.25);
        let everyone = random.random_bool(0.5);
        let auto = random.random_bool(0.15);
        let soon = world.emulator.clock.now() + 5 * 60_000;
        let wish = Wish {
            subject: "Offer".into(),
            policy: if everyone { "Everyone agrees" } else { "Notice" }.into(),
            auto_record: auto,
            scheduled_start: scheduled.then_some(soon),
            scheduled_end: scheduled.then_some(soon + 3_600_000),
        };
        let guests = guests(&["Ada", "Ben", "Cem"]);
        let meeting = world.apex.start(&wish, &guests).unwrap();
        let people = (0..guests.len()).map(|seat| world.person(&meeting, seat)).collect();
        let apex = world.apex.clone();
        let (deeds, erased) = (vec![], BTreeSet::new());
        Self {
            meeting,
            scheduled,
            everyone,
            auto,
            deeds,
            erased,
            wish,
            guests,
            people,
            apex,
            random,
        }
    }

    /// Does some deeds, with short pauses.
    async fn round(&mut self, round: usize) {
        for _ in 0..DEEDS {
            self.deed(round).await;
            let pause = self.random.random_range(0..300);
            tokio::time::sleep(Duration::from_millis(pause)).await;
        }
    }

    async fn deed(&mut self, round: usize) {
        let who = self.random.random_range(0..self.people.len());
        let by_command = self.random.random_bool(0.5);
        match self.random.random_range(0..100) {
            0..28 => self.people[who].join(),
            28..38 => drop(self.people[who].leave().await),
            38..48 => drop(self.people[who].drop_out()),
            48..56 => self.people[who].come_back(),
            56..68 => self.consent(round, who).await,
            68..75 => self.record(round, by_command).await,
            75..78 => self.stop(by_command).await,
            78..84 => self.remove(round, who.max(1), by_command).await,
            84..90 => self.invite(round, who.max(1)),
            90..94 => self.start_again(round),
            94..98 => self.end(round, by_command).await,
            _ => {
                self.command("CANCEL_MEETING", None);
                self.did(round, Way::Command, Deed::Cancel);
            }
        }
    }

    fn did(&mut self, round: usize, way: Way, deed: Deed) {
        self.deeds.push(Done { round, way, deed });
    }

    fn command(&self, action: &str, target: Option<&str>) {
        self.apex.command(action, &self.meeting.id, target, None).unwrap();
    }

    fn seat(&self, who: usize) -> String {
        self.meeting.seats[who].participant.clone()
    }

    async fn consent(&mut self, round: usize, who: usize) {
        let given = self.random.random_bool(0.8);
        // Two words of one seat at one millisecond would be a tie.
        tokio::time::sleep(Duration::from_millis(2)).await;
        if self.people[who].consent(given).await.is_ok() {
            self.did(round, Way::Signal, Deed::Consent(self.seat(who), given));
        }
    }

    async fn record(&mut self, round: usize, by_command: bool) {
        if by_command {
            self.command("START_RECORDING", None);
            self.did(round, Way::Command, Deed::Record);
        } else if self.people[0].record().await.is_ok() {
            self.did(round, Way::Signal, Deed::Record);
        }
    }

    async fn stop(&mut self, by_command: bool) {
        if by_command {
            self.command("STOP_RECORDING", None);
        } else {
            let _ = self.people[0].stop_recording().await;
        }
    }

    /// Anybody but the host, whose signals would be heard no more.
    async fn remove(&mut self, round: usize, who: usize, by_command: bool) {
        let seat = self.seat(who);
        if by_command {
            self.command("REMOVE_PARTICIPANT", Some(&seat));
            self.did(round, Way::Command, Deed::Remove(seat));
        } else if self.people[0].remove(&seat).await.is_ok() {
            self.did(round, Way::Signal, Deed::Remove(seat));
        }
    }

    /// Somebody who is invited already, or was removed: by a new key, or the first one once more.
    fn invite(&mut self, round: usize, who: usize) {
        let mut seat = self.meeting.seats[who].clone();
        let anew = self.random.random_bool(0.5);
        if anew {
            seat.key = random_key();
        }
        let payload = json!({ "seats": seats_json(&self.guests[who..=who], &[seat]) });
        self.apex.command("INVITE_PARTICIPANT", &self.meeting.id, None, Some(&payload)).unwrap();
        let deed = if anew { Deed::Invite } else { Deed::InviteRepeat };
        self.did(round, Way::Command, deed(self.seat(who)));
    }

    /// A second click, or the announced meeting is begun, or announced again.
    fn start_again(&mut self, round: usize) {
        let (action, deed) = match self.scheduled && self.random.random_bool(0.5) {
            true => ("SCHEDULE_MEETING", Deed::Announce),
            false => ("START_MEETING", Deed::Start),
        };
        let payload = self.apex.payload(&self.wish, &self.guests, &self.meeting);
        self.apex.command(action, &self.meeting.id, None, Some(&payload)).unwrap();
        self.did(round, Way::Command, deed);
    }

    /// Some of what was recorded is erased.
    fn erase(&mut self, world: &World) {
        let soql = format!(
            "SELECT Recording_Key__c FROM Chime_Recording__c WHERE Meeting__c = '{}' \
             AND Status__c = 'Available'",
            self.meeting.id
        );
        for row in world.query(&soql) {
            if self.random.random_bool(0.4) {
                let key = text(&row["Recording_Key__c"]);
                self.command("ERASE_RECORDING", Some(&key));
                self.erased.insert(key);
            }
        }
    }

    async fn end(&mut self, round: usize, by_command: bool) {
        if by_command {
            self.command("END_MEETING", None);
            self.did(round, Way::Command, Deed::End);
        } else if self.people[0].end().await.is_ok() {
            self.did(round, Way::Signal, Deed::End);
        }
    }
}

async fn streams(seed: u64, count: u64) {
    eprintln!("CHIME_SEED={seed}");
    let quick = |config: &mut Config| {
        config.chime.silent_ms = 3_000;
        config.recorders.insert("chime-recorder".into(), recorder(&["--claim-media"]));
    };
    let mut world = World::with(quick, QUICK).await;
    let began = tokio::time::Instant::now();
    let stage = |what: &str| eprintln!("{what} after {:?}", began.elapsed());
    let mut weather = Weather::new(seed);
    let mut streams: Vec<Stream> =
        (0..count).map(|n| Stream::begin(&world, seed.wrapping_mul(1_000) + n)).collect();
    // A signal of a seat the bridge was not told of is kept for a while only (`signals` has it).
    until_heard(&world).await;
    stage("all are known");
    let mut rounds = vec![world.emulator.clock.now()];
    for round in 0..ROUNDS {
        {
            let mut acts = join_all(streams.iter_mut().map(|stream| stream.round(round)));
            loop {
                tokio::select! {
                    _ = &mut acts => break,
                    () = weather.moment(&world) => weather.strike(&mut world).await,
                }
            }
        }
        weather.kill(&mut world).await;
        // What people do from now on may or may not be heard before the next round.
        rounds.push(world.emulator.clock.now());
        until_heard(&world).await;
        stage("a round was heard");
    }
    for stream in &mut streams {
        stream.end(ROUNDS, true).await;
    }
    weather.kill(&mut world).await;
    for stream in &mut streams {
        until_rests(&world, stream).await;
        stream.erase(&world);
    }
    stage("all rest");
    weather.kill(&mut world).await;
    for stream in &streams {
        until_rests(&world, stream).await;
    }
    world.emulator.faults.clear();
    until_heard(&world).await;
    until_drained(&world).await;
    stage(&format!("{count} streams were drained, with {} kills,", weather.kills()));
    let differences = verdict::differences(&world, &streams, &rounds);
    assert!(
        differences.is_empty(),
        "CHIME_SEED={seed}: {} differences\n{}",
        differences.len(),
        differences.join("\n")
    );
}

/// Waits until everything that was said before is heard: every notice is delivered or lost for
/// good, the queues are empty, and a command given now has been carried out.
async fn until_heard(world: &World) {
    // One more notice, which is nobody's, sets those free that wait for the next.
    let nobody = json!({ "eventType": "chime:Nothing", "timestamp": 0, "meetingId": "none" });
    world.emulator.eventbridge.put("aws.chime", "Chime Meeting State Change", nobody);
    until("every notice has its fate", || async {
        let ledger = world.emulator.eventbridge.ledger();
        match ledger.iter().filter(|entry| entry.fate == Fate::Waiting).count() {
            0 => Ok(()),
            waiting => Err(format!("{waiting} are on their way")),
        }
    })
    .await;
    for queue in [NOTICES, SIGNALS] {
        let now = world.emulator.clock.now();
        until(&format!("{queue} is heard up to now"), || async {
            let left = world.emulator.sqs.peek(queue);
            match left.iter().filter(|message| message.sent <= now).count() {
                0 => Ok(()),
                old => Err(format!("{old} messages are older; {}", world.trouble())),
            }
        })
        .await;
    }
    // Commands are carried out in order.
    let last = world.click(Wish::default(), &["Zoe"]);
    world.until_status(&last, "Open").await;
    world.apex.command("END_MEETING", &last.id, None, None).unwrap();
    world.until_status(&last, "Ended").await;
}

/// Waits until the meeting is over and its recordings have come to rest.
async fn until_rests(world: &World, stream: &Stream) {
    let (meeting, erased) = (&stream.meeting, &stream.erased);
    until("a stream comes to rest", || async {
        let status = world.field("Chime_Meeting__c", &meeting.id, "Status__c");
        if !["Ended", "Cancelled", "Failed"].contains(&status.as_str()) {
            return Err(format!("{} is {status}", meeting.id));
        }
        let soql = format!(
            "SELECT Status__c, Recording_Key__c, Failure_Reason__c \
             FROM Chime_Recording__c WHERE Meeting__c = '{}'",
            meeting.id
        );
        let rows = world.query(&soql);
        let rests = |row: &serde_json::Value| match text(&row["Status__c"]).as_str() {
            "Erased" => true,
            "Available" | "Failed" => !erased.contains(&text(&row["Recording_Key__c"])),
            _ => false,
        };
        if rows.iter().all(rests) { Ok(()) } else { Err(format!("{}: {rows:?}", meeting.id)) }
    })
    .await;
}
