//! Starts the emulator: binds its ports first, so that every part knows the others' addresses,
//! then makes the parts and serves them until shutdown.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use axum::serve::ListenerExt;
use tokio::net::{TcpListener, UdpSocket};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::account::Account;
use crate::apex::triggers::Triggers;
use crate::aws::chime::{Chime, Doorkeeper, Limits, Media};
use crate::aws::ecs::Ecs;
use crate::aws::eventbridge::EventBridge;
use crate::aws::s3::S3;
use crate::aws::sqs::Sqs;
use crate::bots::Bots;
use crate::clock::Clock;
use crate::console::Console;
use crate::control::{self, Control};
use crate::faults::Faults;
use crate::org::Org;
use crate::org::bus::{Bus, BusConfig};
use crate::people::People;
use crate::room::{Room, Served, Visits};
use crate::salesforce::Salesforce;
use crate::tasks::spawn;

/// Bucket of the room: tickets.
pub const ROOM_BUCKET: &str = "chime-room";
/// Bucket of recordings, with versions.
pub const RECORDINGS_BUCKET: &str = "chime-recordings";
/// Bucket of launch files and journals.
pub const WORK_BUCKET: &str = "chime-work";
/// ECS cluster.
pub const CLUSTER: &str = "chime";
/// User name of the administrator.
pub const ADMIN: &str = "admin@emulator.example";
/// User name of the integration user.
pub const BRIDGE: &str = "bridge@emulator.example";
/// Consumer key of the bridge's client app.
pub const CLIENT_ID: &str = "emulator-client";
/// Its consumer secret, for the client credentials flow.
pub const CLIENT_SECRET: &str = "emulator-secret";
/// Queue of EventBridge's notices; its dead letters go to the same name with `-dlq`.
pub const NOTICES: &str = "chime-notices";
/// Queue of the room's signals; its dead letters go to the same name with `-dlq`.
pub const SIGNALS: &str = "chime-signals";

/// Where the room's build puts its files.
pub const ROOM_SITE: &str = "room/dist";
/// Where the console's build puts its files.
pub const CONSOLE_SITE: &str = "crates/emulator/console/dist";

/// The ports; 0 takes any free one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ports {
    /// The org's OAuth and REST.
    pub org: u16,
    /// The org's Pub/Sub API.
    pub pubsub: u16,
    /// The AWS account.
    pub aws: u16,
    /// Faults, clock, people.
    pub control: u16,
    /// The room's origin.
    pub room: u16,
    /// The console, where there is one.
    pub console: u16,
    /// Signaling of meetings, a WebSocket.
    pub signaling: u16,
    /// Sound and pictures, UDP.
    pub media: u16,
}

impl Default for Ports {
    fn default() -> Self {
        Self {
            org: 8801,
            pubsub: 8802,
            aws: 4566,
            control: 8805,
            room: 8806,
            console: 8800,
            signaling: 8804,
            media: 8803,
        }
    }
}

impl Ports {
    /// Any free ports, for tests.
    pub fn any() -> Self {
        Self { org: 0, pubsub: 0, aws: 0, control: 0, room: 0, console: 0, signaling: 0, media: 0 }
    }
}

/// How the emulator is set up.
#[derive(Clone)]
pub struct Config {
    /// Address all ports are bound to; nothing here is fit for a network.
    pub host: IpAddr,
    /// Ports.
    pub ports: Ports,
    /// Folder for certificates, keys and large objects; made if missing.
    pub data_dir: PathBuf,
    /// Salesforce metadata (`force-app`), the source of the org's objects and events.
    pub metadata_dir: PathBuf,
    /// The org's id, 18 characters.
    pub org_id: String,
    /// The event bus: replay ids, keep-alive, retention, allocation.
    pub bus: BusConfig,
    /// False: as if an admin had taken the filters off the change channel's members.
    pub channel_filters: bool,
    /// Namespace of a packaged install.
    pub namespace: Option<String>,
    /// Life of an access token.
    pub session_life: Duration,
    /// Delay between RunTask and a running process, emulated time.
    pub task_start_delay: Duration,
    /// Chime's quotas and waits.
    pub chime: Limits,
    /// Where clients find media; set from the ports at the start.
    pub media: Media,
    /// Command that stands for a Fargate task, by task family: program and arguments.
    pub recorders: BTreeMap<String, Vec<String>>,
    /// Built files of the room; without them its origin has the page for a recorder among people
    /// without media.
    pub room_site: Option<PathBuf>,
    /// Built files of the console; without them there is no console.
    pub console_site: Option<PathBuf>,
    /// Origins that may show the room in a frame, besides the console.
    pub frame_ancestors: Vec<String>,
    /// Time between a person's looks at the ticket, real time.
    pub poll: Duration,
    /// The emulated world's time.
    pub clock: Clock,
    /// Ordered faults.
    pub faults: Faults,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            host: IpAddr::V4(Ipv4Addr::LOCALHOST),
            ports: Ports::default(),
            data_dir: PathBuf::from(".emulator"),
            metadata_dir: PathBuf::from("force-app"),
            org_id: chime_contract::command::long_id("00D5e000000EmuL"),
            bus: BusConfig::default(),
            channel_filters: true,
            namespace: None,
            session_life: Duration::from_secs(7_200),
            task_start_delay: Duration::ZERO,
            chime: Limits::default(),
            media: Media::default(),
            recorders: BTreeMap::new(),
            room_site: None,
            console_site: None,
            frame_ancestors: Vec::new(),
            poll: Duration::from_secs(1),
            clock: Clock::default(),
            faults: Faults::default(),
        }
    }
}

/// Where the parts are served.
#[derive(Debug, Clone, Copy)]
pub struct Addresses {
    /// The org's OAuth and REST.
    pub org: SocketAddr,
    /// The org's Pub/Sub API.
    pub pubsub: SocketAddr,
    /// The AWS account.
    pub aws: SocketAddr,
    /// Faults, clock, people.
    pub control: SocketAddr,
    /// The room's origin.
    pub room: SocketAddr,
    /// The console.
    pub console: Option<SocketAddr>,
    /// Signaling of meetings.
    pub signaling: SocketAddr,
    /// Sound and pictures.
    pub media: SocketAddr,
}

/// A running emulator. Dropping it stops it at once.
pub struct Emulator {
    /// Where it is served.
    pub addresses: Addresses,
    /// The emulated world's time.
    pub clock: Clock,
    /// Ordered faults.
    pub faults: Faults,
    /// Folder with certificates and keys.
    pub data_dir: PathBuf,
    /// The org.
    pub org: Arc<Org>,
    /// The org's event bus.
    pub bus: Bus,
    /// The triggers' stand-in.
    pub triggers: Arc<Triggers>,
    /// Objects.
    pub s3: S3,
    /// Tasks.
    pub ecs: Ecs,
    /// The queues.
    pub sqs: Sqs,
    /// The notices' way.
    pub eventbridge: EventBridge,
    /// Meetings.
    pub chime: Chime,
    /// People without media.
    pub people: People,
    /// Sound, pictures and signaling.
    pub media: chime_media::server::Media,
    /// Company with sound and picture.
    pub bots: Bots,
    signaling: String,
    stop: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
}

impl Emulator {
    /// Starts all parts.
    ///
    /// # Errors
    /// A port is taken (the message names it and who may hold it), or a folder cannot be made.
    pub async fn start(mut config: Config) -> anyhow::Result<Self> {
        std::fs::create_dir_all(&config.data_dir).with_context(|| {
            format!("the emulator's folder {} cannot be made", config.data_dir.display())
        })?;
        let signaling =
            bind(config.host, config.ports.signaling, "signaling", "--signaling-port").await?;
        let packets = bind_media(config.host, config.ports.media).await?;
        config.media = Media {
            signaling: format!("ws://{}", signaling.local_addr()?),
            audio: packets.local_addr()?.to_string(),
        };
        let Config { host, ports, clock, faults, .. } = &config;
        let org = bind(*host, ports.org, "the org", "--org-port").await?;
        let pubsub = bind(*host, ports.pubsub, "the Pub/Sub API", "--pubsub-port").await?;
        let aws = bind(*host, ports.aws, "the AWS account", "--aws-port").await?;
        let control_port = bind(*host, ports.control, "control", "--control-port").await?;
        let room = bind(*host, ports.room, "the room", "--room-port").await?;
        let console = match config.console_site {
            Some(_) => Some(bind(*host, ports.console, "the console", "--console-port").await?),
            None => None,
        };
        let addresses = Addresses {
            org: org.local_addr()?,
            pubsub: pubsub.local_addr()?,
            aws: aws.local_addr()?,
            control: control_port.local_addr()?,
            room: room.local_addr()?,
            console: console.as_ref().map(TcpListener::local_addr).transpose()?,
            signaling: signaling.local_addr()?,
            media: packets.local_addr()?,
        };
        let salesforce = Salesforce::found(&config, addresses.org)?;
        let account = Account::open(&config, &addresses)?;
        let doorkeeper = Arc::new(Doorkeeper::new(account.chime.clone()));
        let media = chime_media::server::Media::start(
            signaling.into_std()?,
            packets.into_std()?,
            doorkeeper,
        )?;
        let origin = format!("http://{}", addresses.room);
        let people = People::new(
            account.chime.clone(),
            clock.clone(),
            origin.clone(),
            config.org_id.clone(),
            config.poll,
        )?;
        let visits = Visits::new(account.chime.clone(), people.clone(), config.org_id.clone());
        let room_part = Room {
            objects: Arc::new(account.s3.clone()),
            bucket: ROOM_BUCKET.into(),
            sqs: account.sqs.clone(),
            queue: SIGNALS.into(),
            faults: faults.clone(),
            visits: visits.clone(),
            served: Served::of(&config, &addresses),
        };
        let pictures = config.data_dir.join("pictures");
        let bots = Bots::new(origin.clone(), config.org_id.clone(), pictures);
        let control_part = Control {
            faults: faults.clone(),
            clock: clock.clone(),
            people: people.clone(),
            chime: account.chime.clone(),
        };

        let stop = CancellationToken::new();
        let console_part = console
            .map(|listener| Console::open(&config, &addresses, &salesforce).map(|c| (listener, c)))
            .transpose()?;
        let mut tasks = vec![
            serve(org, salesforce.org.clone().router(), &stop),
            salesforce.serve_events(pubsub, &stop),
            serve(aws, account.gateway(faults).router(), &stop),
            serve(room, room_part.router(), &stop),
            serve(
                control_port,
                control_part.router(Some(
                    control::media::router(media.clone())
                        .merge(control::bots::router(bots.clone()))
                        .merge(control::org::router(
                            salesforce.org.clone(),
                            salesforce.bus.clone(),
                        )),
                )),
                &stop,
            ),
            until_stopped(account.chime.clone().keep_time(), &stop),
            until_stopped(visits.watch(), &stop),
        ];
        if let Some((listener, part)) = console_part {
            tasks.push(serve(listener, part.router(), &stop));
        }
        let (clock, faults) = (clock.clone(), faults.clone());
        let Salesforce { org, bus, triggers, .. } = salesforce;
        let Account { s3, ecs, sqs, eventbridge, chime } = account;
        let data_dir = config.data_dir;
        let signaling = config.media.signaling;
        Ok(Self {
            addresses,
            clock,
            faults,
            data_dir,
            org,
            bus,
            triggers,
            s3,
            ecs,
            sqs,
            eventbridge,
            chime,
            people,
            media,
            bots,
            signaling,
            stop,
            tasks,
        })
    }

    /// Where clients find the meetings' signaling.
    pub fn signaling(&self) -> &str {
        &self.signaling
    }

    /// Stops taking requests, gives those under way a second, then ends all tasks.
    pub async fn shutdown(mut self) {
        self.ecs.shutdown();
        self.stop.cancel();
        for task in self.tasks.drain(..) {
            let abort = task.abort_handle();
            if tokio::time::timeout(Duration::from_secs(1), task).await.is_err() {
                abort.abort();
            }
        }
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.ecs.shutdown();
        self.stop.cancel();
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

async fn bind(host: IpAddr, port: u16, what: &str, flag: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind((host, port)).await.with_context(|| {
        format!(
            "port {port} for {what} cannot be taken on {host}: another emulator (also LocalStack or moto \
             on 4566) may hold it. Stop it (`chime-emulator run` can also be given another port with {flag}, the demo any with --any-ports)"
        )
    })
}

async fn bind_media(host: IpAddr, port: u16) -> anyhow::Result<UdpSocket> {
    UdpSocket::bind((host, port)).await.with_context(|| {
        format!(
            "UDP port {port} for media cannot be taken on {host}: another emulator may hold it. Stop it \
             (`chime-emulator run` can also be given another port with --media-port, the demo any with --any-ports)"
        )
    })
}

fn serve(listener: TcpListener, router: Router, stop: &CancellationToken) -> JoinHandle<()> {
    let stop = stop.clone();
    // Small answers must not wait for more to send.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "the delay of small packets could not be switched off");
        }
    });
    spawn(async move {
        let served = axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned());
        if let Err(error) = served.await {
            tracing::error!(%error, "a port of the emulator is no longer served");
        }
    })
}

/// Lets a part's clockwork run until shutdown.
fn until_stopped(
    clockwork: impl Future<Output = ()> + Send + 'static,
    stop: &CancellationToken,
) -> JoinHandle<()> {
    let stop = stop.clone();
    spawn(async move {
        stop.run_until_cancelled(clockwork).await;
    })
}
