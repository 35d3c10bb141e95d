//! The console's server over sockets: what the stand-in for Apex answers and refuses, what it
//! tells the bridge, who may ask at all, and the files of console and room.

#![allow(missing_docs, reason = "names in tests speak for themselves")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod doors;
mod invitations;
mod meetings;
mod privacy;
mod recordings;
mod shapes;
mod source;
mod viewer;

use std::path::{Path, PathBuf};

use chime_emulator::start::{ADMIN, Config, Emulator, Ports};
use serde_json::{Value, json};

/// A running emulator with console and room, and a browser's part in it.
pub struct World {
    pub emulator: Emulator,
    pub http: reqwest::Client,
    pub users: Value,
    pub home: String,
    pub folder: tempfile::TempDir,
}

pub fn force_app() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../force-app")
}

pub async fn world() -> World {
    let folder = tempfile::tempdir().unwrap();
    for site in ["console", "room"] {
        let dir = folder.path().join(site);
        std::fs::create_dir_all(dir.join("assets")).unwrap();
        std::fs::write(dir.join("index.html"), format!("<title>{site}</title>")).unwrap();
        std::fs::write(dir.join("assets/app-1234.js"), "export {};").unwrap();
        std::fs::write(dir.join(".secret"), "hidden").unwrap();
    }
    std::fs::write(folder.path().join("outside.txt"), "outside").unwrap();
    let headers = json!({"Content-Security-Policy": "frame-src {frame}; media-src {media}"});
    std::fs::write(folder.path().join("console/headers.json"), headers.to_string()).unwrap();
    let headers = json!({
        "Content-Security-Policy": "frame-ancestors {frameAncestors}; connect-src 'self' {connect}",
        "Referrer-Policy": "no-referrer",
    });
    std::fs::write(folder.path().join("room/headers.json"), headers.to_string()).unwrap();
    let config = Config {
        ports: Ports::any(),
        data_dir: folder.path().join("data"),
        metadata_dir: force_app(),
        room_site: Some(folder.path().join("room")),
        console_site: Some(folder.path().join("console")),
        ..Config::default()
    };
    let emulator = Emulator::start(config).await.unwrap();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut world = World { emulator, http, users: Value::Null, home: String::new(), folder };
    let told = world.get("/console.json").await;
    world.home = told["home"].as_str().unwrap().into();
    world.users = told["users"].clone();
    world
}

impl World {
    pub fn console(&self) -> String {
        format!("http://{}", self.emulator.addresses.console.unwrap())
    }

    pub fn room(&self) -> String {
        format!("http://{}", self.emulator.addresses.room)
    }

    /// A user's id, by role: host, colleague, admin.
    pub fn user(&self, role: &str) -> String {
        let users = self.users.as_array().unwrap();
        let user = users.iter().find(|user| user["role"] == role).unwrap();
        user["id"].as_str().unwrap().into()
    }

    pub async fn get(&self, path: &str) -> Value {
        let answer = self.http.get(format!("{}{path}", self.console())).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.json().await.unwrap()
    }

    /// Calls a controller as a user, by role.
    pub async fn call(&self, role: &str, method: &str, args: Value) -> (u16, Value) {
        let answer = self
            .http
            .post(format!("{}/apex/{method}", self.console()))
            .header("x-console-user", self.user(role))
            .json(&args)
            .send()
            .await
            .unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    /// The same, where an answer is expected.
    pub async fn ask(&self, role: &str, method: &str, args: Value) -> Value {
        let (status, answer) = self.call(role, method, args).await;
        assert_eq!(status, 200, "{method}: {answer}");
        answer
    }

    /// The same, where a refusal is expected: its text.
    pub async fn refusal(&self, role: &str, method: &str, args: Value) -> String {
        let (status, answer) = self.call(role, method, args).await;
        assert_eq!(status, 400, "{method}: {answer}");
        answer["message"].as_str().unwrap().into()
    }

    /// A meeting the host started from the seeded account: its id.
    pub async fn start(&self) -> String {
        let started = self
            .ask(
                "host",
                "ChimeStartController.start",
                json!({"recordId": self.home, "subject": ""}),
            )
            .await;
        started["meetingId"].as_str().unwrap().into()
    }

    /// Actions and fields of all commands so far.
    pub fn commands(&self) -> Vec<(String, Value)> {
        let (_, seen) = self.emulator.bus.look(Some(0), 10_000);
        let commands = seen.into_iter().filter(|event| event.name == "Chime_Command__e");
        commands
            .map(|event| {
                let action = event.fields["Action__c"].as_str().unwrap().to_string();
                (action, event.fields)
            })
            .collect()
    }

    pub fn actions(&self) -> Vec<String> {
        self.commands().into_iter().map(|(action, _)| action).collect()
    }

    pub fn insert(&self, object: &str, row: Value) -> String {
        self.emulator.org.insert(ADMIN, object, row).unwrap()
    }

    pub fn update(&self, object: &str, id: &str, row: Value) {
        self.emulator.org.update(ADMIN, object, id, row).unwrap();
    }

    pub fn rows(&self, soql: &str) -> Vec<Value> {
        self.emulator.org.query(soql).unwrap()
    }

    /// A label's English text.
    pub fn label(&self, name: &str) -> String {
        let folders = chime_emulator::org::metadata::Package::folders(&force_app()).unwrap();
        let texts = chime_emulator::apex::texts::Texts::read(&folders).unwrap();
        assert!(texts.has(name), "there is no label {name}");
        texts.get(name, false)
    }
}

/// A time from now, as a form sends it.
pub fn in_hours(hours: i64) -> String {
    let clock = chime_emulator::clock::Clock::default();
    chime_emulator::apex::gateway::date((clock.now() / 1_000) * 1_000 + hours * 3_600_000)
}
