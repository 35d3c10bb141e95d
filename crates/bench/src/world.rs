//! An emulator in this process and the release binary of the bridge as a process of its own.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use chime_bridge::store::{SqliteStore, Store};
use chime_emulator::apex::gateway::{Gateway, Guest, Meeting, Wish};
use chime_emulator::demo::bridge::{Bridge, binary};
use chime_emulator::people::Person;
use chime_emulator::start::{ADMIN, Config, Emulator, Ports};
use tempfile::TempDir;
use tokio::time::Instant;

/// Longest wait for anything that must come true.
const PATIENCE: Duration = Duration::from_secs(300);

/// An emulator and, when started, a bridge.
pub struct World {
    /// The emulator.
    pub emulator: Emulator,
    /// What Apex does.
    pub apex: Gateway,
    dir: TempDir,
    admin: String,
    bridge: Option<Bridge>,
}

impl World {
    /// The emulator, with far more event deliveries and room for far more meetings than any bench
    /// needs: a new AWS account holds 250 at once until its quota is raised.
    pub async fn new(repository: &Path, change: impl FnOnce(&mut Config)) -> anyhow::Result<Self> {
        let dir = tempfile::tempdir()?;
        let mut config = Config {
            ports: Ports::any(),
            data_dir: dir.path().join("emulator"),
            metadata_dir: repository.join("force-app"),
            ..Config::default()
        };
        config.bus.delivery_limit = 10_000_000;
        config.chime.meetings = 5_000;
        change(&mut config);
        let emulator = Emulator::start(config).await?;
        let apex = Gateway::new(emulator.org.clone(), ADMIN);
        let admin = format!("127.0.0.1:{}", free_port()?);
        Ok(Self { emulator, apex, dir, admin, bridge: None })
    }

    /// Starts the bridge and waits until it is ready.
    pub async fn start(&mut self) -> anyhow::Result<()> {
        let settings = self.dir.path().join("bridge.toml");
        let text = self.emulator.bridge_settings(self.dir.path(), &self.admin);
        // What a production bridge writes: a line a thing that happened, as JSON.
        std::fs::write(&settings, text.replace("format = \"human\"", "format = \"json\""))?;
        let log = self.dir.path().join("bridge.log");
        self.bridge = Some(Bridge::start(&binary(None)?, &settings, &log, &self.admin).await?);
        Ok(())
    }

    /// Ends the bridge in good order.
    pub async fn stop(&mut self) -> anyhow::Result<()> {
        match self.bridge.take() {
            Some(bridge) => bridge.stop().await,
            None => Ok(()),
        }
    }

    /// The folder of the bridge's own files.
    pub fn dir(&self) -> PathBuf {
        self.dir.path().to_path_buf()
    }

    /// The bridge's store.
    pub fn store_path(&self) -> PathBuf {
        self.dir.path().join("bridge.db")
    }

    /// Resident memory of the bridge, MB (of 1,048,576 bytes).
    pub fn resident_mb(&self) -> anyhow::Result<f64> {
        let id = self.bridge.as_ref().and_then(Bridge::id).context("the bridge does not run")?;
        let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
        Ok(kib.context("the kernel tells no VmRSS")? / 1_024.0)
    }

    /// A host and a guest who mean to meet.
    pub fn two(&self) -> Vec<Guest> {
        let guest = |name: &str, role: &str| Guest { name: name.into(), role: role.into() };
        vec![guest("Host", "Host"), guest("Guest", "Guest")]
    }

    /// Clicks **Start meeting** with a host and a guest.
    pub fn click(&self) -> anyhow::Result<Meeting> {
        let wish = Wish { subject: "Bench".into(), policy: "Notice".into(), ..Wish::default() };
        Ok(self.apex.start(&wish, &self.two())?)
    }

    /// The person of a seat, outside as yet.
    pub fn person(&self, meeting: &Meeting, seat: usize) -> anyhow::Result<Person> {
        let seat = &meeting.seats[seat];
        Ok(self.emulator.people.add(&seat.name, &seat.key, seat.host_key.as_deref())?)
    }

    /// A field of a meeting's record as text.
    pub fn told(&self, meeting: &str, field: &str) -> String {
        let record = self.emulator.org.get("Chime_Meeting__c", meeting).unwrap_or_default();
        record.get(field).and_then(|value| value.as_str()).unwrap_or_default().to_string()
    }

    /// API calls the org has counted, by resource.
    pub fn calls(&self) -> std::collections::BTreeMap<String, u64> {
        self.emulator.org.calls()
    }

    /// Events delivered to all subscribers so far.
    pub fn deliveries(&self) -> u64 {
        self.emulator.bus.deliveries().iter().map(|told| told.events).sum()
    }

    /// Waits until the bridge has nothing left to do or to tell.
    pub async fn drained(&self) -> anyhow::Result<()> {
        let store = SqliteStore::open_beside(&self.store_path()).await?;
        let begun = Instant::now();
        loop {
            let left = store.counts().await?;
            if left.effects == 0 && left.outbox == 0 {
                store.close().await;
                return Ok(());
            }
            if begun.elapsed() > PATIENCE {
                bail!("the bridge still has things to do after {PATIENCE:?}: {left:?}");
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    }
}

/// Looks every `pause` until it holds.
pub async fn until(
    what: &str,
    pause: Duration,
    mut look: impl FnMut() -> bool,
) -> anyhow::Result<()> {
    let begun = Instant::now();
    while !look() {
        if begun.elapsed() > PATIENCE {
            bail!("never came true within {PATIENCE:?}: {what}");
        }
        tokio::time::sleep(pause).await;
    }
    Ok(())
}

fn free_port() -> anyhow::Result<u16> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
