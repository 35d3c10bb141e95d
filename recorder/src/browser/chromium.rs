//! Chromium, with a window of exactly the recorded size and nothing around it.

use std::time::Duration;

use serde_json::json;

use super::cdp::{Cdp, CdpError};
use crate::child::{Child, ChildError, Recipe, environment};
use crate::display::{Display, HEIGHT, WIDTH};
use crate::scratch::Scratch;
use crate::sound::server::{SINK, SoundServer};

const READY: Duration = Duration::from_secs(20);
/// Patience with a call that needs no network.
pub const CALL: Duration = Duration::from_secs(5);

/// Why there is no browser.
#[derive(Debug, thiserror::Error)]
pub enum BrowserError {
    /// It did not start.
    #[error(transparent)]
    Child(#[from] ChildError),
    /// It does not answer.
    #[error(transparent)]
    Cdp(#[from] CdpError),
    /// The window is not what is recorded.
    #[error("the page's inner size is {0}x{1}, not {WIDTH}x{HEIGHT}")]
    Size(u64, u64),
}

/// A running browser.
pub struct Browser {
    /// Its process.
    pub child: Child,
    /// Its DevTools connection.
    pub cdp: Cdp,
}

/// Where Chromium is: Debian's program itself, not the shell script in front of it.
fn program() -> String {
    let debian = "/usr/lib/chromium/chromium";
    if std::path::Path::new(debian).exists() { debian.into() } else { "chromium".into() }
}

impl Browser {
    /// Starts one on a display, playing into the sound server. `--no-sandbox`: Fargate gives no
    /// user namespaces; the task is the sandbox, and the child's environment holds nothing.
    pub async fn start(
        scratch: &Scratch,
        display: &Display,
        sound: &SoundServer,
    ) -> Result<Self, BrowserError> {
        let profile = scratch.join("profile");
        // A browser that was killed leaves a lock and a wish to restore its tabs.
        let _ = std::fs::remove_dir_all(&profile);
        std::fs::create_dir_all(&profile).map_err(|e| ChildError::Start {
            program: "chromium".into(),
            reason: format!("its profile folder: {e}"),
        })?;
        let mut environment = environment(scratch.path());
        environment.extend([
            ("DISPLAY", display.name.clone()),
            ("PULSE_SERVER", sound.address.clone()),
            ("PULSE_SINK", SINK.into()),
            ("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent".into()),
        ]);
        let recipe = Recipe {
            name: "Chromium",
            program: program(),
            args: arguments(&profile.display().to_string()),
            environment,
            fed: false,
            read: false,
        };
        let mut child = Child::start(&recipe)?;
        let until = tokio::time::Instant::now() + READY;
        let address = loop {
            if let Some(address) = announced(&profile) {
                break address;
            }
            if !child.alive() {
                return Err(child.not_ready("it ended").into());
            }
            if tokio::time::Instant::now() >= until {
                return Err(child.not_ready("it opened no DevTools door within 20 s").into());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        let cdp = Cdp::connect(&address).await?;
        cdp.call(None, "Target.setDiscoverTargets", json!({"discover": true}), CALL).await?;
        Ok(Self { child, cdp })
    }

    /// Ends it. Nothing of it is worth waiting for.
    pub async fn stop(self) {
        self.child.kill().await;
    }
}

/// `DevToolsActivePort` holds the port and the path of the browser's own address.
fn announced(profile: &std::path::Path) -> Option<String> {
    let text = std::fs::read_to_string(profile.join("DevToolsActivePort")).ok()?;
    let (port, path) = text.split_once('\n')?;
    let port: u16 = port.trim().parse().ok()?;
    let path = path.trim();
    path.starts_with("/devtools/browser/").then(|| format!("ws://127.0.0.1:{port}{path}"))
}

fn arguments(profile: &str) -> Vec<String> {
    let mut arguments: Vec<String> = [
        "--no-sandbox",
        "--test-type", // no bar that tells of --no-sandbox
        "--no-first-run",
        "--no-default-browser-check",
        "--remote-debugging-port=0",
        "--kiosk",
        "--window-position=0,0",
        "--autoplay-policy=no-user-gesture-required",
        "--disable-dev-shm-usage", // Fargate's is 64 MB and cannot be made larger
        "--disable-gpu",
        "--hide-scrollbars",
        "--force-device-scale-factor=1",
        "--disable-background-timer-throttling",
        "--disable-renderer-backgrounding",
        "--disable-backgrounding-occluded-windows",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-extensions",
        "--disable-breakpad",
        "--disable-infobars",
        "--disable-session-crashed-bubble",
        "--disable-hang-monitor",
        "--noerrdialogs",
        "--deny-permission-prompts",
        "--password-store=basic",
        "--disable-features=Translate,MediaRouter,OptimizationHints,HardwareMediaKeyHandling",
    ]
    .map(String::from)
    .to_vec();
    arguments.push(format!("--window-size={WIDTH},{HEIGHT}"));
    arguments.push(format!("--user-data-dir={profile}"));
    arguments.push("about:blank".into());
    arguments
}
