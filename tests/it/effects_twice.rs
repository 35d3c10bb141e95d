//! Whatever the bridge does outside it may do twice: an effect leaves the store only with its
//! outcome, so a bridge that dies in between does it again. Here each effect is executed twice
//! against the emulator; the outcomes are the same, and the other side holds one of each.

use std::collections::BTreeSet;
use std::sync::Arc;

use chime_bridge::aws::ecs::EcsSettings;
use chime_bridge::aws::launch::TaskSettings;
use chime_bridge::aws::{Aws, AwsSettings};
use chime_bridge::clock::{Clock, Millis, SharedClock, SystemClock, SystemEntropy};
use chime_bridge::config::{Config, Sources};
use chime_bridge::effects::execute::Executor;
use chime_bridge::effects::recorder::{Recorder, finisher};
use chime_bridge::effects::runner::Execute;
use chime_bridge::meeting::effect::{Effect, Outcome, Pending, TicketContent};
use chime_bridge::salesforce::auth::{AuthSettings, Authenticator, Credentials};
use chime_bridge::salesforce::http::{self, HttpSettings};
use chime_bridge::salesforce::rest::{Rest, RestSettings};
use chime_bridge::seal::{Seal, SeatSecrets};
use chime_bridge::store::{EffectRow, SqliteStore, Store};
use chime_bridge::ticket::Tickets;
use chime_contract::Secret;
use chime_contract::keys::JoinKey;
use chime_contract::recording::{self as files, Manifest, PieceNote, Verdict};
use chime_contract::ticket::{TicketMeeting, TicketPolicy, TicketRole, TicketState};
use chime_emulator::apex::gateway::{Meeting, Wish};
use chime_emulator::start::{RECORDINGS_BUCKET, ROOM_BUCKET, WORK_BUCKET};

use crate::ledger::{assert_no_task_doubled, attendees};
use crate::world::{World, guests, until};

/// The recording all effects are about.
const RECORDING: &str = "0123456789abcdef0123456789abcdef";

/// One name an effect. A new effect does not compile here until it is named, and fails below until
/// it is proven.
pub fn name(effect: &Effect) -> &'static str {
    match effect {
        Effect::CreateMeeting { .. } => "CreateMeeting",
        Effect::CreateAttendee { .. } => "CreateAttendee",
        Effect::DeleteAttendee { .. } => "DeleteAttendee",
        Effect::DeleteMeeting { .. } => "DeleteMeeting",
        Effect::LookAtMeeting { .. } => "LookAtMeeting",
        Effect::WriteTicket { .. } => "WriteTicket",
        Effect::DeleteTicket { .. } => "DeleteTicket",
        Effect::RunRecorder { .. } => "RunRecorder",
        Effect::LookAtTask { .. } => "LookAtTask",
        Effect::StopTask { .. } => "StopTask",
        Effect::DropLaunch { .. } => "DropLaunch",
        Effect::GatherPieces { .. } => "GatherPieces",
        Effect::WriteManifest { .. } => "WriteManifest",
        Effect::EraseRecording { .. } => "EraseRecording",
        Effect::PresignPlayback { .. } => "PresignPlayback",
        Effect::ReadRecord { .. } => "ReadRecord",
    }
}

/// How many there are.
const EFFECTS: usize = 16;

/// Stands still, so that what is signed twice is signed at one time.
struct Still(Millis);

impl Clock for Still {
    fn now(&self) -> Millis {
        self.0
    }
}

struct Bench {
    world: World,
    executor: Executor,
    store: Arc<SqliteStore>,
    seal: Arc<Seal>,
    meeting: Meeting,
    proven: BTreeSet<&'static str>,
}

impl Bench {
    async fn new() -> Self {
        let world = World::without_bridge(|_| {}, &[]).await;
        let file = world.dir().join("bridge.toml");
        let text = world.emulator.bridge_settings(world.dir(), world.admin());
        std::fs::write(&file, text).unwrap();
        let config = Sources { file: Some(file), ..Sources::default() }.load().unwrap();
        let meeting = world.apex.insert(&Wish::default(), &guests(&["Ada", "Ben"])).unwrap();
        let store = Arc::new(SqliteStore::open(&config.store.path).await.unwrap());
        let entropy = Arc::new(SystemEntropy);
        let seal = Seal::from_key_file(&config.store.key_file, true, entropy).unwrap();
        let seal = Arc::new(seal);
        let executor = executor(&config, store.clone(), seal.clone()).await;
        Self { world, executor, store, seal, meeting, proven: BTreeSet::new() }
    }

    /// Twice, once as for the first time and once as after a crash; the first outcome.
    async fn twice(&mut self, effect: Effect) -> Outcome {
        let first = self.once(&effect, 0).await;
        let second = self.once(&effect, 1).await;
        assert_eq!(shown(&first), shown(&second), "{}", name(&effect));
        self.proven.insert(name(&effect));
        first
    }

    async fn once(&self, effect: &Effect, attempts: u32) -> Outcome {
        let row = EffectRow {
            meeting: self.meeting.id.clone(),
            name: effect.name(),
            effect: effect.clone(),
            generation: 1,
            attempts,
            due_at: 0,
            wanted_at: self.executor.began_at + 1,
        };
        let outcome = self.executor.execute(&row).await;
        outcome.unwrap_or_else(|e| panic!("{}: {:?}", name(effect), e.failure))
    }

    async fn keep(&self, name: &str, sealed: &[u8]) {
        let mut tx = self.store.begin().await.unwrap();
        tx.put_secret(name, sealed).await.unwrap();
        tx.commit().await.unwrap();
    }
}

async fn executor(config: &Config, store: Arc<SqliteStore>, seal: Arc<Seal>) -> Executor {
    let system: SharedClock = Arc::new(SystemClock);
    let salesforce = &config.salesforce;
    let http = http::client(&HttpSettings::default()).unwrap();
    let credentials = Credentials::JwtBearer {
        client_id: salesforce.client_id.clone(),
        username: salesforce.username.clone(),
        audience: salesforce.audience.clone(),
        key_file: salesforce.key_file.clone().unwrap(),
    };
    let settings = AuthSettings::new(&salesforce.instance_url, credentials);
    let auth = Arc::new(Authenticator::new(settings, http.clone(), system.clone()).unwrap());
    let org_id = auth.session().await.unwrap().org_id.clone();
    let settings = AwsSettings {
        endpoint_url: config.aws.endpoint_url.clone(),
        emulator: true,
        ..AwsSettings::default()
    };
    let aws = Aws::connect(&settings).await.unwrap();
    let now = system.now();
    Executor {
        chime: aws.chime(&config.aws.control_region),
        objects: aws.objects(),
        rest: Rest::new(http, auth, RestSettings::default()),
        tickets: Tickets {
            store,
            seal: seal.clone(),
            entropy: Arc::new(SystemEntropy),
            org_id: org_id.clone(),
        },
        recorder: Recorder {
            ecs: aws.ecs(EcsSettings { cluster: config.aws.cluster.clone() }),
            task: TaskSettings {
                task_definition: config.aws.task_definition.clone(),
                subnets: config.aws.subnets.clone(),
                security_groups: config.aws.security_groups.clone(),
                ..TaskSettings::default()
            },
            objects: aws.objects(),
            finisher: finisher(&aws, &config.aws.work_bucket, &config.aws.recordings_bucket),
            seal,
            org_id: org_id.clone(),
            recordings_bucket: config.aws.recordings_bucket.clone(),
            work_bucket: config.aws.work_bucket.clone(),
            room_url: config.aws.room_url.clone(),
            unused_seconds: 600,
            alone_seconds: 60,
            max_seconds: 14_400,
            playback_minutes: 15,
        },
        clock: Arc::new(Still(now)),
        org_id,
        room_bucket: config.aws.room_bucket.clone(),
        began_at: now,
    }
}

/// An outcome as text, secrets and all; of an erasure only that it is done.
fn shown(outcome: &Outcome) -> String {
    let hidden = match outcome {
        Outcome::AttendeeCreated { join_token, .. } => join_token.expose().clone(),
        Outcome::PlaybackReady { links, .. } => links.expose().clone(),
        Outcome::RecordRead { secrets, .. } => {
            let secret = |(name, s): &(String, Secret<Vec<u8>>)| format!("{name} {:?}", s.expose());
            secrets.iter().map(secret).collect()
        }
        Outcome::Erased { .. } => return "Erased".into(),
        _ => String::new(),
    };
    format!("{outcome:?} {hidden}")
}

fn content(ticket: &str, meeting: &TicketMeeting, attendee: &str) -> Box<TicketContent> {
    Box::new(TicketContent {
        ticket: ticket.into(),
        revision: 1,
        state: TicketState::Open,
        subject: "Offer".into(),
        name: "Ada".into(),
        role: TicketRole::Host,
        policy: TicketPolicy::Everyone,
        recording: "None".into(),
        opens_at: None,
        reason: None,
        meeting: Some(meeting.clone()),
        attendee: Some(attendee.into()),
    })
}

fn note() -> PieceNote {
    PieceNote {
        capture: None,
        spans: vec![],
        end: None,
        v: 1,
        recording: RECORDING.into(),
        attempt: 1,
        piece: 1,
        started_at: 1_000,
        stopped_at: 5_000,
        duration_ms: 4_000,
        size_bytes: 5,
        sha256: "0".repeat(64),
        verdict: Verdict { picture: true, sound: true, length: true, remark: String::new() },
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_effect_may_be_done_twice() {
    let mut bench = Bench::new().await;
    meeting_and_seat(&mut bench).await;
    recorder(&mut bench).await;
    recording(&mut bench).await;
    record(&mut bench).await;
    assert_eq!(bench.proven.len(), EFFECTS, "proven: {:?}", bench.proven);
}

async fn meeting_and_seat(bench: &mut Bench) {
    let create = Effect::CreateMeeting { session: 1, region: "eu-central-1".into() };
    let Outcome::MeetingCreated { meeting } = bench.twice(create.clone()).await else { panic!() };
    let chime_meeting = meeting.meeting_id.clone();
    let seat = bench.meeting.seats[0].participant.clone();
    let (session, receive_only) = (1, false);
    let seated = Effect::CreateAttendee {
        session,
        receive_only,
        chime_meeting: chime_meeting.clone(),
        seat: seat.clone(),
    };
    let made = bench.twice(seated.clone()).await;
    let Outcome::AttendeeCreated { attendee, join_token } = made else { panic!() };
    assert_eq!(bench.world.chime_meetings(&bench.meeting), 1);
    assert_eq!(attendees(&bench.world, &bench.meeting).len(), 1);
    let look = Effect::LookAtMeeting { session, chime_meeting: chime_meeting.clone() };
    assert!(matches!(bench.twice(look.clone()).await, Outcome::MeetingSeen));

    let (key, host) = (&bench.meeting.seats[0].key, &bench.meeting.seats[0].host_key);
    let host = host.as_ref().map(|key| JoinKey::parse(key).unwrap());
    let key = JoinKey::parse(key).unwrap();
    let secrets = SeatSecrets::derive(&key, host.as_ref(), &bench.executor.org_id);
    let sealed = bench.seal.seal_seat(&seat, &secrets).unwrap();
    bench.keep(&SeatSecrets::name(&seat, &secrets.ticket), &sealed).await;
    let token = format!("attendee:{attendee}");
    let sealed = bench.seal.seal(join_token.expose().as_bytes(), &token).unwrap();
    bench.keep(&token, &sealed).await;
    let ticket = secrets.ticket.clone();
    let content = content(&ticket, &meeting, &attendee);
    bench.twice(Effect::WriteTicket { seat: seat.clone(), content }).await;
    assert_eq!(bench.world.emulator.s3.list(ROOM_BUCKET, "tickets/").len(), 1);
    bench.twice(Effect::DeleteTicket { seat, ticket }).await;
    assert_eq!(bench.world.emulator.s3.list(ROOM_BUCKET, "tickets/").len(), 0);

    let gone = Effect::DeleteAttendee { chime_meeting: chime_meeting.clone(), attendee };
    bench.twice(gone).await;
    assert!(attendees(&bench.world, &bench.meeting)[0].deleted);
    bench.twice(Effect::DeleteMeeting { chime_meeting }).await;
    assert!(bench.world.emulator.chime.ledger().meetings[0].ended_at.is_some());
    assert!(matches!(bench.twice(look).await, Outcome::MeetingGone));
    assert!(matches!(bench.twice(seated).await, Outcome::MeetingGone));
    // Done again after the meeting has ended, the old token does not bring it back.
    assert!(matches!(bench.once(&create, 1).await, Outcome::MeetingGone));
    assert_eq!(bench.world.chime_meetings(&bench.meeting), 1);
}

async fn recorder(bench: &mut Bench) {
    let recording = RECORDING.to_string();
    let run = Effect::RunRecorder { recording: recording.clone(), attempt: 1 };
    let Outcome::TaskStarted { arn } = bench.twice(run).await else { panic!() };
    assert_eq!(bench.world.emulator.ecs.tasks().len(), 1);
    assert_no_task_doubled(&bench.world);
    let look = Effect::LookAtTask { recording: recording.clone(), attempt: 1, arn: arn.clone() };
    bench.twice(look).await;
    bench.twice(Effect::StopTask { arn, reason: "enough".into() }).await;
    until("the task has stopped", || async {
        let tasks = bench.world.emulator.ecs.tasks();
        if tasks[0].status == "STOPPED" { Ok(()) } else { Err(format!("{tasks:?}")) }
    })
    .await;
    assert_eq!(bench.world.emulator.s3.list(WORK_BUCKET, "launch/").len(), 1);
    bench.twice(Effect::DropLaunch { recording, attempt: 1 }).await;
    assert_eq!(bench.world.emulator.s3.list(WORK_BUCKET, "launch/").len(), 0);
}

async fn recording(bench: &mut Bench) {
    let (recording, meeting) = (RECORDING.to_string(), bench.meeting.id.clone());
    let s3 = bench.world.emulator.s3.clone();
    let media = files::piece_key(&meeting, &recording, 1, 1);
    assert!(s3.put(RECORDINGS_BUCKET, &media, "media"));
    let noted = serde_json::to_vec(&note()).unwrap();
    assert!(s3.put(RECORDINGS_BUCKET, &files::note_key(&meeting, &recording, 1, 1), noted));
    let gather = Effect::GatherPieces { recording: recording.clone(), gone: vec![] };
    let Outcome::PiecesFound { pieces, .. } = bench.twice(gather.clone()).await else { panic!() };
    assert_eq!(pieces, [note()]);
    let manifest = Box::new(Manifest::of(&meeting, &recording, pieces));
    bench.twice(Effect::WriteManifest { manifest }).await;
    let Outcome::PiecesFound { pieces, .. } = bench.twice(gather).await else { panic!() };
    assert_eq!(pieces.len(), 1, "the manifest is no piece");

    let keys = vec![media];
    let link = bench.twice(Effect::PresignPlayback { recording: recording.clone(), keys }).await;
    let Outcome::PlaybackReady { links, .. } = link else { panic!() };
    let http = http::client(&HttpSettings::default()).unwrap();
    let answer = http.get(links.expose()).send().await.unwrap();
    assert_eq!(answer.text().await.unwrap(), "media");

    let arns = bench.world.emulator.ecs.tasks().into_iter().map(|task| task.arn).collect();
    bench.twice(Effect::EraseRecording { recording: recording.clone(), arns }).await;
    let left = s3.versions(RECORDINGS_BUCKET, "recordings/");
    assert!(left.is_empty(), "{left:?}");
    let stones = s3.list(WORK_BUCKET, &files::journal_prefix(&recording));
    assert_eq!(stones.len(), 1, "the stone that keeps it erased");
}

async fn record(bench: &mut Bench) {
    let read = bench.twice(Effect::ReadRecord { then: Pending::Know }).await;
    let Outcome::RecordRead { record: Some(record), secrets } = read else { panic!() };
    assert_eq!((record.seats.len(), secrets.len()), (2, 2));
}
