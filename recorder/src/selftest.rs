//! The self-test: records the test card for four seconds through everything the meeting will be
//! recorded with, decodes it, and says by how much sound and picture are apart. A recorder that
//! sees or hears nothing is found out here, before anybody talks.

use std::path::Path;
use std::time::Duration;

use crate::browser::chromium::BrowserError;
use crate::capture::encoder::{Encoder, Made, Setup};
use crate::capture::quality::Quality;
use crate::child::ChildError;
use crate::mp4::{Index, Init, Mp4Error, moof_of};
use crate::scratch::Scratch;
use crate::stack::Stack;
use crate::testcard::judge::{Judged, judge};
use crate::testcard::read::{ReadError, frames, sound};

/// Fragments recorded: seconds.
const RECORDED: usize = 4;
/// Patience with the encoder.
const PATIENCE: Duration = Duration::from_secs(15);
/// Sound and picture further apart than this are no delay but a fault, milliseconds.
const PLAUSIBLE_MS: f64 = 400.0;

/// Why the self-test was not passed.
#[derive(Debug, thiserror::Error)]
pub enum SelfTestError {
    /// The browser.
    #[error(transparent)]
    Browser(#[from] BrowserError),
    /// The encoder.
    #[error(transparent)]
    Child(#[from] ChildError),
    /// Its file.
    #[error("the self-test's recording is no MP4: {0}")]
    Mp4(#[from] Mp4Error),
    /// Reading it back.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The scratch folder.
    #[error("the self-test's recording cannot be kept: {0}")]
    Disk(#[from] std::io::Error),
    /// Too little was made in time.
    #[error("the encoder made {0} fragments in 15 s; its last words: {1}")]
    Slow(usize, String),
    /// No picture of the card.
    #[error("the self-test saw no picture: {0} frames of the card")]
    NoPicture(usize),
    /// No beep.
    #[error("the self-test heard nothing: {0} of 3 beeps")]
    NoSound(usize),
    /// Not plausible.
    #[error(
        "sound and picture are {offset_ms:.0} ms apart, beeps up to {spread_ms:.0} ms from that"
    )]
    Apart {
        /// Offset.
        offset_ms: f64,
        /// Spread.
        spread_ms: f64,
    },
}

/// Passes the self-test; gives what it found.
pub async fn run(stack: &Stack, scratch: &Scratch) -> Result<Judged, SelfTestError> {
    let page = stack.open(&crate::testcard::address()).await?;
    // The card's first beep comes with its second second.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let setup = Setup {
        scratch,
        display: &stack.display.name,
        quality: Quality::Full,
        calibration: 0.0,
        number: 0,
    };
    let mut encoder = Encoder::start(&setup, stack.reader.tap())?;
    let mut made = Vec::new();
    let all = async {
        while made.len() <= RECORDED {
            match encoder.made.recv().await {
                Some(one) => made.push(one),
                None => return,
            }
        }
    };
    // What is there then decides.
    let _ = tokio::time::timeout(PATIENCE, all).await;
    let complaint = encoder.complaint();
    stack.reader.untap();
    encoder.finish(true, |one| made.push(one)).await;
    drop(page);
    if made.len() < RECORDED {
        return Err(SelfTestError::Slow(made.len().saturating_sub(1), complaint));
    }
    let file = scratch.join("tmp/selftest.mp4");
    write(&file, &made).await?;
    let (frames, sound) = tokio::try_join!(frames(&file), sound(&file))?;
    tokio::fs::remove_file(&file).await?;
    let judged = judge(&frames, &sound);
    tracing::info!(
        offset_ms = judged.offset_ms,
        unique_fps = judged.unique_fps,
        beeps = judged.beeps,
        "self-test: picture and sound are there"
    );
    if judged.frames < 30 || judged.unique_fps < 3.0 {
        return Err(SelfTestError::NoPicture(judged.frames));
    }
    if judged.beeps < 2 {
        return Err(SelfTestError::NoSound(judged.beeps));
    }
    let Judged { offset_ms, offset_spread_ms: spread_ms, .. } = judged;
    if offset_ms.abs() > PLAUSIBLE_MS || spread_ms > PLAUSIBLE_MS / 4.0 {
        return Err(SelfTestError::Apart { offset_ms, spread_ms });
    }
    Ok(judged)
}

/// Puts what an encoder made into one ordinary file.
pub async fn write(file: &Path, made: &[Made]) -> Result<(), SelfTestError> {
    let mut index = None;
    let mut media: Vec<u8> = Vec::new();
    for one in made {
        match one {
            Made::Init(bytes) => index = Some(Index::new(Init::parse(bytes)?)),
            Made::Fragment(bytes) => {
                let Some(index) = &mut index else { continue };
                let (moof, mdat_len) = moof_of(bytes)?;
                index.add(moof, mdat_len)?;
                media.extend_from_slice(bytes);
            }
        }
    }
    let mut whole = match &index {
        Some(index) => index.header()?,
        None => Vec::new(),
    };
    whole.extend_from_slice(&media);
    tokio::fs::write(file, whole).await?;
    Ok(())
}
