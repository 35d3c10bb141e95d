//! A meeting in the emulator, a recorder's orders, and the recorder as a process of its own.
//! Recorders need the machine to themselves: a test that starts one holds [`quiet`] meanwhile.

use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::LazyLock;
use std::time::Duration;

use aws_sdk_chimesdkmeetings as chime_sdk;
use chime_contract::Secret;
use chime_contract::keys::JoinKey;
use chime_contract::recording::{
    self, LaunchFile, PieceNote, RecorderEnvironment, launch_key, note_key, piece_key,
};
use chime_contract::ticket::{
    MediaPlacement, Ticket, TicketAttendee, TicketMeeting, TicketPolicy, TicketRole, TicketState,
    object_key, seal,
};
use chime_emulator::aws::chime::Connection;
use chime_emulator::aws::objects::Objects;
use chime_emulator::start::{Config, Emulator, Ports, RECORDINGS_BUCKET, ROOM_BUCKET, WORK_BUCKET};
use chime_recorder::storage::S3Settings;
use chime_sdk::config::{BehaviorVersion, Credentials, Region};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};

/// Meeting record id of all these tests.
pub const MEETING: &str = "a015e00000AbCdEAAV";
/// Recording key of all these tests.
pub const RECORDING: &str = "973d5cd4d1c9a99d1e00481a952b1f36";

static QUIET: LazyLock<tokio::sync::Mutex<()>> = LazyLock::new(Default::default);

/// One recorder at a time.
pub async fn quiet() -> tokio::sync::MutexGuard<'static, ()> {
    QUIET.lock().await
}

/// The emulator with one meeting.
pub struct World {
    pub emulator: Emulator,
    pub folder: tempfile::TempDir,
    pub launch: LaunchFile,
    chime: chime_sdk::Client,
    key: JoinKey,
    place: Option<(TicketMeeting, TicketAttendee)>,
    revision: u64,
}

impl World {
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = Config {
            ports: Ports::any(),
            data_dir: folder.path().join("emulator"),
            metadata_dir: std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../force-app"),
            ..Config::default()
        };
        let org_id = config.org_id.clone();
        let emulator = Emulator::start(config).await.unwrap();
        let credentials = Credentials::new("anybody", "emulator", None, None, "test");
        let chime = chime_sdk::Client::from_conf(
            chime_sdk::Config::builder()
                .behavior_version(BehaviorVersion::latest())
                .region(Region::new("eu-central-1"))
                .credentials_provider(credentials)
                .endpoint_url(format!("http://{}", emulator.addresses.aws))
                .build(),
        );
        let key = JoinKey::from_bytes([7; 32]);
        let launch = LaunchFile {
            v: 1,
            meeting: MEETING.into(),
            recording: RECORDING.into(),
            attempt: 1,
            org_id,
            room_url: format!("http://{}", emulator.addresses.room),
            join_key: Secret::new(key.to_text().expose().clone()),
            unused_seconds: 60,
            alone_seconds: 60,
            max_seconds: 3_600,
        };
        Self { emulator, folder, launch, chime, key, place: None, revision: 0 }
    }

    /// A world with a meeting that the ticket opens to.
    pub async fn open() -> Self {
        let mut world = Self::start().await;
        world.meet("one").await;
        world.ticket(TicketState::Open);
        world
    }

    /// Makes a Chime meeting and the recorder's attendee in it.
    pub async fn meet(&mut self, token: &str) {
        let made = self.chime.create_meeting().client_request_token(token);
        let made = made.media_region("eu-central-1").external_meeting_id(MEETING).send().await;
        let id = made.unwrap().meeting().unwrap().meeting_id().unwrap().to_string();
        let seat = recording::seat(RECORDING, self.launch.attempt);
        let (attendee_id, token) = self.attendee(&id, &seat).await;
        let nowhere = || String::from("wss://nowhere");
        let meeting = TicketMeeting {
            meeting_id: id,
            external_meeting_id: MEETING.into(),
            media_region: "eu-central-1".into(),
            media_placement: MediaPlacement {
                audio_host_url: nowhere(),
                audio_fallback_url: nowhere(),
                signaling_url: nowhere(),
                event_ingestion_url: None,
            },
        };
        let join_token = Secret::new(token);
        let attendee = TicketAttendee { attendee_id, external_user_id: seat, join_token };
        self.place = Some((meeting, attendee));
    }

    /// Ends the Chime meeting.
    pub async fn unmeet(&self) {
        let meeting = &self.place.as_ref().unwrap().0.meeting_id;
        self.chime.delete_meeting().meeting_id(meeting).send().await.unwrap();
    }

    async fn attendee(&self, meeting: &str, user: &str) -> (String, String) {
        let made = self.chime.create_attendee().meeting_id(meeting).external_user_id(user);
        let made = made.send().await.unwrap();
        let made = made.attendee().unwrap();
        (made.attendee_id().unwrap().into(), made.join_token().unwrap().into())
    }

    /// Somebody joins the meeting.
    pub async fn person(&self, seat: &str) -> Connection {
        let meeting = self.place.as_ref().unwrap().0.meeting_id.clone();
        let (id, token) = self.attendee(&meeting, seat).await;
        self.emulator.chime.join(&meeting, &id, &token).unwrap()
    }

    /// Writes the recorder's ticket.
    pub fn ticket(&mut self, state: TicketState) {
        self.revision += 1;
        let place = self.place.clone().filter(|_| state == TicketState::Open);
        let (meeting, attendee) = place.unzip();
        let ticket = Ticket {
            revision: self.revision,
            state,
            seat: recording::seat(RECORDING, self.launch.attempt),
            subject: "Talk".into(),
            name: "Recorder".into(),
            role: TicketRole::Recorder,
            policy: TicketPolicy::Notice,
            recording: "Recording".into(),
            opens_at: None,
            reason: None,
            meeting,
            attendee,
        };
        let keys = self.key.seat(&self.launch.org_id);
        let nonce: [u8; 12] = rand::random();
        let file = serde_json::to_vec(&seal(&ticket, &keys, nonce).unwrap()).unwrap();
        assert!(self.emulator.s3.put(ROOM_BUCKET, &object_key(&keys.ticket), file));
    }

    /// Stores the launch file.
    pub fn launch(&self) {
        let file = serde_json::to_vec(&self.launch).unwrap();
        let key = launch_key(RECORDING, self.launch.attempt);
        assert!(self.emulator.s3.put(WORK_BUCKET, &key, file));
    }

    /// Starts the recorder of the launch file.
    pub fn recorder(&self) -> Task {
        self.recorder_by(&[env!("CARGO_BIN_EXE_chime-recorder"), "record"])
    }

    /// The same by a command of the test's own.
    pub fn recorder_by(&self, command: &[&str]) -> Task {
        self.launch();
        let LaunchFile { attempt, .. } = self.launch;
        let environment = RecorderEnvironment {
            recording: RECORDING.into(),
            attempt,
            work_bucket: WORK_BUCKET.into(),
            recordings_bucket: RECORDINGS_BUCKET.into(),
        };
        let scratch = self.folder.path().join(format!("scratch-{attempt}"));
        let log = self.folder.path().join(format!("recorder-{attempt}.log"));
        let log_file = std::fs::File::options().create(true).append(true).open(&log).unwrap();
        // Not to outlive a test that is ended from outside.
        let child = Command::new("setpriv")
            .args(["--pdeathsig=KILL", "--"])
            .args(command)
            .envs(environment.variables())
            .envs(self.aws_variables())
            .env("CHIME_SCRATCH", &scratch)
            .env("RUST_LOG", "info")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log_file)
            .process_group(0)
            .spawn()
            .unwrap();
        Task { child, log, scratch }
    }

    /// Completes what is left of the recording, as the command line does.
    pub async fn finish(&self) -> Finish {
        let begun = tokio::time::Instant::now();
        let run = tokio::process::Command::new(env!("CARGO_BIN_EXE_chime-recorder"))
            .args(["finish", RECORDING, "--silent", "0"])
            .envs(self.aws_variables())
            .env("CHIME_WORK_BUCKET", WORK_BUCKET)
            .env("CHIME_RECORDINGS_BUCKET", RECORDINGS_BUCKET)
            .env("RUST_LOG", "info")
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output();
        let run = run.await.unwrap();
        let said = [run.stdout, run.stderr].concat();
        Finish {
            code: run.status.code(),
            took: begun.elapsed(),
            said: String::from_utf8_lossy(&said).into_owned(),
        }
    }

    /// What the container's health check says of a recorder: nothing if it is healthy.
    pub async fn unhealthy(&self, task: &Task) -> Option<String> {
        let run = tokio::process::Command::new(env!("CARGO_BIN_EXE_chime-recorder"))
            .arg("healthz")
            .env("CHIME_SCRATCH", &task.scratch)
            .output();
        let run = run.await.unwrap();
        (!run.status.success()).then(|| String::from_utf8_lossy(&run.stderr).into_owned())
    }

    /// Versions of a piece's file and of its note.
    pub fn versions(&self, piece: u32) -> (usize, usize) {
        let attempt = self.launch.attempt;
        let count = |key: &str| self.emulator.s3.versions(RECORDINGS_BUCKET, key).len();
        (
            count(&piece_key(MEETING, RECORDING, attempt, piece)),
            count(&note_key(MEETING, RECORDING, attempt, piece)),
        )
    }

    /// Everything that is stored of the recording.
    pub fn stored(&self) -> Vec<String> {
        let prefix = recording::pieces_prefix(MEETING, RECORDING);
        self.emulator.s3.list(RECORDINGS_BUCKET, &prefix).into_iter().map(|o| o.key).collect()
    }

    fn aws_variables(&self) -> [(&'static str, String); 3] {
        [
            ("AWS_ENDPOINT_URL", format!("http://{}", self.emulator.addresses.aws)),
            ("AWS_REGION", "eu-central-1".into()),
            ("CHIME_EMULATOR", "true".into()),
        ]
    }

    /// Where the recorder's S3 is.
    pub fn s3(&self) -> S3Settings {
        S3Settings {
            region: Some("eu-central-1".into()),
            endpoint: Some(format!("http://{}", self.emulator.addresses.aws)),
            emulator: true,
        }
    }

    /// The note of a piece of this attempt, once it is there.
    pub async fn note(&self, piece: u32) -> Option<PieceNote> {
        let key = note_key(MEETING, RECORDING, self.launch.attempt, piece);
        let body = self.emulator.s3.get(RECORDINGS_BUCKET, &key).await?;
        Some(serde_json::from_slice(&body).unwrap())
    }

    /// A piece of this attempt as a file.
    pub async fn file(&self, piece: u32) -> PathBuf {
        let key = piece_key(MEETING, RECORDING, self.launch.attempt, piece);
        let body = self.emulator.s3.get(RECORDINGS_BUCKET, &key).await;
        let path = self.folder.path().join(format!("{}-{piece}.mp4", self.launch.attempt));
        std::fs::write(&path, body.unwrap_or_else(|| panic!("no {key}"))).unwrap();
        path
    }

    /// Fragments of this attempt that lie in the journal.
    pub fn fragments(&self) -> usize {
        let prefix = format!("{}{}-", recording::journal_prefix(RECORDING), self.launch.attempt);
        self.emulator.s3.list(WORK_BUCKET, &prefix).len()
    }

    /// What lies in the journal at all.
    pub fn journal(&self) -> Vec<String> {
        let prefix = recording::journal_prefix(RECORDING);
        self.emulator.s3.list(WORK_BUCKET, &prefix).into_iter().map(|o| o.key).collect()
    }

    /// Waits until a piece of this attempt has begun.
    pub async fn until_piece(&self, task: &mut Task, piece: u32) {
        let key = recording::state_key(RECORDING, self.launch.attempt, piece);
        until(&format!("piece {piece} in the journal"), 60, || {
            task.still_runs();
            self.emulator.s3.list(WORK_BUCKET, &key).pop().map(|_| ())
        })
        .await;
    }

    /// Number of a piece's last fragment in the journal; 0 if there is none.
    pub fn last_fragment(&self, piece: u32) -> u32 {
        let attempt = self.launch.attempt;
        let prefix = format!("{}{attempt}-{piece:03}-", recording::journal_prefix(RECORDING));
        let listed = self.emulator.s3.list(WORK_BUCKET, &prefix).into_iter();
        listed.filter_map(|o| o.key.strip_prefix(&prefix)?.parse().ok()).max().unwrap_or(0)
    }

    /// Waits until a piece of this attempt has so many more fragments than now.
    pub async fn until_more(&self, task: &mut Task, piece: u32, more: u32) {
        let least = self.last_fragment(piece) + more;
        until(&format!("fragment {least} of piece {piece}"), 60, || {
            task.still_runs();
            (self.last_fragment(piece) >= least).then_some(())
        })
        .await;
    }

    /// Waits until so many fragments were stored in the journal at once.
    pub async fn until_fragments(&self, task: &mut Task, least: usize) {
        until("fragments in the journal", 60, || {
            task.still_runs();
            (self.fragments() >= least).then_some(())
        })
        .await;
    }
}

/// What a finisher's process came to.
pub struct Finish {
    pub code: Option<i32>,
    pub took: Duration,
    pub said: String,
}

/// A recorder's process.
pub struct Task {
    pub child: Child,
    pub log: PathBuf,
    pub scratch: PathBuf,
}

impl Task {
    /// Fails with its log if it has ended.
    pub fn still_runs(&mut self) {
        if let Some(status) = self.child.try_wait().unwrap() {
            panic!("the recorder ended with {status}:\n{}", self.said());
        }
    }

    /// Its log.
    pub fn said(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    /// Waits for its end.
    pub async fn ended(&mut self) -> ExitStatus {
        let child = &mut self.child;
        until("the recorder's end", 90, || child.try_wait().unwrap()).await
    }

    /// The recorder itself.
    fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap()
    }

    /// As StopTask does first.
    pub fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    /// As a host that vanishes.
    pub fn kill(&mut self) {
        kill_process_group(self.pid(), Signal::KILL).unwrap();
        self.child.wait().unwrap();
    }

    /// Sends the recorder a signal, and none of its children.
    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        let _ = kill_process_group(self.pid(), Signal::KILL);
        let _ = self.child.wait();
    }
}

/// Direct children of a process.
pub fn children(of: u32) -> Vec<u32> {
    let tasks = std::fs::read_dir(format!("/proc/{of}/task")).into_iter().flatten().flatten();
    let lists = tasks.filter_map(|t| std::fs::read_to_string(t.path().join("children")).ok());
    lists
        .flat_map(|l| l.split_whitespace().filter_map(|id| id.parse().ok()).collect::<Vec<_>>())
        .collect()
}

/// Looks again until there is something.
pub async fn until<T>(what: &str, seconds: u64, mut look: impl FnMut() -> Option<T>) -> T {
    let end = tokio::time::Instant::now() + Duration::from_secs(seconds);
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(tokio::time::Instant::now() < end, "never happened: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
