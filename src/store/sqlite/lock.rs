//! One bridge a store. The lock is on a file beside the database and dies with the process, so a
//! killed bridge leaves nothing to clean up.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use crate::store::{Result, StoreError};

/// Held as long as it lives.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

/// Takes the lock, or says who cannot have it.
pub(super) fn take(database: &Path) -> Result<Lock> {
    let path = beside(database);
    let unreadable =
        |source| StoreError::Unreachable { location: path.display().to_string(), source };
    let file = open_private(&path).map_err(unreadable)?;
    match file.try_lock() {
        Ok(()) => Ok(Lock { _file: file }),
        Err(TryLockError::WouldBlock) => {
            Err(StoreError::Held { location: database.display().to_string() })
        }
        Err(TryLockError::Error(source)) => Err(unreadable(source)),
    }
}

/// Opens or makes a file that only its owner can read. SQLite gives its `-wal` and `-shm` files
/// the same mode as the database itself.
pub(super) fn open_private(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn beside(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}
