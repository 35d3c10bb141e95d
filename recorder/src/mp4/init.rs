//! Reads the init segment: which tracks there are and what their samples default to.
//!
//! Made once a recording from the splitter's first item. Fragments are read against it, and the
//! finished `moov` is rebuilt from it. Boxes we do not need to change are kept as they came.

use super::Mp4Error;
use super::boxes::{Reader, atoms, child, optional};
use super::times::{TimeHeader, shift};

/// What a track carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Pictures.
    Video,
    /// Sound.
    Audio,
    /// Anything else, such as text.
    Other,
}

/// What a sample is when neither fragment nor run says otherwise (`trex`).
#[derive(Debug, Clone, Copy)]
pub(super) struct Defaults {
    pub(super) description: u32,
    pub(super) duration: u32,
    pub(super) size: u32,
    pub(super) flags: u32,
}

/// A track of the init segment.
#[derive(Debug, Clone)]
pub struct Track {
    /// The id fragments name the track by; never 0.
    pub id: u32,
    /// What it carries.
    pub kind: Kind,
    /// Ticks a second; never 0.
    pub timescale: u32,
    pub(super) defaults: Defaults,
    /// Presentation time minus media time in ticks, from the init segment's edit list.
    pub(super) shift: i64,
    /// The body of `trak`.
    pub(super) trak: Vec<u8>,
}

/// A parsed init segment.
#[derive(Debug, Clone)]
pub struct Init {
    /// The whole `ftyp` box.
    pub(super) ftyp: Vec<u8>,
    pub(super) mvhd: TimeHeader,
    /// Whole boxes of `moov` other than `mvhd`, `trak` and `mvex`.
    pub(super) extra: Vec<u8>,
    tracks: Vec<Track>,
}

impl Init {
    /// Reads `ftyp` and `moov` (with `mvex`), the bytes of [`Item::Init`](super::Item::Init).
    ///
    /// # Errors
    /// Cut or contradicting boxes, a missing `mvex` or `trex`, two tracks with one id, no track at
    /// all, samples in the `moov` itself (FFmpeg without `empty_moov`), or an edit list that is
    /// more than one shift in time.
    pub fn parse(bytes: &[u8]) -> Result<Self, Mp4Error> {
        let (mut ftyp, mut moov) = (None, None);
        for atom in atoms(bytes, "init segment") {
            let atom = atom?;
            match &atom.kind {
                b"ftyp" => ftyp = Some(atom.whole.to_vec()),
                b"moov" => moov = Some(atom.body),
                _ => {}
            }
        }
        let ftyp = ftyp.ok_or(Mp4Error::Missing { what: "ftyp" })?;
        let moov = moov.ok_or(Mp4Error::Missing { what: "moov" })?;
        let mvhd = TimeHeader::media(child(moov, b"mvhd", "mvhd")?, "mvhd")?;
        let mvex = child(moov, b"mvex", "mvex")?;
        let mut init = Self { ftyp, mvhd, extra: Vec::new(), tracks: Vec::new() };
        for atom in atoms(moov, "moov") {
            let atom = atom?;
            match &atom.kind {
                b"trak" => {
                    let track = Track::parse(atom.body, mvex, init.mvhd.word)?;
                    if init.track(track.id).is_some() {
                        return Err(Mp4Error::Malformed { what: "two tracks have one id" });
                    }
                    init.tracks.push(track);
                }
                b"mvhd" | b"mvex" => {}
                _ => init.extra.extend_from_slice(atom.whole),
            }
        }
        if init.tracks.is_empty() {
            return Err(Mp4Error::Missing { what: "trak" });
        }
        Ok(init)
    }

    /// The tracks in the order of the file; at least one.
    pub fn tracks(&self) -> &[Track] {
        &self.tracks
    }

    /// The track with this id.
    pub fn track(&self, id: u32) -> Option<&Track> {
        self.tracks.iter().find(|track| track.id == id)
    }
}

impl Track {
    fn parse(trak: &[u8], mvex: &[u8], movie_scale: u32) -> Result<Self, Mp4Error> {
        let id = TimeHeader::track(child(trak, b"tkhd", "tkhd")?)?.word;
        let mdia = child(trak, b"mdia", "mdia")?;
        let timescale = TimeHeader::media(child(mdia, b"mdhd", "mdhd")?, "mdhd")?.word;
        let mut hdlr = Reader::new(child(mdia, b"hdlr", "hdlr")?, "hdlr");
        hdlr.u64()?;
        let kind = match &hdlr.kind()? {
            b"vide" => Kind::Video,
            b"soun" => Kind::Audio,
            _ => Kind::Other,
        };
        let stbl = child(child(mdia, b"minf", "minf")?, b"stbl", "stbl")?;
        child(stbl, b"stsd", "stsd")?;
        if let Some(body) = optional(stbl, b"stts", "stts")? {
            let mut stts = Reader::new(body, "stts");
            stts.u32()?;
            if stts.u32()? != 0 {
                return Err(Mp4Error::Unsupported { what: "an init segment with samples" });
            }
        }
        let shift = match optional(trak, b"edts", "edts")? {
            Some(edts) => match optional(edts, b"elst", "elst")? {
                Some(elst) => shift(elst, movie_scale, timescale)?,
                None => 0,
            },
            None => 0,
        };
        let defaults = Defaults::find(mvex, id)?;
        Ok(Self { id, kind, timescale, defaults, shift, trak: trak.to_vec() })
    }
}

impl Defaults {
    fn find(mvex: &[u8], id: u32) -> Result<Self, Mp4Error> {
        for atom in atoms(mvex, "mvex") {
            let atom = atom?;
            if &atom.kind != b"trex" {
                continue;
            }
            let mut trex = Reader::new(atom.body, "trex");
            trex.version()?;
            if trex.u32()? == id {
                return Ok(Self {
                    description: trex.u32()?,
                    duration: trex.u32()?,
                    size: trex.u32()?,
                    flags: trex.u32()?,
                });
            }
        }
        Err(Mp4Error::Missing { what: "trex" })
    }
}
