//! Reading and writing of boxes: length, four letters, body.
//!
//! The only place that turns bytes into numbers and back. Reading is checked at each step and
//! borrows; a length that points outside its parent is an error.

use super::Mp4Error;

/// Reads numbers from the front of a slice.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
    what: &'static str,
}

impl<'a> Reader<'a> {
    /// `what` names the box in errors.
    pub(super) fn new(rest: &'a [u8], what: &'static str) -> Self {
        Self { rest, what }
    }

    /// The bytes not read yet.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Mp4Error> {
        let Some((head, rest)) = self.rest.split_first_chunk::<N>() else {
            return Err(Mp4Error::Truncated { what: self.what });
        };
        self.rest = rest;
        Ok(*head)
    }

    pub(super) fn u32(&mut self) -> Result<u32, Mp4Error> {
        self.array().map(u32::from_be_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, Mp4Error> {
        self.array().map(u64::from_be_bytes)
    }

    pub(super) fn kind(&mut self) -> Result<[u8; 4], Mp4Error> {
        self.array()
    }

    /// Version and flags of a full box.
    pub(super) fn version(&mut self) -> Result<(u8, u32), Mp4Error> {
        let word = self.u32()?;
        let [version, ..] = word.to_be_bytes();
        Ok((version, word & 0x00ff_ffff))
    }

    /// A number of 64 bits in version 1 of the box and of 32 bits in version 0.
    pub(super) fn wide(&mut self, version: u8) -> Result<u64, Mp4Error> {
        if version == 1 { self.u64() } else { self.u32().map(u64::from) }
    }
}

/// The front of a box: how long it says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) kind: [u8; 4],
    /// The whole box in bytes, header included.
    pub(super) size: u64,
    /// The header alone: 8, or 16 with a 64-bit size.
    pub(super) header: usize,
}

impl Head {
    /// Reads a header; `None` when `bytes` does not hold all of it yet.
    ///
    /// # Errors
    /// A size of 0 ("to the end of the file") or one smaller than the header itself.
    pub(super) fn read(bytes: &[u8]) -> Result<Option<Self>, Mp4Error> {
        let mut reader = Reader::new(bytes, "box header");
        let (Ok(short), Ok(kind)) = (reader.u32(), reader.kind()) else {
            return Ok(None);
        };
        let (size, header) = match short {
            0 => return Err(Mp4Error::Unsupported { what: "a box without a length (size 0)" }),
            1 => match reader.u64() {
                Ok(size) => (size, 16),
                Err(_) => return Ok(None),
            },
            size => (u64::from(size), 8),
        };
        if size < header as u64 {
            return Err(Mp4Error::Malformed { what: "a box is shorter than its own header" });
        }
        Ok(Some(Self { kind, size, header }))
    }
}

/// A box inside a slice.
#[derive(Debug, Clone, Copy)]
pub(super) struct Atom<'a> {
    pub(super) kind: [u8; 4],
    /// Header and body.
    pub(super) whole: &'a [u8],
    pub(super) body: &'a [u8],
}

/// The boxes that fill `bytes`, in order. Ends after the first error.
pub(super) fn atoms<'a>(
    bytes: &'a [u8],
    what: &'static str,
) -> impl Iterator<Item = Result<Atom<'a>, Mp4Error>> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let atom = first(rest, what);
        rest = atom.as_ref().ok().and_then(|a| rest.get(a.whole.len()..)).unwrap_or_default();
        Some(atom)
    })
}

/// The box at the front of `bytes`.
pub(super) fn first<'a>(bytes: &'a [u8], what: &'static str) -> Result<Atom<'a>, Mp4Error> {
    let short = Mp4Error::Truncated { what };
    let head = Head::read(bytes)?.ok_or_else(|| short.clone())?;
    let size = usize::try_from(head.size).map_err(|_| short.clone())?;
    let whole = bytes.get(..size).ok_or_else(|| short.clone())?;
    let body = whole.get(head.header..).ok_or(short)?;
    Ok(Atom { kind: head.kind, whole, body })
}

/// The body of the first box of this kind among `bytes`.
pub(super) fn child<'a>(
    bytes: &'a [u8],
    kind: &[u8; 4],
    what: &'static str,
) -> Result<&'a [u8], Mp4Error> {
    optional(bytes, kind, what)?.ok_or(Mp4Error::Missing { what })
}

/// The same where the box may be absent.
pub(super) fn optional<'a>(
    bytes: &'a [u8],
    kind: &[u8; 4],
    what: &'static str,
) -> Result<Option<&'a [u8]>, Mp4Error> {
    for atom in atoms(bytes, what) {
        let atom = atom?;
        if atom.kind == *kind {
            return Ok(Some(atom.body));
        }
    }
    Ok(None)
}

/// Bytes being written.
#[derive(Debug, Default)]
pub(super) struct Writer {
    pub(super) out: Vec<u8>,
}

impl Writer {
    pub(super) fn u32(&mut self, value: u32) {
        self.out.extend_from_slice(&value.to_be_bytes());
    }

    pub(super) fn u64(&mut self, value: u64) {
        self.out.extend_from_slice(&value.to_be_bytes());
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    /// Version and flags of a full box.
    pub(super) fn version(&mut self, version: u8, flags: u32) {
        self.u32(u32::from(version) << 24 | flags & 0x00ff_ffff);
    }

    /// The counterpart of [`Reader::wide`]; the caller chose a version that holds the value.
    pub(super) fn wide(&mut self, version: u8, value: u64) {
        if version == 1 { self.u64(value) } else { self.u32(value as u32) }
    }

    /// The number of entries of a table.
    pub(super) fn count(&mut self, count: usize) -> Result<(), Mp4Error> {
        let what = "the number of entries of a table";
        self.u32(u32::try_from(count).map_err(|_| Mp4Error::Overflow { what })?);
        Ok(())
    }

    /// A box whose body is written by `body`; the length is put in afterwards.
    pub(super) fn atom(
        &mut self,
        kind: &[u8; 4],
        body: impl FnOnce(&mut Self) -> Result<(), Mp4Error>,
    ) -> Result<(), Mp4Error> {
        let start = self.out.len();
        self.u32(0);
        self.bytes(kind);
        body(self)?;
        let size = u32::try_from(self.out.len() - start)
            .map_err(|_| Mp4Error::Overflow { what: "the length of a box" })?;
        if let Some(slot) = self.out.get_mut(start..start + 4) {
            slot.copy_from_slice(&size.to_be_bytes());
        }
        Ok(())
    }
}
