//! Effects around a recording: the task, its launch file, the pieces, the manifest, erasure.

use std::sync::Arc;
use std::time::Duration;

use chime_contract::recording::{
    LaunchFile, Manifest, PieceNote, RecorderEnvironment, journal_prefix, launch_key, manifest_key,
    pieces_prefix, start_token,
};
use chime_recorder::finisher::Finisher;
use chime_recorder::probe::Probe;
use chime_recorder::storage::Buckets;

use crate::aws::Aws;
use crate::aws::ecs::{Ecs, Launch};
use crate::aws::launch::{LaunchRequest, TaskSettings};
use crate::aws::objects::Objects;
use crate::clock::Millis;
use crate::effects::execute::{json, trouble};
use crate::effects::runner::Trouble;
use crate::meeting::effect::{Failure, GoneAttempt, Outcome, TaskState};
use crate::seal::Seal;

/// Where recordings live and how recorders are started.
#[derive(Clone)]
pub struct Recorder {
    /// ECS.
    pub ecs: Ecs,
    /// How tasks are started.
    pub task: TaskSettings,
    /// S3.
    pub objects: Objects,
    /// Completes what recorders that are gone have left.
    pub finisher: Finisher,
    /// Derives the recorder's join key.
    pub seal: Arc<Seal>,
    /// Org id.
    pub org_id: String,
    /// Recordings bucket.
    pub recordings_bucket: String,
    /// Work bucket.
    pub work_bucket: String,
    /// The room's address.
    pub room_url: String,
    /// A recorder gives up unused after this many seconds.
    pub unused_seconds: u32,
    /// A recorder leaves after this many seconds without a person.
    pub alone_seconds: u32,
    /// A recorder stops after this many seconds of recording.
    pub max_seconds: u32,
    /// Life of a playback link.
    pub playback_minutes: u32,
}

/// A recorder whose task ECS does not know is over after this long without a fragment.
const SILENT: Millis = 60_000;
/// One whose task ECS believes to live is over after this long: it was told to stop, and Fargate
/// gives it 120 s. Should it live after all, it finds its upload gone and ends.
const SILENT_ALIVE: Millis = 150_000;
/// Largest note or manifest read, bytes.
const MAX_NOTE: usize = 256 * 1024;
/// Most objects of a recording's pieces.
const MAX_PIECES: usize = 2_000;
/// Most fragments listed at a look: a day at one in two seconds.
const MAX_FRAGMENTS: usize = 50_000;

/// Completes pieces that recorders have left, and checks them with this machine's FFmpeg.
pub fn finisher(aws: &Aws, work: &str, recordings: &str) -> Finisher {
    let buckets = Buckets { work: work.to_string(), recordings: recordings.to_string() };
    let finisher =
        Finisher::new(aws.objects().client().clone(), buckets, Arc::new(Probe::default()));
    finisher.trying_for(Duration::from_secs(20))
}

impl Recorder {
    /// Launch file first, then the task: a task never starts without its orders. The key in the
    /// file is derived, so writing it again writes the same; the token makes RunTask idempotent.
    pub async fn run(
        &self,
        meeting: &str,
        recording: &str,
        attempt: u32,
        repeat: bool,
    ) -> Result<Outcome, Trouble> {
        let launch = LaunchFile {
            v: 1,
            meeting: meeting.to_string(),
            recording: recording.to_string(),
            attempt,
            org_id: self.org_id.clone(),
            room_url: self.room_url.clone(),
            join_key: self.seal.recorder_key(&self.org_id, recording, attempt).to_text(),
            unused_seconds: self.unused_seconds,
            alone_seconds: self.alone_seconds,
            max_seconds: self.max_seconds,
        };
        let body = serde_json::to_vec(&launch).unwrap_or_default();
        let key = launch_key(recording, attempt);
        self.objects.put(&self.work_bucket, &key, body, &json()).await.map_err(trouble)?;
        let environment = RecorderEnvironment {
            recording: recording.to_string(),
            attempt,
            work_bucket: self.work_bucket.clone(),
            recordings_bucket: self.recordings_bucket.clone(),
        };
        let token = start_token(&self.org_id, recording, attempt);
        let request = LaunchRequest::new(&token, &environment, &self.task);
        let request = request.to_bytes().map_err(trouble)?;
        Ok(match self.ecs.run_task(&request, repeat).await.map_err(trouble)? {
            Launch::Task { arn } => Outcome::TaskStarted { arn },
            Launch::Refused { reason, capacity } => Outcome::TaskRefused { reason, capacity },
        })
    }

    /// DescribeTasks, and the newest fragment of the attempt.
    pub async fn look(&self, recording: &str, attempt: u32, arn: &str) -> Result<Outcome, Trouble> {
        let task: TaskState = self.ecs.describe_task(arn).await.map_err(trouble)?;
        let prefix = format!("{}{attempt}-", journal_prefix(recording));
        let found = self
            .objects
            .list(&self.work_bucket, &prefix, None, MAX_FRAGMENTS)
            .await
            .map_err(trouble)?;
        let last_fragment_at = found.iter().map(|o| o.at).max();
        Ok(Outcome::TaskSeen { task, last_fragment_at })
    }

    /// Stopped already is done.
    pub async fn stop(&self, arn: &str, reason: &str) -> Result<Outcome, Trouble> {
        self.ecs.stop_task(arn, reason).await.map_err(trouble)?;
        Ok(Outcome::Done)
    }

    /// Deletes the file with the join key.
    pub async fn drop_launch(&self, recording: &str, attempt: u32) -> Result<Outcome, Trouble> {
        let key = launch_key(recording, attempt);
        self.objects.delete(&self.work_bucket, &key).await.map_err(trouble)?;
        Ok(Outcome::Done)
    }

    /// Completes what attempts that are gone have left, then reads all notes of a recording; one
    /// that cannot be read counts as missing.
    pub async fn gather(
        &self,
        meeting: &str,
        recording: &str,
        gone: &[GoneAttempt],
        now: Millis,
    ) -> Result<Outcome, Trouble> {
        let unfinished = self.complete(recording, gone, now).await;
        let prefix = pieces_prefix(meeting, recording);
        let found = self
            .objects
            .list(&self.recordings_bucket, &prefix, None, MAX_PIECES)
            .await
            .map_err(trouble)?;
        let mut pieces = Vec::new();
        let manifest = manifest_key(meeting, recording);
        for key in found.iter().map(|o| &o.key) {
            if !key.ends_with(".json") || *key == manifest {
                continue;
            }
            let body =
                self.objects.get(&self.recordings_bucket, key, MAX_NOTE).await.map_err(trouble)?;
            match body.map(|b| serde_json::from_slice::<PieceNote>(&b)) {
                Some(Ok(note)) if note.recording == recording => pieces.push(note),
                Some(_) => tracing::warn!(object.key = %key, "A piece's note cannot be read"),
                None => {}
            }
        }
        Ok(Outcome::PiecesFound { pieces, unfinished })
    }

    /// Completes the pieces that attempts have begun and not ended; true if one must wait: its
    /// recorder may still be storing the rest. A task that has STOPPED has said its last word.
    async fn complete(&self, recording: &str, gone: &[GoneAttempt], now: Millis) -> bool {
        if gone.is_empty() {
            return false;
        }
        let orphans = match self.finisher.orphans(recording).await {
            Ok(orphans) => orphans,
            Err(error) => {
                tracing::warn!(recording.key = recording, %error, "Unfinished pieces cannot be listed");
                return true;
            }
        };
        let mut unfinished = false;
        for orphan in orphans {
            let Some(attempt) = gone.iter().find(|a| a.number == orphan.attempt) else { continue };
            let silent = now - orphan.last_fragment_at;
            let over = match &attempt.arn {
                None => silent >= SILENT,
                Some(arn) => match self.ecs.describe_task(arn).await {
                    Ok(TaskState::Stopped { .. }) => true,
                    Ok(TaskState::Missing) => silent >= SILENT,
                    Ok(TaskState::Alive) | Err(_) => silent >= SILENT_ALIVE,
                },
            };
            let (attempt, piece) = (orphan.attempt, orphan.piece);
            if !over {
                unfinished = true;
                continue;
            }
            match self.finisher.finish(&orphan).await {
                Ok(_) => tracing::info!(
                    recording.key = recording,
                    attempt,
                    piece,
                    "Completed the piece of a recorder that is gone"
                ),
                Err(error) => {
                    unfinished = true;
                    tracing::warn!(
                        recording.key = recording, attempt, piece, %error,
                        "The piece of a recorder that is gone is not complete yet"
                    );
                }
            }
        }
        unfinished
    }

    /// Written by the bridge alone; the newest overwrites.
    pub async fn write_manifest(&self, manifest: &Manifest) -> Result<Outcome, Trouble> {
        let key = manifest_key(&manifest.meeting, &manifest.recording);
        let body = serde_json::to_vec_pretty(manifest).unwrap_or_default();
        self.objects.put(&self.recordings_bucket, &key, body, &json()).await.map_err(trouble)?;
        Ok(Outcome::Done)
    }

    /// Task first, then unfinished uploads, journal, launch files, and every version. Each step is
    /// harmless when repeated; only the last answer says that nothing is left.
    pub async fn erase(
        &self,
        meeting: &str,
        recording: &str,
        arns: &[String],
    ) -> Result<Outcome, Trouble> {
        for arn in arns {
            self.ecs.stop_task(arn, "the recording is erased").await.map_err(trouble)?;
        }
        let objects = &self.objects;
        let pieces = pieces_prefix(meeting, recording);
        objects.abort_uploads(&self.recordings_bucket, &pieces).await.map_err(trouble)?;
        // Launch files lie side by side with others', so they are deleted one by one.
        let launches = format!("launch/{recording}-");
        let found = objects.list(&self.work_bucket, &launches, None, MAX_PIECES);
        for launch in found.await.map_err(trouble)? {
            objects.delete(&self.work_bucket, &launch.key).await.map_err(trouble)?;
        }
        let journal = journal_prefix(recording);
        let mut versions =
            objects.delete_all_versions(&self.work_bucket, &journal).await.map_err(trouble)?;
        versions +=
            objects.delete_all_versions(&self.recordings_bucket, &pieces).await.map_err(trouble)?;
        // A finisher or a late upload that finds this stone does not bring the recording back.
        let stone = format!("{}erased", journal_prefix(recording));
        objects.put(&self.work_bucket, &stone, b"{}".to_vec(), &json()).await.map_err(trouble)?;
        Ok(Outcome::Erased { versions })
    }

    /// One link a piece; they die together.
    pub async fn presign(&self, keys: &[String], now: Millis) -> Result<Outcome, Trouble> {
        if keys.is_empty() {
            return Err(Trouble {
                again: false,
                after: None,
                failure: Failure {
                    code: "CB-048".into(),
                    text: "the recording has no piece".into(),
                },
            });
        }
        let life = i64::from(self.playback_minutes) * 60_000;
        let made = self
            .objects
            .presign_get(&self.recordings_bucket, keys, life, now)
            .await
            .map_err(trouble)?;
        Ok(Outcome::PlaybackReady { links: made.links, expires_at: made.expires_at })
    }
}
