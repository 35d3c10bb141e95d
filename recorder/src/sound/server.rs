//! The sound server: PulseAudio with one null sink, into which the browser plays and from whose
//! monitor the recorder reads.

use std::time::Duration;

use crate::child::{Child, ChildError, Recipe, environment};
use crate::scratch::Scratch;

/// Name of the sink the browser plays into.
pub const SINK: &str = "meeting";
/// Samples a second.
pub const RATE: u32 = 48_000;
/// Channels.
pub const CHANNELS: u32 = 2;

const READY: Duration = Duration::from_secs(10);

/// A running sound server.
pub struct SoundServer {
    /// Its process.
    pub child: Child,
    /// Its address, for `PULSE_SERVER`.
    pub address: String,
}

impl SoundServer {
    /// Starts one and waits until it takes clients.
    pub async fn start(scratch: &Scratch) -> Result<Self, ChildError> {
        let socket = scratch.join("run/pulse.sock");
        // Left by a server that died: its successor takes the same name.
        let _ = std::fs::remove_file(&socket);
        let sink = format!("module-null-sink sink_name={SINK} rate={RATE} channels={CHANNELS}");
        let door =
            format!("module-native-protocol-unix auth-anonymous=1 socket={}", socket.display());
        let args = [
            "-n",
            "--daemonize=no",
            "--use-pid-file=no",
            "--exit-idle-time=-1",
            "--disallow-exit",
            "--disallow-module-loading=yes",
            "--log-target=stderr",
            "--log-level=error",
            "-L",
            &sink,
            "-L",
            &door,
        ];
        let recipe = Recipe {
            name: "PulseAudio",
            program: "pulseaudio".into(),
            args: args.map(String::from).to_vec(),
            environment: environment(scratch.path()),
            fed: false,
            read: false,
        };
        let mut child = Child::start(&recipe)?;
        let until = tokio::time::Instant::now() + READY;
        while tokio::net::UnixStream::connect(&socket).await.is_err() {
            if !child.alive() {
                return Err(child.not_ready("it ended"));
            }
            if tokio::time::Instant::now() >= until {
                return Err(child.not_ready("it took no client within 10 s"));
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(Self { child, address: format!("unix:{}", socket.display()) })
    }
}
