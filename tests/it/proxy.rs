//! A TCP proxy between the bridge and one port of the emulator, for tests that make the network
//! between them unkind. It knows nothing of what it carries: TLS goes through as it is.
//!
//! What is changed takes effect at once, also for connections that stand. A connection that has
//! lost bytes stays dead whatever comes, as a real one would.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chime_emulator::start::{NOTICES, SIGNALS};
use chime_emulator::tasks::spawn;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::world::{World, recorder};

/// What happens to bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// They go through.
    Pass,
    /// Connections are taken and all bytes held, both ways, until it passes again.
    Stall,
    /// What the bridge says arrives, what it should hear is lost.
    HalfOpen,
    /// At most so many bytes a second, each way of each connection.
    Slow(usize),
    /// Connections that stand are reset, new ones too.
    Refuse,
    /// What is asked arrives; when the answer begins, the connection is reset.
    LoseAnswers,
}

/// Which of the bridge's ways out goes through the proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// The event stream: gRPC over TLS.
    Stream,
    /// Sign-in and REST.
    Rest,
    /// Chime, ECS, S3 and both queues.
    Aws,
}

/// A world whose bridge has its way out behind a proxy, started and ready.
pub async fn world_behind(way: Way, settings: &[(&str, &str)]) -> (World, Proxy) {
    let claims = |config: &mut chime_emulator::start::Config| {
        config.recorders.insert("chime-recorder".into(), recorder(&["--claim-media"]));
    };
    let mut world = World::without_bridge(claims, settings).await;
    let at = world.emulator.addresses;
    let target = match way {
        Way::Stream => at.pubsub,
        Way::Rest => at.org,
        Way::Aws => at.aws,
    };
    let proxy = Proxy::before(target).await;
    let here = format!("http://{}", proxy.address);
    let moved = match way {
        Way::Stream => vec![(
            "SALESFORCE__PUBSUB_ENDPOINT",
            format!("https://localhost:{}", proxy.address.port()),
        )],
        Way::Rest => {
            // A sign-in tells where REST is.
            world.emulator.org.set_base_url(&here);
            vec![("SALESFORCE__INSTANCE_URL", here.clone()), ("SALESFORCE__AUDIENCE", here)]
        }
        Way::Aws => {
            let queue = |name| {
                world
                    .emulator
                    .queue_url(name)
                    .replace(&at.aws.to_string(), &proxy.address.to_string())
            };
            vec![
                ("AWS__NOTICES_QUEUE_URL", queue(NOTICES)),
                ("AWS__SIGNALS_QUEUE_URL", queue(SIGNALS)),
                ("AWS__ENDPOINT_URL", here),
            ]
        }
    };
    for (name, value) in moved {
        world.settings.push((format!("CHIME_BRIDGE_{name}"), value));
    }
    world.start().await;
    assert!(proxy.connections() > 0, "the bridge does not go through the proxy");
    (world, proxy)
}

/// A proxy in front of one address. Ends with its value.
pub struct Proxy {
    /// Where the bridge connects.
    pub address: SocketAddr,
    line: watch::Sender<Line>,
    /// Raised to reset what stands.
    cuts: watch::Sender<u64>,
    seen: Arc<Seen>,
    accepts: JoinHandle<()>,
}

/// What has come along.
#[derive(Default)]
struct Seen {
    connections: AtomicU64,
    struck: AtomicU64,
}

impl Proxy {
    /// Starts in front of this address; all goes through.
    pub async fn before(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (line, cuts) = (watch::Sender::new(Line::Pass), watch::Sender::new(0));
        let seen = Arc::new(Seen::default());
        let wires = (line.subscribe(), cuts.subscribe(), seen.clone());
        let accepts = spawn(accept(listener, target, wires));
        Self { address, line, cuts, seen, accepts }
    }

    /// Changes what happens to bytes.
    pub fn set(&self, line: Line) {
        self.line.send_replace(line);
        if line == Line::Refuse {
            self.cut();
        }
    }

    /// Resets (RST) every connection that stands. New ones are taken.
    pub fn cut(&self) {
        self.cuts.send_modify(|cuts| *cuts += 1);
    }

    /// Connections made so far.
    pub fn connections(&self) -> u64 {
        self.seen.connections.load(Ordering::Relaxed)
    }

    /// Times so far that bytes were held, slowed or lost, or a connection reset.
    pub fn struck(&self) -> u64 {
        self.seen.struck.load(Ordering::Relaxed)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepts.abort();
        self.cut();
    }
}

type Wires = (watch::Receiver<Line>, watch::Receiver<u64>, Arc<Seen>);

async fn accept(listener: TcpListener, target: SocketAddr, wires: Wires) {
    while let Ok((client, _)) = listener.accept().await {
        wires.2.connections.fetch_add(1, Ordering::Relaxed);
        let refused = *wires.0.borrow() == Line::Refuse;
        match TcpStream::connect(target).await {
            Ok(server) if !refused => drop(spawn(carry(client, server, wires.clone()))),
            _ => {
                wires.2.struck.fetch_add(1, Ordering::Relaxed);
                let _ = client.set_zero_linger(); // closing then resets
            }
        }
    }
}

/// The connection is to be reset.
struct Reset;

/// Carries one connection until both sides have ended it or it is reset.
async fn carry(mut client: TcpStream, mut server: TcpStream, (line, mut cuts, seen): Wires) {
    cuts.mark_unchanged();
    let (ends, reset) = {
        let _ = (client.set_nodelay(true), server.set_nodelay(true));
        let (from_client, to_client) = client.split();
        let (from_server, to_server) = server.split();
        let asked = pump(from_client, to_server, line.clone(), &seen, false);
        let told = pump(from_server, to_client, line, &seen, true);
        tokio::select! {
            // Each way ends by itself: a half-closed connection is a legal one.
            ends = async { tokio::try_join!(asked, told) } => (ends.is_ok(), ends.is_err()),
            _ = cuts.changed() => {
                seen.struck.fetch_add(1, Ordering::Relaxed);
                (false, true)
            }
        }
    };
    if reset && !ends {
        let _ = (client.set_zero_linger(), server.set_zero_linger());
    }
}

/// One way of a connection. `answers`: from the emulator to the bridge.
async fn pump(
    mut from: ReadHalf<'_>,
    mut to: WriteHalf<'_>,
    mut line: watch::Receiver<Line>,
    seen: &Seen,
    answers: bool,
) -> Result<(), Reset> {
    let mut buffer = vec![0; 16 * 1024];
    let mut dead = false;
    loop {
        let read = from.read(&mut buffer).await.map_err(|_| Reset)?;
        if read == 0 {
            let _ = to.shutdown().await;
            return Ok(());
        }
        let bytes = &buffer[..read];
        loop {
            let now = *line.borrow_and_update();
            if now != Line::Pass {
                seen.struck.fetch_add(1, Ordering::Relaxed);
            }
            dead |= now == Line::HalfOpen && answers;
            match now {
                _ if dead => {}
                Line::Stall => {
                    line.changed().await.map_err(|_| Reset)?;
                    continue;
                }
                Line::Slow(rate) => {
                    for piece in bytes.chunks((rate / 20).max(1)) {
                        to.write_all(piece).await.map_err(|_| Reset)?;
                        let time = piece.len() as f64 / rate as f64;
                        tokio::time::sleep(Duration::from_secs_f64(time)).await;
                    }
                }
                Line::Refuse => return Err(Reset),
                Line::LoseAnswers if answers => return Err(Reset),
                _ => to.write_all(bytes).await.map_err(|_| Reset)?,
            }
            break;
        }
    }
}
