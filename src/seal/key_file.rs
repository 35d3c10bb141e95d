//! The key file: read in whichever form it has, made if wanted, refused if others can get at it.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chime_contract::Secret;

use super::SealError;
use crate::clock::Entropy;

/// More than any form of a key needs.
const LONGEST: u64 = 4_096;

/// Reads the key, drawing and writing a new one if there is none and `create` is true.
pub(super) fn read_or_create(
    path: &Path,
    create: bool,
    entropy: &dyn Entropy,
) -> Result<Secret<[u8; 32]>, SealError> {
    match File::open(path) {
        Ok(file) => read(path, file),
        Err(e) if e.kind() == ErrorKind::NotFound && create => {
            write_new(path, entropy).map_err(|source| unreadable(path, source))?;
            // Read back: if another process was faster, its key is the one.
            read(path, File::open(path).map_err(|source| unreadable(path, source))?)
        }
        Err(source) => Err(unreadable(path, source)),
    }
}

fn read(path: &Path, file: File) -> Result<Secret<[u8; 32]>, SealError> {
    refuse_exposed(path, &file)?;
    let mut content = Vec::new();
    let read = file.take(LONGEST).read_to_end(&mut content);
    let bytes = Secret::new(content); // wiped on every way out
    read.map_err(|source| unreadable(path, source))?;
    parse(bytes.expose())
        .ok_or_else(|| SealError::NotAKey { path: path.into(), length: bytes.expose().len() })
}

/// 32 raw bytes, else text: 64 hex digits, else base64 (either alphabet, padding optional).
fn parse(bytes: &[u8]) -> Option<Secret<[u8; 32]>> {
    if let Ok(raw) = <[u8; 32]>::try_from(bytes) {
        return Some(Secret::new(raw));
    }
    let text = std::str::from_utf8(bytes).ok()?.trim();
    let decoded = if text.len() == 64 {
        hex::decode(text).ok()
    } else {
        let plain = text.trim_end_matches('=');
        URL_SAFE_NO_PAD.decode(plain).or_else(|_| STANDARD.decode(text)).ok()
    };
    let decoded = Secret::new(decoded?);
    <[u8; 32]>::try_from(decoded.expose().as_slice()).ok().map(Secret::new)
}

#[cfg(unix)]
fn refuse_exposed(path: &Path, file: &File) -> Result<(), SealError> {
    use std::os::unix::fs::PermissionsExt;
    let metadata = file.metadata().map_err(|source| unreadable(path, source))?;
    let mode = metadata.permissions().mode() & 0o777;
    // A group may read it: mounted secrets come as 0440 or 0640 with the service's own group.
    if mode & 0o027 != 0 {
        return Err(SealError::Exposed { path: path.into(), mode });
    }
    Ok(())
}

#[cfg(not(unix))]
fn refuse_exposed(_path: &Path, _file: &File) -> Result<(), SealError> {
    Ok(())
}

/// Writes a new key whole or not at all: a half-written key would be taken for a wrong one, and
/// everything sealed under it would be lost.
fn write_new(path: &Path, entropy: &dyn Entropy) -> std::io::Result<()> {
    if let Some(folder) = folder(path) {
        std::fs::create_dir_all(folder)?;
    }
    let mut key = [0u8; 32];
    entropy.fill(&mut key);
    let text = Secret::new(format!("{}\n", hex::encode(key)));
    let draft = draft(path, entropy);
    let written = write_private(&draft, text.expose()).and_then(|()| {
        // A link fails where a rename would overwrite.
        match std::fs::hard_link(&draft, path) {
            Err(e) if e.kind() != ErrorKind::AlreadyExists => Err(e),
            _ => Ok(()),
        }
    });
    std::fs::remove_file(&draft).or_else(|e| match e.kind() {
        ErrorKind::NotFound => Ok(()),
        _ => Err(e),
    })?;
    written?;
    match folder(path) {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn draft(path: &Path, entropy: &dyn Entropy) -> PathBuf {
    let mut tag = [0u8; 8];
    entropy.fill(&mut tag);
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}", hex::encode(tag)));
    PathBuf::from(name)
}

fn folder(path: &Path) -> Option<&Path> {
    path.parent().filter(|folder| !folder.as_os_str().is_empty())
}

fn unreadable(path: &Path, source: std::io::Error) -> SealError {
    SealError::Unreadable { path: path.into(), source }
}
