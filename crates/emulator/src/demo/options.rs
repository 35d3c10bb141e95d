//! Flags of the demo, and the emulator they ask for.

use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;

use anyhow::Context;

use super::bridge::recorder_command;
use crate::start::{CONSOLE_SITE, Config, Ports, ROOM_SITE};

/// Flags of `chime-emulator demo`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Play the whole story in a headless browser, and exit with the answer.
    #[arg(long)]
    pub once: bool,
    /// The scripted story among people without media, in the terminal.
    #[arg(long)]
    pub without_media: bool,
    /// Print the addresses as one line of JSON as soon as everything is up, and nothing else.
    #[arg(long)]
    pub json: bool,
    /// Take any free ports.
    #[arg(long)]
    pub any_ports: bool,
    /// With --json or --once too, a bot joins each meeting that a person has entered.
    #[arg(long, conflicts_with = "without_bot")]
    pub bot: bool,
    /// No bot joins: who tries the demo is alone, or brings company.
    #[arg(long)]
    pub without_bot: bool,
    /// Folder for the demo's files; emptied at the start.
    #[arg(long, default_value = ".demo")]
    pub dir: PathBuf,
    /// Salesforce metadata.
    #[arg(long, default_value = "force-app")]
    pub force_app: PathBuf,
    /// Built files of the room.
    #[arg(long, default_value = ROOM_SITE)]
    pub room: PathBuf,
    /// Built files of the console.
    #[arg(long, default_value = CONSOLE_SITE)]
    pub console: PathBuf,
    /// Another origin that may show the room in a frame; may be given more than once.
    #[arg(long)]
    pub frame_ancestor: Vec<String>,
    /// The bridge's binary; otherwise the one beside this program.
    #[arg(long)]
    pub bridge: Option<PathBuf>,
    /// The recorder's binary; otherwise the one beside this program.
    #[arg(long)]
    pub recorder: Option<PathBuf>,
    /// Where the bridge's /live, /ready and /metrics listen; with --any-ports on any free port.
    #[arg(long, default_value = "127.0.0.1:9090")]
    pub admin: String,
    /// The program that runs the browser's story.
    #[arg(long, env = "CHIME_TEST_NODE", default_value = "node")]
    pub node: PathBuf,
    /// The display a browser could be opened on.
    #[arg(long, env = "DISPLAY", hide = true)]
    pub display: Option<String>,
}

impl Args {
    /// Whether a bot keeps people company: where a person tries the demo, or where it is wanted.
    pub(super) fn company(&self) -> bool {
        self.bot || !(self.without_bot || self.json || self.once)
    }

    /// An empty folder, and the emulator's settings; with the pages or without.
    pub(super) fn config(&self, pages: bool) -> anyhow::Result<Config> {
        if self.dir.exists() {
            std::fs::remove_dir_all(&self.dir)
                .with_context(|| format!("{} cannot be emptied", self.dir.display()))?;
        }
        let mut config = Config {
            ports: if self.any_ports { Ports::any() } else { Ports::default() },
            data_dir: self.dir.join("emulator"),
            metadata_dir: self.force_app.clone(),
            room_site: pages.then(|| self.room.clone()),
            console_site: pages.then(|| self.console.clone()),
            frame_ancestors: self.frame_ancestor.clone(),
            ..Config::default()
        };
        let recorder = recorder_command(self.recorder.clone())?;
        config.recorders.insert("chime-recorder".into(), recorder);
        Ok(config)
    }

    /// Where the bridge's own port is.
    pub(super) fn admin(&self) -> anyhow::Result<String> {
        if !self.any_ports {
            return Ok(self.admin.clone());
        }
        // The bridge is told a number: one that was free a moment ago.
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        Ok(free.local_addr()?.to_string())
    }
}
