//! Cuts FFmpeg's output into the pieces a recorder stores.
//!
//! First in the flow: bytes arrive in chunks of any size and leave as one init segment and then
//! whole fragments. Promises: pieces are byte-identical to the input, at most one fragment and one
//! chunk are held, and a piece that was whole before an error is still handed out.

use bytes::{Bytes, BytesMut};

use super::Mp4Error;
use super::boxes::Head;

/// The largest box taken by [`Splitter::new`]: 64 MiB, over ten seconds at 50 Mb/s.
const LIMIT: u64 = 64 * 1024 * 1024;

/// A whole piece of the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// `ftyp` and `moov`, side by side; comes once and first.
    Init(Bytes),
    /// One `moof` and the `mdat` that follows it.
    Fragment(Bytes),
}

/// Splits a byte stream into the boxes a recorder cares about.
///
/// Other top-level boxes (`styp`, `sidx`, `mfra`, `free`, `emsg`, `prft`, …) are skipped without
/// being held. A box over the limit is an error, not an allocation.
#[derive(Debug)]
pub struct Splitter {
    buffer: BytesMut,
    limit: u64,
    /// Bytes of a box to drop that have not arrived yet.
    skip: u64,
    ftyp: Option<Bytes>,
    /// `moov` was seen.
    started: bool,
    /// Length of the `moof` at the front of the buffer, when its `mdat` is still to come.
    moof: usize,
    failed: Option<Mp4Error>,
}

impl Default for Splitter {
    fn default() -> Self {
        Self::new()
    }
}

impl Splitter {
    /// A splitter that takes boxes of up to 64 MiB.
    pub fn new() -> Self {
        Self::with_limit(LIMIT)
    }

    /// A splitter that takes `ftyp`, `moov`, `moof` and `mdat` boxes of up to `limit` bytes each.
    pub fn with_limit(limit: u64) -> Self {
        Self {
            buffer: BytesMut::new(),
            limit,
            skip: 0,
            ftyp: None,
            started: false,
            moof: 0,
            failed: None,
        }
    }

    /// Takes the next bytes and answers with the pieces they complete, in order.
    ///
    /// # Errors
    /// A box over the limit, a box without a length, `mdat` without `moof` or the reverse, media
    /// before the init segment, a second init segment. An error after whole pieces is kept for the
    /// next call (or [`Splitter::finish`]), so that the pieces are not lost; after an error every
    /// call answers with it again.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<Item>, Mp4Error> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        self.buffer.extend_from_slice(bytes);
        let mut items = Vec::new();
        loop {
            match self.step() {
                Ok(Step::Piece(item)) => items.push(item),
                Ok(Step::Again) => {}
                Ok(Step::Wait) => return Ok(items),
                Err(error) => {
                    self.buffer = BytesMut::new();
                    self.failed = Some(error.clone());
                    return if items.is_empty() { Err(error) } else { Ok(items) };
                }
            }
        }
    }

    /// Bytes held of a piece that is not whole yet: 0 between fragments. Skipped boxes are not held.
    pub fn pending(&self) -> usize {
        self.buffer.len()
    }

    /// Says whether the stream ended well.
    ///
    /// # Errors
    /// The error that stopped the splitter, or `Truncated` when the stream ends inside a box.
    pub fn finish(&self) -> Result<(), Mp4Error> {
        match &self.failed {
            Some(error) => Err(error.clone()),
            None if self.skip > 0 || !self.buffer.is_empty() => {
                Err(Mp4Error::Truncated { what: "the stream" })
            }
            None => Ok(()),
        }
    }

    fn step(&mut self) -> Result<Step, Mp4Error> {
        if self.skip > 0 {
            let here = self.buffer.len().min(usize::try_from(self.skip).unwrap_or(usize::MAX));
            let _dropped = self.buffer.split_to(here);
            self.skip -= here as u64;
            if self.skip > 0 {
                return Ok(Step::Wait);
            }
        }
        let Some(head) = Head::read(self.buffer.get(self.moof..).unwrap_or_default())? else {
            return Ok(Step::Wait);
        };
        self.check_order(&head.kind)?;
        if !matches!(&head.kind, b"ftyp" | b"moov" | b"moof" | b"mdat") {
            self.skip = head.size;
            return Ok(Step::Again);
        }
        if head.size > self.limit {
            let kind = head.kind.map(|b| if b.is_ascii_graphic() { char::from(b) } else { '?' });
            let kind = kind.iter().collect();
            return Err(Mp4Error::TooBig { kind, size: head.size, limit: self.limit });
        }
        let end = usize::try_from(head.size).ok().and_then(|size| self.moof.checked_add(size));
        let Some(end) = end.filter(|end| *end <= self.buffer.len()) else {
            return Ok(Step::Wait);
        };
        if &head.kind == b"moof" {
            self.moof = end;
            return Ok(Step::Again);
        }
        let piece = self.buffer.split_to(end).freeze();
        self.moof = 0;
        Ok(match &head.kind {
            b"ftyp" => {
                self.ftyp = Some(piece);
                Step::Again
            }
            b"moov" => {
                self.started = true;
                let ftyp = self.ftyp.take().unwrap_or_default();
                Step::Piece(Item::Init([ftyp, piece].concat().into()))
            }
            _ => Step::Piece(Item::Fragment(piece)),
        })
    }

    fn check_order(&self, kind: &[u8; 4]) -> Result<(), Mp4Error> {
        let what = match kind {
            b"mdat" if self.moof == 0 => "an mdat has no moof before it",
            kind if self.moof > 0 && kind != b"mdat" => "a moof is not followed by its mdat",
            b"ftyp" if self.started || self.ftyp.is_some() => "a second ftyp starts another file",
            b"moov" if self.started => "a second moov starts another file",
            b"moov" if self.ftyp.is_none() => "a moov has no ftyp before it",
            b"moof" if !self.started => "a moof comes before the init segment",
            _ => return Ok(()),
        };
        Err(Mp4Error::Malformed { what })
    }
}

enum Step {
    /// A piece is whole.
    Piece(Item),
    /// A box was taken in or dropped; look at the next.
    Again,
    /// More bytes are needed.
    Wait,
}
