//! The check of a finished file, before anybody is told that it is there: does it open, has it its
//! tracks, is it as long as it should be, and do samples of it show and sound. FFmpeg reads it over
//! the link that a person would play it by.
//!
//! What the capture knew says where to look: at the loudest second, at the one that moved most, and
//! at beginning, middle and end. What was loud or moving then must be so in the file.

use std::process::Stdio;
use std::time::Duration;

use chime_contract::recording::Verdict;
use serde_json::Value;
use tokio::process::Command;

use crate::capture::picture::{CELLS, COLUMNS, ROWS, look};
use crate::sound::level::peak_db;
use crate::storage::{BLACK_LUMA, Checker, Readable, SILENT_DB};

/// Smaller differences between two samples are the encoder's.
const FROZEN: f32 = 2.0;
/// Length of a sample, seconds.
const SAMPLE: f64 = 2.0;
/// A piece must be this long before its picture is judged, milliseconds: a page takes time to show.
const JUDGED_PICTURE: i64 = 5_000;
/// And this long before silence counts as a fault.
const JUDGED_SOUND: i64 = 30_000;
/// Longest difference of a short piece's length, milliseconds.
const LENGTH_MS: i64 = 1_000;
/// Patience with one look at the file.
const PATIENCE: Duration = Duration::from_secs(60);
/// And with all of them.
const PATIENCE_IN_ALL: Duration = Duration::from_secs(300);

/// Checks files with the system's FFmpeg.
#[derive(Debug, Clone)]
pub struct Probe {
    ffmpeg: String,
    ffprobe: String,
}

impl Default for Probe {
    fn default() -> Self {
        Self::with("ffmpeg", "ffprobe")
    }
}

/// Why nothing was seen.
enum NoLook {
    /// The programs are not on this machine: another one may look.
    Absent(String),
    /// They could not make anything of the file.
    Failed(String),
}

/// What is wrong, by what it spoils.
#[derive(Default)]
struct Faults {
    picture: Vec<String>,
    sound: Vec<String>,
    length: Vec<String>,
}

impl Faults {
    fn verdict(self) -> Verdict {
        let Self { picture, sound, length } = self;
        Verdict {
            picture: picture.is_empty(),
            sound: sound.is_empty(),
            length: length.is_empty(),
            remark: [picture, sound, length].concat().join("; "),
        }
    }

    /// The file cannot be judged at all.
    fn all(reason: String) -> Self {
        Self { picture: vec![reason], sound: vec![String::new()], length: vec![String::new()] }
    }
}

#[async_trait::async_trait]
impl Checker for Probe {
    async fn check(&self, file: &Readable) -> Result<Verdict, String> {
        let looked = tokio::time::timeout(PATIENCE_IN_ALL, self.faults(file)).await;
        let reason = match looked {
            Ok(Ok(faults)) => return Ok(faults.verdict()),
            Ok(Err(NoLook::Absent(reason))) => return Err(reason),
            Ok(Err(NoLook::Failed(reason))) => reason,
            Err(_) => "it took more than five minutes".into(),
        };
        let mut verdict = Faults::all(format!("not checked: {reason}")).verdict();
        verdict.remark = verdict.remark.trim_end_matches("; ").to_string();
        Ok(verdict)
    }
}

impl Probe {
    /// With these programs.
    pub fn with(ffmpeg: &str, ffprobe: &str) -> Self {
        Self { ffmpeg: ffmpeg.into(), ffprobe: ffprobe.into() }
    }

    async fn faults(&self, file: &Readable) -> Result<Faults, NoLook> {
        let mut faults = Faults::default();
        if !file.moov_first {
            faults.length.push("its index is not in front".into());
        }
        let told = self.streams(file).await?;
        let kinds = |kind: &str| {
            let streams = told["streams"].as_array();
            streams.into_iter().flatten().filter(|s| s["codec_type"] == kind).count()
        };
        if kinds("video") != usize::from(!file.audio_only) {
            faults.picture.push(format!("{} picture tracks", kinds("video")));
        }
        if kinds("audio") != 1 {
            faults.sound.push(format!("{} sound tracks", kinds("audio")));
        }
        let seconds = told["format"]["duration"].as_str().and_then(|s| s.parse::<f64>().ok());
        let ms = (seconds.unwrap_or(0.0) * 1_000.0) as i64;
        let allowed = (file.wall_ms / 50).max(LENGTH_MS);
        if (ms - file.wall_ms).abs() > allowed {
            let wall = file.wall_ms as f64 / 1_000.0;
            faults
                .length
                .push(format!("{:.1} s long, {wall:.1} s were recorded", ms as f64 / 1_000.0));
        }
        if kinds("video") == 1 {
            self.picture(file, &mut faults).await?;
        }
        if kinds("audio") == 1 {
            self.sound(file, &mut faults).await?;
        }
        Ok(faults)
    }

    async fn streams(&self, file: &Readable) -> Result<Value, NoLook> {
        let entries = "stream=codec_type,codec_name:format=duration";
        let args = ["-v", "error", "-show_entries", entries, "-of", "json", file.url.expose()];
        let text = run(&self.ffprobe, &args).await?;
        serde_json::from_slice(&text).map_err(|e| NoLook::Failed(format!("ffprobe's answer: {e}")))
    }

    async fn picture(&self, file: &Readable, faults: &mut Faults) -> Result<(), NoLook> {
        let size = format!("fps=2,scale={COLUMNS}:{ROWS}:flags=area,format=gray");
        let mut pictures: Vec<[u8; CELLS]> = Vec::new();
        for at in moments(file, |m| m.change.unwrap_or(0.0)) {
            let tail = ["-map", "0:v", "-an", "-vf", &size, "-f", "rawvideo", "pipe:1"];
            let cells = self.sample(file, at, &tail).await?;
            let (some, _) = cells.as_chunks::<CELLS>();
            if some.is_empty() {
                faults.picture.push(format!("no frame decodes at {at:.0} s"));
                return Ok(());
            }
            pictures.extend(some);
        }
        let Some(first) = pictures.first().copied() else { return Ok(()) };
        if file.duration_ms < JUDGED_PICTURE {
            return Ok(());
        }
        let looks = pictures.iter().map(|picture| look(picture, Some(&first)));
        let (mut brightest, mut moved) = (0f32, 0f32);
        for seen in looks {
            brightest = brightest.max(seen.luma);
            moved = moved.max(seen.change.unwrap_or(0.0));
        }
        if brightest < BLACK_LUMA {
            faults.picture.push("the picture is black".into());
        } else if moved < FROZEN {
            faults.picture.push("the picture is frozen".into());
        }
        Ok(())
    }

    async fn sound(&self, file: &Readable, faults: &mut Faults) -> Result<(), NoLook> {
        let mut loudest = f32::MIN;
        for at in moments(file, |m| m.peak_db) {
            let tail = ["-map", "0:a", "-vn", "-ac", "1", "-f", "s16le", "pipe:1"];
            let pcm = self.sample(file, at, &tail).await?;
            if pcm.is_empty() {
                faults.sound.push(format!("no sound decodes at {at:.0} s"));
                return Ok(());
            }
            loudest = loudest.max(peak_db(&pcm));
        }
        let captured = file.facts.iter().map(|f| f.peak_db).fold(f32::MIN, f32::max);
        if captured > SILENT_DB + 10.0 && loudest < SILENT_DB {
            faults.sound.push("sound that was heard is not in the file".into());
        } else if loudest < SILENT_DB && file.duration_ms >= JUDGED_SOUND {
            faults.sound.push("it is silent throughout".into());
        }
        Ok(())
    }

    async fn sample(&self, file: &Readable, at: f64, tail: &[&str]) -> Result<Vec<u8>, NoLook> {
        let (at, length) = (format!("{at:.3}"), format!("{SAMPLE:.1}"));
        let head = ["-v", "error", "-nostdin", "-ss", &at, "-i", file.url.expose(), "-t", &length];
        run(&self.ffmpeg, &[&head[..], tail].concat()).await
    }
}

/// How long a file says it is, milliseconds.
///
/// # Errors
/// ffprobe's words.
pub async fn duration_ms(path: &std::path::Path) -> Result<i64, String> {
    let file = path.display().to_string();
    let args = ["-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", &file];
    let text = run("ffprobe", &args).await.map_err(|no| match no {
        NoLook::Absent(why) | NoLook::Failed(why) => why,
    })?;
    let seconds = String::from_utf8_lossy(&text).trim().parse::<f64>();
    seconds.map(|s| (s * 1_000.0) as i64).map_err(|_| "ffprobe knows no length".into())
}

/// Where to look, seconds: beginning, middle, end, and where the capture had most of something.
fn moments(file: &Readable, of: impl Fn(&crate::storage::Facts) -> f32) -> Vec<f64> {
    let length = file.duration_ms as f64 / 1_000.0;
    let last = (length - SAMPLE).max(0.0);
    let mut moments = vec![0.0, last / 2.0, last];
    let most = file.facts.iter().max_by(|a, b| of(a).total_cmp(&of(b)));
    if let Some(facts) = most {
        // A fragment is a second long and ends at `at`.
        let end = (facts.at - file.started_at) as f64 / 1_000.0;
        moments.push((end - 1.5).clamp(0.0, last));
    }
    moments
}

/// Runs a program to its end and gives what it wrote. The address in its arguments is secret: of
/// its complaint only what is not that is told.
async fn run(program: &str, args: &[&str]) -> Result<Vec<u8>, NoLook> {
    let run = Command::new(program)
        .args(args)
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let done = match tokio::time::timeout(PATIENCE, run).await {
        Err(_) => {
            let reason = format!("{program} did not end within {} s", PATIENCE.as_secs());
            return Err(NoLook::Failed(reason));
        }
        Ok(Err(error)) => {
            let reason = format!("{program} cannot be started ({error}); install FFmpeg here");
            return Err(NoLook::Absent(reason));
        }
        Ok(Ok(done)) => done,
    };
    if done.status.success() {
        return Ok(done.stdout);
    }
    let complaint = String::from_utf8_lossy(&done.stderr);
    let words = complaint.split_whitespace().filter(|word| !word.contains("://"));
    let words: Vec<&str> = words.take(30).collect();
    Err(NoLook::Failed(format!("{program}: {}", words.join(" "))))
}
