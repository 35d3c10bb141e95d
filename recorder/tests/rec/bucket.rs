//! The emulator's S3 behind a door of our own: it can be shut, answer badly by a seed, or stop the
//! world at one call, as a `kill -9` at that moment would.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chime_contract::recording::{PieceNote, Verdict, note_key, piece_key};
use chime_emulator::aws::objects::Objects;
use chime_emulator::aws::s3::{self, BucketConfig, S3};
use chime_emulator::clock::Clock;
use chime_emulator::faults::Faults;
use chime_recorder::finisher::{Finisher, Orphan};
use chime_recorder::storage::{
    Buckets, Checker, Limits, PieceStart, PieceWriter, Readable, S3Settings, Store, StoreConfig,
    client,
};
use tokio::sync::Notify;

use crate::feed::{STARTED_AT, facts, stream};

pub const KEPT: &str = "chime-recordings";
pub const WORK: &str = "chime-work";
pub const MEETING: &str = "a0X000000000001AAA";
pub const RECORDING: &str = "00112233445566778899aabbccddeeff";

/// Before or after the call is carried out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum When {
    Before,
    After,
}

#[derive(Default)]
struct Door {
    away: AtomicBool,
    turned_away: AtomicU64,
    /// State of the seeded chance; 0 is none.
    seed: AtomicU64,
    stop: Mutex<Option<(&'static str, usize, When)>>,
    stopped: AtomicBool,
    reached: Notify,
    calls: Mutex<Vec<&'static str>>,
}

/// An account with S3.
pub struct Account {
    pub s3: S3,
    pub faults: Faults,
    pub clock: Clock,
    pub folder: tempfile::TempDir,
    url: String,
    door: Arc<Door>,
}

/// The call by what it does to a recording.
fn name(request: &Request) -> &'static str {
    let (path, query) = (request.uri().path(), request.uri().query().unwrap_or_default());
    let journal = path.contains("/journal/");
    match request.method().as_str() {
        "PUT" if query.contains("partNumber=") => "part",
        "PUT" if path.contains("/state-") => "state",
        "PUT" if path.contains("/index-") => "index",
        "PUT" if journal => "fragment",
        "PUT" => "note",
        "POST" if query.contains("uploadId=") => "complete",
        "POST" if query.contains("uploads") => "create",
        "POST" => "delete",
        "DELETE" => "abort",
        "HEAD" => "head",
        _ => "get",
    }
}

impl Door {
    /// xorshift64*: the same seed, the same chances.
    fn chance(&self) -> Option<u64> {
        let next = |mut x: u64| {
            x ^= x >> 12;
            x ^= x << 25;
            x ^= x >> 27;
            x
        };
        let old = self.seed.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |x| Some(next(x)));
        let new = next(old.unwrap());
        (new != 0).then(|| new.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32)
    }

    async fn pass(&self, s3: S3, request: Request) -> Response {
        let call = name(&request);
        if self.stopped.load(Ordering::SeqCst) {
            return std::future::pending().await;
        }
        if self.away.load(Ordering::SeqCst) {
            self.turned_away.fetch_add(1, Ordering::SeqCst);
            return refuse();
        }
        let stop = {
            let mut calls = self.calls.lock().unwrap();
            calls.push(call);
            let nth = calls.iter().filter(|c| **c == call).count();
            let stop = *self.stop.lock().unwrap();
            stop.filter(|(what, n, _)| *what == call && *n == nth).map(|(_, _, when)| when)
        };
        if let Some(when) = stop {
            // Nothing of what comes after may get through.
            self.stopped.store(true, Ordering::SeqCst);
            if when == When::After {
                s3.handle(request).await;
            }
            self.reached.notify_one();
            return std::future::pending().await;
        }
        match self.chance().map(|chance| chance % 100) {
            Some(0..15) => refuse(),
            // The head of an answer is all a HEAD gets: it cannot break off.
            Some(15..30) if call != "head" => {
                s3.handle(request).await;
                lost()
            }
            _ => s3.handle(request).await,
        }
    }
}

fn refuse() -> Response {
    let body = "<Error><Code>SlowDown</Code><Message>not now</Message></Error>";
    (StatusCode::SERVICE_UNAVAILABLE, body).into_response()
}

/// An answer that breaks off.
fn lost() -> Response {
    let broken = futures::stream::once(async {
        Err::<bytes::Bytes, _>(std::io::Error::other("lost on purpose"))
    });
    let mut response = Response::new(Body::from_stream(broken));
    response.headers_mut().insert("content-length", "1".parse().unwrap());
    response
}

impl Account {
    pub async fn open() -> Self {
        let (clock, faults) = (Clock::default(), Faults::default());
        let buckets = vec![BucketConfig::new(KEPT).versioned(), BucketConfig::new(WORK)];
        let config = s3::Config { buckets, spill: None };
        let s3 = S3::new(config, clock.clone(), faults.clone(), None).unwrap();
        let door = Arc::new(Door::default());
        let parts = (s3.clone(), door.clone());
        let router = Router::new().fallback(move |request: Request| {
            let (s3, door) = parts.clone();
            async move { door.pass(s3, request).await }
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        chime_emulator::tasks::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let folder = tempfile::tempdir().unwrap();
        Self { s3, faults, clock, folder, url, door }
    }

    pub async fn client(&self) -> aws_sdk_s3::Client {
        let (region, endpoint) = (Some("eu-central-1".into()), Some(self.url.clone()));
        client(&S3Settings { region, endpoint, emulator: true }).await.unwrap()
    }

    pub async fn store(&self) -> Store {
        self.store_with(Limits::default()).await
    }

    pub async fn store_with(&self, limits: Limits) -> Store {
        let scratch = self.folder.path().join("scratch");
        let config = StoreConfig { buckets: buckets(), limits, scratch };
        Store::open(config, self.client().await, Arc::new(Lengths)).await.unwrap()
    }

    pub async fn finisher(&self) -> Finisher {
        Finisher::new(self.client().await, buckets(), Arc::new(Lengths))
    }

    /// The one orphan there is.
    pub async fn orphan(&self) -> Orphan {
        let mut orphans = self.finisher().await.orphans(RECORDING).await.unwrap();
        assert_eq!(orphans.len(), 1);
        orphans.remove(0)
    }

    /// S3 does not answer as it should, or does again.
    pub fn away(&self, away: bool) {
        self.door.away.store(away, Ordering::SeqCst);
    }

    /// How many calls found S3 away.
    pub fn turned_away(&self) -> u64 {
        self.door.turned_away.load(Ordering::SeqCst)
    }

    /// Of a hundred calls 15 are refused and of 15 the answer is lost; 0 ends it.
    pub fn unkind(&self, seed: u64) {
        self.door.seed.store(seed, Ordering::SeqCst);
    }

    /// Nothing gets through from the n-th of these calls on, until [`Account::go_on`].
    pub fn stop_at(&self, call: &'static str, n: usize, when: When) {
        *self.door.stop.lock().unwrap() = Some((call, n, when));
    }

    /// Waits until the world has stopped.
    pub async fn stopped(&self) {
        let reached = tokio::time::timeout(Duration::from_secs(120), self.door.reached.notified());
        assert!(reached.await.is_ok(), "the call to stop at never came: {:?}", self.log());
    }

    pub fn go_on(&self) {
        *self.door.stop.lock().unwrap() = None;
        self.door.calls.lock().unwrap().clear();
        self.door.stopped.store(false, Ordering::SeqCst);
    }

    /// The calls so far.
    pub fn log(&self) -> Vec<&'static str> {
        self.door.calls.lock().unwrap().clone()
    }

    /// The finished file of the piece; there is one version of it and one of its note.
    pub async fn file(&self) -> Vec<u8> {
        let key = piece_key(MEETING, RECORDING, 1, 1);
        let versions = self.s3.versions(KEPT, "");
        let keys: Vec<&str> = versions.iter().map(|v| v.key.as_str()).collect();
        assert_eq!(keys, [note_key(MEETING, RECORDING, 1, 1), key.clone()], "one file, one note");
        self.s3.get(KEPT, &key).await.unwrap()
    }

    pub async fn note(&self) -> PieceNote {
        let note = self.s3.get(KEPT, &note_key(MEETING, RECORDING, 1, 1)).await;
        serde_json::from_slice(&note.expect("there is no note")).unwrap()
    }

    /// Keys in the journal.
    pub fn journal(&self) -> Vec<String> {
        self.s3.list(WORK, "journal/").into_iter().map(|o| o.key).collect()
    }

    /// Nothing half-made is left.
    pub fn assert_clean(&self) {
        assert_eq!(self.journal(), Vec::<String>::new());
        assert_eq!(self.s3.uploads(KEPT).iter().filter(|u| !u.parts.is_empty()).count(), 0);
    }
}

pub fn buckets() -> Buckets {
    Buckets { work: WORK.into(), recordings: KEPT.into() }
}

pub fn start() -> PieceStart {
    PieceStart {
        meeting: MEETING.into(),
        recording: RECORDING.into(),
        attempt: 1,
        piece: 1,
        init: stream().init.clone(),
        started_at: STARTED_AT,
        calibration_ms: 12.5,
        audio_only: false,
    }
}

/// Pushes these fragments of the stream.
pub fn push(writer: &PieceWriter, fragments: std::ops::Range<usize>) {
    for at in fragments {
        writer.push(stream().fragments[at].clone(), facts(at)).unwrap();
    }
}

/// Waits until it is so, for two minutes: the machine may be busy.
pub async fn until(what: &str, mut so: impl FnMut() -> bool) {
    for _ in 0..12_000 {
        if so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("never: {what}");
}

/// Fetches the file's first bytes by its link, and compares the lengths.
pub struct Lengths;

#[async_trait::async_trait]
impl Checker for Lengths {
    async fn check(&self, file: &Readable) -> Result<Verdict, String> {
        let probe = tokio::process::Command::new("ffprobe")
            .args(["-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0"])
            .arg(file.url.expose())
            .output()
            .await
            .unwrap();
        let text = String::from_utf8_lossy(&probe.stdout).trim().to_string();
        let ms = text.parse::<f64>().map_or(-1, |s| (s * 1_000.0).round() as i64);
        let length = (ms - file.duration_ms).abs() <= 2 && (ms - file.wall_ms).abs() < 500;
        let remark = if length { String::new() } else { format!("{ms} ms instead of {file:?}") };
        Ok(Verdict { picture: !file.audio_only, sound: true, length, remark })
    }
}
