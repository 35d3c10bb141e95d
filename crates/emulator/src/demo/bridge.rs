//! The bridge as a child process: its settings, its start, its end.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::process::{Child, Command};

/// A running bridge; killed when dropped.
pub struct Bridge {
    child: Child,
    admin: String,
}

impl Bridge {
    /// Starts `binary` with this settings file and waits until it is ready.
    pub async fn start(
        binary: &Path,
        settings: &Path,
        log: &Path,
        admin: &str,
    ) -> anyhow::Result<Self> {
        let file = std::fs::File::create(log)
            .with_context(|| format!("the log file {} cannot be made", log.display()))?;
        let errors = file.try_clone()?;
        let child = Command::new(binary)
            .arg("--config")
            .arg(settings)
            .arg("run")
            .env("AWS_ACCESS_KEY_ID", "emulator")
            .env("AWS_SECRET_ACCESS_KEY", "emulator")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .stdin(Stdio::null())
            .stdout(Stdio::from(file))
            .stderr(Stdio::from(errors))
            .kill_on_drop(true)
            .spawn()
            .with_context(|| {
                format!("{} cannot be started; `make demo` builds it", binary.display())
            })?;
        let mut bridge = Self { child, admin: format!("http://{admin}") };
        bridge.wait_until_ready(log).await?;
        Ok(bridge)
    }

    /// Its process id, while it runs.
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    async fn wait_until_ready(&mut self, log: &Path) -> anyhow::Result<()> {
        let http = reqwest::Client::builder().timeout(Duration::from_secs(2)).build()?;
        let url = format!("{}/ready", self.admin);
        for _ in 0..300 {
            if let Some(status) = self.child.try_wait()? {
                bail!("the bridge ended with {status}; its log is {}", log.display());
            }
            if let Ok(answer) = http.get(&url).send().await
                && answer.status().is_success()
            {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        bail!("the bridge was not ready after 30 s; its log is {}", log.display())
    }

    /// Asks it to end (SIGTERM) and waits; kills it if it takes longer than it should.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        if let Some(id) = self.child.id() {
            // No signal without `unsafe` or another crate: `kill` is on every Debian.
            let _ = Command::new("kill").arg("-TERM").arg(id.to_string()).status().await;
        }
        if tokio::time::timeout(Duration::from_secs(27), self.child.wait()).await.is_err() {
            self.child.kill().await?;
        }
        Ok(())
    }
}

/// The command of a recorder task: the program beside this one, unless named.
///
/// # Errors
/// It is not there.
pub fn recorder_command(named: Option<PathBuf>) -> anyhow::Result<Vec<String>> {
    let program = match named {
        Some(path) => path,
        None => std::env::current_exe()?.with_file_name("chime-recorder"),
    };
    if !program.exists() {
        bail!("the recorder {} is not built; `make demo` builds it", program.display());
    }
    Ok(vec![program.display().to_string(), "record".into()])
}

/// Where the bridge's binary is: beside this one, unless named.
pub fn binary(named: Option<PathBuf>) -> anyhow::Result<PathBuf> {
    if let Some(path) = named {
        return Ok(path);
    }
    let me = std::env::current_exe().context("this program's own place is not known")?;
    Ok(me.with_file_name("chime-bridge"))
}
