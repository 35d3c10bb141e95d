//! Reads the sink's monitor, keeps the sound on the wall clock, meters it, and passes it to the
//! encoder of the moment. It runs as long as the sound server; encoders come and go.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::io::AsyncReadExt;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::clock::{SoundClock, Step};
use super::level::{NOTHING_DB, peak_db};
use super::server::{CHANNELS, RATE, SINK, SoundServer};
use crate::child::{Child, ChildError, Recipe, environment};
use crate::clock::{now, spawn};
use crate::scratch::Scratch;

/// Bytes of one sample of all channels.
const SAMPLE: usize = 2 * CHANNELS as usize;
/// Bytes read at a time: 20 ms.
const CHUNK: usize = RATE as usize / 50 * SAMPLE;
/// Chunks an encoder may be behind: 5 s. One that is further behind stands still.
const BEHIND: usize = 250;

/// Loudness and filling since it was last asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Metered {
    /// Loudest sample, decibels below full scale.
    pub peak_db: f32,
    /// Silence put in for sound that never came, milliseconds.
    pub filled_ms: u64,
}

const NOTHING: Metered = Metered { peak_db: NOTHING_DB, filled_ms: 0 };

struct Shared {
    clock: SoundClock,
    tap: Option<mpsc::Sender<Bytes>>,
    metered: Metered,
}

/// The running reader.
pub struct SoundReader {
    shared: Arc<Mutex<Shared>>,
    ended: CancellationToken,
    _child: Child,
}

/// Tells loudness and filling of a reader.
#[derive(Clone)]
pub struct Meter(Arc<Mutex<Shared>>);

impl Meter {
    /// Loudness and filling since the last call.
    pub fn take(&self) -> Metered {
        let mut shared = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut shared.metered, NOTHING)
    }
}

/// Sound from one moment on.
pub struct Tap {
    /// When its first sample was played, seconds since 1970.
    pub began_at: f64,
    /// 16-bit little-endian stereo at 48 kHz.
    pub pcm: mpsc::Receiver<Bytes>,
}

impl SoundReader {
    /// Starts reading; returns when the clock is known, after about a second.
    pub async fn start(scratch: &Scratch, server: &SoundServer) -> Result<Self, ChildError> {
        let mut environment = environment(scratch.path());
        environment.push(("PULSE_SERVER", server.address.clone()));
        let device = format!("--device={SINK}.monitor");
        let rate = format!("--rate={RATE}");
        let channels = format!("--channels={CHANNELS}");
        let args =
            ["--raw", "--format=s16le", &rate, &channels, "--latency-msec=20", device.as_str()];
        let recipe = Recipe {
            name: "parec",
            program: "parec".into(),
            args: args.map(String::from).to_vec(),
            environment,
            fed: false,
            read: true,
        };
        let mut child = Child::start(&recipe)?;
        let Some(output) = child.output() else { return Err(child.not_ready("it has no output")) };
        let shared = Arc::new(Mutex::new(Shared {
            clock: SoundClock::default(),
            tap: None,
            metered: NOTHING,
        }));
        let ended = CancellationToken::new();
        spawn(read(output, shared.clone(), ended.clone()));
        let reader = Self { shared, ended, _child: child };
        let until = tokio::time::Instant::now() + Duration::from_secs(10);
        while reader.lock().clock.epoch().is_none() {
            if reader.ended.is_cancelled() || tokio::time::Instant::now() >= until {
                return Err(reader._child.not_ready("it brought no sound within 10 s"));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(reader)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sound from now on; whoever had it before gets no more.
    pub fn tap(&self) -> Tap {
        let (send, pcm) = mpsc::channel(BEHIND);
        let mut shared = self.lock();
        shared.tap = Some(send);
        // `start` returned, so the epoch is known.
        let began_at = shared.clock.next_at().unwrap_or_default();
        Tap { began_at, pcm }
    }

    /// Nobody gets sound any more.
    pub fn untap(&self) {
        self.lock().tap = None;
    }

    /// Tells loudness and filling.
    pub fn meter(&self) -> Meter {
        Meter(self.shared.clone())
    }

    /// Ends when there is no sound any more: the server or the reader died.
    pub async fn ended(&self) {
        self.ended.cancelled().await;
    }
}

async fn read(
    mut output: tokio::process::ChildStdout,
    shared: Arc<Mutex<Shared>>,
    ended: CancellationToken,
) {
    let _ended = ended.drop_guard();
    let mut chunk = vec![0u8; CHUNK];
    let mut kept = 0;
    loop {
        let space = chunk.get_mut(kept..).unwrap_or_default();
        let count = match tokio::time::timeout(Duration::from_millis(200), output.read(space)).await
        {
            Ok(Ok(0) | Err(_)) => return,
            Ok(Ok(count)) => count,
            Err(_) => {
                let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
                let silence = shared.clock.nothing(now().as_secs_f64());
                shared.fill(silence);
                continue;
            }
        };
        let at = now().as_secs_f64();
        kept += count;
        let whole = kept / SAMPLE * SAMPLE;
        let pcm = Bytes::copy_from_slice(chunk.get(..whole).unwrap_or_default());
        chunk.copy_within(whole..kept, 0);
        kept -= whole;
        shared.lock().unwrap_or_else(PoisonError::into_inner).take(at, pcm);
    }
}

impl Shared {
    fn take(&mut self, at: f64, mut pcm: Bytes) {
        let samples = (pcm.len() / SAMPLE) as u64;
        match self.clock.arrived(at, samples) {
            Step::Skip => return,
            Step::Pass { silence } => self.fill(silence),
            Step::Drop { samples } => {
                let bytes = usize::try_from(samples).unwrap_or(usize::MAX).saturating_mul(SAMPLE);
                pcm = pcm.slice(bytes.min(pcm.len())..);
            }
        }
        self.metered.peak_db = self.metered.peak_db.max(peak_db(&pcm));
        self.pass(pcm);
    }

    fn fill(&mut self, silence: u64) {
        self.metered.filled_ms += silence * 1_000 / u64::from(RATE);
        let mut left = silence;
        while left > 0 {
            let now = left.min(u64::from(RATE));
            self.pass(Bytes::from(vec![0; usize::try_from(now).unwrap_or(0) * SAMPLE]));
            left -= now;
        }
    }

    fn pass(&mut self, pcm: Bytes) {
        if pcm.is_empty() {
            return;
        }
        // An encoder five seconds behind stands still; it is found out by its silence.
        if self.tap.as_ref().is_some_and(|tap| tap.try_send(pcm).is_err()) {
            self.tap = None;
        }
    }
}
