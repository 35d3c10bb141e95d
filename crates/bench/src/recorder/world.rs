//! An emulator in this process, and the recorder's binary as a process of its own, given orders as
//! the bridge gives them.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, bail};
use chime_contract::Secret;
use chime_contract::keys::JoinKey;
use chime_contract::recording::{
    LaunchFile, PieceNote, RecorderEnvironment, journal_prefix, launch_key, note_key, piece_key,
};
use chime_emulator::aws::objects::Objects;
use chime_emulator::start::{Config, Emulator, Ports, RECORDINGS_BUCKET, WORK_BUCKET};
use chime_recorder::child::{Child, Recipe, environment};
use chime_recorder::health::{self, Doing, Health};
use rustix::process::Signal;
use tempfile::TempDir;
use tokio::time::Instant;

use crate::Options;
use crate::pages::{Pages, Show};

/// Meeting record id of all recordings.
pub const MEETING: &str = "a015e00000AbCdEAAV";
/// Longest wait for anything that must come true.
const PATIENCE: Duration = Duration::from_secs(90);

/// The emulator and the pages.
pub struct World {
    /// The emulator.
    pub emulator: Emulator,
    /// Pages to record.
    pub pages: Pages,
    /// Files of this bench.
    pub folder: TempDir,
    /// Key of the recorder's seat.
    pub key: JoinKey,
    /// The org's id.
    pub org_id: String,
    binary: PathBuf,
    recordings: u32,
}

/// A running recorder. Dropped, it is killed, and what it started with it.
pub struct Task {
    /// Its process.
    pub child: Child,
    /// Recording key.
    pub recording: String,
    /// When it was started.
    pub began: Instant,
    scratch: PathBuf,
}

impl World {
    /// Starts the emulator and the pages.
    pub async fn start(options: &Options) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let config = Config {
            ports: Ports::any(),
            data_dir: folder.path().join("emulator"),
            metadata_dir: options.repository.join("force-app"),
            ..Config::default()
        };
        let org_id = config.org_id.clone();
        let emulator = Emulator::start(config).await?;
        let pages = Pages::serve(folder.path()).await?;
        let me = std::env::current_exe().context("this program's own place is not known")?;
        let binary = me.with_file_name("chime-recorder");
        if !binary.exists() {
            bail!("{} is missing: build the whole workspace first", binary.display());
        }
        let key = JoinKey::from_bytes([7; 32]);
        Ok(Self { emulator, pages, folder, key, org_id, binary, recordings: 0 })
    }

    /// Starts a recorder of a new recording that looks at this page, once the page lets it in.
    pub fn recorder(&mut self, show: Show) -> anyhow::Result<Task> {
        self.pages.say("waiting");
        let room = self.pages.room(show);
        let recording = self.next_recording();
        self.recorder_at(recording, room)
    }

    /// A key no recording had before.
    pub fn next_recording(&mut self) -> String {
        self.recordings += 1;
        format!("{:032x}", self.recordings)
    }

    /// Starts a recorder of a recording, in a room.
    pub fn recorder_at(&self, recording: String, room_url: String) -> anyhow::Result<Task> {
        let launch = LaunchFile {
            v: 1,
            meeting: MEETING.into(),
            recording: recording.clone(),
            attempt: 1,
            org_id: self.org_id.clone(),
            room_url,
            join_key: Secret::new(self.key.to_text().expose().clone()),
            unused_seconds: 120,
            alone_seconds: 120,
            max_seconds: 3_600,
        };
        let file = serde_json::to_vec(&launch)?;
        if !self.emulator.s3.put(WORK_BUCKET, &launch_key(&recording, 1), file) {
            bail!("the emulator has no bucket {WORK_BUCKET}");
        }
        // Short: Chromium puts a socket deep in it, and the path of a socket holds 107 bytes.
        let scratch = self.folder.path().join(recording.trim_start_matches('0'));
        std::fs::create_dir_all(&scratch)?;
        let task = RecorderEnvironment {
            recording: recording.clone(),
            attempt: 1,
            work_bucket: WORK_BUCKET.into(),
            recordings_bucket: RECORDINGS_BUCKET.into(),
        };
        let mut variables = self.variables(&scratch);
        variables.extend(task.variables());
        let recipe = self.recipe("recorder", vec!["record".into()], variables);
        let began = Instant::now();
        Ok(Task { child: Child::start(&recipe)?, recording, began, scratch })
    }

    fn variables(&self, scratch: &std::path::Path) -> Vec<(&'static str, String)> {
        let mut variables = environment(scratch);
        variables.extend([
            ("AWS_ENDPOINT_URL", format!("http://{}", self.emulator.addresses.aws)),
            ("AWS_REGION", "eu-central-1".into()),
            ("CHIME_EMULATOR", "true".into()),
            ("CHIME_SCRATCH", scratch.display().to_string()),
            ("RUST_LOG", "info".into()),
        ]);
        variables
    }

    fn recipe(
        &self,
        name: &'static str,
        args: Vec<String>,
        environment: Vec<(&'static str, String)>,
    ) -> Recipe {
        let program = self.binary.display().to_string();
        Recipe { name, program, args, environment, fed: false, read: false }
    }

    /// Completes what a killed recorder left, by `chime-recorder finish`; how long that took, from
    /// the start of its process to its end.
    pub async fn finish(&self, recording: &str) -> anyhow::Result<Duration> {
        let args = ["finish", recording, "--silent", "0"].map(String::from);
        let mut variables = self.variables(self.folder.path());
        variables.push(("CHIME_WORK_BUCKET", WORK_BUCKET.into()));
        variables.push(("CHIME_RECORDINGS_BUCKET", RECORDINGS_BUCKET.into()));
        let begun = Instant::now();
        let mut child = Child::start(&self.recipe("finisher", args.to_vec(), variables))?;
        let ended = tokio::time::timeout(PATIENCE, child.ended()).await;
        let spent = begun.elapsed();
        match ended {
            Ok(Some(status)) if status.success() => Ok(spent),
            other => bail!("the finisher failed ({other:?}): {}", child.tail().lines().join("\n")),
        }
    }

    /// Fragments of a recording that lie in the journal.
    pub fn fragments(&self, recording: &str) -> usize {
        let prefix = format!("{}1-", journal_prefix(recording));
        self.emulator.s3.list(WORK_BUCKET, &prefix).len()
    }

    /// Waits until something of a recording is durable.
    pub async fn until_durable(&self, task: &mut Task) -> anyhow::Result<()> {
        let recording = task.recording.clone();
        task.until("a fragment in the journal", || self.fragments(&recording) > 0).await
    }

    /// True once the first piece's file is complete.
    pub fn is_complete(&self, recording: &str) -> bool {
        let key = piece_key(MEETING, recording, 1, 1);
        self.emulator.s3.list(RECORDINGS_BUCKET, &key).iter().any(|object| object.key == key)
    }

    /// The first piece's note.
    pub async fn note(&self, recording: &str) -> anyhow::Result<PieceNote> {
        let key = note_key(MEETING, recording, 1, 1);
        let body = self.emulator.s3.get(RECORDINGS_BUCKET, &key).await;
        Ok(serde_json::from_slice(&body.with_context(|| format!("there is no {key}"))?)?)
    }

    /// The first piece as a file.
    pub async fn file(&self, recording: &str) -> anyhow::Result<PathBuf> {
        let key = piece_key(MEETING, recording, 1, 1);
        let body = self.emulator.s3.get(RECORDINGS_BUCKET, &key).await;
        let path = self.folder.path().join(format!("{recording}.mp4"));
        std::fs::write(&path, body.with_context(|| format!("there is no {key}"))?)?;
        Ok(path)
    }
}

impl Task {
    /// Its process, of which all it started descends.
    pub fn id(&self) -> anyhow::Result<u32> {
        self.child.id().context("the recorder has ended")
    }

    /// Waits until its health file says that it waits for the meeting; seconds since its start.
    pub async fn prepared(&mut self) -> anyhow::Result<f64> {
        let file = health::file(&self.scratch);
        let waiting = || {
            let text = std::fs::read(&file).unwrap_or_default();
            serde_json::from_slice(&text).is_ok_and(|h: Health| h.doing == Doing::Waiting)
        };
        self.until("a prepared recorder", waiting).await?;
        Ok(self.began.elapsed().as_secs_f64())
    }

    /// Looks every 5 ms until it holds; an error if the recorder ends meanwhile.
    pub async fn until(
        &mut self,
        what: &str,
        mut look: impl FnMut() -> bool,
    ) -> anyhow::Result<()> {
        let begun = Instant::now();
        while !look() {
            if !self.child.alive() {
                bail!(
                    "the recorder ended before {what}:\n{}",
                    self.child.tail().lines().join("\n")
                );
            }
            if begun.elapsed() > PATIENCE {
                let tail = self.child.tail().lines().join("\n");
                bail!("never came true within {PATIENCE:?}: {what}; the recorder says:\n{tail}");
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(())
    }

    /// As a stopping task is told; true if it then ends by itself and well.
    pub async fn terminate(&mut self) -> bool {
        self.child.ask_to_end(Signal::TERM);
        let ended = tokio::time::timeout(PATIENCE, self.child.ended()).await;
        matches!(ended, Ok(Some(status)) if status.success())
    }
}
