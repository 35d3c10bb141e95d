//! A second look at the picture: the encoder also writes it, five times a second and very small, to
//! a socket of ours. From that we know of a black or a frozen picture while it happens.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::AsyncReadExt;
use tokio::net::UnixListener;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::clock::spawn;

/// Columns of the small picture: one for each 40 pixels.
pub const COLUMNS: usize = 32;
/// Rows.
pub const ROWS: usize = 18;
/// Small pictures a second.
pub const PICTURES: u32 = 5;
/// Bytes of one small picture, 8-bit grey.
pub const CELLS: usize = COLUMNS * ROWS;

/// What was seen last.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Seen {
    /// Mean brightness, 0 to 255 (16 is video's black).
    pub luma: f32,
    /// Largest difference of a cell to the small picture before; `None` for the first. The room's
    /// clock alone makes it more than nothing.
    pub change: Option<f32>,
}

/// The listening end of the socket.
pub struct PictureWatch {
    path: PathBuf,
    seen: Arc<Mutex<Option<Seen>>>,
    _reading: DropGuard,
}

impl PictureWatch {
    /// Opens the socket.
    ///
    /// # Errors
    /// The folder cannot be written to.
    pub fn open(folder: &Path, number: u32) -> std::io::Result<Self> {
        let path = folder.join(format!("run/picture-{number}.sock"));
        let _ = std::fs::remove_file(&path);
        let listener = UnixListener::bind(&path)?;
        let seen = Arc::new(Mutex::new(None));
        let over = CancellationToken::new();
        let (writes, stop) = (seen.clone(), over.clone());
        spawn(async move {
            stop.run_until_cancelled(read(listener, writes)).await;
        });
        Ok(Self { path, seen, _reading: over.drop_guard() })
    }

    /// Where FFmpeg writes to.
    pub fn address(&self) -> String {
        format!("unix:{}", self.path.display())
    }

    /// What was seen last; `None` before the first picture.
    pub fn seen(&self) -> Option<Seen> {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for PictureWatch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

async fn read(listener: UnixListener, seen: Arc<Mutex<Option<Seen>>>) {
    let Ok((mut stream, _)) = listener.accept().await else { return };
    let mut second: VecDeque<[u8; CELLS]> = VecDeque::new();
    let mut picture = [0u8; CELLS];
    while stream.read_exact(&mut picture).await.is_ok() {
        // Compared with the picture a second ago.
        let now = look(&picture, second.front());
        *seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
        second.push_back(picture);
        if second.len() > PICTURES as usize {
            second.pop_front();
        }
    }
}

/// Brightness and change of one small picture.
pub fn look(picture: &[u8; CELLS], before: Option<&[u8; CELLS]>) -> Seen {
    let sum: u32 = picture.iter().map(|&cell| u32::from(cell)).sum();
    let luma = sum as f32 / CELLS as f32;
    let differences =
        before.map(|before| picture.iter().zip(before).map(|(a, b)| a.abs_diff(*b)).max());
    Seen { luma, change: differences.flatten().map(f32::from) }
}
