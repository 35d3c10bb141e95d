//! Reads the test card back from a media file: each frame's time strip, and the file's sound.
//! FFmpeg decodes; what the cells mean stands in `card.html`.

use std::path::Path;
use std::process::Stdio;

use tokio::process::Command;

use crate::capture::picture::{CELLS, COLUMNS, ROWS};

/// Samples a second of the sound read.
pub const RATE: usize = 48_000;

/// Why a file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// FFmpeg or ffprobe does not run.
    #[error("{program} cannot be started: {reason}. Is it installed?")]
    Start {
        /// Program.
        program: &'static str,
        /// The system's words.
        reason: String,
    },
    /// It does not decode.
    #[error("{program} refused the file: {complaint}")]
    Refused {
        /// Program.
        program: &'static str,
        /// Its words.
        complaint: String,
    },
}

/// One frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Frame {
    /// Presentation time in the file, seconds.
    pub at: f64,
    /// What it shows; `None` if it is no test card.
    pub card: Option<Card>,
}

/// What a frame of the card says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Card {
    /// Page time when it was drawn, milliseconds modulo 2^24.
    pub drawn_ms: u32,
    /// Page time at which this second's beep is heard, milliseconds modulo 2^24.
    pub beep_ms: u32,
    /// Number of the second modulo 8.
    pub second: u8,
    /// The beep sounds.
    pub flash: bool,
}

/// Runs a program to its end and gives what it wrote.
pub async fn output(program: &'static str, args: &[&str]) -> Result<Vec<u8>, ReadError> {
    let run = Command::new(program)
        .args(args)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|e| ReadError::Start { program, reason: e.to_string() })?;
    if run.status.success() {
        return Ok(run.stdout);
    }
    let complaint = String::from_utf8_lossy(&run.stderr);
    let complaint: String = complaint.trim().chars().take(300).collect();
    Err(ReadError::Refused { program, complaint })
}

/// All frames in order.
pub async fn frames(file: &Path) -> Result<Vec<Frame>, ReadError> {
    let file = file.to_string_lossy();
    let size = format!("scale={COLUMNS}:{ROWS}:flags=area,format=gray");
    let decode = ["-v", "error", "-i", &file, "-map", "0:v", "-vf", &size];
    let decode = [&decode[..], &["-vsync", "passthrough", "-f", "rawvideo", "pipe:1"]].concat();
    let cells = output("ffmpeg", &decode).await?;
    let entries = ["-show_entries", "packet=pts_time", "-of", "csv=p=0"];
    let probe = [&["-v", "error", "-select_streams", "v"][..], &entries, &[&file]].concat();
    let times = output("ffprobe", &probe).await?;
    let mut times: Vec<f64> = String::from_utf8_lossy(&times)
        .lines()
        .filter_map(|line| line.trim().trim_end_matches(',').parse().ok())
        .collect();
    times.sort_by(f64::total_cmp);
    let (pictures, _) = cells.as_chunks::<CELLS>();
    Ok(times.into_iter().zip(pictures).map(|(at, cells)| Frame { at, card: card(cells) }).collect())
}

/// The sound as mono samples; sample `n` is heard at `n / RATE` seconds of the file.
pub async fn sound(file: &Path) -> Result<Vec<i16>, ReadError> {
    let file = file.to_string_lossy();
    let filter = format!("aresample={RATE}:async=1:first_pts=0");
    let args = ["-v", "error", "-copyts", "-i", &file, "-map", "0:a", "-ac", "1", "-af", &filter];
    let pcm = output("ffmpeg", &[&args[..], &["-f", "s16le", "pipe:1"]].concat()).await?;
    let (samples, _) = pcm.as_chunks::<2>();
    Ok(samples.iter().map(|s| i16::from_le_bytes(*s)).collect())
}

/// Reads one small picture.
fn card(cells: &[u8; CELLS]) -> Option<Card> {
    let cell = |column: usize, row: usize| cells.get(row * COLUMNS + column).map(|&c| c > 128);
    let number = |row: usize| -> Option<u32> {
        let mut value = 0;
        let mut parity = false;
        for column in 4..28 {
            let on = cell(column, row)?;
            value = value << 1 | u32::from(on);
            parity ^= on;
        }
        (cell(28, row)? == parity).then_some(value)
    };
    // Its quiet background tells the card from a page that is black or white all over.
    let quiet = *cells.get(5 * COLUMNS + 5)?;
    if !(24..96).contains(&quiet) {
        return None;
    }
    let mut second = 0;
    for bit in 0..3 {
        second |= u8::from(cell(4 + bit, 2)?) << bit;
    }
    Some(Card { drawn_ms: number(0)?, beep_ms: number(1)?, second, flash: cell(15, 8)? })
}
