//! Writes the finished file's first bytes: `ftyp`, `moov` and the header of one long `mdat`.
//!
//! Last in the flow. Every box of the init segment that says what the media is (`hdlr`, `stsd`,
//! `dinf`, …) is copied; durations, edit list and sample tables are new; `mvex` is left out, so
//! players take the file for an ordinary MP4 and never look at the `moof` boxes inside the `mdat`.

use super::Mp4Error;
use super::boxes::{Writer, atoms};
use super::init::{Init, Track};
use super::table::Table;
use super::times::{Placement, TimeHeader, common_scale, movie_ticks};

/// Length of an `mdat` header with a 64-bit size.
const MDAT_HEADER: u64 = 16;

/// Where a track with samples stands on the movie's timeline.
pub(super) fn placement(track: &Track, table: &Table) -> Placement {
    let (begin, end) = table.bounds();
    Placement::new(table.first(), begin, end, track.shift)
}

/// The header for `media` bytes that follow it. A track without samples is left out.
pub(super) fn header(init: &Init, tables: &[Table], media: u64) -> Result<Vec<u8>, Mp4Error> {
    let used = || init.tracks().iter().zip(tables).filter(|(_, table)| table.count() > 0);
    if used().next().is_none() {
        return Err(Mp4Error::Empty);
    }
    let scale = common_scale(used().map(|(track, _)| track.timescale));
    let mut shown = Vec::new();
    for (track, table) in used() {
        let place = placement(track, table);
        shown.push((track, table, place, movie_ticks(place.end, track.timescale, scale)?));
    }
    let duration = shown.iter().map(|(.., duration)| *duration).max().unwrap_or(0);

    let mut out = Writer::default();
    let mut fixes = Vec::new();
    out.bytes(&init.ftyp);
    out.atom(b"moov", |out| {
        out.atom(b"mvhd", |out| {
            init.mvhd.write(out, scale, duration);
            Ok(())
        })?;
        for (track, table, place, duration) in &shown {
            let mut trak = Trak { track, table, fixes: &mut fixes };
            out.atom(b"trak", |out| trak.write(out, place, scale, *duration))?;
        }
        out.bytes(&init.extra);
        Ok(())
    })?;
    let what = "the file's length";
    let mdat = media.checked_add(MDAT_HEADER).ok_or(Mp4Error::Overflow { what })?;
    out.u32(1);
    out.bytes(b"mdat");
    out.u64(mdat);

    let start = out.out.len() as u64;
    mdat.checked_add(start).ok_or(Mp4Error::Overflow { what })?;
    for (position, entries) in fixes {
        let table = out.out.get_mut(position..).unwrap_or_default();
        for entry in table.as_chunks_mut::<8>().0.iter_mut().take(entries) {
            *entry = (u64::from_be_bytes(*entry) + start).to_be_bytes();
        }
    }
    Ok(out.out)
}

/// One track being written.
struct Trak<'a> {
    track: &'a Track,
    table: &'a Table,
    /// Chunk offsets to correct once the header's length is known.
    fixes: &'a mut Vec<(usize, usize)>,
}

impl Trak<'_> {
    fn write(
        &mut self,
        out: &mut Writer,
        place: &Placement,
        scale: u32,
        duration: u64,
    ) -> Result<(), Mp4Error> {
        for atom in atoms(&self.track.trak, "trak") {
            let atom = atom?;
            match &atom.kind {
                b"tkhd" => {
                    let tkhd = TimeHeader::track(atom.body)?;
                    out.atom(b"tkhd", |out| {
                        tkhd.write(out, self.track.id, duration);
                        Ok(())
                    })?;
                    place.write(out, self.track.timescale, scale)?;
                }
                b"edts" => {}
                b"mdia" => out.atom(b"mdia", |out| self.mdia(out, atom.body))?,
                _ => out.bytes(atom.whole),
            }
        }
        Ok(())
    }

    fn mdia(&mut self, out: &mut Writer, body: &[u8]) -> Result<(), Mp4Error> {
        for atom in atoms(body, "mdia") {
            let atom = atom?;
            match &atom.kind {
                b"mdhd" => {
                    let mdhd = TimeHeader::media(atom.body, "mdhd")?;
                    out.atom(b"mdhd", |out| {
                        mdhd.write(out, self.track.timescale, self.table.ticks());
                        Ok(())
                    })?;
                }
                b"minf" => out.atom(b"minf", |out| self.minf(out, atom.body))?,
                _ => out.bytes(atom.whole),
            }
        }
        Ok(())
    }

    fn minf(&mut self, out: &mut Writer, body: &[u8]) -> Result<(), Mp4Error> {
        for atom in atoms(body, "minf") {
            let atom = atom?;
            if &atom.kind != b"stbl" {
                out.bytes(atom.whole);
                continue;
            }
            out.atom(b"stbl", |out| {
                for atom in atoms(atom.body, "stbl") {
                    let atom = atom?;
                    if &atom.kind == b"stsd" {
                        out.bytes(atom.whole);
                    }
                }
                self.table.write(out, self.fixes)
            })?;
        }
        Ok(())
    }
}
