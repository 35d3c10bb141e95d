//! The one folder the recorder and its children write to: home, sockets, browser profile, and the
//! spill of a storage outage. Nothing of the recording is in it in normal running.

use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// The folder; deleted with all it holds when dropped.
#[derive(Debug)]
pub struct Scratch {
    path: PathBuf,
}

impl Scratch {
    /// Makes a folder of our own inside `parent`.
    ///
    /// # Errors
    /// `parent` cannot be written to.
    pub fn make(parent: &Path) -> std::io::Result<Self> {
        std::fs::create_dir_all(parent)?;
        let path = parent.join(format!("chime-recorder-{:08x}", rand::random::<u32>()));
        std::fs::DirBuilder::new().mode(0o700).create(&path)?;
        let scratch = Self { path };
        for name in ["home", "tmp", "run", "profile", "spill"] {
            std::fs::create_dir(scratch.join(name))?;
            let only_us = std::fs::Permissions::from_mode(0o700);
            std::fs::set_permissions(scratch.join(name), only_us)?;
        }
        Ok(scratch)
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A name in it.
    pub fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What the system could not delete stays; the machine goes with the task.
        let _ = std::fs::remove_dir_all(&self.path);
    }
}
