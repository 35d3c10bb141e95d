//! The sockets of the media part: signaling by WebSocket, packets by UDP, one thread for both and
//! for the [`Hall`] between them, so that nothing else can make the sound late.

use std::collections::BTreeMap;
use std::io;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use crate::hall::{Entry, Hall, Output, SessionId, words};
use crate::presence::Presence;

mod socket;

/// Packets and messages taken before time is looked at again.
const BATCH: usize = 64;
/// Frames that may wait for a slow client; one more, and it is cut off.
const WAITING: usize = 512;

/// What comes to the hall from outside its thread.
enum Message {
    Opened { id: SessionId, meeting: String, token: String, to: mpsc::Sender<ToClient> },
    Frame(SessionId, Vec<u8>),
    Closed(SessionId),
    Ledger(oneshot::Sender<Vec<Entry>>),
    Cut(String, oneshot::Sender<bool>),
    Deafen(String, Duration, oneshot::Sender<bool>),
}

/// What goes to a client's connection.
enum ToClient {
    Frame(Vec<u8>),
    Close(Option<u16>),
}

/// A running media part. When the last handle is dropped, it stops.
#[derive(Clone)]
pub struct Media {
    orders: mpsc::Sender<Message>,
    _stop: Arc<oneshot::Sender<()>>,
}

impl Media {
    /// Serves signaling on `listener` and packets on `udp`, both bound already.
    ///
    /// # Errors
    /// The sockets cannot be used without blocking, or no thread can be had.
    pub fn start(
        listener: TcpListener,
        udp: UdpSocket,
        presence: Arc<dyn Presence>,
    ) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        udp.set_nonblocking(true)?;
        let address = udp.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (orders, inbox) = mpsc::channel(1024);
        let (stop, stopped) = oneshot::channel::<()>();
        let connections = orders.downgrade();
        let live = async move {
            let work = async move {
                let listener = tokio::net::TcpListener::from_std(listener)?;
                let udp = tokio::net::UdpSocket::from_std(udp)?;
                tokio::select! {
                    () = socket::accept(listener, connections) => Ok(()),
                    ended = run(udp, address, inbox, presence) => ended,
                }
            };
            tokio::select! {
                // Nothing is ever sent: this ends when the last handle is dropped.
                _ = stopped => {}
                ended = work => if let Err(error) = ended {
                    tracing::error!(%error, "the media part has stopped");
                },
            }
        };
        std::thread::Builder::new().name("media".into()).spawn(move || {
            let lived = catch_unwind(AssertUnwindSafe(|| runtime.block_on(live)));
            if let Err(panic) = lived {
                // What is half changed cannot be trusted, and meetings that are silent for ever
                // would look like a fault of whoever is in them.
                eprintln!("The media part broke ({}). This process ends with it.", words(&*panic));
                std::process::abort();
            }
        })?;
        Ok(Self { orders, _stop: Arc::new(stop) })
    }

    /// Who is connected and what flows.
    pub async fn ledger(&self) -> Vec<Entry> {
        self.ask(Message::Ledger).await.unwrap_or_default()
    }

    /// Closes an attendee's connections as if the network broke. False if there is none.
    pub async fn cut(&self, attendee: &str) -> bool {
        self.ask(|to| Message::Cut(attendee.into(), to)).await.unwrap_or_default()
    }

    /// Loses an attendee's packets, both ways, for a while. False if there is none.
    pub async fn deafen(&self, attendee: &str, time: Duration) -> bool {
        self.ask(|to| Message::Deafen(attendee.into(), time, to)).await.unwrap_or_default()
    }

    async fn ask<T>(&self, order: impl FnOnce(oneshot::Sender<T>) -> Message) -> Option<T> {
        let (to, answer) = oneshot::channel();
        self.orders.send(order(to)).await.ok()?;
        answer.await.ok()
    }
}

/// The loop: packets, messages, time.
async fn run(
    udp: tokio::net::UdpSocket,
    address: SocketAddr,
    mut inbox: mpsc::Receiver<Message>,
    presence: Arc<dyn Presence>,
) -> io::Result<()> {
    let mut hall = Hall::new(presence, address, Instant::now().into_std());
    let mut clients: BTreeMap<SessionId, mpsc::Sender<ToClient>> = BTreeMap::new();
    let mut packet = vec![0; 2_000];
    loop {
        let next = hall.tick(Instant::now().into_std());
        flush(&mut hall, &udp, &mut clients);
        tokio::select! {
            came = udp.recv_from(&mut packet) => {
                let mut came = came;
                for _ in 0..BATCH {
                    // An error of a send before (a port that is closed now) is reported here too.
                    let Ok((length, from)) = came else { break };
                    hall.packet(from, &packet[..length], Instant::now().into_std());
                    came = udp.try_recv_from(&mut packet);
                }
            }
            message = inbox.recv() => {
                let Some(message) = message else { return Ok(()) };
                handle(&mut hall, &mut clients, message);
                for _ in 0..BATCH {
                    let Ok(message) = inbox.try_recv() else { break };
                    handle(&mut hall, &mut clients, message);
                }
            }
            () = tokio::time::sleep_until(Instant::from_std(next)) => {}
        }
    }
}

fn handle(
    hall: &mut Hall,
    clients: &mut BTreeMap<SessionId, mpsc::Sender<ToClient>>,
    message: Message,
) {
    let now = Instant::now().into_std();
    // Who asked may have gone: then the answer is nobody's.
    match message {
        Message::Opened { id, meeting, token, to } => {
            clients.insert(id, to);
            hall.opened(id, &meeting, &token, now);
        }
        Message::Frame(id, bytes) => hall.frame(id, &bytes, now),
        Message::Closed(id) => {
            clients.remove(&id);
            hall.closed(id, now);
        }
        Message::Ledger(to) => drop(to.send(hall.ledger(now))),
        Message::Cut(attendee, to) => drop(to.send(hall.cut(&attendee))),
        Message::Deafen(attendee, time, to) => drop(to.send(hall.deafen(&attendee, time, now))),
    }
}

fn flush(
    hall: &mut Hall,
    udp: &tokio::net::UdpSocket,
    clients: &mut BTreeMap<SessionId, mpsc::Sender<ToClient>>,
) {
    while let Some(output) = hall.output() {
        let (id, what) = match output {
            // A packet that does not go is a lost packet.
            Output::Packet(to, bytes) => {
                let _ = udp.try_send_to(&bytes, to);
                continue;
            }
            Output::Frame(id, bytes) => (id, ToClient::Frame(bytes)),
            Output::Close(id, code) => (id, ToClient::Close(code)),
        };
        // Who reads too slowly loses the channel, and with it the connection.
        if clients.get(&id).is_some_and(|client| client.try_send(what).is_err()) {
            clients.remove(&id);
        }
    }
}
