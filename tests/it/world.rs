//! A world for one test: an emulator on free ports and the real bridge as a process of its own,
//! which can be stopped, killed and started again. Nothing here waits for a fixed time: `until`
//! looks again until a thing is true, and fails with what it saw last.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use chime_emulator::apex::gateway::{Gateway, Guest, Meeting, Wish};
use chime_emulator::people::Person;
use chime_emulator::start::{ADMIN, Config, Emulator, Ports};
use serde_json::Value;
use tempfile::TempDir;
use tokio::process::{Child, Command};

/// Longest wait for anything. Far beyond what is needed, so that a slow machine fails nothing.
const PATIENCE: Duration = Duration::from_secs(60);

/// An emulator and a bridge.
pub struct World {
    /// The emulator.
    pub emulator: Emulator,
    /// What Apex does.
    pub apex: Gateway,
    /// Extra settings of the bridge, as `CHIME_BRIDGE_…` variables.
    pub settings: Vec<(String, String)>,
    /// Program and arguments that start the bridge: a shell that sets something up before.
    pub through: Vec<String>,
    dir: TempDir,
    bridge: Option<Child>,
    admin: String,
    starts: u32,
}

impl World {
    /// Both running, the bridge ready.
    pub async fn new() -> Self {
        Self::with(|_| {}, &[]).await
    }

    /// With a changed emulator and settings such as `("meeting.quiet_limit", "2000")`.
    pub async fn with(change: impl FnOnce(&mut Config), settings: &[(&str, &str)]) -> Self {
        let mut world = Self::without_bridge(change, settings).await;
        world.start().await;
        world
    }

    /// The emulator alone.
    pub async fn without_bridge(
        change: impl FnOnce(&mut Config),
        settings: &[(&str, &str)],
    ) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut config = Config {
            ports: Ports::any(),
            data_dir: dir.path().join("emulator"),
            metadata_dir: PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("force-app"),
            poll: Duration::from_millis(100),
            ..Config::default()
        };
        config.chime.drop_ms = 500;
        config.recorders.insert("chime-recorder".into(), recorder(&[]));
        change(&mut config);
        let emulator = Emulator::start(config).await.unwrap();
        let apex = Gateway::new(emulator.org.clone(), ADMIN);
        let settings = settings
            .iter()
            .map(|(key, value)| {
                let name = key.to_uppercase().replace('.', "__");
                (format!("CHIME_BRIDGE_{name}"), (*value).to_string())
            })
            .collect();
        let admin = format!("127.0.0.1:{}", free_port());
        let through = Vec::new();
        Self { emulator, apex, settings, through, dir, bridge: None, admin, starts: 0 }
    }

    /// Starts the bridge and waits until it is ready.
    pub async fn start(&mut self) {
        self.launch();
        let url = format!("http://{}/ready", self.admin);
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let log = self.log_path();
        until("the bridge is ready", || async {
            let answer = http.get(&url).send().await;
            match answer {
                Ok(answer) if answer.status().is_success() => Ok(()),
                Ok(answer) => Err(answer.text().await.unwrap_or_default()),
                Err(error) => Err(format!("{error}; log: {}", tail(&log))),
            }
        })
        .await;
    }

    /// Starts the bridge and waits for nothing.
    pub fn launch(&mut self) {
        assert!(self.bridge.is_none(), "the bridge runs already");
        self.starts += 1;
        self.write_settings();
        let log = std::fs::File::options().create(true).append(true).open(self.log_path()).unwrap();
        let child = self
            .command()
            .arg("run")
            .stdout(Stdio::from(log.try_clone().unwrap()))
            .stderr(Stdio::from(log))
            .spawn()
            .unwrap();
        self.bridge = Some(child);
    }

    /// Writes the bridge's settings file; its path.
    pub fn write_settings(&self) -> PathBuf {
        let file = self.dir.path().join("bridge.toml");
        let settings = self.emulator.bridge_settings(self.dir.path(), &self.admin);
        std::fs::write(&file, settings).unwrap();
        file
    }

    /// The bridge's binary with this world's settings.
    pub fn command(&self) -> Command {
        let bridge = env!("CARGO_BIN_EXE_chime-bridge").to_string();
        let mut line = self.through.iter().chain([&bridge]);
        let mut command = Command::new(line.next().unwrap_or(&bridge));
        command
            .args(line)
            .arg("--config")
            .arg(self.dir.path().join("bridge.toml"))
            .envs(self.settings.iter().cloned())
            .env("AWS_ACCESS_KEY_ID", "emulator")
            .env("AWS_SECRET_ACCESS_KEY", "emulator")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }

    /// `kill -9`.
    pub async fn kill(&mut self) {
        let mut child = self.bridge.take().expect("the bridge runs");
        child.kill().await.unwrap();
    }

    /// SIGTERM, and its exit code.
    pub async fn stop(&mut self) -> Option<i32> {
        self.end_with("-TERM").await.code()
    }

    /// A signal that ends it, such as `-TERM`, and how it ended.
    pub async fn end_with(&mut self, signal: &str) -> std::process::ExitStatus {
        let mut child = self.bridge.take().expect("the bridge runs");
        let id = child.id().expect("the bridge runs").to_string();
        Command::new("kill").arg(signal).arg(id).status().await.unwrap();
        let ended = tokio::time::timeout(PATIENCE, child.wait()).await;
        ended.expect("the bridge ends when asked").unwrap()
    }

    /// The process's id, while it lives.
    pub fn pid(&self) -> Option<u32> {
        self.bridge.as_ref()?.id()
    }

    /// True while the process lives.
    pub fn runs(&mut self) -> bool {
        self.bridge.as_mut().is_some_and(|child| matches!(child.try_wait(), Ok(None)))
    }

    /// The bridge's log so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    /// The bridge's own folder.
    pub fn dir(&self) -> &std::path::Path {
        self.dir.path()
    }

    /// `http://127.0.0.1:…` of the bridge.
    pub fn admin(&self) -> &str {
        &self.admin
    }

    fn log_path(&self) -> PathBuf {
        self.dir.path().join("bridge.log")
    }

    /// Clicks **Start meeting** with a host and guests.
    pub fn click(&self, wish: Wish, names: &[&str]) -> Meeting {
        let guests = guests(names);
        self.apex.start(&wish, &guests).unwrap()
    }

    /// The person of a seat, outside as yet.
    pub fn person(&self, meeting: &Meeting, seat: usize) -> Person {
        let seat = &meeting.seats[seat];
        self.emulator.people.add(&seat.name, &seat.key, seat.host_key.as_deref()).unwrap()
    }

    /// Rows of a query.
    pub fn query(&self, soql: &str) -> Vec<Value> {
        let rows = self.emulator.org.query(soql);
        rows.unwrap_or_else(|e| panic!("{soql}: {} {}", e.code, e.message))
    }

    /// A field of a record as text.
    pub fn field(&self, object: &str, id: &str, field: &str) -> String {
        let record = self.emulator.org.get(object, id);
        match record.as_ref().and_then(|r| r.get(field)) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        }
    }

    /// Waits until a record's field has this value.
    pub async fn until_field(&self, object: &str, id: &str, field: &str, value: &str) {
        until(&format!("{object}.{field} is {value}"), || async {
            let now = self.field(object, id, field);
            if now == value { Ok(()) } else { Err(format!("it is {now:?}; {}", self.trouble())) }
        })
        .await;
    }

    /// Waits until the meeting has this status.
    pub async fn until_status(&self, meeting: &Meeting, status: &str) {
        self.until_field("Chime_Meeting__c", &meeting.id, "Status__c", status).await;
    }

    /// Waits until a query gives so many rows, and returns them.
    pub async fn until_rows(&self, soql: &str, count: usize) -> Vec<Value> {
        until(&format!("{count} rows of {soql}"), || async {
            let rows = self.query(soql);
            if rows.len() == count {
                Ok(())
            } else {
                Err(format!("{} rows: {rows:?}; {}", rows.len(), self.trouble()))
            }
        })
        .await;
        self.query(soql)
    }

    /// Open dead letters as (step, cause).
    pub fn letters(&self) -> Vec<(String, String)> {
        self.query("SELECT Step__c, Cause__c FROM Chime_Dead_Letter__c WHERE State__c = 'Open'")
            .iter()
            .map(|row| (text(&row["Step__c"]), text(&row["Cause__c"])))
            .collect()
    }

    /// Chime meetings ever made for this record.
    pub fn chime_meetings(&self, meeting: &Meeting) -> usize {
        let ledger = self.emulator.chime.ledger();
        ledger.meetings.iter().filter(|m| m.external_meeting_id == meeting.id).count()
    }

    /// What an operator would look at first: open dead letters, the end of the log.
    pub fn trouble(&self) -> String {
        format!("letters: {:?}; log: {}", self.letters(), tail(&self.log_path()))
    }
}

/// The first is the host, the others are guests.
pub fn guests(names: &[&str]) -> Vec<Guest> {
    let role = |n: usize| if n == 0 { "Host" } else { "Guest" };
    names
        .iter()
        .enumerate()
        .map(|(n, name)| Guest { name: (*name).into(), role: role(n).into() })
        .collect()
}

/// The scripted recorder with these flags.
pub fn recorder(flags: &[&str]) -> Vec<String> {
    let program =
        PathBuf::from(env!("CARGO_BIN_EXE_chime-bridge")).with_file_name("chime-emulator");
    let mut command = vec![program.display().to_string(), "stand-in".into()];
    command.extend(["--pace-ms", "200"].map(String::from));
    command.extend(flags.iter().map(|flag| (*flag).to_string()));
    command
}

/// The true recorder, as the demo starts it.
pub fn real_recorder(config: &mut Config) {
    let program =
        PathBuf::from(env!("CARGO_BIN_EXE_chime-bridge")).with_file_name("chime-recorder");
    assert!(program.exists(), "{} is not built: cargo build --workspace", program.display());
    let command = vec![program.display().to_string(), "record".into()];
    config.recorders.insert("chime-recorder".into(), command);
}

/// Recorders that say their pieces are good, as the real one does of good ones.
pub fn claiming(config: &mut Config) {
    config.recorders.insert("chime-recorder".into(), recorder(&["--claim-media"]));
}

/// A text value, empty for null.
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_string()
}

/// Looks again until it holds; fails with what it saw last.
pub async fn until<F>(what: &str, look: impl FnMut() -> F)
where
    F: Future<Output = Result<(), String>>,
{
    until_within(PATIENCE, what, look).await;
}

/// The same with a patience of its own.
pub async fn until_within<F>(patience: Duration, what: &str, mut look: impl FnMut() -> F)
where
    F: Future<Output = Result<(), String>>,
{
    let begun = tokio::time::Instant::now();
    loop {
        match look().await {
            Ok(()) => return,
            Err(seen) if begun.elapsed() > patience => panic!("never came true: {what}. {seen}"),
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

fn tail(path: &std::path::Path) -> String {
    let log = std::fs::read_to_string(path).unwrap_or_default();
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(15)..].join("\n")
}
