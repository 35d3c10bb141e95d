//! The one folder the recorder and its children write to: home, sockets, browser profile, and the
//! spill of a storage outage. Nothing of the recording is in it in normal running.

use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Longest path of the folder, bytes: the kernel takes socket paths of 107, and the browser's own,
/// `tmp/.org.chromium.Chromium.XXXXXX/SingletonSocket`, needs 50 of them.
const LONGEST: usize = 57;

/// The folder; deleted with all it holds when dropped.
#[derive(Debug)]
pub struct Scratch {
    path: PathBuf,
}

impl Scratch {
    /// Makes a folder of our own inside `parent`.
    ///
    /// # Errors
    /// `parent` cannot be written to, or its path leaves no room for the names of sockets.
    pub fn make(parent: &Path) -> std::io::Result<Self> {
        let path = parent.join(format!("chime-recorder-{:08x}", rand::random::<u32>()));
        let length = path.as_os_str().len();
        if length > LONGEST {
            let most = parent.as_os_str().len().saturating_sub(length - LONGEST);
            return Err(std::io::Error::other(format!(
                "the path of the scratch folder {} is too long for the sockets in it: take one of at most {most} bytes (CHIME_SCRATCH)",
                parent.display()
            )));
        }
        std::fs::create_dir_all(parent)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_too_long_for_sockets_is_refused_with_what_would_do() {
        let folder = tempfile::tempdir().unwrap();
        let long = folder.path().join("far".repeat(20));
        let error = Scratch::make(&long).unwrap_err().to_string();
        assert!(error.contains("at most 33 bytes"), "{error}");
        assert!(!long.exists());
        let scratch = Scratch::make(folder.path()).unwrap();
        assert!(scratch.path().as_os_str().len() <= LONGEST);
    }
}
